//! `portcullis session`: who is logged in.

use std::process::ExitCode;

use super::Place;
use super::output::{DIM, GOOD, STRONG, json_pretty, line};
use crate::app::State;
use crate::auth::jwt::revocation::Subject;
use crate::auth::session::SessionInfo;

/// List and end sessions of people.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// List live sessions, the one seen last first.
    List {
        /// Of this person only.
        #[arg(long)]
        user: Option<String>,
        /// Print the list as JSON.
        #[arg(long)]
        json: bool,
    },
    /// End a session. Running gateways refuse its tokens within a second.
    Revoke {
        /// The id of the session.
        id: String,
    },
}

pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<ExitCode> {
    let state = State::open(&place.load()?, &place.data).await?;
    let done = act(&state, args.verb).await;
    state.close().await?;
    done.map(|()| ExitCode::SUCCESS)
}

async fn act(state: &State, verb: Verb) -> anyhow::Result<()> {
    match verb {
        Verb::List { user, json } => {
            let sessions = state.tokens.list(user.as_deref()).await?;
            if json { json_pretty(&sessions) } else { sessions.iter().try_for_each(show) }
        }
        Verb::Revoke { id } => {
            state.tokens.revoke(&Subject::Session(id.clone()), "ended by an operator", "cli").await?;
            line(format_args!("{GOOD}ended{GOOD:#} {id}"))
        }
    }
}

fn show(session: &SessionInfo) -> anyhow::Result<()> {
    line(format_args!(
        "{}  {STRONG}{}{STRONG:#}  {}  {}  {DIM}seen {:.0}, ends {:.0}{DIM:#}",
        session.id,
        session.user,
        session.client,
        session.scopes.join(","),
        session.last_seen_at,
        session.ends_at
    ))
}
