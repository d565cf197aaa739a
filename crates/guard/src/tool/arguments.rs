//! # What it finds
//! A call whose arguments do not conform to the JSON Schema that the request declares for the tool, or are no JSON at
//! all.
//!
//! # Why it matters
//! Programs check the arguments of their tools less often than they think. A field that nobody declared, a number
//! where a list of words was, or one key twice is how a call does more than it says.
//!
//! # Example
//! `{"amount": "all", "to": "x"}` for a tool that declares `amount` as a number.
//!
//! # Limits and sources
//! Only with `tool.arguments`. A schema that cannot be judged (remote `$ref`, too large, keywords that are not known)
//! is not run, which `on_error` decides about. `format` is not looked at. Keys that stand twice are refused, because
//! readers differ in which they take.

use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "TL003",
    name: "tool-arguments",
    family: Family::Tool,
    category: "tool.arguments",
    tags: &["owasp:LLM06", "owasp-agentic:ASI02", "atlas:AML.T0086"],
    matcher: Matcher::Contract,
};
