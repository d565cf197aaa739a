//! Kinds of words, and the kinds in sequence: what refusals are made of in fourteen languages, and what hate and abuse are.
//!
//! `I cannot help with that` and `Ich kann dabei nicht helfen` share no word, but both say who, ability, negation, help; and
//! whoever says that one group should be beaten says the same of another. So some heads see, beside the words of a text, the
//! kinds of those that a lexicon knows, as places of the same table.
//!
//! Invariants: a head sees the cues of one lexicon or none; training and scoring read them through this file alone.

use std::sync::LazyLock;

use super::gram::{GRAMS, PLACE_BITS, Word, Words, place};

/// A lexicon: words by kind. A line may be given again; a word has the first kind it is listed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lexicon {
    /// Of refusals, and of answers that do what was asked.
    Refusal,
    /// Of hate, abuse, threats and their opposites.
    Tone,
}

/// How many lexicons there are.
pub(super) const LEXICONS: usize = 2;

/// The kinds, in the order of their numbers from 1.
const OF_REFUSALS: &[&str] =
    &["sorry", "cannot", "not", "able", "help", "request", "harm", "policy", "self", "but", "else", "sure", "advice"];
const OF_TONE: &[&str] = &[
    "not", "group", "slur", "insult", "vermin", "bad", "hate", "harm", "should", "you", "i", "they", "swear", "good",
    "said", "wrong", "sex", "body", "young", "die", "weapon", "thing",
];

const SLOT_BITS: u32 = 12;

/// Kinds by the key of their words; open addressing, 0 is free.
#[derive(Debug)]
struct Table(Vec<(u64, u8)>);

static TABLES: [LazyLock<Table>; LEXICONS] =
    [LazyLock::new(|| Table::new(Lexicon::Refusal)), LazyLock::new(|| Table::new(Lexicon::Tone))];

impl Lexicon {
    const fn text(self) -> &'static str {
        match self {
            Self::Refusal => include_str!("cue.txt"),
            Self::Tone => include_str!("tone.txt"),
        }
    }

    const fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::Refusal => OF_REFUSALS,
            Self::Tone => OF_TONE,
        }
    }
}

impl Table {
    fn new(lexicon: Lexicon) -> Self {
        let mut table = Self(vec![(0, 0); 1 << SLOT_BITS]);
        for (kind, words) in lexicon.text().lines().filter_map(|line| line.split_once(':')) {
            let number = lexicon.kinds().iter().position(|known| *known == kind).map_or(0, |at| at as u8 + 1);
            for word in Words::of(words).filter(|_| number > 0) {
                table.insert(word.key, number);
            }
        }
        table
    }

    fn insert(&mut self, key: u64, kind: u8) {
        let slot = self.slot(key);
        if self.0[slot].1 == 0 {
            self.0[slot] = (key, kind);
        }
    }

    fn kind(&self, key: u64) -> u8 {
        self.0[self.slot(key)].1
    }

    /// The slot of a key, or the free one where it would go.
    fn slot(&self, key: u64) -> usize {
        let mask = self.0.len() - 1;
        let mut at = place(key) as usize >> (PLACE_BITS - SLOT_BITS);
        while self.0[at].1 != 0 && self.0[at].0 != key {
            at = (at + 1) & mask;
        }
        at
    }
}

/// The last kinds of words, which the next one makes sequences with.
#[derive(Debug, Clone, Copy)]
pub(super) struct CueTrail {
    table: &'static Table,
    last: u64,
    before: u64,
    /// Words since the last one that has a kind.
    gap: u64,
}

impl CueTrail {
    pub(super) fn of(lexicon: Lexicon) -> Self {
        Self { table: &TABLES[lexicon as usize], last: 0, before: 0, gap: 0 }
    }

    /// The places that the kind of `word` leads to after those before it; none when the lexicon does not know it.
    #[inline]
    pub(super) fn step(&mut self, word: Word) -> Option<[u32; GRAMS]> {
        let kind = u64::from(self.table.kind(word.key));
        if kind == 0 {
            self.gap += 1;
            return None;
        }
        let (last, before) = (self.last, self.before);
        // Words apart is as good as far apart, beyond a few.
        let near = u64::from(self.gap <= 2);
        self.before = last;
        self.last = kind;
        self.gap = 0;
        Some([
            cue_place(1, kind),
            cue_place(2, kind | last << 8),
            cue_place(3, kind | last << 8 | near << 16),
            cue_place(4, kind | last << 8 | before << 16),
        ])
    }
}

const fn cue_place(salt: u64, kinds: u64) -> u32 {
    place((kinds | salt << 40).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds_by(lexicon: Lexicon, text: &str) -> Vec<&'static str> {
        let kinds = Words::of(text).map(|word| TABLES[lexicon as usize].kind(word.key)).filter(|kind| *kind > 0);
        kinds.map(|kind| lexicon.kinds()[usize::from(kind) - 1]).collect()
    }

    fn kinds(text: &str) -> Vec<&'static str> {
        kinds_by(Lexicon::Refusal, text)
    }

    #[test]
    fn refusals_in_several_languages_are_made_of_the_same_kinds() {
        assert_eq!(
            kinds("i'm sorry, but i can't help with that request"),
            ["self", "sorry", "but", "self", "cannot", "help", "request"]
        );
        assert_eq!(
            kinds("tut mir leid, aber ich kann dabei nicht helfen"),
            ["self", "sorry", "but", "self", "able", "not", "help"]
        );
        assert_eq!(kinds("lo siento, pero no puedo ayudarte con eso"), ["sorry", "but", "not", "able", "help"]);
        assert_eq!(
            kinds("je suis désolé, mais je ne peux pas vous aider"),
            ["self", "self", "sorry", "but", "self", "not", "able", "not", "help"]
        );
    }

    #[test]
    fn the_same_said_of_two_groups_is_made_of_the_same_kinds() {
        let kinds = |text| kinds_by(Lexicon::Tone, text);
        assert_eq!(kinds("women should be beaten"), ["group", "should", "harm"]);
        assert_eq!(kinds("we must beat the refugees"), ["i", "should", "harm", "group"]);
        assert_eq!(kinds("nobody should beat refugees"), ["not", "should", "harm", "group"]);
    }

    #[test]
    fn every_line_of_a_lexicon_has_a_known_kind_and_the_table_has_room() {
        for lexicon in [Lexicon::Refusal, Lexicon::Tone] {
            for line in lexicon.text().lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
                assert!(line.split_once(':').is_some_and(|(kind, _)| lexicon.kinds().contains(&kind)), "{line}");
            }
            let table = &TABLES[lexicon as usize].0;
            let taken = table.iter().filter(|(_, kind)| *kind > 0).count();
            assert!((200..table.len() / 2).contains(&taken), "{taken}");
        }
    }
}
