//! `portcullis team`: people within a tenant.

use std::process::ExitCode;

use super::Place;
use super::output::{DIM, GOOD, STRONG, json_pretty, line};
use crate::app::State;
use crate::event::DEFAULT_TENANT;

/// Make and list teams: people within a tenant.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Make a team.
    Create {
        /// Its name, which no other team of the tenant has.
        name: String,
        /// The id of its tenant.
        #[arg(long, default_value = DEFAULT_TENANT)]
        tenant: String,
        /// Print the team as JSON.
        #[arg(long)]
        json: bool,
    },
    /// List all teams.
    List {
        /// Print the list as JSON.
        #[arg(long)]
        json: bool,
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
        Verb::Create { name, tenant, json } => {
            let team = state.users.create_team(&tenant, &name, "cli").await?;
            if json {
                return json_pretty(&team);
            }
            line(format_args!("{GOOD}made{GOOD:#} {}  {STRONG}{}{STRONG:#}", team.id, team.name))
        }
        Verb::List { json: true } => json_pretty(&state.users.teams().await?),
        Verb::List { json: false } => state.users.teams().await?.iter().try_for_each(|team| {
            line(format_args!("{}  {STRONG}{}{STRONG:#}  {DIM}{}{DIM:#}", team.id, team.name, team.tenant))
        }),
    }
}
