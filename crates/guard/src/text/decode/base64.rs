//! base64 and base64url, with or without padding, alone or inside other text.
//!
//! A run that decodes as a whole is taken as a whole. From one that does not (a picture, a key, a path in front) only long
//! printable stretches are kept, at all four alignments while the run is short enough for that to be cheap.

use std::ops::Range;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::Survey;
use crate::text::splice::Piece;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// A printable stretch of random bytes of this length comes up once in ten million.
const STRETCH_MIN: usize = 16;
/// Longer runs are tried at their own alignment only.
const ALIGN_LEN_MAX: usize = 2048;
/// How much is decoded at a time, a multiple of four.
const BLOCK: usize = 16 << 10;

/// Finds what the dense runs of `text` decode to.
pub(in crate::text) fn pieces(text: &str, survey: &Survey) -> Vec<Piece> {
    lines(text, &survey.dense).into_iter().filter_map(|span| decode(text, span)).collect()
}

/// Joins runs that are lines of one wrapped block.
pub(super) fn lines(text: &str, runs: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::new();
    for run in runs {
        match joined.last_mut() {
            Some(last) if matches!(&text[last.end..run.start], "\n" | "\r\n") => last.end = run.end,
            _ => joined.push(run.clone()),
        }
    }
    joined
}

fn decode(text: &str, span: Range<usize>) -> Option<Piece> {
    let dense: Vec<u8> = text[span.clone()].bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let offsets = if dense.len() <= ALIGN_LEN_MAX { 0..4 } else { 0..1 };
    let engine = if memchr::memchr2(b'-', b'_', &dense).is_some() { URL_SAFE } else { STANDARD };
    let mut bytes = vec![0; dense.len().min(BLOCK) / 4 * 3 + 3];
    let read = offsets.into_iter().find_map(|offset| read(&engine, dense.get(offset..)?, &mut bytes))?;
    Some(Piece { span: super::with_padding(text, span), text: read })
}

/// Reads a run of the standard alphabet that is a message as a whole.
pub(super) fn read_whole(run: &str) -> Option<String> {
    super::message(STANDARD.decode(run).ok()?)
}

fn read(engine: &GeneralPurpose, dense: &[u8], bytes: &mut [u8]) -> Option<String> {
    let mut stretches = String::new();
    for (index, block) in dense.chunks(BLOCK).enumerate() {
        // A single left-over character holds no byte.
        let block = &block[..block.len() - usize::from(block.len() % 4 == 1)];
        let len = engine.decode_slice(block, bytes).ok()?;
        let bytes = &bytes[..len];
        if index == 0
            && dense.len() <= BLOCK
            && let Ok(text) = str::from_utf8(bytes)
            && super::is_text(text)
        {
            return Some(text.to_owned());
        }
        keep_printable(bytes, &mut stretches);
    }
    (!stretches.is_empty()).then_some(stretches)
}

/// Adds the long printable stretches of `bytes` to `out`, a line each.
fn keep_printable(bytes: &[u8], out: &mut String) {
    let is_plain = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    let mut at = 0;
    while let Some(window) = bytes.get(at..at + STRETCH_MIN) {
        // Behind the last odd byte of a window the next one may begin, and not before.
        if let Some(odd) = window.iter().rposition(|byte| !is_plain(byte)) {
            at += odd + 1;
            continue;
        }
        let len = bytes[at..].iter().take_while(|byte| is_plain(byte)).count();
        out.push_str(str::from_utf8(&bytes[at..at + len]).unwrap_or_default());
        out.push('\n');
        at += len;
    }
}
