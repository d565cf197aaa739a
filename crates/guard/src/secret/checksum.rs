//! The checksum that several issuers write into their tokens.
//!
//! GitHub described it first: the CRC-32 of the random part in base 62 at the end of the token, so that a scanner can tell
//! a token from a word without asking anybody.

/// The digits of base 62, least first.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Digits that every 32-bit number fits in.
pub const CHECKSUM_LEN: usize = 6;

/// The CRC-32 (IEEE) of `text` in base 62 (`0-9A-Za-z`), most significant digit first, six digits.
pub fn crc32_base62(text: &str) -> String {
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut digits = [0_u8; CHECKSUM_LEN];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(rest % 62) as usize];
        rest /= 62;
    }
    digits.iter().copied().map(char::from).collect()
}

/// Says whether the last six characters of `text` are the checksum of those before.
pub(super) fn agrees(text: &str) -> bool {
    let Some(at) = text.len().checked_sub(CHECKSUM_LEN) else { return false };
    text.is_char_boundary(at) && crc32_base62(&text[..at]) == text[at..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_padded_base_62_of_the_crc() {
        assert_eq!(crc32_base62(""), "000000");
        // The check value of CRC-32/ISO-HDLC is 0xCBF43926.
        assert_eq!(crc32_base62("123456789"), "3jZRME");
        assert!(agrees(&format!("abc{}", crc32_base62("abc"))));
        assert!(!agrees("abc000000"));
        assert!(!agrees("abc"));
    }
}
