//! The text of a key.

use guard::secret::checksum::crc32_base62;

use super::KeyError;
use crate::auth::random::base62;

const PREFIX: &str = "pc-";
const RANDOM_CHARS: usize = 34;
const CHECK_CHARS: usize = 6;

/// A new key.
pub(super) fn generate() -> Result<String, KeyError> {
    let body = format!("{PREFIX}{}", base62(RANDOM_CHARS)?);
    let check = crc32_base62(&body);
    Ok(body + &check)
}

/// A new id of a key.
pub(super) fn new_id() -> Result<String, KeyError> {
    Ok(format!("key_{}", base62(14)?))
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
