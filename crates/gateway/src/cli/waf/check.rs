//! `portcullis waf check`: one request, explained rule by rule.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use waf::{Part, Verdict};

use super::super::output::STRONG;
use super::super::{Place, output};
use super::request::{Described, run as run_request};
use crate::infra::network::waf::is_prompt;

/// Explain what the rules say about one request: which match, where they stand, what they found, and what follows.
///
/// The output holds parts of the request. Exits with 1 when the request would be refused.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The path with its query, such as `/v1/models?limit=1`.
    uri: String,
    /// The method.
    #[arg(long, short = 'X', default_value = "GET")]
    method: String,
    /// A header, `Name: value`. May be given again.
    #[arg(long = "header", short = 'H', value_name = "HEADER")]
    headers: Vec<String>,
    /// A file with the body; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// Other rules than the configured ones: a rule file, or a folder of them.
    #[arg(long, value_name = "PATH")]
    rules: Option<PathBuf>,
    /// Also the rules that work in silence.
    #[arg(long)]
    all: bool,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<ExitCode> {
    let engine = super::engine(place, args.rules.as_ref())?;
    let request = describe(args)?;
    let path = args.uri.split('?').next().unwrap_or_default().to_owned();
    let outcome = run_request(&engine, &request, "check", &|field: &[Part]| is_prompt(&path, field));
    for finding in outcome.findings.iter().filter(|finding| args.all || finding.is_logged) {
        let place = if finding.entry.is_empty() {
            finding.variable.to_owned()
        } else {
            format!("{}:{}", finding.variable, finding.entry)
        };
        output::line(format!("{STRONG}{}{STRONG:#}  {place}", finding.rule))?;
        output::line(format!("   {}", finding.message))?;
        if !finding.logdata.is_empty() {
            output::line(format!("   {}", finding.logdata))?;
        }
        let level = if finding.paranoia > 0 { format!(", level {}", finding.paranoia) } else { String::new() };
        output::line(format!("   {}:{}, phase {}{level}", finding.file, finding.line, finding.phase))?;
    }
    let verdict = match outcome.verdict {
        Verdict::Pass => "it passes".to_owned(),
        Verdict::Deny { rule, status } => format!("it is refused by rule {rule} with {status}"),
    };
    output::line(format!("Score {}: {verdict}.", outcome.score_in))?;
    Ok(if outcome.verdict == Verdict::Pass { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn describe(args: &Args) -> anyhow::Result<Described> {
    let mut request = Described {
        method: args.method.clone().into_bytes(),
        uri: args.uri.clone().into_bytes(),
        version: b"HTTP/1.1".to_vec(),
        ..Described::default()
    };
    for header in &args.headers {
        let (name, value) = header.split_once(':').with_context(|| format!("`{header}` is not `Name: value`"))?;
        request.headers.push((name.trim().as_bytes().to_vec(), value.trim().as_bytes().to_vec()));
    }
    request = request.with_defaults();
    if let Some(file) = &args.body {
        let body = if file.as_os_str() == "-" {
            std::io::read_to_string(std::io::stdin()).map(String::into_bytes)
        } else {
            fs::read(file)
        };
        let body = body.with_context(|| format!("{} cannot be read", file.display()))?;
        request.add("Content-Type", "application/json");
        request.add("Content-Length", &body.len().to_string());
        request.body = body;
    }
    Ok(request)
}
