//! A campaign on paper: for people, for programs, for CI and for code scanning.
//!
//! Invariant: what attackers wrote and targets said is text in every form: it is escaped, and characters that are not drawn, turn
//! the line around or move a cursor are written as `\u{…}`. JSON alone has it as it was.

mod html;
mod junit;
mod sarif;
mod terminal;

use learn::campaign::Campaign;
use learn::campaign::attempt::Step;
use learn::campaign::figure::{Figures, Reach};
use serde_json::json;

pub use self::html::html;
pub use self::junit::junit;
pub use self::sarif::sarif;
pub(super) use self::terminal::terminal;

/// What is reported.
#[derive(Debug)]
pub struct Report<'c> {
    /// Who was attacked.
    pub target: String,
    /// The figures.
    pub figures: Figures,
    /// All tries.
    pub campaign: &'c Campaign,
}

/// Everything, as JSON.
///
/// # Errors
/// Never; a number that is none would be.
pub fn json(report: &Report<'_>) -> anyhow::Result<String> {
    let attempts = report.campaign.attempts().iter().map(|attempt| {
        json!({
            "goal": report.campaign.goals()[attempt.plan.goal].id,
            "strategy": attempt.plan.strategy,
            "chain": attempt.plan.chain,
            "outcome": attempt.verdict.outcome,
            "closeness": attempt.verdict.closeness,
        })
    });
    let whole = json!({
        "target": report.target,
        "settings": report.campaign.settings(),
        "figures": report.figures,
        "attempts": attempts.collect::<Vec<_>>(),
    });
    Ok(serde_json::to_string_pretty(&whole)?)
}

/// A text as it can be shown: what is not drawn is written out.
fn visible(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\t' => c.to_string(),
        '"' | '\'' | '\\' => c.to_string(),
        c => c.escape_debug().collect(),
    };
    text.chars().map(shown).collect()
}

/// What was done to a prompt, in words.
fn chain(steps: &[Step]) -> String {
    let names: Vec<&str> = steps.iter().map(|step| step.mutator.as_str()).collect();
    if names.is_empty() { "as it is".to_owned() } else { names.join(" + ") }
}

/// How a goal was reached, in a sentence.
fn how(reach: &Reach) -> String {
    format!("reached at try {} by {} ({})", reach.tries, chain(&reach.chain), reach.strategy.name())
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_drawn_is_written_out() {
        assert_eq!(visible("a\u{202e}b\u{200b}c\u{1b}[31m\u{e0041}"), "a\\u{202e}b\\u{200b}c\\u{1b}[31m\\u{e0041}");
        assert_eq!(visible("line\n\"quoted\" ä 🙂"), "line\n\"quoted\" ä 🙂");
    }
}
