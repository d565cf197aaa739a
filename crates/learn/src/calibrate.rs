//! From margins to probabilities.
//!
//! Source: Platt, "Probabilistic outputs for support vector machines" (1999), with weights.
//!
//! Invariant: the slope is above 0, so that calibration never changes an order.

use guard::classifier::model::Calibration;

/// A margin from a model that did not learn from its source, the truth, and how much it counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// The margin.
    pub margin: f32,
    /// Whether it was one.
    pub label: bool,
    /// Its weight.
    pub weight: f64,
    /// The length of its text.
    pub bytes: usize,
}

/// What share of texts is taken to be harmful: in traffic it is less, in what is worth a second look more.
pub const HARMFUL_SHARE: f64 = 0.25;
/// The same of what is rarer: attacks, threats, sexual content, self-harm. At a score of 0.5 more harmless texts than harmful ones
/// would be taken for them otherwise, and beside hate and abuse such a score would win where nothing but chance speaks for it.
pub const RARE_SHARE: f64 = 0.05;
/// What share of answers is taken to refuse: who asks is told the likelier of the two.
pub const REFUSED_SHARE: f64 = 0.5;

const STEPS: usize = 100;
const SLOPE_MIN: f64 = 0.05;

/// Fits a calibration by Newton's method; harmful outcomes together count as `share` of all.
pub fn calibrate(outcomes: &[Outcome], share: f64) -> Calibration {
    let total =
        |label| outcomes.iter().filter(|outcome| outcome.label == label).map(|outcome| outcome.weight).sum::<f64>();
    let (positive, negative) = (total(true), total(false));
    let (mut slope, mut offset) = (1.0_f64, 0.0_f64);
    if positive == 0.0 || negative == 0.0 {
        return Calibration { slope: 1.0, offset: 0.0 };
    }
    for _ in 0..STEPS {
        let (mut gradient, mut hessian) = ([0.0; 2], [1e-6, 0.0, 1e-6]);
        for outcome in outcomes {
            let (x, y) = (f64::from(outcome.margin), f64::from(u8::from(outcome.label)));
            let weight = outcome.weight * if outcome.label { share / positive } else { (1.0 - share) / negative };
            let p = 1.0 / (1.0 + (-(slope * x + offset)).exp());
            let (error, curve) = (weight * (p - y), weight * (p * (1.0 - p)).max(1e-9));
            gradient[0] += error * x;
            gradient[1] += error;
            hessian[0] += curve * x * x;
            hessian[1] += curve * x;
            hessian[2] += curve;
        }
        let determinant = hessian[0].mul_add(hessian[2], -(hessian[1] * hessian[1]));
        let step = [
            (gradient[0] * hessian[2] - gradient[1] * hessian[1]) / determinant,
            (gradient[1] * hessian[0] - gradient[0] * hessian[1]) / determinant,
        ];
        slope = (slope - step[0].clamp(-1.0, 1.0)).max(SLOPE_MIN);
        offset -= step[1].clamp(-1.0, 1.0);
    }
    Calibration { slope: slope as f32, offset: offset as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn a_calibrated_margin_is_right_as_often_as_it_says() {
        let mut random = Random::new(3);
        let outcomes: Vec<Outcome> = (0..20_000)
            .map(|_| {
                let margin = random.below(8_000) as f32 / 1_000.0 - 4.0;
                let label = random.chance(1.0 / (1.0 + f64::from(-2.0 * margin).exp()));
                Outcome { margin, label, weight: 1.0, bytes: 0 }
            })
            .collect();
        let Calibration { slope, offset } = calibrate(&outcomes, HARMFUL_SHARE);
        let prior = (HARMFUL_SHARE / (1.0 - HARMFUL_SHARE)).ln() as f32;
        assert!((slope - 2.0).abs() < 0.1 && (offset - prior).abs() < 0.1, "{slope} {offset}");
    }

    #[test]
    fn an_order_is_never_turned_around() {
        let outcome = |margin, label| Outcome { margin, label, weight: 1.0, bytes: 0 };
        assert!(calibrate(&[outcome(1.0, false), outcome(-1.0, true)], 0.5).slope > 0.0);
    }
}
