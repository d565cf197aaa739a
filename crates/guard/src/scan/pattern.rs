//! A rule's pattern, compiled when a text first asks for it.
//!
//! Patterns that count high (forty words of up to thirty letters) make automata that do not fit in memory and fall back to
//! something a hundred times slower. Such a pattern is tried in its [loose](super::loose) form first: where that does not
//! match, the pattern cannot, and in ordinary text it is never even compiled.
//!
//! Invariant: nothing that the pattern matches is missed.

use std::ops::Range;
use std::sync::OnceLock;

use regex_automata::meta::Regex;
use regex_automata::util::syntax;
use regex_automata::{Input, Match};
use regex_syntax::hir::{Hir, HirKind};

use super::loose;

/// Patterns that unroll to more states than this are tried loosely first.
const STATES_MAX: u64 = 256;

/// A pattern that is compiled as it is needed.
#[derive(Debug)]
pub(crate) struct Pattern {
    source: &'static str,
    /// The loose form; `None` where it saves nothing.
    loose: OnceLock<Option<Regex>>,
    exact: OnceLock<Option<Regex>>,
}

impl Pattern {
    pub(crate) const fn new(source: &'static str) -> Self {
        Self { source, loose: OnceLock::new(), exact: OnceLock::new() }
    }

    /// The pattern as it is written.
    pub(crate) const fn source(&self) -> &'static str {
        self.source
    }

    /// Says whether it was needed and does not compile, which only a broken rule can cause.
    pub(crate) fn is_broken(&self) -> bool {
        matches!(self.exact.get(), Some(None))
    }

    /// The pattern ready to search `span` of `text`, unless nothing can match there.
    pub(crate) fn on<'p>(&'p self, text: &str, span: &Range<usize>) -> Option<&'p Regex> {
        let loose = self.loose.get_or_init(|| loose(self.source));
        if loose.as_ref().is_some_and(|loose| !loose.is_match(Input::new(text).span(span.clone()))) {
            return None;
        }
        self.exact.get_or_init(|| compile(self.source)).as_ref()
    }
}

/// The first match in `span` of `text`.
pub(crate) fn find(regex: &Regex, text: &str, span: Range<usize>) -> Option<Match> {
    regex.find(Input::new(text).span(span))
}

/// Compiles a rule's pattern: ASCII classes unless it says `(?u)`.
pub(crate) fn compile(pattern: &str) -> Option<Regex> {
    Regex::builder()
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .configure(Regex::config().utf8_empty(false))
        .build(pattern)
        .ok()
}

fn loose(pattern: &str) -> Option<Regex> {
    let exact = loose::strict(pattern).ok()?;
    if states(&exact) <= STATES_MAX {
        return None;
    }
    Regex::builder().configure(Regex::config().utf8_empty(false)).build_from_hir(&loose::loosen(&exact)).ok()
}

/// About how many states a pattern takes when its counts are unrolled.
fn states(hir: &Hir) -> u64 {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(_) => 1,
        HirKind::Literal(literal) => literal.0.len() as u64,
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1);
            states(&repetition.sub).saturating_mul(times.into())
        }
        HirKind::Capture(capture) => states(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().map(states).fold(0, u64::saturating_add),
    }
}
