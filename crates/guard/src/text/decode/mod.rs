//! Encodings that a model reads as easily as plain text.
//!
//! [`survey`] looks at the bytes once, mostly in strides, and says which decoders are worth trying; each decoder then returns
//! the pieces it could read. A decoded piece must be printable text, so that keys, hashes and pictures stay what they are.
//!
//! Invariant: a decoder that the survey did not ask for does not run.

mod apart;
mod base32;
mod base64;
mod escape;
mod morse;
mod number;
mod turned;

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use super::{invisible, parts};

pub(super) use apart::pieces as apart;
pub(super) use base32::pieces as base32;
pub(super) use base64::pieces as base64;
pub(super) use escape::{backslash, entity, percent, quoted_printable};
pub(super) use morse::pieces as morse;
pub(super) use number::pieces as number;
pub(super) use turned::{is_likely as may_be_turned, pieces as turned};

/// What a look at the bytes has found.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Runs of at least [`RUN_LEN_MIN`] characters of the base64 alphabets.
    pub(super) dense: Vec<Range<usize>>,
    /// Runs of hexadecimal digits and separators.
    pub(super) numbers: Vec<Range<usize>>,
    /// Runs of dots, dashes and slashes.
    pub(super) dots: Vec<Range<usize>>,
    /// Before these places single characters may stand apart.
    pub(super) apart: Vec<usize>,
    /// Whether there is a percent sign, backslash or ampersand.
    pub(super) escapes: bool,
    /// Whether an equals sign is followed by an upper-case hexadecimal pair.
    pub(super) quoted: bool,
}

/// Shorter encoded text holds no sentence.
const RUN_LEN_MIN: usize = 20;
/// base32 pads with up to six signs.
const PADDING_MAX: usize = 6;
/// Part of decoded characters that must not be control characters: nine of ten.
const PRINTABLE: (usize, usize) = (9, 10);

/// Of a code in escapes, one in so many bytes begins one.
const ESCAPE_BYTES: usize = 8;

const DENSE: u8 = 1;
const NUMBER: u8 = 2;
const DOTS: u8 = 4;
static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        if b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_') {
            table[byte] |= DENSE;
        }
        if b.is_ascii_hexdigit() || matches!(b, b' ' | b',' | b';' | b':' | b'x' | b'\n') {
            table[byte] |= NUMBER;
        }
        if matches!(b, b'.' | b'-' | b'/' | b'|' | b'_' | b' ' | b'\n') {
            table[byte] |= DOTS;
        }
        byte += 1;
    }
    table
}

/// Looks at `text` for anything that may be encoded.
pub(super) fn survey(text: &str) -> Survey {
    let bytes = text.as_bytes();
    let mut survey = Survey::default();
    for at in (RUN_LEN_MIN - 1..bytes.len()).step_by(RUN_LEN_MIN) {
        let class = half_run(bytes, at);
        if class & DENSE != 0 {
            extend(bytes, at, DENSE, &mut survey.dense);
        }
        if class & NUMBER != 0 {
            extend(bytes, at, NUMBER, &mut survey.numbers);
        }
        if class & DOTS != 0 {
            extend(bytes, at, DOTS, &mut survey.dots);
        }
        if (at / RUN_LEN_MIN).is_multiple_of(2) && apart::is_likely(&bytes[..at]) {
            survey.apart.push(at);
        }
    }
    survey.escapes = memchr::memchr3(b'%', b'\\', b'&', bytes).is_some();
    survey.quoted = memchr::memchr_iter(b'=', bytes).any(|at| {
        let is_hex = |at: usize| bytes.get(at).is_some_and(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(b));
        is_hex(at + 1) && is_hex(at + 2)
    });
    survey
}

/// The classes of which a run around `at` can be long enough: half of such a run is before `at` or behind it.
fn half_run(bytes: &[u8], at: usize) -> u8 {
    const HALF: usize = RUN_LEN_MIN / 2;
    let all = |bytes: &[u8; HALF]| bytes.iter().fold(u8::MAX, |all, byte| all & CLASS[usize::from(*byte)]);
    let before = bytes[..=at].last_chunk().map_or(0, all);
    let behind = bytes[at..].first_chunk().map_or(0, all);
    before | behind
}

/// Adds the run of `class` around `at` unless it is short or known.
fn extend(bytes: &[u8], at: usize, class: u8, runs: &mut Vec<Range<usize>>) {
    let floor = runs.last().map_or(0, |last| last.end);
    if at < floor {
        return;
    }
    let is_inside = |byte: &&u8| CLASS[usize::from(**byte)] & class != 0;
    let from = at - bytes[floor..at].iter().rev().take_while(is_inside).count();
    let to = at + bytes[at..].iter().take_while(is_inside).count();
    if to - from >= RUN_LEN_MIN {
        runs.push(from..to);
    }
}

/// The run with the padding behind it.
fn with_padding(text: &str, run: Range<usize>) -> Range<usize> {
    let padding = text.as_bytes()[run.end..].iter().take(PADDING_MAX).take_while(|&&byte| byte == b'=').count();
    run.start..run.end + padding
}

/// The bytes as text, if they are printable text.
pub(super) fn printable(bytes: Vec<u8>) -> Option<String> {
    String::from_utf8(bytes).ok().filter(|text| is_text(text))
}

/// Whether nearly all of it can be printed.
fn is_text(text: &str) -> bool {
    let total = text.chars().count();
    let good = text.chars().filter(|&c| is_printable(c)).count();
    total >= 2 && good * PRINTABLE.1 >= total * PRINTABLE.0
}

fn is_printable(c: char) -> bool {
    c.is_ascii_graphic() || c.is_whitespace() || c > '\u{a0}'
}

/// The bytes as text, if most of it is words, letters with spaces between, or a code itself.
fn message(bytes: Vec<u8>) -> Option<String> {
    printable(bytes).filter(|text| is_wordy(text) || is_code(text) || parts::is_likely(text))
}

/// Whether three of four characters that are drawn are letters or blanks, or every other one of those that stand apart.
fn is_wordy(text: &str) -> bool {
    let (mut letters, mut drawn, mut hidden) = (0, 0, 0);
    for c in text.chars() {
        hidden += usize::from(is_hidden(c));
        drawn += usize::from(!is_hidden(c));
        letters += usize::from(c.is_alphabetic() || c.is_whitespace());
    }
    letters * 4 >= drawn * 3 || hidden > drawn || letters * 5 >= drawn * 2 && apart::is_likely(text.as_bytes())
}

/// Not drawn, or drawn on another character.
fn is_hidden(c: char) -> bool {
    !c.is_ascii() && (invisible::is_invisible(c) || is_combining_mark(c))
}

/// Whether all of it is of the alphabet of one code, or much of it escapes.
fn is_code(text: &str) -> bool {
    let bytes = text.trim_end_matches('=').as_bytes();
    let escapes = bytes.iter().filter(|byte| b"%\\&".contains(byte)).count();
    let is_of_one = bytes.iter().fold(u8::MAX, |class, byte| class & CLASS[usize::from(*byte)]) != 0;
    bytes.len() >= RUN_LEN_MIN && (is_of_one || escapes * ESCAPE_BYTES >= bytes.len())
}
