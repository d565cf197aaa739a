//! The table of the demonstration, for people and as JSON for scripts.
//!
//! Invariants: a row is one line of at most 100 columns; control characters are shown as symbols and never sent to the
//! terminal.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde_json::json;

use super::{Outcome, RowResult};

const NAME: usize = 42;
const ANSWER: usize = 18;
const RULES: usize = 8;

const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// Prints the outcome: a table, or JSON.
pub fn print(outcome: &Outcome, as_json: bool) {
    anstream::print!("{}", if as_json { json(outcome) } else { table(outcome) });
}

/// The outcome as one JSON document.
fn json(outcome: &Outcome) -> String {
    let document = json!({"kept": outcome.is_kept(), "conversations": outcome.rows});
    format!("{document:#}\n")
}

/// The outcome as a table with colours.
fn table(outcome: &Outcome) -> String {
    let mut out = String::new();
    let head =
        format!("  {:NAME$} {:ANSWER$} {:ANSWER$} {:RULES$} {:>8}", "conversation", "without", "with", "rule", "added");
    line(&mut out, BOLD, &head);
    for row in &outcome.rows {
        let (mark, style) = if row.broken.is_none() { ("\u{2713}", GOOD) } else { ("\u{2717}", BAD) };
        let from = first_difference(&row.without, &row.with);
        let [without, with] = [&row.without, &row.with].map(|text| excerpt(text, from));
        let with_style = if row.broken.is_some() { BAD } else { Style::new() };
        let _ = writeln!(
            out,
            "{style}{mark}{style:#} {:NAME$} {FAINT}{without:ANSWER$}{FAINT:#} {with_style}{with:ANSWER$}{with_style:#} {:RULES$} {:>8}",
            fit(&name(row), NAME),
            fit(&rules(row), RULES),
            added(row.added_us),
        );
        if let Some(reason) = &row.broken {
            line(&mut out, BAD, &format!("  {}", fit(reason, 98)));
        }
    }
    let kept = outcome.rows.iter().filter(|row| row.broken.is_none()).count();
    let style = if outcome.is_kept() { GOOD } else { BAD };
    line(&mut out, style, &format!("\n{kept} of {} conversations went as promised", outcome.rows.len()));
    out
}

fn line(out: &mut String, style: Style, text: &str) {
    let _ = writeln!(out, "{style}{text}{style:#}");
}

/// The conversation and its surface; an arrow marks a stream.
fn name(row: &RowResult) -> String {
    format!("{}, {}{}", row.name, row.surface.label(), if row.streams { " \u{21dd}" } else { "" })
}

fn rules(row: &RowResult) -> String {
    match row.rules.as_slice() {
        [] => "\u{2013}".to_owned(),
        [only] => only.clone(),
        [first, rest @ ..] => format!("{first} +{}", rest.len()),
    }
}

fn added(us: i64) -> String {
    if us.abs() >= 10_000 { format!("{:+.1} ms", us as f64 / 1000.0) } else { format!("{us:+} \u{b5}s") }
}

/// Where two answers begin to differ, a little before it; 0 when they do not.
fn first_difference(a: &str, b: &str) -> usize {
    let common = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    if a == b || common < ANSWER { 0 } else { common.saturating_sub(6) }
}

/// A piece of an answer that fits its column, from the `from`th character on.
fn excerpt(text: &str, from: usize) -> String {
    let rest: String = text.chars().skip(from).collect();
    let lead = if from > 0 && !rest.is_empty() { "\u{2026}" } else { "" };
    fit(&format!("{lead}{rest}"), ANSWER)
}

/// `text` in at most `width` characters, control characters as symbols.
fn fit(text: &str, width: usize) -> String {
    let visible = |c: char| match c {
        '\n' | '\r' | '\t' => ' ',
        '\u{1b}' => '\u{241b}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    let mut fitted: String = text.chars().take(width).map(visible).collect();
    if text.chars().nth(width).is_some() {
        fitted.pop();
        fitted.push('\u{2026}');
    }
    fitted
}

#[cfg(test)]
mod tests {
    use super::super::conversation::Surface;
    use super::*;

    fn row(without: &str, with: &str, broken: Option<&str>) -> RowResult {
        RowResult {
            name: "a conversation with a long name",
            surface: Surface::Completions,
            streams: true,
            without: without.to_owned(),
            with: with.to_owned(),
            status: 200,
            rules: vec!["SE001".to_owned(), "SE002".to_owned()],
            added_us: 123,
            broken: broken.map(str::to_owned),
        }
    }

    #[test]
    fn rows_fit_into_a_hundred_columns_and_send_no_control_characters() {
        let outcome = Outcome { rows: vec![row(&"long ".repeat(40), "\u{1b}[31mred\u{7}", Some("because\nof this"))] };
        let plain = anstream::adapter::strip_str(&table(&outcome)).to_string();
        assert!(plain.lines().all(|line| line.chars().count() <= 100), "{plain}");
        assert!(plain.chars().all(|c| c == '\n' || !c.is_control()));
    }

    #[test]
    fn the_excerpt_shows_the_difference() {
        let before = "the same beginning for both, then ";
        let from = first_difference(&format!("{before}secret"), &format!("{before}[masked]"));
        assert_eq!(excerpt(&format!("{before}[masked]"), from), "\u{2026} then [masked]");
    }

    #[test]
    fn json_says_what_was_not_kept() {
        let outcome = Outcome { rows: vec![row("a", "b", Some("differs"))] };
        let value: serde_json::Value = serde_json::from_str(&json(&outcome)).unwrap();
        assert_eq!(value["kept"], false);
        assert_eq!(value["conversations"][0]["broken"], "differs");
    }
}
