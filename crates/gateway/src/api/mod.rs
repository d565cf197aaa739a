//! API security: limits (`api.limit.*`) and HTTPS (`api.https.*`).

pub mod https;
pub mod limit;
