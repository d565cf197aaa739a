//! Passkeys (WebAuthn Level 3): a second factor, and a way in without a password.
//!
//! Each one verifies its user, by a PIN or a feature of the body, so it is two factors in itself; and each can be found by
//! the authenticator without an account being named. Signatures are verified by aws-lc-rs, CBOR is read by `minicbor`; the
//! checks of the standard (7.1, 7.2) are here, in small parts: client data, authenticator data, key, challenge, ceremony.
//!
//! Invariants: a challenge counts once, for one purpose and one session; a passkey belongs to one person, and the answer to
//! a login without a password says which; what an answer is made of is read to the last byte, within limits; a refusal in a
//! login tells only the log why. Attestation is not asked for and not verified.

mod assert;
mod authenticator;
mod ceremony;
mod challenge;
mod client;
mod cose;
mod party;
mod refused;
mod register;
mod store;
mod wire;

#[cfg(test)]
mod test;

use aws_lc_rs::{hmac, rand};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::factor::{Factor, Kind, place};
use super::{CHALLENGE_LIFE_S, Factors, MfaError};
use crate::auth::user::UserInfo;
use crate::data::encryption::{SealError, Sealer};
use party::RelyingParty;

pub(in crate::auth) use challenge::Purpose;
pub(super) use party::{host, is_domain, is_within};
pub use refused::Refused;
pub(super) use store::{grace, sweep};
pub use wire::{Assertion, Registration};

/// The longest id of a credential (WebAuthn Level 3, 4).
const CREDENTIAL_BYTES_MAX: usize = 1023;
const HANDLE_BYTES: usize = 32;

/// What all passkeys have in common.
#[derive(Debug)]
pub(super) struct Passkeys {
    party: Option<RelyingParty>,
    challenges: hmac::Key,
    credentials: hmac::Key,
}

/// What is sealed of a passkey. Its owner is in it, so that nobody who can write the database gives it to somebody else.
#[derive(Serialize, Deserialize)]
struct Secret {
    user: String,
    /// The credential's id, as base64url.
    id: String,
    /// The public key: COSE, as base64url.
    key: String,
    transports: Vec<String>,
}

impl Passkeys {
    pub(super) fn new(sealer: &Sealer, config: &super::config::MfaConfig, public_url: Option<&str>) -> Self {
        Self {
            party: RelyingParty::of(config, public_url),
            challenges: sealer.hmac_key("passkey-challenge", ""),
            credentials: sealer.hmac_key("passkey-credential", ""),
        }
    }

    /// The site that passkeys are for.
    fn party(&self) -> Result<&RelyingParty, MfaError> {
        self.party.as_ref().ok_or(MfaError::NoPasskeys)
    }

    /// What a credential is found by.
    fn index(&self, id: &[u8]) -> Vec<u8> {
        hmac::sign(&self.credentials, id).as_ref().to_vec()
    }
}

impl Factors {
    /// Whether there can be passkeys: there is a public address, and it has a host name.
    pub fn has_passkeys(&self) -> bool {
        self.passkeys.party.is_some()
    }

    /// The passkeys of a person, as a browser is told of them.
    async fn descriptors(&self, user: &UserInfo) -> Result<Vec<Value>, MfaError> {
        let mut found = Vec::new();
        for factor in super::store::of_user(&self.db, user.id.as_str()).await? {
            if factor.kind == Kind::Passkey {
                let secret = self.secret_of(user, &factor)?;
                found.push(json!({ "type": "public-key", "id": secret.id, "transports": secret.transports }));
            }
        }
        Ok(found)
    }

    fn secret_of(&self, user: &UserInfo, factor: &Factor) -> Result<Secret, MfaError> {
        let opened = self.open(&user.tenant, factor)?;
        let secret: Option<Secret> = serde_json::from_slice(&opened).ok();
        secret.filter(|secret| secret.user == user.id.as_str()).ok_or(MfaError::Seal(SealError::Tampered))
    }

    /// What authenticators know a person by.
    async fn handle(&self, user: &UserInfo) -> Result<Vec<u8>, MfaError> {
        let mut fresh = [0; HANDLE_BYTES];
        rand::fill(&mut fresh).map_err(|_| MfaError::Random)?;
        Ok(store::handle(&self.db, user.id.as_str(), &fresh).await?)
    }
}
