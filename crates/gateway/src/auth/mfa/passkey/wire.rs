//! What browsers send and get (WebAuthn Level 3, 5.1: `toJSON()`, `parse…OptionsFromJSON()`).
//!
//! Bytes are base64url without padding, in its one canonical form, and each field has a limit. Browsers may add members, so
//! unknown ones are passed over here.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer};

use super::CREDENTIAL_BYTES_MAX;

const CLIENT_DATA_BYTES_MAX: usize = 4 * 1024;
const ATTESTATION_BYTES_MAX: usize = 8 * 1024;
const AUTHENTICATOR_DATA_BYTES_MAX: usize = 2 * 1024;
const SIGNATURE_BYTES_MAX: usize = 1024;
const HANDLE_BYTES_MAX: usize = 64;
const TRANSPORTS_MAX: usize = 8;
/// The names that are known; others are left out.
const TRANSPORTS: [&str; 6] = ["ble", "hybrid", "internal", "nfc", "smart-card", "usb"];

/// Bytes of a bounded number.
struct Bytes<const MAX: usize>(Vec<u8>);

/// A new passkey: `RegistrationResponseJSON`.
#[derive(Deserialize)]
pub struct Registration {
    id: Bytes<CREDENTIAL_BYTES_MAX>,
    #[serde(rename = "rawId")]
    raw_id: Bytes<CREDENTIAL_BYTES_MAX>,
    #[serde(rename = "type")]
    kind: Kind,
    response: Created,
}

/// A passkey that is shown: `AuthenticationResponseJSON`.
#[derive(Deserialize)]
pub struct Assertion {
    id: Bytes<CREDENTIAL_BYTES_MAX>,
    #[serde(rename = "rawId")]
    raw_id: Bytes<CREDENTIAL_BYTES_MAX>,
    #[serde(rename = "type")]
    kind: Kind,
    response: Signed,
}

#[derive(Deserialize)]
enum Kind {
    #[serde(rename = "public-key")]
    PublicKey,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    #[serde(rename = "clientDataJSON")]
    client_data: Bytes<CLIENT_DATA_BYTES_MAX>,
    attestation_object: Bytes<ATTESTATION_BYTES_MAX>,
    #[serde(default)]
    transports: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Signed {
    #[serde(rename = "clientDataJSON")]
    client_data: Bytes<CLIENT_DATA_BYTES_MAX>,
    authenticator_data: Bytes<AUTHENTICATOR_DATA_BYTES_MAX>,
    signature: Bytes<SIGNATURE_BYTES_MAX>,
    #[serde(default)]
    user_handle: Option<Bytes<HANDLE_BYTES_MAX>>,
}

impl<'de, const MAX: usize> Deserialize<'de> for Bytes<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let refused = || serde::de::Error::custom("no bytes in base64url, or too many");
        if text.len() > MAX.div_ceil(3) * 4 {
            return Err(refused());
        }
        let bytes = decode(&text).filter(|bytes| bytes.len() <= MAX).ok_or_else(refused)?;
        Ok(Self(bytes))
    }
}

impl Registration {
    /// The credential's id, which stands in it twice.
    pub(super) fn id(&self) -> Option<&[u8]> {
        let Kind::PublicKey = self.kind;
        Some(self.id.0.as_slice()).filter(|id| *id == self.raw_id.0)
    }

    pub(super) fn client_data(&self) -> &[u8] {
        &self.response.client_data.0
    }

    pub(super) fn attestation_object(&self) -> &[u8] {
        &self.response.attestation_object.0
    }

    /// How the authenticator is reached: a hint for the browser later on.
    pub(super) fn transports(&self) -> Vec<&'static str> {
        let given = &self.response.transports;
        let is_given = |name: &&str| given.iter().take(TRANSPORTS_MAX).any(|own| own == name);
        TRANSPORTS.into_iter().filter(is_given).collect()
    }
}

impl Assertion {
    /// The credential's id, which stands in it twice.
    pub(super) fn id(&self) -> Option<&[u8]> {
        let Kind::PublicKey = self.kind;
        Some(self.id.0.as_slice()).filter(|id| *id == self.raw_id.0)
    }

    pub(super) fn client_data(&self) -> &[u8] {
        &self.response.client_data.0
    }

    pub(super) fn authenticator_data(&self) -> &[u8] {
        &self.response.authenticator_data.0
    }

    pub(super) fn signature(&self) -> &[u8] {
        &self.response.signature.0
    }

    pub(super) fn user_handle(&self) -> Option<&[u8]> {
        self.response.user_handle.as_ref().map(|handle| handle.0.as_slice())
    }
}

pub(super) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads base64url; its last character has no bits that mean nothing.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
