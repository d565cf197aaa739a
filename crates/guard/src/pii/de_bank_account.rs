//! # What it finds
//! A German bank code after its name, with the account number that follows.
//!
//! # Why it matters
//! The two together are enough to set up a debit.
//!
//! # Example
//! `BLZ 370 400 44, Konto 532013000`
//!
//! # Limits and sources
//! The check digit of an account depends on the bank and is not checked.

use super::context::{self, after};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI011",
    name: "de-bank-account",
    family: Family::Pii,
    category: "pii.bank-account",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"bankleitzahl|\bblz|_blz", r"\d{3} ?\d{3} ?\d{2}(?:[^0-9;!?]{1,24}\d{4,10})?"),
        anchor: Anchor::Literals(&["bankleitzahl", "blz"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let value = context::value(candidate);
    let is_bank = matches!(value.bytes().next(), Some(b'1'..=b'8'));
    if is_bank { context::ending(candidate, value, context::LIKELY, Evidence::Context) } else { None }
}
