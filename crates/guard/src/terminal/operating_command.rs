//! # What it finds
//! Control strings: window titles, hyperlinks (OSC 8), the clipboard (OSC 52), device strings.
//!
//! # Why it matters
//! They reach out of the text: a link shows one address and opens another, a clipboard write waits for the next
//! paste into a shell.
//!
//! # Example
//! `\u{1b}]52;c;cm0gLXJmIH4=\u{7}`
//!
//! # Limits and sources
//! Follows the documentation of xterm. Strings longer than 2 KiB are matched by their beginning.

use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "TE002",
    name: "operating-command",
    family: Family::Terminal,
    category: "terminal.osc",
    tags: &["owasp:LLM05", "owasp-agentic:ASI05", "atlas:AML.T0067"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\x1b[\]P_^X][^\x07\x1b]{0,2048}(?:\x07|\x1b\\)?|\xc2\x9d[^\x07\x1b]{0,2048}(?:\x07|\x1b\\|\xc2\x9c)?",
        anchor: Anchor::Literals(&["\u{1b}]", "\u{1b}P", "\u{1b}_", "\u{1b}^", "\u{1b}X", "\u{9d}"]),
        longest: 2056,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let reaches_out = found.contains("]52;") || found.contains("]8;") || !found.starts_with("\u{1b}]");
    Some(Hit::new(if reaches_out { 0.95 } else { 0.85 }, Evidence::Pattern))
}
