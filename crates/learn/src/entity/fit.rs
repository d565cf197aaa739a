//! Finds the weights of the tagger: an averaged structured perceptron with a cost for each wrong tag.
//!
//! A text is read anew in every pass, now and then without its case, or with its names on no list, so that neither capitals
//! nor lists are all that is learned.
//!
//! Sources: Collins, "Discriminative training methods for hidden Markov models" (2002); Taskar et al., "Max-margin Markov
//! networks" (2003) for the cost.
//!
//! Invariant: the same rows, settings and seed give the same weights, bit for bit.

use guard::entity::{FEATURES, LIST_BYTES, Listed, ROW_BITS, TAGS, Token, Transitions, best_path, kept, pack, rows};

use super::row::Row;
use crate::random::Random;

/// Longer texts are learned from in pieces.
const TOKENS_MAX: usize = 256;

/// How to learn.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Passes over all rows.
    pub epochs: usize,
    /// What a wrong tag costs.
    pub cost: i32,
    /// How often names are on no list.
    pub unlisted: f64,
    /// How often a text has no case, or only upper case.
    pub caseless: f64,
    /// Added to the tag of no entity in the end: more of it finds less, and less wrongly.
    pub caution: f32,
    /// Of the order of rows.
    pub seed: u64,
}

/// What was learned, small enough to ship.
#[derive(Debug, Clone)]
pub struct Weights {
    /// Packed.
    pub table: Vec<u8>,
    /// From tag to tag.
    pub transitions: Transitions,
}

/// A weight and the sum of what it was at each step.
#[derive(Debug, Clone, Copy, Default)]
struct Weight {
    now: i32,
    /// Sum of `step · change`.
    late: i64,
}

struct Perceptron {
    rows: Vec<[Weight; TAGS]>,
    transitions: [[Weight; TAGS]; TAGS + 1],
    step: i64,
    cost: i32,
    /// The rows that weigh anything, when not all do.
    kept: Option<Vec<bool>>,
}

/// Learns from rows; `told` hears after each pass how many tags were wrong.
///
/// Twice: the second time from nothing but the rows of the table that are kept, which so learn to do without the others.
pub fn fit(data: &[Row], filter: &[u8; LIST_BYTES], settings: Settings, told: &dyn Fn(&str)) -> Weights {
    let (all, _) = learned(data, filter, settings, None, told).small(settings.caution);
    let (rows, transitions) = learned(data, filter, settings, Some(kept(&all)), told).small(settings.caution);
    Weights { table: pack(&rows), transitions }
}

fn learned(
    data: &[Row],
    filter: &[u8; LIST_BYTES],
    settings: Settings,
    kept: Option<Vec<bool>>,
    told: &dyn Fn(&str),
) -> Perceptron {
    let mut order: Vec<&Row> = data.iter().collect();
    let mut random = Random::new(settings.seed);
    let rows = vec![[Weight::default(); TAGS]; 1 << ROW_BITS];
    let mut learner = Perceptron { rows, transitions: Default::default(), step: 1, cost: settings.cost, kept };
    for epoch in 0..settings.epochs {
        random.shuffle(&mut order);
        let mut wrong = 0;
        for row in &order {
            let (tokens, tags) = varied(row, filter, settings, &mut random);
            for (tokens, tags) in tokens.chunks(TOKENS_MAX).zip(tags.chunks(TOKENS_MAX)) {
                wrong += learner.learn(tokens, tags);
            }
        }
        told(&format!("pass {}: {wrong} tags wrong", epoch + 1));
    }
    learner
}

/// The tokens of a row, in one of the ways it could have been written.
fn varied(row: &Row, filter: &[u8; LIST_BYTES], settings: Settings, random: &mut Random) -> (Vec<Token>, Vec<u8>) {
    let recased = match random.below(4) {
        _ if !random.chance(settings.caseless) => None,
        0 => recase(row, str::to_uppercase),
        _ => recase(row, str::to_lowercase),
    };
    let (tokens, tags) = recased.as_ref().unwrap_or(row).tokens();
    let mut tokens: Vec<Token> = Listed::of(filter, tokens.into_iter()).collect();
    if random.chance(settings.unlisted) {
        tokens.iter_mut().zip(&tags).filter(|(_, tag)| **tag != 0).for_each(|(token, _)| *token = token.unlisted());
    }
    (tokens, tags)
}

/// The row in another case, unless that moves its labels.
fn recase(row: &Row, to: fn(&str) -> String) -> Option<Row> {
    let text = to(&row.text);
    (text.len() == row.text.len()).then(|| Row { text, spans: row.spans.clone() })
}

impl Perceptron {
    fn learn(&mut self, tokens: &[Token], tags: &[u8]) -> usize {
        self.step += 1;
        let places: Vec<[u32; FEATURES]> = (0..tokens.len()).map(|at| rows(tokens, at)).collect();
        let sums: Vec<[i32; TAGS]> = places.iter().zip(tags).map(|(places, tag)| self.sum(places, *tag)).collect();
        let transitions = self.transitions.map(|row| row.map(|weight| weight.now));
        let path = best_path(&sums, &transitions, TAGS);
        let (mut before, mut guessed_before) = (TAGS, TAGS);
        let mut wrong = 0;
        for ((places, &tag), &guessed) in places.iter().zip(tags).zip(&path) {
            let (tag, guessed) = (usize::from(tag), usize::from(guessed));
            if tag != guessed {
                wrong += 1;
                self.change(places, tag, guessed);
            }
            if (before, tag) != (guessed_before, guessed) {
                self.transitions[before][tag].add(1, self.step);
                self.transitions[guessed_before][guessed].add(-1, self.step);
            }
            (before, guessed_before) = (tag, guessed);
        }
        wrong
    }

    fn change(&mut self, places: &[u32; FEATURES], right: usize, wrong: usize) {
        for place in places.iter().map(|place| *place as usize) {
            if self.kept.as_ref().is_none_or(|kept| kept[place]) {
                self.rows[place][right].add(1, self.step);
                self.rows[place][wrong].add(-1, self.step);
            }
        }
    }

    /// The sums of a token; every tag but the right one gets the cost on top.
    fn sum(&self, places: &[u32; FEATURES], right: u8) -> [i32; TAGS] {
        let mut sums = [self.cost; TAGS];
        sums[usize::from(right)] = 0;
        for place in places {
            for (sum, weight) in sums.iter_mut().zip(&self.rows[*place as usize]) {
                *sum += weight.now;
            }
        }
        sums
    }

    /// The mean of each weight over all steps, small enough to ship.
    fn small(&self, caution: f32) -> (Vec<[i8; TAGS]>, Transitions) {
        let mean = |weight: &Weight| weight.now as f32 - weight.late as f32 / self.step as f32;
        let means: Vec<f32> = self.rows.iter().flatten().map(mean).collect();
        let mut sizes: Vec<f32> = means.iter().map(|weight| weight.abs()).collect();
        sizes.sort_unstable_by(f32::total_cmp);
        // A handful of large ones may be cut off for the sake of all the small ones.
        let scale = 127.0 / sizes[sizes.len() - 1 - sizes.len() / 10_000].max(1.0);
        let small = |weight: &f32| (weight * scale).round().clamp(-127.0, 127.0) as i8;
        let mut transitions = self.transitions.map(|row| row.map(|weight| (mean(&weight) * scale).round() as i32));
        for row in &mut transitions {
            row[0] += (caution * scale).round() as i32;
        }
        let rows = means.as_chunks::<TAGS>().0.iter().map(|row| row.each_ref().map(small)).collect();
        (rows, transitions)
    }
}

impl Weight {
    const fn add(&mut self, change: i32, step: i64) {
        self.now += change;
        self.late += step * change as i64;
    }
}
