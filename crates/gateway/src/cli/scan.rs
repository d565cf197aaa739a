//! `portcullis scan --jsonl`: many texts, streamed, in order.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::Place;
use crate::model::policy::config::{Action, Stage};
use crate::proxy::evaluate::Evaluator;

/// Look at many texts: JSON lines in, JSON lines out, in order.
///
/// In: {"id": …, "text": "…", "stage": "input"}; `stage` may be left out. Out: {"id", "action", "findings":
/// [{"rule", "category", "score", "start", "end"}], "scores": {category: 0..1}}. Positions are bytes of the text.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// JSON lines on standard input and output. The only form there is, so it may be left out.
    #[arg(long)]
    jsonl: bool,
    /// The policy to ask; the first one of the configuration, or the shipped default.
    #[arg(long)]
    policy: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Question {
    id: serde_json::Value,
    text: String,
    #[serde(default = "input")]
    stage: Stage,
}

fn input() -> Stage {
    Stage::Input
}

#[derive(Debug, Serialize)]
struct Reply<'a> {
    id: &'a serde_json::Value,
    action: Action,
    findings: Vec<Found>,
    scores: &'a BTreeMap<&'static str, f32>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    uninspected: &'a [&'static str],
}

#[derive(Debug, Serialize)]
struct Found {
    rule: &'static str,
    category: &'static str,
    score: f32,
    start: usize,
    end: usize,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<ExitCode> {
    let evaluator = {
        let config = place.load_or_default()?;
        Evaluator::new(&config, args.policy.as_deref(), place.model(&config)?)?
            .with_transformer(place.transformer(&config)?)
    };
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
        let question: Question = serde_json::from_slice(&text)
            .with_context(|| format!("line {number} is not {{\"id\", \"text\"[, \"stage\"]}}"))?;
        answer(&evaluator, &question, &mut out)?;
        // Whoever feeds a line and waits for its answer gets it.
        out.flush()?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn answer(evaluator: &Evaluator, question: &Question, out: &mut impl Write) -> anyhow::Result<()> {
    let evaluation = evaluator.evaluate(&question.text, question.stage);
    let findings = evaluation
        .findings
        .iter()
        .map(|finding| Found {
            rule: finding.rule,
            category: finding.category,
            score: finding.score,
            start: finding.start,
            end: finding.end,
        })
        .collect();
    let reply = Reply {
        id: &question.id,
        action: evaluation.action,
        findings,
        scores: &evaluation.scores,
        uninspected: &evaluation.uninspected,
    };
    serde_json::to_writer(&mut *out, &reply)?;
    out.write_all(b"\n")?;
    Ok(())
}
