//! Figures as Markdown.

use std::fmt::Write as _;

use super::figure::Measured;
use super::robust::{BUDGETS, Robust};

/// The tables.
pub(super) fn markdown(measured: &Measured, robust: &Option<Robust>) -> String {
    let mut out = String::from(
        "### Harmless texts\n\n| source | rows | stopped | flagged | score above 0.5 |\n|---|---|---|---|---|\n",
    );
    for (source, benign) in &measured.benign {
        let (stopped, flagged, half) = (percent(benign.stopped), percent(benign.flagged), percent(benign.above_half));
        let _ = writeln!(out, "| {source} | {} | {stopped} | {flagged} | {half} |", benign.rows);
    }
    out.push_str(
        "\n### Attacks, against all harmless texts above\n\n| source | rows | AUC (95 %) | within its source | \
         recall at 1 % | at 5 % | stopped | flagged |\n|---|---|---|---|---|---|---|---|\n",
    );
    for (source, attacks) in &measured.attacks {
        let (low, high) = attacks.auc_interval;
        let within = attacks.auc_within.map_or_else(String::new, |auc| format!("{auc:.3}"));
        let _ = writeln!(
            out,
            "| {source} | {} | {:.3} ({low:.3} to {high:.3}) | {within} | {} | {} | {} | {} |",
            attacks.rows,
            attacks.auc,
            percent(attacks.recall_1),
            percent(attacks.recall_5),
            percent(attacks.stopped),
            percent(attacks.flagged)
        );
    }
    let _ = writeln!(
        out,
        "\nMean AUC over sources {:.3}; F1 at a score of 0.5 {:.3}; expected calibration error {:.3}; {:.0} µs a text at the \
         median, {:.0} at the 95th percentile, {:.0} a kilobyte. The threshold for 1 % false positives is {:.3}.",
        measured.mean_auc,
        measured.f1,
        measured.calibration_error,
        measured.us.0,
        measured.us.1,
        measured.us_per_kb,
        measured.threshold_1
    );
    if let Some(robust) = robust {
        disguises(&mut out, robust);
    }
    out
}

fn disguises(out: &mut String, robust: &Robust) {
    let _ = writeln!(
        out,
        "\n### Disguised attacks\n\n{} of the attacks are found plainly at that threshold. Of all attacks, those that none of so \
         many random disguises hides (one or two families that training never used):\n\n| disguises tried | stand |\n|---|---|",
        percent(robust.found)
    );
    for (budget, stand) in BUDGETS.iter().zip(robust.stand) {
        let _ = writeln!(out, "| {budget} | {} |", percent(stand));
    }
    out.push_str("\n| one disguise alone | found of those found plainly |\n|---|---|\n");
    for (family, found) in &robust.by_family {
        let _ = writeln!(out, "| {family} | {} |", percent(*found));
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
