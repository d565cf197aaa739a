//! Infrastructure security: secrets (`infra.secrets.*`), monitoring (`infra.monitor.*`), the network (`infra.network.*`), mail, and the door for
//! what others make this gateway ask, and whom it trusts.

pub mod mail;
pub mod monitor;
pub mod network;
pub mod outbound;
pub mod proof;
pub mod secrets;
pub mod trust;
