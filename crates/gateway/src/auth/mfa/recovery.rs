//! Recovery codes: ten, of 120 random bits each, for the day the authenticator is lost.
//!
//! The database has a keyed hash, which is enough for so many bits (ASVS V6.5.2). A code that is used is gone.

use aws_lc_rs::{hmac, rand};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::MfaError;

/// How many somebody gets.
pub(super) const COUNT: usize = 10;
const CHARS: usize = 24;
/// Without what looks alike (Crockford).
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A new code, in six groups of four.
pub(super) fn mint() -> Result<SecretString, MfaError> {
    let mut bytes = Zeroizing::new([0; CHARS]);
    rand::fill(bytes.as_mut_slice()).map_err(|_| MfaError::Random)?;
    let mut text = String::with_capacity(CHARS + CHARS / 4);
    for (at, byte) in bytes.iter().enumerate() {
        if at > 0 && at % 4 == 0 {
            text.push('-');
        }
        text.push(char::from(ALPHABET[usize::from(byte % 32)]));
    }
    Ok(SecretString::from(text))
}

/// What the database has of a code, however it is written. A code of one person is none of another.
pub(super) fn hash(key: &hmac::Key, user: &str, code: &SecretString) -> Vec<u8> {
    let mut context = hmac::Context::with_key(key);
    context.update(user.as_bytes());
    context.update(&[0]);
    let plain = code.expose_secret().bytes().filter(u8::is_ascii_alphanumeric);
    let plain: Zeroizing<Vec<u8>> = Zeroizing::new(plain.map(|byte| read(byte.to_ascii_lowercase())).collect());
    context.update(&plain);
    context.sign().as_ref().to_vec()
}

/// A character as it was meant.
fn read(byte: u8) -> u8 {
    match byte {
        b'o' => b'0',
        b'i' | b'l' => b'1',
        byte => byte,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_however_it_is_written_and_for_its_owner_only() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"k");
        let code = mint().unwrap();
        assert_eq!(code.expose_secret().len(), 29);
        let shouted = SecretString::from(code.expose_secret().to_uppercase().replace('-', " ").replace('0', "O"));
        assert_eq!(hash(&key, "usr_ada", &code), hash(&key, "usr_ada", &shouted));
        assert_ne!(hash(&key, "usr_ada", &code), hash(&key, "usr_eve", &code));
        assert_ne!(mint().unwrap().expose_secret(), code.expose_secret());
    }

    #[test]
    fn v6_5_4_every_character_of_a_code_is_any_of_thirty_two() {
        let codes: Vec<String> = (0..2_000).map(|_| mint().unwrap().expose_secret().replace('-', "")).collect();
        for at in 0..CHARS {
            let seen: std::collections::HashSet<u8> = codes.iter().map(|code| code.as_bytes()[at]).collect();
            assert_eq!(seen.len(), 32, "at {at}");
        }
    }

    #[test]
    fn v6_5_2_what_is_stored_holds_no_code_and_is_another_one_under_another_key() {
        let code = mint().unwrap();
        let [one, other] = [b"one", b"two"].map(|key| hash(&hmac::Key::new(hmac::HMAC_SHA256, key), "usr_ada", &code));
        assert_eq!((one.len(), other.len()), (32, 32));
        assert_ne!(one, other);
        assert!(!one.windows(4).any(|window| code.expose_secret().as_bytes().starts_with(window)));
    }
}
