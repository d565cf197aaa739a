//! The rules of a set that the tagger of names answers, over the text as it is.
//!
//! Spellings that hide a name are resolved token by token, so decoded views are not tagged: what base64 hides is found by
//! nobody here.

use std::sync::Arc;

use crate::entity::{Kind, Model, embedded};
use crate::finding::{Evidence, Finding};
use crate::rule::{Matcher, Rule};

/// Rules and the tagger that answers for them.
#[derive(Debug)]
pub(super) struct EntitySet {
    rules: Vec<(&'static Rule, Kind)>,
    /// `None`: nobody asks, or it did not pass its self-test.
    model: Option<Arc<Model>>,
}

impl EntitySet {
    pub(super) fn new(rules: impl IntoIterator<Item = &'static Rule>) -> Self {
        let entity = |rule: &'static Rule| match rule.matcher {
            Matcher::Entity(kind) => Some((rule, kind)),
            Matcher::Exact(_)
            | Matcher::Phrase(_)
            | Matcher::Protected(_)
            | Matcher::Learned(_)
            | Matcher::Transformer
            | Matcher::Value(_)
            | Matcher::Contract => None,
        };
        let rules: Vec<_> = rules.into_iter().filter_map(entity).collect();
        let model = if rules.is_empty() { None } else { embedded().ok() };
        Self { rules, model }
    }

    pub(super) fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        self.rules.iter().map(|(rule, _)| *rule)
    }

    /// Rules that cannot answer.
    pub(super) fn broken(&self) -> impl Iterator<Item = &'static Rule> {
        self.rules().filter(|_| self.model.is_none())
    }

    pub(super) fn scan(&self, text: &str, findings: &mut Vec<Finding>) {
        let Some(model) = &self.model else { return };
        for entity in model.tag(text) {
            let asked = self.rules.iter().filter(|(_, kind)| *kind == entity.kind);
            findings.extend(asked.map(|(rule, _)| Finding {
                rule,
                span: entity.span.clone(),
                score: entity.score,
                evidence: Evidence::Learned,
                view: Vec::new(),
            }));
        }
    }
}
