//! The text of a key.

use aws_lc_rs::rand;
use guard::secret::checksum::crc32_base62;

use super::KeyError;

const PREFIX: &str = "pc-";
const RANDOM_CHARS: usize = 34;
const CHECK_CHARS: usize = 6;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A new key.
pub(super) fn generate() -> Result<String, KeyError> {
    let body = format!("{PREFIX}{}", random(RANDOM_CHARS)?);
    let check = crc32_base62(&body);
    Ok(body + &check)
}

/// A new id of a key.
pub(super) fn new_id() -> Result<String, KeyError> {
    Ok(format!("key_{}", random(14)?))
}

/// The beginning and the end of a key, enough to recognise it by.
pub(super) fn hint(key: &str) -> String {
    format!("{}…{}", &key[..PREFIX.len() + 4], &key[key.len() - 4..])
}

/// Whether a text can be a key at all.
pub(super) fn is_well_formed(text: &str) -> bool {
    let is_long_enough = text.len() == PREFIX.len() + RANDOM_CHARS + CHECK_CHARS;
    is_long_enough
        && text.strip_prefix(PREFIX).is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        && crc32_base62(&text[..text.len() - CHECK_CHARS]) == text[text.len() - CHECK_CHARS..]
}

/// Random characters of base62, without bias.
fn random(count: usize) -> Result<String, KeyError> {
    let mut out = String::with_capacity(count);
    let mut bytes = [0; 64];
    while out.len() < count {
        rand::fill(&mut bytes).map_err(|_| KeyError::Random)?;
        let fair = bytes.iter().filter(|byte| **byte < 248).take(count - out.len());
        out.extend(fair.map(|byte| char::from(BASE62[usize::from(byte % 62)])));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_is_well_formed_and_a_mistyped_one_is_not() {
        let key = generate().unwrap();
        assert!(is_well_formed(&key));
        for at in PREFIX.len()..key.len() {
            let mut mistyped = key.clone().into_bytes();
            mistyped[at] = if mistyped[at] == b'a' { b'b' } else { b'a' };
            assert!(!is_well_formed(&String::from_utf8(mistyped).unwrap()), "character {at}");
        }
        for text in ["", "pc-", "pc-é", &key[1..], &format!("{key}0")] {
            assert!(!is_well_formed(text), "{text}");
        }
    }

    #[test]
    fn two_keys_differ() {
        assert_ne!(generate().unwrap(), generate().unwrap());
    }
}
