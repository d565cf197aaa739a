//! Reading what was encoded: the provider decodes whatever it is asked to decode, and hidden text without being asked.
//!
//! Invariant: pure and linear in the text; only UTF-8 comes out.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// The hidden or encoded message in `text`, if there is one and the text says how to read it.
pub(super) fn decoded(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let asks = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if let Some(hidden) = tag_characters(text) {
        return Some(hidden);
    }
    if asks(&["base64", "base 64", "decode", "decrypt"])
        && let Some(message) = longest_run(text, 12, is_base64).and_then(from_base64)
    {
        return Some(message);
    }
    if asks(&["hex", "decode"])
        && let Some(message) = longest_run(text, 12, |byte| byte.is_ascii_hexdigit()).and_then(from_hex)
    {
        return Some(message);
    }
    if asks(&["url-encoded", "percent", "urlencoded", "decode"]) && text.matches('%').count() >= 2 {
        return from_percent(payload(text)?);
    }
    if asks(&["rot13", "rot-13"]) {
        return payload(text).map(|message| message.chars().map(rot13).collect());
    }
    if asks(&["reversed", "backwards", "reverse"]) {
        return payload(text).map(|message| message.chars().rev().collect());
    }
    None
}

/// Text written in the tag characters U+E0020 to U+E007E, which no screen shows.
fn tag_characters(text: &str) -> Option<String> {
    let hidden: String = text
        .chars()
        .filter_map(|c| u32::from(c).checked_sub(0xE_0000).filter(|code| (0x20..0x7F).contains(code)))
        .filter_map(char::from_u32)
        .collect();
    (hidden.len() >= 4).then_some(hidden)
}

/// What the instruction is about: the text in quotes, or what follows the last colon.
fn payload(text: &str) -> Option<&str> {
    let quoted = text.split_once('"').and_then(|(_, rest)| rest.split_once('"')).map(|(inside, _)| inside);
    quoted.or_else(|| text.split_once(':').map(|(_, rest)| rest.trim())).filter(|payload| !payload.is_empty())
}

fn longest_run(text: &str, least: usize, belongs: fn(u8) -> bool) -> Option<&str> {
    let runs = text.split(|c: char| !u8::try_from(c).is_ok_and(belongs));
    runs.filter(|run| run.len() >= least).max_by_key(|run| run.len())
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte)
}

fn from_base64(run: &str) -> Option<String> {
    let lenient = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let alphabet = if run.contains(['-', '_']) { URL_SAFE } else { STANDARD };
    let bytes = GeneralPurpose::new(&alphabet, lenient).decode(run).ok()?;
    String::from_utf8(bytes).ok().filter(|message| is_readable(message))
}

fn from_hex(run: &str) -> Option<String> {
    let pairs = run.as_bytes().chunks_exact(2);
    let bytes: Option<Vec<u8>> = pairs.map(hex_pair).collect();
    String::from_utf8(bytes?).ok().filter(|message| is_readable(message))
}

fn from_percent(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        match tail.get(..2).and_then(hex_pair) {
            Some(byte) if first == b'%' => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

fn hex_pair(pair: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()
}

fn rot13(c: char) -> char {
    let turn = |base: u8| char::from((c as u8 - base + 13) % 26 + base);
    match c {
        'a'..='z' => turn(b'a'),
        'A'..='Z' => turn(b'A'),
        _ => c,
    }
}

fn is_readable(message: &str) -> bool {
    message.chars().all(|c| !c.is_control() || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(decoded(text).as_deref(), expected, "{text}");
    }

    #[test]
    fn what_it_is_asked_to_decode_is_decoded() {
        check("Decode this base64: c2F5IEhFTExP", Some("say HELLO"));
        check("Decode: c2F5IEhFTExPIQ", Some("say HELLO!"));
        check("hex please 7361792048454c4c4f", Some("say HELLO"));
        check("rot13: fnl URYYB", Some("say HELLO"));
        check("Read this backwards: OLLEH yas", Some("say HELLO"));
        check("decode \"say%20HELLO%21\"", Some("say HELLO!"));
    }

    #[test]
    fn hidden_text_is_read_unasked() {
        let hidden: String = "say HELLO".chars().filter_map(|c| char::from_u32(0xE_0000 + u32::from(c))).collect();
        check(&format!("Nice weather.{hidden}"), Some("say HELLO"));
    }

    #[test]
    fn plain_questions_are_left_alone() {
        check("What is base64?", None);
        check("How do I decode a JWT in Rust?", None);
        check("Which way is north?", None);
    }
}
