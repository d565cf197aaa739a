//! Runs of digits, and which of many rules that are anchored in them may match where, in one pass.
//!
//! Logs are full of digits, and trying every such rule at every number costs as much as there are rules. All patterns
//! together are one automaton; it runs once over the text around runs of digits and tells which pattern ends where.
//!
//! Invariants: tells every end of every match that lies in the span it was given; a rule's reach counts from every run
//! that may be its anchor.

use std::ops::Range;
use std::sync::Arc;

use regex_automata::hybrid::dfa::{Cache, DFA, OverlappingState};
use regex_automata::nfa::thompson;
use regex_automata::util::pool::Pool;
use regex_automata::util::syntax;
use regex_automata::{Input, MatchKind};

use super::shared::Shared;
use crate::rule::Anchor;

/// Memory that the automaton may use for its states before it starts over.
const CACHE_BYTES: usize = 4 << 20;

/// Digits between which single separators may stand.
#[derive(Debug)]
pub(super) struct Run {
    /// Where the first digit is.
    pub(super) start: usize,
    /// Behind the last digit.
    pub(super) end: usize,
    /// How many digits there are.
    count: usize,
    /// How many before the first separator.
    first: usize,
    /// The most between two separators.
    solid: usize,
}

impl Run {
    /// The first run at or after `from`.
    pub(super) fn next(bytes: &[u8], from: usize) -> Option<Self> {
        let start = next_digit(bytes, from)?;
        let mut run = Self { start, end: start, count: 0, first: 0, solid: 0 };
        let mut at = start;
        loop {
            let solid = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            if solid == 0 {
                return Some(run);
            }
            at += solid;
            run.end = at;
            run.count += solid;
            run.first = if run.first == 0 { solid } else { run.first };
            run.solid = run.solid.max(solid);
            if !bytes.get(at).is_some_and(|byte| matches!(byte, b' ' | b'.' | b'-' | b'/' | b'(' | b')')) {
                return Some(run);
            }
            at += 1;
        }
    }
}

fn next_digit(bytes: &[u8], mut at: usize) -> Option<usize> {
    // Without a way out in the middle, many bytes are looked at together.
    while let Some(chunk) = bytes.get(at..)?.first_chunk::<32>() {
        if chunk.iter().fold(false, |any, byte| any | byte.is_ascii_digit()) {
            break;
        }
        at += chunk.len();
    }
    bytes[at..].iter().position(u8::is_ascii_digit).map(|ahead| at + ahead)
}

/// No rule asks for more digits.
const COUNT_MAX: usize = 32;

/// The longest match of the rules that a run may be the anchor of, by the number of its digits.
#[derive(Debug, Default)]
pub(super) struct Reach {
    any: [usize; COUNT_MAX],
    solid: [usize; COUNT_MAX],
    lettered: [usize; COUNT_MAX],
}

impl Reach {
    /// Adds a rule; says whether it is anchored in digits.
    pub(super) fn add(&mut self, anchor: Anchor, longest: usize) -> bool {
        let (kind, least) = match anchor {
            Anchor::Literals(_) => return false,
            Anchor::Digits(least) => (&mut self.any, least),
            Anchor::SolidDigits(least) => (&mut self.solid, least),
            Anchor::LetteredDigits(least) => (&mut self.lettered, least),
        };
        for reach in kind.iter_mut().skip(usize::from(least).min(COUNT_MAX - 1)) {
            *reach = longest.max(*reach);
        }
        true
    }

    /// How far any rule can reach from `run`; `None` when it is no rule's anchor.
    pub(super) fn of(&self, bytes: &[u8], run: &Run) -> Option<usize> {
        let told = |kind: &[usize; COUNT_MAX], count: usize| kind[count.min(COUNT_MAX - 1)];
        let is_lettered =
            run.start.checked_sub(2).is_some_and(|at| bytes[at..run.start].iter().all(u8::is_ascii_alphabetic));
        let lettered = if is_lettered { told(&self.lettered, run.first) } else { 0 };
        let reach = told(&self.any, run.count).max(told(&self.solid, run.solid)).max(lettered);
        (reach > 0).then_some(reach)
    }
}

/// The patterns of all rules anchored in digits.
pub(super) struct Gate {
    dfa: DFA,
    caches: Pool<Cache, Box<dyn Fn() -> Cache + Send + Sync>>,
}

static GATES: Shared<Option<Gate>> = Shared::new();

impl Gate {
    /// The automaton of `patterns`; `None` in it when one of them is broken.
    pub(super) fn of(patterns: Vec<&'static str>) -> Arc<Option<Self>> {
        GATES.of(patterns, Self::new)
    }

    fn new(patterns: &[&str]) -> Option<Self> {
        let dfa = DFA::builder()
            .syntax(syntax::Config::new().unicode(false).utf8(false))
            .thompson(thompson::Config::new().utf8(false))
            .configure(
                DFA::config().match_kind(MatchKind::All).cache_capacity(CACHE_BYTES).skip_cache_capacity_check(true),
            )
            .build_many(patterns)
            .ok()?;
        let of = dfa.clone();
        let create: Box<dyn Fn() -> Cache + Send + Sync> = Box::new(move || of.create_cache());
        Some(Self { dfa, caches: Pool::new(create) })
    }

    /// Calls `each` with the index of a pattern and the place where a match of it ends, in the order of the text.
    /// Says whether it came to the end of the span.
    pub(super) fn ends(&self, text: &str, span: Range<usize>, mut each: impl FnMut(usize, usize)) -> bool {
        let mut cache = self.caches.get();
        let input = Input::new(text).span(span);
        let mut state = OverlappingState::start();
        loop {
            if self.dfa.try_search_overlapping_fwd(&mut cache, &input, &mut state).is_err() {
                return false;
            }
            let Some(end) = state.get_match() else { return true };
            each(end.pattern().as_usize(), end.offset());
        }
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate").finish_non_exhaustive()
    }
}
