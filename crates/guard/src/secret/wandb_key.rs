//! # What it finds
//! An API key of Weights & Biases, behind its name.
//!
//! # Why it matters
//! It reads and changes the experiments of a team.
//!
//! # Example
//! `WANDB_API_KEY=…`, 40 hexadecimal digits
//!
//! # Limits and sources
//! Without its name it is a SHA-1.

use super::context::{self, keyed};
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE070",
    name: "wandb-key",
    family: Family::Secret,
    category: "secret.wandb",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: keyed!("wandb(?:[_ -]?api)?[_ -]?(?:key|token)", "[0-9a-f]{40}"),
        anchor: Anchor::Literals(&["wandb"]),
        longest: 66,
        verify: context::random_value,
    }),
};
