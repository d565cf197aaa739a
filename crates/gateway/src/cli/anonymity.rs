//! `portcullis anonymity`: how well the records of an export hide among each other.

use std::io::{BufRead as _, BufReader, Read};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use super::output::{BAD, DIM, GOOD, STRONG, json_pretty, line};
use crate::data::pii::anonymity::{Records, Report};

/// Longer lines are no records.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// Count how many records of an export share the values by which somebody may be known: k-anonymity and l-diversity.
///
/// Reads JSON lines. Name with `--by` what a stranger may know (age, postcode, sex, date), with `--sensitive` what a stranger must not
/// learn. The exit code is 1 where the smallest class has fewer than `--k` records, or no record has a field that was named. To raise k, generalize (`mask = "generalize"`) or
/// leave fields out; the report says what leaving out each of them would bring.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The file with a JSON object a line. `-` or nothing reads standard input.
    file: Option<PathBuf>,
    /// Fields by which somebody may be known; `a.b` is a field in a field.
    #[arg(long, required = true, value_delimiter = ',', value_name = "FIELD,…")]
    by: Vec<String>,
    /// Fields that must not be known.
    #[arg(long, value_delimiter = ',', value_name = "FIELD,…")]
    sensitive: Vec<String>,
    /// The smallest class that is large enough.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(2..), value_name = "RECORDS")]
    k: u64,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let source: Box<dyn Read> = match args.file.as_deref() {
        Some(file) if file.as_os_str() != "-" => {
            Box::new(std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?)
        }
        _ => Box::new(std::io::stdin()),
    };
    let mut records = Records::new(args.by.clone(), args.sensitive.clone());
    let mut reader = BufReader::new(source);
    let mut text = String::new();
    for number in 1_u64.. {
        text.clear();
        let read = reader.by_ref().take(LINE_BYTES_MAX + 1).read_line(&mut text);
        if read.with_context(|| format!("cannot read line {number}"))? == 0 {
            break;
        }
        anyhow::ensure!(text.len() as u64 <= LINE_BYTES_MAX, "line {number}: longer than 1 MiB");
        if text.trim().is_empty() {
            continue;
        }
        let record = serde_json::from_str(&text).with_context(|| format!("line {number}: no JSON"))?;
        records.add(&record).map_err(|unusable| anyhow::anyhow!("line {number}: {unusable}"))?;
    }
    let report = records.report(args.k);
    anyhow::ensure!(report.records > 0, "there are no records: give a file with a JSON object a line");
    if args.json {
        json_pretty(&report)?;
    } else {
        show(args, &report)?;
    }
    // A field that nobody has hides a misspelled one that everybody has.
    let is_enough = report.k >= args.k && report.unknown_fields.is_empty();
    Ok(if is_enough { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show(args: &Args, report: &Report) -> anyhow::Result<()> {
    let style = if report.k < args.k { BAD } else { GOOD };
    line(format_args!("{style}k = {}{style:#}  {} records in {} classes", report.k, report.records, report.classes))?;
    if report.records_below > 0 {
        let share = report.records_below as f64 * 100.0 / report.records as f64;
        line(format_args!("{} records ({share:.1} %) in classes of fewer than {}", report.records_below, args.k))?;
    }
    for field in &report.unknown_fields {
        line(format_args!("{BAD}no record has the field `{field}`{BAD:#}"))?;
    }
    for (field, l) in &report.l {
        line(format_args!("l = {l}  values of `{field}` in the class with the fewest"))?;
    }
    line(format_args!("\n{STRONG}k without a field{STRONG:#}"))?;
    for (field, k) in &report.k_without {
        line(format_args!("  {k:>6}  {field}"))?;
    }
    line(format_args!("\n{STRONG}the smallest classes{STRONG:#}"))?;
    for small in &report.smallest {
        let values: Vec<String> = small.values.iter().map(|(field, value)| format!("{field}={value}")).collect();
        line(format_args!("  {:>6}  {DIM}{}{DIM:#}", small.records, values.join(" ")))?;
    }
    Ok(())
}
