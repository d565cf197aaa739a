//! JSON Schemas that clients send, and what conforms to them.
//!
//! The schema, and the JSON held to it, come from others. Both are read strictly (no key twice, bounded), patterns run in
//! linear time, nothing is fetched, and how much work a schema can make is known before it does any ([`complexity`]).
//!
//! Invariant: what is not judged is never called conforming.

use std::sync::Arc;

use aws_lc_rs::digest;
use boon::{Compiler, SchemaIndex, UrlLoader};
use quick_cache::sync::Cache;
use serde_json::Value;

use super::complexity::{self, DEPTH_MAX, Survey, Unusable};

/// Bytes of a schema.
const SCHEMA_BYTES_MAX: usize = 64 * 1024;
/// Bytes of a text that is judged.
pub const TEXT_BYTES_MAX: usize = 1024 * 1024;
/// Schemas that are remembered.
const REMEMBERED: usize = 256;
/// Where a schema is said to come from: a name that nothing answers to.
const PLACE: &str = "https://schema.invalid/schema.json";

/// Compiled schemas, by their text.
#[derive(Debug)]
pub struct SchemaCache(Cache<[u8; 32], Arc<Result<Schema, Unusable>>>);

/// A schema ready to judge.
pub struct Schema {
    schemas: boon::Schemas,
    root: SchemaIndex,
    survey: Survey,
}

/// How a text stands to a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conformance {
    /// It conforms.
    Conforms,
    /// It conforms to all that was judged, and the schema says more than that.
    Partly,
    /// It ends before its JSON does.
    Incomplete,
    /// It is no JSON, or breaks the schema.
    Violates,
    /// It was not judged: too large or too deep.
    Unchecked,
}

impl Conformance {
    /// Its name in audit entries.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Conforms => "conforms",
            Self::Partly => "partly",
            Self::Incomplete => "incomplete",
            Self::Violates => "violates",
            Self::Unchecked => "unchecked",
        }
    }
}

impl Default for SchemaCache {
    fn default() -> Self {
        Self(Cache::new(REMEMBERED))
    }
}

impl SchemaCache {
    /// The schema that a text says.
    pub fn compiled(&self, text: &str) -> Arc<Result<Schema, Unusable>> {
        if text.len() > SCHEMA_BYTES_MAX {
            return Arc::new(Err(Unusable::TooLarge));
        }
        let mut key = [0; 32];
        key.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
        if let Some(known) = self.0.get(&key) {
            return known;
        }
        let compiled = Arc::new(Schema::compile(text));
        self.0.insert(key, compiled.clone());
        compiled
    }
}

/// Fetches nothing.
struct Nowhere;

impl UrlLoader for Nowhere {
    fn load(&self, _url: &str) -> Result<Value, Box<dyn std::error::Error>> {
        Err(Unusable::Refers.into())
    }
}

impl Schema {
    /// Compiles a schema that belongs to somebody else.
    ///
    /// # Errors
    /// When it is not to be judged by.
    pub fn compile(text: &str) -> Result<Self, Unusable> {
        if text.len() > SCHEMA_BYTES_MAX {
            return Err(Unusable::TooLarge);
        }
        wire::strict(text, &limits(SCHEMA_BYTES_MAX)).map_err(|_| Unusable::NotASchema)?;
        let value: Value = serde_json::from_str(text).map_err(|_| Unusable::NotASchema)?;
        let survey = complexity::survey(&value)?;
        let (mut schemas, mut compiler) = (boon::Schemas::new(), Compiler::new());
        compiler.use_loader(Box::new(Nowhere));
        compiler.enable_format_assertions();
        compiler.add_resource(PLACE, value).map_err(|_| Unusable::NotASchema)?;
        let root = compiler.compile(PLACE, &mut schemas).map_err(|_| Unusable::NotASchema)?;
        Ok(Self { schemas, root, survey })
    }

    /// Holds a text to the schema.
    pub fn judge(&self, text: &str) -> Conformance {
        if text.len() > TEXT_BYTES_MAX {
            return Conformance::Unchecked;
        }
        let value: Value = match serde_json::from_str(text) {
            Ok(value) => value,
            Err(error) if error.is_eof() => return Conformance::Incomplete,
            Err(_) => return Conformance::Violates,
        };
        // Readers differ in which of two equal keys they take.
        if wire::strict(text, &limits(TEXT_BYTES_MAX)).is_err() {
            return Conformance::Violates;
        }
        let (values, depth) = measure(&value);
        if !self.survey.judges(values, depth) {
            return Conformance::Unchecked;
        }
        match self.schemas.validate(&value, self.root) {
            Err(_) => Conformance::Violates,
            Ok(()) if self.survey.is_partly_known => Conformance::Partly,
            Ok(()) => Conformance::Conforms,
        }
    }
}

impl std::fmt::Debug for Schema {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Schema").field("survey", &self.survey).finish_non_exhaustive()
    }
}

fn limits(bytes: usize) -> wire::Limits {
    wire::Limits { bytes, depth: DEPTH_MAX, ..wire::Limits::default() }
}

/// How many values there are, and how deep.
fn measure(value: &Value) -> (usize, usize) {
    let inner = |sum: (usize, usize), one: &Value| {
        let (values, depth) = measure(one);
        (sum.0 + values, sum.1.max(depth + 1))
    };
    match value {
        Value::Array(items) => items.iter().fold((1, 0), inner),
        // Names are looked at too.
        Value::Object(map) => map.values().fold((1 + map.len(), 0), inner),
        _ => (1, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(schema: &str, text: &str, expected: Conformance) {
        assert_eq!(Schema::compile(schema).unwrap().judge(text), expected, "{schema} {text}");
    }

    const TRANSFER: &str = r#"{"type":"object","properties":{"amount":{"type":"number","maximum":100},"to":{"enum":["a","b"]},"at":{"format":"date"}},"required":["amount"],"additionalProperties":false}"#;

    #[test]
    fn what_conforms_is_told_from_what_does_not() {
        check(TRANSFER, r#"{"amount":5,"to":"a","at":"2026-01-31"}"#, Conformance::Conforms);
        for text in [
            r#"{"amount":"5"}"#,
            r#"{"amount":101}"#,
            r#"{"amount":5,"to":"c"}"#,
            r#"{"amount":5,"extra":1}"#,
            r#"{"amount":5,"at":"yesterday"}"#,
            r#"{"to":"a"}"#,
            r#"{"amount":5,"amount":6}"#,
            r#"{"amount":5} and more"#,
            "```json\n{\"amount\":5}\n```",
            "I cannot do that.",
        ] {
            check(TRANSFER, text, Conformance::Violates);
        }
    }

    #[test]
    fn what_is_cut_off_is_incomplete_and_not_conforming() {
        check(TRANSFER, r#"{"amount":5,"to":"a""#, Conformance::Incomplete);
        check(TRANSFER, "", Conformance::Incomplete);
    }

    #[test]
    fn what_was_not_judged_is_not_called_conforming() {
        check(r#"{"type":"object","nullable":true}"#, "{}", Conformance::Partly);
        check("true", &format!("\"{}\"", "a".repeat(TEXT_BYTES_MAX)), Conformance::Unchecked);
        check("true", &format!("{}1{}", "[".repeat(65), "]".repeat(65)), Conformance::Violates);
        let doubling = r##"{"properties":{"a":{"anyOf":[{"$ref":"#"},{"$ref":"#"}]}}}"##;
        check(doubling, &format!("{}1{}", "{\"a\":".repeat(40), "}".repeat(40)), Conformance::Unchecked);
    }

    #[test]
    fn hostile_schemas_are_refused_and_not_run() {
        let refused = |schema: &str| Schema::compile(schema).unwrap_err();
        assert_eq!(refused(r#"{"$ref":"file:///etc/passwd"}"#), Unusable::Refers);
        assert_eq!(refused(r##"{"$ref":"#"}"##), Unusable::TooComplex);
        assert_eq!(refused(r#"{"$schema":"https://evil.example/meta","type":"object"}"#), Unusable::NotASchema);
        assert_eq!(refused(r#"{"type":"nothing"}"#), Unusable::NotASchema);
        assert_eq!(refused(r#"{"type":"object","type":"array"}"#), Unusable::NotASchema);
        assert_eq!(refused(&format!("{{\"title\":\"{}\"}}", "a".repeat(SCHEMA_BYTES_MAX))), Unusable::TooLarge);
        assert_eq!(refused(&format!("{}1{}", "{\"not\":".repeat(100), "}".repeat(100))), Unusable::NotASchema);
        let patterns: Vec<String> = (0..40).map(|at| format!("\"a{at}\":{{\"pattern\":\"a\"}}")).collect();
        assert_eq!(refused(&format!("{{\"properties\":{{{}}}}}", patterns.join(","))), Unusable::TooComplex);
    }

    #[test]
    fn a_pattern_that_would_make_others_backtrack_takes_no_time() {
        let text = format!("\"{}!\"", "a".repeat(50_000));
        check(r#"{"type":"string","pattern":"^(a+)+$"}"#, &text, Conformance::Violates);
    }

    #[test]
    fn calls_as_deep_as_a_survey_lets_through_fit_the_stack() {
        let chain: Vec<String> = (0..200).map(|at| format!("\"l{at}\":{{\"$ref\":\"#/$defs/l{}\"}}", at + 1)).collect();
        let schema = format!("{{\"$ref\":\"#/$defs/l0\",\"$defs\":{{{},\"l200\":{{}}}}}}", chain.join(","));
        check(&schema, "1", Conformance::Conforms);
        let tree = r##"{"properties":{"a":{"allOf":[{"$ref":"#"}]}}}"##;
        check(tree, &format!("{}1{}", "{\"a\":".repeat(60), "}".repeat(60)), Conformance::Conforms);
    }
}
