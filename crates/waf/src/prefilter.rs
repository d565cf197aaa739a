//! Many patterns in one pass.
//!
//! The patterns of all rules of a phase and paranoia level form one set: a single lazily built automaton that says which
//! of them occur in a value. A rule whose pattern does not occur is done with one bit test; only the others run their own
//! regular expression. The set is asked about the bytes of a slot, so chains that leave a value alone share the answer.
//!
//! The automaton's memory is bounded. A value that would exhaust it gets the answer "all may occur": slower, never wrong.
//!
//! Invariant: a pattern whose bit is clear does not occur in the value.

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::util::pool::Pool;
use regex_automata::{Anchored, Input, MatchKind, PatternSet};
use regex_syntax::hir::Hir;

/// What one automaton may remember.
const CACHE_BYTES: usize = 6 << 20;

/// Which set a rule's pattern is in, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Probe {
    pub(crate) set: u16,
    pub(crate) pattern: u16,
}

/// Which patterns occur, one bit each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bits {
    /// No pattern, by far the commonest answer.
    None,
    /// It is not known which; all may.
    All,
    Some(Box<[u64]>),
}

impl Bits {
    pub(crate) fn has(&self, pattern: u16) -> bool {
        match self {
            Bits::None => false,
            Bits::All => true,
            Bits::Some(words) => words[usize::from(pattern >> 6)] >> (pattern & 63) & 1 == 1,
        }
    }

    pub(crate) fn add(&mut self, other: &Bits) {
        match (&mut *self, other) {
            (Bits::All, _) | (_, Bits::None) => {}
            (Bits::Some(own), Bits::Some(other)) => own.iter_mut().zip(other).for_each(|(own, other)| *own |= other),
            (_, other) => *self = other.clone(),
        }
    }

    fn of(found: &PatternSet) -> Self {
        if found.is_empty() {
            return Bits::None;
        }
        let mut words = vec![0_u64; found.capacity().div_ceil(64)].into_boxed_slice();
        for pattern in found.iter() {
            words[pattern.as_usize() >> 6] |= 1 << (pattern.as_usize() & 63);
        }
        Bits::Some(words)
    }
}

/// What is known about one value: the answer of each set that was asked.
#[derive(Default)]
pub(crate) struct Hits {
    answers: Vec<(u16, Bits)>,
}

/// The sets of a rule set.
#[derive(Debug, Default)]
pub(crate) struct Prefilter {
    sets: Vec<Set>,
}

struct Set {
    automaton: DFA,
    memories: Pool<Memory, Box<dyn Fn() -> Memory + Send + Sync>>,
}

/// What one scan needs, kept for the next one.
struct Memory {
    cache: Cache,
    found: PatternSet,
}

impl std::fmt::Debug for Set {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Set").field("patterns", &self.automaton.pattern_len()).finish_non_exhaustive()
    }
}

impl Prefilter {
    /// Adds a set of patterns and gives its number.
    pub(crate) fn add(&mut self, patterns: &[&Hir]) -> Result<u16, String> {
        let number = u16::try_from(self.sets.len()).map_err(|_| "too many sets of patterns".to_owned())?;
        self.sets.push(Set::build(patterns)?);
        Ok(number)
    }

    /// Which patterns of a set occur in a value.
    pub(crate) fn ask<'a>(&self, set: u16, value: &[u8], hits: &'a mut Hits) -> &'a Bits {
        let known = hits.answers.iter().position(|(asked, _)| *asked == set);
        let index = known.unwrap_or_else(|| {
            hits.answers.push((set, self.sets[usize::from(set)].scan(value)));
            hits.answers.len() - 1
        });
        &hits.answers[index].1
    }
}

impl Set {
    fn build(patterns: &[&Hir]) -> Result<Self, String> {
        let failed = |error: &dyn std::fmt::Display| format!("the patterns do not fit one automaton: {error}");
        let nfa = thompson::Compiler::new()
            .configure(thompson::Config::new().utf8(false).which_captures(thompson::WhichCaptures::None))
            .build_many_from_hir(patterns)
            .map_err(|error| failed(&error))?;
        let config = DFA::config()
            .match_kind(MatchKind::All)
            .cache_capacity(CACHE_BYTES)
            .skip_cache_capacity_check(true)
            .minimum_cache_clear_count(Some(3))
            .minimum_bytes_per_state(Some(16));
        let automaton = DFA::builder().configure(config).build_from_nfa(nfa).map_err(|error| failed(&error))?;
        let made_for = automaton.clone();
        let memories: Box<dyn Fn() -> Memory + Send + Sync> =
            Box::new(move || Memory { cache: made_for.create_cache(), found: PatternSet::new(made_for.pattern_len()) });
        Ok(Self { automaton, memories: Pool::new(memories) })
    }

    fn scan(&self, value: &[u8]) -> Bits {
        let mut memory = self.memories.get();
        let Memory { cache, found } = &mut *memory;
        found.clear();
        let input = Input::new(value).anchored(Anchored::No);
        match self.automaton.try_which_overlapping_matches(cache, &input, found) {
            Ok(()) => Bits::of(found),
            Err(_) => Bits::All,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Pattern;

    #[test]
    fn a_set_knows_which_patterns_occur() {
        let patterns =
            [&br"(?i)union\s+select"[..], br"^\d+$", br"\bcat\b"].map(|text| Pattern::parse(text, false).unwrap());
        let mut prefilter = Prefilter::default();
        let hirs: Vec<&Hir> = patterns.iter().filter_map(Pattern::hir).collect();
        let set = prefilter.add(&hirs).unwrap();
        let mut hits = Hits::default();
        let bits = prefilter.ask(set, b"1 UNION  select cat", &mut hits);
        assert_eq!([0, 1, 2].map(|pattern| bits.has(pattern)), [true, false, true]);
    }
}
