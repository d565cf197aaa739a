//! Codes whose characters stand apart: `6 9 6 7`, `6-9-6-7`, one a line.
//!
//! [`spacing`](crate::text::spacing) joins letters, in small ones. A code needs its capitals and has digits and signs.

use super::Survey;
use crate::text::splice::Piece;

/// Bytes that are looked at together, in which so many signs have something else behind them.
const WINDOW: usize = 20;
const SIGNS_MIN: u8 = 8;
/// Where a run was noticed it began at most so many bytes before.
const REACH: usize = 4 * super::RUN_LEN_MIN;
const SIGNS: &[u8] = b" -._\n";

/// Whether about every other byte right before the end of `bytes` is such a sign.
#[inline]
pub(super) fn is_likely(bytes: &[u8]) -> bool {
    let is_sign = |byte: u8| (byte == b' ') | (byte == b'-') | (byte == b'.') | (byte == b'_') | (byte == b'\n');
    let signs = |window: &[u8; WINDOW + 1]| {
        (0..WINDOW).map(|at| u8::from(is_sign(window[at]) & !is_sign(window[at + 1]))).sum::<u8>()
    };
    bytes.last_chunk().is_some_and(|window| signs(window) >= SIGNS_MIN)
}

/// Finds codes whose characters one sign holds apart; where words ended, two blanks did.
pub(in crate::text) fn pieces(text: &str, survey: &Survey) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for place in &survey.apart {
        let done = pieces.last().map_or(0, |last| last.span.end);
        if *place > done {
            pieces.extend(piece(text, place.saturating_sub(REACH).max(done)..*place));
        }
    }
    pieces
}

/// The first code that begins in `span`.
fn piece(text: &str, span: std::ops::Range<usize>) -> Option<Piece> {
    let bytes = text.as_bytes();
    let mut joined = String::new();
    let mut at = span.start;
    while at < span.end
        && let Some(&[first, sign, second, again]) = bytes.get(at..).and_then(|rest| rest.first_chunk())
    {
        let is_apart = (again == sign || again == b' ' || again == b'\n') && SIGNS.contains(&sign);
        if !is_apart || !first.is_ascii_graphic() || !second.is_ascii_graphic() {
            at += 1;
            continue;
        }
        joined.clear();
        let end = join(bytes, at, sign, &mut joined);
        let is_long = joined.len() >= super::RUN_LEN_MIN;
        if is_long && (super::is_code(&joined) || super::number::read(&joined).is_some()) {
            return Some(Piece { span: at..end, text: joined });
        }
        at = end;
    }
    None
}

/// Adds the characters from `at` on that `sign` holds apart, at least one, and says where they end.
fn join(bytes: &[u8], mut at: usize, sign: u8, joined: &mut String) -> usize {
    let gap = if sign == b'\n' { b"\n\n" } else { b"  " };
    while let Some(character) = bytes.get(at).filter(|byte| byte.is_ascii_graphic()) {
        joined.push(char::from(*character));
        at += 1;
        if bytes[at..].starts_with(gap) {
            joined.push(' ');
            at += gap.len();
        } else if bytes.get(at) == Some(&sign) && bytes.get(at + 1).is_some_and(u8::is_ascii_graphic) {
            at += 1;
        } else {
            break;
        }
    }
    at
}
