//! # What it finds
//! Text that is more than a value when it stands in an SQL statement: a quote and a condition, a second statement, `UNION`.
//!
//! # Why it matters
//! An application that puts an answer into a query runs what the answer says.
//!
//! # Example
//! `x' OR '1'='1' --`
//!
//! # Limits and sources
//! Judged by libinjection on stretches of 192 bytes, from the beginning, from each line and from each quote, semicolon and
//! closing parenthesis. Runs only where a policy names it, or has `sinks = ["sql"]`. A parameter of a prepared statement
//! needs none of this.

use std::ops::Range;

use crate::rule::{Family, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "SK001",
    name: "sql-value",
    family: Family::Sink,
    category: "sink.sql",
    tags: &["owasp:LLM05", "owasp-agentic:ASI05", "atlas:AML.T0050"],
    matcher: Matcher::Value(find),
};

/// An attack says what it is within so many bytes.
const STRETCH_BYTES: usize = 192;

fn find(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let begins =
        |at: usize| at == 0 || bytes[at - 1] == b'\n' || matches!(bytes[at], b'\'' | b'"' | b'`' | b';' | b')');
    super::stretches(text, STRETCH_BYTES, begins, |value| is_injection(value.as_bytes()))
}

/// The port looks for `INTO OUTFILE` and `INTO DUMPFILE` in capitals alone, where the library takes any case.
fn is_injection(value: &[u8]) -> bool {
    let is_one = |value: &[u8]| libinjectionrs::detect_sqli(value).is_injection();
    is_one(value)
        || value.windows(4).any(|word| word.eq_ignore_ascii_case(b"into")) && is_one(&value.to_ascii_uppercase())
}
