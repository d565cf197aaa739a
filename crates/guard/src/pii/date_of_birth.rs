//! # What it finds
//! A date of birth after words that say so, in nine languages.
//!
//! # Why it matters
//! It is asked for on the telephone to prove who is calling.
//!
//! # Example
//! `born on 12 March 1984`
//!
//! # Limits and sources
//! Days that exist between 1900 and 2039. Years alone are clean.

use super::context::{self, after};
use super::date;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI087",
    name: "date-of-birth",
    family: Family::Pii,
    category: "pii.date-of-birth",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(
            r"date of birth|birth date|birthdate|birthday|date_of_birth|\bdob|_dob|born on|born |geburtsdatum|geboren|geb\. |née le|né le|date de naissance|fecha de nacimiento|nacido el|nacida el|nato il|nata il|data di nascita|data de nascimento|geboortedatum|fødselsdato|data urodzenia",
            r"\d{1,2}[./ -]{1,2}\d{1,2}[./ -]{1,2}(?:\d{4}|\d{2})|\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}(?:st|nd|rd|th|\.)? (?:of |de )?[A-Za-z\x80-\xff]{3,10}\.?,? (?:de )?\d{4}|[A-Z][a-z]{2,8}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}"
        ),
        anchor: Anchor::Literals(&[
            "date of birth",
            "birth date",
            "birthdate",
            "birthday",
            "date_of_birth",
            "dob",
            "born on",
            "born ",
            "geburtsdatum",
            "geboren",
            "geb. ",
            "née le",
            "né le",
            "date de naissance",
            "fecha de nacimiento",
            "nacido el",
            "nacida el",
            "nato il",
            "nata il",
            "data di nascita",
            "data de nascimento",
            "geboortedatum",
            "fødselsdato",
            "data urodzenia",
        ]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let matched = candidate.matched();
    let value = match month_in_front(matched) {
        Some(at) => &matched[at..],
        None => context::value(candidate),
    };
    let numbers: Vec<u32> =
        value.split(|character: char| !character.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect();
    let is_birthday = match numbers[..] {
        [year, month, day] if year > 99 => date::is_lifetime(year) && date::exists(year, month, day),
        [first, second, year] => {
            (year < 100 || date::is_lifetime(year))
                && (date::exists(year, second, first) || date::exists(year, first, second))
        }
        [day, year] => date::is_lifetime(year) && (1..=31).contains(&day),
        _ => false,
    };
    if is_birthday { context::ending(candidate, value, 0.85, Evidence::Context) } else { None }
}

/// Where an English month begins that stands before the day.
fn month_in_front(matched: &str) -> Option<usize> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let digit = matched.find(|character: char| character.is_ascii_digit())?;
    MONTHS.iter().filter_map(|month| matched[..digit].rfind(month)).max()
}
