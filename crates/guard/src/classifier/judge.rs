//! Adds up a text, window by window.
//!
//! Invariant: every word is in at least one window; a window is two blocks, or the whole text when it is short. Of a longer
//! text each block counts by itself too, at a penalty, and so do runs of sentences ([`sentence`](super::sentence)).

use std::ops::Range;
use std::sync::LazyLock;

use super::cue::{CueTrail, LEXICONS, Lexicon};
use super::gram::{BLOCK_BYTES, GRAMS, STEM_GRAMS, StemTrail, Trail, Words};
use super::model::{HEADS, Model, Plane};
use super::sentence::{RUN_PENALTY, Sentences};
use super::{Head, Question, Source};

/// What a head says of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The margin of the worst window; above 0 is more likely than not, before calibration.
    pub worst: f32,
    /// The highest margin of the first [`OPENING_WINDOWS`].
    pub first: f32,
    /// The highest margin of the last [`OPENING_WINDOWS`].
    pub last: f32,
    /// Where the worst window is.
    pub span: Range<usize>,
}

/// Windows with fewer grams count as if they had these.
pub(super) const GRAMS_MIN: usize = 16;
/// How much longer windows are held back.
const GRAMS_POWER: f32 = -0.3;

/// What the sum of a window is multiplied with, so that long and short ones compare.
pub fn norm(grams: usize) -> f32 {
    NORMS.get(grams).copied().unwrap_or_else(|| power(grams))
}

/// Of all windows but those of the shortest words.
static NORMS: LazyLock<[f32; 512]> = LazyLock::new(|| std::array::from_fn(power));

fn power(grams: usize) -> f32 {
    (grams.max(GRAMS_MIN) as f32).powf(GRAMS_POWER)
}

/// What half a window has to bring more than a whole one: an attack among harmless words shows better alone, chance too.
pub const HALF_PENALTY: f32 = 2.0;

/// Windows that an answer opens with, and as many that it closes with: pleasantries may come before a refusal and after it.
pub const OPENING_WINDOWS: usize = 3;

/// Fewer words than these say little, whichever they are: of `e` or `ok` there is nothing to judge.
const WORDS_MIN: usize = 5;
/// The margin of a text without a word.
const NOTHING: f32 = -3.0;

/// What so few words are worth.
fn of_few(margin: f32, words: usize) -> f32 {
    (margin - NOTHING).mul_add(words as f32 / WORDS_MIN as f32, NOTHING)
}

/// The sums of one block.
#[derive(Debug, Clone, Default)]
struct Block {
    sums: [i32; HEADS],
    grams: usize,
    /// Grams of beginnings of words, which only some heads see.
    stems: usize,
    /// Grams of cues, by lexicon.
    cues: [usize; LEXICONS],
    span: Range<usize>,
}

/// The windows so far.
struct Tally<'m> {
    model: &'m Model,
    heads: Vec<Head>,
    found: [Judgement; HEADS],
    /// The margins of the last windows, in the place of their number.
    closing: [[f32; OPENING_WINDOWS]; HEADS],
    windows: usize,
}

/// Judges a canonical text by some heads; others say nothing.
pub(super) fn judge(model: &Model, text: &str, heads: &[Head]) -> [Judgement; HEADS] {
    let nothing = Judgement { worst: f32::MIN, first: 0.0, last: 0.0, span: 0..0 };
    let found = std::array::from_fn(|_| nothing.clone());
    let planes: Vec<(usize, Plane<'_>)> =
        heads.iter().filter_map(|head| Some((*head as usize, model.plane(*head)?))).collect();
    // A model that was made before a head was there says nothing of it.
    let heads: Vec<Head> = planes.iter().map(|(head, _)| Head::ALL[*head]).collect();
    let mut sentences = heads.contains(&Head::Injection).then(Sentences::default);
    let mut tally = Tally { model, heads, found, closing: [[f32::MIN; OPENING_WINDOWS]; HEADS], windows: 0 };
    let (mut before, mut block): (Option<Block>, Block) = (None, Block::default());
    let mut trail = Trail::default();
    let of_stems: Vec<(usize, Plane<'_>)> =
        planes.iter().copied().filter(|(head, _)| Head::ALL[*head].sees_stems()).collect();
    let mut stems = StemTrail::default();
    let mut cues = Cues::of(&planes);
    let mut end_of_block = BLOCK_BYTES;
    let mut words = 0;
    for word in Words::of(text) {
        words += 1;
        if word.start >= end_of_block {
            end_of_block = (word.start / BLOCK_BYTES + 1) * BLOCK_BYTES;
            if block.grams > 0 {
                let full = std::mem::take(&mut block);
                tally.count_half(&full);
                if let Some(before) = before {
                    tally.count(&before, &full);
                }
                before = Some(full);
            }
        }
        if block.grams == 0 {
            block.span.start = word.start;
        }
        block.span.end = word.end;
        block.grams += GRAMS;
        let places = trail.step(word);
        let before_word = block.sums[Head::Injection as usize];
        for (head, plane) in &planes {
            block.sums[*head] += plane.sum(places);
        }
        if !of_stems.is_empty() {
            block.stems += STEM_GRAMS;
            let places = stems.step(word);
            for (head, plane) in &of_stems {
                block.sums[*head] += plane.sum(places);
            }
        }
        if let Some(sentences) = &mut sentences {
            if sentences.ends_before(text.as_bytes(), word) {
                tally.count_runs(sentences, false);
            }
            sentences.add(word, block.sums[Head::Injection as usize] - before_word);
        }
        for Cues { lexicon, trail, planes } in &mut cues {
            let Some(places) = trail.step(word) else { continue };
            block.cues[*lexicon as usize] += GRAMS;
            for (head, plane) in planes {
                block.sums[*head] += plane.sum(places);
            }
        }
    }
    if before.is_some() {
        tally.count_half(&block);
    }
    tally.count(&before.unwrap_or_default(), &block);
    if let Some(sentences) = &mut sentences {
        tally.count_runs(sentences, true);
    }
    // An answer may refuse in a word.
    for head in tally.heads.iter().filter(|head| words < WORDS_MIN && **head != Head::Refusal) {
        let found = &mut tally.found[*head as usize];
        for margin in [&mut found.worst, &mut found.first, &mut found.last] {
            *margin = of_few(*margin, words);
        }
    }
    tally.found
}

/// A lexicon, and the heads that see its cues.
struct Cues<'m> {
    lexicon: Lexicon,
    trail: CueTrail,
    planes: Vec<(usize, Plane<'m>)>,
}

impl<'m> Cues<'m> {
    /// Those that these heads see.
    fn of(planes: &[(usize, Plane<'m>)]) -> Vec<Self> {
        let seen = |lexicon| {
            let sees = |head: usize| Head::ALL[head].lexicon() == Some(lexicon);
            let planes: Vec<_> = planes.iter().copied().filter(|(head, _)| sees(*head)).collect();
            (!planes.is_empty()).then(|| Self { lexicon, trail: CueTrail::of(lexicon), planes })
        };
        [Lexicon::Refusal, Lexicon::Tone].into_iter().filter_map(seen).collect()
    }
}

/// How many grams of a block a head sees.
fn grams(head: Head, block: &Block) -> usize {
    let of_stems = if head.sees_stems() { block.stems } else { 0 };
    block.grams + of_stems + head.lexicon().map_or(0, |lexicon| block.cues[lexicon as usize])
}

impl Tally<'_> {
    /// A block by itself can only be the worst, not the first or the last.
    fn count_half(&mut self, block: &Block) {
        for &head in &self.heads {
            let lane = head as usize;
            let norm = norm(grams(head, block));
            let found = &mut self.found[lane];
            let margin = self.model.margin(lane, block.sums[lane], norm) - HALF_PENALTY;
            if margin > found.worst {
                found.worst = margin;
                found.span = block.span.clone();
            }
        }
    }

    /// As a block by itself.
    fn count_runs(&mut self, sentences: &mut Sentences, is_last: bool) {
        let lane = Head::Injection as usize;
        for (run, end) in sentences.end(is_last) {
            let margin = self.model.margin(lane, run.sum, norm(run.grams)) - RUN_PENALTY;
            let found = &mut self.found[lane];
            if margin > found.worst {
                found.worst = margin;
                found.span = run.start..end;
            }
        }
    }

    fn count(&mut self, before: &Block, block: &Block) {
        let span = if before.grams == 0 { block.span.clone() } else { before.span.start..block.span.end };
        self.windows += 1;
        for &head in &self.heads {
            let lane = head as usize;
            let norm = norm(grams(head, before) + grams(head, block));
            let found = &mut self.found[lane];
            let margin = self.model.margin(lane, before.sums[lane] + block.sums[lane], norm);
            let closing = &mut self.closing[lane];
            closing[self.windows % OPENING_WINDOWS] = margin;
            found.last = closing.iter().copied().fold(f32::MIN, f32::max);
            if self.windows == 1 || self.windows <= OPENING_WINDOWS && margin > found.first {
                found.first = margin;
            }
            if margin > found.worst {
                found.worst = margin;
                found.span = span.clone();
            }
        }
    }
}

impl Model {
    /// The probability that answers `question` about a text of this kind.
    pub fn answer(&self, question: Question, source: Source, judgement: &Judgement) -> f32 {
        let probability = |margin| self.probability(question.head(), source, margin);
        match question {
            Question::Worst(_) | Question::WorstBeside(..) => probability(judgement.worst),
            Question::Opening(_) => probability(judgement.first),
            Question::OnlyOpening(_) => probability(judgement.first) * (1.0 - probability(judgement.last)),
        }
    }

    /// What each head says of a text that is canonical already.
    pub fn judge(&self, canonical: &str) -> [Judgement; HEADS] {
        judge(self, canonical, &Head::ALL)
    }

    /// As [`Model::judge`], by some heads; the others say nothing.
    pub fn judge_by(&self, heads: &[Head], canonical: &str) -> [Judgement; HEADS] {
        judge(self, canonical, heads)
    }

    /// The margin of the worst window of a canonical text, by one head.
    pub fn worst(&self, head: Head, canonical: &str) -> f32 {
        self.judge_by(&[head], canonical)[head as usize].worst
    }
}
