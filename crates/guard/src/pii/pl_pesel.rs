//! # What it finds
//! A Polish PESEL number after its name.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `PESEL 44051401359`
//!
//! # Limits and sources
//! Weights 1, 3, 7, 9 and the date, whose month also tells the century.

use super::context::{self, after};
use super::{checksum, date};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI040",
    name: "pl-pesel",
    family: Family::Pii,
    category: "pii.pl-pesel",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"pesel", r"\d{11}"),
        anchor: Anchor::Literals(&["pesel"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Weights 1, 3, 7, 9 and a date.
fn is_valid(digits: &[u8]) -> bool {
    let month = date::two(&digits[2..]) % 20;
    date::exists(date::two(digits), month, date::two(&digits[4..]))
        && checksum::weighted(digits, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]).is_multiple_of(10)
}
