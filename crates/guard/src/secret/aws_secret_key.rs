//! # What it finds
//! The secret half of an AWS access key, behind its name.
//!
//! # Why it matters
//! With the id it signs any request that its user may make.
//!
//! # Example
//! `aws_secret_access_key = …`, forty characters of base 64
//!
//! # Limits and sources
//! Without its name, forty characters of base 64 are a hash as likely as a key. AWS, *Managing access keys*.

use super::context::{self, keyed};
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE002",
    name: "aws-secret-key",
    family: Family::Secret,
    category: "secret.aws",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: keyed!("(?:aws[_ -]?)?secret[_ -]?(?:access[_ -]?)?key", "[A-Za-z0-9/+]{40}"),
        anchor: Anchor::Literals(&["secret"]),
        longest: 72,
        verify: context::random_value,
    }),
};
