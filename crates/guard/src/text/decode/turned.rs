//! Codes that are turned themselves: from the last character to the first, or with another alphabet.
//!
//! What a run begins with is decoded in every direction and alphabet, and has to be plain text, which it is by chance once in
//! a hundred thousand; all of it has to be words or another code.

use super::{Survey, base32, base64, morse, number};
use crate::text::splice::Piece;

/// Characters of base64 that are tried, fifteen bytes, and of base32, twenty.
const TRIED_64: usize = 20;
const TRIED_32: usize = 32;
/// Of so many characters of base64, so many at least are of another kind than the one before, and so many at most are signs.
const LOOKED: usize = 24;
const CHANGES_MIN: usize = 7;
const SIGNS_MAX: usize = 2;
/// Letters of the alphabet.
const LETTERS: u8 = 26;
/// Digits of a character: hexadecimal, octal or decimal, binary.
const WIDTHS: [usize; 3] = [2, 3, 8];

/// Another alphabet.
#[derive(Debug, Clone, Copy)]
enum Alphabet {
    Reversed,
    Moved(u8),
}

/// Whether there is a run, or an escape from its end.
pub(in crate::text) fn is_likely(survey: &Survey, _is_odd: bool) -> bool {
    !(survey.dense.is_empty() && survey.numbers.is_empty() && survey.dots.is_empty()) || survey.escapes
}

/// Finds turned codes.
pub(in crate::text) fn pieces(text: &str, survey: &Survey) -> Vec<Piece> {
    if survey.escapes
        && let Some(turned) = escapes_backwards(text)
    {
        return vec![Piece { span: 0..text.len(), text: turned }];
    }
    let dense = base64::lines(text, &survey.dense).into_iter().filter_map(|span| {
        let turned = turned(&text[span.clone()])?;
        let padding =
            text.as_bytes()[..span.start].iter().rev().take(super::PADDING_MAX).take_while(|byte| **byte == b'=');
        Some(Piece { span: span.start - padding.count()..super::with_padding(text, span.clone()).end, text: turned })
    });
    let numbers = survey.numbers.iter().filter(|span| is_of_numbers(&text[(*span).clone()])).filter_map(|span| {
        let run = &text[span.clone()];
        number::read(run).is_none().then_some(())?;
        let each: String = run.split_inclusive(|c: char| !c.is_ascii_hexdigit()).map(word_backwards).collect();
        let all: String = run.chars().rev().collect();
        let turned = [all, each].into_iter().find(|turned| number::read(turned).is_some())?;
        Some(Piece { span: span.clone(), text: turned })
    });
    let morse = survey.dots.iter().filter_map(|span| {
        let all: String = text[span.clone()].chars().rev().collect();
        morse::read(&all).map(|_| Piece { span: span.clone(), text: all })
    });
    let mut pieces: Vec<Piece> = dense.chain(numbers).chain(morse).collect();
    pieces.sort_by_key(|piece| piece.span.start);
    pieces.dedup_by(|next, last| next.span.start < last.span.end);
    pieces
}

/// Whether it is numbers of a code: as many digits each, or all in one. Those of tables differ.
fn is_of_numbers(run: &str) -> bool {
    let mut numbers = run.split(|c: char| !c.is_ascii_hexdigit()).filter(|number| !number.is_empty());
    let length = numbers.next().map_or(0, str::len);
    (WIDTHS.contains(&length) || length >= super::RUN_LEN_MIN) && numbers.all(|number| number.len() == length)
}

fn word_backwards(word: &str) -> String {
    let digits = word.trim_end_matches(|c: char| !c.is_ascii_hexdigit());
    digits.chars().rev().chain(word[digits.len()..].chars()).collect()
}

/// The run turned back, if a code comes of it that is read.
fn turned(run: &str) -> Option<String> {
    if !is_mixed(run.as_bytes()) {
        return None;
    }
    let bytes: Vec<u8> = run.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    if may_be_code(bytes.iter().copied()) {
        return None;
    }
    let backwards = may_be_code(bytes.iter().rev().copied()).then(|| bytes.iter().rev().copied().collect());
    let alphabets = std::iter::once(Alphabet::Reversed).chain((1..LETTERS).map(Alphabet::Moved));
    let likely = alphabets.filter(|alphabet| may_be_code(bytes.iter().map(|byte| alphabet.letter(*byte))));
    let turned = likely.map(|alphabet| bytes.iter().map(|byte| alphabet.letter(*byte)).collect());
    let mut turned = backwards.into_iter().chain(turned).filter_map(|bytes: Vec<u8>| String::from_utf8(bytes).ok());
    turned.find(|turned| base64::read_whole(turned).or_else(|| base32::read(turned)).is_some())
}

/// Whether the beginning of a run is as mixed as codes are: capitals, small letters and digits side by side, or capitals and
/// digits alone. Names in programs, paths and hashes are not.
fn is_mixed(bytes: &[u8]) -> bool {
    let Some(looked) = bytes.first_chunk::<LOOKED>() else { return false };
    let (mut changes, mut letters_or_digits, mut hexadecimal) = (0, 0, 0);
    let mut before = KINDS[usize::from(looked[0])];
    for byte in looked {
        let kind = KINDS[usize::from(*byte)];
        changes += usize::from((kind ^ before) & !HEXADECIMAL != 0);
        hexadecimal += usize::from(kind & HEXADECIMAL != 0);
        letters_or_digits += usize::from(kind != 0);
        before = kind;
    }
    let is_of_many = letters_or_digits + SIGNS_MAX >= LOOKED && hexadecimal < LOOKED;
    is_of_many && (changes >= CHANGES_MIN || is_of_base32(bytes))
}

const HEXADECIMAL: u8 = 8;
/// Small letters, capitals, digits and signs, and which of them are hexadecimal digits.
static KINDS: [u8; 256] = kinds();

const fn kinds() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        table[byte] =
            b.is_ascii_lowercase() as u8 | (b.is_ascii_uppercase() as u8) << 1 | (b.is_ascii_digit() as u8) << 2;
        table[byte] |= if b.is_ascii_hexdigit() { HEXADECIMAL } else { 0 };
        byte += 1;
    }
    table
}

/// Whether the beginning is digits of base32, of one case, and long enough to try.
fn is_of_base32(bytes: &[u8]) -> bool {
    let is_digit = |byte: &u8| matches!(byte, b'2'..=b'7');
    let is_of = |case: fn(&u8) -> bool| {
        bytes.first_chunk::<TRIED_32>().is_some_and(|tried| tried.iter().all(|byte| case(byte) || is_digit(byte)))
    };
    is_of(u8::is_ascii_uppercase) || is_of(u8::is_ascii_lowercase)
}

/// Whether what a run begins with decodes to plain text.
fn may_be_code(bytes: impl Iterator<Item = u8> + Clone) -> bool {
    is_base64(bytes.clone()) || is_base32(bytes)
}

/// Digits of base32, of one case: every bit that none of plain text has is none.
fn is_base32(mut bytes: impl Iterator<Item = u8> + Clone) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'2'..=b'7');
    let is_of = |case: fn(&u8) -> bool| bytes.clone().take(TRIED_32).all(|byte| case(&byte) || is_digit(byte));
    if !is_of(u8::is_ascii_uppercase) && !is_of(u8::is_ascii_lowercase) {
        return false;
    }
    let tried: String = bytes.by_ref().take(TRIED_32).map(char::from).collect();
    tried.len() == TRIED_32 && base32::decode(&tried).is_some_and(|bytes| bytes.iter().all(|byte| is_plain(*byte)))
}

/// Groups of four characters are three bytes of ASCII.
fn is_base64(bytes: impl Iterator<Item = u8>) -> bool {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(u32::from(byte - b'A')),
        b'a'..=b'z' => Some(u32::from(byte - b'a') + 26),
        b'0'..=b'9' => Some(u32::from(byte - b'0') + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    };
    let (mut bits, mut count) = (0_u32, 0);
    for byte in bytes.take(TRIED_64) {
        let Some(value) = value(byte) else { return false };
        bits = bits << 6 | value;
        count += 1;
        if count % 4 == 0 && ![16, 8, 0].iter().all(|place| is_plain((bits >> place) as u8)) {
            return false;
        }
    }
    count == TRIED_64
}

const fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\n')
}

impl Alphabet {
    const fn letter(self, byte: u8) -> u8 {
        let base = match byte {
            b'a'..=b'z' => b'a',
            b'A'..=b'Z' => b'A',
            _ => return byte,
        };
        let place = byte - base;
        base + match self {
            Self::Reversed => LETTERS - 1 - place,
            Self::Moved(by) => (place + by) % LETTERS,
        }
    }
}

/// Fewer escapes hide no sentence.
const ESCAPES_MIN: usize = 10;

/// The text from its end, if more escapes are read there than from its beginning: `;501#&`, `96%`.
fn escapes_backwards(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let of_signs = ["#&", "x\\", "u\\"].iter().map(|signs| memchr::memmem::find_iter(bytes, signs).count()).max();
    let is_hex = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_hexdigit);
    let (mut before, mut behind) = (0, 0);
    for at in memchr::memchr_iter(b'%', bytes) {
        before += usize::from(is_hex(at.checked_sub(1)) && is_hex(at.checked_sub(2)));
        behind += usize::from(is_hex(Some(at + 1)) && is_hex(Some(at + 2)));
    }
    let is_backwards = of_signs >= Some(ESCAPES_MIN) || before > behind.max(ESCAPES_MIN - 1);
    is_backwards.then(|| text.chars().rev().collect())
}
