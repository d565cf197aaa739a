//! # What it finds
//! The first and last name of somebody who introduces themselves, in seven languages.
//!
//! # Why it matters
//! A name next to anything else makes it a statement about a person.
//!
//! # Example
//! `my name is Jane Roe`
//!
//! # Limits and sources
//! The names begin with capitals; a first name alone is clean. It is a guess by words, so the score is low.

use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI098",
    name: "person-introduced",
    family: Family::Pii,
    category: "pii.person-name",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"(?i:my (?:full )?name is|my name(?:'s|s)|i am called|ich hei(?:\xc3\x9f|ss)e|mein name ist|je m'appelle|mon nom est|me llamo|mi nombre es|mi chiamo|il mio nome \xc3\xa8|meu nome \xc3\xa9|mijn naam is|ik heet|patient name:|full name:|customer name:) (?:(?:[A-Z]|\xc3[\x80-\x9e])(?:[a-z\x27-]|\xc3[\x9f-\xbf]|[\xc4\xc5][\x80-\xbf]){1,20})(?: (?:(?:van|von|de|der|da|di|la|del) )?(?:(?:[A-Z]|\xc3[\x80-\x9e])(?:[a-z\x27-]|\xc3[\x9f-\xbf]|[\xc4\xc5][\x80-\xbf]){1,20})){1,3}",
        anchor: Anchor::Literals(&[
            "name is",
            "names ",
            "name's ",
            "am called",
            "heiße",
            "heisse",
            "name ist",
            "appelle",
            "nom est",
            "me llamo",
            "nombre es",
            "mi chiamo",
            "nome è",
            "nome é",
            "naam is",
            "ik heet",
            "nt name: ",
            "ll name: ",
            "er name: ",
        ]),
        longest: 200,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let matched = candidate.matched();
    let at = matched.char_indices().rev().find(|(at, _)| is_introduction(&matched[..*at]))?.0;
    Some(Hit { trim: (at, 0), ..Hit::new(0.6, Evidence::Context) })
}

/// Says whether `text` is the whole introduction, with the space behind it.
fn is_introduction(text: &str) -> bool {
    const ENDS: &[&str] = &[
        "is ", "'s ", "names ", "called ", "heiße ", "heisse ", "ist ", "appelle ", "est ", "llamo ", "es ", "chiamo ",
        "è ", "é ", "heet ", "name: ",
    ];
    let text = text.to_lowercase();
    ENDS.iter().any(|end| text.ends_with(end)) && text.split(' ').count() <= 5
}
