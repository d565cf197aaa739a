//! The action `ctl`, and the ways to name rules: by id, by tag, by message.

use std::sync::Arc;

use crate::pattern::Pattern;
use crate::rule::{Control, Mode, Processor, Rules};

use super::target;

/// Reads `option=value`.
pub(crate) fn control(text: &str) -> Result<Control, String> {
    let (option, value) = text.split_once('=').ok_or(format!("ctl:{text} has no value"))?;
    let value = value.trim();
    let refused = || format!("ctl:{option}={value} is not supported");
    Ok(match option.trim().to_ascii_lowercase().as_str() {
        "ruleengine" => Control::Mode(Mode::named(value).ok_or_else(refused)?),
        "requestbodyaccess" => Control::RequestBodyAccess(on_off(value).ok_or_else(refused)?),
        "responsebodyaccess" => Control::ResponseBodyAccess(on_off(value).ok_or_else(refused)?),
        "forcerequestbodyvariable" => Control::ForceRequestBody(on_off(value).ok_or_else(refused)?),
        "requestbodyprocessor" => Control::Processor(Processor::named(value).ok_or_else(refused)?),
        "ruleremovebyid" => Control::Remove(ids(value)?),
        "ruleremovebytag" => Control::Remove(by_tag(value)?),
        "ruleremovebymsg" => Control::Remove(by_message(value)?),
        "ruleremovetargetbyid" => remove_target(value, ids)?,
        "ruleremovetargetbytag" => remove_target(value, by_tag)?,
        "ruleremovetargetbymsg" => remove_target(value, by_message)?,
        "auditengine" | "auditlogparts" | "debugloglevel" => Control::Audit,
        _ => return Err(refused()),
    })
}

fn remove_target(value: &str, rules: impl Fn(&str) -> Result<Rules, String>) -> Result<Control, String> {
    let (which, what) = value.split_once(';').ok_or(format!("{value} names no target"))?;
    Ok(Control::RemoveTarget(rules(which.trim())?, target::target(what.trim())?))
}

fn on_off(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

/// Reads ids and ranges of ids, separated by spaces or commas.
pub(crate) fn ids(text: &str) -> Result<Rules, String> {
    let number = |part: &str| part.trim().parse().map_err(|_| format!("{part} is not a rule id"));
    let parts = text.split([' ', ',']).filter(|part| !part.is_empty());
    let ranges = parts.map(|part| match part.split_once('-') {
        Some((first, last)) => Ok((number(first)?, number(last)?)),
        None => number(part).map(|id| (id, id)),
    });
    ranges.collect::<Result<Vec<_>, String>>().map(Rules::Ids)
}

pub(crate) fn by_tag(pattern: &str) -> Result<Rules, String> {
    Ok(Rules::Tag(Arc::new(Pattern::parse(pattern.as_bytes(), false)?)))
}

pub(crate) fn by_message(pattern: &str) -> Result<Rules, String> {
    Ok(Rules::Message(Arc::new(Pattern::parse(pattern.as_bytes(), false)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::About;

    #[test]
    fn rules_are_named_by_ranges_and_tags() {
        let about = About { tags: vec!["attack-sqli".into()], ..About::default() };
        assert!(ids("1,5-9").unwrap().include(7, &about));
        assert!(!ids("1 5-9").unwrap().include(4, &about));
        assert!(by_tag("attack-sql").unwrap().include(1, &about));
    }

    #[test]
    fn a_pattern_may_select_the_target() {
        assert!(matches!(control("ruleRemoveTargetByTag=CRS;ARGS:/^json/"), Ok(Control::RemoveTarget(..))));
        assert!(control("hashEngine=On").unwrap_err().contains("hashEngine"));
    }
}
