//! Applies deletion characters and takes out terminal sequences, as a terminal would before anybody reads the text.
//!
//! Invariant: text without control characters is not touched and costs one look at its bytes.

use std::ops::Range;
use std::sync::Arc;

use super::Anomalies;
use super::view::Map;

/// Text without control characters, and its way back.
pub(super) struct Plain {
    pub(super) text: String,
    pub(super) map: Map,
}

/// Removes control characters from `text`; `None` when it has none.
pub(super) fn strip(text: &str, below: Option<Arc<Map>>, anomalies: &mut Anomalies) -> Option<Plain> {
    if !has_control(text) {
        return None;
    }
    let mut kept: Vec<(usize, char)> = Vec::with_capacity(text.len());
    let mut rest = text.char_indices();
    while let Some((at, c)) = rest.next() {
        match c {
            '\u{8}' | '\u{7f}' => {
                anomalies.deletions += 1;
                kept.pop();
            }
            '\u{1b}' | '\u{9b}' | '\u{9d}' => {
                let sequence = sequence(&text[at..]);
                anomalies.escapes += 1;
                while rest.offset() < at + sequence.len() && rest.next().is_some() {}
            }
            c if is_control(c) => {}
            c => kept.push((at, c)),
        }
    }
    let mut plain = Plain { text: String::with_capacity(kept.len()), map: Map::over(below) };
    for (at, c) in kept {
        plain.map.copied(plain.text.len(), at);
        plain.text.push(c);
    }
    Some(plain)
}

/// The terminal sequence that `text` begins with, as a range; at least its first character.
pub(crate) fn sequence(text: &str) -> Range<usize> {
    let bytes = text.as_bytes();
    let (kind, from) = match (bytes.first(), bytes.get(1)) {
        (Some(0x1b), Some(&kind)) => (kind, 2),
        (Some(0xc2), Some(0x9b)) => (b'[', 2),
        (Some(0xc2), Some(0x9d)) => (b']', 2),
        _ => return 0..text.chars().next().map_or(0, char::len_utf8),
    };
    let end = match kind {
        b'[' => bytes[from..].iter().position(|byte| !(0x20..0x40).contains(byte)).map(|at| from + at + 1),
        b']' | b'P' | b'_' | b'^' | b'X' => string_end(&bytes[from..]).map(|at| from + at),
        _ => Some(from),
    };
    let mut end = end.unwrap_or(from).min(text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    0..end
}

/// Where a control string ends: after BEL or ESC backslash.
fn string_end(bytes: &[u8]) -> Option<usize> {
    let at = memchr::memchr2(0x07, 0x1b, bytes)?;
    Some(if bytes[at] == 0x07 { at + 1 } else { at + 2 })
}

fn has_control(text: &str) -> bool {
    let is_odd = |byte: u8| (byte < 0x20 && !(9..=13).contains(&byte)) || byte == 0x7f;
    // In UTF-8, the control characters beyond ASCII begin with one byte.
    let begins_odd = |at: usize| text[at..].starts_with(is_control);
    text.bytes().fold(false, |found, byte| found | is_odd(byte))
        || memchr::memchr_iter(0xc2, text.as_bytes()).any(begins_odd)
}

const fn is_control(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_would_show_the_same() {
        let check = |text: &str, expected: &str| {
            let plain = strip(text, None, &mut Anomalies::default()).map(|plain| plain.text);
            assert_eq!(plain.as_deref(), Some(expected), "{text:?}");
        };
        check("igX\u{8}nore", "ignore");
        check("igX\u{7f}nore", "ignore");
        check("\u{8}\u{8}a", "a");
        check("\u{1b}[31mred\u{1b}[0m", "red");
        check("\u{1b}]8;;https://a.example\u{7}link\u{1b}]8;;\u{1b}\\", "link");
        check("\u{9b}1mbold", "bold");
        check("\u{1b}]unfinished", "unfinished");
        check("a\0b", "ab");
        check("\u{1b}é\u{1b}", "");
        assert!(strip("a\tb\r\nc é", None, &mut Anomalies::default()).is_none());
    }
}
