//! # What it finds
//! A United States prescriber number after the word DEA.
//!
//! # Why it matters
//! It signs prescriptions for controlled substances.
//!
//! # Example
//! `DEA number AB1234563`
//!
//! # Limits and sources
//! The check digit of the Drug Enforcement Administration.

use super::checksum;
use super::context::{self, after};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI022",
    name: "us-dea",
    family: Family::Pii,
    category: "pii.us-dea",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"(?:\b|_)dea[ :=#_\x22]", r"[A-HJ-NPRSTUX][A-Z9]\d{7}"),
        anchor: Anchor::Literals(&["dea ", "dea:", "dea=", "dea#", "dea_", "dea\""]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let value = context::token(candidate);
    let digits = checksum::digits(value.get(2..)?);
    let is_valid = checksum::weighted(&digits, &[1, 2, 1, 2, 1, 2]) % 10 == u32::from(*digits.last()?);
    if is_valid { context::ending(candidate, value, context::CERTAIN, Evidence::Checksum) } else { None }
}
