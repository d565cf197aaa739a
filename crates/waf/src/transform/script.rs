//! Escapes of JavaScript, CSS and ANSI C.

use super::url::{fold, four};
use super::{hex, hex_pair};

/// Decodes JavaScript escapes: `\uHHHH` (folded to a byte), `\xHH`, octal, `\n` and the like; `\z` becomes `z`.
pub(super) fn js_decode(value: &[u8]) -> Vec<u8> {
    decode(value, |value, at| {
        let next = value[at + 1];
        match next {
            b'u' => match four(value, at + 2) {
                Some(code) => (fold(code), 6),
                None => (b'u', 2),
            },
            b'x' => match hex_pair(value, at + 2) {
                Some(byte) => (byte, 4),
                None => (b'x', 2),
            },
            b'0'..=b'7' => {
                let (byte, digits) = octal(&value[at + 1..], next <= b'3');
                (byte, 1 + digits)
            }
            _ => (control(next).unwrap_or(next), 2),
        }
    })
}

/// Decodes the escapes of ANSI C; of an unknown one the backslash is left out.
pub(super) fn escape_seq_decode(value: &[u8]) -> Vec<u8> {
    decode(value, |value, at| {
        let next = value[at + 1];
        match next {
            b'x' => match hex_pair(value, at + 2) {
                Some(byte) => (byte, 4),
                None => (b'x', 2),
            },
            b'0'..=b'7' => {
                let (byte, digits) = octal(&value[at + 1..], true);
                (byte, 1 + digits)
            }
            _ => (control(next).unwrap_or(next), 2),
        }
    })
}

/// Runs over a value; `escape` gives the byte for the escape at `at` and its length.
fn decode(value: &[u8], escape: impl Fn(&[u8], usize) -> (u8, usize)) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut at = 0;
    while at < value.len() {
        if value[at] == b'\\' && at + 1 < value.len() {
            let (byte, taken) = escape(value, at);
            out.push(byte);
            at += taken;
        } else {
            out.push(value[at]);
            at += 1;
        }
    }
    out
}

/// Up to three octal digits (two when the third would not fit a byte).
fn octal(digits: &[u8], three: bool) -> (u8, usize) {
    let most = if three { 3 } else { 2 };
    let count = digits.iter().take(most).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
    let value = digits[..count].iter().fold(0_u32, |sum, byte| sum * 8 + u32::from(byte - b'0'));
    ((value & 0xFF) as u8, count)
}

fn control(letter: u8) -> Option<u8> {
    Some(match letter {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        _ => return None,
    })
}

/// Decodes CSS escapes: one to six hexadecimal digits (the last two count; full-width ASCII becomes ASCII) with one
/// white space after them, an escaped line end vanishes, any other escaped letter is itself.
pub(super) fn css_decode(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut at = 0;
    while at < value.len() {
        if value[at] != b'\\' {
            out.push(value[at]);
            at += 1;
            continue;
        }
        at += 1;
        let digits = value[at..].iter().take(6).take_while(|&&byte| hex(byte).is_some()).count();
        if digits > 0 {
            let code =
                value[at..at + digits].iter().fold(0_u32, |sum, &byte| sum << 4 | u32::from(hex(byte).unwrap_or(0)));
            out.push(css_byte(code, digits));
            at += digits;
            at += usize::from(value.get(at).is_some_and(|&byte| super::space::is_space(byte)));
        } else if value.get(at) == Some(&b'\n') {
            at += 1;
        } else if let Some(&letter) = value.get(at) {
            out.push(letter);
            at += 1;
        }
    }
    out
}

fn css_byte(code: u32, digits: usize) -> u8 {
    let full_width = digits >= 4 && (0xFF01..=0xFF5E).contains(&(code & 0xFFFF)) && code >> 16 == 0;
    let low = (code & 0xFF) as u8;
    if full_width { low + 0x20 } else { low }
}
