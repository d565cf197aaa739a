//! # What it finds
//! The auth token of a Twilio account, behind its name.
//!
//! # Why it matters
//! It is the password of the whole account.
//!
//! # Example
//! `TWILIO_AUTH_TOKEN=…`, 32 hexadecimal digits
//!
//! # Limits and sources
//! Without its name it is an MD5.

use super::context::{self, keyed};
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE041",
    name: "twilio-auth-token",
    family: Family::Secret,
    category: "secret.twilio",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: keyed!("twilio[_ -]?(?:auth[_ -]?|api[_ -]?)?(?:token|secret)", "[0-9a-z]{32}"),
        anchor: Anchor::Literals(&["twilio"]),
        longest: 61,
        verify: context::random_value,
    }),
};
