//! `portcullis train submit`: hands data to an OpenAI-compatible fine-tuning API, and says how it goes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;

use super::tuning::{Job, Method, Order, Tuning, shown};
use crate::cli::output::{BAD, DIM, GOOD, line};
use crate::cli::redteam::target::Door;
use crate::cli::{Place, block_on};
use crate::infra::secrets::SecretRef;

/// Send data that `train data` made to a fine-tuning API, and wait for the model.
///
/// Uploads the files, begins a job, and tells of its events until it ends; the exit code is 1 when it fails. Ctrl-C leaves the job
/// running: `--job ID` watches it again. For pairs at OpenAI, make the data with `--form openai`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder that `train data` wrote.
    #[arg(required_unless_present = "job", value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// The base URL of the API, as an SDK takes it (`https://…/v1`).
    #[arg(long, value_name = "URL")]
    target: String,
    /// The model to begin with.
    #[arg(long, value_name = "NAME", required_unless_present = "job")]
    model: Option<String>,
    /// What is learned from.
    #[arg(long, value_enum, default_value_t = MethodArg::Sft)]
    method: MethodArg,
    /// A part of the new model's name.
    #[arg(long, value_name = "NAME")]
    suffix: Option<String>,
    /// The environment variable with the key of the API.
    #[arg(long, value_name = "VAR")]
    key_env: Option<String>,
    /// Watch this job, and begin none.
    #[arg(long, value_name = "ID", conflicts_with_all = ["data", "model", "suffix"])]
    job: Option<String>,
    /// Begin the job and do not wait for it.
    #[arg(long, conflicts_with = "job")]
    detach: bool,
    /// Seconds between two looks at the job.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3_600), value_name = "SECONDS")]
    every_s: u64,
    /// How long an answer of the API may take, in seconds.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=3_600), value_name = "SECONDS")]
    timeout_s: u64,
    /// Send data to another machine without TLS.
    #[arg(long)]
    danger_plaintext: bool,
}

/// What is learned from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum MethodArg {
    /// Conversations.
    Sft,
    /// Pairs of a better and a worse answer.
    Dpo,
}

/// A larger file is not sent.
const FILE_BYTES_MAX: u64 = 512 << 20;

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<ExitCode> {
    let config = place.load_or_default()?;
    let key = args.key_env.clone().map(|name| SecretRef::Env(name).resolve().context("--key-env")).transpose()?;
    let door = Door { key, timeout_s: args.timeout_s, is_plaintext_allowed: args.danger_plaintext };
    let tuning = Tuning::new(&args.target, door, &config.egress).context("--target")?;
    block_on(1, submit(&tuning, args))
}

async fn submit(tuning: &Tuning, args: &Args) -> anyhow::Result<ExitCode> {
    let job = match (&args.job, &args.data) {
        (Some(id), _) => tuning.job(id).await?,
        (None, Some(folder)) => begin(tuning, folder, args).await?,
        (None, None) => anyhow::bail!("which data? Give the folder that `portcullis train data` wrote, or --job ID"),
    };
    line(format_args!("{GOOD}{}{GOOD:#}  {}", shown(&job.id), shown(&job.status)))?;
    if args.detach {
        return Ok(ExitCode::SUCCESS);
    }
    let told = |text: &str| line(format_args!("{DIM}{}{DIM:#}", shown(text)));
    let job = watch(tuning, job, Duration::from_secs(args.every_s), told).await?;
    match (job.status.as_str(), &job.fine_tuned_model) {
        ("succeeded", Some(model)) => {
            line(format_args!("{GOOD}succeeded{GOOD:#}  {}", shown(model)))?;
            Ok(ExitCode::SUCCESS)
        }
        (status, _) => {
            let why = job.error.and_then(|failure| failure.message).unwrap_or_default();
            line(format_args!("{BAD}{}{BAD:#}  {}", shown(status), shown(&why)))?;
            Ok(ExitCode::FAILURE)
        }
    }
}

async fn begin(tuning: &Tuning, folder: &Path, args: &Args) -> anyhow::Result<Job> {
    let (method, kind) = match args.method {
        MethodArg::Sft => (Method::Supervised, "sft"),
        MethodArg::Dpo => (Method::Dpo, "dpo"),
    };
    let train = upload(tuning, folder, &format!("{kind}-train.jsonl")).await?;
    let train = train.with_context(|| format!("{kind}-train.jsonl in {} is empty", folder.display()))?;
    let valid = upload(tuning, folder, &format!("{kind}-valid.jsonl")).await?;
    let model = args.model.clone().unwrap_or_default();
    tuning.begin(&Order { model, method, train, valid, suffix: args.suffix.clone() }).await
}

/// Sends a file; an empty one is not sent.
async fn upload(tuning: &Tuning, folder: &Path, name: &str) -> anyhow::Result<Option<String>> {
    let path = folder.join(name);
    let bytes = fs::metadata(&path).with_context(|| path.display().to_string())?.len();
    anyhow::ensure!(bytes <= FILE_BYTES_MAX, "{}: larger than 512 MiB", path.display());
    if bytes == 0 {
        return Ok(None);
    }
    let content = fs::read(&path).with_context(|| path.display().to_string())?;
    let id = tuning.upload(name, &content).await.with_context(|| path.display().to_string())?;
    line(format_args!("{DIM}{name}  {bytes} bytes, {id}{DIM:#}"))?;
    Ok(Some(id))
}

/// Looks at a job until it ends, and tells of each event once. A look that fails is repeated a few times.
///
/// # Errors
/// When the API cannot be asked any more.
pub async fn watch(
    tuning: &Tuning,
    mut job: Job,
    every: Duration,
    mut told: impl FnMut(&str) -> anyhow::Result<()>,
) -> anyhow::Result<Job> {
    const FAILURES_MAX: u32 = 5;
    let (mut seen, mut failures) = (BTreeSet::new(), 0);
    loop {
        // Events are news, not the job: without them it goes on.
        for event in tuning.events(&job.id).await.unwrap_or_default() {
            if seen.insert(event.id) {
                told(&event.message)?;
            }
        }
        if job.is_over() {
            return Ok(job);
        }
        tokio::time::sleep(every).await;
        match tuning.job(&job.id).await {
            Ok(next) => (job, failures) = (next, 0),
            Err(error) if failures == FAILURES_MAX => return Err(error),
            Err(_) => failures += 1,
        }
    }
}
