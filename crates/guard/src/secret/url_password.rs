//! # What it finds
//! A password in the user information of an address.
//!
//! # Why it matters
//! Addresses are logged, shared and sent on in places where nobody expects a password.
//!
//! # Example
//! `https://deploy:…@git.example/repo`
//!
//! # Limits and sources
//! Reports the password alone; addresses of databases have a rule. Matches from `://` on, so that a scheme does not
//! wait.

use super::user_info;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE104",
    name: "url-password",
    family: Family::Secret,
    category: "secret.basic-auth",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r#"://[^\s:@/?#"'<>`\\]{1,64}:[^\s/"'<>`\\]{3,100}@[A-Za-z0-9\[]"#,
        anchor: Anchor::Literals(&["://"]),
        longest: 170,
        verify,
    }),
};

const DATABASES: &[&str] = &[
    "postgres",
    "postgresql",
    "mysql",
    "mariadb",
    "mongodb",
    "redis",
    "rediss",
    "amqp",
    "amqps",
    "mssql",
    "sqlserver",
    "clickhouse",
    "cockroachdb",
    "oracle",
    "neo4j",
    "bolt",
    "nats",
    "ldap",
    "ldaps",
];

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let before = candidate.before().to_ascii_lowercase();
    let is_part = |mark: char| mark.is_ascii_alphanumeric() || mark == '+';
    let scheme = &before[before.trim_end_matches(is_part).len()..];
    let scheme = scheme.split('+').next().unwrap_or_default();
    let is_own = !scheme.is_empty() && !DATABASES.contains(&scheme);
    is_own.then(|| user_info::password(candidate.matched(), 0.8))?
}
