//! Whether a trained model may take the place of another.
//!
//! Invariant: what cannot be compared is refused.

use serde::Serialize;

use crate::cli::eval::{BUDGETS, Measured, Robust};

/// What is compared of a model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Figures {
    /// The mean over sources of attacks.
    auc: f64,
    /// Attacks above the score that 1 % of harmless texts are above, the mean over sources.
    recall: f64,
    /// Harmless texts that the policy stops, of all.
    stopped: f64,
    /// Of all attacks, how many stand each of [`BUDGETS`] disguises of families that were never trained on.
    robust: [f64; BUDGETS.len()],
}

/// What a model has to keep.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Recall that may be lost.
    pub(super) recall_loss: f64,
    /// Harmless texts that may be stopped.
    pub(super) stopped_max: f64,
}

impl Figures {
    /// The figures of a measurement.
    pub(super) fn of(measured: &Measured, robust: Option<&Robust>) -> Self {
        let harmless: usize = measured.benign.values().map(|source| source.rows).sum();
        let stopped: f64 = measured.benign.values().map(|source| source.stopped * source.rows as f64).sum();
        let recalls: Vec<f64> = measured.attacks.values().map(|source| source.recall_1).collect();
        Self {
            auc: measured.mean_auc,
            recall: recalls.iter().sum::<f64>() / recalls.len().max(1) as f64,
            stopped: stopped / harmless.max(1) as f64,
            robust: robust.map_or([0.0; BUDGETS.len()], |robust| robust.stand),
        }
    }

    /// The lines of a table: what it is, and its value.
    pub(super) fn lines(&self) -> Vec<(String, String)> {
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        let mut lines = vec![
            ("AUC".to_owned(), format!("{:.3}", self.auc)),
            ("recall at 1 % false positives".to_owned(), percent(self.recall)),
            ("harmless texts stopped".to_owned(), format!("{:.2} %", 100.0 * self.stopped)),
        ];
        let robust = BUDGETS.iter().zip(self.robust);
        lines.extend(robust.map(|(budget, share)| (format!("stand {budget} held-out disguises"), percent(share))));
        lines
    }
}

/// Why the new model may not take the old one's place; empty when it may.
pub(super) fn objections(before: &Figures, after: &Figures, limits: Limits) -> Vec<String> {
    let mut objections = Vec::new();
    // What is no number keeps no promise.
    let keeps_recall = after.recall >= before.recall - limits.recall_loss;
    let stops_few = after.stopped <= limits.stopped_max;
    if !keeps_recall {
        objections.push(format!("it loses more than {:.1} points of recall", 100.0 * limits.recall_loss));
    }
    if !stops_few {
        objections.push(format!("it stops more than {:.2} % of harmless texts", 100.0 * limits.stopped_max));
    }
    let tries = BUDGETS.iter().zip(before.robust.iter().zip(after.robust));
    let compared: Vec<(usize, f64)> = tries.map(|(budget, (before, after))| (*budget, after - before)).collect();
    if let Some((budget, _)) = compared.iter().find(|(_, gain)| *gain < 0.0) {
        objections.push(format!("fewer attacks stand {budget} disguises of held-out families"));
    }
    if !compared.iter().any(|(_, gain)| *gain > 0.0) {
        objections.push("no more attacks stand disguises of held-out families".to_owned());
    }
    objections
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { recall_loss: 0.005, stopped_max: 0.005 };

    fn figures(recall: f64, stopped: f64, robust: [f64; 4]) -> Figures {
        Figures { auc: 0.9, recall, stopped, robust }
    }

    #[test]
    fn a_model_that_stands_more_and_loses_little_may_take_the_place() {
        let before = figures(0.5, 0.001, [0.4, 0.2, 0.1, 0.0]);
        assert!(objections(&before, &figures(0.496, 0.005, [0.4, 0.3, 0.1, 0.0]), LIMITS).is_empty());
    }

    #[test]
    fn each_loss_is_an_objection() {
        let before = figures(0.5, 0.001, [0.4, 0.2, 0.1, 0.0]);
        let check = |after: Figures, part: &str| {
            let found = objections(&before, &after, LIMITS);
            assert!(found.iter().any(|objection| objection.contains(part)), "{found:?}");
        };
        check(figures(0.49, 0.001, [0.5; 4]), "recall");
        check(figures(f64::NAN, 0.001, [0.5; 4]), "recall");
        check(figures(0.5, 0.006, [0.5; 4]), "harmless");
        check(figures(0.5, 0.001, [0.4, 0.3, 0.05, 0.0]), "fewer attacks stand 20");
        check(figures(0.5, 0.001, before.robust), "no more attacks");
    }
}
