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
//! Netherlands, Austria, Switzerland, India or Brazil; or, at a lower score, seven to fourteen digits that are written as a
//! telephone number is and not as an amount or a day.

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
            r"telefon|telephone|téléphone|teléfono|teléfono|(?:\b|_)tel[ :=#_\x22]|\bfon|_fon|phone|mobile|mobil:|handy|call me|text me|call us|reach me|contact number|whatsapp|portable|cellulare|cell:|cell number|movil|móvil|fax:|fax ",
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
            "call us",
            "reach me",
            "contact number",
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
    let score = if is_valid { context::LIKELY } else { phone::UNPLANNED };
    let is_phone = is_valid || is_written_as_one(&matched[..matched.len() - value.len()], value);
    if is_phone { context::ending(candidate, value, score, Evidence::Context) } else { None }
}

/// Whether the digits are grouped as nobody writes an amount, a day or a version, or `words` call them a number.
fn is_written_as_one(words: &str, value: &str) -> bool {
    let groups: Vec<&str> =
        value.split(|sign: char| !sign.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
    let digits: usize = groups.iter().map(|group| group.len()).sum();
    let is_amount = groups.len() > 1 && groups[1..].iter().all(|group| group.len() == 3);
    let is_day = groups.len() > 2 && (groups[0].len() == 4 && groups[1..3].iter().all(|group| group.len() <= 2));
    let is_version = groups.iter().all(|group| group.len() == 1);
    let is_named = NUMBER.iter().any(|word| words.to_ascii_lowercase().contains(word));
    let is_grouped = groups.len() > 1 && !is_amount || value.starts_with(['0', '(']);
    (7..=14).contains(&digits) && !is_day && !is_version && (is_named || is_grouped)
}

/// Words for the number itself.
const NUMBER: &[&str] = &[
    "number",
    "nummer",
    "num\u{e9}ro",
    "numero",
    "n\u{fa}mero",
    "telephone",
    "tel:",
    "tel.",
    "phone:",
    "phone is",
    "call me",
    "text me",
];
