//! # What it finds
//! The hash of a password: bcrypt, SHA-crypt, yescrypt, MD5-crypt, Argon2, scrypt.
//!
//! # Why it matters
//! A weak password behind a strong hash is guessed in hours, at home.
//!
//! # Example
//! `$2b$12$…`, `$6$…`, `$argon2id$…`
//!
//! # Limits and sources
//! Unsalted hashes (plain SHA-256) are checksums as often and are clean.

use super::entropy;
use super::placeholder::is_placeholder;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE107",
    name: "password-hash",
    family: Family::Secret,
    category: "secret.password-hash",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"\$(?:2[abxy]\$[0-9]{2}\$[./A-Za-z0-9]{53}|[56]\$(?:rounds=[0-9]{1,9}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{43,86}|y\$[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{8,86}\$[./A-Za-z0-9]{43}|(?:1|apr1)\$[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{22}|argon2(?:id|i|d)\$(?:v=[0-9]{1,3}\$)?m=[0-9]{1,9},t=[0-9]{1,4},p=[0-9]{1,3}\$[A-Za-z0-9+/]{8,64}\$[A-Za-z0-9+/]{16,128}|scrypt\$ln=[0-9]{1,2},r=[0-9]{1,3},p=[0-9]{1,3}\$[A-Za-z0-9+/]{8,64}\$[A-Za-z0-9+/]{16,128})",
        anchor: Anchor::Literals(&[
            "$2a$", "$2b$", "$2x$", "$2y$", "$5$", "$6$", "$y$", "$1$", "$apr1$", "$argon2", "$scrypt$",
        ]),
        longest: 234,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let digest = candidate.matched().rsplit('$').next()?;
    let is_hash = entropy::ends(candidate) && entropy::is_random(digest) && !is_placeholder(digest);
    is_hash.then_some(Hit::new(0.9, Evidence::Entropy))
}
