//! # What it finds
//! An API key of RubyGems.
//!
//! # Why it matters
//! It publishes gems.
//!
//! # Example
//! `rubygems_` and 48 hexadecimal digits
//!
//! # Limits and sources
//! Older keys are bare hexadecimal digits.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE029",
    name: "rubygems-token",
    family: Family::Secret,
    category: "secret.rubygems",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\brubygems_[0-9a-f]{48}\b",
        anchor: Anchor::Literals(&["rubygems_"]),
        longest: 57,
        verify: entropy::tail::<48>,
    }),
};
