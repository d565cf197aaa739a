//! # What it finds
//! An upload token of PyPI or TestPyPI, parsed as the macaroon that it is.
//!
//! # Why it matters
//! It publishes releases of a project, or of all projects of its owner.
//!
//! # Example
//! `pypi-AgEIcHlwaS5vcmc…`
//!
//! # Limits and sources
//! A macaroon that does not parse to its signature (cut off, or mistyped) scores lower. Up to 500 characters.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::entropy;
use super::placeholder::is_placeholder;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE028",
    name: "pypi-token",
    family: Family::Secret,
    category: "secret.pypi",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\bpypi-AgE(?:IcHlwaS5vcmc|NdGVzdC5weXBpLm9yZw)[A-Za-z0-9_-]{50,500}",
        anchor: Anchor::Literals(&["pypi-AgE"]),
        longest: 527,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let token = candidate.matched();
    let encoded = token.get("pypi-".len()..)?;
    if entropy::ends(candidate) && is_macaroon(encoded) {
        return Some(Hit::new(0.99, Evidence::Checksum));
    }
    (entropy::is_random(&encoded[23..]) && !is_placeholder(token)).then_some(Hit::new(0.8, Evidence::Entropy))
}

/// Walks the fields of a version 2 macaroon to its signature of 32 bytes, which ends it.
fn is_macaroon(encoded: &str) -> bool {
    const END_OF_SECTION: u8 = 0;
    const SIGNATURE: u8 = 6;
    let decoded = URL_SAFE_NO_PAD.decode(encoded).unwrap_or_default();
    let Some((2, mut rest)) = decoded.split_first().map(|(version, rest)| (*version, rest)) else { return false };
    while let Some((kind, after)) = rest.split_first() {
        if *kind == END_OF_SECTION {
            rest = after;
            continue;
        }
        let Some((len, after)) = length(after) else { return false };
        if *kind == SIGNATURE {
            return len == 32 && after.len() == 32;
        }
        let Some(after) = after.get(len..) else { return false };
        rest = after;
    }
    false
}

/// A length of one or two bytes, seven bits each, least first.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    if first & 0x80 == 0 {
        return Some((usize::from(*first), rest));
    }
    let (second, rest) = rest.split_first()?;
    (second & 0x80 == 0).then_some((usize::from(first & 0x7f) | usize::from(*second) << 7, rest))
}
