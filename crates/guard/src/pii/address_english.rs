//! # What it finds
//! A postal address in English: number, name, kind of street, perhaps town and code.
//!
//! # Why it matters
//! It is where somebody sleeps.
//!
//! # Example
//! `12 Maple Street, Springfield, IL 62704`
//!
//! # Limits and sources
//! The names begin with capitals. Only houses with a number are found; a town and code behind make it surer.

use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI088",
    name: "address-english",
    family: Family::Pii,
    category: "pii.address",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b\d{1,5}[A-Z]? (?:[NSEW]\.? )?(?:[A-Z][A-Za-z\x27]{1,14}|\d{1,3}(?:st|nd|rd|th)) (?:[A-Z][a-z\x27]{1,14} )?(?:Street|Avenue|Road|Lane|Drive|Boulevard|Court|Terrace|Square|Crescent|Highway|Parkway|Close|(?:St|Ave|Rd|Ln|Dr|Blvd|Ct)[.,])(?:,? (?:Apt|Unit|Suite|Flat)\.? ?#?[0-9A-Z]{1,4})?(?:,? [A-Z][a-z]{1,14}(?: [A-Z][a-z]{1,14})?,? (?:[A-Z]{2} \d{5}|[A-Z]{1,2}\d[0-9A-Z]? \d[A-Z]{2}))?",
        anchor: Anchor::Literals(&[
            " street",
            " avenue",
            " road",
            " lane",
            " drive",
            " boulevard",
            " court",
            " terrace",
            " square",
            " crescent",
            " highway",
            " parkway",
            " close",
            " st.",
            " st,",
            " ave.",
            " ave,",
            " rd.",
            " rd,",
            " ln.",
            " ln,",
            " dr.",
            " dr,",
            " blvd.",
            " blvd,",
            " ct.",
            " ct,",
        ]),
        longest: 130,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let is_joined = candidate.before().ends_with(['.', '-', '/', '$', '#', ':', ','])
        || candidate.next().is_some_and(char::is_alphanumeric);
    if is_joined || found.starts_with('0') {
        return None;
    }
    let has_code = found.bytes().skip_while(u8::is_ascii_digit).filter(u8::is_ascii_digit).count() >= 2;
    Some(Hit::new(if has_code { 0.9 } else { 0.7 }, Evidence::Pattern))
}
