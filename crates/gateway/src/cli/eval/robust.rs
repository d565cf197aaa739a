//! How many attacks stand a budget of disguises.
//!
//! An attack stands a budget of B when none of B random disguises (one or two families that training never used, one after
//! the other) brings its score below the threshold. The attacker here sees no scores; one who does needs fewer tries.

use std::collections::BTreeMap;

use learn::mutate::{compose, held_out};
use learn::random::Random;
use serde::Serialize;

use super::figure::Measured;

/// Budgets, in tries.
pub(in crate::cli) const BUDGETS: [usize; 4] = [1, 5, 20, 100];
/// Longer attacks are cut: what is disguised is a prompt, not a book.
const BYTES_MAX: usize = 2_000;

/// The share of attacks that stand each budget.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct Robust {
    /// Attacks that were disguised: those that are found undisguised.
    pub(in crate::cli) attacks: usize,
    /// Of all attacks that were looked at, how many are found undisguised.
    pub(in crate::cli) found: f64,
    /// Of all attacks, how many stand each of [`BUDGETS`].
    pub(in crate::cli) stand: [f64; 4],
    /// Of each disguise alone, how many are found.
    pub(in crate::cli) by_family: BTreeMap<&'static str, f64>,
}

/// Disguises so many attacks of each source. The threshold is that of 1 % false positives.
pub(in crate::cli) fn measure(
    attacks: &[(&str, &str)],
    measured: &Measured,
    each: usize,
    score: impl Fn(&str) -> f32,
) -> Option<Robust> {
    let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
    let mut chosen = Vec::new();
    for (source, text) in attacks {
        let count = taken.entry(source).or_default();
        if *count < each {
            *count += 1;
            chosen.push(&text[..text.floor_char_boundary(BYTES_MAX)]);
        }
    }
    let is_found = |text: &str| score(text) > measured.threshold_1;
    let found: Vec<&str> = chosen.iter().copied().filter(|text| is_found(text)).collect();
    if found.is_empty() {
        return None;
    }
    let families = held_out();
    let mut random = Random::new(41);
    let most = BUDGETS[BUDGETS.len() - 1];
    let evaded_at: Vec<usize> = found
        .iter()
        .map(|text| (0..most).position(|_| !is_found(&compose(text, &families, &mut random))).unwrap_or(most))
        .collect();
    let stand = BUDGETS.map(|budget| evaded_at.iter().filter(|at| **at >= budget).count() as f64 / chosen.len() as f64);
    let by_family = families
        .iter()
        .map(|family| {
            let seen = found.iter().filter(|text| is_found(&family.apply(text, &mut random))).count();
            (family.name, seen as f64 / found.len() as f64)
        })
        .collect();
    Some(Robust { attacks: found.len(), found: found.len() as f64 / chosen.len() as f64, stand, by_family })
}
