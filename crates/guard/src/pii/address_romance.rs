//! # What it finds
//! A postal address in French, Spanish or Italian.
//!
//! # Why it matters
//! It is where somebody sleeps.
//!
//! # Example
//! `14 bis, rue des Lilas, 75020 Paris`
//!
//! # Limits and sources
//! In French the number stands in front, in Spanish and Italian behind; kinds of streets that are not listed are
//! missed.

use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI090",
    name: "address-romance",
    family: Family::Pii,
    category: "pii.address",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"(?:\b\d{1,4}(?: bis| ter)?,? (?:rue|avenue|boulevard|place|chemin|all\xc3\xa9e|impasse|quai|cours) (?:(?:de la |du |des |de |d\x27|de l\x27)?[A-Z\xc3][A-Za-z\x80-\xff\x27-]{1,20})(?: [A-Z\xc3][A-Za-z\x80-\xff-]{1,20})?(?:,? \d{5} [A-Z][A-Za-z\x80-\xff-]{1,20})?|(?:Calle|Avenida|Avda\.|Plaza|Paseo|Via|Viale|Piazza|Corso) (?:(?:de las |de los |de la |del |della |de |di |dei )?[A-Z][A-Za-z\x80-\xff]{2,20})(?: [A-Z][A-Za-z\x80-\xff]{1,20})?,? (?:n[^0-9A-Za-z ]{0,3} ?)?\d{1,4}\b(?:,? \d{5} [A-Z][A-Za-z\x80-\xff]{1,20})?)",
        anchor: Anchor::Literals(&[
            " rue ",
            " avenue ",
            " boulevard ",
            " place ",
            " chemin ",
            " allée ",
            " impasse ",
            " quai ",
            " cours ",
            "calle ",
            "avenida ",
            "avda. ",
            "plaza ",
            "paseo ",
            "via ",
            "viale ",
            "piazza ",
            "corso ",
        ]),
        longest: 150,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let is_whole = !candidate.next().is_some_and(char::is_alphanumeric);
    let has_code = found.bytes().filter(u8::is_ascii_digit).count() >= 6;
    is_whole.then(|| Hit::new(if has_code { 0.9 } else { 0.75 }, Evidence::Pattern))
}
