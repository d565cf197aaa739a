//! # What it finds
//! A year of the last or of this century behind a word that makes it one: `since 2004`, `im Jahr 1985`.
//!
//! # Why it matters
//! When somebody was born or hired narrows down who it was.
//!
//! # Example
//! `born in 1985`
//!
//! # Limits and sources
//! A year by itself is clean. HIPAA's safe harbor keeps years; whoever wants them kept leaves this rule out. Runs only where a
//! policy names it.

use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "EN014",
    name: "year",
    family: Family::Entity,
    category: "entity.date-time",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b(?i:in|since|until|year|of|from|jahr|seit|depuis|desde) (?:19|20)\d{2}\b",
        anchor: Anchor::Literals(&[
            r"\bin 19",
            r"\bin 20",
            r"\bsince 19",
            r"\bsince 20",
            r"\buntil 19",
            r"\buntil 20",
            r"\byear 19",
            r"\byear 20",
            r"\bof 19",
            r"\bof 20",
            r"\bfrom 19",
            r"\bfrom 20",
            r"\bjahr 19",
            r"\bjahr 20",
            r"\bseit 19",
            r"\bseit 20",
            r"\bdepuis 19",
            r"\bdepuis 20",
            r"\bdesde 19",
            r"\bdesde 20",
        ]),
        longest: 16,
        verify,
    }),
};

/// Digits of a year.
const YEAR_BYTES: usize = 4;

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let is_joined = candidate.next().is_some_and(|next| "-/_%:".contains(next));
    let after = candidate.after_within(2);
    let is_amount = after.starts_with([',', '.']) && after.ends_with(|next: char| next.is_ascii_digit());
    let start = candidate.matched().len() - YEAR_BYTES;
    (!is_joined && !is_amount).then(|| Hit { trim: (start, 0), ..Hit::new(0.6, Evidence::Context) })
}
