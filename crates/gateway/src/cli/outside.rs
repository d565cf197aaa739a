//! `portcullis outside`: OpenID providers that people log in with.

use std::process::ExitCode;

use super::Place;
use super::output::{BAD, DIM, GOOD, STRONG, json_pretty, line};
use crate::app::State;

/// Who did it, as the audit log names it.
const CLI: &str = "cli";

/// Look at the OpenID providers that people log in with (`[[auth.outside]]`).
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// List the providers.
    List {
        /// Print the list as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Ask a provider what it is and for its keys, and say what does not fit.
    ///
    /// Sends neither the secret nor anybody there.
    Check {
        /// The name of the provider.
        name: String,
        /// Print the findings as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Unlink an identity from its account. All sessions of the account end.
    ///
    /// `portcullis user show` lists the identities of a user.
    Unlink {
        /// The id of the identity (`oid_…`).
        id: String,
    },
}

pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<ExitCode> {
    let state = State::open(&place.load()?, &place.data).await?;
    let done = act(&state, args.verb).await;
    state.close().await?;
    done
}

async fn act(state: &State, verb: Verb) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::List { json: true } => json_pretty(&state.outside.configs().collect::<Vec<_>>())?,
        Verb::List { json: false } => {
            for config in state.outside.configs() {
                let makes = if config.create { "makes accounts" } else { "known people only" };
                line(format_args!(
                    "{STRONG}{}{STRONG:#}  {}  {DIM}{}; {makes}{DIM:#}",
                    config.name, config.issuer, config.tenant
                ))?;
            }
        }
        Verb::Check { name, json } => return check(state, &name, json).await,
        Verb::Unlink { id } => {
            state.outside.unlink_any(&id, CLI).await?;
            line(format_args!("{GOOD}unlinked{GOOD:#} {id}"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn check(state: &State, name: &str, json: bool) -> anyhow::Result<ExitCode> {
    let findings = state.outside.check(name).await?;
    let code = if findings.iter().all(|one| one.is_good) { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    if json {
        json_pretty(&findings)?;
        return Ok(code);
    }
    for one in &findings {
        let (style, word) = if one.is_good { (GOOD, "good") } else { (BAD, "broken") };
        line(format_args!("{style}{word:<7}{style:#} {:<22} {DIM}{}{DIM:#}", one.what, one.says))?;
    }
    Ok(code)
}
