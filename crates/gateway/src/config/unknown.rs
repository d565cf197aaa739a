//! Unknown keys, found by walking the file along its JSON Schema.
//!
//! serde stops at the first unknown key and does not say where it stands; people mistype several at once.

use serde_json::Value;

/// One sentence for every key that the schema does not know.
pub(super) fn unknown_keys(table: &toml::Table, schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk_table(table, schema, schema, "", &mut found);
    found
}

fn walk_table(table: &toml::Table, schema: &Value, root: &Value, path: &str, found: &mut Vec<String>) {
    let schema = resolve(schema, root);
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    let open = schema.get("additionalProperties").is_some_and(|more| more != &Value::Bool(false));
    for (key, value) in table {
        let here = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match properties.get(key) {
            Some(property) => walk_value(value, property, root, &here, found),
            None if open => {}
            None => found.push(sentence(&here, key, properties.keys().map(String::as_str))),
        }
    }
}

fn walk_value(value: &toml::Value, schema: &Value, root: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        toml::Value::Table(table) => walk_table(table, schema, root, path, found),
        toml::Value::Array(items) => {
            let Some(schema) = resolve(schema, root).get("items") else { return };
            for (index, item) in items.iter().enumerate() {
                walk_value(item, schema, root, &format!("{path}[{index}]"), found);
            }
        }
        _ => {}
    }
}

/// Follows `$ref`, and the one object among `anyOf` (an optional table).
fn resolve<'s>(schema: &'s Value, root: &'s Value) -> &'s Value {
    if let Some(pointer) = schema.get("$ref").and_then(Value::as_str) {
        return root.pointer(pointer.trim_start_matches('#')).map_or(schema, |target| resolve(target, root));
    }
    if let Some(options) = schema.get("anyOf").and_then(Value::as_array) {
        return options
            .iter()
            .map(|option| resolve(option, root))
            .find(|option| option.get("properties").is_some())
            .unwrap_or(schema);
    }
    schema
}

fn sentence<'k>(path: &str, key: &str, known: impl Iterator<Item = &'k str>) -> String {
    let known: Vec<&str> = known.collect();
    let nearest = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(key, name), *name))
        .filter(|(distance, name)| *distance <= 2.max(name.len() / 3))
        .min();
    match nearest {
        Some((_, name)) => format!("unknown key `{path}`: did you mean `{name}`?"),
        None => format!("unknown key `{path}`: known here are {}", known.join(", ")),
    }
}
