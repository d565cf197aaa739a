//! API security: limits (`api.limit.*`), HTTPS (`api.https.*`), and pages of other origins (`api.cors`).

pub mod cors;
pub mod https;
pub mod limit;
