//! # What it finds
//! How old somebody is, in six languages.
//!
//! # Why it matters
//! With a place and a trade, an age is often enough to tell who it is.
//!
//! # Example
//! `a 34-year-old nurse`
//!
//! # Limits and sources
//! Only beside a word that says so; the number alone is reported. Runs only where a policy names it, as the other rules of
//! its family.

use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "EN005",
    name: "age",
    family: Family::Entity,
    category: "entity.age",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: concat!(
            r"(?i:\b\d{1,3}(?:[- ]?(?:years?|yrs?)[- ](?:old|of age)|[- ]?y/?o\b| jahre alt| ans\b| a\xc3\xb1os| anni\b| anos de idade| jaar oud)",
            r"|\b(?:aged?|my age is|age is|age of|age:|aged:|turned|turning|im alter von|edad:|\xc3\xa2ge:|alter:) ?\d{1,3}\b)"
        ),
        anchor: Anchor::Literals(&[
            "year",
            "yrs",
            "yr ",
            "yr-",
            "yo",
            "y/o",
            " jahre alt",
            " ans",
            " a\u{f1}os",
            " anni",
            " anos de idade",
            " jaar oud",
            "age",
            "turned",
            "turning",
            "im alter von",
            "edad:",
            "\u{e2}ge:",
            "alter:",
        ]),
        longest: 32,
        verify,
    }),
};

/// Nobody was older.
const OLDEST: u32 = 122;

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let start = found.find(|character: char| character.is_ascii_digit())?;
    let digits = found[start..].bytes().take_while(u8::is_ascii_digit).count();
    let age: u32 = found[start..start + digits].parse().ok()?;
    let is_joined = candidate.before().ends_with(['.', ',', '-', '/', '$', '#', ':'])
        || (start + digits == found.len() && candidate.next().is_some_and(|next| "%/-:".contains(next)));
    let trim = (start, found.len() - start - digits);
    (age <= OLDEST && !is_joined).then_some(Hit { trim, ..Hit::new(0.7, Evidence::Context) })
}
