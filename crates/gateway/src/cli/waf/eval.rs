//! `portcullis waf eval --jsonl`: many requests, streamed, in order.

use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use waf::Verdict;

use super::super::Place;
use super::request::{Answer, Described, no_prompt, run as run_request};

/// Run many requests through the rules: JSON lines in, JSON lines out, in order.
///
/// In: {"id", "method", "uri", "version", "headers": [[name, value]], "body_b64"[, "response": {"status", "headers",
/// "body_b64"}]}. Out: {"id", "rules": [ids that matched and log], "score_in", "score_out", "action"}. No field counts as a
/// prompt.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// A rule file, or a folder of them; the configured rules without it.
    #[arg(long, value_name = "PATH")]
    rules: Option<PathBuf>,
    /// JSON lines on standard input and output. The only form there is, so it may be left out.
    #[arg(long)]
    jsonl: bool,
}

#[derive(Debug, Deserialize)]
struct Question {
    id: serde_json::Value,
    method: String,
    uri: String,
    #[serde(default = "version")]
    version: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    body_b64: String,
    response: Option<Response>,
}

#[derive(Debug, Deserialize)]
struct Response {
    status: u16,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    body_b64: String,
}

#[derive(Debug, Serialize)]
struct Reply<'a> {
    id: &'a serde_json::Value,
    rules: Vec<u32>,
    score_in: i64,
    score_out: i64,
    action: &'static str,
}

fn version() -> String {
    "HTTP/1.1".to_owned()
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<ExitCode> {
    let engine = super::engine(place, args.rules.as_ref())?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut input = io::stdin().lock();
    let mut text = Vec::new();
    for number in 1.. {
        text.clear();
        if input.read_until(b'\n', &mut text)? == 0 {
            break;
        }
        if text.trim_ascii().is_empty() {
            continue;
        }
        let question: Question =
            serde_json::from_slice(&text).with_context(|| format!("line {number} is not a request"))?;
        let request = describe(&question).with_context(|| format!("in line {number}"))?;
        let outcome = run_request(&engine, &request, &question.id.to_string(), &no_prompt);
        let mut rules: Vec<u32> = Vec::new();
        for finding in outcome.findings.iter().filter(|finding| finding.is_logged) {
            if !rules.contains(&finding.rule) {
                rules.push(finding.rule);
            }
        }
        let action = if outcome.verdict == Verdict::Pass { "pass" } else { "deny" };
        let (score_in, score_out) = (outcome.score_in, outcome.score_out);
        serde_json::to_writer(&mut out, &Reply { id: &question.id, rules, score_in, score_out, action })?;
        out.write_all(b"\n")?;
        // Whoever feeds a line and waits for its answer gets it.
        out.flush()?;
    }
    Ok(ExitCode::SUCCESS)
}

fn describe(question: &Question) -> anyhow::Result<Described> {
    let answer = question.response.as_ref().map(|response| {
        let body = STANDARD.decode(&response.body_b64).context("response.body_b64 is not base 64")?;
        Ok::<_, anyhow::Error>(Answer { status: response.status, headers: pairs(&response.headers), body })
    });
    Ok(Described {
        method: question.method.clone().into_bytes(),
        uri: question.uri.clone().into_bytes(),
        version: question.version.clone().into_bytes(),
        headers: pairs(&question.headers),
        body: STANDARD.decode(&question.body_b64).context("body_b64 is not base 64")?,
        answer: answer.transpose()?,
    })
}

/// Headers as bytes: letters up to U+00FF are the bytes of that number, as header fields have them.
fn pairs(headers: &[(String, String)]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let bytes = |text: &String| {
        let latin: Option<Vec<u8>> = text.chars().map(|letter| u8::try_from(u32::from(letter)).ok()).collect();
        latin.unwrap_or_else(|| text.clone().into_bytes())
    };
    headers.iter().map(|(name, value)| (bytes(name), bytes(value))).collect()
}
