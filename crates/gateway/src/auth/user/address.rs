//! E-mail addresses: one form of each, and the keyed index that finds them.

use aws_lc_rs::hmac;

use super::UserError;

/// The longest address that mail servers carry (RFC 5321).
const ADDRESS_BYTES_MAX: usize = 254;

/// The one form of an address: without space around it, in lower case.
///
/// # Errors
/// When it is no address that a letter can be sent to.
pub(super) fn normalized(text: &str) -> Result<String, UserError> {
    let text = text.trim().to_lowercase();
    if text.len() > ADDRESS_BYTES_MAX || text.parse::<lettre::Address>().is_err() {
        return Err(UserError::Invalid("email: must be an e-mail address of at most 254 bytes".to_owned()));
    }
    Ok(text)
}

/// The index of whatever was given as an address, so that nonsense takes the same way as an address.
pub(super) fn index(key: &hmac::Key, text: &str) -> Vec<u8> {
    hmac::sign(key, text.trim().to_lowercase().as_bytes()).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_form() {
        for (text, expected) in [
            (" Ada@Example.COM ", Some("ada@example.com")),
            ("ada@example.com", Some("ada@example.com")),
            ("ada", None),
            ("ada@", None),
            ("ada@example.com, eve@example.com", None),
            ("ada@example.com\r\nBcc: eve@example.com", None),
            ("", None),
        ] {
            assert_eq!(normalized(text).ok().as_deref(), expected, "{text:?}");
        }
        assert!(normalized(&format!("{}@example.com", "a".repeat(250))).is_err());
    }
}
