//! # What it finds
//! Geographical coordinates of at least four decimals after a word that says so.
//!
//! # Why it matters
//! Four decimals are ten metres: one house.
//!
//! # Example
//! `GPS 52.51704, 13.38886`
//!
//! # Limits and sources
//! Whole degrees and few decimals are clean, and so are values out of range.

use super::context::{self, after};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI091",
    name: "gps",
    family: Family::Pii,
    category: "pii.gps",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(
            r"latitude|coordinat|coords|koordinaten|coordonn|\bgps|_gps|(?:\b|_)lat[ :=#_\x22]|location:",
            r"-?\d{1,2}\.\d{4,10}[^0-9A-Za-z-]{1,4}(?:(?:[NS] ?,? ?)|(?:lon|lng|long|longitude)[^0-9A-Za-z-]{1,5})?-?\d{1,3}\.\d{4,10}"
        ),
        anchor: Anchor::Literals(&[
            "latitude",
            "coordinat",
            "coords",
            "koordinaten",
            "coordonn",
            "gps",
            "lat ",
            "lat:",
            "lat=",
            "lat#",
            "lat_",
            "lat\"",
            "location:",
        ]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let value = context::value(candidate);
    let mut parts = value
        .split(|character: char| !(character.is_ascii_digit() || character == '.' || character == '-'))
        .filter_map(|part| part.parse::<f64>().ok());
    let (latitude, longitude) = (parts.next()?, parts.next()?);
    if latitude.abs() > 90.0 || longitude.abs() > 180.0 {
        return None;
    }
    context::ending(candidate, value, context::LIKELY, Evidence::Context)
}
