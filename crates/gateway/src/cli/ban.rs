//! `portcullis ban`: addresses that are kept out, asked of the running gateway.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;

use super::Place;
use super::output::{DIM, GOOD, STRONG, json_pretty, line};
use super::remote::{Key, Remote};

/// List the addresses that are kept out, keep one out, let one in again. Asks the running gateway.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    key: Key,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List who is kept out, the longest first.
    List {
        /// Print the list as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Keep an address out; of IPv6 the whole /64.
    Add {
        /// The address.
        address: String,
        /// For how many seconds.
        #[arg(long, default_value_t = 3_600)]
        seconds: u32,
        /// Why, for who reads it later.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Let an address in again, and forget its offences.
    Remove {
        /// The address, as `list` names it.
        address: String,
    },
}

pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<ExitCode> {
    let remote = Remote::new(&place.load()?, args.key.key)?;
    match args.verb {
        Verb::List { json } => list(&remote, json).await?,
        Verb::Add { address, seconds, reason } => {
            let mut body = json!({ "address": address, "seconds": seconds });
            if let Some(reason) = reason {
                body["reason"] = reason.into();
            }
            let ban = remote.post("/admin/v1/bans", &body).await?;
            let text = |name: &str| ban[name].as_str().unwrap_or_default().to_owned();
            line(format_args!("{GOOD}banned{GOOD:#} {} until {}", text("address"), text("until")))?;
        }
        Verb::Remove { address } => {
            remote.post("/admin/v1/bans/end", &json!({ "address": address })).await?;
            line(format_args!("{GOOD}let in{GOOD:#} {address}"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(remote: &Remote, json: bool) -> anyhow::Result<()> {
    let bans = remote.fetch("/admin/v1/bans").await?;
    if json {
        return json_pretty(&bans);
    }
    bans.as_array().into_iter().flatten().try_for_each(|ban| {
        let text = |name: &str| ban[name].as_str().unwrap_or_default().to_owned();
        let (address, reason, until) = (text("address"), text("reason"), text("until"));
        line(format_args!("{STRONG}{address}{STRONG:#}  {reason}, {} in a row  {DIM}until {until}{DIM:#}", ban["row"]))
    })
}
