//! Finds thousands of short literals in one pass over a text, ASCII case ignored.
//!
//! An Aho-Corasick automaton of all anchors is megabytes large, and following it is a cache miss every few bytes. Here the
//! literals are dealt to 64 groups, neighbours in the alphabet together. For each pair of letters three words of bits say in
//! which groups a literal has it at its beginning, one letter on, and two; most places are refused by looking up their
//! three pairs there, in 24 KB that stay in the nearest cache. What passes is looked up by its first bytes, as many as all
//! literals of its length have.
//!
//! Invariant: tells every occurrence of every literal, in the order of their beginnings.

use std::ops::Range;

/// A literal that may have to stand at word boundaries, as a regular expression without Unicode sees them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Literal {
    text: Box<[u8]>,
    begins_word: bool,
    ends_word: bool,
}

/// A set of literals.
#[derive(Debug)]
pub(crate) struct Literals {
    literals: Box<[Literal]>,
    groups: Groups,
    /// By their first bytes, a table for each [`Kind`].
    keys: [Keys; KINDS.len()],
}

/// Literals of some lengths.
#[derive(Debug)]
struct Kind {
    lens: Range<usize>,
    /// So many bytes at their beginning are what they are looked up by.
    key_len: usize,
    /// The groups that they are dealt to.
    groups: Range<usize>,
}

/// In which groups a literal has this pair: at its beginning, one letter on, two letters on.
#[derive(Debug)]
struct Groups(Box<[[u64; PLACES]; PAIRS]>);

/// The first bytes of literals, hashed.
#[derive(Debug)]
struct Keys {
    /// Where the literals of a hash begin in `order`.
    starts: Box<[u16; BUCKETS + 1]>,
    /// By bucket.
    order: Box<[Known]>,
}

/// A literal as far as it is looked at before it is compared.
#[derive(Debug, Clone, Copy)]
struct Known {
    key: u64,
    /// The four bytes behind those of the key, and which of them count.
    next: u32,
    counts: u32,
    index: u16,
    begins_word: bool,
}

/// Short literals let much pass, and keep to groups of their own.
const KINDS: [Kind; 4] = [
    Kind { lens: 1..3, key_len: 2, groups: 0..8 },
    Kind { lens: 3..4, key_len: 3, groups: 8..16 },
    Kind { lens: 4..6, key_len: 4, groups: 16..24 },
    Kind { lens: 6..usize::MAX, key_len: 6, groups: 24..64 },
];
const CLASSES: usize = 32;
const PAIRS: usize = CLASSES * CLASSES;
/// Pairs of a literal that are looked up.
const PLACES: usize = 3;
const BUCKETS: usize = 1 << 12;

/// Sets the bit that tells small letters from capitals.
const FOLD: u64 = 0x2020_2020_2020_2020;

/// Letters without case, white space, and signs: those that are a literal by themselves, control characters among them,
/// and those that short literals are made of are kept apart from those that data is full of. Digits and bytes of other
/// scripts share with rare letters.
static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = (byte as u8).to_ascii_lowercase();
        table[byte] = match b {
            b'a'..=b'z' => b - b'a',
            b' ' | b'\t' | b'\n' | b'\r' => 26,
            b'0'..=b'9' => [27, 28, b'q' - b'a', b'x' - b'a', b'z' - b'a', b'j' - b'a'][(b % 6) as usize],
            b'!' | b'#' | b'$' | b'~' | b'<' | b'|' | b'[' | b']' | b'/' => 30,
            b'@' | b'+' | b'*' | b'&' | b'^' | b'%' | 0..b' ' | 0x7f | 0xc2 => 31,
            0x80..=0xbf => b'z' - b'a',
            0xc0.. => b'j' - b'a',
            _ => 29,
        };
        byte += 1;
    }
    table
}

impl Literal {
    /// Reads a literal; `\b` in front or behind asks for a word boundary there.
    pub(crate) fn parse(written: &str) -> Self {
        let (begins_word, rest) = written.strip_prefix(r"\b").map_or((false, written), |rest| (true, rest));
        let (ends_word, text) = rest.strip_suffix(r"\b").map_or((false, rest), |rest| (true, rest));
        Self { text: text.to_ascii_lowercase().into_bytes().into(), begins_word, ends_word }
    }

    /// A literal that may stand anywhere.
    pub(crate) fn plain(text: &[u8]) -> Self {
        Self { text: text.into(), begins_word: false, ends_word: false }
    }

    #[cfg(test)]
    pub(crate) fn to_lower_case(&self) -> Self {
        Self { text: self.text.to_ascii_lowercase().into(), ..*self }
    }

    /// A place between a word and something else.
    pub(crate) fn boundary() -> Self {
        Self { text: Box::default(), begins_word: true, ends_word: true }
    }

    /// This one and the next behind it. What is known of boundaries within is let go.
    pub(crate) fn then(&self, next: &Self) -> Self {
        Self {
            text: [&*self.text, &*next.text].concat().into(),
            begins_word: self.begins_word || (self.text.is_empty() && next.begins_word),
            ends_word: next.ends_word || (next.text.is_empty() && self.ends_word),
        }
    }

    /// Whether `other` stands wherever this one does.
    pub(crate) fn contains(&self, other: &Self) -> bool {
        let len = other.text.len();
        (0..=self.text.len().saturating_sub(len)).any(|at| {
            let (is_first, is_last) = (at == 0, at + len == self.text.len());
            self.text[at..].starts_with(&other.text)
                && (!other.begins_word || (is_first && self.begins_word))
                && (!other.ends_word || (is_last && self.ends_word))
        })
    }

    /// The literal without its boundaries.
    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Whether a word has to begin with it.
    #[cfg(test)]
    pub(crate) const fn begins_word(&self) -> bool {
        self.begins_word
    }

    /// Whether a word has to end with it.
    pub(crate) const fn ends_word(&self) -> bool {
        self.ends_word
    }

    /// Says whether it stands at `at`.
    pub(crate) fn is_at(&self, text: &[u8], at: usize) -> bool {
        let end = at + self.text.len();
        text.get(at..end).is_some_and(|found| found.eq_ignore_ascii_case(&self.text))
            && (!self.begins_word || is_boundary(text, at))
            && (!self.ends_word || is_boundary(text, end))
    }
}

fn is_boundary(text: &[u8], at: usize) -> bool {
    let is_word = |at: Option<usize>| {
        at.and_then(|at| text.get(at)).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    };
    is_word(at.checked_sub(1)) != is_word(Some(at))
}

impl Literals {
    /// Prepares a set. Empty literals are nowhere.
    pub(crate) fn new(literals: Vec<Literal>) -> Self {
        let of_kind = |kind: &Kind| {
            let keys = literals.iter().enumerate().filter(|(_, literal)| kind.lens.contains(&literal.text.len()));
            let known = keys.flat_map(|(index, literal)| {
                let known = Known::new(literal, kind.key_len, u16::try_from(index).unwrap_or(u16::MAX));
                first_bytes(&literal.text, kind.key_len).into_iter().map(move |key| Known { key, ..known })
            });
            Keys::new(known.collect())
        };
        Self { groups: Groups::new(&literals), keys: KINDS.each_ref().map(of_kind), literals: literals.into() }
    }

    /// Calls `each` with the index and the place of every literal that begins at or after `from`.
    pub(crate) fn find(&self, text: &[u8], from: usize, mut each: impl FnMut(usize, Range<usize>)) {
        let (mut pair, mut first, mut second) = (0, 0, 0);
        for (index, byte) in text[from..].iter().enumerate() {
            pair = (pair * CLASSES + usize::from(CLASS[usize::from(*byte)])) % PAIRS;
            let [begins, goes_on, ends] = self.groups.0[pair];
            let groups = second & ends;
            if groups != 0 && index >= PLACES {
                self.compare(text, from + index - PLACES, groups, &mut each);
            }
            (first, second) = (begins, first & goes_on);
        }
        for at in text.len().saturating_sub(PLACES).max(from)..text.len() {
            self.compare(text, at, u64::MAX, &mut each);
        }
    }

    /// Tells the literals of `groups` that stand at `at`.
    fn compare(&self, text: &[u8], at: usize, groups: u64, each: &mut impl FnMut(usize, Range<usize>)) {
        let first = match text[at..].first_chunk() {
            Some(first) => u64::from_le_bytes(*first),
            None => text[at..].iter().rev().fold(0, |key, byte| key << 8 | u64::from(*byte)),
        } | FOLD;
        for (kind, keys) in KINDS.iter().zip(&self.keys).filter(|(kind, _)| groups & bits(&kind.groups) != 0) {
            let key = top(first, kind.key_len);
            for known in keys.of(key).iter().filter(|known| known.key == key && known.may_be_at(text, at, kind.key_len))
            {
                let index = usize::from(known.index);
                let literal = &self.literals[index];
                if literal.is_at(text, at) {
                    each(index, at..at + literal.text.len());
                }
            }
        }
    }
}

/// The bits of these groups.
const fn bits(groups: &Range<usize>) -> u64 {
    (u64::MAX >> (64 - (groups.end - groups.start))) << groups.start
}

/// The first bytes of eight, where a key has them.
const fn top(first: u64, key_len: usize) -> u64 {
    first << (8 * (8 - key_len))
}

impl Groups {
    fn new(literals: &[Literal]) -> Self {
        let mut groups = Self(Box::new([[0; PLACES]; PAIRS]));
        for kind in &KINDS {
            let mut of: Vec<&Literal> =
                literals.iter().filter(|literal| kind.lens.contains(&literal.text.len())).collect();
            // Those of one byte go on with anything, and would have their neighbours do so.
            of.sort_by_cached_key(|literal| {
                let classes: Vec<u8> = literal.text.iter().map(|byte| CLASS[usize::from(*byte)]).collect();
                (classes.len() > 1, classes)
            });
            groups.deal(&of, kind.groups.clone());
        }
        groups
    }

    /// Deals sorted literals to `groups`.
    fn deal(&mut self, literals: &[&Literal], groups: Range<usize>) {
        for (index, literal) in literals.iter().enumerate() {
            let group = 1 << (groups.start + index * groups.len() / literals.len());
            for place in 0..PLACES {
                let class = |at: usize| match literal.text.get(place + at) {
                    Some(byte) => usize::from(CLASS[usize::from(*byte)])..usize::from(CLASS[usize::from(*byte)]) + 1,
                    None => 0..CLASSES,
                };
                for pair in class(0).flat_map(|first| class(1).map(move |second| first * CLASSES + second)) {
                    self.0[pair][place] |= group;
                }
            }
        }
    }
}

/// The folded keys that a literal may begin with: a literal of one byte has any second one.
fn first_bytes(literal: &[u8], key_len: usize) -> Vec<u64> {
    let key = |bytes: &[u8]| top(bytes.iter().rev().fold(0, |key, byte| key << 8 | u64::from(*byte | 0x20)), key_len);
    match literal {
        [only] => (0..=u8::MAX).filter(|second| second & 0x20 != 0).map(|second| key(&[*only, second])).collect(),
        _ => vec![key(&literal[..key_len])],
    }
}

impl Known {
    fn new(literal: &Literal, key_len: usize, index: u16) -> Self {
        let next = literal.text.get(key_len..).unwrap_or_default();
        let word = |of: fn(&u8) -> u8| next.iter().take(4).rev().fold(0, |word, byte| word << 8 | u32::from(of(byte)));
        let counts = word(|_| u8::MAX);
        Self { key: 0, next: word(|byte| byte | 0x20), counts, index, begins_word: literal.begins_word }
    }

    /// Whether it is worth comparing, where its first bytes stand.
    #[inline]
    fn may_be_at(&self, text: &[u8], at: usize, key_len: usize) -> bool {
        let goes_on = text.get(at + key_len..).and_then(<[u8]>::first_chunk).is_none_or(|next| {
            let next = u32::from_le_bytes(*next) | FOLD as u32;
            (next ^ self.next) & self.counts == 0
        });
        goes_on && (!self.begins_word || is_boundary(text, at))
    }
}

impl Keys {
    fn new(mut order: Vec<Known>) -> Self {
        order.sort_by_key(|known| (bucket(known.key), known.index));
        let mut starts = Box::new([0; BUCKETS + 1]);
        for known in &order {
            starts[bucket(known.key) + 1] += 1;
        }
        for bucket in 0..BUCKETS {
            starts[bucket + 1] += starts[bucket];
        }
        Self { starts, order: order.into() }
    }

    /// The literals that may begin with `key`.
    #[inline]
    fn of(&self, key: u64) -> &[Known] {
        let bucket = bucket(key);
        &self.order[usize::from(self.starts[bucket])..usize::from(self.starts[bucket + 1])]
    }
}

/// Where a key's literals are.
const fn bucket(key: u64) -> usize {
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - BUCKETS.ilog2())) as usize
}

#[cfg(test)]
mod tests {
    use aho_corasick::{AhoCorasick, MatchKind};
    use proptest::prelude::*;

    use super::*;

    fn found(written: &[String], text: &[u8], from: usize) -> Vec<(usize, Range<usize>)> {
        let literals = Literals::new(written.iter().map(|literal| Literal::parse(literal)).collect());
        let mut found = Vec::new();
        literals.find(text, from, |index, span| found.push((index, span)));
        assert!(found.is_sorted_by_key(|(_, span)| span.start), "not in order: {found:?}");
        found.sort_by_key(|(index, span)| (span.start, *index));
        found
    }

    #[test]
    fn boundaries_are_those_of_ascii_words() {
        let check = |literal: &str, text: &str, expected: usize| {
            assert_eq!(found(&[literal.to_owned()], text.as_bytes(), 0).len(), expected, "{literal} in {text}");
        };
        check(r"\bno\b", "No nose, snow, no_ or n\u{f6}no", 2);
        check(r"\bno", "no nose snow", 2);
        check(r"no\b", "no volcano nose", 2);
        check("q", "q Q seq", 3);
    }

    proptest! {
        #[test]
        fn finds_what_an_automaton_finds(
            literals in prop::collection::btree_set("[abA@`_ ]{1,6}", 1..40),
            text in "[abAB@`_ \u{e4}]{0,60}",
            from in any::<prop::sample::Index>(),
        ) {
            let mut literals: Vec<String> = literals.into_iter().collect();
            literals.dedup_by_key(|literal| literal.to_ascii_lowercase());
            let from = from.index(text.len() + 1);
            let automaton = AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .match_kind(MatchKind::Standard)
                .build(&literals)
                .unwrap();
            let mut expected: Vec<(usize, Range<usize>)> = automaton
                .find_overlapping_iter(aho_corasick::Input::new(text.as_bytes()).span(from..text.len()))
                .map(|hit| (hit.pattern().as_usize(), hit.range()))
                .collect();
            expected.sort_by_key(|(index, span)| (span.start, *index));
            prop_assert_eq!(found(&literals, text.as_bytes(), from), expected);
        }
    }
}
