//! What a policy says of one text.

use std::ops::Range;

use serde::Serialize;

use super::config::{Action, Mask, Stage};
use crate::data::pii::kind;
use crate::data::pii::mask::{Form, Masker};

/// One finding with what the policy does about it. Carries positions, never the text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decision {
    /// The rule that matched.
    pub rule: &'static str,
    /// Its dotted category.
    pub category: &'static str,
    /// Where it looked.
    pub stage: Stage,
    /// What the policy says.
    pub action: Action,
    /// What stands in the place of the text when masked.
    #[serde(skip)]
    pub mask: Mask,
    /// Confidence, 0 to 1.
    pub score: f32,
    /// Where, in bytes.
    #[serde(skip)]
    pub span: Range<usize>,
}

/// The decisions on one text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verdict {
    /// In the order of the text.
    pub decisions: Vec<Decision>,
    /// Rules that the policy wanted and that did not run.
    pub not_run: Vec<&'static str>,
    /// One of those was declared `on_error = "block"`.
    pub failed_closed: bool,
    /// What the embedded tier gave it, where that is to be settled by the transformer.
    pub unsure: Option<f32>,
    /// Part of the text was not inspected, and why.
    pub uninspected: Vec<&'static str>,
}

/// What stands where something was removed: without it, its neighbours could join to what it was put in to hide.
pub const GONE: &str = "\u{fffd}";

impl Verdict {
    /// The most severe action.
    pub fn action(&self) -> Action {
        self.decisions.iter().map(|decision| decision.action).max().unwrap_or_default()
    }
}

impl Decision {
    /// What stands in the place of `original` when it is masked. A pseudonym that nobody stored is a label.
    pub fn replacement(&self, masker: &Masker, original: &str) -> String {
        let form = match self.mask {
            Mask::Remove => return GONE.to_owned(),
            Mask::Label | Mask::Pseudonym => None,
            Mask::Hash => Some(Form::Hash),
            Mask::Generalize => Some(Form::Generalize),
            Mask::Synthetic => Some(Form::Synthetic),
            Mask::Encrypt => Some(Form::Encrypt),
        };
        let made = form.and_then(|form| masker.made(form, self.category, original));
        made.unwrap_or_else(|| label(self.category))
    }
}

/// The first of the most severe decisions.
pub fn worst(decisions: &[Decision]) -> Option<&Decision> {
    decisions.iter().rev().max_by_key(|decision| decision.action)
}

/// The masked spans in order, overlapping ones as one, each with the decision that begins it.
pub fn merged(decisions: &[Decision]) -> Vec<(Range<usize>, &Decision)> {
    let mut masked: Vec<&Decision> = decisions.iter().filter(|decision| decision.action == Action::Mask).collect();
    masked.sort_by_key(|decision| (decision.span.start, std::cmp::Reverse(decision.span.end)));
    let mut spans: Vec<(Range<usize>, &Decision)> = Vec::with_capacity(masked.len());
    for decision in masked {
        match spans.last_mut() {
            Some((span, _)) if decision.span.start < span.end => span.end = span.end.max(decision.span.end),
            _ => spans.push((decision.span.clone(), decision)),
        }
    }
    spans
}

/// `[REDACTED:EMAIL]` for `pii.email`, `[REDACTED:SECRET]` for every credential.
pub fn label(category: &str) -> String {
    let name = match category.split_once('.') {
        Some(("pii" | "entity", rest)) => rest,
        Some(("link", _)) => return "[link removed]".to_owned(),
        Some((family, _)) => family,
        None => category,
    };
    format!("[REDACTED:{}]", kind(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(span: Range<usize>) -> Decision {
        Decision {
            rule: "PI001",
            category: "pii.email",
            stage: Stage::Input,
            action: Action::Mask,
            mask: Mask::Label,
            score: 1.0,
            span,
        }
    }

    #[test]
    fn overlapping_masks_become_one() {
        let decisions = [decision(3..6), decision(1..4), decision(6..8)];
        let spans: Vec<_> = merged(&decisions).into_iter().map(|(span, _)| span).collect();
        assert_eq!(spans, [1..6, 6..8]);
    }

    #[test]
    fn labels_name_the_kind_and_nothing_else() {
        assert_eq!(label("pii.national-id.us-ssn"), "[REDACTED:US_SSN]");
        assert_eq!(label("secret.github"), "[REDACTED:SECRET]");
    }
}
