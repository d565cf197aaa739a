//! Where in a buffer the earliest text begins that may still become a match.
//!
//! The union of all prefix closures is compiled backwards and run from the end of the buffer: the furthest place where it
//! accepts is the hold point. Rules are grouped by the longest text they can match, so that one long rule (a private key)
//! does not let every short one hold as much.

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{self, NFA};
use regex_automata::util::pool::Pool;
use regex_automata::{Anchored, Input, MatchKind};
use regex_syntax::hir::Hir;

use super::closure::prefixes;
use crate::rule::{Exact, Matcher, Rule};

/// Upper bounds of the groups, in bytes. What is longer goes into the last group with its own bound.
const GROUPS: [usize; 3] = [96, 640, 4_608];
/// Memory that one automaton may use for its states before it starts over.
const CACHE_BYTES: usize = 4 << 20;

/// The automata of a set of exact rules.
#[derive(Debug)]
pub(super) struct Live {
    groups: Vec<Group>,
}

struct Group {
    /// Longer text is not a match of any rule in the group.
    longest: usize,
    /// `None` when it could not be compiled: then everything within reach is held.
    machine: Option<(DFA, Pool<Cache, Box<dyn Fn() -> Cache + Send + Sync>>)>,
}

impl Live {
    /// Compiles the closures of the exact rules among `rules`.
    pub(super) fn new(rules: &[&'static Rule]) -> Self {
        let exact = |rule: &&'static Rule| match &rule.matcher {
            Matcher::Exact(exact) => Some(exact),
            Matcher::Phrase(_) | Matcher::Protected(_) => None,
        };
        let exact: Vec<&Exact> = rules.iter().filter_map(exact).collect();
        let mut groups = Vec::new();
        let mut from = 0;
        for to in GROUPS.into_iter().chain([usize::MAX]) {
            let members: Vec<&Exact> =
                exact.iter().copied().filter(|exact| (from..to).contains(&exact.longest)).collect();
            if let Some(longest) = members.iter().map(|exact| exact.longest).max() {
                groups.push(Group { longest, machine: machine(&members) });
            }
            from = to;
        }
        Self { groups }
    }

    /// The earliest place in `text`, from `from` on, that may still become a match.
    pub(super) fn hold_point(&self, text: &str, from: usize) -> usize {
        self.groups.iter().map(|group| group.hold_point(text.as_bytes(), from)).min().unwrap_or(text.len())
    }
}

impl Group {
    fn hold_point(&self, text: &[u8], from: usize) -> usize {
        // One byte more than the longest match: its right neighbour may decide.
        let reach = text.len().saturating_sub(self.longest + 1).max(from);
        let Some((dfa, pool)) = &self.machine else { return reach };
        let input = Input::new(text).span(reach..text.len()).anchored(Anchored::Yes);
        match dfa.try_search_rev(&mut pool.get(), &input) {
            Ok(Some(half)) => half.offset(),
            Ok(None) => text.len(),
            Err(_) => reach,
        }
    }
}

impl std::fmt::Debug for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Group").field("longest", &self.longest).finish_non_exhaustive()
    }
}

#[expect(clippy::type_complexity, reason = "the pool's own type")]
fn machine(members: &[&Exact]) -> Option<(DFA, Pool<Cache, Box<dyn Fn() -> Cache + Send + Sync>>)> {
    let closures: Vec<Hir> = members.iter().map(|exact| prefixes(exact.pattern)).collect::<Result<_, _>>().ok()?;
    let union = Hir::alternation(closures);
    let nfa: NFA = thompson::Compiler::new()
        .configure(thompson::Config::new().reverse(true).utf8(false).which_captures(thompson::WhichCaptures::None))
        .build_from_hir(&union)
        .ok()?;
    let config = DFA::config().match_kind(MatchKind::All).cache_capacity(CACHE_BYTES).skip_cache_capacity_check(true);
    let dfa = DFA::builder().configure(config).build_from_nfa(nfa).ok()?;
    let of = dfa.clone();
    let create: Box<dyn Fn() -> Cache + Send + Sync> = Box::new(move || of.create_cache());
    Some((dfa, Pool::new(create)))
}
