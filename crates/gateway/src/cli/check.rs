//! `portcullis check`: one text, every finding explained.

use std::io::Read;
use std::process::ExitCode;

use super::Place;
use super::output::{BAD, DIM, GOOD, STRONG, WARN, json_pretty, line};
use crate::model::policy::config::{Action, Stage};
use crate::proxy::evaluate::{Evaluation, Evaluator};

/// Look at one text, and explain every finding.
///
/// The exit code is 1 when the policy would mask, hold or block it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The text. `-` or nothing reads standard input.
    text: Option<String>,
    /// Where the text stands.
    #[arg(long, value_enum, default_value_t = StageArg::Input)]
    stage: StageArg,
    /// The policy to ask; the first one of the configuration, or the shipped default.
    #[arg(long)]
    policy: Option<String>,
    /// Print the findings as JSON.
    #[arg(long)]
    json: bool,
}

/// Where a text stands.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(super) enum StageArg {
    /// A prompt.
    Input,
    /// A tool's result or a retrieved document.
    ToolResult,
    /// An answer.
    Output,
    /// Arguments of a tool call.
    ToolCall,
}

impl From<StageArg> for Stage {
    fn from(stage: StageArg) -> Self {
        match stage {
            StageArg::Input => Self::Input,
            StageArg::ToolResult => Self::ToolResult,
            StageArg::Output => Self::Output,
            StageArg::ToolCall => Self::ToolCall,
        }
    }
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<ExitCode> {
    let text = match args.text.as_deref() {
        Some(text) if text != "-" => text.to_owned(),
        _ => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            text
        }
    };
    let config = place.load_or_default()?;
    let evaluator = Evaluator::new(&config, args.policy.as_deref(), place.model(&config)?)?
        .with_transformer(place.transformer(&config)?);
    let evaluation = evaluator.evaluate(&text, args.stage.into());
    if args.json {
        json_pretty(&evaluation)?;
    } else {
        explain(&text, &evaluation)?;
    }
    Ok(if evaluation.action >= Action::Mask { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn explain(text: &str, evaluation: &Evaluation) -> anyhow::Result<()> {
    let style = style(evaluation.action);
    line(format_args!(
        "{style}{}{style:#}  policy {} {DIM}({} bytes, {} µs){DIM:#}",
        name(evaluation.action),
        evaluation.policy,
        text.len(),
        evaluation.elapsed_us
    ))?;
    for finding in &evaluation.findings {
        let style = self::style(finding.action);
        line("")?;
        line(format_args!(
            "{STRONG}{} {}{STRONG:#}  {}  score {:.2}  {style}{}{style:#}",
            finding.rule,
            finding.name,
            finding.category,
            finding.score,
            name(finding.action)
        ))?;
        line(format_args!("  {}", excerpt(text, finding.start, finding.end)))?;
        let seen = if finding.view.is_empty() {
            String::new()
        } else {
            format!(", seen through {}", finding.view.join(" → "))
        };
        if !finding.because.is_empty() {
            let words = finding.because.iter().map(|reason| text[reason.start..reason.end].trim());
            // Words of a decoded text all come from the same place.
            let mut told: Vec<&str> = Vec::new();
            words.for_each(|word| {
                if !told.contains(&word) {
                    told.push(word);
                }
            });
            line(format_args!("  because of: {}", told.join(" · ")))?;
        }
        line(format_args!("  {DIM}{:?} evidence{seen}; {}{DIM:#}", finding.evidence, finding.tags.join(" ")))?;
    }
    let scores: Vec<String> =
        evaluation.scores.iter().map(|(category, score)| format!("{category} {score:.2}")).collect();
    line(format_args!("\n{DIM}scores: {}; model {}{DIM:#}", scores.join(", "), evaluation.model))?;
    for reason in &evaluation.uninspected {
        line(format_args!("{WARN}not inspected{WARN:#}: {reason}"))?;
    }
    for rule in &evaluation.not_run {
        let is_opt_in = guard::rule(rule).is_some_and(|rule| rule.family.is_opt_in());
        let needs = match *rule {
            _ if is_opt_in => "a line of the policy that names it",
            "CL007" => "more time: transformer.budget_ms",
            _ => "a request's context",
        };
        line(format_args!("{DIM}did not run: {rule} (needs {needs}){DIM:#}"))?;
    }
    Ok(())
}

/// The match in its surroundings, on one line.
fn excerpt(text: &str, start: usize, end: usize) -> String {
    let from = text[..start].char_indices().rev().nth(23).map_or(0, |(at, _)| at);
    let to = text[end..].char_indices().nth(24).map_or(text.len(), |(at, _)| end + at);
    let clean = |part: &str| part.chars().map(|c| if c.is_control() { '␣' } else { c }).collect::<String>();
    let matched = clean(&text[start..end]);
    let shown: String = matched.chars().take(120).collect();
    format!("{}{BAD}{shown}{BAD:#}{}", clean(&text[from..start]), clean(&text[end..to]))
}

fn style(action: Action) -> anstyle::Style {
    match action {
        Action::Allow => GOOD,
        Action::Flag | Action::Mask => WARN,
        Action::Review | Action::Block => BAD,
    }
}

fn name(action: Action) -> &'static str {
    match action {
        Action::Allow => "allow",
        Action::Flag => "flag",
        Action::Mask => "mask",
        Action::Review => "review",
        Action::Block => "block",
    }
}
