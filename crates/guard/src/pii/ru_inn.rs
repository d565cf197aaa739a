//! # What it finds
//! A Russian personal tax number after its name.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `ИНН 500100732259`
//!
//! # Limits and sources
//! Two check digits modulus 11. Numbers of companies, with ten digits, are clean.

use super::checksum;
use super::context::{self, after};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI057",
    name: "ru-inn",
    family: Family::Pii,
    category: "pii.ru-inn",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"ИНН|инн|(?:\b|_)inn[ :=#_\x22]", r"\d{12}"),
        anchor: Anchor::Literals(&["ИНН", "инн", "inn ", "inn:", "inn=", "inn#", "inn_", "inn\""]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Two check digits, modulus 11.
fn is_valid(digits: &[u8]) -> bool {
    let first = checksum::weighted(digits, &[7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10;
    let second = checksum::weighted(digits, &[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10;
    u32::from(digits[10]) == first && u32::from(digits[11]) == second
}
