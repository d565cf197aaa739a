//! `portcullis train`: a model for the learned tier, from labelled texts.

mod adversarial;
mod data;
mod gate;
mod scrub;
pub mod submit;
mod texts;
pub mod tuning;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use aws_lc_rs::digest;
use guard::classifier::{Head, Model};
use learn::pack::{assemble, replaced};
use learn::recipe::{Learned, learn};
use learn::row::{Row, Topic};

use super::Place;
use super::output::{DIM, GOOD, line};
use crate::model::classifier::card::card;
use crate::model::classifier::data::{Data, read_file};

/// Train a model for the learned rules (CL001 to CL006, CL008 to CL010).
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
    Data(data::Args),
    Submit(submit::Args),
    Texts(texts::Args),
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
    /// Learn this head alone, and take the others from the model that judges here; may be given again.
    #[arg(long, value_enum, value_name = "HEAD")]
    head: Vec<HeadArg>,
    /// Where the model goes.
    #[arg(long, default_value = "classifier.pcm")]
    out: PathBuf,
    /// Where its card goes.
    #[arg(long, default_value = "card.md")]
    card: PathBuf,
}

/// A head, on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum HeadArg {
    Injection,
    Hate,
    Harassment,
    Threat,
    Refusal,
    Sexual,
    SelfHarm,
}

impl HeadArg {
    const fn head(self) -> Head {
        match self {
            Self::Injection => Head::Injection,
            Self::Hate => Head::Hate,
            Self::Harassment => Head::Harassment,
            Self::Threat => Head::Threat,
            Self::Refusal => Head::Refusal,
            Self::Sexual => Head::Sexual,
            Self::SelfHarm => Head::SelfHarm,
        }
    }
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<ExitCode> {
    match &args.verb {
        Some(Verb::Adversarial(args)) => adversarial::run(place, args),
        Some(Verb::Data(args)) => data::run(place, args),
        Some(Verb::Submit(args)) => submit::run(place, args),
        Some(Verb::Texts(args)) => texts::run(args),
        None => new(place, &args.new),
    }
}

fn new(place: &Place, args: &New) -> anyhow::Result<ExitCode> {
    let name = args.name.as_deref().unwrap_or_default();
    let told = steps();
    let data = read_data(&args.from)?;
    let held_out = read_rows(&args.held_out)?;
    let chosen = |head: &Head| args.head.is_empty() || args.head.iter().any(|chosen| chosen.head() == *head);
    let wanted = Head::ALL.into_iter().filter(chosen);
    let heads: Vec<_> = wanted.map(|head| learn(head, &data.rows, &held_out, &told)).collect();
    let file = packed(place, name, &heads)?;
    fs::write(&args.out, &file).with_context(|| args.out.display().to_string())?;
    let card = card(name, &data, &heads, &hash(&file));
    fs::write(&args.card, card).with_context(|| args.card.display().to_string())?;
    line(format_args!("{GOOD}{}{GOOD:#}  {} bytes, card in {}", args.out.display(), file.len(), args.card.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// The file of a model with these heads, and those of the model that judges here for the others.
fn packed(place: &Place, name: &str, heads: &[Learned]) -> anyhow::Result<Vec<u8>> {
    if heads.len() == Head::ALL.len() {
        return Ok(assemble(name, heads)?);
    }
    let mut base = place.model(&place.load_or_default()?)?;
    let mut file = Vec::new();
    for Learned { head, weights, calibration, .. } in heads {
        file = replaced(name, &base, *head, weights, *calibration)?;
        base = Arc::new(Model::read(&file)?);
    }
    Ok(file)
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
