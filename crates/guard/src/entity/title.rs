//! # What it finds
//! A form of address before a name: `Mr.`, `Dr.`, `Frau`, `Madame`.
//!
//! # Why it matters
//! It says that somebody is a man, a woman, a physician or a professor, where the name is already hidden.
//!
//! # Example
//! `Please call Dr. Roe`
//!
//! # Limits and sources
//! Only before a word with a capital. Runs only where a policy names it.

use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "EN009",
    name: "title",
    family: Family::Entity,
    category: "entity.title",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b(?:(?:Mr|Mrs|Ms|Mx|Dr|Prof|Rev|Hon|Capt|Lt|Sgt)\.?|Miss|Madam|Sir|Dame|Professor|Doctor|Herr|Frau|Monsieur|Madame|Mademoiselle|Mme|Se\xc3\xb1ora?|Sr\.|Sra\.|Signora?|Dott\.) (?:[A-Z]|\xc3[\x80-\x9e])",
        anchor: Anchor::Literals(&[
            r"\bmr",
            r"\bms",
            r"\bmx",
            r"\bdr",
            r"\bprof",
            r"\brev",
            r"\bhon",
            r"\bcapt",
            r"\blt",
            r"\bsgt",
            r"\bmiss",
            r"\bmadam",
            r"\bsir",
            r"\bdame",
            r"\bdoctor",
            r"\bherr",
            r"\bfrau",
            r"\bmonsieur",
            r"\bmademoiselle",
            r"\bmme",
            "\\bse\u{f1}or",
            r"\bsr.",
            r"\bsra.",
            r"\bsignor",
            r"\bdott.",
        ]),
        longest: 20,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let title = candidate.matched().rsplit_once(' ').map(|(title, _)| title)?;
    let trim = (0, candidate.matched().len() - title.len());
    Some(Hit { trim, ..Hit::new(0.7, Evidence::Pattern) })
}
