//! `portcullis validate`: is the configuration right?

use std::process::ExitCode;

use super::Place;
use super::output::{GOOD, WARN, json_pretty, line};
use crate::config::Config;

/// Check a configuration without starting anything.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print the JSON Schema of the configuration instead.
    #[arg(long)]
    schema: bool,
    /// Print the outcome as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<ExitCode> {
    if args.schema {
        json_pretty(&Config::schema())?;
        return Ok(ExitCode::SUCCESS);
    }
    let loaded = place.load();
    if args.json {
        let problem = loaded.as_ref().err().map(ToString::to_string);
        json_pretty(&serde_json::json!({ "valid": loaded.is_ok(), "problem": problem }))?;
        return Ok(if loaded.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let config = loaded?;
    line(format_args!(
        "{GOOD}valid{GOOD:#}: {} providers, {} models, {} policies",
        config.providers.len(),
        config.models.len(),
        config.policies.len()
    ))?;
    for provider in &config.providers {
        if let Some(error) = provider.key.as_ref().and_then(|key| key.resolve().err()) {
            line(format_args!("{WARN}warning{WARN:#}: provider `{}`: {error}", provider.name))?;
        }
    }
    for outside in &config.auth.outside {
        if let Some(error) = outside.client_secret.as_ref().and_then(|secret| secret.resolve().err()) {
            line(format_args!("{WARN}warning{WARN:#}: outside provider `{}`: {error}", outside.name))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
