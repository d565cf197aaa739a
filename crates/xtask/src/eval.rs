//! `cargo xtask eval`: what the default policy does to labelled texts, by source.
//!
//! Input: JSON lines with `text`, `label` (1 attack, 0 benign) and `source`. Output: a Markdown table, one row a source.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write as _};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context as _;
use portcullis::config::Config;
use portcullis::model::policy::config::{Action, Stage};
use portcullis::proxy::evaluate::Evaluator;
use serde::Deserialize;

/// Measure the detectors on labelled JSON lines.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files of JSON lines: {"text", "label", "source"}.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Write the benign rows that would be stopped to this file, to look at them.
    #[arg(long)]
    stopped: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
struct Row {
    text: String,
    label: u8,
    #[serde(default)]
    source: String,
}

#[derive(Debug, Default)]
struct Tally {
    rows: u64,
    blocked: u64,
    masked: u64,
    flagged: u64,
    bytes: u64,
    seconds: f64,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let config = Config::parse("", std::path::Path::new("default"))?;
    let evaluator = Evaluator::new(&config, None)?;
    let mut tallies: BTreeMap<(u8, String), Tally> = BTreeMap::new();
    let mut stopped = args.stopped.as_ref().map(File::create).transpose()?;
    for file in &args.files {
        let reader = BufReader::new(File::open(file).with_context(|| file.display().to_string())?);
        let rows: Vec<Row> =
            reader.lines().map(|line| Ok(serde_json::from_str(&line?)?)).collect::<anyhow::Result<_>>()?;
        // Patterns are compiled when a text first asks for them; what is measured is a gateway that has run for a while.
        rows.iter().for_each(|row| drop(evaluator.evaluate(&row.text, Stage::Input)));
        for row in rows {
            let begun = Instant::now();
            let evaluation = evaluator.evaluate(&row.text, Stage::Input);
            let tally = tallies.entry((row.label, row.source.clone())).or_default();
            tally.seconds += begun.elapsed().as_secs_f64();
            tally.count(evaluation.action, row.text.len());
            if let (0, Action::Block, Some(out)) = (row.label, evaluation.action, stopped.as_mut()) {
                let rules: Vec<_> = evaluation.findings.iter().map(|finding| (finding.rule, finding.score)).collect();
                writeln!(out, "{}", serde_json::json!({ "source": row.source, "rules": rules, "text": row.text }))?;
            }
        }
    }
    print(&tallies);
    Ok(())
}

impl Tally {
    fn count(&mut self, action: Action, bytes: usize) {
        self.rows += 1;
        self.bytes += bytes as u64;
        match action {
            Action::Allow => {}
            Action::Flag => self.flagged += 1,
            Action::Mask => self.masked += 1,
            Action::Review | Action::Block => self.blocked += 1,
        }
    }

    fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.blocked += other.blocked;
        self.masked += other.masked;
        self.flagged += other.flagged;
        self.bytes += other.bytes;
        self.seconds += other.seconds;
    }
}

fn print(tallies: &BTreeMap<(u8, String), Tally>) {
    for (label, title) in [(0, "Benign: wrongly stopped"), (1, "Attacks: stopped")] {
        println!(
            "\n### {title}\n\n| source | rows | blocked | masked | flagged | µs per KB |\n|---|---|---|---|---|---|"
        );
        let mut all = Tally::default();
        for ((_, source), tally) in tallies.iter().filter(|((of, _), _)| *of == label) {
            row(source, tally);
            all.add(tally);
        }
        row("**all**", &all);
    }
}

fn row(name: &str, tally: &Tally) {
    let share = |count: u64| format!("{:.2} %", 100.0 * count as f64 / tally.rows.max(1) as f64);
    println!(
        "| {name} | {} | {} | {} | {} | {:.1} |",
        tally.rows,
        share(tally.blocked),
        share(tally.masked),
        share(tally.flagged),
        tally.seconds * 1e6 / (tally.bytes.max(1) as f64 / 1024.0)
    );
}
