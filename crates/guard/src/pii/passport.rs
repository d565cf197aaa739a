//! # What it finds
//! A passport number after a word that says so, in six languages.
//!
//! # Why it matters
//! Copies of passports are what identity thieves trade in.
//!
//! # Example
//! `passport no. C01X00T47`
//!
//! # Limits and sources
//! Shapes of the United States, the United Kingdom, Germany, France, Italy, Spain and the Netherlands. Lower-case
//! numbers are not found.

use super::checksum;
use super::context::{self, after};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI017",
    name: "passport",
    family: Family::Pii,
    category: "pii.passport",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(
            r"passport|reisepass|passeport|pasaporte|passaporto|paspoort",
            r"[A-Z]{0,2}\d{6,9}|[CFGHJK-NPRTVWXYZ][0-9CFGHJK-NPRTVWXYZ]{7}\d"
        ),
        anchor: Anchor::Literals(&["passport", "reisepass", "passeport", "pasaporte", "passaporto", "paspoort"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let value = context::token(candidate);
    if checksum::is_uniform(&checksum::digits(value)) {
        return None;
    }
    context::ending(candidate, value, context::LIKELY, Evidence::Context)
}
