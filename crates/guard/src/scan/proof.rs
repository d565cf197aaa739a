//! Proves that every match of every rule contains one of its anchors.
//!
//! A pattern is only tried around its anchors. One that matches without them is found or missed by chance: by what else
//! stands near, and on a stream by how it was cut. The proof walks the pattern's automaton and a search for the anchors
//! side by side; a way to the end of the pattern on which no anchor comes up is a counterexample.
//!
//! A word boundary counts where the pattern asks for one, or where the match itself shows what stands on both sides. All
//! other look-around is taken to hold.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use regex_automata::nfa::thompson::{Compiler, NFA, State};
use regex_automata::util::look::Look;
use regex_automata::util::primitives::StateID;
use regex_syntax::hir::Hir;

use super::branch::branches;
use super::literal::Literal;
use super::{loose, need};
use crate::rule::{Anchor, Matcher, Rule};

/// Looks for anchors: where it stands after one more byte or a boundary, or that it has found one.
trait Search {
    type At: Clone + Ord;
    fn begin(&self) -> Self::At;
    fn next(&self, at: &Self::At, byte: u8) -> Next<Self::At>;
    fn boundary(&self, at: &Self::At) -> Next<Self::At>;
    /// One byte for all between which the search tells no difference.
    fn kind(&self, byte: u8) -> u8;
}

enum Next<At> {
    At(At),
    Found,
    /// No text goes this way.
    Impossible,
}

struct Literals {
    all: Vec<Literal>,
    /// By the byte they begin with.
    by_first: BTreeMap<u8, Vec<usize>>,
    kinds: Vec<u8>,
}

/// How far literals have come, and what is known of the place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Progress {
    /// Literal and length; a whole one waits for its boundary.
    begun: BTreeSet<(usize, usize)>,
    /// Whether a word's letter stands before, if that is known.
    after_word: Option<bool>,
    is_boundary: bool,
}

impl Search for Literals {
    type At = Progress;

    fn begin(&self) -> Progress {
        Progress { begun: BTreeSet::new(), after_word: None, is_boundary: false }
    }

    fn next(&self, at: &Progress, byte: u8) -> Next<Progress> {
        let is_word = is_word(&byte);
        let differs = at.after_word.map(|before| before != is_word);
        if at.is_boundary && differs == Some(false) {
            return Next::Impossible;
        }
        let is_boundary = at.is_boundary || differs == Some(true);
        let mut begun = BTreeSet::new();
        let new = self.by_first.get(&byte.to_ascii_lowercase()).into_iter().flatten().copied();
        let new = new.filter(|index| is_boundary || !self.all[*index].begins_word());
        for (index, len) in at.begun.iter().copied().chain(new.map(|index| (index, 0))) {
            let literal = &self.all[index];
            match literal.text().get(len) {
                None if is_boundary => return Next::Found,
                Some(expected) if *expected == byte.to_ascii_lowercase() => {
                    if len + 1 == literal.text().len() && !literal.ends_word() {
                        return Next::Found;
                    }
                    begun.insert((index, len + 1));
                }
                _ => {}
            }
        }
        Next::At(Progress { begun, after_word: Some(is_word), is_boundary: false })
    }

    fn boundary(&self, at: &Progress) -> Next<Progress> {
        if at.begun.iter().any(|(index, len)| self.all[*index].text().len() == *len) {
            return Next::Found;
        }
        Next::At(Progress { is_boundary: true, ..at.clone() })
    }

    fn kind(&self, byte: u8) -> u8 {
        self.kinds[usize::from(byte)]
    }
}

impl Literals {
    fn new(all: Vec<Literal>) -> Self {
        let mut by_first = BTreeMap::<u8, Vec<usize>>::new();
        for (index, literal) in all.iter().enumerate() {
            by_first.entry(literal.text()[0]).or_default().push(index);
        }
        let used: BTreeSet<u8> = all.iter().flat_map(|literal| literal.text().iter().copied()).collect();
        // Bytes of no literal differ only in whether words are made of them.
        let (word, other) = (0..=u8::MAX).filter(|byte| !used.contains(&byte.to_ascii_lowercase())).partition(is_word);
        let (word, other): (Vec<u8>, Vec<u8>) = (word, other);
        let kind = |byte: u8| match used.contains(&byte.to_ascii_lowercase()) {
            true => byte.to_ascii_lowercase(),
            false if is_word(&byte) => word[0],
            false => other[0],
        };
        let kinds = (0..=u8::MAX).map(kind).collect();
        Self { all, by_first, kinds }
    }
}

const fn is_word(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || *byte == b'_'
}

/// So many digits, between which single separators may stand: how many there are, and whether a separator was last.
struct Digits(u8);

impl Search for Digits {
    type At = (u8, bool);

    fn begin(&self) -> Self::At {
        (0, false)
    }

    fn next(&self, &(count, after_separator): &Self::At, byte: u8) -> Next<Self::At> {
        match byte {
            b'0'..=b'9' if count + 1 == self.0 => Next::Found,
            b'0'..=b'9' => Next::At((count + 1, false)),
            b' ' | b'.' | b'-' | b'/' | b'(' | b')' if count > 0 && !after_separator => Next::At((count, true)),
            _ => Next::At((0, false)),
        }
    }

    fn boundary(&self, at: &Self::At) -> Next<Self::At> {
        Next::At(*at)
    }

    fn kind(&self, byte: u8) -> u8 {
        match byte {
            b'0'..=b'9' => b'0',
            b' ' | b'.' | b'-' | b'/' | b'(' | b')' => b' ',
            _ => 0,
        }
    }
}

/// So many digits in a row, and how many letters have to stand before them: how many of each there are.
struct Solid {
    digits: u8,
    letters: u8,
}

impl Search for Solid {
    type At = (u8, u8);

    fn begin(&self) -> Self::At {
        (0, 0)
    }

    fn next(&self, &(letters, digits): &Self::At, byte: u8) -> Next<Self::At> {
        match byte {
            b'0'..=b'9' if letters < self.letters => Next::At((0, 0)),
            b'0'..=b'9' if digits + 1 == self.digits => Next::Found,
            b'0'..=b'9' => Next::At((letters, digits + 1)),
            b'a'..=b'z' | b'A'..=b'Z' if digits == 0 => Next::At(((letters + 1).min(self.letters), 0)),
            b'a'..=b'z' | b'A'..=b'Z' => Next::At((1.min(self.letters), 0)),
            _ => Next::At((0, 0)),
        }
    }

    fn boundary(&self, at: &Self::At) -> Next<Self::At> {
        Next::At(*at)
    }

    fn kind(&self, byte: u8) -> u8 {
        match byte {
            b'0'..=b'9' => b'0',
            b'a'..=b'z' | b'A'..=b'Z' => b'a',
            _ => 0,
        }
    }
}

/// One more symbol of a way through the automaton.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Symbol {
    Nothing,
    Boundary,
    Byte(u8),
}

/// A text that the automaton accepts and that the search finds nothing in.
fn counterexample<S: Search>(nfa: &NFA, search: &S) -> Option<Vec<u8>> {
    let kinds: Vec<u8> = (0..=u8::MAX).map(|byte| search.kind(byte)).collect();
    let begin = (nfa.start_anchored(), search.begin());
    let mut came_from = BTreeMap::from([(begin.clone(), None)]);
    let mut queue = VecDeque::from([begin]);
    while let Some(here) = queue.pop_front() {
        let mut go = |to: StateID, symbol: Symbol| {
            let next = match symbol {
                Symbol::Byte(byte) => search.next(&here.1, byte),
                Symbol::Boundary => search.boundary(&here.1),
                Symbol::Nothing => Next::At(here.1.clone()),
            };
            if let Next::At(at) = next {
                came_from.entry((to, at.clone())).or_insert_with(|| {
                    queue.push_back((to, at));
                    Some((here.clone(), symbol))
                });
            }
        };
        let mut range = |start: u8, end: u8, to: StateID| {
            let mut seen = BTreeSet::new();
            let differ = (start..=end).filter(|byte| seen.insert(kinds[usize::from(*byte)]));
            differ.for_each(|byte| go(to, Symbol::Byte(byte)));
        };
        match nfa.state(here.0) {
            State::ByteRange { trans } => range(trans.start, trans.end, trans.next),
            State::Sparse(sparse) => {
                sparse.transitions.iter().for_each(|trans| range(trans.start, trans.end, trans.next));
            }
            State::Dense(dense) => (0..=255).for_each(|byte| {
                if let Some(to) = dense.matches_byte(byte) {
                    range(byte, byte, to);
                }
            }),
            State::Look { look: Look::WordAscii | Look::WordStartAscii | Look::WordEndAscii, next } => {
                go(*next, Symbol::Boundary);
            }
            State::Look { next, .. } | State::Capture { next, .. } => go(*next, Symbol::Nothing),
            State::Union { alternates } => alternates.iter().for_each(|to| go(*to, Symbol::Nothing)),
            State::BinaryUnion { alt1, alt2 } => [alt1, alt2].into_iter().for_each(|to| go(*to, Symbol::Nothing)),
            State::Fail => {}
            State::Match { .. } => {
                let mut bytes = Vec::new();
                let mut at = here;
                while let Some(Some((before, symbol))) = came_from.get(&at) {
                    if let Symbol::Byte(byte) = symbol {
                        bytes.push(*byte);
                    }
                    at = before.clone();
                }
                bytes.reverse();
                return Some(bytes);
            }
        }
    }
    None
}

fn literals<'a>(anchors: impl IntoIterator<Item = &'a str>) -> Literals {
    Literals::new(anchors.into_iter().map(Literal::parse).collect())
}

fn without_anchor(rule: &Rule) -> Option<Vec<u8>> {
    let automaton = |hir| Compiler::new().build_from_hir(&hir).unwrap();
    match &rule.matcher {
        Matcher::Exact(exact) => {
            let strict = || automaton(loose::strict(exact.pattern).unwrap());
            match exact.anchor {
                Anchor::Literals(anchors) => {
                    counterexample(&automaton(loose::parse(exact.pattern).unwrap()), &literals(anchors.iter().copied()))
                }
                Anchor::Digits(least) => counterexample(&strict(), &Digits(least)),
                Anchor::SolidDigits(digits) => counterexample(&strict(), &Solid { digits, letters: 0 }),
                Anchor::LetteredDigits(digits) => counterexample(&strict(), &Solid { digits, letters: 2 }),
            }
        }
        Matcher::Phrase(phrase) => {
            // Branches with anchors of their own are proved by what they need.
            let mut branches = branches(&loose::strict(phrase.pattern).unwrap());
            branches.retain(|branch| need::needs(branch).is_empty());
            let anchors = literals(phrase.anchors.iter().copied());
            branches.iter().find_map(|branch| counterexample(&automaton(loose::loosen(branch)), &anchors))
        }
        Matcher::Protected(_)
        | Matcher::Learned(_)
        | Matcher::Entity(_)
        | Matcher::Transformer
        | Matcher::Value(_)
        | Matcher::Contract => None,
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

fn without_need(branch: &Hir) -> Option<Vec<u8>> {
    let nfa = Compiler::new().build_from_hir(&loose::loosen(branch)).unwrap();
    let without =
        |list: need::List| counterexample(&nfa, &Literals::new(list.iter().map(Literal::to_lower_case).collect()));
    need::needs(branch).into_iter().take(need::LISTS_MAX).find_map(without)
}

#[test]
fn every_match_contains_what_its_pattern_needs() {
    let broken: Vec<String> = crate::rules()
        .filter_map(|rule| {
            let pattern = match &rule.matcher {
                Matcher::Exact(exact) => exact.pattern,
                Matcher::Phrase(phrase) => phrase.pattern,
                Matcher::Protected(_)
                | Matcher::Learned(_)
                | Matcher::Entity(_)
                | Matcher::Transformer
                | Matcher::Value(_)
                | Matcher::Contract => return None,
            };
            let bytes = branches(&loose::strict(pattern).unwrap()).iter().find_map(without_need)?;
            Some(format!("{} {} does not need: {:?}", rule.id, rule.name, String::from_utf8_lossy(&bytes)))
        })
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn anchors_are_named_where_a_pattern_does_not_tell_them_and_nowhere_else() {
    let wrong: Vec<String> = crate::rules()
        .filter_map(|rule| {
            let Matcher::Phrase(phrase) = &rule.matcher else { return None };
            let branches = branches(&loose::strict(phrase.pattern).unwrap());
            let is_silent = branches.iter().any(|branch| need::needs(branch).is_empty());
            (is_silent == phrase.anchors.is_empty()).then(|| rule.id.to_owned())
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join(" "));
}
