//! Sentences, and runs of a few of them: an order among other texts stands in sentences of its own.
//!
//! Windows are cut where they fall, so that a short order shares them with what stands around it. A run of sentences holds
//! the order and nothing else, at a penalty: there are many runs, and one of them looks bad by chance.

use super::gram::{GRAMS, STEM_GRAMS, StemTrail, Trail, Word, Words};

/// What a run of sentences has to bring more than a window.
pub const RUN_PENALTY: f32 = 3.0;
/// Sentences of a run, at most.
pub const RUN: usize = 4;
/// Shorter runs say too little.
const WORDS_MIN: usize = 4;
/// Grams of a word, as the one head that judges runs sees it.
const WORD_GRAMS: usize = GRAMS + STEM_GRAMS;
/// Grams of the shortest run.
pub const RUN_GRAMS_MIN: usize = WORDS_MIN * WORD_GRAMS;

/// A run of sentences: its sum, its grams, and where it begins.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Run {
    pub(super) sum: i32,
    pub(super) grams: usize,
    pub(super) start: usize,
}

/// The last sentences of a text.
#[derive(Debug, Default)]
pub(super) struct Sentences {
    /// The newest comes first.
    last: [Run; RUN],
    open: Run,
    end: usize,
    /// Whether one has ended.
    are_several: bool,
}

impl Sentences {
    /// Whether `word` begins another sentence. A few words are a part of the next one.
    #[inline]
    pub(super) fn ends_before(&self, text: &[u8], word: Word) -> bool {
        // The mark that a sentence ends with is a word itself.
        let from = self.end.saturating_sub(1).min(word.start);
        let is_mark = |byte: u8| ENDS[usize::from(byte)] == MARK;
        let is_end = text[from..word.start].iter().fold(false, |any, byte| any | (ENDS[usize::from(*byte)] != 0));
        self.open.grams >= RUN_GRAMS_MIN && is_end && !is_mark(text[word.start])
    }

    /// Adds a word.
    #[inline]
    pub(super) const fn add(&mut self, word: Word, sum: i32) {
        if self.open.grams == 0 {
            self.open.start = word.start;
        }
        self.open.sum += sum;
        self.open.grams += WORD_GRAMS;
        self.end = word.end;
    }

    /// Ends the sentence; told are the runs that end with it, shortest first. One that is all of the text is a window already.
    pub(super) fn end(&mut self, is_last: bool) -> impl Iterator<Item = (Run, usize)> {
        self.last.rotate_right(1);
        self.last[0] = std::mem::take(&mut self.open);
        let is_all = is_last && !self.are_several;
        self.are_several = true;
        let end = self.end;
        let longer =
            self.last.into_iter().filter(|sentence| sentence.grams > 0).scan(Run::default(), |run, sentence| {
                *run = Run { sum: run.sum + sentence.sum, grams: run.grams + sentence.grams, start: sentence.start };
                Some(*run)
            });
        longer.filter(move |run| !is_all && run.grams >= RUN_GRAMS_MIN).map(move |run| (run, end))
    }
}

/// The places of each sentence of a canonical text, for training.
pub fn sentences(text: &str) -> Vec<Vec<u32>> {
    let (mut seen, mut trail, mut stems) = (Sentences::default(), Trail::default(), StemTrail::default());
    let mut sentences = vec![Vec::new()];
    for word in Words::of(text) {
        if seen.ends_before(text.as_bytes(), word) {
            let _ = seen.end(false);
            sentences.push(Vec::new());
        }
        seen.add(word, 0);
        if let Some(last) = sentences.last_mut() {
            last.extend(trail.step(word));
            last.extend(stems.step(word));
        }
    }
    sentences
}

/// A sign that ends a sentence, and is a word.
const MARK: u8 = 1;
/// A sign between words that ends a sentence, or what holds one.
const SIGN: u8 = 2;
static ENDS: [u8; 256] = ends();

const fn ends() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'?' | b'!' => MARK,
            b'.' | b'<' | b'>' | b'#' | b'{' | b'}' | b'|' | b';' | b'\n' => SIGN,
            _ => 0,
        };
        byte += 1;
    }
    table
}
