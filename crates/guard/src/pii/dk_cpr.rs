//! # What it finds
//! A Danish CPR number after a word that says so.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `CPR 070761-4285`
//!
//! # Limits and sources
//! The date in it must exist. Numbers issued since 2007 need not pass modulus 11, so it is only a bonus.

use super::context::{self, after};
use super::{checksum, date};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI044",
    name: "dk-cpr",
    family: Family::Pii,
    category: "pii.dk-cpr",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"\bcpr|_cpr|personnummer", r"\d{6}[- ]?\d{4}"),
        anchor: Anchor::Literals(&["cpr", "personnummer"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let value = context::value(candidate);
    let digits = checksum::digits(value);
    if !date::is_ddmmyy(&digits) {
        return None;
    }
    let is_checked = checksum::weighted(&digits, &[4, 3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11);
    let (score, evidence) =
        if is_checked { (context::CERTAIN, Evidence::Checksum) } else { (context::LIKELY, Evidence::Context) };
    context::ending(candidate, value, score, evidence)
}
