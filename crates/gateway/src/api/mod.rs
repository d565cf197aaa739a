//! API security: limits (`api.limit.*`).

pub mod limit;
