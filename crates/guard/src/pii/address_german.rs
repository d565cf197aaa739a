//! # What it finds
//! A postal address in German or Dutch: name of the street, number, perhaps code and town.
//!
//! # Why it matters
//! It is where somebody sleeps.
//!
//! # Example
//! `Lindenstraße 12, 10969 Berlin`
//!
//! # Limits and sources
//! Streets whose names end otherwise (Unter den Eichen) are missed.

use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI089",
    name: "address-german",
    family: Family::Pii,
    category: "pii.address",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"(?:[A-Z]|\xc3[\x84\x96\x9c])(?:[a-z-]|\xc3[\xa4\xb6\xbc\x9f]){1,24}(?:[ -][A-Z](?:[a-z]|\xc3[\xa4\xb6\xbc\x9f]){1,15}[ -])?(?:(?i:stra\xc3\x9fe|strasse|str\.)|(?:weg|platz|allee|gasse|damm|ufer|straat|laan|gracht|plein|kade)) \d{1,4} ?[a-z]?\b(?:,? (?:[A-Z]{1,2}-)?\d{4,5}(?: [A-Z]{2})? [A-Z](?:[a-z]|\xc3[\xa4\xb6\xbc\x9f]){1,20})?",
        anchor: Anchor::Literals(&[
            "straße", "strasse", "str.", "weg ", "platz ", "allee ", "gasse ", "damm ", "ufer ", "straat ", "laan ",
            "gracht ", "plein ", "kade ",
        ]),
        longest: 152,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let digits = candidate.matched().bytes().filter(u8::is_ascii_digit).count();
    Some(Hit::new(if digits >= 5 { 0.9 } else { 0.75 }, Evidence::Pattern))
}
