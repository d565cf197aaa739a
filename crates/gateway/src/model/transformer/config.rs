//! Settings of the transformer tier.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use transformer::Settings;

/// A classifier in a local folder that judges what the embedded tier is unsure of (rule CL007).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransformerConfig {
    /// The folder with `config.json`, `tokenizer.json` and `model.onnx` or `model.rten`.
    pub path: PathBuf,
    /// Its pin, as `portcullis model pin FOLDER` prints it. Another folder is refused.
    pub sha256: String,
    /// The labels that speak of an attack, for a model whose own names do not say so.
    #[serde(default)]
    pub attack_labels: Vec<String>,
    /// What logits are divided by before they become probabilities; above 1 makes a model less sure of itself.
    #[serde(default = "temperature")]
    pub temperature: f32,
    /// From which to which score of the embedded tier (CL001) a text is escalated. Within, the transformer's score counts.
    #[serde(default = "escalate")]
    pub escalate: [f64; 2],
    /// How long all texts of one request may take together, in milliseconds.
    #[serde(default = "budget_ms")]
    pub budget_ms: u64,
    /// What happens to a text when time or the queue does not suffice.
    #[serde(default)]
    pub on_timeout: OnTimeout,
    /// Texts that may wait; one is judged at a time.
    #[serde(default = "queue_max")]
    pub queue_max: usize,
    /// Threads that one inference uses.
    #[serde(default = "threads")]
    pub threads: usize,
}

/// What happens to a text that was not judged in time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnTimeout {
    /// The embedded tier's score counts, as without a transformer.
    #[default]
    Embedded,
    /// The request is answered with 503, where the policy acts on CL007.
    Block,
    /// It passes, whatever the embedded tier found. What other rules found still counts.
    Allow,
}

impl TransformerConfig {
    /// One sentence for every broken rule, beginning with the field.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut ask = |holds: bool, says: &str| {
            if !holds {
                problems.push(says.to_owned());
            }
        };
        let is_hex = self.sha256.len() == 64 && self.sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        ask(is_hex, "sha256: must be 64 hex digits, as `portcullis model pin FOLDER` prints them");
        let [low, high] = self.escalate;
        ask(
            0.0 <= low && low < high && high <= 1.0,
            "escalate: must be two scores between 0 and 1, the lower one first",
        );
        ask((1..=60_000).contains(&self.budget_ms), "budget_ms: must be between 1 and 60000");
        ask((1..=1_024).contains(&self.queue_max), "queue_max: must be between 1 and 1024");
        ask((1..=64).contains(&self.threads), "threads: must be between 1 and 64");
        ask((0.01..=100.0).contains(&self.temperature), "temperature: must be between 0.01 and 100");
        problems
    }

    /// What the folder is opened with.
    pub fn settings(&self) -> Settings {
        Settings {
            path: self.path.clone(),
            sha256: Some(self.sha256.clone()),
            attack_labels: self.attack_labels.clone(),
            temperature: self.temperature,
            threads: self.threads,
        }
    }

    /// How long all texts of one request may take together.
    pub fn budget(&self) -> Duration {
        Duration::from_millis(self.budget_ms)
    }

    /// Whether a text with this score of the embedded tier is escalated.
    pub fn is_unsure(&self, score: f32) -> bool {
        let [low, high] = self.escalate;
        (low..=high).contains(&f64::from(score))
    }
}

fn temperature() -> f32 {
    1.0
}

fn escalate() -> [f64; 2] {
    [0.04, 0.77]
}

fn budget_ms() -> u64 {
    1_000
}

fn queue_max() -> usize {
    16
}

fn threads() -> usize {
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(more: &str) -> Vec<String> {
        let text = format!("path = 'p'\nsha256 = '{}'\n{more}", "a".repeat(64));
        toml::from_str::<TransformerConfig>(&text).unwrap().problems()
    }

    #[test]
    fn the_defaults_hold_and_every_bound_is_kept() {
        assert!(problems("").is_empty());
        for (more, field) in [
            ("escalate = [0.9, 0.2]", "escalate"),
            ("escalate = [0.2, 1.5]", "escalate"),
            ("escalate = [nan, 0.5]", "escalate"),
            ("budget_ms = 0", "budget_ms"),
            ("queue_max = 0", "queue_max"),
            ("threads = 1000", "threads"),
            ("temperature = 0.0", "temperature"),
            ("temperature = nan", "temperature"),
        ] {
            let found = problems(more);
            assert!(found.len() == 1 && found[0].starts_with(field), "{more}: {found:?}");
        }
        let config: TransformerConfig = toml::from_str("path = 'p'\nsha256 = 'x'").unwrap();
        assert!(config.problems()[0].starts_with("sha256"));
    }
}
