//! # What it finds
//! A connection address of a database or message broker with a password.
//!
//! # Why it matters
//! It opens the database to whoever can reach it.
//!
//! # Example
//! `postgres://app:…@db.example/app`
//!
//! # Limits and sources
//! Reports the password alone. Passwords equal to their user name are the defaults of local containers and are clean.

use super::user_info;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE103",
    name: "database-url",
    family: Family::Secret,
    category: "secret.database",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r#"(?i)\b(?:postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|amqps?|mssql|sqlserver|clickhouse|cockroachdb|oracle|neo4j|bolt|nats|ldaps?)(?:\+[a-z0-9]{1,16})?://[^\s:@/"'<>`\\]{0,64}:[^\s/"'<>`\\]{3,100}@[a-z0-9\[]"#,
        anchor: Anchor::Literals(&[
            "postgres",
            "mysql:",
            "mysql+",
            "mariadb",
            "mongodb",
            "redis",
            "amqp",
            "mssql",
            "sqlserver",
            "clickhouse",
            "cockroachdb",
            "oracle",
            "neo4j",
            "bolt",
            "nats",
            "ldap",
        ]),
        longest: 198,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    user_info::password(candidate.matched(), 0.85)
}
