//! Infrastructure security: secrets (`infra.secrets.*`), monitoring (`infra.monitor.*`), and mail.

pub mod mail;
pub mod monitor;
pub mod secrets;
