//! # What it finds
//! A British sort code after its name, with the account number that follows.
//!
//! # Why it matters
//! The two together are enough to set up a debit.
//!
//! # Example
//! `sort code 12-34-56, account 12345678`
//!
//! # Limits and sources
//! The modulus of an account depends on a table of the bank and is not checked.

use super::checksum;
use super::context::{self, after};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI026",
    name: "gb-bank-account",
    family: Family::Pii,
    category: "pii.gb-bank-account",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"sort code|sortcode|sort-code", r"\d{2}[- ]?\d{2}[- ]?\d{2}(?:[^0-9;!?]{1,24}\d{8})?"),
        anchor: Anchor::Literals(&["sort code", "sortcode", "sort-code"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let value = context::value(candidate);
    if checksum::is_uniform(&checksum::digits(value)) {
        return None;
    }
    context::ending(candidate, value, context::LIKELY, Evidence::Context)
}
