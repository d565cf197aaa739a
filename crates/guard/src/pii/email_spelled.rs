//! # What it finds
//! An e-mail address spelled with `(at)` or `at … dot …`.
//!
//! # Why it matters
//! People write so to hide from machines that collect addresses, and a model reads it all the same.
//!
//! # Example
//! `jane.roe (at) example.com`
//!
//! # Limits and sources
//! Words in English only; `at` without brackets needs `dot` as well.

use super::place;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI002",
    name: "email-spelled",
    family: Family::Pii,
    category: "pii.email",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"(?i)\b[a-z0-9][a-z0-9_+.-]{0,40} ?(?:[(\[{] ?at ?[)\]}] ?(?:[a-z0-9-]{1,40}(?: ?[(\[{] ?dot ?[)\]}] ?| dot |\.)){1,3}|at (?:[a-z0-9-]{1,40} dot ){1,3})[a-z]{2,10}\b",
        anchor: Anchor::Literals(&[r"\bat)", "at]", "at}", "at )", "at ]", "at }", " dot "]),
        longest: 208,
        verify,
    }),
};

/// What the last label may be when nothing but the words says that it is an address.
const COMMON: &[&str] = &["com", "org", "net", "edu", "gov", "info", "example", "dev", "app", "io", "ai"];

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched().to_ascii_lowercase();
    let last = found.rsplit(|character: char| !character.is_ascii_alphabetic()).next()?;
    let is_domain = COMMON.contains(&last) || (last.len() == 2 && place::is_country(&last.to_ascii_uppercase()));
    is_domain.then(|| Hit::new(0.8, Evidence::Pattern))
}
