//! `portcullis tool pin`: the hashes of definitions that were looked at.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use serde_json::Value;

use super::output::line;
use crate::model::tool::definition::pin;

/// Definitions of tools.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Print the pins of tools, as lines for `[policy.tool.pins]`.
    ///
    /// Reads a request with `tools`, the answer of an MCP server to `tools/list`, a list of definitions, or one of them.
    /// Look at the definitions first: a pin says that they stay as they are, not that they are good.
    Pin {
        /// The file. `-` or nothing reads standard input.
        file: Option<PathBuf>,
    },
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Verb::Pin { file } = &args.verb;
    let text = match file.as_deref() {
        Some(file) if file.as_os_str() != "-" => {
            std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?
        }
        _ => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
            text
        }
    };
    wire::strict(&text, &wire::Limits::default()).context("the definitions are not strict JSON")?;
    let value: Value = serde_json::from_str(&text).context("the definitions are not JSON")?;
    let pins: Vec<(String, String)> = definitions(&value).filter_map(pin).collect();
    anyhow::ensure!(!pins.is_empty(), "there is no definition with a name: give a request, a list, or one definition");
    for (name, hash) in pins {
        line(format_args!("{} = \"{hash}\"", Value::from(name)))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn definitions(value: &Value) -> impl Iterator<Item = &Value> {
    let listed = value.get("result").unwrap_or(value);
    let listed = listed.get("tools").unwrap_or(listed);
    listed.as_array().map_or_else(|| std::slice::from_ref(listed), Vec::as_slice).iter()
}
