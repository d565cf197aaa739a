//! Structured output: a value that conforms to a JSON schema.
//!
//! Invariants: it is built from the schema alone and one text; recursion ends at [`DEPTH`], so a schema that refers to
//! itself cannot hang the provider. Patterns, formats and conditions are not looked at.

use serde_json::{Map, Value, json};

const DEPTH: u8 = 12;

/// A value that conforms to `schema`, with `text` where a string is free.
pub(super) fn conforming(schema: &Value, text: &str) -> Value {
    value(schema, schema, text, DEPTH)
}

fn value(root: &Value, schema: &Value, text: &str, depth: u8) -> Value {
    if depth == 0 {
        return Value::Null;
    }
    if let Some(path) = schema["$ref"].as_str() {
        let target = path.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
        return target.map_or(Value::Null, |target| value(root, target, text, depth - 1));
    }
    if let Some(fixed) = schema.get("const").or(schema["enum"].get(0)) {
        return fixed.clone();
    }
    if let Some(option) = ["anyOf", "oneOf", "allOf"].iter().find_map(|key| first_option(&schema[*key])) {
        return value(root, option, text, depth - 1);
    }
    match kind(schema) {
        "object" => object(root, schema, text, depth),
        "array" => {
            let wanted = schema["minItems"].as_u64().unwrap_or(1).clamp(1, 8);
            json!((0..wanted).map(|_| value(root, &schema["items"], text, depth - 1)).collect::<Vec<_>>())
        }
        "integer" => json!(schema["minimum"].as_i64().unwrap_or(7)),
        "number" => json!(schema["minimum"].as_f64().unwrap_or(7.5)),
        "boolean" => json!(true),
        "null" => Value::Null,
        _ => json!(text),
    }
}

fn object(root: &Value, schema: &Value, text: &str, depth: u8) -> Value {
    let properties = schema["properties"].as_object().into_iter().flatten();
    let fields: Map<String, Value> =
        properties.map(|(name, property)| (name.clone(), value(root, property, text, depth - 1))).collect();
    Value::Object(fields)
}

fn first_option(options: &Value) -> Option<&Value> {
    options.as_array()?.iter().find(|option| option["type"] != "null")
}

fn kind(schema: &Value) -> &str {
    let named = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        kind => kind.as_str(),
    };
    named.unwrap_or(if schema.get("properties").is_some() { "object" } else { "string" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(schema: Value, expected: Value) {
        assert_eq!(conforming(&schema, "x"), expected);
    }

    #[test]
    fn every_kind_of_schema_gets_a_value() {
        check(json!({"type":"string"}), json!("x"));
        check(json!({"type":["null","integer"]}), json!(7));
        check(json!({"enum":["red","blue"]}), json!("red"));
        check(json!({"type":"array","minItems":2,"items":{"type":"boolean"}}), json!([true, true]));
        check(json!({"anyOf":[{"type":"null"},{"type":"string"}]}), json!("x"));
        check(json!({"properties":{"a":{"type":"number"}}}), json!({"a":7.5}));
        check(json!({"$ref":"#/$defs/n","$defs":{"n":{"const":3}}}), json!(3));
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        let node =
            json!({"$ref":"#/$defs/n","$defs":{"n":{"type":"object","properties":{"next":{"$ref":"#/$defs/n"}}}}});
        assert!(conforming(&node, "x").is_object());
    }
}
