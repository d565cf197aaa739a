//! `portcullis train`: a model for the learned tier, from labelled texts.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context as _;
use aws_lc_rs::digest;
use guard::classifier::Head;
use learn::recipe::{assemble, learn};
use learn::row::Topic;

use super::output::{DIM, GOOD, line};
use crate::model::classifier::card::card;
use crate::model::classifier::data::{Data, read_file};

/// Train a model for the learned rules (CL001 to CL006).
///
/// Reads `injection/`, `toxicity/` and `refusal/` of each data folder. The same data makes the same file. `portcullis
/// model add FILE` puts it on the shelf, `portcullis model use VERSION` has it judge.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folders with training data.
    #[arg(long, required = true)]
    from: Vec<PathBuf>,
    /// JSON lines whose harmless prompts scores are calibrated on; nothing is learned from them.
    #[arg(long)]
    held_out: Vec<PathBuf>,
    /// The version of the model, which stands in the file: letters, digits, dots and hyphens.
    #[arg(long)]
    name: String,
    /// Where the model goes.
    #[arg(long, default_value = "classifier.pcm")]
    out: PathBuf,
    /// Where its card goes.
    #[arg(long, default_value = "card.md")]
    card: PathBuf,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let begun = Instant::now();
    let mut data = Data::default();
    for folder in &args.from {
        data.read(folder)?;
    }
    anyhow::ensure!(!data.rows.is_empty(), "no texts in injection/, toxicity/ or refusal/ of the data folders");
    let mut held_out = Vec::new();
    for file in &args.held_out {
        held_out.extend(read_file(file, Topic::Injection)?.0);
    }
    let told = |step: &str| {
        let _ = line(format_args!("{DIM}{:>5.1} s{DIM:#}  {step}", begun.elapsed().as_secs_f64()));
    };
    let heads: Vec<_> = Head::ALL.into_iter().map(|head| learn(head, &data.rows, &held_out, &told)).collect();
    let file = assemble(&args.name, &heads)?;
    let hash: String =
        digest::digest(&digest::SHA256, &file).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    fs::write(&args.out, &file).with_context(|| args.out.display().to_string())?;
    fs::write(&args.card, card(&args.name, &data, &heads, &hash)).with_context(|| args.card.display().to_string())?;
    line(format_args!("{GOOD}{}{GOOD:#}  {} bytes, card in {}", args.out.display(), file.len(), args.card.display()))?;
    Ok(ExitCode::SUCCESS)
}
