//! A rule's pattern, compiled when a text first asks for it.
//!
//! Patterns that count high (forty words of up to thirty letters) make automata that do not fit in memory and fall back to
//! something a hundred times slower. Such a pattern is tried in its [loose](super::loose) form first: where that does not
//! match, the pattern cannot, and in ordinary text it is never even compiled.
//!
//! Invariants: nothing that the pattern matches is missed; a pattern is compiled once in a process, however many sets hold
//! its rule.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use regex_automata::meta::Regex;
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::util::syntax;
use regex_syntax::hir::{Hir, HirKind};

use super::branch;
use super::loose;
use super::need::{Needs, Place};
use super::search::Search;

/// Patterns that unroll to more states than this are tried loosely first.
const STATES_MAX: u64 = 256;

/// A pattern that is compiled as it is needed.
#[derive(Debug)]
pub(crate) struct Pattern {
    source: &'static str,
    needs: OnceLock<Option<Needs>>,
    /// Where each branch is to be tried.
    places: OnceLock<Box<[Place]>>,
    /// What each branch needs beside its anchors.
    beside: OnceLock<Box<[Needs]>>,
    /// The loose form; `None` where it saves nothing.
    loose: OnceLock<Option<Search>>,
    exact: OnceLock<Option<Search>>,
}

/// All patterns of the process, by what is written.
static PATTERNS: Mutex<Option<HashMap<&'static str, Arc<Pattern>>>> = Mutex::new(None);

impl Pattern {
    /// The pattern that is written so.
    pub(crate) fn of(source: &'static str) -> Arc<Self> {
        let mut patterns = PATTERNS.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            Arc::new(Self {
                source,
                needs: OnceLock::new(),
                places: OnceLock::new(),
                beside: OnceLock::new(),
                loose: OnceLock::new(),
                exact: OnceLock::new(),
            })
        };
        patterns.get_or_insert_default().entry(source).or_insert_with(new).clone()
    }

    /// The pattern as it is written.
    pub(crate) const fn source(&self) -> &'static str {
        self.source
    }

    /// Says whether it was needed and does not compile, which only a broken rule can cause. One without branches does not
    /// even parse, and would never be tried.
    pub(crate) fn is_broken(&self) -> bool {
        matches!(self.exact.get(), Some(None)) || self.places.get().is_some_and(|places| places.is_empty())
    }

    /// The pattern ready to search `span` of `text`, unless nothing can match there.
    pub(crate) fn on<'p>(&'p self, text: &str, span: &Range<usize>) -> Option<&'p Search> {
        if self.needs().is_some_and(|needs| !needs.are_met(&text.as_bytes()[span.clone()])) {
            return None;
        }
        self.search(text, span)
    }

    /// Where each of its branches is to be tried.
    pub(crate) fn places(&self) -> &[Place] {
        self.places.get_or_init(|| self.branches().iter().map(Place::new).collect())
    }

    /// What a branch needs beside its anchors.
    pub(super) fn beside(&self, branch: usize) -> Option<&Needs> {
        self.beside.get_or_init(|| self.branches().iter().map(Needs::new).collect()).get(branch)
    }

    /// The pattern ready to search `span` of `text`, where what it [needs](Pattern::beside) is there.
    pub(crate) fn search<'p>(&'p self, text: &str, span: &Range<usize>) -> Option<&'p Search> {
        let loose = self.loose.get_or_init(|| loose(self.source).map(Search::new));
        if loose.as_ref().is_some_and(|loose| !loose.is_match(text, span.clone())) {
            return None;
        }
        self.exact.get_or_init(|| compile(self.source).map(Search::new)).as_ref()
    }

    fn branches(&self) -> Vec<Hir> {
        loose::strict(self.source).map(|hir| branch::branches(&hir)).unwrap_or_default()
    }

    fn needs(&self) -> Option<&Needs> {
        self.needs.get_or_init(|| loose::strict(self.source).ok().map(|hir| Needs::new(&hir))).as_ref()
    }
}

/// Compiles a rule's pattern: ASCII classes unless it says `(?u)`.
pub(crate) fn compile(pattern: &str) -> Option<Regex> {
    Regex::builder().syntax(syntax::Config::new().unicode(false).utf8(false)).configure(config()).build(pattern).ok()
}

/// Patterns have no groups that anybody asks for, and automata for single passes are seldom worth their memory.
fn config() -> regex_automata::meta::Config {
    Regex::config().utf8_empty(false).which_captures(WhichCaptures::Implicit).onepass(false)
}

fn loose(pattern: &str) -> Option<Regex> {
    let exact = loose::strict(pattern).ok()?;
    if states(&exact) <= STATES_MAX {
        return None;
    }
    Regex::builder().configure(config()).build_from_hir(&loose::loosen(&exact)).ok()
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
