//! `portcullis tenant`: organisations.

use std::process::ExitCode;

use super::Place;
use super::output::{DIM, GOOD, STRONG, json_pretty, line};
use crate::app::State;

/// Make and list tenants: organisations whose people and data are kept apart.
///
/// There is always the tenant `default`; an installation for one organisation needs no other.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Make a tenant.
    Create {
        /// Its name, which no other tenant has.
        name: String,
        /// Print the tenant as JSON.
        #[arg(long)]
        json: bool,
    },
    /// List all tenants.
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
        Verb::Create { name, json } => {
            let tenant = state.users.create_tenant(&name, "cli").await?;
            if json {
                return json_pretty(&tenant);
            }
            line(format_args!("{GOOD}made{GOOD:#} {}  {STRONG}{}{STRONG:#}", tenant.id, tenant.name))
        }
        Verb::List { json: true } => json_pretty(&state.users.tenants().await?),
        Verb::List { json: false } => state.users.tenants().await?.iter().try_for_each(|tenant| {
            line(format_args!("{}  {STRONG}{}{STRONG:#}  {DIM}{:.0}{DIM:#}", tenant.id, tenant.name, tenant.created_at))
        }),
    }
}
