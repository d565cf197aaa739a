//! `portcullis eval`: what the detectors do to labelled texts, source by source.

mod answer;
mod chart;
pub mod endpoint;
mod figure;
mod page;
mod personal;
mod robust;

use std::fs;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context as _;
use guard::classifier::injection::RULE as EMBEDDED;
use guard::classifier::transformer::RULE as CL007;
use serde::Deserialize;

use super::Place;
use super::check::StageArg;
use super::output::{DIM, json_pretty, line};
use crate::model::policy::config::{Action, Stage};
use crate::model::transformer::config::{OnTimeout, TransformerConfig};
use crate::proxy::evaluate::{Evaluation, Evaluator};
use figure::Judged;
pub(super) use figure::Measured;
pub(super) use robust::{BUDGETS, Robust};

/// Measure the detectors on labelled texts.
///
/// In: JSON lines {"text", "label", "source"}; label 1 is an attack, or toxic. Out: for each source area under
/// the curve, recall at 1 % and 5 % false positives, what the policy stops and flags, calibration and latency, with intervals;
/// and how many attacks stand a budget of disguises that no training used.
///
/// For `--topic refusal`, in: answers with label 0 complies, 1 refuses, 2 refuses in part; out: precision, recall and F1 of
/// refusals against compliance by source, and what each kind of answer was taken for.
///
/// For `--topic pii`, in: {"text", "spans": [{"start", "end", "label"}]}, in bytes; out: precision, recall and F1 of each label
/// and of all, by all rules of `pii` and `entity`, whatever the policy.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Files of JSON lines.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// What the labels are about.
    #[arg(long, value_enum, default_value_t = TopicArg::Injection)]
    topic: TopicArg,
    /// Where the texts stand.
    #[arg(long, value_enum)]
    stage: Option<StageArg>,
    /// For personal data: measure this label alone. For toxicity: this category, with those below it. May be given again.
    #[arg(long, value_name = "LABEL")]
    only: Vec<String>,
    /// The policy to ask; the first one of the configuration, or the shipped default.
    #[arg(long)]
    policy: Option<String>,
    /// Attacks of each source that are disguised again and again. 0 leaves this out.
    #[arg(long, default_value_t = 60)]
    disguised: usize,
    /// Have the transformer in this folder judge every text, and measure it in the place of the embedded tier.
    #[arg(long, value_name = "FOLDER")]
    transformer: Option<PathBuf>,
    /// A label of the transformer that speaks of an attack, where its names do not say so; may be given again.
    #[arg(long, value_name = "LABEL", requires = "transformer")]
    attack_label: Vec<String>,
    /// Print JSON in the place of Markdown.
    #[arg(long)]
    json: bool,
    /// Write a chart of all sources.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Write the harmless texts that are stopped, to look at them.
    #[arg(long, value_name = "FILE")]
    stopped: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    Refusal(endpoint::Args),
}

/// What labels are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum TopicArg {
    /// Injections and jailbreaks.
    Injection,
    /// Hate, insults, threats, sexual content and self-harm.
    Toxicity,
    /// Refusals in answers.
    Refusal,
    /// Personal data: spans in the place of one label a text.
    Pii,
}

/// What is asked about each text.
#[derive(Debug, Clone, Copy)]
struct Asked<'a> {
    topic: TopicArg,
    stage: Stage,
    /// These categories alone; all that the topic has, when empty.
    only: &'a [String],
}

/// A labelled text.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Line {
    text: String,
    /// 1 for an attack.
    pub(super) label: u8,
    #[serde(default)]
    source: String,
}

impl TopicArg {
    /// Whether a score of this category counts.
    fn counts(self, category: &str) -> bool {
        match self {
            Self::Injection => category.starts_with("injection") || category.starts_with("jailbreak"),
            Self::Toxicity => category.starts_with("toxicity"),
            Self::Refusal => category.starts_with("refusal"),
            Self::Pii => category.starts_with("pii") || category.starts_with("entity"),
        }
    }

    /// The highest score that counts, of these categories or of all. Where the transformer judged, the embedded tier's does
    /// not.
    pub(super) fn score(self, evaluation: &Evaluation, only: &[String]) -> f32 {
        let settled = evaluation.scores.contains_key(CL007.category);
        let is_wanted = |category: &str| {
            let below = |name: &String| {
                category.split(['.', '/']).nth(1) == Some(name.as_str()) || category.ends_with(name.as_str())
            };
            only.is_empty() || only.iter().any(below)
        };
        let counts = |category: &str| {
            self.counts(category) && is_wanted(category) && !(settled && category == EMBEDDED.category)
        };
        let counted = evaluation.scores.iter().filter(|(category, _)| counts(category));
        counted.map(|(_, score)| *score).fold(0.0, f32::max)
    }
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<ExitCode> {
    if let Some(Verb::Refusal(args)) = &args.verb {
        return endpoint::run(place, args);
    }
    if args.topic == TopicArg::Pii {
        let outcome = personal::measure(&args.files, &args.only)?;
        if args.json {
            json_pretty(&outcome)?
        } else {
            line(personal::markdown(&outcome))?
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut config = place.load_or_default()?;
    if args.topic == TopicArg::Refusal {
        let outcome = answer::measure(&*place.model(&config)?, &args.files)?;
        if args.json {
            json_pretty(&outcome)?
        } else {
            line(answer::markdown(&outcome))?
        }
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(folder) = &args.transformer {
        config.transformer = Some(of_all(folder, args.attack_label.clone())?);
    }
    let evaluator = Evaluator::new(&config, args.policy.as_deref(), place.model(&config)?)?
        .with_transformer(place.transformer(&config)?);
    let stage = args.stage.map_or(Stage::Input, Into::into);
    let mut lines = Vec::new();
    for file in &args.files {
        lines.extend(read(file)?);
    }
    let asked = Asked { topic: args.topic, stage, only: &args.only };
    let judged = judge(&evaluator, asked, &lines);
    if let Some(path) = &args.stopped {
        write_stopped(path, &lines, &judged)?;
    }
    let (measured, robust) = figures(&evaluator, asked, &lines, &judged, args.disguised);
    if let Some(path) = &args.svg {
        fs::write(path, chart::draw(&measured)?).with_context(|| path.display().to_string())?;
    }
    if args.json {
        json_pretty(&serde_json::json!({ "measured": measured, "robust": robust }))?;
    } else {
        line(page::markdown(&measured, &robust))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A transformer that is asked about every text, with time enough.
fn of_all(folder: &Path, attack_labels: Vec<String>) -> anyhow::Result<TransformerConfig> {
    Ok(TransformerConfig {
        path: folder.to_owned(),
        sha256: transformer::pin(folder).with_context(|| folder.display().to_string())?,
        attack_labels,
        temperature: 1.0,
        escalate: [0.0, 1.0],
        budget_ms: 60_000,
        on_timeout: OnTimeout::Embedded,
        queue_max: 1,
        threads: 1,
    })
}

/// The figures of prompts: attacks and harmless texts, and so many attacks of each source in disguise.
pub(super) fn of_prompts(evaluator: &Evaluator, lines: &[Line], disguised: usize) -> (Measured, Option<Robust>) {
    let asked = Asked { topic: TopicArg::Injection, stage: Stage::Input, only: &[] };
    let judged = judge(evaluator, asked, lines);
    figures(evaluator, asked, lines, &judged, disguised)
}

fn figures(
    evaluator: &Evaluator,
    Asked { topic, stage, only }: Asked<'_>,
    lines: &[Line],
    judged: &[Judged],
    disguised: usize,
) -> (Measured, Option<Robust>) {
    let measured = Measured::of(judged);
    let score = |text: &str| topic.score(&evaluator.evaluate(text, stage), only);
    let robust = robust::measure(&lines_of(lines), &measured, disguised, score);
    (measured, robust)
}

/// Reads labelled texts.
pub(super) fn read(file: &PathBuf) -> anyhow::Result<Vec<Line>> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = |(at, line): (usize, &str)| {
        serde_json::from_str(line).with_context(|| format!("{}, line {}", file.display(), at + 1))
    };
    lines.map(read).collect()
}

/// Judges every text twice: patterns are compiled when a text first asks for them, and what is measured is a gateway that
/// has run for a while.
fn judge(evaluator: &Evaluator, Asked { topic, stage, only }: Asked<'_>, lines: &[Line]) -> Vec<Judged> {
    lines.iter().for_each(|line| drop(evaluator.evaluate(&line.text, stage)));
    let judge = |line: &Line| {
        let begun = Instant::now();
        let evaluation = evaluator.evaluate(&line.text, stage);
        Judged {
            source: line.source.clone(),
            label: line.label == 1,
            score: topic.score(&evaluation, only),
            is_stopped: evaluation.action >= Action::Review,
            is_flagged: evaluation.action == Action::Flag,
            bytes: line.text.len(),
            us: begun.elapsed().as_secs_f64() * 1e6,
        }
    };
    lines.iter().map(judge).collect()
}

fn lines_of(lines: &[Line]) -> Vec<(&str, &str)> {
    lines.iter().filter(|line| line.label == 1).map(|line| (line.source.as_str(), line.text.as_str())).collect()
}

/// A new file that its owner alone reads, for it holds answers.
fn create(path: &PathBuf) -> anyhow::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(path);
    file.with_context(|| format!("{} cannot be written", path.display()))
}

fn write_stopped(path: &PathBuf, lines: &[Line], judged: &[Judged]) -> anyhow::Result<()> {
    let stopped = lines.iter().zip(judged).filter(|(_, judged)| !judged.label && judged.is_stopped);
    let rows = stopped.map(|(line, judged)| {
        serde_json::json!({ "source": line.source, "score": judged.score, "text": line.text }).to_string()
    });
    fs::write(path, rows.collect::<Vec<_>>().join("\n")).with_context(|| path.display().to_string())?;
    line(format_args!("{DIM}stopped harmless texts are in {}{DIM:#}", path.display()))
}
