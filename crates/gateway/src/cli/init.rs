//! `portcullis init`: from nothing to a gateway that can be started.
//!
//! Idempotent and silent about what exists: a configuration, a master key, a database or a first key that is there stays
//! as it is.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use secrecy::SecretString;

use super::Place;
use super::output::{DIM, GOOD, STRONG, json_pretty, line};
use crate::app::State;
use crate::auth::key::{LIFE, NewKey};

/// A configuration to start from.
const TEMPLATE: &str = include_str!("init.toml");

/// Make a configuration, keys and state. Does nothing that is already done.
///
/// The first API key is made here and shown once. `PORTCULLIS_INIT_KEY` in the environment gives it a value of your own
/// (a well-formed `pc-…` key), for set-ups that bring their secrets along.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print the outcome as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<ExitCode> {
    let made_config = write_template(&place.config)?;
    let config = place.load()?;
    let state = State::create(&config, &place.data).await?;
    let key = first_key(&state).await?;
    state.close().await?;
    if args.json {
        json_pretty(&serde_json::json!({
            "config": place.config, "config_created": made_config, "data": place.data, "key": key,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let verb = if made_config { "written" } else { "kept" };
    line(format_args!(
        "{GOOD}ready{GOOD:#}  configuration {} ({verb}), data in {}",
        place.config.display(),
        place.data.display()
    ))?;
    match key {
        Some(key) => {
            line(format_args!(
                "{STRONG}{key}{STRONG:#}  the first API key, for prompts and the admin API; it is not shown again"
            ))?;
        }
        None => line(format_args!(
            "{DIM}there are API keys already; `portcullis key create --name N` makes another{DIM:#}"
        ))?,
    }
    line(format_args!("{DIM}next: set your provider in {}, then `portcullis serve`{DIM:#}", place.config.display()))?;
    Ok(ExitCode::SUCCESS)
}

fn write_template(path: &Path) -> anyhow::Result<bool> {
    if path.exists() {
        return Ok(false);
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    std::fs::write(path, TEMPLATE).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(true)
}

/// Makes the first key when there is none, and returns it to be shown once.
#[expect(clippy::disallowed_methods, reason = "the one setting that must not stand on a command line")]
async fn first_key(state: &State) -> anyhow::Result<Option<String>> {
    if !state.keys.list().await?.is_empty() {
        return Ok(None);
    }
    let given = std::env::var("PORTCULLIS_INIT_KEY").ok().filter(|key| !key.is_empty()).map(SecretString::from);
    let was_given = given.is_some();
    let expires_at = state.clock.now().checked_add(LIFE).ok();
    let new = NewKey {
        name: "first".into(),
        scopes: vec!["inference".into(), "admin".into()],
        given,
        expires_at,
        ..NewKey::default()
    };
    let key = state.keys.create(new).await?;
    Ok((!was_given).then_some(key))
}
