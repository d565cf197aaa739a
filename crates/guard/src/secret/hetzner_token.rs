//! # What it finds
//! An API token of Hetzner Cloud, behind its name.
//!
//! # Why it matters
//! It manages the machines and volumes of a project.
//!
//! # Example
//! `HCLOUD_TOKEN=…`, 64 characters
//!
//! # Limits and sources
//! Without its name it has no shape.

use super::context::{self, keyed};
use crate::rule::{Anchor, Exact, Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE015",
    name: "hetzner-token",
    family: Family::Secret,
    category: "secret.hetzner",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: keyed!("(?:hcloud|hetzner)[_ -]?(?:cloud[_ -]?)?(?:api[_ -]?)?(?:token|key)", "[A-Za-z0-9]{64}"),
        anchor: Anchor::Literals(&["hcloud", "hetzner"]),
        longest: 98,
        verify: context::random_value,
    }),
};
