//! # What it finds
//! A secret key of the age file encryption tool.
//!
//! # Why it matters
//! It opens every file that was encrypted to its owner.
//!
//! # Example
//! `AGE-SECRET-KEY-1` and 58 characters
//!
//! # Limits and sources
//! The checksum of the encoding is not verified. Post-quantum keys (`AGE-SECRET-KEY-PQ-1`) are covered.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE093",
    name: "age-key",
    family: Family::Secret,
    category: "secret.age",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bAGE-SECRET-KEY-(?:PQ-)?1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}\b",
        anchor: Anchor::Literals(&["AGE-SECRET-KEY-"]),
        longest: 77,
        verify: entropy::tail::<58>,
    }),
};
