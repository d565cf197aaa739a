//! Says whether a conversation went as promised.
//!
//! Invariant: a promise is only kept when the attack works without the gateway; otherwise nothing was shown.

use serde_json::Value;

use super::conversation::{Conversation, Expect};
use super::exchange::Exchange;

/// Compares what the client got without and with the gateway, and what `reached` the provider through it.
///
/// # Errors
/// The reason why the promise was not kept.
pub fn judge(row: &Conversation, without: &Exchange, with: &Exchange, reached: &Value) -> Result<(), String> {
    if !without.status.is_success() {
        return Err(format!("the provider by itself answered {}", without.status));
    }
    if !with.reading.ended {
        return Err("the answer just stops, without an ending".to_owned());
    }
    match &row.expect {
        Expect::Same => same(without, with),
        Expect::Blocked(families) => {
            if !with.reading.blocked {
                return Err(format!("not blocked (status {})", with.status.as_u16()));
            }
            by_family(with, families)
        }
        Expect::Kept { secrets, families } => {
            if let Some(secret) = secrets.iter().find(|secret| !without.reading.contains(secret)) {
                return Err(format!("the provider by itself did not give away {} characters", secret.chars().count()));
            }
            if secrets.iter().any(|secret| with.reading.contains(secret)) {
                return Err("the secret reached the client".to_owned());
            }
            if !with.status.is_success() && !with.reading.blocked {
                return Err(format!("failed with status {}", with.status.as_u16()));
            }
            by_family(with, families)
        }
        Expect::Restored(text) => restored(text, without, with, reached),
    }
}

fn same(without: &Exchange, with: &Exchange) -> Result<(), String> {
    if with.status != without.status {
        return Err(format!("status {} instead of {}", with.status.as_u16(), without.status.as_u16()));
    }
    if with.reading.shown != without.reading.shown {
        return Err("the answer is not the same".to_owned());
    }
    Ok(())
}

/// A rule that is named has to be of the right kind. A stream has sent its headers before a rule can act, so a stream
/// may name none.
fn by_family(with: &Exchange, families: &[&str]) -> Result<(), String> {
    let rules = &with.reading.rules;
    let known = rules.is_empty() || rules.iter().any(|rule| families.iter().any(|family| rule.starts_with(family)));
    if known { Ok(()) } else { Err(format!("by rule {}, not one of {}", rules.join(", "), families.join(", "))) }
}

fn restored(text: &str, without: &Exchange, with: &Exchange, reached: &Value) -> Result<(), String> {
    let request = reached.as_array().and_then(|requests| requests.last()).map(Value::to_string);
    let Some(request) = request else { return Err("nothing reached the provider".to_owned()) };
    if request.contains(text) {
        return Err("the provider saw the personal data".to_owned());
    }
    if !without.reading.contains(text) || !with.reading.contains(text) {
        return Err("the personal data is not in the answer".to_owned());
    }
    same(without, with)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::StatusCode;
    use serde_json::json;

    use super::super::conversation::Surface;
    use super::super::reading::Reading;
    use super::*;

    fn exchange(status: u16, text: &str) -> Exchange {
        let body = json!({"choices": [{"message": {"content": text}}]}).to_string();
        let reading = Reading::of(body.as_bytes(), false);
        Exchange { status: StatusCode::from_u16(status).unwrap(), reading, took: Duration::ZERO }
    }

    fn check(expect: Expect, without: &str, with: &str, reached: Value) -> Result<(), String> {
        let row = Conversation { name: "x", surface: Surface::Chat, body: json!({}), expect };
        judge(&row, &exchange(200, without), &exchange(200, with), &reached)
    }

    fn kept() -> Expect {
        Expect::Kept { secrets: vec!["hunter2".to_owned()], families: &["SE"] }
    }

    #[test]
    fn promises_are_kept() {
        assert_eq!(check(Expect::Same, "a", "a", json!([])), Ok(()));
        assert_eq!(check(kept(), "it is hunter2", "it is [secret]", json!([])), Ok(()));
        assert_eq!(check(Expect::Restored("a@b.c".into()), "to a@b.c", "to a@b.c", json!([{"body": "to p1"}])), Ok(()));
    }

    #[test]
    fn promises_are_broken() {
        assert!(check(Expect::Same, "a", "b", json!([])).is_err());
        assert!(check(kept(), "it is hunter2", "it is hunter2", json!([])).is_err());
        assert!(check(kept(), "harmless", "harmless", json!([])).is_err());
        assert!(check(Expect::Blocked(&["IN"]), "pwned", "pwned", json!([])).is_err());
        assert!(
            check(Expect::Restored("a@b.c".into()), "to a@b.c", "to a@b.c", json!([{"body": "to a@b.c"}])).is_err()
        );
    }
}
