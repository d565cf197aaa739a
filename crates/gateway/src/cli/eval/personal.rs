//! `portcullis eval --topic pii`: how well personal data is found in texts with labelled spans.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context as _;
use guard::{Context, Family, Finding, Scanner};
use learn::entity::measure::{Counts, Measured, Spans};
use learn::entity::row::Row;
use serde::Serialize;

/// What was measured.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    /// Texts.
    texts: usize,
    /// Label by label, then all as one (`*`).
    labels: Vec<Figure>,
    /// The share of labelled bytes that anything was found in.
    covered: f64,
    /// Of all personal-data rules together, on the text as it is.
    us_per_kb: f64,
}

#[derive(Debug, Serialize)]
struct Figure {
    label: String,
    labelled: usize,
    found: usize,
    precision: f64,
    recall: f64,
    f1: f64,
    /// Counting only spans that agree to the byte.
    exact_f1: f64,
    /// Counting bytes, whatever spans they are cut into.
    byte_f1: f64,
}

/// Measures the rules for personal data, `entity` with them, on files of labelled texts; of these only some labels when
/// `only` names any.
pub(super) fn measure(files: &[PathBuf], only: &[String]) -> anyhow::Result<Outcome> {
    let mut rows: Vec<Row> = Vec::new();
    for file in files {
        let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let place = || format!("{}, line {}", file.display(), at + 1);
            let row: Row = serde_json::from_str(line).with_context(place)?;
            check(&row).with_context(place)?;
            rows.push(row);
        }
    }
    let only: BTreeSet<String> = only.iter().map(|label| canonical(label)).collect();
    let labelled: Vec<Spans> = rows.iter().map(|row| labelled(row, &only)).collect();
    let scanner = Scanner::new(guard::rules().filter(|rule| matches!(rule.family, Family::Pii | Family::Entity)));
    // Patterns are compiled when a text first asks for them.
    rows.iter().for_each(|row| drop(scanner.scan(&row.text, &Context::default())));
    let begun = Instant::now();
    let found: Vec<Vec<Finding>> =
        rows.iter().map(|row| scanner.scan(&row.text, &Context::default()).findings).collect();
    let us = begun.elapsed().as_secs_f64() * 1e6;
    let found: Vec<Spans> = found.iter().map(|findings| spans(findings)).collect();
    let measured = Measured::of(labelled.iter().zip(&found));
    let kb = rows.iter().map(|row| row.text.len()).sum::<usize>() as f64 / 1024.0;
    let all = std::iter::once(("*".to_owned(), measured.all()));
    let labels = measured.labels.iter().map(|(label, counts)| (label.clone(), *counts)).chain(all).map(figure);
    Ok(Outcome { texts: rows.len(), labels: labels.collect(), covered: measured.covered(), us_per_kb: us / kb })
}

fn check(row: &Row) -> anyhow::Result<()> {
    for label in &row.spans {
        let is_in = row.text.get(label.span()).is_some_and(|text| !text.is_empty());
        anyhow::ensure!(is_in, "spans: {}..{} are not bytes of the text", label.start, label.end);
    }
    Ok(())
}

fn figure((label, counts): (String, Counts)) -> Figure {
    Figure {
        label,
        labelled: counts.labelled,
        found: counts.found,
        precision: counts.precision(),
        recall: counts.recall(),
        f1: counts.f1(),
        exact_f1: counts.exact_f1(),
        byte_f1: counts.byte_f1(),
    }
}

fn labelled(row: &Row, only: &BTreeSet<String>) -> Spans {
    let spans = row.spans.iter().map(|label| (label.span(), canonical(&label.label)));
    spans.filter(|(_, label)| only.is_empty() || only.contains(label)).collect()
}

/// The name that a label has here, whatever the set calls it.
fn canonical(label: &str) -> String {
    let label = label.to_ascii_uppercase().replace('-', "_");
    match label.as_str() {
        "PER" | "NAME" | "PERSON_NAME" => "PERSON",
        "ORG" | "COMPANY" => "ORGANIZATION",
        "GPE" | "LOC" | "LOCATION" | "CITY" | "COUNTRY" => "PLACE",
        "STREET_ADDRESS" | "POSTAL_ADDRESS" => "ADDRESS",
        "PHONE_NUMBER" => "PHONE",
        "CREDIT_CARD" => "CARD",
        "EMAIL_ADDRESS" => "EMAIL",
        "IBAN_CODE" => "IBAN",
        "IP_ADDRESS" => "IP",
        "ZIP" | "ZIP_CODE" | "ZIPCODE" | "US_ZIP" => "POSTCODE",
        "DATE" => "DATE_TIME",
        "NRP" | "NORP" => "ORIGIN_OR_BELIEF",
        "DOMAIN" => "DOMAIN_NAME",
        "US_DRIVER_LICENSE" => "DRIVER_LICENCE",
        other => other,
    }
    .to_owned()
}

/// Findings as spans: those of one label that overlap are one, and what lies in a longer one is part of it.
fn spans(findings: &[Finding]) -> Spans {
    let mut spans: Spans = Vec::new();
    for finding in findings.iter().filter(|finding| finding.view.is_empty() && finding.score >= 0.5) {
        let category = if finding.rule.name == "us-zip" { "postcode" } else { finding.rule.category };
        let label = canonical(category.rsplit('.').next().unwrap_or(category));
        let joins = |(span, known): &&mut (std::ops::Range<usize>, String)| {
            *known == label && span.start < finding.span.end && finding.span.start < span.end
        };
        match spans.iter_mut().find(joins) {
            Some((span, _)) => {
                *span = span.start.min(finding.span.start)..span.end.max(finding.span.end);
            }
            None => spans.push((finding.span.clone(), label)),
        }
    }
    let all = spans.clone();
    let is_part = |span: &std::ops::Range<usize>| {
        all.iter().any(|(other, _)| other.start <= span.start && span.end <= other.end && other.len() > span.len())
    };
    spans.retain(|(span, _)| !is_part(span));
    spans
}

/// The figures as Markdown.
pub(super) fn markdown(outcome: &Outcome) -> String {
    let mut out =
        "| label | labelled | found | precision | recall | F1 | F1 to the byte | F1 of bytes |\n|---|---|---|---|---|---|---|---|\n"
            .to_owned();
    for figure in &outcome.labels {
        let Figure { label, labelled, found, precision, recall, f1, exact_f1, byte_f1 } = figure;
        let label = if label == "*" { "all" } else { label };
        let _ = writeln!(
            out,
            "| {label} | {labelled} | {found} | {precision:.3} | {recall:.3} | {f1:.3} | {exact_f1:.3} | {byte_f1:.3} |"
        );
    }
    let (texts, covered, us) = (outcome.texts, outcome.covered * 100.0, outcome.us_per_kb);
    let _ =
        write!(out, "\n{texts} texts; {covered:.1} % of the labelled bytes lie in a finding; {us:.0} µs a kilobyte.");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("set.jsonl");
        fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn labels_of_other_sets_are_understood_and_measured() {
        let text = r#"{"text":"Please tell Jane Roe at jane@example.com","spans":[{"start":12,"end":20,"label":"PER"},{"start":24,"end":40,"label":"EMAIL_ADDRESS"}]}"#;
        let (_folder, path) = file(text);
        let outcome = measure(std::slice::from_ref(&path), &[]).unwrap();
        let all = outcome.labels.last().unwrap();
        assert_eq!((all.labelled, all.found, all.f1), (2, 2, 1.0), "{outcome:?}");
        let outcome = measure(&[path], &["person".to_owned()]).unwrap();
        assert_eq!(outcome.labels.last().unwrap().labelled, 1);
        assert!(markdown(&outcome).contains("| PERSON | 1 | 1 |"));
    }

    #[test]
    fn a_span_that_is_not_in_its_text_is_refused_with_its_line() {
        for span in ["3,\"end\":99", "5,\"end\":5", "1,\"end\":2"] {
            let (_folder, path) =
                file(&format!("\n{{\"text\":\"aéb abc\",\"spans\":[{{\"start\":{span},\"label\":\"PER\"}}]}}"));
            let error = format!("{:#}", measure(&[path], &[]).unwrap_err());
            assert!(error.contains("line 2: spans:"), "{error}");
        }
    }
}
