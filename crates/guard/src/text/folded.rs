//! A text as it is typed on a plain keyboard, with its capitals: what is not drawn is left out, and look-alikes and forms of
//! letters are letters.
//!
//! The canonical reading is in small letters, which codes do not survive. This one is for decoders alone, so it may go
//! further than a reader would: every character becomes ASCII if anything of it is.
//!
//! Invariant: spans lead back to whole words of the text.

use std::sync::Arc;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use unicode_security::confusable_detection::skeleton;

use super::view::Map;
use super::{invisible, letter};

/// Fewer characters hide no code.
const FORMS_MIN: usize = 20;

/// A text without disguise of its characters, and its way back.
pub(super) struct Folded {
    pub(super) text: String,
    pub(super) map: Arc<Map>,
}

/// Whether enough of `text` is in full width, bold or circled.
pub(super) fn has_forms(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_form =
        |at: &usize| matches!(bytes[*at..], [0xef, 0xbc | 0xbd, ..] | [0xf0, 0x9d, ..] | [0xe2, 0x91..=0x93, ..]);
    memchr::memchr3_iter(0xef, 0xf0, 0xe2, bytes).filter(is_form).nth(FORMS_MIN - 1).is_some()
}

/// Folds `text`, which itself maps back through `below`.
pub(super) fn folded(text: &str, below: Option<Arc<Map>>) -> Folded {
    let (mut out, mut map) = (String::with_capacity(text.len()), Map::over(below));
    let mut origin = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        if word.is_ascii() {
            map.copied(out.len(), origin);
            out.push_str(word);
        } else {
            map.made_from(out.len(), origin..origin + word.len());
            word.chars().filter(|c| !invisible::is_invisible(*c)).for_each(|c| fold(c, &mut out));
        }
        origin += word.len();
    }
    Folded { text: out, map: Arc::new(map) }
}

fn fold(c: char, out: &mut String) {
    if c.is_ascii() {
        return out.push(c);
    }
    for part in std::iter::once(c).nfkd().filter(|part| !is_combining_mark(*part)) {
        out.push(typed(part));
    }
}

/// The ASCII character that `c` is, or passes for.
fn typed(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    let mut buffer = [0; 4];
    let shape = skeleton(c.encode_utf8(&mut buffer)).next().filter(char::is_ascii);
    letter::look(c).or(shape).unwrap_or(c)
}
