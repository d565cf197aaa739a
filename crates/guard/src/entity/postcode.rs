//! # What it finds
//! A postcode after a word that says so, or behind a state of the United States.
//!
//! # Why it matters
//! It narrows somebody down to some thousand households, in Britain to fifteen.
//!
//! # Example
//! `my zip code is 90210`
//!
//! # Limits and sources
//! United States, Canada, United Kingdom, and plain numbers of four to six digits after the word. Runs only where a policy
//! names it; ZIP+4 codes are found by `us-zip` everywhere.

use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "EN010",
    name: "postcode",
    family: Family::Entity,
    category: "entity.postcode",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: concat!(
            r"\b(?:(?i:zip ?code|postal ?code|postcode|post code|postleitzahl|plz|code postal|c\xc3\xb3digo postal|zip)(?i:[:=]? ?(?:is|of|for|ist|est|es)?(?: [a-z]{1,12}){0,3}[:=]? ?)",
            r"(?:\d{4,6}(?:-\d{4})?|[A-Z]\d[A-Z] ?\d[A-Z]\d|[A-Z]{1,2}\d[0-9A-Z]? ?\d[A-Z]{2})",
            r"|(?:AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC),? \d{5}(?:-\d{4})?)\b"
        ),
        anchor: Anchor::Digits(1),
        longest: 80,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let code = found.rsplit(|character: char| !(character.is_alphanumeric() || character == '-')).next()?;
    // The second half of `K1A 0B6` and `SW1A 1AA`.
    let half = found[..found.len() - code.len()].trim_end().rsplit(' ').next().unwrap_or_default();
    let is_half = code.len() == 3 && half.len() <= 4 && half.bytes().any(|byte| byte.is_ascii_digit());
    let len = if is_half { code.len() + half.len() + 1 } else { code.len() };
    let is_joined = candidate.next().is_some_and(|next| next.is_alphanumeric() || "-_/%".contains(next));
    (!is_joined).then_some(Hit { trim: (found.len() - len, 0), ..Hit::new(0.7, Evidence::Context) })
}
