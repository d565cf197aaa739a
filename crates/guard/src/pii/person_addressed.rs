//! # What it finds
//! The name in the salutation of a letter, in six languages.
//!
//! # Why it matters
//! A letter is about the person whom it addresses.
//!
//! # Example
//! `Dear Mr. Roe`
//!
//! # Limits and sources
//! Only after a salutation with a title. It is a guess by words, so the score is low.

use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI099",
    name: "person-addressed",
    family: Family::Pii,
    category: "pii.person-name",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b(?:Dear|Sehr geehrter|Sehr geehrte|Monsieur|Madame|Estimado|Estimada|Gentile|Geachte) (?:(?:Mr|Mrs|Ms|Mx|Dr|Prof)\.?|Herr|Frau|Mme|M\.|Se\xc3\xb1or(?:a)?|Signor(?:a)?|meneer|mevrouw) (?:Dr\. |Prof\. )?(?:(?:[A-Z]|\xc3[\x80-\x9e])(?:[a-z\x27-]|\xc3[\x9f-\xbf]|[\xc4\xc5][\x80-\xbf]){1,20})(?: (?:(?:[A-Z]|\xc3[\x80-\x9e])(?:[a-z\x27-]|\xc3[\x9f-\xbf]|[\xc4\xc5][\x80-\xbf]){1,20})){0,2}",
        anchor: Anchor::Literals(&["dear ", "sehr geehrte", "monsieur ", "madame ", "estimad", "gentile ", "geachte "]),
        longest: 156,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    const TITLES: &[&str] = &[
        "Mr", "Mrs", "Ms", "Mx", "Dr", "Prof", "Herr", "Frau", "Mme", "M", "Señor", "Señora", "Signor", "Signora",
        "meneer", "mevrouw",
    ];
    let matched = candidate.matched();
    let mut at = 0;
    for word in matched.split_inclusive(' ') {
        if at > 0 && !TITLES.contains(&word.trim_end_matches([' ', '.'])) && TITLES.contains(&last_word(&matched[..at]))
        {
            return Some(Hit { trim: (at, 0), ..Hit::new(0.6, Evidence::Context) });
        }
        at += word.len();
    }
    None
}

fn last_word(text: &str) -> &str {
    text.trim_end_matches([' ', '.']).rsplit(' ').next().unwrap_or("")
}
