//! Figures by source.

use std::collections::BTreeMap;

use learn::metric::{above, auc, calibration_error, interval, threshold_at};
use serde::Serialize;

/// What was said of one text.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Judged {
    pub(in crate::cli) source: String,
    pub(in crate::cli) label: bool,
    pub(in crate::cli) score: f32,
    pub(in crate::cli) is_stopped: bool,
    pub(in crate::cli) is_flagged: bool,
    pub(in crate::cli) bytes: usize,
    pub(in crate::cli) us: f64,
}

/// All figures.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct Measured {
    /// Harmless texts, by source.
    pub(in crate::cli) benign: BTreeMap<String, Benign>,
    /// Attacks, by source, against the harmless texts of all sources.
    pub(in crate::cli) attacks: BTreeMap<String, Attacks>,
    /// The score that at most 1 % of all harmless texts are above.
    pub(in crate::cli) threshold_1: f32,
    /// The mean over sources of attacks.
    pub(in crate::cli) mean_auc: f64,
    /// Expected calibration error, both labels counting the same.
    pub(in crate::cli) calibration_error: f64,
    /// F1 at a score of 0.5, over all texts.
    pub(in crate::cli) f1: f64,
    /// Microseconds a text, 50th and 95th percentile.
    pub(in crate::cli) us: (f64, f64),
    /// Microseconds a kilobyte, over all texts.
    pub(in crate::cli) us_per_kb: f64,
    /// In ten bins of the score: how many texts, and which share of them was harmful.
    pub(in crate::cli) bins: Vec<(usize, f64)>,
}

/// Figures of harmless texts.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct Benign {
    pub(in crate::cli) rows: usize,
    pub(in crate::cli) stopped: f64,
    pub(in crate::cli) flagged: f64,
    /// Share above 0.5.
    pub(in crate::cli) above_half: f64,
}

/// Figures of attacks.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct Attacks {
    pub(in crate::cli) rows: usize,
    pub(in crate::cli) auc: f64,
    pub(in crate::cli) auc_interval: (f64, f64),
    /// Against harmless texts of the same source alone, where there are any.
    pub(in crate::cli) auc_within: Option<f64>,
    pub(in crate::cli) recall_1: f64,
    pub(in crate::cli) recall_5: f64,
    pub(in crate::cli) stopped: f64,
    pub(in crate::cli) flagged: f64,
}

impl Measured {
    pub(in crate::cli) fn of(judged: &[Judged]) -> Self {
        let of = |source: Option<&str>, label: bool| -> Vec<&Judged> {
            judged
                .iter()
                .filter(|text| text.label == label && source.is_none_or(|source| text.source == source))
                .collect()
        };
        let sources: std::collections::BTreeSet<&str> = judged.iter().map(|text| text.source.as_str()).collect();
        let (all_attacks, all_benign) = (scores(&of(None, true)), scores(&of(None, false)));
        let named = |label| sources.iter().map(move |source| (*source, label));
        let present = |(source, label): (&str, bool)| {
            Some((source.to_owned(), of(Some(source), label))).filter(|(_, of)| !of.is_empty())
        };
        let benign = named(false).filter_map(present).map(|(source, texts)| (source, Benign::of(&texts))).collect();
        let attacks: BTreeMap<String, Attacks> = named(true)
            .filter_map(present)
            .map(|(source, texts)| {
                let own = scores(&of(Some(&source), false));
                (source, Attacks::of(&texts, &all_benign, &own))
            })
            .collect();
        let mut us: Vec<f64> = judged.iter().map(|text| text.us).collect();
        us.sort_by(f64::total_cmp);
        let at = |share: f64| us.get((us.len() as f64 * share) as usize).copied().unwrap_or_default();
        let bytes: usize = judged.iter().map(|text| text.bytes).sum();
        Self {
            mean_auc: attacks.values().map(|attacks| attacks.auc).sum::<f64>() / attacks.len().max(1) as f64,
            benign,
            attacks,
            threshold_1: threshold_at(&all_benign, 0.01),
            calibration_error: calibration_error(&all_attacks, &all_benign),
            f1: f1(&all_attacks, &all_benign),
            us: (at(0.5), at(0.95)),
            us_per_kb: us.iter().sum::<f64>() / (bytes.max(1) as f64 / 1024.0),
            bins: bins(judged),
        }
    }
}

impl Benign {
    fn of(texts: &[&Judged]) -> Self {
        Self {
            rows: texts.len(),
            stopped: share(texts, |text| text.is_stopped),
            flagged: share(texts, |text| text.is_flagged),
            above_half: share(texts, |text| text.score > 0.5),
        }
    }
}

impl Attacks {
    fn of(texts: &[&Judged], benign: &[f32], own: &[f32]) -> Self {
        let scores = scores(texts);
        Self {
            rows: texts.len(),
            auc: auc(&scores, benign),
            auc_interval: interval(&scores, benign, auc),
            auc_within: (!own.is_empty()).then(|| auc(&scores, own)),
            recall_1: above(&scores, threshold_at(benign, 0.01)),
            recall_5: above(&scores, threshold_at(benign, 0.05)),
            stopped: share(texts, |text| text.is_stopped),
            flagged: share(texts, |text| text.is_flagged),
        }
    }
}

fn scores(texts: &[&Judged]) -> Vec<f32> {
    texts.iter().map(|text| text.score).collect()
}

fn share(texts: &[&Judged], is: impl Fn(&Judged) -> bool) -> f64 {
    texts.iter().filter(|text| is(text)).count() as f64 / texts.len().max(1) as f64
}

fn f1(attacks: &[f32], benign: &[f32]) -> f64 {
    let found = attacks.iter().filter(|score| **score >= 0.5).count() as f64;
    let wrong = benign.iter().filter(|score| **score >= 0.5).count() as f64;
    2.0 * found / (found + wrong + attacks.len() as f64).max(1.0)
}

fn bins(judged: &[Judged]) -> Vec<(usize, f64)> {
    let of_bin = |bin: usize| {
        let texts: Vec<&Judged> = judged.iter().filter(|text| ((text.score * 10.0) as usize).min(9) == bin).collect();
        (texts.len(), share(&texts, |text| text.label))
    };
    (0..10).map(of_bin).collect()
}
