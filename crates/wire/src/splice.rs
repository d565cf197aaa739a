//! Puts new text where an old literal stood.
//!
//! Invariant: bytes outside the spliced spans are copied as they are, and what is put in is a valid JSON literal.

use std::ops::Range;

/// Appends `text` as a JSON string literal.
pub(crate) fn push_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    push_escaped(out, text);
    out.push(b'"');
}

/// Appends `text` escaped for the inside of a JSON string.
pub(crate) fn push_escaped(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    let mut from = 0;
    for (at, byte) in bytes.iter().copied().enumerate() {
        let escape: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            0..=0x1f => b"",
            _ => continue,
        };
        out.extend_from_slice(&bytes[from..at]);
        from = at + 1;
        if escape.is_empty() {
            out.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
        } else {
            out.extend_from_slice(escape);
        }
    }
    out.extend_from_slice(&bytes[from..]);
}

/// The JSON string literal of `text`.
pub(crate) fn quoted(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2);
    push_string(&mut out, text);
    out
}

/// New bytes for a span of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edit {
    pub(crate) span: Range<usize>,
    pub(crate) with: Vec<u8>,
}

impl Edit {
    /// Replaces a literal by the string `text`.
    pub(crate) fn string(span: Range<usize>, text: &str) -> Self {
        Self { span, with: quoted(text) }
    }
}

/// Appends `text` with `edits` applied. Edits are sorted here; one that overlaps an earlier one is left out, so that an
/// edit of a whole always wins over an edit inside it.
pub(crate) fn apply(out: &mut Vec<u8>, text: &[u8], edits: &mut [Edit]) {
    edits.sort_by_key(|edit| (edit.span.start, std::cmp::Reverse(edit.span.end)));
    let mut from = 0;
    for edit in edits.iter().filter(|edit| edit.span.end <= text.len()) {
        if edit.span.start < from {
            continue;
        }
        out.extend_from_slice(&text[from..edit.span.start]);
        out.extend_from_slice(&edit.with);
        from = edit.span.end;
    }
    out.extend_from_slice(&text[from..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(edits: &[(Range<usize>, &str)], expected: &str) {
        let mut edits: Vec<Edit> =
            edits.iter().map(|(span, with)| Edit { span: span.clone(), with: with.as_bytes().to_vec() }).collect();
        let mut out = Vec::new();
        apply(&mut out, b"0123456789", &mut edits);
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }

    #[test]
    fn edits_land_in_order_and_a_whole_wins_over_its_parts() {
        check(&[], "0123456789");
        check(&[(8..9, "x"), (0..2, "")], "234567x9");
        check(&[(2..3, "a"), (1..5, "b")], "0b56789");

        check(&[(9..99, "y")], "0123456789");
    }

    #[test]
    fn a_quoted_string_reads_back() {
        let odd = "a\"b\\c\n\u{0}\u{1f}\u{7f}é😀\u{2028}";
        let back: String = serde_json::from_slice(&quoted(odd)).unwrap();
        assert_eq!(back, odd);
    }
}
