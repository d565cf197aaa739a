//! Puts decoded pieces back into the text around them.
//!
//! An attacker may encode one word of a sentence only, so a piece is read with a little of its surroundings. The rest of
//! the text is left out: it is in the first view already.
//!
//! Invariant: pieces are sorted and do not overlap; the cut text ends on character boundaries.

use std::ops::Range;
use std::sync::Arc;

use super::view::Map;

/// How much plain text around a piece is kept, in bytes.
const AROUND_BYTES: usize = 64;

/// A stretch of text and what it stands for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) span: Range<usize>,
    pub(super) text: String,
}

/// A decoded text with its way back.
pub(super) struct Spliced {
    pub(super) text: String,
    pub(super) map: Map,
    /// Where decoding stopped for want of budget, in the text the pieces were found in.
    pub(super) cut: Option<Range<usize>>,
}

/// Replaces `pieces` in `text`, keeping a little text around each; holds at most `bytes_max` bytes.
pub(super) fn splice(text: &str, pieces: &[Piece], below: Option<Arc<Map>>, bytes_max: usize) -> Spliced {
    let mut out = Spliced { text: String::new(), map: Map::over(below), cut: None };
    let mut from = 0;
    for (index, piece) in pieces.iter().enumerate() {
        let around = floor(text, piece.span.start.saturating_sub(AROUND_BYTES));
        out.copy(text, around.max(from)..piece.span.start, around > from && index > 0);
        if out.text.len() + piece.text.len() > bytes_max {
            out.replace(piece, bytes_max.saturating_sub(out.text.len()));
            out.cut = Some(piece.span.start..pieces[pieces.len() - 1].span.end);
            return out;
        }
        out.replace(piece, piece.text.len());
        let next = pieces.get(index + 1).map_or(text.len(), |next| next.span.start);
        let to = floor(text, (piece.span.end + AROUND_BYTES).min(next)).max(piece.span.end);
        out.copy(text, piece.span.end..to, false);
        from = to;
    }
    out
}

impl Spliced {
    fn copy(&mut self, text: &str, span: Range<usize>, after_gap: bool) {
        if after_gap {
            self.map.made_from(self.text.len(), span.start..span.start);
            self.text.push('\n');
        }
        if !span.is_empty() {
            self.map.copied(self.text.len(), span.start);
            self.text.push_str(&text[span]);
        }
    }

    fn replace(&mut self, piece: &Piece, len_max: usize) {
        let text = &piece.text[..floor(&piece.text, len_max.min(piece.text.len()))];
        if !text.is_empty() {
            self.map.made_from(self.text.len(), piece.span.clone());
            self.text.push_str(text);
        }
    }
}

/// The nearest character boundary at or below `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(span: Range<usize>, text: &str) -> Piece {
        Piece { span, text: text.to_owned() }
    }

    #[test]
    fn pieces_stand_in_their_sentence() {
        let spliced = splice("say XX now YY ok", &[piece(4..6, "hello"), piece(11..13, "bye")], None, 100);
        assert_eq!(spliced.text, "say hello now bye ok");
        assert_eq!(spliced.map.origin(4..9), 4..6);
        assert_eq!(spliced.map.origin(10..13), 7..10);
        assert_eq!(spliced.map.origin(0..20), 0..16);
    }

    #[test]
    fn far_text_is_left_out_and_the_budget_cuts() {
        let text = format!("{}XX{}YY", "a".repeat(500), "b".repeat(500));
        let pieces = [piece(500..502, "one"), piece(1002..1004, "two")];
        let spliced = splice(&text, &pieces, None, 1000);
        assert_eq!(spliced.text.len(), 64 + 3 + 64 + 1 + 64 + 3);
        assert_eq!(spliced.map.origin(spliced.text.len() - 3..spliced.text.len()), 1002..1004);
        assert_eq!(splice(&text, &pieces, None, 66).cut, Some(500..1004));
    }
}
