//! # What it finds
//! A telephone number in national form after a word that says so, in six languages.
//!
//! # Why it matters
//! It reaches a person, and resets passwords.
//!
//! # Example
//! `Telefon: 030 901820`
//!
//! # Limits and sources
//! Valid in the numbering plan of the United States, the United Kingdom, Germany, France, Italy, Spain, the
//! Netherlands, Austria, Switzerland, India or Brazil.

use super::context::{self, after};
use super::{checksum, date, phone};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI005",
    name: "phone-context",
    family: Family::Pii,
    category: "pii.phone",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(
            r"telefon|telephone|téléphone|teléfono|teléfono|(?:\b|_)tel[ :=#_\x22]|\bfon|_fon|phone|mobile|mobil:|handy|call me|text me|whatsapp|portable|cellulare|cell:|cell number|movil|móvil|fax:|fax ",
            r"\(?0?\d(?:[ ./-]?[(]?\d[)]?){5,12}"
        ),
        anchor: Anchor::Literals(&[
            "telefon",
            "telephone",
            "téléphone",
            "teléfono",
            "tel ",
            "tel:",
            "tel=",
            "tel#",
            "tel_",
            "tel\"",
            "fon",
            "phone",
            "mobile",
            "mobil:",
            "handy",
            "call me",
            "text me",
            "whatsapp",
            "portable",
            "cellulare",
            "cell:",
            "cell number",
            "movil",
            "móvil",
            "fax:",
            "fax ",
        ]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let matched = candidate.matched();
    let at = matched.find(|character: char| character.is_ascii_digit())?;
    let value = &matched[at - usize::from(matched[..at].ends_with('('))..];
    let digits = checksum::digits(value);
    if checksum::is_uniform(&digits) || date::is_yyyymmdd(&digits) && digits.len() == 8 {
        return None;
    }
    let is_valid = phone::COUNTRIES.iter().any(|country| phone::is_valid(Some(*country), value));
    if is_valid { context::ending(candidate, value, context::LIKELY, Evidence::Context) } else { None }
}
