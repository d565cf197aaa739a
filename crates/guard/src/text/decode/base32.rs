//! base32 (RFC 4648, upper or lower case).

use super::Survey;
use crate::text::splice::Piece;

/// Finds base32 among the dense runs of `text`.
pub(in crate::text) fn pieces(text: &str, survey: &Survey) -> Vec<Piece> {
    let read = |span: &std::ops::Range<usize>| {
        Some(Piece { span: super::with_padding(text, span.clone()), text: self::read(&text[span.clone()])? })
    };
    survey.dense.iter().filter_map(read).collect()
}

/// Reads a run, which is of one case.
pub(super) fn read(run: &str) -> Option<String> {
    let has = |case: fn(&u8) -> bool| run.as_bytes().iter().any(case);
    let is_of_one_case = !has(u8::is_ascii_lowercase) || !has(u8::is_ascii_uppercase);
    super::message(if is_of_one_case { decode(run)? } else { return None })
}

pub(super) fn decode(run: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(run.len() * 5 / 8);
    let (mut bits, mut held) = (0_u16, 0);
    for byte in run.bytes() {
        let value = match byte.to_ascii_uppercase() {
            letter @ b'A'..=b'Z' => letter - b'A',
            digit @ b'2'..=b'7' => digit - b'2' + 26,
            _ => return None,
        };
        bits = bits << 5 | u16::from(value);
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(bytes)
}
