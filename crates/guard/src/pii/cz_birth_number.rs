//! # What it finds
//! A Czech or Slovak birth number after words that say so.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `rodné číslo 736028/5163`
//!
//! # Limits and sources
//! Ten digits divide by eleven; nine digits, until 1953, have no check. Women have 50 added to the month.

use super::context::{self, after};
use super::{checksum, date};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI050",
    name: "cz-birth-number",
    family: Family::Pii,
    category: "pii.cz-birth-number",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"rodné číslo|rodne cislo|rodné č|r\. ?č\.", r"\d{6}/?\d{3,4}"),
        anchor: Anchor::Literals(&["rodné číslo", "rodne cislo", "rodné č", "č."]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let value = context::value(candidate);
    let digits = checksum::digits(value);
    let month = date::two(&digits[2..]) % 50;
    let month = if month > 20 { month - 20 } else { month };
    if !date::exists(date::two(&digits), month, date::two(&digits[4..])) {
        return None;
    }
    match (digits.len(), checksum::number(&digits) % 11) {
        (10, 0) => context::ending(candidate, value, context::CERTAIN, Evidence::Checksum),
        (10, _) => None,
        _ => context::ending(candidate, value, context::LIKELY, Evidence::Context),
    }
}
