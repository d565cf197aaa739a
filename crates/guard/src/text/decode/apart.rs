//! Codes whose characters stand apart: `6 9 6 7`, `6-9-6-7`, one a line.
//!
//! [`spacing`](crate::text::spacing) joins letters, in small ones. A code needs its capitals and has digits and signs.

use crate::text::splice::Piece;

/// Bytes that are looked at together, in which so many are signs for apart.
const WINDOW: usize = 16;
const SIGNS_MIN: usize = 7;
const SIGNS: &[u8] = b" -._\n";

/// Whether about every other byte right before the end of `bytes` is such a sign.
#[inline]
pub(super) fn is_likely(bytes: &[u8]) -> bool {
    let is_sign = |byte: u8| (byte == b' ') | (byte == b'-') | (byte == b'.') | (byte == b'_') | (byte == b'\n');
    let signs = |window: &[u8; WINDOW]| window.iter().map(|byte| u8::from(is_sign(*byte))).sum::<u8>();
    bytes.last_chunk().is_some_and(|window| usize::from(signs(window)) >= SIGNS_MIN)
}

/// Finds codes whose characters one sign holds apart; where words ended, two blanks did.
pub(in crate::text) fn pieces(text: &str) -> Vec<Piece> {
    let bytes = text.as_bytes();
    let mut pieces = Vec::new();
    let mut at = 0;
    while at + 2 < bytes.len() {
        let sign = bytes[at + 1];
        if !bytes[at].is_ascii_graphic() || !SIGNS.contains(&sign) {
            at += 1;
            continue;
        }
        let (joined, end) = join(bytes, at, sign);
        if super::is_code(&joined) || super::number::read(&joined).is_some() {
            pieces.push(Piece { span: at..end, text: joined });
        }
        at = end.max(at + 1);
    }
    pieces
}

/// The characters from `at` on that `sign` holds apart, and where they end.
fn join(bytes: &[u8], mut at: usize, sign: u8) -> (String, usize) {
    let gap = if sign == b'\n' { b"\n\n" } else { b"  " };
    let mut joined = String::new();
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
    (joined, at)
}
