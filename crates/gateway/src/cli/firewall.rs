//! `portcullis firewall`: the settings and the bans in force as rules of the packet filter.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, bail};
use clap::Subcommand;
use jiff::Timestamp;
use serde_json::json;

use super::Place;
use super::output::{GOOD, STRONG, json_pretty, line};
use super::remote::{Key, Remote};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::infra::network::firewall::{BannedSource, RuleSet, TABLE};

/// Make rules for the packet filter (nftables) of the settings and the bans in force.
///
/// One table, `inet portcullis`, is replaced as a whole; no other is touched. Only packets to the gateway's own ports are dropped, and
/// never those of loopback, of established connections and of who is allowed. `nft delete table inet portcullis` undoes it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    key: Key,
    /// Leave the bans out, and do not ask the running gateway for them.
    #[arg(long, global = true)]
    no_bans: bool,
    /// Print the outcome as JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Write the rules, for `nft -f`.
    Render {
        /// Into this file, in the place of standard output.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Have `nft` check the rules; needs root, changes nothing.
    Verify,
    /// Have `nft` load the rules, all of them or none; needs root.
    Apply {
        /// Only check them, and print what would be loaded.
        #[arg(long)]
        dry_run: bool,
    },
}

pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<ExitCode> {
    let config = place.load()?;
    let remote = if args.no_bans { None } else { Some(Remote::new(&config, args.key.key)?) };
    let bans = match &remote {
        Some(remote) => bans(remote).await?,
        None => Vec::new(),
    };
    let rules = RuleSet { bans, ..rules(&config)? };
    let text = rules.to_string();
    let outcome = match args.verb {
        Verb::Render { out: None } if !args.json => {
            line(text.trim_end())?;
            return Ok(ExitCode::SUCCESS);
        }
        Verb::Render { out: None } => "rendered",
        Verb::Render { out: Some(file) } => {
            std::fs::write(&file, &text).with_context(|| format!("{} cannot be written", file.display()))?;
            "written"
        }
        Verb::Verify => {
            nft(&["--check", "--file", "-"], &text)?;
            "valid"
        }
        Verb::Apply { dry_run: true } => {
            nft(&["--check", "--file", "-"], &text)?;
            if !args.json {
                line(text.trim_end())?;
            }
            "valid"
        }
        Verb::Apply { dry_run: false } => {
            nft(&["--check", "--file", "-"], &text)?;
            if let Some(remote) = remote.filter(|_| !is_loaded(&rules)) {
                record(&remote, &rules).await?;
            }
            nft(&["--file", "-"], &text)?;
            "loaded"
        }
    };
    say(&rules, (outcome, &text), args.json)?;
    Ok(ExitCode::SUCCESS)
}

fn say(rules: &RuleSet, (outcome, text): (&str, &str), json: bool) -> anyhow::Result<()> {
    let RuleSet { ports, allow, block, bans } = rules;
    if json {
        return json_pretty(&json!({
            "outcome": outcome,
            "table": TABLE,
            "ports": ports,
            "allowed": allow.len(),
            "blocked": block.len(),
            "banned": bans.len(),
            "rules": text,
        }));
    }
    let ports = ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
    line(format_args!(
        "{GOOD}{outcome}{GOOD:#} {STRONG}{TABLE}{STRONG:#}: ports {ports}; {} allowed, {} blocked, {} banned",
        allow.len(),
        block.len(),
        bans.len(),
    ))
}

/// What the settings say.
fn rules(config: &Config) -> anyhow::Result<RuleSet> {
    let server = &config.server;
    let redirect = server.tls.as_ref().and_then(|tls| tls.redirect_listen);
    let ports: Vec<u16> = [Some(server.listen), redirect].into_iter().flatten().map(|address| address.port()).collect();
    if ports.contains(&0) {
        bail!("server.listen: port 0 is another one at each start; rules need one that stays");
    }
    let allow = config.firewall.allow.iter().chain(&server.trusted_proxies).copied().collect();
    Ok(RuleSet { ports, allow, block: config.firewall.block.clone(), bans: Vec::new() })
}

/// The bans in force at the running gateway.
async fn bans(remote: &Remote) -> anyhow::Result<Vec<BannedSource>> {
    let answer = remote.fetch("/admin/v1/bans").await.context("--no-bans leaves the bans out")?;
    let now = SystemClock.now();
    let ban = |ban: &serde_json::Value| -> anyhow::Result<BannedSource> {
        let source = ban["address"].as_str().unwrap_or_default().parse()?;
        let until: Timestamp = ban["until"].as_str().unwrap_or_default().parse()?;
        let left_s = u64::try_from(now.duration_until(until).as_secs()).unwrap_or_default();
        Ok(BannedSource { source, left_s })
    };
    let bans = answer.as_array().context("the gateway's answer is no list of bans")?;
    bans.iter().map(ban).collect::<anyhow::Result<_>>().context("the gateway's answer has a ban that is none")
}

/// Whether the table that is loaded was made of the same settings, so that only bans differ, which have entries of their own.
fn is_loaded(rules: &RuleSet) -> bool {
    let mut command = Command::new("nft");
    let output = command.args(["--terse", "list", "table"]).args(TABLE.split(' ')).stderr(Stdio::null()).output();
    output.is_ok_and(|output| rules.is_loaded(&String::from_utf8_lossy(&output.stdout)))
}

/// Has the gateway write down who loads what, before it is loaded.
async fn record(remote: &Remote, rules: &RuleSet) -> anyhow::Result<()> {
    let applied = json!({
        "ports": rules.ports,
        "allowed": rules.allow.len(),
        "blocked": rules.block.len(),
        "banned": rules.bans.len(),
        "settings": rules.settings(),
    });
    let recorded = remote.post("/admin/v1/firewall/applied", &applied).await;
    recorded
        .map(drop)
        .context("the rules were not loaded, since that was not recorded (`firewall.write` is needed for it)")
}

/// Gives rules to `nft`, which takes all of them or none.
fn nft(arguments: &[&str], rules: &str) -> anyhow::Result<()> {
    let mut command = Command::new("nft");
    let command = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().context("`nft` cannot be started: install nftables")?;
    // What it does not read, it says in its answer.
    let _ = child.stdin.take().context("`nft` takes no input")?.write_all(rules.as_bytes());
    let output = child.wait_with_output().context("`nft` did not end")?;
    if !output.status.success() {
        bail!("`nft` refused the rules: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
