//! PATCH (RFC 7644, 3.5.2): operations on the JSON of what may be changed, in the forms that identity providers send.
//!
//! Entra leaves the path out, writes paths as keys (`"name.givenName"`), capitalises operations and sends booleans as
//! texts; Okta replaces without a path. An attribute that is not kept here is ignored, as in PUT; one that nobody may
//! write is refused.

use serde_json::{Map, Value, json};

use super::filter::{self, Condition, short};
use super::problem::Problem;

const OPERATIONS_MAX: usize = 1_000;

/// An attribute that may be changed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attribute {
    /// As it is written.
    pub(super) name: &'static str,
    /// Its parts, when it has some.
    pub(super) parts: &'static [&'static str],
    /// Whether it is a list.
    pub(super) is_many: bool,
}

/// What nobody may write.
const READ_ONLY: [&str; 3] = ["id", "meta", "groups"];

struct Path {
    attribute: Attribute,
    filter: Vec<Condition>,
    part: Option<&'static str>,
}

/// Applies the operations of a body to a resource.
pub(super) fn apply(known: &[Attribute], resource: &mut Map<String, Value>, body: &Value) -> Result<(), Problem> {
    let operations = member(body, "operations").and_then(Value::as_array);
    let operations =
        operations.ok_or_else(|| Problem::bad("invalidSyntax", "Operations: must be a list of operations"))?;
    if operations.len() > OPERATIONS_MAX {
        let status = http::StatusCode::PAYLOAD_TOO_LARGE;
        return Err(Problem::new(status, format!("Operations: must be at most {OPERATIONS_MAX}")));
    }
    operations.iter().try_for_each(|operation| one(known, resource, operation))
}

fn one(known: &[Attribute], resource: &mut Map<String, Value>, operation: &Value) -> Result<(), Problem> {
    let op = member(operation, "op").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    if !["add", "replace", "remove"].contains(&op.as_str()) {
        return Err(Problem::bad("invalidSyntax", "op: must be `add`, `replace` or `remove`"));
    }
    let value = member(operation, "value").unwrap_or(&Value::Null);
    match member(operation, "path") {
        None | Some(Value::Null) if op == "remove" => Err(Problem::bad("noTarget", "path: is needed to remove")),
        None | Some(Value::Null) => {
            let values = value.as_object();
            let values =
                values.ok_or_else(|| Problem::bad("invalidValue", "value: must be an object without a path"))?;
            // Okta repeats the id beside what it changes: there it is ignored, as in PUT.
            let written = values.iter().filter(|(path, _)| !READ_ONLY.contains(&short(path).as_str()));
            written.into_iter().try_for_each(|(path, value)| at(known, resource, &op, path, value))
        }
        Some(Value::String(path)) => at(known, resource, &op, path, value),
        Some(_) => Err(Problem::bad("invalidPath", "path: must be a text")),
    }
}

fn at(
    known: &[Attribute],
    resource: &mut Map<String, Value>,
    op: &str,
    path: &str,
    value: &Value,
) -> Result<(), Problem> {
    let Some(path) = read(known, path)? else { return Ok(()) };
    let name = path.attribute.name;
    if path.attribute.is_many {
        let held = resource.remove(name).unwrap_or_else(|| json!([]));
        let mut items = held.as_array().cloned().unwrap_or_default();
        many(&mut items, &path, op, value)?;
        resource.insert(name.to_owned(), items.into());
        return Ok(());
    }
    match (path.part, op) {
        (None, "remove") => drop(resource.remove(name)),
        (None, _) if path.attribute.parts.is_empty() => drop(resource.insert(name.to_owned(), value.clone())),
        (None, _) => {
            let parts = value.as_object();
            let parts = parts.ok_or_else(|| Problem::bad("invalidValue", format!("{name}: must be an object")))?;
            let held = object(resource, name);
            for (key, value) in parts {
                if let Some(part) = part_of(path.attribute, key) {
                    held.insert(part.to_owned(), value.clone());
                }
            }
        }
        (Some(part), "remove") => drop(object(resource, name).remove(part)),
        (Some(part), _) => drop(object(resource, name).insert(part.to_owned(), value.clone())),
    }
    Ok(())
}

/// Changes a list.
fn many(items: &mut Vec<Value>, path: &Path, op: &str, value: &Value) -> Result<(), Problem> {
    if path.filter.is_empty() && path.part.is_none() {
        let given = match value {
            Value::Array(given) => given.clone(),
            Value::Null => Vec::new(),
            one => vec![one.clone()],
        };
        match op {
            "remove" if given.is_empty() => items.clear(),
            // Entra names those to remove beside the path.
            "remove" => items.retain(|item| !given.iter().any(|gone| member(gone, "value") == member(item, "value"))),
            "replace" => *items = given,
            _ => given.into_iter().for_each(|item| put(items, item)),
        }
        return Ok(());
    }
    let fits = |item: &Value| path.filter.iter().all(|condition| is_met(item, condition));
    match (path.part, op) {
        (None, "remove") => items.retain(|item| !fits(item)),
        (Some(part), "remove") => {
            for item in items.iter_mut().filter(|item| fits(item)).filter_map(Value::as_object_mut) {
                item.remove(part);
            }
        }
        (part, _) => {
            let mut has_fit = false;
            for item in items.iter_mut().filter(|item| fits(item)) {
                has_fit = true;
                set(item, part, value);
            }
            if !has_fit {
                // Entra replaces the address of a kind also when there is none of it yet.
                let mut item = json!({});
                for condition in &path.filter {
                    if let Some(part) = part_of(path.attribute, &condition.attribute) {
                        item[part] = condition.value.clone();
                    }
                }
                set(&mut item, part, value);
                put(items, item);
            }
        }
    }
    Ok(())
}

fn set(item: &mut Value, part: Option<&str>, value: &Value) {
    match (part, item.as_object_mut(), value.as_object()) {
        (Some(part), Some(item), _) => drop(item.insert(part.to_owned(), value.clone())),
        (None, Some(item), Some(value)) => item.extend(value.clone()),
        _ => *item = value.clone(),
    }
}

/// Adds an item, in the place of one of the same value; a new primary one is the only one.
fn put(items: &mut Vec<Value>, item: Value) {
    if member(&item, "primary").is_some_and(|primary| boolean(primary) == Some(true)) {
        for other in items.iter_mut().filter_map(Value::as_object_mut) {
            other.remove("primary");
        }
    }
    match items.iter_mut().find(|other| member(other, "value") == member(&item, "value")) {
        Some(same) => *same = item,
        None => items.push(item),
    }
}

fn is_met(item: &Value, condition: &Condition) -> bool {
    match member(item, &condition.attribute) {
        Some(Value::String(text)) => condition.value.as_str().is_some_and(|other| text.eq_ignore_ascii_case(other)),
        Some(held) => boolean(held).is_some() && boolean(held) == boolean(&condition.value),
        None => false,
    }
}

/// Reads a path; none when it is of something that is not kept here.
fn read(known: &[Attribute], text: &str) -> Result<Option<Path>, Problem> {
    let bad = || Problem::bad("invalidPath", "path: must be `attribute`, `attribute.part` or `attribute[filter].part`");
    let (name, filter, rest) = match text.split_once('[') {
        Some((name, rest)) => {
            let (filter, rest) = rest.rsplit_once(']').ok_or_else(bad)?;
            let filter = filter::parse(filter).map_err(|_| Problem::bad("invalidFilter", "path: the filter in it"))?;
            (name, filter, rest)
        }
        None => (text, Vec::new(), ""),
    };
    let is_name = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"$_.:-".contains(&byte));
    if name.is_empty() || name.len() > 256 || !is_name(name) || !is_name(rest) {
        return Err(bad());
    }
    let name = short(name);
    if name.starts_with("urn:") {
        return Ok(None);
    }
    let (name, part) = name.split_once('.').map_or((name.as_str(), None), |(name, part)| (name, Some(part)));
    let part = part.or_else(|| rest.strip_prefix('.')).filter(|part| !part.is_empty());
    if READ_ONLY.contains(&name) {
        return Err(Problem::bad("mutability", format!("{name}: is not for clients to write")));
    }
    let Some(attribute) = known.iter().find(|own| own.name.eq_ignore_ascii_case(name)) else { return Ok(None) };
    let part = match part {
        None => None,
        Some(part) => match part_of(*attribute, part) {
            Some(part) => Some(part),
            None => return Ok(None),
        },
    };
    if !filter.is_empty() && !attribute.is_many {
        return Err(bad());
    }
    Ok(Some(Path { attribute: *attribute, filter, part }))
}

fn part_of(attribute: Attribute, name: &str) -> Option<&'static str> {
    attribute.parts.iter().copied().find(|part| part.eq_ignore_ascii_case(name))
}

fn object<'r>(resource: &'r mut Map<String, Value>, name: &str) -> &'r mut Map<String, Value> {
    let held = resource.entry(name).or_insert_with(|| json!({}));
    if !held.is_object() {
        *held = json!({});
    }
    match held {
        Value::Object(held) => held,
        // It was made one just now.
        _ => unreachable!("an object"),
    }
}

/// A member of an object, whatever the case of its name.
pub(super) fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let object = value.as_object()?;
    object
        .get(name)
        .or_else(|| object.iter().find(|(key, _)| short(key).eq_ignore_ascii_case(name)).map(|(_, own)| own))
}

/// A boolean, also one that was written as a text.
pub(super) fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(own) => Some(*own),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        // Entra's older form: `[{"value": "False"}]`.
        Value::Array(items) if items.len() == 1 => boolean(member(&items[0], "value")?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{group, user};
    use super::*;

    fn check(operations: Value, expected: Value) {
        let mut resource = json!({
            "userName": "ada", "active": true, "name": { "givenName": "Ada" },
            "emails": [{ "value": "a@example.com", "type": "work", "primary": true }],
        });
        let body = json!({ "Operations": operations.clone() });
        apply(user::ATTRIBUTES, resource.as_object_mut().unwrap(), &body).unwrap();
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(resource.get(name).unwrap_or(&Value::Null), value, "{operations}");
        }
    }

    #[test]
    fn the_forms_of_entra_and_okta_say_the_same() {
        for off in [
            json!([{ "op": "Replace", "path": "active", "value": "False" }]),
            json!([{ "op": "replace", "value": { "active": "False" } }]),
        ] {
            check(off, json!({ "active": "False" }));
        }
        let work = json!({ "emails": [{ "value": "b@example.com", "type": "work", "primary": true }] });
        check(
            json!([{ "op": "Add", "path": "emails[type eq \"work\"].value", "value": "b@example.com" }]),
            work.clone(),
        );
        check(json!([{ "op": "replace", "value": { "emails[type eq \"work\"].value": "b@example.com" } }]), work);
        check(
            json!([{ "op": "replace", "path": "emails[type eq \"home\"].value", "value": "h@example.com" }]),
            json!({ "emails": [{ "value": "a@example.com", "type": "work", "primary": true },
                { "value": "h@example.com", "type": "home" }] }),
        );
        check(
            json!([{ "op": "add", "value": { "name.familyName": "Lovelace", "displayName": "A" } }]),
            json!({ "name": { "givenName": "Ada", "familyName": "Lovelace" }, "displayName": "A" }),
        );
        let urn = "urn:ietf:params:scim:schemas:core:2.0:User:name.givenName";
        check(json!([{ "op": "remove", "path": urn }]), json!({ "name": {} }));
        let unknown = json!([{ "op": "add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
            "value": "x" }, { "op": "replace", "path": "roles", "value": ["owner"] },
            { "op": "replace", "value": { "password": "x" } }]);
        check(unknown, json!({ "roles": null, "password": null, "department": null }));
    }

    #[test]
    fn members_are_added_and_removed_in_all_forms() {
        let list = |ids: &[&str]| Value::from(ids.iter().map(|id| json!({ "value": id })).collect::<Vec<_>>());
        for (operation, expected) in [
            (
                json!({ "op": "add", "path": "members", "value": [{ "value": "c" }, { "value": "a" }] }),
                vec!["a", "b", "c"],
            ),
            (json!({ "op": "remove", "path": "members[value eq \"a\"]" }), vec!["b"]),
            (json!({ "op": "remove", "path": "members", "value": [{ "value": "b" }] }), vec!["a"]),
            (json!({ "op": "remove", "path": "members" }), vec![]),
            (json!({ "op": "replace", "path": "members", "value": [{ "value": "z" }] }), vec!["z"]),
            (json!({ "op": "remove", "path": "members[value eq \"x\"]" }), vec!["a", "b"]),
        ] {
            let mut resource = json!({ "displayName": "G", "members": list(&["a", "b"]) });
            let body = json!({ "Operations": [operation.clone()] });
            apply(group::ATTRIBUTES, resource.as_object_mut().unwrap(), &body).unwrap();
            assert_eq!(resource["members"], list(&expected), "{operation}");
        }
    }

    #[test]
    fn what_cannot_be_done_is_named() {
        for operations in [
            json!("x"),
            json!([{ "op": "move", "path": "active" }]),
            json!([{ "op": "remove" }]),
            json!([{ "op": "add", "value": "x" }]),
            json!([{ "op": "add", "path": 7, "value": "x" }]),
            json!([{ "op": "add", "path": "emails[type co \"w\"].value", "value": "x" }]),
            json!([{ "op": "add", "path": "emails[type eq \"work\"", "value": "x" }]),
            json!([{ "op": "add", "path": "a b", "value": "x" }]),
            json!([{ "op": "replace", "path": "id", "value": "x" }]),
            json!([{ "op": "replace", "path": "meta.version", "value": "x" }]),
            json!([{ "op": "replace", "path": "name", "value": "x" }]),
        ] {
            let mut resource = Map::new();
            let problem = apply(user::ATTRIBUTES, &mut resource, &json!({ "Operations": operations.clone() }));
            assert_eq!(problem.unwrap_err().status, 400, "{operations}");
        }
        let many = Value::from(vec![json!({ "op": "add", "path": "active", "value": true }); OPERATIONS_MAX + 1]);
        assert_eq!(apply(&[], &mut Map::new(), &json!({ "Operations": many })).unwrap_err().status, 413);
    }
}
