//! # What it finds
//! A domain name, alone or in a link.
//!
//! # Why it matters
//! A private site or a company's host says who writes.
//!
//! # Example
//! `our intranet is portal.example.com`
//!
//! # Limits and sources
//! Generic endings and those of countries that are in common use; a file's name with such an ending is taken for one. The
//! host of an e-mail address is part of the address. Runs only where a policy names it.

use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "EN007",
    name: "domain-name",
    family: Family::Entity,
    category: "entity.domain-name",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\b(?i:(?:[a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?\.){1,4}(?:com|org|net|edu|gov|mil|int|info|biz|name|io|dev|app|cloud|online|site|shop|tech|xyz|co|eu|us|uk|de|fr|es|it|nl|be|at|ch|pl|se|dk|fi|cz|pt|gr|ie|ru|ua|ca|au|nz|jp|cn|kr|in|br|mx|ar|cl|za|il|tr))\b",
        anchor: Anchor::Literals(&[
            ".com", ".org", ".net", ".edu", ".gov", ".mil", ".int", ".info", ".biz", ".name", ".io", ".dev", ".app",
            ".cloud", ".online", ".site", ".shop", ".tech", ".xyz", ".co", ".eu", ".us", ".uk", ".de", ".fr", ".es",
            ".it", ".nl", ".be", ".at", ".ch", ".pl", ".se", ".dk", ".fi", ".cz", ".pt", ".gr", ".ie", ".ru", ".ua",
            ".ca", ".au", ".nz", ".jp", ".cn", ".kr", ".in", ".br", ".mx", ".ar", ".cl", ".za", ".il", ".tr",
        ]),
        longest: 200,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let is_part = candidate.before().ends_with(|last: char| last.is_alphanumeric() || "@.-_".contains(last))
        || candidate.next().is_some_and(|next| next.is_alphanumeric() || "@_-(=".contains(next));
    // "e.g.", "i.e" and sentences without a space behind the dot.
    let (name, ending) = found.rsplit_once('.')?;
    let is_sentence = ending.starts_with(|first: char| first.is_uppercase()) && !name.contains(char::is_uppercase);
    (!is_part && !is_sentence && name.len() > 1).then(|| Hit::new(0.7, Evidence::Pattern))
}
