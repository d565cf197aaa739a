//! Which of many rules that are anchored in digits may match where, in one pass.
//!
//! Logs are full of digits, and trying every such rule at every number costs as much as there are rules. All patterns
//! together are one automaton; it runs once over the text around runs of digits and tells which pattern ends where.
//!
//! Invariant: tells every end of every match that lies in the span it was given.

use std::ops::Range;
use std::sync::Arc;

use regex_automata::hybrid::dfa::{Cache, DFA, OverlappingState};
use regex_automata::nfa::thompson;
use regex_automata::util::pool::Pool;
use regex_automata::util::syntax;
use regex_automata::{Input, MatchKind};

use super::shared::Shared;

/// Memory that the automaton may use for its states before it starts over.
const CACHE_BYTES: usize = 4 << 20;

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
