//! Characters that are not drawn, between the letters or in their place. Held out.

use super::letter::each;
use super::{Change, Family, Mutator};
use crate::random::Random;

/// The family.
pub(super) const MUTATORS: &[Mutator] = &[
    write(
        "zero-width",
        |text, random| each(text, random, |c, _| format!("{c}\u{200b}")),
        |text| without(text, '\u{200b}'),
    ),
    write(
        "soft-hyphens",
        |text, random| each(text, random, |c, _| format!("{c}\u{ad}")),
        |text| without(text, '\u{ad}'),
    ),
    write("tags", |text, _| text.chars().map(tag).collect(), |text| Some(text.chars().map(untag).collect())),
    write("selectors", |text, _| selectors(text), unselect),
    write("invisible-bits", |text, _| bits(text), unbits),
    write("right-to-left", |text, _| overridden(text), unoverride),
];

const fn write(name: &'static str, to: fn(&str, &mut Random) -> String, back: fn(&str) -> Option<String>) -> Mutator {
    Mutator::new(name, Family::Invisible, Change::Write(to, back))
}

#[expect(clippy::unnecessary_wraps, reason = "the form of an inverse")]
fn without(text: &str, sign: char) -> Option<String> {
    Some(text.replace(sign, ""))
}

fn tag(c: char) -> char {
    if c.is_ascii() { char::from_u32(0xe_0000 + u32::from(c)).unwrap_or(c) } else { c }
}

fn untag(c: char) -> char {
    u32::from(c).checked_sub(0xe_0000).filter(|code| *code < 128).and_then(char::from_u32).unwrap_or(c)
}

/// Bytes as variation selectors behind a face.
fn selectors(text: &str) -> String {
    let selector = |byte: u8| match byte {
        0..=15 => char::from_u32(0xfe00 + u32::from(byte)),
        _ => char::from_u32(0xe_0100 + u32::from(byte) - 16),
    };
    std::iter::once('🙂').chain(text.bytes().filter_map(selector)).collect()
}

fn unselect(text: &str) -> Option<String> {
    let byte = |c: char| match u32::from(c) {
        code @ 0xfe00..=0xfe0f => u8::try_from(code - 0xfe00).ok(),
        code => u8::try_from(code.checked_sub(0xe_0100)?).ok()?.checked_add(16),
    };
    let bytes: Option<Vec<u8>> = text.strip_prefix('🙂')?.chars().map(byte).collect();
    String::from_utf8(bytes?).ok()
}

const ZERO: char = '\u{2062}';
const ONE: char = '\u{2064}';

fn bits(text: &str) -> String {
    let bit = |byte: u8| (0..8).rev().map(move |place| if byte >> place & 1 == 1 { ONE } else { ZERO });
    text.bytes().flat_map(bit).collect()
}

fn unbits(text: &str) -> Option<String> {
    let bits: Vec<u8> = text.chars().filter(|c| [ZERO, ONE].contains(c)).map(|c| u8::from(c == ONE)).collect();
    String::from_utf8(bits.chunks_exact(8).map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | bit)).collect()).ok()
}

/// Drawn from right to left, and written the other way round.
fn overridden(text: &str) -> String {
    format!("\u{202e}{}\u{202c}", text.chars().rev().collect::<String>())
}

fn unoverride(text: &str) -> Option<String> {
    Some(text.strip_prefix('\u{202e}')?.strip_suffix('\u{202c}')?.chars().rev().collect())
}
