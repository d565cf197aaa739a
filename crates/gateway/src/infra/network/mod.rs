//! Network security (`infra.network.*`).

pub mod waf;
