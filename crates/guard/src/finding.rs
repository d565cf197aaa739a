//! What a scan reports.
//!
//! Invariant: findings carry positions and never the text itself, so they can be logged and shown to the one who was
//! blocked.

use std::ops::Range;

use crate::rule::Rule;

/// One match of one rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The rule that matched.
    pub rule: &'static Rule,
    /// Where, in bytes of the original text.
    pub span: Range<usize>,
    /// Confidence, 0 to 1.
    pub score: f32,
    /// What makes it credible.
    pub evidence: Evidence,
    /// The transforms that led to the text it was found in (`base64`, `confusables`); empty for the text as it is.
    pub view: Vec<&'static str>,
}

/// What makes a finding credible, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// A model's estimate.
    Learned,
    /// The shape alone.
    Pattern,
    /// Words nearby.
    Context,
    /// Looks random enough to be a key.
    Entropy,
    /// A checksum or a full parse agreed.
    Checksum,
    /// Equal to something known (canary, system prompt).
    Known,
}
