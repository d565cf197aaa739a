//! URL encoding, with the `%uHHHH` form of IIS, and UTF-8 spelled as `%uHHHH`.

use super::{hex, hex_pair};

/// Decodes `%HH` and `+`; what is not a valid sequence stays.
pub(crate) fn decode(value: &[u8]) -> Vec<u8> {
    decode_with(value, |_, _| None)
}

/// Decodes `%HH` alone, as a path wants it.
pub(crate) fn percent_decode(value: &[u8]) -> Vec<u8> {
    decode_with(value, |value, at| (value[at] == b'+').then_some((b'+', 1)))
}

/// Decodes `%HH`, `+` and `%uHHHH`. Of a code point above 255 the low byte stays, full-width ASCII becomes ASCII.
pub(super) fn decode_uni(value: &[u8]) -> Vec<u8> {
    decode_with(value, |value, at| {
        (value[at] == b'%' && matches!(value.get(at + 1), Some(b'u' | b'U')))
            .then(|| four(value, at + 2))
            .flatten()
            .map(|code| (fold(code), 6))
    })
}

fn decode_with(value: &[u8], special: impl Fn(&[u8], usize) -> Option<(u8, usize)>) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut at = 0;
    while at < value.len() {
        let (byte, taken) = match value[at] {
            b'+' => special(value, at).unwrap_or((b' ', 1)),
            b'%' => special(value, at).or_else(|| hex_pair(value, at + 1).map(|byte| (byte, 3))).unwrap_or((b'%', 1)),
            other => (other, 1),
        };
        out.push(byte);
        at += taken;
    }
    out
}

/// The value of four hexadecimal digits at `at`.
pub(super) fn four(value: &[u8], at: usize) -> Option<u16> {
    Some(u16::from(hex_pair(value, at)?) << 8 | u16::from(hex_pair(value, at + 2)?))
}

/// Folds a code point to a byte: full-width ASCII (FF01 to FF5E) to ASCII, anything else to its low byte.
pub(super) fn fold(code: u16) -> u8 {
    let low = (code & 0xFF) as u8;
    if (0xFF01..=0xFF5E).contains(&code) { low + 0x20 } else { low }
}

/// Encodes everything but letters, digits, `*` and the space, which becomes `+`.
pub(super) fn encode(value: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = Vec::with_capacity(value.len() * 3);
    for &byte in value {
        match byte {
            b' ' => out.push(b'+'),
            b'*' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => out.push(byte),
            _ => out.extend([b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]),
        }
    }
    out
}

/// Spells multi-byte UTF-8 sequences as `%uhhhh`; bytes that are not UTF-8 stay.
///
/// What is longer than it has to be, which is a disguise for ASCII, and half of a surrogate pair are spelled, too, with
/// the first byte behind them, as the reference has it.
pub(super) fn utf8_to_unicode(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() * 2);
    let mut rest = value;
    while let [first, ..] = *rest {
        let Some((code, length)) = sequence(rest) else {
            out.push(first);
            rest = &rest[1..];
            continue;
        };
        out.extend_from_slice(format!("%u{code:04x}").as_bytes());
        if char::from_u32(code).is_none_or(|letter| letter.len_utf8() != length) {
            out.push(first);
        }
        rest = &rest[length..];
    }
    out
}

/// The code point of a multi-byte sequence at the beginning, however long it is, and its length.
fn sequence(value: &[u8]) -> Option<(u32, usize)> {
    let first = *value.first()?;
    let (length, bits) = match first {
        0xC0..=0xDF => (2, first & 0x1F),
        0xE0..=0xEF => (3, first & 0x0F),
        0xF0..=0xF4 => (4, first & 0x07),
        _ => return None,
    };
    let more = value
        .get(1..length)?
        .iter()
        .try_fold(u32::from(bits), |code, byte| (byte & 0xC0 == 0x80).then(|| code << 6 | u32::from(byte & 0x3F)))?;
    Some((more, length))
}

/// True when a `%` is not followed by two hexadecimal digits.
pub(crate) fn has_invalid_encoding(value: &[u8]) -> bool {
    memchr::memchr_iter(b'%', value).any(|at| {
        !matches!(
            (value.get(at + 1).copied().and_then(hex), value.get(at + 2).copied().and_then(hex)),
            (Some(_), Some(_))
        )
    })
}
