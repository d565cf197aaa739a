//! Challenges of passkeys: given out without being stored, so that nobody fills the database by asking for some.
//!
//! A challenge is 128 random bits, the time when it ends, and a keyed hash of both together with what it is for. One that
//! comes back is used up before anything else of the answer is looked at; its hash is kept until it would have ended.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::{hmac, rand};

use super::wire::{decode, encode};
use super::{Refused, store};
use crate::auth::mfa::{CHALLENGE_LIFE_S, MfaError};
use crate::store::Db;

const NONCE_BYTES: usize = 16;
const SIGNED_BYTES: usize = NONCE_BYTES + 8;
const CHALLENGE_BYTES: usize = SIGNED_BYTES + 32;

/// What a challenge is for. One for one purpose, one person and one session is none for another.
#[derive(Debug, Clone, Copy)]
pub(in crate::auth) enum Purpose<'p> {
    /// To add a passkey, in this session or challenge of this user.
    Register {
        /// The session or challenge.
        of: &'p str,
        /// The user.
        user: &'p str,
    },
    /// To log in without a password, in the browser of this cookie; without one, a program.
    Login {
        /// The cookie.
        device: Option<&'p str>,
    },
    /// To answer this challenge of a login.
    Factor {
        /// Its name.
        of: &'p str,
    },
    /// To show again who one is, in this session.
    StepUp {
        /// The session.
        of: &'p str,
    },
}

/// The proof that a challenge was ours, in time, and not used before.
pub(super) struct Taken(());

impl Purpose<'_> {
    /// What tries are counted for.
    pub(in crate::auth::mfa) fn of(&self) -> &str {
        match self {
            Self::Register { of, .. } | Self::Factor { of } | Self::StepUp { of } => of,
            Self::Login { device } => device.unwrap_or_default(),
        }
    }

    fn parts(&self) -> [&str; 3] {
        match *self {
            Self::Register { of, user } => ["register", of, user],
            Self::Login { device: Some(device) } => ["login-browser", device, ""],
            Self::Login { device: None } => ["login-program", "", ""],
            Self::Factor { of } => ["factor", of, ""],
            Self::StepUp { of } => ["step-up", of, ""],
        }
    }
}

/// Makes a challenge, as base64url.
pub(super) fn mint(key: &hmac::Key, purpose: Purpose<'_>, now_s: i64) -> Result<String, MfaError> {
    let mut bytes = [0; CHALLENGE_BYTES];
    rand::fill(&mut bytes[..NONCE_BYTES]).map_err(|_| MfaError::Random)?;
    bytes[NONCE_BYTES..SIGNED_BYTES].copy_from_slice(&(now_s + CHALLENGE_LIFE_S).to_be_bytes());
    let tag = hmac::sign(key, &signed(&bytes[..SIGNED_BYTES], purpose));
    bytes[SIGNED_BYTES..].copy_from_slice(tag.as_ref());
    Ok(encode(&bytes))
}

/// Uses a challenge up. Of several answers at once, one gets through.
pub(super) async fn take(
    (db, key): (&Db, &hmac::Key),
    text: &str,
    purpose: Purpose<'_>,
    now_s: i64,
) -> Result<Taken, MfaError> {
    let refused = MfaError::Passkey(Refused::Challenge);
    let Some((bytes, ends_at)) = genuine(key, text, purpose) else { return Err(refused) };
    if now_s >= ends_at || !store::spend(db, digest(&SHA256, &bytes).as_ref(), ends_at).await? {
        return Err(refused);
    }
    Ok(Taken(()))
}

/// The bytes of a challenge of ours for this purpose, and when it ends.
fn genuine(key: &hmac::Key, text: &str, purpose: Purpose<'_>) -> Option<(Vec<u8>, i64)> {
    let bytes = decode(text).filter(|bytes| bytes.len() == CHALLENGE_BYTES)?;
    let (own, tag) = bytes.split_at(SIGNED_BYTES);
    hmac::verify(key, &signed(own, purpose), tag).ok()?;
    let ends_at = i64::from_be_bytes(own[NONCE_BYTES..].try_into().ok()?);
    Some((bytes, ends_at))
}

/// What the keyed hash is of: each part with its length before it.
fn signed(own: &[u8], purpose: Purpose<'_>) -> Vec<u8> {
    let mut text = own.to_vec();
    for part in purpose.parts() {
        text.extend((part.len() as u64).to_be_bytes());
        text.extend(part.as_bytes());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_for_one_purpose_one_person_and_one_session() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"k");
        let purposes = [
            Purpose::Register { of: "ses_a", user: "usr_ada" },
            Purpose::Register { of: "ses_a", user: "usr_eve" },
            Purpose::Register { of: "ses_b", user: "usr_ada" },
            Purpose::Register { of: "ses_", user: "ausr_ada" },
            Purpose::Login { device: Some("ses_a") },
            Purpose::Login { device: Some("") },
            Purpose::Login { device: None },
            Purpose::Factor { of: "ses_a" },
            Purpose::StepUp { of: "ses_a" },
        ];
        for (at, purpose) in purposes.iter().enumerate() {
            let text = mint(&key, *purpose, 1_000).unwrap();
            for (other_at, other) in purposes.iter().enumerate() {
                assert_eq!(genuine(&key, &text, *other).is_some(), at == other_at, "{purpose:?} {other:?}");
            }
            assert_eq!(genuine(&key, &text, *purpose).unwrap().1, 1_000 + CHALLENGE_LIFE_S);
            let mut later = decode(&text).unwrap();
            later[NONCE_BYTES + 7] ^= 1;
            assert!(genuine(&key, &encode(&later), *purpose).is_none(), "its end is signed");
        }
    }
}
