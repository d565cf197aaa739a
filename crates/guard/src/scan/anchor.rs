//! Proves that every match of every rule contains one of its anchors.
//!
//! A pattern is only tried around its anchors. One that matches without them is found or missed by chance: by what else
//! stands near, and on a stream by how it was cut. The proof walks the pattern's automaton and one that looks for the
//! anchors side by side; a way to the end of the pattern on which no anchor comes up is a counterexample. Look-around is
//! taken to hold.

use std::collections::{BTreeMap, VecDeque};

use aho_corasick::automaton::Automaton;
use aho_corasick::{Anchored, MatchKind, nfa::noncontiguous};
use regex_automata::nfa::thompson::{Compiler, NFA, State};
use regex_automata::util::primitives::StateID;

use super::loose;
use crate::rule::{Anchor, Matcher, Rule};

/// Looks for anchors: where it stands after one more byte, or that it has found one.
trait Search {
    type At: Copy + Ord;
    fn begin(&self) -> Self::At;
    fn next(&self, at: Self::At, byte: u8) -> Option<Self::At>;
}

struct Literals(noncontiguous::NFA);

impl Search for Literals {
    type At = u32;

    fn begin(&self) -> u32 {
        self.0.start_state(Anchored::No).unwrap().as_u32()
    }

    fn next(&self, at: u32, byte: u8) -> Option<u32> {
        let at = aho_corasick::automaton::StateID::new(at as usize).unwrap();
        let next = self.0.next_state(Anchored::No, at, byte);
        (!self.0.is_match(next)).then_some(next.as_u32())
    }
}

/// So many digits, between which single separators may stand: how many there are, and whether a separator was last.
struct Digits(u8);

impl Search for Digits {
    type At = (u8, bool);

    fn begin(&self) -> Self::At {
        (0, false)
    }

    fn next(&self, (count, after_separator): Self::At, byte: u8) -> Option<Self::At> {
        match byte {
            b'0'..=b'9' => (count + 1 < self.0).then_some((count + 1, false)),
            b' ' | b'.' | b'-' | b'/' | b'(' | b')' if count > 0 && !after_separator => Some((count, true)),
            _ => Some((0, false)),
        }
    }
}

/// A text that the automaton accepts and that the search finds nothing in.
fn counterexample<S: Search>(nfa: &NFA, search: &S) -> Option<Vec<u8>> {
    let begin = (nfa.start_anchored(), search.begin());
    let mut came_from = BTreeMap::from([(begin, None)]);
    let mut queue = VecDeque::from([begin]);
    while let Some(here @ (state, at)) = queue.pop_front() {
        let mut go = |to: StateID, byte: Option<u8>| {
            let next = match byte {
                Some(byte) => search.next(at, byte),
                None => Some(at),
            };
            if let Some(next) = next {
                came_from.entry((to, next)).or_insert_with(|| {
                    queue.push_back((to, next));
                    Some((here, byte))
                });
            }
        };
        match nfa.state(state) {
            State::ByteRange { trans } => (trans.start..=trans.end).for_each(|byte| go(trans.next, Some(byte))),
            State::Sparse(sparse) => sparse
                .transitions
                .iter()
                .for_each(|trans| (trans.start..=trans.end).for_each(|byte| go(trans.next, Some(byte)))),
            State::Dense(dense) => (0..=255).for_each(|byte| {
                if let Some(trans) = dense.matches_byte(byte) {
                    go(trans, Some(byte));
                }
            }),
            State::Look { next, .. } | State::Capture { next, .. } => go(*next, None),
            State::Union { alternates } => alternates.iter().for_each(|to| go(*to, None)),
            State::BinaryUnion { alt1, alt2 } => [alt1, alt2].into_iter().for_each(|to| go(*to, None)),
            State::Fail => {}
            State::Match { .. } => {
                let mut bytes = Vec::new();
                let mut at = here;
                while let Some(Some((before, byte))) = came_from.get(&at) {
                    bytes.extend(byte);
                    at = *before;
                }
                bytes.reverse();
                return Some(bytes);
            }
        }
    }
    None
}

fn literals(anchors: &[&str]) -> Literals {
    let mut builder = noncontiguous::NFA::builder();
    Literals(builder.ascii_case_insensitive(true).match_kind(MatchKind::Standard).build(anchors).unwrap())
}

fn without_anchor(rule: &Rule) -> Option<Vec<u8>> {
    let automaton = |hir| Compiler::new().build_from_hir(&hir).unwrap();
    match &rule.matcher {
        Matcher::Exact(exact) => match exact.anchor {
            Anchor::Literals(anchors) => {
                counterexample(&automaton(loose::parse(exact.pattern).unwrap()), &literals(anchors))
            }
            Anchor::Digits(least) => counterexample(&automaton(loose::strict(exact.pattern).unwrap()), &Digits(least)),
        },
        Matcher::Phrase(phrase) => {
            counterexample(&automaton(loose::parse(phrase.pattern).unwrap()), &literals(phrase.anchors))
        }
        Matcher::Protected(_) => None,
    }
}

#[test]
fn every_match_contains_an_anchor() {
    let broken: Vec<String> = crate::rules()
        .filter_map(|rule| {
            let bytes = without_anchor(rule)?;
            Some(format!("{} {} matches without an anchor: {:?}", rule.id, rule.name, String::from_utf8_lossy(&bytes)))
        })
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn no_exact_pattern_matches_more_than_its_longest() {
    let too_long: Vec<String> = crate::rules()
        .filter_map(|rule| {
            let Matcher::Exact(exact) = &rule.matcher else { return None };
            let most = loose::strict(exact.pattern).unwrap().properties().maximum_len();
            let is_bounded = most.is_some_and(|most| most <= exact.longest);
            (!is_bounded).then(|| format!("{} {} matches {most:?} bytes", rule.id, rule.name))
        })
        .collect();
    assert!(too_long.is_empty(), "{}", too_long.join("\n"));
}
