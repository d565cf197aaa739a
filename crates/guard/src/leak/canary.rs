//! A canary and the forms in which it may come back.

use std::ops::Range;

use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A token that is in nothing but the operator's prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canary(String);

impl Canary {
    /// Takes at least 12 lower-case hex digits; `None` for anything else, which would be found by chance.
    pub fn new(token: &str) -> Option<Self> {
        let usable = token.len() >= 12 && token.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        usable.then(|| Self(token.to_owned()))
    }

    /// The token itself.
    pub fn token(&self) -> &str {
        &self.0
    }

    /// The forms that are looked for.
    pub fn encodings(&self) -> Vec<String> {
        let token = &self.0;
        let joined = |separator: &str| token.chars().map(String::from).collect::<Vec<_>>().join(separator);
        let hex: String = token.bytes().map(|byte| format!("{byte:02x}")).collect();
        let mut forms = vec![
            token.clone(),
            token.to_ascii_uppercase(),
            token.chars().rev().collect(),
            rot13(token),
            joined(" "),
            joined("-"),
            joined("\u{200b}"),
            hex.to_ascii_uppercase(),
            token.bytes().map(|byte| format!("%{byte:02X}")).collect(),
            token.bytes().map(|byte| format!("%{byte:02x}")).collect(),
            hex,
        ];
        for alignment in 0..3 {
            forms.push(inside_base64(token, alignment, &STANDARD_NO_PAD));
            forms.push(inside_base64(token, alignment, &URL_SAFE_NO_PAD));
        }
        forms.sort();
        forms.dedup();
        forms
    }

    /// Where any form stands in a text.
    pub(super) fn find(&self, text: &str) -> Vec<Range<usize>> {
        let forms = self.encodings();
        let hits = forms.iter().flat_map(|form| text.match_indices(form.as_str()));
        hits.map(|(at, form)| at..at + form.len()).collect()
    }
}

/// The digits of base64 that depend on the token alone, when it begins so many bytes into a group of three.
fn inside_base64(token: &str, alignment: usize, engine: &impl base64::Engine) -> String {
    let padded = [&[0; 3][..alignment], token.as_bytes()].concat();
    let encoded = engine.encode(&padded);
    // The first digits share bits with what stands before, the last one with what stands behind.
    let first = [0, 2, 3][alignment];
    let whole = padded.len() * 8 / 6;
    encoded[first..whole].to_owned()
}

fn rot13(text: &str) -> String {
    let turn = |letter: u8, base: u8| char::from((letter - base + 13) % 26 + base);
    text.bytes().map(|byte| if byte.is_ascii_lowercase() { turn(byte, b'a') } else { char::from(byte) }).collect()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::*;

    fn check(text: &str, expected: bool) {
        let canary = Canary::new("0a1b2c3d4e5f6789").unwrap();
        assert_eq!(!canary.find(text).is_empty(), expected, "{text}");
    }

    #[test]
    fn every_form_is_found() {
        check("it says 0a1b2c3d4e5f6789.", true);
        check("it says 9876f5e4d3c2b1a0", true);
        check("0-a-1-b-2-c-3-d-4-e-5-f-6-7-8-9", true);
        check("it says 0a1b2c3d4e5f6788.", false);
        for before in ["", "x", "xy", "xyz"] {
            let text = format!("{before}ref 0a1b2c3d4e5f6789 and more");
            check(&STANDARD_NO_PAD.encode(text), true);
        }
    }

    #[test]
    fn a_token_that_chance_could_write_is_refused() {
        assert_eq!(Canary::new("abc"), None);
        assert_eq!(Canary::new("not-hex-not-hex"), None);
    }
}
