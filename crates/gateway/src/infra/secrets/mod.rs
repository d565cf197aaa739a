//! Secrets come into the configuration as references only, never as text (`infra.secrets.env`, `infra.secrets.nocode`).
//!
//! `${env:NAME}` reads an environment variable, `${file:/path}` the first line of a file. Anything else in a secret's
//! place is refused when the configuration is read, with the field's name and without the value.

mod reference;

pub use reference::{SecretError, SecretRef};
