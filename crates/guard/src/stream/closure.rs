//! The prefix closure of a pattern: every text that may still become a match.
//!
//! For a pattern of the language *L* this builds a pattern of (at least) all prefixes of *L*; *L* itself is among them, so a
//! match waits for its right neighbour, which decides on word boundaries and longer matches. It may accept more than that
//! (counted repetitions become uncounted, look-around is ignored), never less: too much held, nothing leaked.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Capture, Hir, HirKind, Literal, Repetition};

/// The closure of a pattern as exact rules are written.
///
/// # Errors
/// When the pattern does not parse.
pub(super) fn prefixes(pattern: &str) -> Result<Hir, Box<regex_syntax::Error>> {
    let hir = ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern)?;
    Ok(prefix(&hir))
}

/// All prefixes of what `hir` matches.
fn prefix(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Hir::empty(),
        HirKind::Literal(Literal(bytes)) => prefix_of_bytes(bytes),
        HirKind::Class(class) => optional(Hir::class(class.clone())),
        HirKind::Repetition(repetition) => Hir::concat(vec![many(loosen(&repetition.sub)), prefix(&repetition.sub)]),
        HirKind::Capture(capture) => prefix(&capture.sub),
        HirKind::Concat(parts) => prefix_of_parts(parts),
        HirKind::Alternation(branches) => Hir::alternation(branches.iter().map(prefix).collect()),
    }
}

/// `abc` → `(?:a(?:bc?)?)?`
fn prefix_of_bytes(bytes: &[u8]) -> Hir {
    bytes.iter().rev().fold(Hir::empty(), |rest, byte| optional(Hir::concat(vec![Hir::literal([*byte]), rest])))
}

/// prefix(a·r) = prefix(a) | a·prefix(r)
fn prefix_of_parts(parts: &[Hir]) -> Hir {
    parts
        .iter()
        .rev()
        .fold(Hir::empty(), |rest, part| Hir::alternation(vec![prefix(part), Hir::concat(vec![loosen(part), rest])]))
}

/// The same without look-around and counts.
fn loosen(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Hir::empty(),
        HirKind::Literal(Literal(bytes)) => Hir::literal(bytes.clone()),
        HirKind::Class(class) => Hir::class(class.clone()),
        HirKind::Repetition(repetition) => loosen_repetition(repetition),
        HirKind::Capture(Capture { sub, .. }) => loosen(sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(loosen).collect()),
        HirKind::Alternation(branches) => Hir::alternation(branches.iter().map(loosen).collect()),
    }
}

fn loosen_repetition(repetition: &Repetition) -> Hir {
    let sub = loosen(&repetition.sub);
    match (repetition.min, repetition.max) {
        (0, Some(1)) => optional(sub),
        (1, Some(1)) => sub,
        // Short counts cost few states and keep digits and checksums from looking endless.
        (min, Some(max)) if max <= 8 => {
            Hir::repetition(Repetition { min, max: Some(max), greedy: true, sub: Box::new(sub) })
        }
        _ => many(sub),
    }
}

fn optional(sub: Hir) -> Hir {
    Hir::repetition(Repetition { min: 0, max: Some(1), greedy: true, sub: Box::new(sub) })
}

fn many(sub: Hir) -> Hir {
    Hir::repetition(Repetition { min: 0, max: None, greedy: true, sub: Box::new(sub) })
}
