//! # What it finds
//! Other control characters: NUL, backspace, delete, a bare escape, and the C1 range.
//!
//! # Why it matters
//! They have no meaning in text and do have one in terminals, parsers and logs.
//!
//! # Example
//! `rm -rf /tmp/x\u{8}\u{8}\u{8}`
//!
//! # Limits and sources
//! Tab, line feed, carriage return, form feed and vertical tab are clean.

use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "TE003",
    name: "control-character",
    family: Family::Terminal,
    category: "terminal.control",
    tags: &["owasp:LLM05", "owasp-agentic:ASI05", "atlas:AML.T0067"],
    matcher: Matcher::Exact(Exact {
        pattern: r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]{1,64}|\x1b[^\[\]P_^X]|(?:\xc2[\x80-\x84\x86-\x9a\x9c\x9e\x9f]){1,32}",
        anchor: Anchor::Literals(&[
            "\u{0}", "\u{1}", "\u{2}", "\u{3}", "\u{4}", "\u{5}", "\u{6}", "\u{7}", "\u{8}", "\u{e}", "\u{f}",
            "\u{10}", "\u{11}", "\u{12}", "\u{13}", "\u{14}", "\u{15}", "\u{16}", "\u{17}", "\u{18}", "\u{19}",
            "\u{1a}", "\u{1b}", "\u{1c}", "\u{1d}", "\u{1e}", "\u{1f}", "\u{7f}", "\u{80}", "\u{81}", "\u{82}",
            "\u{83}", "\u{84}", "\u{86}", "\u{87}", "\u{88}", "\u{89}", "\u{8a}", "\u{8b}", "\u{8c}", "\u{8d}",
            "\u{8e}", "\u{8f}", "\u{90}", "\u{91}", "\u{92}", "\u{93}", "\u{94}", "\u{95}", "\u{96}", "\u{97}",
            "\u{98}", "\u{99}", "\u{9a}", "\u{9c}", "\u{9e}", "\u{9f}",
        ]),
        longest: 64,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let moves = found.contains(['\u{8}', '\u{7f}', '\u{1b}', '\0']);
    Some(Hit::new(if moves { 0.8 } else { 0.6 }, Evidence::Pattern))
}
