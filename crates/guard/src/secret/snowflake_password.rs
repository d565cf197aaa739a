//! # What it finds
//! The password of a Snowflake user, behind its name.
//!
//! # Why it matters
//! It opens the warehouse; passwords without a second factor were the cause of the breaches of 2024.
//!
//! # Example
//! `SNOWFLAKE_PASSWORD=…`
//!
//! # Limits and sources
//! Any value of eight characters or more with a digit, since people choose them.

use super::context::{self, keyed};
use super::placeholder::is_placeholder;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE073",
    name: "snowflake-password",
    family: Family::Secret,
    category: "secret.snowflake",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: keyed!("snowflake[_ -]?(?:user[_ -]?|db[_ -]?)?(?:password|pwd|passphrase)", r#"[^\s"'`,;]{8,64}"#),
        anchor: Anchor::Literals(&["snowflake"]),
        longest: 100,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let (at, value) = context::value(candidate.matched())?;
    let is_chosen = value.bytes().any(|byte| byte.is_ascii_digit()) && !is_placeholder(value);
    is_chosen.then_some(Hit { trim: (at, 0), ..Hit::new(0.75, Evidence::Context) })
}
