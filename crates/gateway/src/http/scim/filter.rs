//! Filters (RFC 7644, 3.4.2.2), as far as identity providers use them: `eq`, joined by `and`.
//!
//! A filter never becomes part of a statement: its values are compared, or looked up by their keyed hash.

use serde_json::Value;

use super::problem::Problem;

const BYTES_MAX: usize = 1_024;
const CONDITIONS_MAX: usize = 8;

/// One attribute that has to be equal to something.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    /// In lower case, without the schema's name.
    pub(super) attribute: String,
    pub(super) value: Value,
}

/// Reads a filter.
pub(super) fn parse(text: &str) -> Result<Vec<Condition>, Problem> {
    let bad =
        || Problem::bad("invalidFilter", "filter: must be `attribute eq \"value\"`, and perhaps more after `and`");
    if text.len() > BYTES_MAX {
        return Err(Problem::bad("invalidFilter", "filter: must have at most 1024 bytes"));
    }
    let mut conditions = Vec::new();
    let mut rest = text.trim();
    loop {
        let (attribute, after) = rest.split_once(char::is_whitespace).ok_or_else(bad)?;
        let (operator, after) = after.trim_start().split_once(char::is_whitespace).ok_or_else(bad)?;
        if !operator.eq_ignore_ascii_case("eq") || !is_name(attribute) {
            return Err(bad());
        }
        let after = after.trim_start();
        let mut values = serde_json::Deserializer::from_str(after).into_iter::<Value>();
        let value = values.next().and_then(Result::ok).filter(|value| value.is_string() || value.is_boolean());
        let value = value.ok_or_else(bad)?;
        let end = values.byte_offset();
        conditions.push(Condition { attribute: short(attribute), value });
        let tail = after.get(end..).ok_or_else(bad)?;
        if tail.trim().is_empty() {
            return Ok(conditions);
        }
        let joined = tail.trim_start();
        let (and, more) = joined.split_once(char::is_whitespace).ok_or_else(bad)?;
        if joined.len() == tail.len() || !and.eq_ignore_ascii_case("and") || conditions.len() == CONDITIONS_MAX {
            return Err(bad());
        }
        rest = more.trim_start();
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"$_.:-".contains(&byte))
}

/// An attribute's name in lower case, without the name of a core schema.
pub(super) fn short(attribute: &str) -> String {
    const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:";
    let lower = attribute.to_ascii_lowercase();
    match lower.strip_prefix(CORE).and_then(|rest| rest.split_once(':')) {
        Some((_, name)) => name.to_owned(),
        None => lower,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn check(text: &str, expected: Option<&[(&str, Value)]>) {
        let expected = expected.map(|conditions| {
            let condition = |(attribute, value): &(&str, Value)| Condition {
                attribute: (*attribute).to_owned(),
                value: value.clone(),
            };
            conditions.iter().map(condition).collect::<Vec<_>>()
        });
        assert_eq!(parse(text).ok(), expected, "{text}");
    }

    #[test]
    fn what_identity_providers_send_is_read_and_the_rest_is_refused() {
        check(r#"userName eq "ada@example.com""#, Some(&[("username", json!("ada@example.com"))]));
        check(r#"USERNAME EQ "a \"b\" and c""#, Some(&[("username", json!("a \"b\" and c"))]));
        check("active eq true", Some(&[("active", json!(true))]));
        let both = [("externalid", json!("1")), ("active", json!(false))];
        check(r#"externalId eq "1" and active eq false"#, Some(&both));
        let urn = r#"urn:ietf:params:scim:schemas:core:2.0:User:userName eq "a""#;
        check(urn, Some(&[("username", json!("a"))]));
        for text in [
            "",
            "userName",
            "userName eq",
            "userName eq ada",
            "userName co \"a\"",
            "userName pr",
            "not (a eq \"b\")",
            "(userName eq \"a\")",
            "userName eq \"a\" or active eq true",
            "userName eq \"a\"and active eq true",
            "userName eq \"a\" and",
            "userName eq {\"a\":1}",
            "userName eq 1",
            "userName eq \"a",
            "a;b eq \"c\"",
            "userName eq 'x' --",
        ] {
            check(text, None);
        }
        assert!(parse(&format!("userName eq \"{}\"", "a".repeat(2_000))).is_err());
        assert!(parse(&["active eq true"; 9].join(" and ")).is_err());
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_parser(text in r#"([a-zA-Z."\\ ()\[\]]|eq|and|true|\PC){0,60}"#) {
            if let Err(problem) = parse(&text) {
                prop_assert_eq!(problem.status.as_u16(), 400);
            }
        }
    }
}
