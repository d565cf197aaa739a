//! `portcullis audit`: the audit log.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::Value;

use super::Place;
use super::output::{BAD, DIM, GOOD, STRONG, json_line, json_pretty, line};
use crate::app::State;
use crate::data::audit::{self, Verified, export, proof};
use crate::event::catalogue;

/// Read, prove, export and verify the audit log.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Show the last entries, newest first.
    List {
        /// How many.
        #[arg(long, default_value_t = 20)]
        limit: usize,
        /// Only this kind of event (`key.created`), or this section (`exchange.`).
        #[arg(long)]
        kind: Option<String>,
        /// Print one JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Open the sealed fields of one entry: the client's address, and text where `audit.content` is `sealed`.
    Reveal {
        /// The place of the entry.
        entry: u64,
    },
    /// Write the log into a folder, in the C2SP tlog-tiles layout, for anybody to verify.
    Export {
        /// An empty folder, or one that is not there yet.
        #[arg(long, short)]
        out: PathBuf,
        /// Print the outcome as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Verify the log, or an export of it, and name the first broken entry. The exit code is 1 when something is wrong.
    ///
    /// An export is verified offline: no configuration, no database, no key but the verifier key.
    Verify {
        /// The folder of an export; without it, the log itself.
        export: Option<PathBuf>,
        /// The verifier key that you trust (`portcullis audit key`). Without it, the one in the export.
        #[arg(long, requires = "export")]
        key: Option<audit::note::VerifierKey>,
        /// Print the outcome as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Prove that an entry is in the log, or that the log only grew since it had a size. JSON, hashes as base64.
    Prove {
        /// The place of the entry.
        #[arg(long, required_unless_present = "from")]
        entry: Option<u64>,
        /// The size that the log had.
        #[arg(long, conflicts_with = "entry")]
        from: Option<u64>,
    },
    /// Print the verifier key of this installation's log.
    Key,
}

pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<ExitCode> {
    if let Verb::Verify { export: Some(folder), key, json } = &args.verb {
        return report(&audit::verify_export(folder, key.as_ref())?, *json);
    }
    let state = State::open(&place.load()?, &place.data).await?;
    let done = act(&state, args.verb).await;
    state.close().await?;
    done
}

async fn act(state: &State, verb: Verb) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::List { limit, kind, json } => {
            for entry in audit::list(&state.db, limit, kind.as_deref()).await? {
                if json { json_line(&entry)? } else { list_one(&entry)? }
            }
        }
        Verb::Reveal { entry } => {
            state.journal.append_durable(&catalogue::audit_revealed(state.clock.now(), entry).by("cli")).await?;
            for (name, text) in audit::reveal(&state.db, &state.sealer, entry).await? {
                line(format_args!("{STRONG}{name}{STRONG:#} {text}"))?;
            }
        }
        Verb::Export { out, json } => {
            export::check_folder(&out)?;
            state.journal.append_durable(&catalogue::audit_exported(state.clock.now()).by("cli")).await?;
            let exported = export::export(&state.db, &state.sealer, &out).await?;
            if json {
                json_pretty(&exported)?;
            } else {
                line(format_args!("{GOOD}exported{GOOD:#} {} entries to {}", exported.entries, out.display()))?;
                line(format_args!("{DIM}portcullis audit verify {}{DIM:#}", out.display()))?;
            }
        }
        Verb::Verify { json, .. } => {
            return report(&audit::verify_live(&state.db, &state.sealer, &state.journal.witnesses()).await?, json);
        }
        Verb::Prove { entry: Some(entry), .. } => {
            json_pretty(&proof::inclusion(&state.db, &state.sealer, entry).await?)?
        }
        Verb::Prove { entry: None, from } => {
            json_pretty(&proof::consistency(&state.db, &state.sealer, from.unwrap_or(0)).await?)?;
        }
        Verb::Key => line(audit::verifier_key(&state.sealer)?)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn report(verified: &Verified, json: bool) -> anyhow::Result<ExitCode> {
    let code = if verified.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    if json {
        json_pretty(verified)?;
        return Ok(code);
    }
    if verified.is_sound() {
        line(format_args!(
            "{GOOD}verified{GOOD:#}  {} entries, {} checkpoints, {} sealed fields ({} erased)  {DIM}{}{DIM:#}",
            verified.entries, verified.checkpoints, verified.sealed, verified.erased, verified.origin
        ))?;
    }
    for problem in &verified.problems {
        match problem.entry {
            Some(entry) => line(format_args!("{BAD}broken{BAD:#}  entry {entry} {}", problem.what))?,
            None => line(format_args!("{BAD}broken{BAD:#}  {}", problem.what))?,
        }
    }
    Ok(code)
}

fn list_one(entry: &Value) -> anyhow::Result<()> {
    let text = |name: &str| entry[name].as_str().unwrap_or("-").to_owned();
    let detail = &entry["detail"];
    let rules: Vec<&str> =
        detail["decisions"].as_array().into_iter().flatten().filter_map(|one| one["rule"].as_str()).collect();
    let what =
        [detail["surface"].as_str(), detail["model"].as_str(), detail["failure"].as_str(), detail["name"].as_str()];
    let what: Vec<&str> = what.into_iter().flatten().filter(|text| !text.is_empty()).collect();
    line(format_args!(
        "{DIM}{:>6}{DIM:#}  {}  {STRONG}{:<18}{STRONG:#} {}  {} {DIM}{}{DIM:#}",
        entry["place"],
        text("time"),
        text("kind"),
        text("actor"),
        what.join(" "),
        rules.join(",")
    ))
}
