//! # What it finds
//! A session token of AWS's security token service.
//!
//! # Why it matters
//! With the temporary key pair it acts as the role until it expires.
//!
//! # Example
//! `IQoJb3JpZ2lu…`, several hundred characters
//!
//! # Limits and sources
//! Tokens begin with an encoded marker of their region; three markers are known. Up to 1,600 characters.

use super::entropy;
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE003",
    name: "aws-session-token",
    family: Family::Secret,
    category: "secret.aws",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b(?:IQoJb3JpZ2lu|FwoGZXIvYXdz|FQoGZXIvYXdz)[A-Za-z0-9/+]{80,1600}={0,2}",
        anchor: Anchor::Literals(&["IQoJb3JpZ2lu", "FwoGZXIvYXdz", "FQoGZXIvYXdz"]),
        longest: 1_614,
        verify: entropy::tail::<80>,
    }),
};
