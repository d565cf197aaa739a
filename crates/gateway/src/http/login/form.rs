//! What each route of the door takes. Unknown fields are refused.

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use crate::auth::mfa;
use crate::auth::mfa::passkey::{Assertion, Registration};
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
    #[serde(default)]
    pub(super) passkey: Option<Box<Assertion>>,
    /// A new passkey, where the first factor is set up.
    #[serde(default)]
    pub(super) registration: Option<Box<Registration>>,
    /// Its name.
    #[serde(default = "passkey")]
    pub(super) name: String,
}

/// Ask how a passkey can answer a challenge.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FactorOptions {
    /// A page of this site leaves it out: its browser holds it.
    #[serde(default, deserialize_with = "perhaps")]
    pub(super) challenge: Option<SecretString>,
}

/// Ask how a passkey can log in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PasskeyOptions {
    /// How the tokens will come.
    #[serde(default)]
    pub(super) tokens: Delivery,
}

/// Log in with a passkey.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Passkey {
    pub(super) passkey: Box<Assertion>,
    /// How the tokens come.
    #[serde(default)]
    pub(super) tokens: Delivery,
}

/// Kinds of factors that can be set up.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// An authenticator app.
    #[default]
    Totp,
    /// A passkey.
    Passkey,
}

/// Set the first factor up within a login.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Enrol {
    /// A page of this site leaves it out for a passkey: its browser holds it.
    #[serde(default, deserialize_with = "perhaps")]
    pub(super) challenge: Option<SecretString>,
    #[serde(default)]
    pub(super) kind: Kind,
    #[serde(default = "app")]
    pub(super) name: String,
}

/// Show again who one is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct StepUp {
    #[serde(default, deserialize_with = "perhaps")]
    pub(in crate::http) password: Option<SecretString>,
    #[serde(default, deserialize_with = "perhaps")]
    pub(in crate::http) code: Option<SecretString>,
    #[serde(default, deserialize_with = "perhaps")]
    pub(in crate::http) recovery_code: Option<SecretString>,
    #[serde(default)]
    pub(in crate::http) passkey: Option<Box<Assertion>>,
}

/// Nothing but an object.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Empty {}

/// Name a passkey and give it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NewPasskey {
    #[serde(default = "passkey")]
    pub(in crate::http) name: String,
    pub(in crate::http) registration: Box<Registration>,
}

/// Give a factor another name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Rename {
    pub(in crate::http) name: String,
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

/// The one that was given.
pub(in crate::http) fn proof(
    code: Option<SecretString>,
    recovery_code: Option<SecretString>,
    passkey: Option<Box<Assertion>>,
) -> Option<mfa::Proof> {
    match (code, recovery_code, passkey) {
        (Some(code), None, None) => Some(mfa::Proof::Code(code)),
        (None, Some(code), None) => Some(mfa::Proof::Recovery(code)),
        (None, None, Some(passkey)) => Some(mfa::Proof::Passkey(passkey)),
        _ => None,
    }
}

fn passkey() -> String {
    "passkey".to_owned()
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
