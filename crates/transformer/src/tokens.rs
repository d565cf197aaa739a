//! From a text to tokens, piece by piece.
//!
//! Invariants: a tokenizer's own cutting and padding are off; text that looks like a special token is text; a piece never
//! becomes more tokens than [`TOKENS_PER_BYTE_MAX`] allows.

use std::ops::Range;

use serde::Deserialize;
use serde_json::Value;
use tokenizers::{AddedToken, Tokenizer};

use crate::Failed;
use crate::folder::Broken;
use crate::window::Token;

/// Bytes that are tokenized at once.
const PIECE_BYTES: usize = 8 << 10;
/// How far back a piece looks for white space to end at.
const SEEK_BYTES: usize = 1 << 10;
/// One character of three bytes (U+FDFA) is eighteen when it is normalized.
const TOKENS_PER_BYTE_MAX: usize = 16;
/// Steps of normalization and pre-tokenization.
const STEPS_MAX: usize = 32;
/// What may stand for one match of a replacement: `▁` has three bytes.
const REPLACEMENT_BYTES_MAX: usize = 8;
/// Replacements, each of which may lengthen what the one before made.
const REPLACEMENTS_MAX: usize = 4;
/// Tokens that frame a window, on either side.
const FRAME_TOKENS_MAX: usize = 4;

/// A tokenizer, and what frames a window.
pub(crate) struct Tokens {
    tokenizer: Tokenizer,
    pub(crate) before: Vec<u32>,
    pub(crate) after: Vec<u32>,
}

#[derive(Deserialize)]
struct Written {
    normalizer: Option<Value>,
    pre_tokenizer: Option<Value>,
    #[serde(default)]
    added_tokens: Vec<AddedToken>,
}

impl Tokens {
    /// Reads a `tokenizer.json`.
    ///
    /// # Errors
    /// When it is none, or would make much more of a text than it is.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Broken> {
        let broken = |error: &dyn std::fmt::Display| Broken::Tokenizer(error.to_string());
        let written: Written = serde_json::from_slice(bytes).map_err(|error| broken(&error))?;
        check(&written)?;
        let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(|error| broken(&error))?;
        tokenizer.with_truncation(None).map_err(|error| broken(&error))?.with_padding(None);
        tokenizer.set_encode_special_tokens(true);
        let (before, after) = frame(&tokenizer)?;
        Ok(Self { tokenizer, before, after })
    }

    /// The tokens of one piece.
    ///
    /// # Errors
    /// When the tokenizer fails, or makes much more of it than it is.
    pub(crate) fn of(&self, text: &str, piece: Range<usize>) -> Result<Vec<Token>, Failed> {
        let encoding = self.tokenizer.encode(&text[piece.clone()], false).map_err(|_| Failed::Tokenizer)?;
        if encoding.len() > 16 + piece.len() * TOKENS_PER_BYTE_MAX {
            return Err(Failed::Tokenizer);
        }
        let offsets = encoding.get_offsets().iter().map(|(start, end)| piece.start + start..piece.start + end);
        Ok(encoding.get_ids().iter().zip(offsets).map(|(id, span)| Token { id: *id, span }).collect())
    }
}

/// The text in pieces that end at white space where there is some.
pub(crate) fn pieces(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        if at == text.len() {
            return None;
        }
        let start = at;
        at = text.floor_char_boundary(start + PIECE_BYTES);
        if at < text.len() {
            let from = text.floor_char_boundary(at - SEEK_BYTES);
            at = text[from..at].rfind(char::is_whitespace).filter(|found| *found > 0).map_or(at, |found| from + found);
        }
        Some(start..at)
    })
}

/// Refuses what could lengthen a text without end.
fn check(written: &Written) -> Result<(), Broken> {
    let (mut steps, mut replacements) = (0, 0);
    let parts = written.normalizer.iter().chain(&written.pre_tokenizer);
    let mut waiting: Vec<&Value> = parts.collect();
    while let Some(part) = waiting.pop() {
        steps += 1;
        if part["type"] == "Replace" {
            replacements += 1;
            if part["content"].as_str().is_none_or(|content| content.len() > REPLACEMENT_BYTES_MAX) {
                let why = format!("a normalizer replaces by more than {REPLACEMENT_BYTES_MAX} bytes");
                return Err(Broken::Tokenizer(why));
            }
        }
        if part["type"] == "Prepend" && part["prepend"].as_str().is_none_or(|text| text.len() > REPLACEMENT_BYTES_MAX) {
            return Err(Broken::Tokenizer(format!("a normalizer prepends more than {REPLACEMENT_BYTES_MAX} bytes")));
        }
        let inner = ["normalizers", "pretokenizers"].iter().filter_map(|name| part[name].as_array());
        waiting.extend(inner.flatten());
        if steps > STEPS_MAX || replacements > REPLACEMENTS_MAX {
            let why = format!("more than {STEPS_MAX} steps, or {REPLACEMENTS_MAX} replacements among them");
            return Err(Broken::Tokenizer(why));
        }
    }
    if written.added_tokens.iter().any(|token| token.content.is_empty()) {
        return Err(Broken::Tokenizer("an added token is empty".to_owned()));
    }
    Ok(())
}

/// What stands before and behind the tokens of a text.
fn frame(tokenizer: &Tokenizer) -> Result<(Vec<u32>, Vec<u32>), Broken> {
    let broken = || Broken::Tokenizer("it frames a text in a way that is not known".to_owned());
    let encode = |special| tokenizer.encode("a", special).map_err(|_| broken());
    let (bare, framed) = (encode(false)?, encode(true)?);
    let (bare, framed) = (bare.get_ids(), framed.get_ids());
    let at = framed.windows(bare.len().max(1)).position(|window| window == bare).ok_or_else(broken)?;
    let (before, after) = (&framed[..at], &framed[at + bare.len()..]);
    if before.len() > FRAME_TOKENS_MAX || after.len() > FRAME_TOKENS_MAX {
        return Err(broken());
    }
    Ok((before.to_vec(), after.to_vec()))
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_a_text_and_end_at_white_space() {
        for text in ["", "x", &"word and word ".repeat(3_000), &"ü".repeat(20_000), &" ".repeat(9_000)] {
            let pieces: Vec<_> = pieces(text).collect();
            let joined: String = pieces.iter().map(|piece| &text[piece.clone()]).collect();
            assert_eq!(joined, text);
            assert!(pieces.iter().all(|piece| !piece.is_empty() && piece.len() <= PIECE_BYTES));
        }
        let text = "word and word ".repeat(3_000);
        assert!(pieces(&text).skip(1).all(|piece| text[piece].starts_with(' ')));
    }

    fn refused(normalizer: &str) -> bool {
        let text = format!(r#"{{"normalizer": {normalizer}}}"#);
        check(&serde_json::from_str(&text).unwrap()).is_err()
    }

    #[test]
    fn a_tokenizer_that_would_lengthen_texts_is_refused() {
        let replace =
            |content: &str| format!(r#"{{"type": "Replace", "pattern": {{"String": " "}}, "content": "{content}"}}"#);
        assert!(!refused(&replace("▁")));
        assert!(refused(&replace(&"x".repeat(9))));
        let many = vec![replace("aa"); 5].join(",");
        assert!(refused(&format!(r#"{{"type": "Sequence", "normalizers": [{many}]}}"#)));
        assert!(refused(&format!(r#"{{"type": "Prepend", "prepend": "{}"}}"#, "x".repeat(9))));
        let deep =
            (0..40).fold(replace("▁"), |inner, _| format!(r#"{{"type": "Sequence", "normalizers": [{inner}]}}"#));
        assert!(refused(&deep));
    }
}
