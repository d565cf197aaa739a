//! Counts words in ordinary text, for the table that anchors are chosen by (`guard/src/scan/words.txt`).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use anyhow::Context;
use serde::Deserialize;

/// Text of one source that counts: no source is to speak for all.
const BYTES_A_SOURCE: usize = 600_000;
/// Rarer words are as good as unknown: a million words have so many of them.
const LEAST_PER_MILLION: u64 = 40;
const TABLE: &str = "crates/guard/src/scan/words.txt";

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// JSON lines: {"text", "label", "source"}; only texts with the label 0 count.
    files: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct Line {
    text: String,
    label: u8,
    source: String,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let (mut counts, mut read) = (BTreeMap::<String, u64>::new(), BTreeMap::<String, usize>::new());
    for file in &args.files {
        let open = std::fs::File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
        for (number, line) in BufReader::new(open).lines().enumerate() {
            let line: Line = serde_json::from_str(&line?)
                .with_context(|| format!("{}:{}: is no labelled text", file.display(), number + 1))?;
            let of_source = read.entry(line.source).or_default();
            if line.label != 0 || *of_source > BYTES_A_SOURCE {
                continue;
            }
            *of_source += line.text.len();
            for word in line.text.split(|letter: char| !letter.is_ascii_alphabetic()).filter(|word| !word.is_empty()) {
                *counts.entry(word.to_ascii_lowercase()).or_default() += 1;
            }
        }
    }
    let all: u64 = counts.values().sum();
    let mut table = String::new();
    for (word, count) in &counts {
        let per_million = count * 1_000_000 / all.max(1);
        if per_million >= LEAST_PER_MILLION {
            writeln!(table, "{word} {per_million}")?;
        }
    }
    std::fs::write(TABLE, &table)?;
    println!("{TABLE}: {} words, from {} sources with {all} words", table.lines().count(), read.len());
    Ok(())
}
