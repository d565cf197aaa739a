//! # What it finds
//! A United States Medicare beneficiary number after a word that says so.
//!
//! # Why it matters
//! It opens the health record and bills treatments.
//!
//! # Example
//! `Medicare ID 1EG4-TE5-MK73`
//!
//! # Limits and sources
//! Position rules of CMS; the number has no check digit.

use super::context::{self, after};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI021",
    name: "us-mbi",
    family: Family::Pii,
    category: "pii.us-mbi",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(
            r"medicare|mbi ",
            r"[1-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d-?[AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d-?[AC-HJKMNP-RT-Y]{2}\d{2}"
        ),
        anchor: Anchor::Literals(&["medicare", "mbi "]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let value = context::value(candidate);
    context::ending(candidate, value, 0.9, Evidence::Context)
}
