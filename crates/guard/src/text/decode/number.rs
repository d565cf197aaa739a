//! Characters written as numbers: hexadecimal with or without separators, binary octets, decimal code points.

use super::Survey;
use crate::text::splice::Piece;

/// Fewer numbers spell no sentence.
const COUNT_MIN: usize = 10;

/// Finds readable lists of numbers in `text`.
pub(in crate::text) fn pieces(text: &str, survey: &Survey) -> Vec<Piece> {
    let joined = survey.dense.iter().filter(|run| is_joined(&text[(*run).clone()]));
    let runs = survey.numbers.iter().chain(joined);
    let mut pieces: Vec<Piece> =
        runs.filter_map(|span| Some(Piece { span: span.clone(), text: read(&text[span.clone()])? })).collect();
    pieces.sort_by_key(|piece| piece.span.start);
    pieces
}

/// Reads numbers, whatever signs stand between them.
pub(super) fn read(run: &str) -> Option<String> {
    let trimmed = run.trim_matches(|c: char| !c.is_ascii_hexdigit());
    let words = || trimmed.split(|c: char| !c.is_ascii_hexdigit() && c != 'x').filter(|word| !word.is_empty());
    read_words(words).or_else(|| longest_solid(words()))
}

/// Whether a dense run is numbers with signs between them, which are no numbers' otherwise.
fn is_joined(run: &str) -> bool {
    let is_sign = |byte: u8| b"_-+/".contains(&byte);
    run.bytes().all(|byte| byte.is_ascii_hexdigit() || is_sign(byte))
        && run.bytes().filter(|byte| is_sign(*byte)).count() >= COUNT_MIN
}

/// Reads a list with one number a character, in the base that fits all or nearly all of it.
fn read_words<'t, W: Iterator<Item = &'t str>>(words: impl Fn() -> W) -> Option<String> {
    let count = words().count();
    if count < COUNT_MIN {
        return None;
    }
    let in_base = |base: u32, lens: std::ops::RangeInclusive<usize>| {
        let fits = |word: &&str| lens.contains(&word.trim_start_matches("0x").len());
        let number = |word: &str| u8::from_str_radix(word.trim_start_matches("0x"), base).ok();
        let bytes: Vec<u8> = words().filter(fits).filter_map(number).collect();
        (bytes.len() * 10 >= count * 9).then(|| super::message(bytes)).flatten()
    };
    in_base(2, 7..=8).or_else(|| in_base(10, 2..=3)).or_else(|| in_base(16, 2..=2)).or_else(|| in_base(8, 2..=3))
}

/// Reads the longest word as hexadecimal pairs, binary octets or octal numbers without separators.
fn longest_solid<'t>(words: impl Iterator<Item = &'t str>) -> Option<String> {
    let word = words.max_by_key(|word| word.len())?.trim_start_matches("0x");
    let pairs = |width: usize, base: u32| -> Option<String> {
        let chunks = word.as_bytes().chunks_exact(width);
        let bytes: Option<Vec<u8>> =
            chunks.map(|chunk| u8::from_str_radix(str::from_utf8(chunk).ok()?, base).ok()).collect();
        bytes.filter(|bytes| bytes.len() >= COUNT_MIN).and_then(super::message)
    };
    pairs(8, 2).or_else(|| pairs(2, 16)).or_else(|| pairs(3, 8))
}
