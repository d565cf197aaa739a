//! Data protection: encryption, personal data, access and the audit log (`data.*`).

pub mod access;
pub mod audit;
pub mod encryption;
pub mod pii;
