//! The second argument of `SecRule`: `@rx …`, `!@within …`, or a pattern alone.

use crate::pattern::Pattern;
use crate::template::Template;

use super::{Networks, NumberTest, Operator, Phrases, TextTest};

/// Gives the contents of a file that a rule names.
pub(crate) type ReadFile<'a> = dyn FnMut(&str) -> Result<Vec<u8>, String> + 'a;

impl Operator {
    /// Reads an operator; true when it is negated.
    pub(crate) fn parse(text: &[u8], read: &mut ReadFile<'_>) -> Result<(Self, bool), String> {
        let text = text.trim_ascii_start();
        let (rest, is_negated) = match text.strip_prefix(b"!") {
            Some(rest) if rest.trim_ascii_start().starts_with(b"@") => (rest.trim_ascii_start(), true),
            Some(rest) => return Ok((regex(rest)?, true)),
            None => (text, false),
        };
        let Some(named) = rest.strip_prefix(b"@") else { return Ok((regex(rest)?, false)) };
        let end = named.iter().position(u8::is_ascii_whitespace).unwrap_or(named.len());
        let name = String::from_utf8_lossy(&named[..end]).into_owned();
        let argument = named[end..].trim_ascii_start();
        Ok((build(&name, argument, read)?, is_negated))
    }
}

fn build(name: &str, argument: &[u8], read: &mut ReadFile<'_>) -> Result<Operator, String> {
    let lower = name.to_ascii_lowercase();
    if let Some(test) = text_test(&lower) {
        return Ok(Operator::Text(test, Template::parse(argument)?));
    }
    if let Some(test) = number_test(&lower) {
        return Ok(Operator::Number(test, Template::parse(argument)?));
    }
    let as_text =
        || std::str::from_utf8(argument).map(str::trim).map_err(|_| format!("the argument of @{name} is not text"));
    Ok(match lower.as_str() {
        "rx" | "rxglobal" => regex(argument)?,
        "pm" => Operator::Phrases(Phrases::parse(argument)?),
        "pmf" | "pmfromfile" => Operator::Phrases(Phrases::parse_file(&files(as_text()?, read)?)?),
        "ipmatch" => Operator::Networks(Networks::parse(as_text()?)?),
        "ipmatchf" | "ipmatchfromfile" => {
            let list = files(as_text()?, read)?;
            Operator::Networks(Networks::parse(&without_comments(&list))?)
        }
        "validatebyterange" => Operator::ByteRange(byte_range(as_text()?)?),
        "validateurlencoding" => Operator::UrlEncoding,
        "validateutf8encoding" => Operator::Utf8Encoding,
        "detectsqli" => Operator::Sqli,
        "detectxss" => Operator::Xss,
        "unconditionalmatch" => Operator::Always,
        "nomatch" => Operator::Never,
        "verifycc" => Operator::CreditCard(Pattern::parse(argument, false)?),
        "geolookup" => Operator::Geo,
        "rbl" => Operator::Blocklist(as_text()?.into()),
        _ => return Err(format!("the operator @{name} is not supported")),
    })
}

fn text_test(name: &str) -> Option<TextTest> {
    Some(match name {
        "streq" => TextTest::Equals,
        "beginswith" => TextTest::BeginsWith,
        "endswith" => TextTest::EndsWith,
        "contains" | "strmatch" => TextTest::Contains,
        "containsword" => TextTest::ContainsWord,
        "within" => TextTest::Within,
        _ => return None,
    })
}

fn number_test(name: &str) -> Option<NumberTest> {
    Some(match name {
        "eq" => NumberTest::Equal,
        "lt" => NumberTest::Less,
        "le" => NumberTest::LessOrEqual,
        "gt" => NumberTest::Greater,
        "ge" => NumberTest::GreaterOrEqual,
        _ => return None,
    })
}

fn regex(pattern: &[u8]) -> Result<Operator, String> {
    let template = Template::parse(pattern)?;
    match template.fixed() {
        Some(pattern) => Ok(Operator::Regex(Pattern::parse(pattern, false)?)),
        None => Ok(Operator::RegexTemplate(template)),
    }
}

/// The contents of all files in a list, one after the other.
fn files(names: &str, read: &mut ReadFile<'_>) -> Result<Vec<u8>, String> {
    let mut all = Vec::new();
    for name in names.split_whitespace() {
        all.extend(read(name)?);
        all.push(b'\n');
    }
    Ok(all)
}

fn without_comments(list: &[u8]) -> String {
    let text = String::from_utf8_lossy(list);
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or(""));
    lines.collect::<Vec<_>>().join("\n")
}

fn byte_range(text: &str) -> Result<Box<[bool; 256]>, String> {
    let mut allowed = Box::new([false; 256]);
    let number = |part: &str| part.trim().parse::<u8>().map_err(|_| format!("{part} is not a byte"));
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (number(first)?, number(last)?);
        if first > last {
            return Err(format!("the range {part} is the wrong way round"));
        }
        allowed[usize::from(first)..=usize::from(last)].fill(true);
    }
    Ok(allowed)
}
