//! JSON inside a string: the arguments of tool calls.
//!
//! Escapes can hide a text from whoever reads the JSON as plain text, so its strings are looked at one by one too.

use std::borrow::Cow;

use crate::json::{Id, Json, Kind, Limits, Tree};
use crate::output::{Channel, Filter};
use crate::splice::{self, Edit};

/// Replaces strings, keys and long numbers inside a JSON text. `leaf` sees each decoded, and returns it or what to put
/// there. A text that is not JSON is seen once, as it is.
///
/// # Errors
/// Whatever `leaf` returns.
pub fn rewrite_leaves<'t, E>(
    text: &'t str,
    mut leaf: impl for<'l> FnMut(&'l str) -> Result<Cow<'l, str>, E>,
) -> Result<Cow<'t, str>, E> {
    let mut tree = Tree::default();
    if tree.parse(text, &Limits::default()).is_err() {
        return leaf(text);
    }
    let json = tree.on(text);
    let mut edits = Vec::new();
    visit(json, Json::ROOT, &mut leaf, &mut edits)?;
    if edits.is_empty() {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = Vec::with_capacity(text.len());
    splice::apply(&mut out, text.as_bytes(), &mut edits);
    Ok(Cow::Owned(String::from_utf8_lossy(&out).into_owned()))
}

fn visit<E>(
    json: Json<'_>,
    id: Id,
    leaf: &mut impl for<'l> FnMut(&'l str) -> Result<Cow<'l, str>, E>,
    edits: &mut Vec<Edit>,
) -> Result<(), E> {
    if let Some(key) = json.key(id) {
        let seen = leaf(key)?;
        if seen != key {
            edits.push(Edit::string(json.key_span(id), &seen));
        }
    }
    match json.kind(id) {
        Kind::Object | Kind::Array => json.children(id).try_for_each(|child| visit(json, child, leaf, edits)),
        Kind::String | Kind::Number if json.kind(id) == Kind::String || crate::shape::is_long_number(json.raw(id)) => {
            let text = json.str(id);
            let seen = leaf(text)?;
            if seen != text {
                edits.push(Edit::string(json.span(id), &seen));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Takes complete arguments through a filter: as one text, and leaf by leaf where escapes may hide something.
pub(crate) fn filtered<'t, F: Filter>(
    filter: &mut F,
    channel: &Channel,
    text: &'t str,
) -> Result<Cow<'t, str>, F::Stop> {
    let text = filter.whole(channel, text)?;
    if !text.contains('\\') {
        return Ok(text);
    }
    // A text that is not JSON was already seen as it is.
    let rewritten = rewrite_leaves(&text, |leaf| {
        if leaf.len() == text.len() { Ok(Cow::Borrowed(leaf)) } else { filter.whole(channel, leaf) }
    })?;
    Ok(Cow::Owned(rewritten.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let seen: Result<_, std::convert::Infallible> =
            rewrite_leaves(text, |leaf| Ok(if leaf.contains("bad") { "x\"".into() } else { leaf.into() }));
        let Ok(seen) = seen;
        assert_eq!(seen, expected);
    }

    #[test]
    fn strings_and_keys_are_seen_decoded_and_the_rest_stays() {
        check(r#"{"a": "\u0062ad", "n": [1, true]}"#, r#"{"a": "x\"", "n": [1, true]}"#);
        check(r#"{"bad" : 1}"#, r#"{"x\"" : 1}"#);
        check(r#"{"a": 1 "#, r#"{"a": 1 "#);
        check("a bad text", "x\"");
        check("", "");
    }
}
