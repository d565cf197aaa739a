//! The actions of a rule: `"id:1,phase:2,block,t:none,setvar:'tx.x=+1'"`.
//!
//! Everything a rule can say is read into one [`Actions`]; `seclang` puts it together with the defaults of the phase.

use crate::rule::{AllowScope, Change, Control, Effect, Phase, Skip};
use crate::template::Template;
use crate::transform::Transform;
use crate::variable::Store;

use super::control;

/// What the actions of one link say.
#[derive(Debug, Default)]
pub(crate) struct Actions {
    pub(crate) id: Option<u32>,
    pub(crate) phase: Option<Phase>,
    pub(crate) effect: Option<Disruption>,
    pub(crate) status: Option<u16>,
    pub(crate) message: Option<Template>,
    pub(crate) logdata: Option<Template>,
    pub(crate) severity: Option<u8>,
    pub(crate) tags: Vec<Box<str>>,
    /// `None` when no `t:` was given; `t:none` empties the list and with it the defaults.
    pub(crate) transforms: Option<Vec<Transform>>,
    pub(crate) drops_default_transforms: bool,
    pub(crate) skip: Option<Skip>,
    pub(crate) log: Option<bool>,
    pub(crate) is_chained: bool,
    pub(crate) captures: bool,
    pub(crate) is_multi_match: bool,
    pub(crate) changes: Vec<Change>,
    pub(crate) controls: Vec<Control>,
}

/// A disruptive action; `block` means the default of the phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disruption {
    Block,
    Own(Effect),
}

/// Reads a list of actions.
pub(crate) fn actions(text: &[u8]) -> Result<Actions, String> {
    let mut out = Actions::default();
    for item in split(text) {
        let item = item.trim_ascii();
        if item.is_empty() {
            continue;
        }
        let (name, value) = match memchr::memchr(b':', item) {
            Some(at) => (&item[..at], Some(unquote(item[at + 1..].trim_ascii()))),
            None => (item, None),
        };
        let name = String::from_utf8_lossy(name).trim().to_ascii_lowercase();
        out.read(&name, value.as_deref())?;
    }
    Ok(out)
}

/// Splits at commas outside of single quotes.
fn split(text: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let (mut start, mut quoted, mut at) = (0, false, 0);
    while at < text.len() {
        match text[at] {
            b'\\' => at += 1,
            b'\'' => quoted = !quoted,
            b',' if !quoted => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    parts.push(&text[start.min(text.len())..]);
    parts
}

/// Takes the quotes off, and the backslash off a quote.
fn unquote(value: &[u8]) -> Vec<u8> {
    let inner = value.strip_prefix(b"'").and_then(|rest| rest.strip_suffix(b"'")).unwrap_or(value);
    let mut out = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'\\' && bytes.peek() == Some(&b'\'') {
            continue;
        }
        out.push(byte);
    }
    out
}

impl Actions {
    fn read(&mut self, name: &str, value: Option<&[u8]>) -> Result<(), String> {
        match value {
            None => self.read_word(name),
            Some(value) if self.read_about(name, value)? => Ok(()),
            Some(value) => self.read_work(name, value),
        }
    }

    /// An action without a value.
    fn read_word(&mut self, name: &str) -> Result<(), String> {
        match name {
            "pass" => self.effect = Some(Disruption::Own(Effect::Pass)),
            "block" => self.effect = Some(Disruption::Block),
            // Closing the connection without an answer is left to the caller; here both mean "no".
            "deny" | "drop" => self.effect = Some(Disruption::Own(Effect::Deny)),
            "allow" => self.effect = Some(Disruption::Own(Effect::Allow(AllowScope::Transaction))),
            "log" => self.log = Some(true),
            "nolog" => self.log = Some(false),
            "auditlog" | "noauditlog" => {}
            "chain" => self.is_chained = true,
            "capture" => self.captures = true,
            "multimatch" => self.is_multi_match = true,
            _ => return Err(format!("the action {name} is not supported")),
        }
        Ok(())
    }

    /// An action that says something about the rule; false when `name` is not one.
    fn read_about(&mut self, name: &str, value: &[u8]) -> Result<bool, String> {
        match name {
            "id" => self.id = Some(number(name, value)?),
            "phase" => {
                self.phase = Some(Phase::named(text(value)).ok_or(format!("there is no phase {}", text(value)))?)
            }
            "msg" => self.message = Some(Template::parse(value)?),
            "logdata" => self.logdata = Some(Template::parse(value)?),
            "severity" => self.severity = Some(severity(text(value))?),
            "tag" => self.tags.push(text(value).into()),
            // About the rule's history; nothing reads it here.
            "ver" | "rev" => {}
            "maturity" | "accuracy" => {
                number(name, value)?;
            }
            "status" => self.status = Some(number(name, value)? as u16),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// An action that does something.
    fn read_work(&mut self, name: &str, value: &[u8]) -> Result<(), String> {
        match name {
            "t" => self.transform(text(value))?,
            "setvar" => self.changes.push(set_variable(value)?),
            "expirevar" => self.changes.push(expire_variable(value)?),
            "initcol" => self.changes.push(open(value)?),
            "ctl" => self.controls.push(control::control(text(value))?),
            "skipafter" => self.skip = Some(Skip::After(text(value).into())),
            "skip" => self.skip = Some(Skip::Count(number(name, value)? as usize)),
            "allow" => self.effect = Some(Disruption::Own(Effect::Allow(allow_scope(text(value))?))),
            _ => return Err(format!("the action {name} is not supported")),
        }
        Ok(())
    }

    fn transform(&mut self, name: &str) -> Result<(), String> {
        let list = self.transforms.get_or_insert_default();
        if name.eq_ignore_ascii_case("none") {
            list.clear();
            self.drops_default_transforms = true;
            return Ok(());
        }
        list.push(Transform::named(name).ok_or(format!("the transformation {name} is not supported"))?);
        Ok(())
    }
}

fn text(value: &[u8]) -> &str {
    std::str::from_utf8(value).unwrap_or("\u{fffd}")
}

fn number(name: &str, value: &[u8]) -> Result<u32, String> {
    text(value).trim().parse().map_err(|_| format!("{name}:{} is not a number", text(value)))
}

fn severity(name: &str) -> Result<u8, String> {
    const NAMES: [&str; 8] = ["EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "DEBUG"];
    let by_name = NAMES.iter().position(|known| known.eq_ignore_ascii_case(name));
    let level = by_name.or_else(|| name.parse().ok().filter(|&level: &usize| level < NAMES.len()));
    level.map(|level| level as u8).ok_or(format!("there is no severity {name}"))
}

fn allow_scope(name: &str) -> Result<AllowScope, String> {
    match name.to_ascii_lowercase().as_str() {
        "phase" => Ok(AllowScope::Phase),
        "request" => Ok(AllowScope::Request),
        _ => Err(format!("allow:{name} is not supported")),
    }
}

/// `tx.score=+%{tx.critical}`, `!tx.flag`, `tx.flag`.
fn set_variable(value: &[u8]) -> Result<Change, String> {
    if let Some(rest) = value.strip_prefix(b"!") {
        let (store, name) = variable_name(rest)?;
        return Ok(Change::Unset { store, name });
    }
    let Some(at) = memchr::memchr(b'=', value) else {
        let (store, name) = variable_name(value)?;
        return Ok(Change::Set { store, name, value: Template::parse(b"1")? });
    };
    let (store, name) = variable_name(&value[..at])?;
    let right = &value[at + 1..];
    Ok(match right.first() {
        Some(b'+') => Change::Add { store, name, value: Template::parse(&right[1..])? },
        Some(b'-') => Change::Subtract { store, name, value: Template::parse(&right[1..])? },
        _ => Change::Set { store, name, value: Template::parse(right)? },
    })
}

fn expire_variable(value: &[u8]) -> Result<Change, String> {
    let at = memchr::memchr(b'=', value).ok_or("expirevar needs a number of seconds")?;
    let (store, name) = variable_name(&value[..at])?;
    Ok(Change::Expire { store, name, seconds: Template::parse(&value[at + 1..])? })
}

fn variable_name(value: &[u8]) -> Result<(Store, Template), String> {
    let value = value.trim_ascii();
    let at = memchr::memchr2(b'.', b':', value).ok_or(format!("{} is not COLLECTION.name", text(value)))?;
    let store = Store::named(text(&value[..at])).ok_or(format!("{} is not a collection", text(&value[..at])))?;
    // The stores keep names in lower case; a macro's name has no case.
    Ok((store, Template::parse(&value[at + 1..].to_ascii_lowercase())?))
}

fn open(value: &[u8]) -> Result<Change, String> {
    let at = memchr::memchr(b'=', value).ok_or("initcol needs a key")?;
    let name = text(&value[..at]);
    match Store::named(name) {
        Some(Store::Tx) | None => Err(format!("initcol:{name} is not supported")),
        Some(store) => Ok(Change::Open { store, key: Template::parse(&value[at + 1..])? }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_read_with_their_quotes() {
        let read = actions(
            br"id:1, phase:2,block,t:none,t:lowercase,msg:'a, \'b\' %{TX.0}',tag:x,setvar:'tx.s=+%{tx.c}',chain",
        )
        .unwrap();
        assert_eq!((read.id, read.phase, read.is_chained), (Some(1), Some(Phase::RequestBody), true));
        assert_eq!(read.effect, Some(Disruption::Block));
        assert_eq!(read.message.unwrap().source(), b"a, 'b' %{TX.0}");
        assert_eq!(read.transforms, Some(vec![Transform::Lowercase]));
        assert!(matches!(read.changes[0], Change::Add { store: Store::Tx, .. }));
    }

    #[test]
    fn setvar_has_four_forms() {
        assert!(matches!(set_variable(b"!tx.a").unwrap(), Change::Unset { .. }));
        assert!(matches!(set_variable(b"tx.a").unwrap(), Change::Set { .. }));
        assert!(matches!(set_variable(b"tx.a=-2").unwrap(), Change::Subtract { .. }));
        assert!(matches!(set_variable(b"ip.a=x=y").unwrap(), Change::Set { store: Store::Ip, .. }));
        assert!(set_variable(b"nonsense").is_err());
    }

    #[test]
    fn what_is_not_supported_is_named() {
        for (text, word) in [
            ("exec:/bin/x", "exec"),
            ("t:rot13", "rot13"),
            ("phase:7", "7"),
            ("severity:LOUD", "LOUD"),
            ("ctl:x=1", "ctl:x"),
        ] {
            assert!(actions(text.as_bytes()).unwrap_err().contains(word), "{text}");
        }
    }
}
