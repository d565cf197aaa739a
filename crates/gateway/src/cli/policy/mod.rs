//! `portcullis policy`: the history of stored policies, and trying one before it is in force.

mod attempt;
mod candidate;
mod report;
mod traffic;
mod trial;

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};

use super::Place;
use super::output::{DIM, GOOD, STRONG, WARN, json_pretty, line};
use super::remote::{Key, Remote, encoded};

/// See what became of stored policies, go back to an earlier one, and try one on recorded traffic.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List what became of a policy that was stored over the admin API, newest first. Asks the running gateway.
    History {
        /// The name of the policy, also of one that was removed.
        name: String,
        /// Show this revision, as it was stored.
        #[arg(long, value_name = "NUMBER")]
        show: Option<i64>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        key: Key,
    },
    /// Put an earlier revision of a policy in force again, as a new revision. Asks the running gateway.
    ///
    /// It is checked and recorded as if it were sent anew; when it does not hold any more, what is in force stays.
    Rollback {
        /// The name of the policy, also of one that was removed.
        name: String,
        /// The revision, as `history` numbers it. Without it, what stood before the newest change; twice is two steps.
        #[arg(long, value_name = "NUMBER")]
        to: Option<i64>,
        #[command(flatten)]
        key: Key,
    },
    Try(attempt::Args),
}

pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<ExitCode> {
    match args.verb {
        Verb::History { name, show: Some(number), key, .. } => {
            let remote = Remote::new(&place.load()?, key.key)?;
            let path = format!("/admin/v1/policies/{}/revisions?number={number}", encoded(&name));
            json_pretty(&remote.fetch(&path).await?[0])?;
        }
        Verb::History { name, show: None, json, key } => {
            let remote = Remote::new(&place.load()?, key.key)?;
            history(&remote.fetch(&format!("/admin/v1/policies/{}/revisions", encoded(&name))).await?, json)?;
        }
        Verb::Rollback { name, to, key } => {
            let remote = Remote::new(&place.load()?, key.key)?;
            let path = format!("/admin/v1/policies/{}/rollback", encoded(&name));
            let in_force = remote.post(&path, &to.map_or_else(|| json!({}), |to| json!({ "to": to }))).await?;
            line(format_args!("{GOOD}in force{GOOD:#} {name}  {DIM}version {}{DIM:#}", text(&in_force["version"])))?;
        }
        Verb::Try(args) => return attempt::run(place, args).await,
    }
    Ok(ExitCode::SUCCESS)
}

fn history(revisions: &Value, json: bool) -> anyhow::Result<()> {
    if json {
        return json_pretty(revisions);
    }
    revisions.as_array().into_iter().flatten().try_for_each(|revision| {
        let restores =
            revision["restores"].as_i64().map(|number| format!("  as revision {number}")).unwrap_or_default();
        let style = if revision["action"] == "removed" { WARN } else { STRONG };
        line(format_args!(
            "{:>5}  {style}{}{style:#}{restores}  {}  {}  {DIM}{}{DIM:#}",
            revision["number"].as_i64().unwrap_or_default(),
            text(&revision["action"]),
            text(&revision["changed_at"]),
            text(&revision["changed_by"]),
            text(&revision["version"]),
        ))
    })
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("-")
}
