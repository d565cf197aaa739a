//! # What it finds
//! A telephone number with its country code.
//!
//! # Why it matters
//! It reaches a person, and resets passwords.
//!
//! # Example
//! `+44 20 7946 0958`
//!
//! # Limits and sources
//! The numbering plans of libphonenumber decide. Numbers that begin with 00 need separators or a word in front.

use super::{context, phone};
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI003",
    name: "phone-international",
    family: Family::Pii,
    category: "pii.phone",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"(?:\+|\b00 ?)[1-9](?:[ ./()-]{0,2}\d){6,14}\b",
        anchor: Anchor::Literals(&["+", r"\b00"]),
        longest: 46,
        verify,
    }),
};

const WORDS: &[&str] = &["tel", "phone", "call", "mobil", "fax", "whatsapp", "cell", "handy", "sms", "fon"];

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let is_joined =
        candidate.before().chars().next_back().is_some_and(|last| last.is_alphanumeric() || "_+-/.".contains(last));
    if is_joined || matches!(candidate.next(), Some('-' | '_' | '=' | '%')) {
        return None;
    }
    let number = match found.strip_prefix("00") {
        Some(rest) if found.contains([' ', '-', '/']) || candidate.follows_any(WORDS) => format!("+{}", rest.trim()),
        Some(_) => return None,
        None => found.to_owned(),
    };
    phone::is_valid(None, &number).then(|| Hit::new(context::CERTAIN, Evidence::Checksum))
}
