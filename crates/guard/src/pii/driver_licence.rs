//! # What it finds
//! A driver's licence number after words that say so.
//!
//! # Why it matters
//! It serves as identity card in countries that have none.
//!
//! # Example
//! `driver's license D1234567`
//!
//! # Limits and sources
//! The states of the USA, and other countries, agree on no shape and publish no check digit; at least four digits are
//! asked for.

use super::checksum;
use super::context::{self, after};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI018",
    name: "driver-licence",
    family: Family::Pii,
    category: "pii.driver-licence",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(
            r"driver(?:.s|s)? licen[cs]e|driving licen[cs]e|führerschein|permis de conduire|patente di guida|rijbewijs",
            r"[A-Z]{0,3}[0-9][0-9A-Z]{5,14}|[A-Z]\d{3}-\d{4}-\d{4}|[A-Z9]{5}\d{6}[A-Z9]{2}\d[A-Z]{2}"
        ),
        anchor: Anchor::Literals(&[
            "driver",
            "driving licen",
            "führerschein",
            "permis de conduire",
            "patente di guida",
            "rijbewijs",
        ]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let matched = candidate.matched();
    let at = matched.rfind(|character: char| !character.is_ascii_alphanumeric() && character != '-')?;
    let value = matched[at..].trim_start_matches(|character: char| !character.is_ascii_alphanumeric());
    let digits = checksum::digits(value);
    if digits.len() < 4 || checksum::is_uniform(&digits) {
        return None;
    }
    context::ending(candidate, value, context::LIKELY, Evidence::Context)
}
