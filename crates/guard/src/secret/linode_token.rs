//! # What it finds
//! A personal access token of Linode, behind its name.
//!
//! # Why it matters
//! It manages every machine of the account.
//!
//! # Example
//! `LINODE_TOKEN=…`, 64 hexadecimal digits
//!
//! # Limits and sources
//! Without its name it is a SHA-256.

use super::context::{self, keyed};
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE014",
    name: "linode-token",
    family: Family::Secret,
    category: "secret.linode",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: keyed!("linode[_ -]?(?:api[_ -]?|cli[_ -]?|access[_ -]?)?(?:token|key)", "[0-9a-f]{64}"),
        anchor: Anchor::Literals(&["linode"]),
        longest: 94,
        verify: context::random_value,
    }),
};
