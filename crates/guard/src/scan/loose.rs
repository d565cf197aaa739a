//! A pattern with its counts let go: what it matches is what the pattern matches, and more.
//!
//! An automaton that counts to a thousand is a thousand times as large. It need not count to say that a text holds no
//! match, or that it may become one: text that is longer than the longest match is never held.
//!
//! Invariant: everything that the pattern matches, the loose one matches too.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, HirKind, Look, Repetition};

/// Higher counts are let go.
const COUNT_MAX: u32 = 8;

/// The loose form of a pattern as rules are written.
///
/// # Errors
/// When the pattern does not parse.
pub(crate) fn parse(pattern: &str) -> Result<Hir, Box<regex_syntax::Error>> {
    strict(pattern).map(|hir| loosen(&hir))
}

/// The pattern as it is.
///
/// # Errors
/// When it does not parse.
pub(super) fn strict(pattern: &str) -> Result<Hir, Box<regex_syntax::Error>> {
    Ok(ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern)?)
}

pub(super) fn loosen(hir: &Hir) -> Hir {
    match hir.kind() {
        // Automata cannot look around for Unicode words.
        HirKind::Look(look) if is_unicode(*look) => Hir::empty(),
        HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) | HirKind::Class(_) => hir.clone(),
        HirKind::Repetition(repetition) => Hir::repetition(Repetition {
            min: if repetition.min <= COUNT_MAX { repetition.min } else { 1 },
            max: repetition.max.filter(|max| *max <= COUNT_MAX),
            greedy: true,
            sub: Box::new(loosen(&repetition.sub)),
        }),
        HirKind::Capture(capture) => loosen(&capture.sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(loosen).collect()),
        HirKind::Alternation(branches) => Hir::alternation(branches.iter().map(loosen).collect()),
    }
}

const fn is_unicode(look: Look) -> bool {
    matches!(
        look,
        Look::WordUnicode
            | Look::WordUnicodeNegate
            | Look::WordStartUnicode
            | Look::WordEndUnicode
            | Look::WordStartHalfUnicode
            | Look::WordEndHalfUnicode
    )
}
