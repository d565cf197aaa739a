//! # What it finds
//! The number of a German identity card after a word that says so.
//!
//! # Why it matters
//! It is asked for when contracts are signed from afar.
//!
//! # Example
//! `Personalausweis L01X00T471`
//!
//! # Limits and sources
//! The tenth character is checked by ICAO 9303 where it is written; the nine before it have no check of their own.

use super::checksum;
use super::context::{self, after};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI030",
    name: "de-identity-card",
    family: Family::Pii,
    category: "pii.de-identity-card",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(
            r"personalausweis|ausweisnummer|ausweis-nr|identity card",
            r"[CFGHJK-NPRTVWXYZ][0-9CFGHJK-NPRTVWXYZ]{8}\d?"
        ),
        anchor: Anchor::Literals(&["personalausweis", "ausweisnummer", "ausweis-nr", "identity card"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let value = context::token(candidate);
    let (serial, check) = (value.get(..9)?, value.get(9..)?);
    if serial.bytes().filter(u8::is_ascii_digit).count() < 2 {
        return None;
    }
    match check.parse::<u8>() {
        Ok(check) if check == checksum::icao(serial) => {
            context::ending(candidate, value, context::CERTAIN, Evidence::Checksum)
        }
        Ok(_) => None,
        Err(_) => context::ending(candidate, value, context::LIKELY, Evidence::Context),
    }
}
