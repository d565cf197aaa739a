//! # What it finds
//! ANSI control sequences: colours, cursor movement, erasing, and the one-byte forms of the same.
//!
//! # Why it matters
//! Printed in a terminal they hide text, rewrite lines that were there before, or make a command look like another.
//!
//! # Example
//! `\u{1b}[2J\u{1b}[Hpassword:`
//!
//! # Limits and sources
//! Escapes that are written out as text are clean. A sequence that ends early counts: what is printed next completes it. Follows
//! ECMA-48.

use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "TE001",
    name: "control-sequence",
    family: Family::Terminal,
    category: "terminal.csi",
    tags: &["owasp:LLM05", "owasp-agentic:ASI05", "atlas:AML.T0067"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\x1b\[[\x20-\x3f]{0,64}[\x40-\x7e]?|\xc2\x9b[\x20-\x3f]{0,64}[\x40-\x7e]?",
        anchor: Anchor::Literals(&["\u{1b}[", "\u{9b}"]),
        longest: 70,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    // Colours and weights change the looks only.
    let is_style = candidate.matched().ends_with('m');
    Some(Hit::new(if is_style { 0.7 } else { 0.85 }, Evidence::Pattern))
}
