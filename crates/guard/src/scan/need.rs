//! What else must stand near an anchor before a pattern can match there.
//!
//! Anchors are common words, and behind each the whole pattern would run over all that it can reach. Most patterns are
//! several words in a row, each out of a list: where one of these lists has no word at all, there is no match, and looking
//! for a list of words costs a fraction of following the pattern. So does seeing that the lists' words stand there in another order.
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
/// Longer lists are not even written out, before those literals are dropped that others stand in.
const WRITTEN_MAX: usize = 256;
/// Copies of what is repeated that are read together.
const COPIES_MAX: u32 = 4;
/// More lists beside the anchors say little new.
pub(super) const LISTS_MAX: usize = 4;
/// Lists of an alternation, before the most telling are chosen.
const PAIRS_MAX: usize = 16;
/// One of these is in every match.
pub(super) type List = Vec<Literal>;
/// Stretches of a text.
pub(super) type Places = Vec<Range<usize>>;

/// What one branch of a pattern needs, ready to look for.
#[derive(Debug)]
pub(super) struct Needs {
    /// The most telling first, which are the anchors.
    lists: Box<[Searcher]>,
    /// Lists that follow one another in a match.
    order: Box<[usize]>,
}

/// Where a branch of a pattern is to be tried.
#[derive(Debug)]
pub(crate) struct Place {
    /// Literals, one of which is in every match; none when the branch does not tell.
    pub(super) anchors: List,
    /// Its longest match.
    pub(super) longest: usize,
}

/// A list, and which part of its branch it was read off.
struct Listed {
    part: usize,
    list: List,
}

impl Needs {
    /// Reads them off a branch.
    pub(super) fn new(branch: &Hir) -> Self {
        let searcher = |listed: Listed| {
            let texts = listed.list.iter().map(Literal::text);
            let built = Config::new().match_kind(MatchKind::LeftmostFirst).builder().extend(texts).build();
            built.map(|list| (listed.part, list))
        };
        let (parts, lists): (Vec<usize>, Vec<Searcher>) =
            listed(branch).into_iter().take(LISTS_MAX + 1).filter_map(searcher).unzip();
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.sort_by_key(|index| (parts[*index], *index));
        order.dedup_by_key(|index| parts[*index]);
        Self { lists: lists.into(), order: order.into() }
    }

    /// Leaves of `places`, which lie around anchors, the stretches that a match of at most `longest` bytes can lie in, in
    /// order. `near` is room to work in.
    pub(super) fn narrow(&self, text: &[u8], longest: usize, places: &mut Places, near: &mut Places) {
        for list in self.lists.iter().skip(1) {
            near.clear();
            places.iter().for_each(|place| around(list, text, place, longest, near));
            std::mem::swap(places, near);
        }
        places.retain(|place| self.are_in_order(&text[place.clone()]));
    }

    /// Says whether `text` has a literal of each list.
    pub(super) fn are_met(&self, text: &[u8]) -> bool {
        self.lists.iter().all(|list| list.find(text).is_some()) && self.are_in_order(text)
    }

    /// Says whether `text` has literals of lists that follow one another in their order. Neighbours may share letters.
    fn are_in_order(&self, text: &[u8]) -> bool {
        let mut rest = text;
        self.order.iter().all(|list| match self.lists[*list].find(rest) {
            Some(found) => {
                rest = &rest[found.start()..];
                true
            }
            None => false,
        })
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
fn around(list: &Searcher, text: &[u8], place: &Range<usize>, longest: usize, near: &mut Places) {
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
    listed(branch).into_iter().map(|listed| listed.list).collect()
}

fn listed(branch: &Hir) -> Vec<Listed> {
    let whole = |lists: Vec<List>| lists.into_iter().map(|list| Listed { part: 0, list }).collect();
    let mut lists = match branch.kind() {
        HirKind::Concat(parts) => concat(parts),
        HirKind::Capture(capture) => listed(&capture.sub),
        HirKind::Alternation(branches) => whole(alternation(branches)),
        HirKind::Repetition(Repetition { min: 1.., sub, .. }) => whole(needs(sub)),
        _ => whole(words(branch).into_iter().filter_map(usable).collect()),
    };
    lists.sort_by_cached_key(|listed| chance(&listed.list));
    lists
}

/// Neighbours that are words are read together, everything else by itself.
fn concat(parts: &[Hir]) -> Vec<Listed> {
    let mut lists = Vec::new();
    let mut run = nothing();
    for (part, hir) in parts.iter().enumerate() {
        let mut close = |run: &mut List, next: List| {
            lists.extend(usable(std::mem::replace(run, next)).map(|list| Listed { part, list }));
        };
        if let Some(next) = words(hir).filter(is_short) {
            match cross(&run, &next).filter(is_short) {
                Some(longer) => run = longer,
                None => close(&mut run, next),
            }
            continue;
        }
        if let Some(copies) = least(hir) {
            // What comes before stands next to the first copies, what comes after next to the last.
            match cross(&run, &copies).filter(is_short) {
                Some(longer) => run = longer,
                None => close(&mut run, copies.clone()),
            }
            close(&mut run, copies);
            continue;
        }
        close(&mut run, nothing());
        lists.extend(needs(hir).into_iter().map(|list| Listed { part, list }));
    }
    lists.extend(usable(run).map(|list| Listed { part: parts.len(), list }));
    lists
}

/// The least that is there of what is repeated.
fn least(hir: &Hir) -> Option<List> {
    match hir.kind() {
        HirKind::Repetition(Repetition { min, sub, .. }) if (1..=COPIES_MAX).contains(min) => copies(sub, *min),
        _ => None,
    }
}

fn copies(hir: &Hir, count: u32) -> Option<List> {
    let one = words(hir)?;
    (0..count).try_fold(nothing(), |before, _| cross(&before, &one))
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
        HirKind::Repetition(Repetition { min, max: Some(max), sub, .. }) if min == max && *min <= COPIES_MAX => {
            copies(sub, *min)
        }
        HirKind::Repetition(_) => None,
        HirKind::Concat(parts) => parts.iter().try_fold(nothing(), |before, part| cross(&before, &words(part)?)),
        HirKind::Alternation(branches) => {
            let all: Option<Vec<List>> = branches.iter().map(words).collect();
            all.map(|lists| lists.concat()).filter(|list| list.len() <= WRITTEN_MAX)
        }
    }
}

fn nothing() -> List {
    vec![Literal::plain(&[])]
}

fn cross(left: &[Literal], right: &[Literal]) -> Option<List> {
    let pairs = || left.iter().flat_map(|left| right.iter().map(move |right| left.then(right)));
    (left.len() * right.len() <= WRITTEN_MAX).then(|| pairs().collect())
}

/// The list without what another literal of it stands in, if it tells anything.
fn usable(list: List) -> Option<List> {
    let kept = pruned(list);
    (kept.len() <= COUNT_MAX && kept.iter().all(|literal| literal.text().len() >= LEN_MIN)).then_some(kept)
}

/// Whether it can be looked for as it is, or without what other literals stand in.
fn is_short(list: &List) -> bool {
    list.len() <= COUNT_MAX || pruned(list.clone()).len() <= COUNT_MAX
}

fn pruned(mut list: List) -> List {
    list.sort_by_key(|literal| literal.text().len());
    let mut kept: List = Vec::new();
    for literal in list {
        if !kept.iter().any(|known| literal.contains(known)) {
            kept.push(literal);
        }
    }
    kept
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
    fn words_in_another_order_are_no_match() {
        let needs =
            Needs::new(&super::super::loose::parse(r"(?:decode|translate) (?:\S+ )+?and (?:answer|follow)").unwrap());
        let stretches = |text: &str| {
            let mut places = Places::new();
            places.push(0..text.len());
            needs.narrow(text.as_bytes(), 100, &mut places, &mut Vec::new());
            places.len()
        };
        assert_eq!(stretches("translate the letter and answer it"), 1);
        assert_eq!(stretches("he did follow us, and answer what they translate"), 0);
    }

    #[test]
    fn lists_are_what_every_match_contains() {
        check(r"\b(?:tell|show) \S{1,9} (?:secret|password)s?", &[&[" secret", " password"], &["tell ", "show "]]);
        check(r"\bno \S{1,9} (?:limit|rule)\b", &[&[" rule", " limit"], &["no "]]);
        check(r"ignor(?:e|ing) (?:\S{1,9} ){0,4}words", &[&["ignore ", "ignoring "], &["words"]]);
        check(r"(?:drop \S+ table|erase)", &[&["drop ", "erase"], &["erase", " table"]]);
        check(r"(?:secret)?\d+", &[]);
        check(r"no|yes", &[]);
        check(r"#{2,4} ?(?:answer|result)(?: \S+)+", &[&["##answer", "##result", "## answer", "## result"]]);
        check(r"say -{3,}", &[&["---"], &["say ---"]]);
    }
}
