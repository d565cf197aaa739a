//! Network security (`infra.network.*`).

pub mod address;
pub mod ddos;
pub mod egress;
pub mod firewall;
pub mod waf;
