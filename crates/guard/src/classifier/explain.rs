//! Says which words made a score.
//!
//! Invariant: what is told are places in the text and weights, never the text.

use std::collections::HashMap;
use std::ops::Range;

use super::Head;
use super::cue::CueTrail;
use super::gram::{StemTrail, Trail, Words};
use super::judge::norm;
use super::model::Model;

/// A stretch of words and what it adds to the margin.
#[derive(Debug, Clone, PartialEq)]
pub struct Weight {
    /// Where, in bytes.
    pub span: Range<usize>,
    /// Above 0 speaks for what the head looks for.
    pub adds: f32,
}

/// Longest gram in words.
const WORDS: usize = 3;

impl Model {
    /// The stretches of `window` in a canonical text that add most, heaviest first, none within another.
    pub fn explain(&self, head: Head, canonical: &str, window: Range<usize>, most: usize) -> Vec<Weight> {
        let mut weights: HashMap<(usize, usize), f32> = HashMap::new();
        let (mut trail, mut starts, mut grams) = (Trail::default(), [0; WORDS], 0);
        let mut stems = head.sees_stems().then(StemTrail::default);
        let mut cues = head.lexicon().map(CueTrail::of);
        for word in Words::of(canonical) {
            let (places, of_cue) = (trail.step(word), cues.as_mut().and_then(|cues| cues.step(word)));
            let of_stem = stems.as_mut().map(|stems| stems.step(word));
            starts.rotate_right(1);
            starts[0] = word.start;
            if !(window.start..window.end).contains(&word.start) {
                continue;
            }
            grams += places.len();
            if let Some(of_cue) = of_cue {
                grams += of_cue.len();
                let sum: f32 = of_cue.into_iter().map(|place| self.weight(head, place)).sum();
                *weights.entry((word.start, word.end)).or_default() += sum;
            }
            for (at, place) in of_stem.into_iter().flatten().enumerate() {
                grams += 1;
                *weights.entry((starts[at], word.end)).or_default() += self.weight(head, place);
            }
            for (at, place) in places.into_iter().enumerate() {
                *weights.entry((starts[at.min(WORDS - 1)], word.end)).or_default() += self.weight(head, place);
            }
        }
        let norm = norm(grams);
        let mut weights: Vec<Weight> = weights
            .into_iter()
            .map(|((start, end), sum)| Weight { span: start..end, adds: sum * norm })
            .filter(|weight| weight.adds > 0.0)
            .collect();
        weights.sort_by(|a, b| {
            b.adds.total_cmp(&a.adds).then(a.span.start.cmp(&b.span.start)).then(a.span.end.cmp(&b.span.end))
        });
        let mut chosen: Vec<Weight> = Vec::new();
        for weight in weights {
            let overlaps = |other: &Weight| weight.span.start < other.span.end && other.span.start < weight.span.end;
            if chosen.len() < most && !chosen.iter().any(overlaps) {
                chosen.push(weight);
            }
        }
        chosen
    }
}
