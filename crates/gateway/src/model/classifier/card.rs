//! The card of a model: what it learned from, and how it does on what it did not see.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use guard::classifier::Head;
use learn::metric::{above, auc};
use learn::recipe::{Learned, rows};

use super::data::Data;

/// Writes the card, as Markdown.
pub fn card(version: &str, data: &Data, heads: &[Learned], hash: &str) -> String {
    let mut out = format!(
        "# Classifier {version}\n\nOne table of hashed words and word sequences (1 to 3), one plane of 8-bit weights a head. \
         Made by `portcullis train`; the same data makes the same file.\n\nSHA-256 of the file: `{hash}`\n\n## Data\n\n\
         | file | SHA-256, first 64 bits |\n|---|---|\n"
    );
    for (file, hash) in &data.files {
        let _ = writeln!(out, "| {} | `{hash}` |", file.display());
    }
    out.push_str("\nSources named `own_…` are written by the grammars in `crates/learn/grammar`.\n");
    for learned in heads {
        head(&mut out, data, learned);
    }
    out.push_str(LIMITS);
    out
}

const LIMITS: &str = "\n## What it is not for\n\nNo boundary: persuasion without tell-tale words, orders that read like \
ordinary requests, and languages that its sources do not hold are missed. Not a judge of people: hate and harassment are \
learned mostly from short English messages whose labels carry the bias of those who gave them. Shares in `docs/accuracy.md`.\n";

fn head(out: &mut String, data: &Data, learned: &Learned) {
    let head = learned.head;
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for row in rows(head, &data.rows) {
        let count = counts.entry(row.source).or_default();
        match row.labels[head as usize] {
            Some(true) => count.0 += 1,
            _ => count.1 += 1,
        }
    }
    let left_out = if head == Head::Refusal { "texts" } else { "source" };
    let _ = write!(
        out,
        "\n## {head:?}\n\nFound: score above 0.5, by models that did not learn from the {left_out} they judge. AUC: those harmful texts against all \
        harmless ones of the same kind.\n\n\
        | source | licence | learned: harmful | harmless | AUC | found | wrongly found |\n|---|---|---|---|---|---|---|\n"
    );
    let names: std::collections::BTreeSet<&String> = counts.keys().chain(learned.unseen.keys()).collect();
    for name in names {
        let (harmful, harmless) = counts.get(name).copied().unwrap_or_default();
        let own = if name.starts_with("own_") { "Apache-2.0" } else { "not stated" };
        let licence = data.licences.get(name).map_or(own, String::as_str);
        let _ = writeln!(
            out,
            "| {name} | {licence} | {harmful} | {harmless} | {} | {} | {} |",
            area(learned, name),
            share(learned, name, true),
            share(learned, name, false)
        );
    }
}

fn area(learned: &Learned, source: &str) -> String {
    let harmless: Vec<f32> =
        learned.unseen.values().flatten().filter(|outcome| !outcome.label).map(|outcome| outcome.margin).collect();
    let of_source = learned.unseen.get(source).into_iter().flatten();
    let harmful: Vec<f32> = of_source.filter(|outcome| outcome.label).map(|outcome| outcome.margin).collect();
    if harmful.is_empty() || harmless.is_empty() { String::new() } else { format!("{:.3}", auc(&harmful, &harmless)) }
}

fn share(learned: &Learned, source: &str, label: bool) -> String {
    let calibration = learned.calibration[0];
    let outcomes = learned.unseen.get(source).into_iter().flatten().filter(|outcome| outcome.label == label);
    let scores: Vec<f32> = outcomes
        .map(|outcome| 1.0 / (1.0 + (-calibration.slope.mul_add(outcome.margin, calibration.offset)).exp()))
        .collect();
    if scores.is_empty() {
        String::new()
    } else {
        format!("{:.1} %", 100.0 * above(&scores, guard::classifier::FINDING_MIN))
    }
}
