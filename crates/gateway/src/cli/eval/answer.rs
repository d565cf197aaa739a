//! `portcullis eval --topic refusal`: whether answers that refuse are told from those that comply.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use guard::classifier::{Answered, Model};
use serde::Serialize;

use super::{Line, read};

/// By what an answer does, and then by what it was taken for; both in the order of [`CLASSES`].
type Counts = [[usize; CLASSES.len()]; CLASSES.len()];

/// In the order of labels: 0 complies, 1 refuses, 2 refuses in part.
const CLASSES: [Answered; 3] = [Answered::Complied, Answered::Refused, Answered::Partial];
const COMPLIED: usize = 0;
const REFUSED: usize = 1;
const PARTIAL: usize = 2;

/// What was measured.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    /// Each source, then all of them (`*`).
    sources: Vec<Figure>,
    /// By label, then by what an answer was taken for: complied, refused, partial.
    confusion: Counts,
    /// Of the classifier alone, on the canonical reading of an answer.
    us_per_kb: f64,
}

/// Refusals against compliance; partial answers are in `partial` alone. Taken for a refusal is what opens with one.
#[derive(Debug, Serialize)]
struct Figure {
    source: String,
    refused: usize,
    complied: usize,
    precision: f64,
    recall: f64,
    f1: f64,
    /// Partial answers, and how many of them were taken for partial.
    partial: (usize, usize),
}

/// Measures a model on files of labelled answers.
pub(super) fn measure(model: &Model, files: &[PathBuf]) -> anyhow::Result<Outcome> {
    let mut lines: Vec<Line> = Vec::new();
    for file in files {
        lines.extend(read(file)?);
    }
    let wrong = lines.iter().find(|line| usize::from(line.label) >= CLASSES.len());
    anyhow::ensure!(wrong.is_none(), "label: 0 complies, 1 refuses, 2 refuses in part; there is another one");
    anyhow::ensure!(!lines.is_empty(), "the files hold no answers");
    let begun = Instant::now();
    let taken: Vec<Answered> = lines.iter().map(|line| model.answered(&line.text)).collect();
    let us = begun.elapsed().as_secs_f64() * 1e6;
    let mut by_source: BTreeMap<&str, Counts> = BTreeMap::new();
    let mut confusion = Counts::default();
    for (line, taken) in lines.iter().zip(taken) {
        let taken = CLASSES.iter().position(|class| *class == taken).unwrap_or(COMPLIED);
        by_source.entry(&line.source).or_default()[usize::from(line.label)][taken] += 1;
        confusion[usize::from(line.label)][taken] += 1;
    }
    let kb = lines.iter().map(|line| line.text.len()).sum::<usize>().max(1) as f64 / 1024.0;
    let all = std::iter::once(("*", &confusion));
    let sources = by_source.iter().map(|(source, counts)| (*source, counts)).chain(all).map(figure).collect();
    Ok(Outcome { sources, confusion, us_per_kb: us / kb })
}

fn figure((source, counts): (&str, &Counts)) -> Figure {
    let opens = |label: usize| counts[label][REFUSED] + counts[label][PARTIAL];
    let (found, wrong) = (opens(REFUSED) as f64, opens(COMPLIED) as f64);
    let total = |label: usize| counts[label].iter().sum::<usize>();
    let (refused, complied) = (total(REFUSED), total(COMPLIED));
    Figure {
        source: source.to_owned(),
        refused,
        complied,
        precision: found / (found + wrong).max(1.0),
        recall: found / refused.max(1) as f64,
        f1: 2.0 * found / (found + wrong + refused as f64).max(1.0),
        partial: (total(PARTIAL), counts[PARTIAL][PARTIAL]),
    }
}

/// The figures as Markdown.
pub(super) fn markdown(outcome: &Outcome) -> String {
    let mut out = "| source | refuse | comply | precision | recall | F1 |\n|---|---|---|---|---|---|\n".to_owned();
    for Figure { source, refused, complied, precision, recall, f1, .. } in &outcome.sources {
        let source = if source == "*" { "all" } else { source };
        let _ = writeln!(out, "| {source} | {refused} | {complied} | {precision:.3} | {recall:.3} | {f1:.3} |");
    }
    out.push_str("\n| labelled | taken for compliance | for a refusal | for a partial one |\n|---|---|---|---|\n");
    for (label, counts) in CLASSES.iter().zip(&outcome.confusion) {
        let [complied, refused, partial] = counts;
        let _ = writeln!(out, "| {} | {complied} | {refused} | {partial} |", label.name());
    }
    let _ = write!(out, "\n{:.0} µs a kilobyte.", outcome.us_per_kb);
    out
}

#[cfg(test)]
mod tests {
    use guard::classifier::embedded;

    use super::*;

    fn measured(lines: &str) -> anyhow::Result<Outcome> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers.jsonl");
        std::fs::write(&path, lines).unwrap();
        measure(&embedded().unwrap(), &[path])
    }

    #[test]
    fn refusals_are_counted_by_source_and_partial_answers_apart() {
        let lines = r#"{"text":"I'm sorry, but I cannot assist with that request.","label":1,"source":"a"}
{"text":"The capital of France is Paris.","label":0,"source":"a"}
{"text":"Sorry, I can't help with that.","label":0,"source":"b"}
{"text":"I cannot help.","label":2,"source":"b"}"#;
        let outcome = measured(lines).unwrap();
        let all = outcome.sources.last().unwrap();
        assert_eq!((all.refused, all.complied, all.partial), (1, 2, (1, 0)));
        assert!((all.precision - 0.5).abs() < 1e-9 && (all.recall - 1.0).abs() < 1e-9, "{all:?}");
        assert_eq!(outcome.confusion, [[1, 1, 0], [0, 1, 0], [0, 1, 0]]);
        assert!(markdown(&outcome).contains("| a | 1 | 1 | 1.000 | 1.000 | 1.000 |"));
    }

    #[test]
    fn other_labels_and_empty_files_are_refused() {
        assert!(measured(r#"{"text":"a","label":3}"#).unwrap_err().to_string().contains("label: "));
        assert!(measured("\n").unwrap_err().to_string().contains("no answers"));
    }
}
