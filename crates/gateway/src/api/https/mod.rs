//! HTTPS for whoever connects: TLS 1.3 and nothing older (`api.https.tls`), and HSTS (`api.https.hsts`).

pub mod config;
pub mod tls;
