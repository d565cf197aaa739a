//! # What it finds
//! The second line of the machine-readable zone of a passport or identity card.
//!
//! # Why it matters
//! It holds number, date of birth and nationality at once.
//!
//! # Example
//! `L898902C36UTO7408122F1204159ZE184226B<<<<<10`
//!
//! # Limits and sources
//! Check digits of number and date of birth, ICAO 9303. The first line, which holds the name, is not found.

use super::{checksum, date};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI097",
    name: "travel-document-zone",
    family: Family::Pii,
    category: "pii.passport",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b[A-Z0-9<]{9}\d[A-Z]{1,3}<{0,2}\d{7}[MFX<]\d{7}[A-Z0-9<]{0,16}",
        anchor: Anchor::SolidDigits(7),
        longest: 46,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let agrees =
        |field: &str, check: Option<&str>| check.and_then(|check| check.parse().ok()) == Some(checksum::icao(field));
    let birth = found.get(13..19)?;
    let is_valid = agrees(&found[..9], found.get(9..10))
        && agrees(birth, found.get(19..20))
        && agrees(found.get(21..27)?, found.get(27..28))
        && date::is_yymmdd(&checksum::digits(birth));
    is_valid.then(|| Hit::new(0.98, Evidence::Checksum))
}
