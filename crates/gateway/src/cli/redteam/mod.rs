//! `portcullis redteam`: attacks a model, a guard or the own policy under a budget of queries, and says what got through.
//!
//! Goals come from a book; mutators and searches are those of the crate `learn`. This module asks the target, keeps a log that
//! an interrupted campaign goes on from, and writes reports.
//!
//! Invariants: the same settings and the same answers make the same report; a target that does not answer a harmless question,
//! before and after, has withstood nothing, so the campaign fails.

pub(super) mod client;
mod log;
pub mod report;
pub mod target;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use learn::campaign::figure::Figures;
use learn::campaign::goal::{book, goals};
use learn::campaign::{Campaign, Goal, Outcome, Settings, Strategy};

use self::log::Log;
use self::report::Report;
use self::target::Target;
use super::output::{DIM, line};
use super::{Place, block_on};
use crate::infra::secrets::SecretRef;

/// Attack a model, a guard, or the own policy, and see what gets through.
///
/// Every goal of the book is tried as it is, and then disguised: mutators are stacked by each strategy in turn until the budget is
/// spent. A goal is reached when the answer says a word that was planted for it. The same seed asks the same.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    target: TargetArgs,
    /// Queries in all.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(1..=100_000), value_name = "N")]
    budget: u32,
    /// What all choices begin with.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Searches that share the budget.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = StrategyArg::ALL)]
    strategy: Vec<StrategyArg>,
    /// Goals of your own in the place of the book: JSON lines {"id", "prompt", "marker", "system", "owasp", "atlas"} with
    /// `{canary}` where the planted word goes.
    #[arg(long, value_name = "FILE")]
    seeds: Option<PathBuf>,
    /// Keep a log here, and go on from it when it is there.
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Fail when a larger share of goals than this is reached (0 to 1).
    #[arg(long, value_parser = share, value_name = "SHARE")]
    fail_above: Option<f64>,
    #[command(flatten)]
    reports: ReportArgs,
}

/// Who is attacked.
#[derive(Debug, clap::Args)]
#[group(skip)]
struct TargetArgs {
    /// A model: the base URL of an OpenAI-compatible API, as an SDK takes it (`https://…/v1`).
    #[arg(long, value_name = "URL", requires = "model", conflicts_with_all = ["guard", "itself"])]
    target: Option<String>,
    /// The model's name there.
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// A guard that judges a text: `/admin/v1/evaluate` of Portcullis, an OpenAI-compatible `/moderations`, or any that takes
    /// {"text"} and answers `flagged` or `action`.
    #[arg(long, value_name = "URL", conflicts_with = "itself")]
    guard: Option<String>,
    /// The configured policy, in this process. Reached is what it does not stop.
    #[arg(long = "self")]
    itself: bool,
    /// With `--self`, the policy to ask; the first one of the configuration, or the shipped default.
    #[arg(long, requires = "itself")]
    policy: Option<String>,
    /// The environment variable with the key of the model or the guard.
    #[arg(long, value_name = "VAR")]
    key_env: Option<String>,
    /// How long an answer may take, in seconds.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3_600), value_name = "SECONDS")]
    timeout_s: u64,
    /// Send prompts to another machine without TLS.
    #[arg(long)]
    danger_plaintext: bool,
}

/// Where reports go.
#[derive(Debug, clap::Args)]
struct ReportArgs {
    /// A page for people, in one file.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Everything, for programs.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// A test case a goal, for CI.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// A result a reached goal, for code scanning (SARIF 2.1.0).
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
}

/// A search, on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum StrategyArg {
    /// Mutators at random.
    Random,
    /// Adds to the best so far.
    Greedy,
    /// Keeps the best few.
    Beam,
    /// Keeps the best of each pair of approach and disguise.
    MapElites,
}

impl StrategyArg {
    const ALL: [Self; 4] = [Self::Random, Self::Greedy, Self::Beam, Self::MapElites];

    const fn strategy(self) -> Strategy {
        match self {
            Self::Random => Strategy::Random,
            Self::Greedy => Strategy::Greedy,
            Self::Beam => Strategy::Beam,
            Self::MapElites => Strategy::MapElites,
        }
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "not a number from 0 to 1".to_owned())
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<ExitCode> {
    let target = target(place, &args.target)?;
    let goals = read_goals(args.seeds.as_deref())?;
    let mut strategies: Vec<Strategy> = Vec::new();
    for strategy in args.strategy.iter().map(|strategy| strategy.strategy()) {
        if !strategies.contains(&strategy) {
            strategies.push(strategy);
        }
    }
    let settings = Settings { seed: args.seed, budget: args.budget as usize, strategies };
    let campaign = block_on(1, hold(&target, settings, &goals, args.resume.as_deref()))?;
    let report = Report { target: target.label().to_owned(), figures: Figures::of(&campaign), campaign: &campaign };
    write(&args.reports, &report, args.seeds.as_deref().unwrap_or(&place.config))?;
    report::terminal(&report)?;
    let reached = report.figures.goals_reached;
    anyhow::ensure!(reached.tried > 0, "no query was answered, so nothing was withstood");
    match args.fail_above {
        Some(most) if reached.share() > most => {
            line(format_args!("{DIM}more than --fail-above {most}{DIM:#}"))?;
            Ok(ExitCode::FAILURE)
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn target(place: &Place, args: &TargetArgs) -> anyhow::Result<Target> {
    if args.itself {
        let config = place.load_or_default()?;
        return Target::itself(&config, args.policy.as_deref(), place.model(&config)?);
    }
    let key = args.key_env.clone().map(|name| SecretRef::Env(name).resolve().context("--key-env")).transpose()?;
    let door = target::Door { key, timeout_s: args.timeout_s, is_plaintext_allowed: args.danger_plaintext };
    match (&args.guard, &args.target) {
        (Some(url), _) => Target::guard(url, door).context("--guard"),
        (None, Some(url)) => Target::model(url, args.model.as_deref().unwrap_or_default(), door).context("--target"),
        (None, None) => anyhow::bail!("whom? Give --target URL with --model, --guard URL, or --self"),
    }
}

fn read_goals(file: Option<&Path>) -> anyhow::Result<Vec<Goal>> {
    let Some(file) = file else {
        return book().map_err(|wrong| anyhow::anyhow!("the book, line {}: {}", wrong.line, wrong.reason));
    };
    let text = std::fs::read_to_string(file).with_context(|| format!("--seeds: {} cannot be read", file.display()))?;
    goals(&text).map_err(|wrong| anyhow::anyhow!("--seeds: {}, line {}: {}", file.display(), wrong.line, wrong.reason))
}

/// Failures in a row after which the target counts as gone.
const FAILURES_MAX: usize = 10;

/// Holds a campaign, from the log at `resume` on when there is one.
///
/// # Errors
/// When the log is of another campaign, or the target does not answer, or not even a harmless question.
pub async fn hold(
    target: &Target,
    settings: Settings,
    goals: &[Goal],
    resume: Option<&Path>,
) -> anyhow::Result<Campaign> {
    target.is_sound().await?;
    let mut campaign = Campaign::new(settings, goals);
    let mut log = resume.map(|path| Log::open(path, target.label(), campaign.settings(), goals)).transpose()?;
    let mut failures = 0;
    while let Some(plan) = campaign.plan() {
        let verdict = match log.as_mut().map(|log| log.known(&plan.prompt)).transpose()?.flatten() {
            Some(verdict) => verdict,
            None => {
                let verdict = target.ask(&campaign.goals()[plan.goal], &plan.prompt).await;
                if let Some(log) = &mut log {
                    log.note(&plan.prompt, &verdict)?;
                }
                verdict
            }
        };
        failures = if verdict.outcome == Outcome::Failed { failures + 1 } else { 0 };
        anyhow::ensure!(
            failures < FAILURES_MAX,
            "{FAILURES_MAX} queries in a row had no answer, the last one because: {}; --resume goes on later",
            verdict.said
        );
        campaign.told(plan, verdict);
        progress(&campaign);
    }
    target.is_sound().await.context("after the campaign")?;
    Ok(campaign)
}

/// One line on standard error, now and then.
fn progress(campaign: &Campaign) {
    const EVERY: usize = 50;
    let (done, budget) = (campaign.attempts().len(), campaign.settings().budget);
    if done.is_multiple_of(EVERY) || done == budget {
        let reached = campaign.attempts().iter().filter(|attempt| attempt.verdict.outcome == Outcome::Reached).count();
        // A closed standard error leaves nobody to tell.
        let _ = writeln!(anstream::stderr(), "{DIM}{done} of {budget} queries, {reached} got through{DIM:#}");
    }
}

fn write(to: &ReportArgs, report: &Report<'_>, about: &Path) -> anyhow::Result<()> {
    write_one(to.html.as_deref(), || Ok(report::html(report)))?;
    write_one(to.json.as_deref(), || report::json(report))?;
    write_one(to.junit.as_deref(), || Ok(report::junit(report)))?;
    write_one(to.sarif.as_deref(), || report::sarif(report, about))
}

fn write_one(path: Option<&Path>, text: impl FnOnce() -> anyhow::Result<String>) -> anyhow::Result<()> {
    let Some(path) = path else { return Ok(()) };
    std::fs::write(path, text()?).with_context(|| format!("{} cannot be written", path.display()))
}
