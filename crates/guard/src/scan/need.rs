//! What else must stand near an anchor before a pattern can match there.
//!
//! Anchors are common words, and behind each the whole pattern would run over all that it can reach. Most patterns are
//! several words in a row, each out of a list: where one of these lists has no word at all, there is no match, and looking
//! for a list of words costs a fraction of following the pattern.
//!
//! Invariant: every match of a branch contains a literal of each of the branch's lists.

use std::ops::Range;

use aho_corasick::packed::{Config, MatchKind, Searcher};
use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};

use super::frequency;
use super::literal::Literal;

/// Shorter literals stand everywhere.
const LEN_MIN: usize = 3;
/// Longer lists are not searched for at full speed.
const COUNT_MAX: usize = 64;
/// More lists say little new.
pub(super) const LISTS_MAX: usize = 4;
/// Lists of an alternation, before the most telling are chosen.
const PAIRS_MAX: usize = 16;
/// One of these is in every match.
pub(super) type List = Vec<Literal>;

/// What one branch of a pattern needs, ready to look for.
#[derive(Debug)]
pub(super) struct Needs(Box<[Searcher]>);

/// Where a branch of a pattern is to be tried.
#[derive(Debug)]
pub(crate) struct Place {
    /// Literals, one of which is in every match; none when the branch does not tell.
    pub(super) anchors: List,
    /// Its longest match.
    pub(super) longest: usize,
}

impl Needs {
    /// Reads them off a branch.
    pub(super) fn new(branch: &Hir) -> Self {
        Self::of(needs(branch).into_iter())
    }

    /// Those of a branch beside its anchors.
    pub(super) fn beside_anchors(branch: &Hir) -> Self {
        Self::of(needs(branch).into_iter().skip(1))
    }

    fn of(lists: impl Iterator<Item = List>) -> Self {
        let searcher = |list: List| {
            let texts = list.iter().map(Literal::text);
            Config::new().match_kind(MatchKind::LeftmostFirst).builder().extend(texts).build()
        };
        Self(lists.take(LISTS_MAX).filter_map(searcher).collect())
    }

    /// The stretches of `span` that a match of at most `longest` bytes can lie in, in order.
    pub(super) fn narrow(&self, text: &[u8], span: Range<usize>, longest: usize) -> Vec<Range<usize>> {
        let mut places = vec![span];
        for list in &self.0 {
            let mut near = Vec::new();
            places.iter().for_each(|place| around(list, text, place, longest, &mut near));
            places = near;
        }
        places
    }

    /// Says whether `text` has a literal of each list.
    pub(super) fn are_met(&self, text: &[u8]) -> bool {
        self.0.iter().all(|list| list.find(text).is_some())
    }
}

impl Place {
    /// Reads it off a branch.
    pub(super) fn new(branch: &Hir) -> Self {
        Self {
            anchors: needs(branch).into_iter().next().unwrap_or_default(),
            longest: branch.properties().maximum_len().unwrap_or(usize::MAX),
        }
    }
}

/// Adds what of `place` is at most `longest` away from a literal of the list. Where literals are many, not each of them is
/// looked at.
fn around(list: &Searcher, text: &[u8], place: &Range<usize>, longest: usize, near: &mut Vec<Range<usize>>) {
    let step = longest / 2;
    let mut at = place.start;
    while let Some(found) = text.get(at..place.end).and_then(|rest| list.find(rest)) {
        let (start, end) = (at + found.start(), at + found.end());
        // Literals up to the next look are as good as found.
        at = (start + step).max(start + 1);
        let reach = end.saturating_sub(longest).max(place.start)..(at + longest).min(place.end);
        match near.last_mut() {
            Some(last) if reach.start <= last.end => last.end = reach.end,
            _ => near.push(reach),
        }
    }
}

/// The lists of a branch, the most telling first.
pub(super) fn needs(branch: &Hir) -> Vec<List> {
    let mut lists = match branch.kind() {
        HirKind::Concat(parts) => concat(parts),
        HirKind::Alternation(branches) => alternation(branches),
        HirKind::Capture(capture) => needs(&capture.sub),
        HirKind::Repetition(Repetition { min: 1.., sub, .. }) => needs(sub),
        _ => words(branch).into_iter().filter_map(usable).collect(),
    };
    lists.sort_by_cached_key(chance);
    lists
}

/// Neighbours that are words are read together, everything else by itself.
fn concat(parts: &[Hir]) -> Vec<List> {
    let mut lists = Vec::new();
    let mut run = nothing();
    for part in parts {
        let Some(next) = words(part) else {
            lists.extend(usable(std::mem::replace(&mut run, nothing())));
            lists.extend(needs(part));
            continue;
        };
        match cross(&run, &next) {
            Some(longer) => run = longer,
            None => lists.extend(usable(std::mem::replace(&mut run, next))),
        }
    }
    lists.extend(usable(run));
    lists
}

/// Lists of all branches: each of one branch together with each of the next, the most telling of them with the one after.
fn alternation(branches: &[Hir]) -> Vec<List> {
    let mut each = branches.iter().map(needs);
    let Some(first) = each.next() else { return Vec::new() };
    each.fold(first, |before, next| {
        let pairs = before.iter().flat_map(|list| next.iter().map(move |other| [list.as_slice(), other].concat()));
        let mut together: Vec<List> = pairs.filter_map(usable).collect();
        together.sort_by_cached_key(chance);
        together.truncate(PAIRS_MAX);
        together
    })
}

/// All texts that match, if they are few.
fn words(hir: &Hir) -> Option<List> {
    match hir.kind() {
        HirKind::Look(Look::WordAscii) => Some(vec![Literal::boundary()]),
        HirKind::Empty | HirKind::Look(_) => Some(nothing()),
        HirKind::Literal(literal) => Some(vec![Literal::plain(&literal.0)]),
        HirKind::Class(Class::Bytes(class)) => {
            let bytes = || class.ranges().iter().flat_map(|range| range.start()..=range.end());
            (bytes().count() <= 4).then(|| bytes().map(|byte| Literal::plain(&[byte])).collect())
        }
        HirKind::Class(Class::Unicode(_)) => None,
        HirKind::Capture(capture) => words(&capture.sub),
        HirKind::Repetition(Repetition { min: 0, max: Some(1), sub, .. }) => Some([words(sub)?, nothing()].concat()),
        HirKind::Repetition(_) => None,
        HirKind::Concat(parts) => parts.iter().try_fold(nothing(), |before, part| cross(&before, &words(part)?)),
        HirKind::Alternation(branches) => {
            let all: Option<Vec<List>> = branches.iter().map(words).collect();
            all.map(|lists| lists.concat()).filter(|list| list.len() <= COUNT_MAX)
        }
    }
}

fn nothing() -> List {
    vec![Literal::plain(&[])]
}

fn cross(left: &[Literal], right: &[Literal]) -> Option<List> {
    let pairs = || left.iter().flat_map(|left| right.iter().map(move |right| left.then(right)));
    (left.len() * right.len() <= COUNT_MAX).then(|| pairs().collect())
}

/// The list without what another literal of it stands in, if it tells anything.
fn usable(mut list: List) -> Option<List> {
    list.sort_by_key(|literal| literal.text().len());
    let mut kept: List = Vec::new();
    for literal in list {
        if !kept.iter().any(|known| literal.contains(known)) {
            kept.push(literal);
        }
    }
    (kept.len() <= COUNT_MAX && kept.iter().all(|literal| literal.text().len() >= LEN_MIN)).then_some(kept)
}

/// How often ordinary text has one of the list.
fn chance(list: &List) -> u64 {
    list.iter().map(frequency::of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, expected: &[&[&str]]) {
        let found = needs(&super::super::loose::parse(pattern).unwrap());
        let found: Vec<Vec<&str>> = found
            .iter()
            .map(|list| list.iter().map(|literal| str::from_utf8(literal.text()).unwrap()).collect())
            .collect();
        assert_eq!(found, expected, "{pattern}");
    }

    #[test]
    fn lists_are_what_every_match_contains() {
        check(r"\b(?:tell|show) \S{1,9} (?:secret|password)s?", &[&[" secret", " password"], &["tell ", "show "]]);
        check(r"\bno \S{1,9} (?:limit|rule)\b", &[&[" rule", " limit"], &["no "]]);
        check(r"ignor(?:e|ing) (?:\S{1,9} ){0,4}words", &[&["ignore ", "ignoring "], &["words"]]);
        check(r"(?:drop \S+ table|erase)", &[&["drop ", "erase"], &["erase", " table"]]);
        check(r"(?:secret)?\d+", &[]);
        check(r"no|yes", &[]);
    }
}
