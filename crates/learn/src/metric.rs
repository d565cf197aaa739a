//! What a detector is worth, as numbers.
//!
//! Invariant: ties count half; thresholds are such that at most the given share of harmless texts is above.

use crate::random::Random;

/// The share of pairs in which the attack scores higher than the harmless text.
pub fn auc(attacks: &[f32], benign: &[f32]) -> f64 {
    let mut all: Vec<(f32, bool)> = attacks.iter().map(|score| (*score, true)).collect();
    all.extend(benign.iter().map(|score| (*score, false)));
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut rank_sum = 0.0;
    let mut before = 0;
    for group in all.chunk_by(|a, b| a.0 == b.0) {
        let rank = before as f64 + (group.len() + 1) as f64 / 2.0;
        rank_sum += rank * group.iter().filter(|(_, is_attack)| *is_attack).count() as f64;
        before += group.len();
    }
    let (p, n) = (attacks.len() as f64, benign.len() as f64);
    (rank_sum - p * (p + 1.0) / 2.0) / (p * n)
}

/// The lowest threshold that at most this share of harmless texts is above.
pub fn threshold_at(benign: &[f32], share: f64) -> f32 {
    let mut scores = benign.to_vec();
    scores.sort_by(|a, b| b.total_cmp(a));
    scores.get((scores.len() as f64 * share) as usize).copied().unwrap_or(f32::MAX)
}

/// The share of `scores` above a threshold.
pub fn above(scores: &[f32], threshold: f32) -> f64 {
    scores.iter().filter(|score| **score > threshold).count() as f64 / scores.len().max(1) as f64
}

/// How far scores are from shares, on average over ten bins, with both labels counting the same.
pub fn calibration_error(attacks: &[f32], benign: &[f32]) -> f64 {
    let mut bins = [(0.0, 0.0, 0.0); 10];
    for (scores, is_attack) in [(attacks, 1.0), (benign, 0.0)] {
        let weight = 0.5 / scores.len().max(1) as f64;
        for score in scores {
            let bin = &mut bins[((score * 10.0) as usize).min(9)];
            bin.0 += weight;
            bin.1 += weight * f64::from(*score);
            bin.2 += weight * is_attack;
        }
    }
    bins.iter().map(|(_, said, was)| (said - was).abs()).sum()
}

/// The interval in which a figure lies in 95 of 100 samples like this one.
pub fn interval(attacks: &[f32], benign: &[f32], figure: impl Fn(&[f32], &[f32]) -> f64) -> (f64, f64) {
    const SAMPLES: usize = 200;
    let mut random = Random::new(17);
    let mut draw = |from: &[f32]| -> Vec<f32> { from.iter().map(|_| *random.pick(from)).collect() };
    let mut figures: Vec<f64> =
        (0..SAMPLES).map(|_| (draw(attacks), draw(benign))).map(|(a, b)| figure(&a, &b)).collect();
    figures.sort_by(f64::total_cmp);
    (figures[SAMPLES / 40], figures[SAMPLES - 1 - SAMPLES / 40])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_all_that_counts_for_the_area() {
        assert_eq!(auc(&[0.9, 0.8], &[0.1, 0.2]), 1.0);
        assert_eq!(auc(&[0.1], &[0.9]), 0.0);
        assert_eq!(auc(&[0.5, 0.5], &[0.5]), 0.5);
    }

    #[test]
    fn a_threshold_lets_no_more_than_its_share_above() {
        let benign: Vec<f32> = (0..1_000).map(|at| at as f32).collect();
        assert!(above(&benign, threshold_at(&benign, 0.01)) <= 0.01);
        assert_eq!(above(&[0.5; 100], threshold_at(&[0.5; 100], 0.01)), 0.0);
    }

    #[test]
    fn honest_scores_have_no_calibration_error() {
        assert!(calibration_error(&[1.0; 10], &[0.0; 10]) < 1e-9);
        assert!((calibration_error(&[1.0; 10], &[1.0; 10]) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn an_interval_holds_the_figure() {
        let (a, b): (Vec<f32>, Vec<f32>) =
            ((0..50).map(|at| at as f32).collect(), (0..50).map(|at| at as f32 - 20.0).collect());
        let (low, high) = interval(&a, &b, auc);
        assert!(low < auc(&a, &b) && auc(&a, &b) < high);
    }
}
