//! # What it finds
//! A password in a connection string of ADO.NET, ODBC or JDBC.
//!
//! # Why it matters
//! It opens the database to whoever can reach it.
//!
//! # Example
//! `Server=db;User Id=app;Password=…;`
//!
//! # Limits and sources
//! The server must stand before the password, as it does by convention. Reports the password alone.

use super::placeholder::is_placeholder;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SE105",
    name: "connection-string",
    family: Family::Secret,
    category: "secret.database",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r#"(?i)\b(?:server|data source|host|driver|jdbc:[a-z]{2,12}:)[^\s"';&?]{1,80}[;?][^"'\r\n]{0,160}?(?:password|pwd)\s?=\s?[^\s"';&]{3,100}"#,
        anchor: Anchor::Literals(&["password", "pwd"]),
        longest: 370,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let matched = candidate.matched();
    let value = matched.get(matched.rfind('=')? + 1..)?.trim_start();
    let hit = Hit { trim: (matched.len() - value.len(), 0), ..Hit::new(0.8, Evidence::Context) };
    (value.len() >= 3 && !is_placeholder(value)).then_some(hit)
}
