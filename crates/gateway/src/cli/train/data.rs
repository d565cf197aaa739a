//! `portcullis train data`: data to fine-tune a model with, from cases, campaigns and written examples.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use learn::tune::set::Set;
use learn::tune::{Example, Form, case, write};

use super::hash;
use super::scrub::Scrubber;
use crate::cli::Place;
use crate::cli::output::{DIM, GOOD, line};

/// Make data that teaches a model to refuse what it should and nothing else.
///
/// Writes chat lines (`sft-train.jsonl`, `sft-valid.jsonl`), pairs of a better and a worse answer (`dpo-train.jsonl`,
/// `dpo-valid.jsonl`) and `card.md`. Personal data and credentials are replaced by their kind, what cannot be learned from is left out, and
/// prompts that are nearly alike are on one side of the split. The same input and seed make the same files.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder to write to; it must not hold such data already.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Decided cases: JSON lines {"prompt", "verdict": "refuse" or "answer", "system", "answer", "better"}.
    #[arg(long, value_name = "FILE")]
    cases: Vec<PathBuf>,
    /// What `portcullis redteam --json` wrote: prompts that got through are taught to be refused.
    #[arg(long, value_name = "FILE")]
    redteam: Vec<PathBuf>,
    /// Harmful requests that are written, with refusals. Many more of them than of answers make a model that refuses everything.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(..=100_000), value_name = "N")]
    refuse: u32,
    /// Questions that only sound harmful, with answers and, to unlearn, refusals; at most sixty there are.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(..=100_000), value_name = "N")]
    answer: u32,
    /// Documents with an order in them: the answer to the task, and to unlearn the answer to the order.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(..=100_000), value_name = "N")]
    injected: u32,
    /// How pairs are written.
    #[arg(long, value_enum, default_value_t = FormArg::Trl)]
    form: FormArg,
    /// The share of groups of like prompts that is kept to measure on.
    #[arg(long, default_value_t = 0.1, value_parser = share, value_name = "SHARE")]
    valid: f64,
    /// What all choices begin with.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
}

/// How pairs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum FormArg {
    /// `prompt`, `chosen`, `rejected`.
    Trl,
    /// `input`, `preferred_output`, `non_preferred_output`.
    Openai,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok().filter(|share| (0.0..=0.9).contains(share));
    share.ok_or_else(|| "not a number from 0 to 0.9".to_owned())
}

/// What was read, to name it in the card.
#[derive(Default)]
struct Inputs {
    files: Vec<(String, String)>,
    examples: Vec<Example>,
    mute: usize,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<ExitCode> {
    let mut inputs = read(place, args)?;
    let (mut hidden, mut replaced) = (0, 0);
    let scrubber = Scrubber::new();
    inputs.examples.retain_mut(|example| match scrubber.clean(example) {
        Ok(places) => {
            replaced += places;
            true
        }
        Err(_) => {
            hidden += 1;
            false
        }
    });
    let mut set = Set::of(std::mem::take(&mut inputs.examples), args.valid, args.seed);
    for (reason, count) in [
        ("a personal datum or a credential is hidden in it", hidden),
        ("nobody said what the right answer is", inputs.mute),
    ] {
        if count > 0 {
            set.left_out.insert(reason, count);
        }
    }
    anyhow::ensure!(!set.train.is_empty(), "nothing is left to learn from: {:?}", set.left_out);
    let outputs = write_set(args, &set)?;
    let card = card(args, &inputs, &set, replaced, &outputs);
    write_new(&args.out.join("card.md"), &card)?;
    for (name, text) in &outputs {
        line(format_args!("{GOOD}{:<16}{GOOD:#} {} lines", name, text.lines().count()))?;
    }
    for (reason, count) in &set.left_out {
        line(format_args!("{DIM}left out: {count}, {reason}{DIM:#}"))?;
    }
    line(format_args!("{DIM}card in {}{DIM:#}", args.out.join("card.md").display()))?;
    Ok(ExitCode::SUCCESS)
}

fn read(place: &Place, args: &Args) -> anyhow::Result<Inputs> {
    let mut inputs = Inputs::default();
    let model = place.model(&place.load_or_default()?)?;
    for path in &args.cases {
        let text = read_file("--cases", path, &mut inputs)?;
        let read = case::cases(&model, &text);
        let read = read
            .map_err(|wrong| anyhow::anyhow!("--cases: {}, line {}: {}", path.display(), wrong.line, wrong.reason))?;
        inputs.examples.extend(read.examples);
        inputs.mute += read.mute;
    }
    for path in &args.redteam {
        let text = read_file("--redteam", path, &mut inputs)?;
        let read = case::campaign(&text);
        let read = read.map_err(|wrong| {
            anyhow::anyhow!("--redteam: {} is no report of a campaign: {}", path.display(), wrong.reason)
        })?;
        inputs.examples.extend(read);
    }
    inputs.examples.extend(write::refuse(args.refuse as usize, args.seed));
    inputs.examples.extend(write::answer(args.answer as usize, args.seed));
    inputs.examples.extend(write::stay(args.injected as usize, args.seed));
    Ok(inputs)
}

fn read_file(option: &str, path: &Path, inputs: &mut Inputs) -> anyhow::Result<String> {
    let text = fs::read_to_string(path).with_context(|| format!("{option}: {} cannot be read", path.display()))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    inputs.files.push((name, hash(text.as_bytes())));
    Ok(text)
}

/// Files by name.
type Outputs = Vec<(&'static str, String)>;

fn write_set(args: &Args, set: &Set) -> anyhow::Result<Outputs> {
    let form = match args.form {
        FormArg::Trl => Form::Trl,
        FormArg::Openai => Form::OpenAi,
    };
    let chat = |examples: &[Example]| examples.iter().map(|example| example.chat() + "\n").collect::<String>();
    let pairs = |examples: &[Example]| {
        examples.iter().filter_map(|example| example.preference(form)).map(|line| line + "\n").collect::<String>()
    };
    let outputs = vec![
        ("sft-train.jsonl", chat(&set.train)),
        ("sft-valid.jsonl", chat(&set.valid)),
        ("dpo-train.jsonl", pairs(&set.train)),
        ("dpo-valid.jsonl", pairs(&set.valid)),
    ];
    fs::create_dir_all(&args.out).with_context(|| format!("--out: {}", args.out.display()))?;
    for (name, text) in &outputs {
        write_new(&args.out.join(name), text)?;
    }
    Ok(outputs)
}

/// Prompts are nobody's business but the owner's; what is there is not overwritten.
fn write_new(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut options = fs::OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    let mut file = file.with_context(|| format!("--out: {} cannot be made", path.display()))?;
    Ok(file.write_all(text.as_bytes())?)
}

fn card(args: &Args, inputs: &Inputs, set: &Set, replaced: usize, outputs: &Outputs) -> String {
    let mut counts: BTreeMap<(&str, &str), [usize; 3]> = BTreeMap::new();
    for (part, examples) in [(0, &set.train), (1, &set.valid)] {
        for example in examples {
            let count = counts.entry((example.source, example.lesson.name())).or_default();
            count[part] += 1;
            count[2] += usize::from(example.rejected.is_some());
        }
    }
    let mut out = format!(
        "# Data to teach a model what to refuse\n\nMade by `portcullis train data` {}, seed {}. {} groups of prompts that are nearly alike; a group is on one \
         side of the split. {replaced} personal data and credentials were replaced by their kind.\n\n\
         | source | teaches to | to learn | to measure | of these with a worse answer |\n|---|---|---|---|---|\n",
        env!("CARGO_PKG_VERSION"),
        args.seed,
        set.clusters
    );
    for ((source, lesson), [train, valid, pairs]) in counts {
        let _ = writeln!(out, "| {source} | {lesson} | {train} | {valid} | {pairs} |");
    }
    out.push_str("\n| file | SHA-256 |\n|---|---|\n");
    let made = outputs.iter().map(|(name, text)| ((*name).to_owned(), hash(text.as_bytes())));
    for (name, hash) in inputs.files.iter().cloned().chain(made) {
        let _ = writeln!(out, "| {name} | `{hash}` |");
    }
    for (reason, count) in &set.left_out {
        let _ = write!(out, "\nLeft out: {count}, {reason}.");
    }
    out.push_str(
        "\n\nWhat is written is English and from few patterns: enough to move a small model, no substitute for cases of your own. Prompts of \
         a campaign and of cases belong to whoever wrote them; see that you may train on them.\n",
    );
    out
}
