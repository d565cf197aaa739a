//! `portcullis train adversarial`: attack the model, learn from what it missed, and keep the result only if it is better.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use guard::classifier::Model;
use learn::adversarial::{Effort, Round, harden};

use super::gate::{Figures, Limits, objections};
use super::{hash, read_data, read_rows, steps};
use crate::cli::Place;
use crate::cli::eval::{Line, of_prompts, read};
use crate::cli::output::{BAD, DIM, GOOD, STRONG, line};
use crate::config::Config;
use crate::proxy::evaluate::Evaluator;

/// Attack the model with changes of families that training may use, learn from those that got through and from the harmless
/// texts that look worst, calibrate, and compare.
///
/// The model is written only when it loses no more than half a point of recall, stops no more harmless texts than allowed,
/// and more attacks stand disguises of families that were never trained on. Else the exit code is 1.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folders with the training data; `injection/` is read.
    #[arg(long, required = true, value_name = "FOLDER")]
    from: Vec<PathBuf>,
    /// JSON lines of attacks and harmless texts that both models are compared on. Scores are calibrated on the harmless ones;
    /// nothing is learned from them.
    #[arg(long, required = true, value_name = "FILE")]
    held_out: Vec<PathBuf>,
    /// The model to begin with; the one that judges here, or the program's own.
    #[arg(long, value_name = "FILE")]
    base: Option<PathBuf>,
    /// The version of the new model.
    #[arg(long)]
    name: String,
    /// Where the new model goes.
    #[arg(long, default_value = "classifier.pcm", value_name = "FILE")]
    out: PathBuf,
    /// Rounds of attacking and learning.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=10), value_name = "N")]
    rounds: u8,
    /// Attacks that are changed in each round, and harmless texts that are looked at.
    #[arg(long, default_value_t = 4_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000), value_name = "N")]
    texts: u32,
    /// Changes of each attack.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u8).range(1..), value_name = "N")]
    tries: u8,
    /// The share of harmless texts that may be stopped.
    #[arg(long, default_value_t = 0.005, value_name = "SHARE")]
    stopped_max: f64,
    /// Attacks of each source that are disguised to compare.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000), value_name = "N")]
    disguised: u32,
    /// What all choices begin with.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Write both models' figures here, as JSON.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// Points of recall that may be lost.
const RECALL_LOSS: f64 = 0.005;

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<ExitCode> {
    let told = steps();
    let config = place.load_or_default()?;
    let base = match &args.base {
        None => place.model(&config)?,
        Some(path) => {
            let file = fs::read(path).with_context(|| format!("--base: {} cannot be read", path.display()))?;
            Arc::new(Model::read(&file).with_context(|| format!("--base: {}", path.display()))?)
        }
    };
    let data = read_data(&args.from)?;
    let held_out = read_rows(&args.held_out)?;
    let mut lines = Vec::new();
    for file in &args.held_out {
        lines.extend(read(file)?);
    }
    let has = |label: u8| lines.iter().any(|line| line.label == label);
    anyhow::ensure!(has(0) && has(1), "--held-out: there have to be attacks (label 1) and harmless texts (label 0)");
    let effort = Effort {
        rounds: usize::from(args.rounds),
        texts: args.texts as usize,
        tries: usize::from(args.tries),
        seed: args.seed,
        ..Effort::default()
    };
    let (file, rounds) = harden(&args.name, &base, (&data.rows, &held_out), effort, &told)?;
    let after = Arc::new(Model::read(&file)?);
    let before = measured(&config, base.clone(), &lines, args)?;
    told("measured the model as it was");
    let after = measured(&config, after, &lines, args)?;
    let limits = Limits { recall_loss: RECALL_LOSS, stopped_max: args.stopped_max };
    let objections = objections(&before, &after, limits);
    show(&before, &after)?;
    if let Some(path) = &args.report {
        let report = report(args, &base, (&before, &after), &rounds, &objections, &hash(&file));
        fs::write(path, serde_json::to_string_pretty(&report)?).with_context(|| path.display().to_string())?;
    }
    if !objections.is_empty() {
        objections.iter().try_for_each(|objection| line(format_args!("{BAD}not written{BAD:#}  {objection}")))?;
        return Ok(ExitCode::FAILURE);
    }
    fs::write(&args.out, &file).with_context(|| args.out.display().to_string())?;
    line(format_args!("{GOOD}{}{GOOD:#}  {} bytes, SHA-256 {}", args.out.display(), file.len(), hash(&file)))?;
    Ok(ExitCode::SUCCESS)
}

fn measured(config: &Config, model: Arc<Model>, lines: &[Line], args: &Args) -> anyhow::Result<Figures> {
    let evaluator = Evaluator::new(config, None, model)?;
    let (measured, robust) = of_prompts(&evaluator, lines, args.disguised as usize);
    Ok(Figures::of(&measured, robust.as_ref()))
}

fn show(before: &Figures, after: &Figures) -> anyhow::Result<()> {
    line(format_args!("\n{STRONG}{:<34} {:>9} {:>9}{STRONG:#}", "", "before", "after"))?;
    for ((name, before), (_, after)) in before.lines().into_iter().zip(after.lines()) {
        line(format_args!("{name:<34} {DIM}{before:>9}{DIM:#} {after:>9}"))?;
    }
    line("")
}

fn report(
    args: &Args,
    base: &Model,
    (before, after): (&Figures, &Figures),
    rounds: &[Round],
    objections: &[String],
    hash: &str,
) -> serde_json::Value {
    serde_json::json!({
        "version": args.name,
        "base": base.version(),
        "sha256": hash,
        "seed": args.seed,
        "rounds": rounds,
        "before": before,
        "after": after,
        "objections": objections,
    })
}
