//! Format-preserving encryption: digits stay digits and letters letters, signs stay where they are (FF1, NIST SP 800-38G).
//!
//! The category is the tweak, so that the same number as a card and as an account are two different ones. Check digits do not
//! survive; what came out does not pass for a real card.

use aes::Aes256;
use fpe::ff1::{FF1, FlexibleNumeralString};

/// Fewer possible values than this could be tried one by one: the standard asks for a million.
const VALUES_MIN: f64 = 1e6;
/// Longer values are labelled: the cost of the cipher grows with the square of the length.
const CHARACTERS_MAX: usize = 128;

/// The value, encrypted in its own format; `None` when it has none, or too few values.
pub(super) fn encrypt(key: &[u8; 32], category: &str, original: &str) -> Option<String> {
    let characters: Vec<char> = original.chars().collect();
    let foreign = |character: &char| !character.is_ascii();
    if characters.len() > CHARACTERS_MAX || characters.iter().any(foreign) {
        return None;
    }
    let places: Vec<usize> = (0..characters.len()).filter(|at| characters[*at].is_ascii_alphanumeric()).collect();
    let alphabet = alphabet(original);
    if f64::from(u32::try_from(alphabet.len()).ok()?).powf(places.len() as f64) < VALUES_MIN {
        return None;
    }
    let numeral = |at: &usize| alphabet.iter().position(|known| *known == characters[*at]);
    let numerals: Vec<u16> =
        places.iter().map(|at| numeral(at).and_then(|n| u16::try_from(n).ok())).collect::<Option<_>>()?;
    let cipher = FF1::<Aes256>::new(key, u32::try_from(alphabet.len()).ok()?).ok()?;
    let sealed: Vec<u16> = cipher.encrypt(category.as_bytes(), &FlexibleNumeralString::from(numerals)).ok()?.into();
    let mut characters = characters;
    for (at, numeral) in places.iter().zip(sealed) {
        characters[*at] = *alphabet.get(usize::from(numeral))?;
    }
    Some(characters.into_iter().collect()).filter(|sealed: &String| sealed != original)
}

/// Digits, and letters of the cases that occur.
fn alphabet(text: &str) -> Vec<char> {
    let has = |is: fn(&char) -> bool| text.chars().any(|character| is(&character));
    let digits = '0'..='9';
    let lower = has(char::is_ascii_lowercase).then_some('a'..='z');
    let upper = has(char::is_ascii_uppercase).then_some('A'..='Z');
    digits.chain(lower.into_iter().flatten()).chain(upper.into_iter().flatten()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sample 1 of FF1-AES256 in NIST's examples has no tweak.
    const KEY: [u8; 32] = [
        0x2B, 0x7E, 0x15, 0x16, 0x28, 0xAE, 0xD2, 0xA6, 0xAB, 0xF7, 0x15, 0x88, 0x09, 0xCF, 0x4F, 0x3C, 0xEF, 0x43,
        0x59, 0xD8, 0xD5, 0x80, 0xAA, 0x4F, 0x7F, 0x03, 0x6D, 0x6F, 0x04, 0xFC, 0x6A, 0x94,
    ];

    #[test]
    fn nists_sample_comes_out() {
        assert_eq!(encrypt(&KEY, "", "0123456789").as_deref(), Some("6657667009"));
    }

    #[test]
    fn signs_stay_and_the_category_counts() {
        let one = encrypt(&KEY, "pii.us-ssn", "078-05-1120").unwrap();
        assert_eq!((one.len(), &one[3..4], &one[6..7]), (11, "-", "-"));
        assert!(one.bytes().filter(u8::is_ascii_digit).count() == 9 && one != "078-05-1120");
        assert_ne!(encrypt(&KEY, "pii.ca-sin", "078-05-1120").unwrap(), one);
        let mail = encrypt(&KEY, "pii.email", "ada@example.com").unwrap();
        assert!(mail.as_bytes()[3] == b'@' && !mail.contains("example"), "{mail}");
    }

    #[test]
    fn what_could_be_tried_out_or_has_no_format_is_not_encrypted() {
        for value in ["12345", "ab", "", "Zoë Roe", &"1".repeat(500), "---"] {
            assert_eq!(encrypt(&KEY, "pii.x", value), None, "{value}");
        }
    }
}
