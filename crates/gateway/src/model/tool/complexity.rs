//! How much work a JSON Schema can make, before any is done.
//!
//! A schema of a few hundred bytes can ask for more comparisons than a machine makes in a year, by references that fan
//! out or come back to themselves. A survey counts, level by level of a document, how many looks a value there may take
//! and how deep calls nest, and says which documents may be judged.
//!
//! Invariants: only references within the schema are followed (`#`, `#/…`); what moves the base of references (`$id`,
//! anchors, dynamic references) is refused; a keyword that is not known is noted, so that nothing is called conforming
//! that was only half judged.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// Schemas and their parts.
const SCHEMAS_MAX: usize = 5_000;
/// Looks at values that judging a document may take.
const LOOKS_MAX: u64 = 10_000_000;
/// Calls inside each other.
const NESTED_MAX: u64 = 256;
/// Levels of a document.
pub const DEPTH_MAX: usize = 64;
/// Patterns, and bytes of one.
const PATTERNS_MAX: usize = 32;
const PATTERN_BYTES_MAX: usize = 256;

/// Why a schema is not judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It is larger than schemas are.
    #[error("it is too large")]
    TooLarge,
    /// It refers to something outside of itself, or changes what references mean.
    #[error("it refers beyond itself")]
    Refers,
    /// It would take too long to judge by.
    #[error("it takes too long to judge by")]
    TooComplex,
    /// It is no JSON Schema.
    #[error("it is not a JSON Schema")]
    NotASchema,
}

/// What a survey found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// How many looks a value may take at most, in documents of each depth.
    looks: Vec<u64>,
    /// It has keywords that are not judged.
    pub is_partly_known: bool,
}

impl Survey {
    /// Whether a document of so many values, so deep, is judged in bounded time.
    pub fn judges(&self, values: usize, depth: usize) -> bool {
        self.looks.get(depth).is_some_and(|looks| looks.saturating_mul(values as u64) <= LOOKS_MAX)
    }
}

/// Keywords whose value is a schema that sees the same value.
const SAME_VALUE: [&str; 4] = ["not", "if", "then", "else"];
/// Keywords whose value is a list of such schemas.
const SAME_VALUE_LISTS: [&str; 3] = ["allOf", "anyOf", "oneOf"];
/// Keywords whose value is a schema for values inside.
const INSIDE: [&str; 7] = [
    "additionalProperties",
    "unevaluatedProperties",
    "propertyNames",
    "additionalItems",
    "unevaluatedItems",
    "contains",
    "items",
];
/// Keywords whose value holds schemas by name.
const MAPS: [&str; 5] = ["properties", "patternProperties", "dependentSchemas", "$defs", "definitions"];
/// Keywords that hold no schema: assertions that are judged, and notes.
const PLAIN: [&str; 41] = [
    "$schema",
    "$comment",
    "type",
    "enum",
    "const",
    "multipleOf",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "maxContains",
    "minContains",
    "maxProperties",
    "minProperties",
    "required",
    "dependentRequired",
    "title",
    "description",
    "default",
    "deprecated",
    "readOnly",
    "writeOnly",
    "examples",
    "example",
    "contentEncoding",
    "contentMediaType",
    "format",
    "$ref",
    "externalDocs",
    "xml",
    "strict",
    "name",
    "propertyOrdering",
    "order",
    "placeholder",
];
/// Formats that are judged.
const FORMATS: [&str; 20] = [
    "regex",
    "ipv4",
    "ipv6",
    "hostname",
    "idn-hostname",
    "email",
    "idn-email",
    "date",
    "time",
    "date-time",
    "duration",
    "period",
    "json-pointer",
    "relative-json-pointer",
    "uuid",
    "uri",
    "iri",
    "uri-reference",
    "iri-reference",
    "uri-template",
];
const MOVES_BASE: [&str; 7] =
    ["$id", "id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveAnchor", "$recursiveRef"];

/// Surveys a schema.
///
/// # Errors
/// When it is not to be judged by.
pub fn survey(schema: &Value) -> Result<Survey, Unusable> {
    let mut walk = Walk { root: schema, nodes: Vec::new(), known: HashMap::new(), patterns: 0, is_partly_known: false };
    walk.schema(schema)?;
    let looks = looks(&walk.nodes)?;
    Ok(Survey { looks, is_partly_known: walk.is_partly_known })
}

/// A schema: what else looks at the same value, and what looks at values inside.
#[derive(Debug, Default)]
struct Node {
    same: Vec<usize>,
    inside: Vec<usize>,
}

struct Walk<'s> {
    root: &'s Value,
    nodes: Vec<Node>,
    /// By the address of the value, which does not move while the walk lasts.
    known: HashMap<*const Value, usize>,
    patterns: usize,
    is_partly_known: bool,
}

impl<'s> Walk<'s> {
    fn schema(&mut self, schema: &'s Value) -> Result<usize, Unusable> {
        if let Some(known) = self.known.get(&std::ptr::from_ref(schema)) {
            return Ok(*known);
        }
        if self.nodes.len() >= SCHEMAS_MAX {
            return Err(Unusable::TooLarge);
        }
        let index = self.nodes.len();
        self.nodes.push(Node::default());
        self.known.insert(schema, index);
        match schema {
            Value::Bool(_) => {}
            Value::Object(keywords) => self.keywords(index, keywords)?,
            _ => return Err(Unusable::NotASchema),
        }
        Ok(index)
    }

    fn keywords(&mut self, index: usize, keywords: &'s Map<String, Value>) -> Result<(), Unusable> {
        for (keyword, value) in keywords {
            let keyword = keyword.as_str();
            if MOVES_BASE.contains(&keyword) {
                return Err(Unusable::Refers);
            }
            if keyword == "$ref" {
                let target = self.refer(value)?;
                self.nodes[index].same.push(target);
            } else if SAME_VALUE.contains(&keyword) {
                self.same(index, value)?;
            } else if SAME_VALUE_LISTS.contains(&keyword) {
                for one in value.as_array().ok_or(Unusable::NotASchema)? {
                    self.same(index, one)?;
                }
            } else if keyword == "prefixItems" || keyword == "items" && value.is_array() {
                self.inside(index, value.as_array().into_iter().flatten(), true)?;
            } else if INSIDE.contains(&keyword) {
                self.inside(index, [value], false)?;
            } else if MAPS.contains(&keyword) {
                self.map(index, keyword, value.as_object().ok_or(Unusable::NotASchema)?)?;
            } else {
                self.plain(keyword, value)?;
            }
        }
        Ok(())
    }

    fn map(&mut self, index: usize, keyword: &str, map: &'s Map<String, Value>) -> Result<(), Unusable> {
        match keyword {
            "properties" => self.inside(index, map.values(), true),
            "patternProperties" => {
                map.keys().try_for_each(|pattern| self.pattern(pattern))?;
                self.inside(index, map.values(), false)
            }
            "dependentSchemas" => map.values().try_for_each(|one| self.same(index, one)),
            _ => map.values().try_for_each(|one| self.schema(one).map(drop)),
        }
    }

    fn same(&mut self, index: usize, schema: &'s Value) -> Result<(), Unusable> {
        let target = self.schema(schema)?;
        self.nodes[index].same.push(target);
        Ok(())
    }

    /// Schemas for values inside; of those for values `apart` only one looks at each.
    fn inside(
        &mut self,
        index: usize,
        schemas: impl IntoIterator<Item = &'s Value>,
        apart: bool,
    ) -> Result<(), Unusable> {
        let mut seen: Vec<usize> = Vec::new();
        for schema in schemas {
            let target = self.schema(schema)?;
            if !(apart && seen.contains(&target)) {
                seen.push(target);
                self.nodes[index].inside.push(target);
            }
        }
        Ok(())
    }

    fn plain(&mut self, keyword: &str, value: &Value) -> Result<(), Unusable> {
        if let ("pattern", Some(pattern)) = (keyword, value.as_str()) {
            self.pattern(pattern)?;
        }
        let is_known = match (keyword, value.as_str()) {
            ("format", Some(format)) => FORMATS.contains(&format),
            _ => PLAIN.contains(&keyword) || keyword.starts_with("x-"),
        };
        self.is_partly_known |= !is_known;
        Ok(())
    }

    fn pattern(&mut self, pattern: &str) -> Result<(), Unusable> {
        self.patterns += 1;
        let fits = self.patterns <= PATTERNS_MAX && pattern.len() <= PATTERN_BYTES_MAX;
        if fits { Ok(()) } else { Err(Unusable::TooComplex) }
    }

    fn refer(&mut self, value: &Value) -> Result<usize, Unusable> {
        let pointer = value.as_str().and_then(|text| text.strip_prefix('#')).ok_or(Unusable::Refers)?;
        if pointer.contains('%') || !(pointer.is_empty() || pointer.starts_with('/')) {
            return Err(Unusable::Refers);
        }
        let target = self.root.pointer(pointer).ok_or(Unusable::Refers)?;
        self.schema(target)
    }
}

/// How many looks a value may take, in documents of each depth; as far down as calls do not nest too deep.
fn looks(nodes: &[Node]) -> Result<Vec<u64>, Unusable> {
    let order = order(nodes)?;
    let mut most = Vec::with_capacity(DEPTH_MAX + 1);
    let mut level = vec![Level::default(); nodes.len()];
    level[0] = Level { looks: 1, nested: 1 };
    while most.len() <= DEPTH_MAX {
        for from in &order {
            for to in &nodes[*from].same {
                let from = level[*from];
                level[*to].add(from);
            }
        }
        let all = level.iter().fold(0, |sum: u64, one| sum.saturating_add(one.looks));
        if level.iter().any(|one| one.nested > NESTED_MAX) {
            break;
        }
        most.push(all.max(most.last().copied().unwrap_or_default()));
        let mut inside = vec![Level::default(); nodes.len()];
        for (node, from) in nodes.iter().zip(&level) {
            node.inside.iter().for_each(|to| inside[*to].add(*from));
        }
        level = inside;
    }
    if most.first().is_some_and(|looks| *looks <= LOOKS_MAX) { Ok(most) } else { Err(Unusable::TooComplex) }
}

/// What a schema costs at one level of a document.
#[derive(Debug, Clone, Copy, Default)]
struct Level {
    looks: u64,
    nested: u64,
}

impl Level {
    /// Another schema sends values here.
    fn add(&mut self, from: Self) {
        if from.looks > 0 {
            self.looks = self.looks.saturating_add(from.looks);
            self.nested = self.nested.max(from.nested + 1);
        }
    }
}

/// The nodes, each before those that look at the same value for it.
fn order(nodes: &[Node]) -> Result<Vec<usize>, Unusable> {
    let mut waiting = vec![0_usize; nodes.len()];
    nodes.iter().flat_map(|node| &node.same).for_each(|to| waiting[*to] += 1);
    let mut order: Vec<usize> = (0..nodes.len()).filter(|index| waiting[*index] == 0).collect();
    let mut at = 0;
    while at < order.len() {
        for to in &nodes[order[at]].same {
            waiting[*to] -= 1;
            if waiting[*to] == 0 {
                order.push(*to);
            }
        }
        at += 1;
    }
    // What comes back to itself on one value never ends.
    if order.len() == nodes.len() { Ok(order) } else { Err(Unusable::TooComplex) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(schema: &Value, expected: Result<(bool, bool), Unusable>) {
        let found = survey(schema).map(|survey| (survey.judges(1_000, 20), survey.is_partly_known));
        assert_eq!(found, expected, "{schema}");
    }

    #[test]
    fn ordinary_schemas_are_judged() {
        check(&json!(true), Ok((true, false)));
        let wide: Map<String, Value> =
            (0..300).map(|index| (format!("p{index}"), json!({ "type": "string" }))).collect();
        check(&json!({ "type": "object", "properties": wide }), Ok((true, false)));
        let tree = json!({ "properties": { "children": { "items": { "$ref": "#" } } } });
        check(&tree, Ok((true, false)));
        let named =
            json!({ "$ref": "#/$defs/a", "$defs": { "a": { "anyOf": [{ "type": "null" }, { "enum": [1] }] } } });
        check(&named, Ok((true, false)));
        check(&json!({ "nullable": true }), Ok((true, true)));
        check(&json!({ "format": "credit-card" }), Ok((true, true)));
    }

    #[test]
    fn what_refers_beyond_itself_is_refused() {
        for schema in [
            json!({ "$ref": "https://evil.example/s.json" }),
            json!({ "$ref": "file:///etc/passwd" }),
            json!({ "$ref": "other.json#/a" }),
            json!({ "$ref": "#anchor" }),
            json!({ "$ref": "#/nothing" }),
            json!({ "$ref": 1 }),
            json!({ "properties": { "a": { "$id": "https://evil.example/" } } }),
            json!({ "$dynamicRef": "#x" }),
        ] {
            check(&schema, Err(Unusable::Refers));
        }
    }

    #[test]
    fn what_fans_out_or_comes_back_is_refused() {
        check(&json!({ "$ref": "#" }), Err(Unusable::TooComplex));
        check(&json!({ "allOf": [{ "not": { "$ref": "#" } }] }), Err(Unusable::TooComplex));
        let levels: Map<String, Value> = (0..40)
            .map(|level| {
                let next = json!({ "$ref": format!("#/$defs/l{}", level + 1) });
                (format!("l{level}"), json!({ "anyOf": [next, next] }))
            })
            .chain([("l40".to_owned(), json!({}))])
            .collect();
        check(&json!({ "$ref": "#/$defs/l0", "$defs": levels }), Err(Unusable::TooComplex));
        let doubling = json!({ "properties": { "a": { "anyOf": [{ "$ref": "#" }, { "$ref": "#" }] } } });
        let survey = survey(&doubling).unwrap();
        assert!(survey.judges(10, 5) && !survey.judges(25, 24), "{survey:?}");
    }
}
