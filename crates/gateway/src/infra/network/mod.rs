//! Network security (`infra.network.*`).

pub mod address;
pub mod ddos;
pub mod waf;
