//! Where in a buffer the earliest text begins that may still become a match.
//!
//! One automaton of all patterns reads from a place to the end of the buffer. If it is still alive there, what it read is
//! the beginning of a match, or a match whose right neighbour is not known. Ordinary places die within a byte or two, and
//! the first that lives ends the search. Rules are grouped by the longest text they can match, so that one long rule (a
//! private key) does not let every short one hold as much.

use std::sync::{Arc, OnceLock};

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{self, NFA};
use regex_automata::util::pool::Pool;
use regex_automata::util::start;
use regex_automata::{Anchored, MatchKind};
use regex_syntax::hir::Hir;

use crate::rule::{Exact, Matcher, Rule};
use crate::scan::loose;
use crate::scan::shared::Shared;

/// Upper bounds of the groups, in bytes. What is longer goes into the last group with its own bound.
const GROUPS: [usize; 3] = [96, 640, 4_608];
/// Memory that one automaton may use for its states before it starts over.
const CACHE_BYTES: usize = 1 << 20;

/// The automata of a set of exact rules.
#[derive(Debug)]
pub(super) struct Live {
    /// Longest first: what they hold, the others need not look at.
    groups: Vec<Group>,
}

/// An automaton, and the memory that its searches borrow.
type Machine = (DFA, Pool<Cache, MakeCache>);
type MakeCache = Box<dyn Fn() -> Cache + Send + Sync>;

struct Group {
    /// Longer text is not a match of any rule in the group.
    longest: usize,
    patterns: Vec<&'static str>,
    /// Compiled for the first stream. `None` inside when it could not be: then everything within reach is held.
    machine: OnceLock<Arc<Option<Machine>>>,
}

static MACHINES: Shared<Option<Machine>> = Shared::new();

/// The automaton met something it cannot read.
struct GaveUp;

impl Live {
    /// Takes the patterns of the exact rules among `rules`.
    pub(super) fn new(rules: &[&'static Rule]) -> Self {
        let exact = |rule: &&'static Rule| match &rule.matcher {
            Matcher::Exact(exact) => Some(exact),
            Matcher::Phrase(_)
            | Matcher::Protected(_)
            | Matcher::Learned(_)
            | Matcher::Entity(_)
            | Matcher::Transformer
            | Matcher::Value(_)
            | Matcher::Contract => None,
        };
        let exact: Vec<&Exact> = rules.iter().filter_map(exact).collect();
        let mut groups = Vec::new();
        let mut from = 0;
        for to in GROUPS.into_iter().chain([usize::MAX]) {
            let members: Vec<&Exact> =
                exact.iter().copied().filter(|exact| (from..to).contains(&exact.longest)).collect();
            if let Some(longest) = members.iter().map(|exact| exact.longest).max() {
                let patterns = members.iter().map(|exact| exact.pattern).collect();
                groups.push(Group { longest, patterns, machine: OnceLock::new() });
            }
            from = to;
        }
        groups.reverse();
        Self { groups }
    }

    /// The earliest place in `text`, from `from` on, that may still become a match.
    pub(super) fn hold_point(&self, text: &str, from: usize) -> usize {
        self.groups.iter().fold(text.len(), |hold, group| group.hold_point(text, from, hold))
    }
}

impl Group {
    /// The earliest such place before `until`, or `until`.
    fn hold_point(&self, text: &str, from: usize, until: usize) -> usize {
        // One byte more than the longest match: its right neighbour may decide.
        let reach = text.len().saturating_sub(self.longest + 1).max(from);
        if reach >= until {
            return until;
        }
        let machine = self.machine.get_or_init(|| MACHINES.of(self.patterns.clone(), machine));
        let Some((dfa, pool)) = machine.as_ref() else { return reach.min(until) };
        let mut cache = pool.get();
        let lives = |at: &usize| {
            text.is_char_boundary(*at) && !matches!(lives(dfa, &mut cache, text.as_bytes(), *at), Ok(false))
        };
        (reach..until).find(lives).unwrap_or(until)
    }
}

/// Says whether the text from `at` on may become a match.
fn lives(dfa: &DFA, cache: &mut Cache, text: &[u8], at: usize) -> Result<bool, GaveUp> {
    let behind = at.checked_sub(1).map(|before| text[before]);
    let start = start::Config::new().anchored(Anchored::Yes).look_behind(behind);
    let mut state = dfa.start_state(cache, &start).map_err(|_| GaveUp)?;
    for byte in &text[at..] {
        state = dfa.next_state(cache, state, *byte).map_err(|_| GaveUp)?;
        if state.is_dead() {
            return Ok(false);
        }
        if state.is_quit() {
            return Err(GaveUp);
        }
    }
    // Automata tell of a match a byte late. One that ended before the last byte and cannot go on is settled.
    Ok(!state.is_match() || goes_on(dfa, cache, state)?)
}

fn goes_on(dfa: &DFA, cache: &mut Cache, state: LazyStateID) -> Result<bool, GaveUp> {
    for byte in dfa.byte_classes().representatives(0..=255_u8).filter_map(|unit| unit.as_u8()) {
        if !dfa.next_state(cache, state, byte).map_err(|_| GaveUp)?.is_dead() {
            return Ok(true);
        }
    }
    Ok(false)
}

impl std::fmt::Debug for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Group").field("longest", &self.longest).finish_non_exhaustive()
    }
}

fn machine(patterns: &[&str]) -> Option<Machine> {
    let patterns: Vec<Hir> = patterns.iter().map(|pattern| loose::parse(pattern)).collect::<Result<_, _>>().ok()?;
    let nfa: NFA = thompson::Compiler::new()
        .configure(thompson::Config::new().utf8(false).which_captures(thompson::WhichCaptures::None))
        .build_from_hir(&Hir::alternation(patterns))
        .ok()?;
    let config = DFA::config().match_kind(MatchKind::All).cache_capacity(CACHE_BYTES).skip_cache_capacity_check(true);
    let dfa = DFA::builder().configure(config).build_from_nfa(nfa).ok()?;
    let of = dfa.clone();
    let create: Box<dyn Fn() -> Cache + Send + Sync> = Box::new(move || of.create_cache());
    Some((dfa, Pool::new(create)))
}
