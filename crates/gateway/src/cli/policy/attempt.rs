//! `portcullis policy try`: recorded traffic, judged by what is in force and by a candidate.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use jiff::{Span, Timestamp, ToSpan as _, Unit};

use super::candidate;
use super::report::Report;
use super::traffic::{Callers, Missing, lines};
use super::trial::Trial;
use crate::app::State;
use crate::cli::Place;
use crate::cli::output::{DIM, STRONG, WARN, json_pretty, line};
use crate::config::Config;
use crate::data::audit;
use crate::data::audit::kept::Exchanges;
use crate::event::catalogue;
use crate::model::policy::config::{Mode, PolicyConfig};
use crate::model::policy::store;

/// Exchanges between two lines about how far it is.
const PROGRESS_EVERY: u64 = 500;

const EXAMPLE: &str = "\
The audit log holds prompts and answers only where the configuration says
`audit.content = \"sealed\"`; what was not kept is counted as not replayed. Opening them is recorded
(`audit.replayed`), and with --show each that is shown (`audit.revealed`).

Try a stricter policy on what came this week, and look at one exchange that it would block:

    $ portcullis policy try shop-strict.toml --since 7d
    shop  version 5f0c21d9a3be, on exchanges since 2026-05-04T09:00:00Z
    replayed 412, 398 of them with their answers
    not replayed 20: their content was not kept (audit.content)

    now \\ then   allowed    masked   blocked
    allowed          371         0         9
    masked             0        30         0
    blocked            0         0         2

    changed 9
      9  IN001 injection.override  block by rule[2] of `shop`  e.g. 1841, 1902, 2007
    $ portcullis audit reveal 1841

In CI, on texts of your own, one JSON value a line
(\"text\", {\"text\", \"stage\"} or {\"request\", \"surface\", \"answer\"}):

    $ portcullis policy try policy.toml --traffic prompts.jsonl --fail-on-change";

/// Judge recorded traffic by a policy that is not in force yet, and see what would change.
///
/// Each exchange is judged twice by the same detectors: by the policy that covers it now, and by the candidate. No provider is
/// asked, and nothing takes effect. The candidate stands where the policy of its name stands, or, when there is none, as if it
/// were stored over the admin API; exchanges that it would not apply to are left out. The transformer, attempts of one author
/// and canaries have no say.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(super) struct Args {
    /// The candidate: a TOML or JSON file with one policy, or a configuration with `[[policy]]`.
    file: PathBuf,
    /// Which policy of the file, when it has several.
    #[arg(long)]
    name: Option<String>,
    /// How far back: a span (`7d`, `12h`), or a time.
    #[arg(long, default_value = "7d", conflicts_with = "traffic")]
    since: String,
    /// Texts and requests of a file instead of the audit log, one JSON value a line, as if anybody had sent them.
    #[arg(long, value_name = "FILE")]
    traffic: Option<PathBuf>,
    /// Examples of each difference: places in the audit log, or lines of the file.
    #[arg(long, default_value_t = 5, value_name = "NUMBER")]
    examples: usize,
    /// Show the texts of these examples.
    #[arg(long)]
    show: bool,
    /// Exit with 1 when a verdict changes, or when nothing could be replayed.
    #[arg(long)]
    fail_on_change: bool,
    /// Print the outcome as JSON.
    #[arg(long, conflicts_with = "show")]
    json: bool,
}

pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<ExitCode> {
    let policy = candidate::read(&args.file, args.name.as_deref())?;
    let report = match &args.traffic {
        Some(file) => on_file(place, &args, policy, file).await?,
        None => {
            let config = place.load()?;
            let state = State::open(&config, &place.data).await?;
            let done = on_log(place, &args, policy, (&config, &state)).await;
            state.close().await?;
            done?
        }
    };
    if args.json {
        json_pretty(&report)?;
    }
    let fails = args.fail_on_change && (report.changed > 0 || report.replayed == 0);
    Ok(if fails { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn on_log(
    place: &Place,
    args: &Args,
    policy: PolicyConfig,
    (config, state): (&Config, &State),
) -> anyhow::Result<Report> {
    let since = since(&args.since, state.clock.now())?;
    let mut trial = Trial::new(place, config, (&store::all(&state.db).await?, policy))?;
    let mut report = trial.report(format!("exchanges since {since}"), args.examples);
    let event = catalogue::audit_replayed(state.clock.now(), (&report.policy, &report.version), since).by("cli");
    state.journal.append_durable(&event).await?;
    let callers = Callers::of(state).await?;
    let (mut exchanges, mut seen) = (Exchanges::since(since, &state.db, &state.sealer), 0);
    while let Some(more) = exchanges.more().await? {
        for exchange in more {
            trial.judge(&callers.item(exchange), &mut report);
            seen += 1;
            progress(seen);
        }
    }
    report.close();
    tell(args, &trial, &report)?;
    if args.show {
        for place in examples(&report) {
            let place: u64 = place.parse()?;
            let event = catalogue::audit_revealed(state.clock.now(), place).by("cli");
            state.journal.append_durable(&event).await?;
            let fields = audit::reveal(&state.db, &state.sealer, place).await?;
            let texts = fields.iter().filter(|(name, _)| name != "address");
            texts.into_iter().try_for_each(|(name, text)| show(&format!("{place} {name}"), text))?;
        }
    }
    Ok(report)
}

async fn on_file(place: &Place, args: &Args, policy: PolicyConfig, file: &Path) -> anyhow::Result<Report> {
    let config = place.load_or_default()?;
    let stored = if place.config.exists() && place.data.exists() {
        let state = State::open(&config, &place.data).await?;
        let stored = store::all(&state.db).await;
        state.close().await?;
        stored?
    } else {
        Vec::new()
    };
    let mut trial = Trial::new(place, &config, (&stored, policy))?;
    trial.covers_all = true;
    let mut report = trial.report(format!("{}", file.display()), args.examples);
    for (seen, item) in (1..).zip(lines(file)?) {
        trial.judge(&item?, &mut report);
        progress(seen);
    }
    report.close();
    tell(args, &trial, &report)?;
    if args.show {
        let text = std::fs::read_to_string(file)?;
        let lines: Vec<&str> = text.lines().collect();
        for number in examples(&report) {
            let line = number.parse::<usize>().ok().and_then(|number| lines.get(number - 1));
            show(&format!("line {number}"), line.copied().unwrap_or_default())?;
        }
    }
    Ok(report)
}

fn tell(args: &Args, trial: &Trial, report: &Report) -> anyhow::Result<()> {
    if args.json {
        return Ok(());
    }
    report.print()?;
    if trial.candidate.policy.config.mode == Mode::Shadow {
        line(format_args!("{WARN}shadow{WARN:#}: the candidate changes nothing, whatever it finds"))?;
    }
    if trial.has_transformer {
        line(format_args!("{DIM}the transformer was not asked (CL007){DIM:#}"))?;
    }
    if report.replayed == 0 && report.not_replayed.contains_key(&Missing::ContentNotKept) {
        line(format_args!(
            "{DIM}audit.content = \"sealed\" keeps content from now on; --traffic FILE takes texts of your own{DIM:#}"
        ))?;
    }
    Ok(())
}

fn examples(report: &Report) -> BTreeSet<&String> {
    report.reasons.iter().flat_map(|reason| &reason.examples).collect()
}

fn show(what: &str, text: &str) -> anyhow::Result<()> {
    line(format_args!("\n{STRONG}{what}{STRONG:#}\n{text}"))
}

/// One line on standard error, now and then.
fn progress(seen: u64) {
    if seen.is_multiple_of(PROGRESS_EVERY) {
        // A closed standard error leaves nobody to tell.
        let _ = writeln!(anstream::stderr(), "{DIM}{seen} looked at{DIM:#}");
    }
}

/// A time, or a span before now.
fn since(text: &str, now: Timestamp) -> anyhow::Result<Timestamp> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let span: Span =
        text.parse().with_context(|| format!("--since: `{text}` is neither a time nor a span such as `7d`"))?;
    // A day has 24 hours here.
    let seconds = span.total((Unit::Second, jiff::SpanRelativeTo::days_are_24_hours()))?;
    let before = now.checked_sub((seconds.abs() as i64).seconds());
    before.and_then(|time| time.round(Unit::Second)).with_context(|| format!("--since: `{text}` is too long ago"))
}
