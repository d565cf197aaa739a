//! # What it finds
//! A Croatian personal number after its name.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `OIB 69435151530`
//!
//! # Limits and sources
//! ISO 7064 MOD 11,10.

use super::checksum;
use super::context::{self, after};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI051",
    name: "hr-oib",
    family: Family::Pii,
    category: "pii.hr-oib",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"\boib|_oib|osobni identifikacijski", r"\d{11}"),
        anchor: Anchor::Literals(&["oib", "osobni identifikacijski"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// ISO 7064 MOD 11,10.
fn is_valid(digits: &[u8]) -> bool {
    checksum::mod11_10(digits)
}
