//! `portcullis waf`: the rules of the web application firewall.

mod archive;
mod check;
mod eval;
mod ftw;
mod import;
mod request;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Subcommand;
use waf::Engine;

use super::{Place, output};
use crate::infra::network::waf::load::Files;
use crate::infra::network::waf::{self as firewall};

/// The rules of the web application firewall.
///
/// Without imported rules the built-in ones are on. `portcullis waf import` brings the OWASP Core Rule Set, or any other
/// rules in the same language; a rule that the engine cannot honour stops the import and says which.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Import(import::Args),
    Check(check::Args),
    Eval(eval::Args),
    Ftw(FtwArgs),
}

/// Run the Core Rule Set's own regression tests through the engine, without a server.
#[derive(Debug, clap::Args)]
struct FtwArgs {
    /// The Core Rule Set with its tests: `crs-setup.conf.example`, `rules/` and `tests/regression/tests/`.
    folder: PathBuf,
    /// The tests, when they are somewhere else.
    #[arg(long, value_name = "FOLDER")]
    tests: Option<PathBuf>,
    /// The summary as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<ExitCode> {
    match &args.verb {
        Verb::Import(args) => import::run(place, args),
        Verb::Check(args) => check::run(place, args),
        Verb::Eval(args) => eval::run(place, args),
        Verb::Ftw(args) => regression(args),
    }
}

/// The rules of a path, or those that the configuration asks for.
fn engine(place: &Place, rules: Option<&PathBuf>) -> anyhow::Result<Arc<Engine>> {
    let files = match rules {
        Some(path) => {
            let mut files = Files::default();
            files.add(path)?;
            files
        }
        None => firewall::files(&place.load_or_default()?.waf, &place.data)?,
    };
    files.compile().context("the rules cannot be used")
}

fn regression(args: &FtwArgs) -> anyhow::Result<ExitCode> {
    let mut files = Files::default();
    files.add_setup(&args.folder)?;
    files.push("set-up of the tests", ftw::SETUP);
    files.add_rules(&args.folder)?;
    let tests = args.tests.clone().unwrap_or_else(|| args.folder.join("tests/regression/tests"));
    let summary = ftw::run_all(&files.compile()?, &tests)?;
    if args.json {
        output::json_pretty(&summary)?;
    } else {
        for failure in &summary.failures {
            output::line(format!("{}: {}; matched: {:?}", failure.test, failure.problem, failure.matched))?;
        }
        let percent = 100.0 * summary.passed as f64 / summary.stages.max(1) as f64;
        let ftw::Summary { files, stages, passed, without_log, .. } = &summary;
        output::line(format!(
            "{passed} of {stages} stages in {files} files passed ({percent:.2} %); {without_log} of them say nothing about the log"
        ))?;
    }
    Ok(if summary.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
