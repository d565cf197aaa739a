//! What each route of the door takes. Unknown fields are refused.

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use crate::auth::mfa;
use crate::event::DEFAULT_TENANT;

/// Longer than any id.
const ID_BYTES_MAX: usize = 64;

/// Log in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    #[serde(default = "tenant", deserialize_with = "id")]
    pub(super) tenant: String,
    pub(super) email: String,
    #[serde(deserialize_with = "secret")]
    pub(super) password: SecretString,
    /// How the tokens come.
    #[serde(default)]
    pub(super) tokens: Delivery,
}

/// Answer a challenge.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Factor {
    #[serde(deserialize_with = "secret")]
    pub(super) challenge: SecretString,
    #[serde(default, deserialize_with = "perhaps")]
    pub(super) code: Option<SecretString>,
    #[serde(default, deserialize_with = "perhaps")]
    pub(super) recovery_code: Option<SecretString>,
}

/// Set the first factor up within a login.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Enrol {
    #[serde(deserialize_with = "secret")]
    pub(super) challenge: SecretString,
    #[serde(default = "app")]
    pub(super) name: String,
}

/// Show again who one is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct StepUp {
    #[serde(deserialize_with = "secret")]
    pub(in crate::http) password: SecretString,
    #[serde(default, deserialize_with = "perhaps")]
    pub(in crate::http) code: Option<SecretString>,
    #[serde(default, deserialize_with = "perhaps")]
    pub(in crate::http) recovery_code: Option<SecretString>,
}

/// Name an authenticator app.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Name {
    #[serde(default = "app")]
    pub(in crate::http) name: String,
}

/// Confirm an authenticator app.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Confirm {
    pub(in crate::http) factor: String,
    #[serde(deserialize_with = "secret")]
    pub(in crate::http) code: SecretString,
}

/// The one of the two that was given.
pub(in crate::http) fn proof(code: Option<SecretString>, recovery_code: Option<SecretString>) -> Option<mfa::Proof> {
    match (code, recovery_code) {
        (Some(code), None) => Some(mfa::Proof::Code(code)),
        (None, Some(code)) => Some(mfa::Proof::Recovery(code)),
        _ => None,
    }
}

fn app() -> String {
    "authenticator app".to_owned()
}

fn perhaps<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(SecretString::from))
}

/// How tokens reach who logs in.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Delivery {
    /// As cookies that no script can read: for browsers.
    #[default]
    Cookies,
    /// In the answer: for programs that keep them themselves.
    Body,
}

/// Ask for a link.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recovery {
    #[serde(default = "tenant", deserialize_with = "id")]
    pub(super) tenant: String,
    pub(super) email: String,
}

/// Choose a password by a link.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Choice {
    #[serde(deserialize_with = "secret")]
    pub(super) token: SecretString,
    #[serde(deserialize_with = "secret")]
    pub(super) password: SecretString,
}

/// Prove an address by a link.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Proof {
    #[serde(deserialize_with = "secret")]
    pub(super) token: SecretString,
}

/// Change a password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    #[serde(default = "tenant", deserialize_with = "id")]
    pub(super) tenant: String,
    pub(super) email: String,
    #[serde(deserialize_with = "secret")]
    pub(super) current: SecretString,
    #[serde(deserialize_with = "secret")]
    pub(super) new: SecretString,
}

/// Have a password judged.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Strength {
    #[serde(deserialize_with = "secret")]
    pub(super) password: SecretString,
    #[serde(default)]
    pub(super) email: Option<String>,
    #[serde(default)]
    pub(super) name: Option<String>,
}

fn tenant() -> String {
    DEFAULT_TENANT.to_owned()
}

/// An id, and not whatever somebody wants to see in a log.
fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let is_id =
        (1..=ID_BYTES_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if is_id { Ok(text) } else { Err(serde::de::Error::custom("no id")) }
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}
