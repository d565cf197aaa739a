//! Sentences, and runs of a few of them: an order among other texts stands in sentences of its own.
//!
//! Windows are cut where they fall, so that a short order shares them with what stands around it. A run of sentences holds
//! the order and nothing else, at a penalty: there are many runs, and one of them looks bad by chance.

use super::gram::{GRAMS, Trail, Word, Words};

/// What a run of sentences has to bring more than a window.
pub const RUN_PENALTY: f32 = 3.0;
/// Sentences of a run, at most.
pub const RUN: usize = 4;
/// Shorter runs say too little.
const WORDS_MIN: usize = 4;
/// Grams of the shortest run.
pub const RUN_GRAMS_MIN: usize = WORDS_MIN * GRAMS;

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
    /// Whether `word` begins another sentence.
    pub(super) fn ends_before(&self, text: &[u8], word: Word) -> bool {
        let is_after_mark =
            matches!(text[self.end.saturating_sub(1)], b'?' | b'!') && !matches!(text[word.start], b'?' | b'!');
        self.open.grams > 0 && (is_after_mark || text[self.end..word.start].iter().any(|byte| is_end(*byte)))
    }

    /// Adds a word.
    pub(super) const fn add(&mut self, word: Word, sum: i32) {
        if self.open.grams == 0 {
            self.open.start = word.start;
        }
        self.open.sum += sum;
        self.open.grams += GRAMS;
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
    let (mut seen, mut trail, mut sentences) = (Sentences::default(), Trail::default(), vec![Vec::new()]);
    for word in Words::of(text) {
        if seen.ends_before(text.as_bytes(), word) {
            let _ = seen.end(false);
            sentences.push(Vec::new());
        }
        seen.add(word, 0);
        if let Some(last) = sentences.last_mut() {
            last.extend(trail.step(word));
        }
    }
    sentences
}

/// Signs between words that end a sentence or what holds one.
const fn is_end(byte: u8) -> bool {
    matches!(byte, b'.' | b'<' | b'>' | b'#' | b'{' | b'}' | b'|' | b';' | b'\n')
}
