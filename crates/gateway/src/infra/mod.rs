//! Infrastructure security: secrets (`infra.secrets.*`), monitoring (`infra.monitor.*`), mail, and the door for
//! what others make this gateway ask.

pub mod mail;
pub mod monitor;
pub mod outbound;
pub mod secrets;
