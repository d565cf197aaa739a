//! `portcullis limit`: what is used of limits, asked of the running gateway.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};

use super::Place;
use super::output::{DIM, GOOD, STRONG, json_pretty, line};
use super::remote::{Key, Remote, encoded};

/// List limits, show what is used of them, and forget what somebody used. Asks the running gateway.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    key: Key,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List all limits.
    List {
        /// Print the list as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show the counters of a limit, the one with most in it first.
    Show {
        /// The name of the limit.
        name: String,
        /// One counter (`user=usr_…`) instead of all.
        counter: Option<String>,
        /// Print them as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Forget what was used of a counter.
    Reset {
        /// The name of the limit.
        name: String,
        /// The counter, as `show` names it.
        counter: String,
    },
}

pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<ExitCode> {
    let remote = Remote::new(&place.load()?, args.key.key)?;
    match args.verb {
        Verb::List { json } => list(&remote, json).await?,
        Verb::Show { name, counter, json } => show(&remote, &name, counter.as_deref(), json).await?,
        Verb::Reset { name, counter } => {
            let path = format!("/admin/v1/limits/{}/reset", encoded(&name));
            remote.post(&path, &json!({ "counter": counter })).await?;
            line(format_args!("{GOOD}reset{GOOD:#} {name} {counter}"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(remote: &Remote, json: bool) -> anyhow::Result<()> {
    let limits = remote.fetch("/admin/v1/limits").await?;
    if json {
        return json_pretty(&limits);
    }
    limits.as_array().into_iter().flatten().try_for_each(|limit| {
        let text = |name: &str| limit[name].as_str().unwrap_or_default().to_owned();
        let mode = if text("mode") == "shadow" { "  shadow" } else { "" };
        let (name, allows) = (text("name"), text("allows"));
        line(format_args!("{STRONG}{name}{STRONG:#}  {allows}{mode}  {DIM}{} counters{DIM:#}", limit["counters"]))
    })
}

async fn show(remote: &Remote, name: &str, counter: Option<&str>, json: bool) -> anyhow::Result<()> {
    let query = counter.map(|counter| format!("?counter={}", encoded(counter))).unwrap_or_default();
    let shown = remote.fetch(&format!("/admin/v1/limits/{}{query}", encoded(name))).await?;
    if json {
        return json_pretty(&shown);
    }
    let limit = &shown["limit"];
    line(format_args!("{STRONG}{name}{STRONG:#}  {}", limit["allows"].as_str().unwrap_or_default()))?;
    let unit = limit["unit"].as_str().unwrap_or_default();
    shown["counters"].as_array().into_iter().flatten().try_for_each(|counter| counted(counter, unit))
}

fn counted(counter: &Value, unit: &str) -> anyhow::Result<()> {
    let amount = |name: &str| {
        let amount = counter[name].as_u64().unwrap_or_default();
        if unit == "money" { format!("{:.4}", amount as f64 / 1e9) } else { amount.to_string() }
    };
    line(format_args!(
        "{}  {} used, {} held, {STRONG}{} left{STRONG:#}  {DIM}all back in {} s{DIM:#}",
        counter["counter"].as_str().unwrap_or_default(),
        amount("used"),
        amount("held"),
        amount("remaining"),
        counter["reset_s"]
    ))
}
