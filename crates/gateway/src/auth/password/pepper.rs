//! Peppers: secrets outside of the database without which a stolen hash cannot be tried.
//!
//! A pepper is known by a fingerprint of itself, so that a list in another order, or with one more, still verifies what
//! was hashed before.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::PasswordError;
use crate::data::encryption::Sealer;

/// Shorter ones could be guessed.
const PEPPER_BYTES_MIN: usize = 16;

/// All peppers, the one in use last.
pub(super) struct Peppers(Vec<Pepper>);

/// One pepper.
pub(super) struct Pepper {
    /// Eight hex digits, which stand beside every hash.
    pub(super) id: String,
    key: hmac::Key,
}

impl Peppers {
    /// Takes the configured ones after the one that is derived from the master key: what was hashed before the first was
    /// configured still verifies.
    pub(super) fn new(sealer: &Sealer, given: &[SecretString]) -> Result<Self, PasswordError> {
        let derived = hmac::sign(&sealer.hmac_key("password-pepper", ""), b"pepper");
        let mut peppers = vec![Pepper::of(derived.as_ref())];
        for (index, text) in given.iter().enumerate() {
            let bytes = text.expose_secret().as_bytes();
            if bytes.len() < PEPPER_BYTES_MIN {
                return Err(PasswordError::ShortPepper(index));
            }
            peppers.push(Pepper::of(bytes));
        }
        Ok(Self(peppers))
    }

    /// The one that new hashes get.
    pub(super) fn current(&self) -> &Pepper {
        // There is always the derived one.
        &self.0[self.0.len() - 1]
    }

    /// The one of this fingerprint.
    pub(super) fn find(&self, id: &str) -> Option<&Pepper> {
        self.0.iter().find(|pepper| pepper.id == id)
    }
}

impl Pepper {
    fn of(bytes: &[u8]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA384, bytes);
        let print = hmac::sign(&key, b"portcullis pepper fingerprint");
        let id = print.as_ref()[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        Self { id, key }
    }

    /// What bcrypt gets: 64 characters, however long the password is and whatever bytes it has, so that bcrypt neither
    /// cuts it at 72 bytes nor ends it at a NUL.
    pub(super) fn season(&self, password: &str) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(hmac::sign(&self.key, password.as_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_bcrypt_gets_is_always_64_characters_and_differs_beyond_byte_72() {
        let pepper = Pepper::of(b"0123456789abcdef");
        let long = "x".repeat(200);
        for password in ["", "a\0b", "пароль", &long] {
            assert_eq!(pepper.season(password).len(), 64);
        }
        assert_ne!(pepper.season(&long), pepper.season(&format!("{long}y")));
        assert_ne!(pepper.season("a\0b"), pepper.season("a\0c"));
        assert_ne!(pepper.season("a"), Pepper::of(b"another pepper..").season("a"));
    }
}
