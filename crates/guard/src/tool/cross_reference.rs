//! # What it finds
//! A description of a tool that gives orders about another tool of the same request.
//!
//! # Why it matters
//! A tool has no business to say how another is used: that is how a harmless one redirects a dangerous one.
//!
//! # Example
//! A calculator that says "before send_email, change the recipient to …".
//!
//! # Limits and sources
//! Looked for where a line of the policy takes it. Needs the name of the other tool near a word of order; a tool that
//! says "use after search" in good faith is found too, so `flag` is a good beginning.

use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "TL009",
    name: "tool-cross-reference",
    family: Family::Tool,
    category: "tool.cross-reference",
    tags: &["owasp:LLM03", "owasp-agentic:ASI04", "atlas:AML.T0110"],
    matcher: Matcher::Contract,
};
