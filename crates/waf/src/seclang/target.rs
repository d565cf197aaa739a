//! The first argument of `SecRule`: `ARGS|!ARGS:x|&REQUEST_HEADERS:/^x-/`.

use std::sync::Arc;

use crate::pattern::Pattern;
use crate::rule::{Selector, Target};
use crate::variable::Variable;

/// The targets of a rule and those it leaves out.
#[derive(Debug, Default)]
pub(crate) struct Targets {
    pub(crate) included: Vec<Target>,
    pub(crate) excluded: Vec<Target>,
}

/// Reads a list of targets.
pub(crate) fn targets(text: &[u8]) -> Result<Targets, String> {
    let text = std::str::from_utf8(text).map_err(|_| "the targets are not text".to_owned())?;
    let mut out = Targets::default();
    for part in split(text) {
        let part = part.trim();
        let (rest, is_excluded) = part.strip_prefix('!').map_or((part, false), |rest| (rest, true));
        let target = target(rest)?;
        if is_excluded {
            out.excluded.push(target);
        } else {
            out.included.push(target);
        }
    }
    Ok(out)
}

/// Splits at `|`, but not inside of a `/…/` selector.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut in_pattern = false;
    let bytes = text.as_bytes();
    for at in 0..bytes.len() {
        match bytes[at] {
            b'/' if !in_pattern && at > 0 && matches!(bytes[at - 1], b':' | b'\'') => {
                in_pattern = !is_path(&text[start..at])
            }
            b'/' if in_pattern && bytes[at - 1] != b'\\' => in_pattern = false,
            b'|' if !in_pattern => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// `XML` is followed by a path, not by a pattern.
fn is_path(before: &str) -> bool {
    before.trim_start_matches([' ', '!', '&']).to_ascii_uppercase().starts_with("XML:")
}

/// Reads one target without its `!`.
pub(crate) fn target(text: &str) -> Result<Target, String> {
    let (text, is_count) = text.strip_prefix('&').map_or((text, false), |rest| (rest, true));
    let (name, key) = match text.split_once(':') {
        Some((name, key)) => (name, Some(key)),
        None => (text, None),
    };
    let variable = variable(name, key)?;
    let selector = match key {
        Some(_) if matches!(variable, Variable::XmlText | Variable::XmlAttributes) => Selector::All,
        // The stores compare names as they are kept, in lower case.
        Some(key) if matches!(variable, Variable::Store(_)) => selector(&lower_name(key))?,
        Some(key) => selector(key)?,
        None => Selector::All,
    };
    Ok(Target { variable, selector, is_count })
}

fn lower_name(key: &str) -> String {
    if key.starts_with(['/', '\'']) { key.to_owned() } else { key.to_ascii_lowercase() }
}

fn selector(key: &str) -> Result<Selector, String> {
    let key = key.strip_prefix('\'').and_then(|key| key.strip_suffix('\'')).unwrap_or(key);
    let pattern = key.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')).filter(|pattern| !pattern.is_empty());
    Ok(match pattern {
        Some(pattern) => Selector::Matching(Arc::new(Pattern::parse(pattern.as_bytes(), true)?), pattern.into()),
        None => Selector::Name(key.as_bytes().into()),
    })
}

/// Finds a variable by its name and, for `XML`, its path.
pub(crate) fn variable(name: &str, key: Option<&str>) -> Result<Variable, String> {
    if name.eq_ignore_ascii_case("XML") {
        return match key {
            None | Some("/*") => Ok(Variable::XmlText),
            Some("//@*") => Ok(Variable::XmlAttributes),
            Some(path) => Err(format!("XML:{path} is not supported; the paths are /* and //@*")),
        };
    }
    Variable::named(name).ok_or_else(|| format!("the variable {name} is not supported"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_split_outside_of_patterns() {
        let list = targets(b"ARGS|!ARGS:/^a|b$/|&REQUEST_HEADERS:Host|XML:/*|XML://@*|REQUEST_COOKIES:'/x/'").unwrap();
        assert_eq!(list.included.len(), 5);
        assert!(list.included[1].is_count);
        assert_eq!(list.included[2].variable, Variable::XmlText);
        assert_eq!(list.included[3].variable, Variable::XmlAttributes);
        assert!(list.excluded[0].leaves_out(Variable::ArgsGet, b"AX"));
        assert!(!list.excluded[0].leaves_out(Variable::Args, b"xa"));
    }

    #[test]
    fn an_unknown_variable_or_path_is_named() {
        assert!(targets(b"ENV:x").unwrap_err().contains("ENV"));
        assert!(targets(b"XML://b").unwrap_err().contains("XML://b"));
    }
}
