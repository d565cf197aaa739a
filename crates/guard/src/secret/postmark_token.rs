//! # What it finds
//! A server or account token of Postmark, behind its name.
//!
//! # Why it matters
//! It sends mail that passes as the owner's.
//!
//! # Example
//! `POSTMARK_SERVER_TOKEN=…`, a UUID
//!
//! # Limits and sources
//! Without its name it is a UUID.

use super::context::{self, keyed};
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE045",
    name: "postmark-token",
    family: Family::Secret,
    category: "secret.postmark",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: keyed!(
            "postmark[_ -]?(?:server[_ -]?|account[_ -]?|api[_ -]?){0,2}(?:token|key)|x-postmark-(?:server|account)-token",
            "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
        ),
        anchor: Anchor::Literals(&["postmark"]),
        longest: 77,
        verify: context::random_value,
    }),
};
