//! `portcullis model`: which model judges for learned rules.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use transformer::Settings;

use super::Place;
use super::output::{BAD, DIM, GOOD, json_pretty, line};
use crate::app::State;
use crate::event::catalogue;

/// List, add, choose and roll back models of the learned tier.
///
/// Running gateways take over what is chosen at the next reload (SIGHUP, or POST /admin/v1/reload).
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// List the models of this installation.
    List {
        /// Print the list as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Check a model, sign it with the key of this installation and put it on the shelf.
    Add {
        /// What `portcullis train` wrote.
        file: PathBuf,
    },
    /// Have a model judge.
    Use {
        /// Its version.
        name: String,
    },
    /// Go back to the model that judged before.
    Rollback,
    /// Open the folder of a transformer and print the settings that pin it.
    Pin {
        /// With config.json, tokenizer.json, and model.onnx or model.rten.
        folder: PathBuf,
        /// A label that speaks of an attack, where the model's own names do not say so; may be given again.
        #[arg(long, value_name = "LABEL")]
        attack_label: Vec<String>,
    },
}

pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<ExitCode> {
    if let Verb::Pin { folder, attack_label } = args.verb {
        return pin(folder, attack_label);
    }
    let state = State::open(&place.load_or_default()?, &place.data).await?;
    match args.verb {
        Verb::List { json } => list(&state, json)?,
        Verb::Add { file } => {
            let bytes = std::fs::read(&file).with_context(|| file.display().to_string())?;
            let version = state.models.add(&bytes)?;
            line(format_args!(
                "{GOOD}{version}{GOOD:#}  checked and signed; `portcullis model use {version}` has it judge"
            ))?;
        }
        Verb::Use { name: version } => {
            record(&state, &version).await?;
            state.models.choose(&version)?;
            line(format_args!("{GOOD}{version}{GOOD:#}  judges after the next reload"))?;
        }
        Verb::Rollback => {
            record(&state, "the one before").await?;
            let version = state.models.roll_back()?.unwrap_or_else(|| "the model of the program".to_owned());
            line(format_args!("{GOOD}{version}{GOOD:#}  judges after the next reload"))?;
        }
        Verb::Pin { .. } => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// What is pinned was opened: a folder that does not judge gets no pin.
fn pin(folder: PathBuf, attack_labels: Vec<String>) -> anyhow::Result<ExitCode> {
    let folder = folder.canonicalize().with_context(|| folder.display().to_string())?;
    let settings = Settings { attack_labels, ..Settings::new(&folder) };
    let judge = transformer::open(&settings).with_context(|| folder.display().to_string())?;
    let about = judge.about();
    line(format_args!(
        "{DIM}# {}; attack: {}; harmless: {}; {} ms a window of {} tokens{DIM:#}",
        about.family.name(),
        about.attack_labels.join(", "),
        about.harmless_labels.join(", "),
        about.window_time.as_millis(),
        about.window_tokens
    ))?;
    let mut table = toml::Table::new();
    table.insert("path".into(), folder.display().to_string().into());
    table.insert("sha256".into(), about.sha256.as_str().into());
    if !settings.attack_labels.is_empty() {
        table.insert("attack_labels".into(), settings.attack_labels.into());
    }
    line(format_args!("[transformer]\n{}", table.to_string().trim_end()))?;
    Ok(ExitCode::SUCCESS)
}

async fn record(state: &State, version: &str) -> anyhow::Result<()> {
    let event = catalogue::model_chosen(state.clock.now(), "operator", version);
    Ok(state.journal.append_durable(&event).await?)
}

fn list(state: &State, json: bool) -> anyhow::Result<()> {
    let entries = state.models.list()?;
    if json {
        return json_pretty(&entries);
    }
    if !entries.iter().any(|entry| entry.is_current) {
        let version = state.models.current().map(|model| model.version().to_owned()).unwrap_or_default();
        line(format_args!("{GOOD}{version}{GOOD:#}  of the program, judges"))?;
    }
    for entry in entries {
        match (&entry.problem, entry.is_current) {
            (Some(problem), _) => line(format_args!("{BAD}{}{BAD:#}  {problem}", entry.version))?,
            (None, true) => line(format_args!("{GOOD}{}{GOOD:#}  judges", entry.version))?,
            (None, false) => line(format_args!("{DIM}{}{DIM:#}", entry.version))?,
        }
    }
    Ok(())
}
