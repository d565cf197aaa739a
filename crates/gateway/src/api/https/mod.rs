//! HTTPS for whoever connects: TLS 1.3 and nothing older (`api.https.tls`), HSTS (`api.https.hsts`), and pins that apps
//! may rely on (`api.https.pin`).

pub mod acme;
pub mod certificate;
pub mod client;
pub mod config;
pub mod expiry;
pub mod handshake;
pub mod pin;
pub mod tls;
