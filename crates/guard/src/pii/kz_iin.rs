//! # What it finds
//! A Kazakh individual number after its name.
//!
//! # Why it matters
//! It identifies one person for life and opens accounts in that person's name.
//!
//! # Example
//! `ИИН 900101300126`
//!
//! # Limits and sources
//! Two rounds of weights modulus 11, and a date in front.

use super::context::{self, after};
use super::{checksum, date};
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI083",
    name: "kz-iin",
    family: Family::Pii,
    category: "pii.kz-iin",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: after!(r"иин|ИИН|жсн|ЖСН|\biin|_iin", r"\d{12}"),
        anchor: Anchor::Literals(&["иин", "ИИН", "жсн", "ЖСН", "iin"]),
        longest: context::LONGEST,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    context::checked(candidate, is_valid)
}

/// Two rounds of weights, and a date.
fn is_valid(digits: &[u8]) -> bool {
    let mut rest = checksum::weighted(digits, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) % 11;
    if rest == 10 {
        rest = checksum::weighted(digits, &[3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]) % 11;
    }
    date::is_yymmdd(digits) && rest == u32::from(digits[11])
}
