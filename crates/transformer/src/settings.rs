//! What a folder is opened with, and what its `config.json` says.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use crate::folder::Broken;

/// Most labels that a classifier may have.
const LABELS_MAX: usize = 64;
/// Most tokens of a window; attention costs their square.
const WINDOW_TOKENS_MAX: usize = 256;
/// Fewer tell too little.
const WINDOW_TOKENS_MIN: usize = 32;

/// What a folder is opened with.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The folder.
    pub path: PathBuf,
    /// What [`crate::pin`] must give for it; `None` takes what is there.
    pub sha256: Option<String>,
    /// Labels that speak of an attack; empty lets their names say so.
    pub attack_labels: Vec<String>,
    /// What logits are divided by before they become probabilities.
    pub temperature: f32,
    /// Threads that one inference uses.
    pub threads: usize,
}

/// An architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Family {
    /// BERT.
    #[serde(rename = "bert")]
    Bert,
    /// DeBERTa-v2 and DeBERTa-v3, which call themselves the same.
    #[serde(rename = "deberta-v2")]
    Deberta,
    /// ModernBERT.
    #[serde(rename = "modernbert")]
    ModernBert,
}

/// How logits become probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// One label holds.
    Softmax,
    /// Each label holds or not.
    Sigmoid,
}

/// What `config.json` says.
#[derive(Debug, PartialEq)]
pub(crate) struct ModelConfig {
    pub(crate) family: Family,
    /// In the order of the logits.
    pub(crate) labels: Vec<String>,
    pub(crate) scale: Scale,
    /// Tokens of a window, with those that frame it.
    pub(crate) window_tokens: usize,
    pub(crate) pad_token_id: u32,
}

#[derive(Deserialize)]
struct Written {
    model_type: String,
    #[serde(default)]
    id2label: BTreeMap<String, String>,
    problem_type: Option<String>,
    max_position_embeddings: Option<usize>,
    pad_token_id: Option<u32>,
}

impl Settings {
    /// A folder without a pin, on one thread.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), sha256: None, attack_labels: Vec::new(), temperature: 1.0, threads: 1 }
    }
}

impl Family {
    /// Its name, as `config.json` writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bert => "bert",
            Self::Deberta => "deberta-v2",
            Self::ModernBert => "modernbert",
        }
    }
}

impl ModelConfig {
    /// Reads a `config.json`.
    ///
    /// # Errors
    /// When it is none of a sequence classifier of a known family.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Broken> {
        let written: Written = serde_json::from_slice(bytes)
            .map_err(|error| Broken::Unreadable { file: "config.json", why: error.to_string() })?;
        let family = [Family::Bert, Family::Deberta, Family::ModernBert]
            .into_iter()
            .find(|family| family.name() == written.model_type)
            .ok_or_else(|| Broken::Family(written.model_type.chars().take(64).collect()))?;
        let scale = match written.problem_type.as_deref() {
            None | Some("single_label_classification") => Scale::Softmax,
            Some("multi_label_classification") => Scale::Sigmoid,
            Some(_) => return Err(Broken::NoClassifier),
        };
        let positions = written.max_position_embeddings.unwrap_or(WINDOW_TOKENS_MAX);
        if positions < WINDOW_TOKENS_MIN {
            return Err(Broken::NoClassifier);
        }
        Ok(Self {
            family,
            labels: labels(&written.id2label)?,
            scale,
            window_tokens: positions.min(WINDOW_TOKENS_MAX),
            pad_token_id: written.pad_token_id.unwrap_or(0),
        })
    }
}

/// The labels in the order of their numbers, which leave none out.
fn labels(named: &BTreeMap<String, String>) -> Result<Vec<String>, Broken> {
    if !(2..=LABELS_MAX).contains(&named.len()) {
        return Err(Broken::NoClassifier);
    }
    (0..named.len()).map(|id| named.get(&id.to_string()).cloned().ok_or(Broken::NoClassifier)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ModelConfig, Broken> {
        ModelConfig::parse(text.as_bytes())
    }

    #[test]
    fn labels_come_in_the_order_of_their_numbers() {
        let config = parse(r#"{"model_type": "bert", "id2label": {"1": "B", "0": "A", "2": "C"}}"#).unwrap();
        assert_eq!(config.labels, ["A", "B", "C"]);
        assert_eq!((config.scale, config.window_tokens), (Scale::Softmax, 256));
    }

    #[test]
    fn a_model_with_few_positions_gets_small_windows() {
        let text = r#"{"model_type": "bert", "id2label": {"0": "A", "1": "B"}, "max_position_embeddings": 96}"#;
        assert_eq!(parse(text).unwrap().window_tokens, 96);
    }

    #[test]
    fn what_is_no_classifier_is_refused() {
        for text in [
            r#"{"model_type": "bert"}"#,
            r#"{"model_type": "bert", "id2label": {"0": "ONE"}}"#,
            r#"{"model_type": "bert", "id2label": {"0": "A", "2": "B"}}"#,
            r#"{"model_type": "bert", "id2label": {"0": "A", "1": "B"}, "problem_type": "regression"}"#,
            r#"{"model_type": "bert", "id2label": {"0": "A", "1": "B"}, "max_position_embeddings": 1}"#,
        ] {
            assert_eq!(parse(text), Err(Broken::NoClassifier), "{text}");
        }
        assert_eq!(parse(r#"{"model_type": "llama"}"#), Err(Broken::Family("llama".to_owned())));
        assert!(matches!(parse("{"), Err(Broken::Unreadable { file: "config.json", .. })));
    }
}
