//! # What it finds
//! The canary that the gateway put into the operator's prompt: as it is, in upper case, reversed, with separators, and in
//! base64 at every alignment, base64url, hex, URL encoding and ROT13.
//!
//! # Why it matters
//! The canary says nothing and is in no text but the operator's prompt. Where it comes out, the prompt is coming out.
//!
//! # Example
//! A user asks for the text above, encoded in base64; the model obeys.
//!
//! # Limits and sources
//! A model that leaves the canary out, or translates the prompt, is not noticed; LK002 compares the prompt's own words.
//! OWASP LLM07; Rebuff and Vigil look for the plain canary only.

use crate::rule::{Family, Matcher, Protected, Rule};

/// LK001.
pub(super) const RULE: Rule = Rule {
    id: "LK001",
    name: "canary",
    family: Family::Leak,
    category: "leak.canary",
    tags: &["owasp:LLM07", "owasp-agentic:ASI01", "atlas:AML.T0056"],
    matcher: Matcher::Protected(Protected::Canary),
};
