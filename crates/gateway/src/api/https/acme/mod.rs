//! Certificates from an ACME server (RFC 8555): asked for before there is one, and again after two thirds of its time.
//!
//! [`order`] gets one certificate, [`Folder`] keeps it with its key and the account, [`Schedule`] says when, [`Challenges`] is
//! what the server is shown: by the redirect listener (`http-01`), or in a handshake (`tls-alpn-01`). The key stays the same from certificate to certificate, so that
//! pins hold; a new one is the operator's decision.
//!
//! Invariants: until the new certificate is whole and stored, the old one is served; the folder is readable by nobody
//! else; nothing but what [`order`] puts there is shown as a challenge.

mod challenge;
mod client;
pub mod config;
mod folder;
mod order;
mod schedule;

pub use challenge::Challenges;
pub use folder::Folder;
pub use order::{AcmeError, order};
pub use schedule::Schedule;
