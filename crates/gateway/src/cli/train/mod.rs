//! `portcullis train`: a model for the learned tier, from labelled texts.

mod adversarial;
mod gate;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context as _;
use aws_lc_rs::digest;
use guard::classifier::Head;
use learn::pack::assemble;
use learn::recipe::learn;
use learn::row::{Row, Topic};

use super::Place;
use super::output::{DIM, GOOD, line};
use crate::model::classifier::card::card;
use crate::model::classifier::data::{Data, read_file};

/// Train a model for the learned rules (CL001 to CL006).
///
/// Reads `injection/`, `toxicity/` and `refusal/` of each data folder. The same data makes the same file. `portcullis
/// model add FILE` puts it on the shelf, `portcullis model use VERSION` has it judge.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    new: New,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    Adversarial(adversarial::Args),
}

/// A model from nothing.
#[derive(Debug, clap::Args)]
struct New {
    /// Folders with training data.
    #[arg(long, required = true)]
    from: Vec<PathBuf>,
    /// JSON lines whose harmless prompts scores are calibrated on; nothing is learned from them.
    #[arg(long)]
    held_out: Vec<PathBuf>,
    /// The version of the model, which stands in the file: letters, digits, dots and hyphens.
    #[arg(long, required = true)]
    name: Option<String>,
    /// Where the model goes.
    #[arg(long, default_value = "classifier.pcm")]
    out: PathBuf,
    /// Where its card goes.
    #[arg(long, default_value = "card.md")]
    card: PathBuf,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<ExitCode> {
    match &args.verb {
        Some(Verb::Adversarial(args)) => adversarial::run(place, args),
        None => new(&args.new),
    }
}

fn new(args: &New) -> anyhow::Result<ExitCode> {
    let name = args.name.as_deref().unwrap_or_default();
    let told = steps();
    let data = read_data(&args.from)?;
    let held_out = read_rows(&args.held_out)?;
    let heads: Vec<_> = Head::ALL.into_iter().map(|head| learn(head, &data.rows, &held_out, &told)).collect();
    let file = assemble(name, &heads)?;
    fs::write(&args.out, &file).with_context(|| args.out.display().to_string())?;
    let card = card(name, &data, &heads, &hash(&file));
    fs::write(&args.card, card).with_context(|| args.card.display().to_string())?;
    line(format_args!("{GOOD}{}{GOOD:#}  {} bytes, card in {}", args.out.display(), file.len(), args.card.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Tells of a step, with the time since now.
fn steps() -> impl Fn(&str) + Sync {
    let begun = Instant::now();
    move |step: &str| {
        let _ = line(format_args!("{DIM}{:>5.1} s{DIM:#}  {step}", begun.elapsed().as_secs_f64()));
    }
}

fn read_data(folders: &[PathBuf]) -> anyhow::Result<Data> {
    let mut data = Data::default();
    for folder in folders {
        data.read(folder)?;
    }
    anyhow::ensure!(!data.rows.is_empty(), "no texts in injection/, toxicity/ or refusal/ of the data folders");
    Ok(data)
}

fn read_rows(files: &[PathBuf]) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for file in files {
        rows.extend(read_file(file, Topic::Injection)?.0);
    }
    Ok(rows)
}

fn hash(file: &[u8]) -> String {
    digest::digest(&digest::SHA256, file).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
