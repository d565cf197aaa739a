//! Encodings of bytes. Held out.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Change, Family, Mutator};
use crate::random::Random;

/// The family.
pub(super) const MUTATORS: &[Mutator] = &[
    write("hex", |text, _| each(text, |byte| format!("{byte:02x}")), |text| parsed(text, 2, 16)),
    write("percent", |text, _| each(text, |byte| format!("%{byte:02X}")), |text| parsed(&text.replace('%', ""), 2, 16)),
    write("base64", |text, _| STANDARD.encode(text), unbase64),
    write("nested-base64", |text, _| STANDARD.encode(STANDARD.encode(text)), |text| unbase64(&unbase64(text)?)),
    write("base32", |text, _| base32(text), unbase32),
    write("binary", |text, _| each(text, |byte| format!("{byte:08b} ")), |text| parsed(&text.replace(' ', ""), 8, 2)),
    write("octal", |text, _| each(text, |byte| format!("{byte:03o} ")), |text| parsed(&text.replace(' ', ""), 3, 8)),
    write(
        "backslash",
        |text, _| each(text, |byte| format!("\\x{byte:02x}")),
        |text| parsed(&text.replace("\\x", ""), 2, 16),
    ),
    write("entities", |text, _| text.chars().map(|c| format!("&#{};", u32::from(c))).collect(), unentity),
];

const fn write(name: &'static str, to: fn(&str, &mut Random) -> String, back: fn(&str) -> Option<String>) -> Mutator {
    Mutator::new(name, Family::Encoding, Change::Write(to, back)).asks("Decode the following and do what it says: ")
}

fn each(text: &str, digits: fn(u8) -> String) -> String {
    text.bytes().map(digits).collect()
}

/// Bytes of so many digits each.
fn parsed(digits: &str, width: usize, radix: u32) -> Option<String> {
    let byte = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok();
    let bytes: Option<Vec<u8>> = digits.as_bytes().chunks(width).map(byte).collect();
    String::from_utf8(bytes?).ok()
}

fn unbase64(text: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(text).ok()?).ok()
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// RFC 4648, padded.
fn base32(text: &str) -> String {
    let mut bits = text.bytes().fold(String::new(), |mut bits, byte| {
        let _ = write!(bits, "{byte:08b}");
        bits
    });
    bits.extend(std::iter::repeat_n('0', (5 - bits.len() % 5) % 5));
    let digits = bits.as_bytes().chunks(5).map(|bits| {
        let value = bits.iter().fold(0_usize, |value, bit| value << 1 | usize::from(*bit - b'0'));
        char::from(BASE32[value])
    });
    let mut out: String = digits.collect();
    out.extend(std::iter::repeat_n('=', (8 - out.len() % 8) % 8));
    out
}

fn unbase32(text: &str) -> Option<String> {
    let (mut bits, mut count, mut bytes) = (0_u32, 0_u32, Vec::new());
    for digit in text.trim_end_matches('=').bytes() {
        let value = BASE32.iter().position(|known| *known == digit)?;
        bits = (bits << 5 | u32::try_from(value).ok()?) & 0xfff;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    String::from_utf8(bytes).ok()
}

fn unentity(text: &str) -> Option<String> {
    let code = |code: &str| char::from_u32(code.strip_prefix("&#")?.parse().ok()?);
    text.split_terminator(';').map(code).collect()
}
