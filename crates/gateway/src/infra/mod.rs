//! Infrastructure security: secrets (`infra.secrets.*`) and monitoring (`infra.monitor.*`).

pub mod monitor;
pub mod secrets;
