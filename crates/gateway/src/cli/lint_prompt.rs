//! `portcullis lint-prompt`: what a system prompt leaves open.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use super::output::{BAD, DIM, GOOD, STRONG, WARN, json_pretty, line};
use crate::input::lint::{self, Report};

/// Look at a system prompt, and say what it lacks and what it should not have.
///
/// Points from 0 to 100. The exit code is 1 below `--min`. It reads words: a model can still be talked out of a prompt with
/// all points, so keep the rules of a policy.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The file with the prompt. `-` or nothing reads standard input.
    file: Option<PathBuf>,
    /// Fewer points than this are a failure.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100), value_name = "POINTS")]
    min: u32,
    /// Print the findings as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let prompt = match args.file.as_deref() {
        Some(file) if file.as_os_str() != "-" => {
            std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?
        }
        _ => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
            text
        }
    };
    anyhow::ensure!(!prompt.trim().is_empty(), "the prompt is empty: give a file, or text on standard input");
    let report = lint::lint(&prompt);
    if args.json {
        json_pretty(&report)?;
    } else {
        show(&prompt, &report)?;
    }
    Ok(if report.points < args.min { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn show(prompt: &str, report: &Report) -> anyhow::Result<()> {
    let style = match report.points {
        80.. => GOOD,
        50..80 => WARN,
        _ => BAD,
    };
    line(format_args!("{style}{} of 100 points{style:#}", report.points))?;
    for finding in &report.findings {
        let place = finding.span.as_ref().map(|span| {
            let before = &prompt[..span.start];
            format!(" (line {})", before.matches('\n').count() + 1)
        });
        let (check, points) = (finding.check, finding.points);
        line(format_args!("\n{STRONG}{check}{STRONG:#}  −{points}  {}{}", finding.problem, place.unwrap_or_default()))?;
        line(format_args!("  {DIM}{}{DIM:#}", finding.advice))?;
    }
    Ok(())
}
