//! `portcullis coverage`: what is inspected.

use std::process::ExitCode;

use super::output::{DIM, GOOD, STRONG, WARN, json_pretty, line};
use wire::{Direction, Treatment};

/// Print what is inspected: surface, field, plain or stream.
///
/// The matrix comes from the tables that the parsers themselves use. `inspected`: every rule of the policy looks at it.
/// `refused`: it cannot be inspected, so it does not pass while a policy is on. `structural`: names and numbers of the
/// protocol, inspected when they are more than a few letters. `derived`: bytes of a token, which have to be those of the
/// token beside them. `*` stands for every field that no table knows: it is inspected as text.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print the matrix as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let rows = wire::coverage();
    if args.json {
        json_pretty(&rows)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut surface = None;
    for row in &rows {
        if surface.replace(row.surface) != Some(row.surface) {
            line(format_args!("\n{STRONG}{}{STRONG:#}", row.surface.path()))?;
        }
        let (style, word) = match row.treatment {
            Treatment::Inspected => (GOOD, "inspected"),
            Treatment::Refused => (WARN, "refused"),
            Treatment::Structural => (DIM, "structural"),
            Treatment::Derived => (DIM, "derived"),
        };
        let direction = match row.direction {
            Direction::Request => "request",
            Direction::Answer => "answer",
            Direction::Stream => "stream",
        };
        line(format_args!("  {direction:<8} {style}{word:<10}{style:#} {}", row.field))?;
    }
    Ok(ExitCode::SUCCESS)
}
