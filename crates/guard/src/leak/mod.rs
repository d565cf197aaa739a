//! Leaks of the operator's prompt: a canary that must never come back, and how much of the prompt an answer contains.

mod canary;
mod canary_rule;
mod containment;
mod shingle_rule;

pub use canary::Canary;
pub use containment::Containment;

use std::ops::Range;
use std::sync::Arc;

use crate::finding::{Evidence, Finding};
use crate::rule::{Matcher, Protected, Rule};
use crate::watch::Watch;
use containment::Shingles;

/// The rules of this family, in order of their ids.
pub const RULES: &[&Rule] = &[&canary_rule::RULE, &shingle_rule::RULE];

/// What an answer is compared with.
#[derive(Debug, Default)]
pub struct ProtectedText {
    canary: Option<Canary>,
    shingles: Arc<Shingles>,
}

impl ProtectedText {
    /// Takes the operator's texts, and the canary that was put into them.
    pub fn new<'t>(texts: impl IntoIterator<Item = &'t str>, canary: Option<Canary>) -> Self {
        Self { canary, shingles: Arc::new(Shingles::new(texts)) }
    }

    /// The canary, when there is one.
    pub fn canary(&self) -> Option<&Canary> {
        self.canary.as_ref()
    }

    /// Adds the encodings of the canary to what a stream looks out for.
    pub fn watch(&self, watch: &mut Watch) {
        for literal in self.canary.iter().flat_map(Canary::encodings) {
            watch.add(literal, &canary_rule::RULE);
        }
    }

    /// A comparison that text is pushed into.
    pub fn containment(&self) -> Containment {
        Containment::new(self.shingles.clone())
    }

    /// Compares a complete text by one of the rules.
    pub(crate) fn compare(&self, rule: &'static Rule, text: &str, found: &mut Vec<Finding>) {
        match rule.matcher {
            Matcher::Protected(Protected::Shingles) => found.extend(self.containment().push(text, true, rule)),
            Matcher::Protected(Protected::Canary) => {
                let spans = self.canary.iter().flat_map(|canary| canary.find(text));
                found.extend(spans.map(|span| known(rule, span, 1.0)));
            }
            Matcher::Exact(_)
            | Matcher::Phrase(_)
            | Matcher::Learned(_)
            | Matcher::Entity(_)
            | Matcher::Transformer
            | Matcher::Value(_)
            | Matcher::Contract => {}
        }
    }
}

/// A finding that equals something known.
fn known(rule: &'static Rule, span: Range<usize>, score: f32) -> Finding {
    Finding { rule, span, score, evidence: Evidence::Known, view: Vec::new() }
}
