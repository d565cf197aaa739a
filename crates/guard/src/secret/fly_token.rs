//! # What it finds
//! A token of Fly.io, a macaroon.
//!
//! # Why it matters
//! It deploys to the applications of an organization.
//!
//! # Example
//! `fm2_` and a few hundred characters of base 64
//!
//! # Limits and sources
//! The prefix `FlyV1` stays outside of what is reported.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE020",
    name: "fly-token",
    family: Family::Secret,
    category: "secret.fly",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bfm[12][ar]?_[A-Za-z0-9+/]{80,1200}={0,3}",
        anchor: Anchor::Literals(&["fm1_", "fm1a_", "fm1r_", "fm2_", "fm2a_", "fm2r_"]),
        longest: 1_208,
        verify: entropy::tail::<60>,
    }),
};
