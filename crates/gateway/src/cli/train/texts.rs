//! `portcullis train texts`: what a head learns from, for who wants to teach something else with it.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use learn::recipe::rows;

use super::{HeadArg, read_data};
use crate::cli::output::{GOOD, line};

/// Write the texts that a head learns from: those of the data folders, those written by grammars, and those in disguise.
///
/// Out: JSON lines {"text", "label", "source", "hidden"}; label 1 is what the head looks for, hidden says that it is one
/// place in an otherwise harmless text. The same data makes the same lines.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folders with training data.
    #[arg(long, required = true, value_name = "FOLDER")]
    from: Vec<PathBuf>,
    /// Whose texts.
    #[arg(long, value_enum, default_value_t = HeadArg::Injection, value_name = "HEAD")]
    head: HeadArg,
    /// Where they go; a file that is there is not overwritten.
    #[arg(long, default_value = "texts.jsonl", value_name = "FILE")]
    out: PathBuf,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let head = args.head.head();
    let rows = rows(head, &read_data(&args.from)?.rows);
    // Texts may be of people who wrote to a gateway.
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&args.out);
    let mut file = BufWriter::new(file.with_context(|| format!("--out: {} cannot be made", args.out.display()))?);
    for row in &rows {
        let label = u8::from(row.labels[head as usize] == Some(true));
        let of_row =
            serde_json::json!({ "text": row.text, "label": label, "source": row.source, "hidden": row.is_hidden });
        writeln!(file, "{of_row}")?;
    }
    file.flush()?;
    line(format_args!("{GOOD}{}{GOOD:#}  {} lines", args.out.display(), rows.len()))?;
    Ok(ExitCode::SUCCESS)
}
