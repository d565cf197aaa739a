//! What a rule asks about a value.
//!
//! An operator is parsed and prepared when the rules load; evaluating one allocates only for captures.

mod network;
mod number;
mod parse;
mod phrase;
mod text;
mod verify;

pub(crate) use network::Networks;
pub(crate) use number::{NumberTest, integer};
pub(crate) use phrase::Phrases;
pub(crate) use text::TextTest;

use crate::pattern::Pattern;
use crate::template::Template;
use crate::transform::has_invalid_url_encoding;

/// A prepared operator.
#[derive(Debug)]
pub(crate) enum Operator {
    Always,
    Never,
    Regex(Pattern),
    /// A pattern with a macro, complete only during a request.
    RegexTemplate(Template),
    Phrases(Phrases),
    Text(TextTest, Template),
    Number(NumberTest, Template),
    /// True for a byte that is not in the set.
    ByteRange(Box<[bool; 256]>),
    UrlEncoding,
    Utf8Encoding,
    Networks(Networks),
    Sqli,
    Xss,
    CreditCard(Pattern),
    /// Asks the surroundings where an address is.
    Geo,
    /// Asks the surroundings whether a zone lists an address.
    Blocklist(Box<str>),
}

/// The groups of a match; the first is the whole. Empty when captures were not asked for.
pub(crate) type Captured = Vec<Box<[u8]>>;

/// What an operator needs to know about the request.
pub(crate) trait Surround {
    /// Fills in the macros of a template.
    fn expand(&self, template: &Template) -> Vec<u8>;
    /// Finds where an address is; a hit also fills `GEO`.
    fn locate(&self, address: &[u8]) -> bool;
    /// Says whether a zone lists an address.
    fn is_listed(&self, zone: &str, address: &[u8]) -> bool;
}

impl Operator {
    /// Asks the question; `None` when the answer is no.
    pub(crate) fn evaluate(&self, value: &[u8], captures: bool, around: &dyn Surround) -> Option<Captured> {
        let whole = |found: bool| found.then(|| if captures { vec![Box::from(value)] } else { Vec::new() });
        match self {
            Operator::Always => whole(true),
            Operator::Never => None,
            Operator::Regex(pattern) => regex(pattern, value, captures),
            Operator::RegexTemplate(template) => {
                // A pattern that is broken by what was filled in must not let anything pass.
                let Ok(pattern) = Pattern::parse(&around.expand(template), false) else { return whole(true) };
                regex(&pattern, value, captures)
            }
            Operator::Phrases(phrases) => phrases.find(value).map(|found| captured(captures, &[found])),
            Operator::Text(test, template) => whole(match template.fixed() {
                Some(text) => test.holds(value, text),
                None => test.holds(value, &around.expand(template)),
            }),
            Operator::Number(test, template) => whole(match template.fixed() {
                Some(text) => test.holds(integer(value), integer(text)),
                None => test.holds(integer(value), integer(&around.expand(template))),
            }),
            Operator::ByteRange(allowed) => whole(value.iter().any(|&byte| !allowed[usize::from(byte)])),
            Operator::UrlEncoding => whole(has_invalid_url_encoding(value)),
            Operator::Utf8Encoding => whole(std::str::from_utf8(value).is_err()),
            Operator::Networks(networks) => whole(networks.contain(value)),
            Operator::Sqli => sqli(value, captures),
            Operator::Xss => whole(libinjectionrs::detect_xss(value).is_injection()),
            Operator::CreditCard(pattern) => {
                verify::credit_card(pattern, value).map(|found| captured(captures, &[found]))
            }
            Operator::Geo => whole(around.locate(value)),
            Operator::Blocklist(zone) => whole(around.is_listed(zone, value)),
        }
    }

    /// Whether the answer depends on the value alone.
    pub(crate) fn is_pure(&self) -> bool {
        match self {
            Operator::Text(_, template) | Operator::Number(_, template) => template.fixed().is_some(),
            Operator::RegexTemplate(_) | Operator::Geo | Operator::Blocklist(_) => false,
            _ => true,
        }
    }

    /// The pattern that a set of patterns can answer for.
    pub(crate) fn pattern(&self) -> Option<&Pattern> {
        match self {
            Operator::Regex(pattern) => Some(pattern),
            _ => None,
        }
    }
}

fn captured(wanted: bool, groups: &[&[u8]]) -> Captured {
    if wanted { groups.iter().map(|&group| Box::from(group)).collect() } else { Vec::new() }
}

fn regex(pattern: &Pattern, value: &[u8], captures: bool) -> Option<Captured> {
    if !captures {
        return pattern.is_match(value).then(Vec::new);
    }
    let groups = pattern.find(value)?;
    Some(groups.into_iter().map(|span| Box::from(span.map_or(&[][..], |span| &value[span]))).collect())
}

fn sqli(value: &[u8], captures: bool) -> Option<Captured> {
    let mut verdict = libinjectionrs::detect_sqli(value);
    // The port looks for `INTO` in capitals alone, where the library takes any case: `1 into outfile x` would pass.
    if !verdict.is_injection() && value.windows(4).any(|word| word.eq_ignore_ascii_case(b"into")) {
        verdict = libinjectionrs::detect_sqli(&value.to_ascii_uppercase());
    }
    verdict.is_injection().then(|| {
        let fingerprint =
            verdict.fingerprint.as_ref().map(|print| print.as_str().as_bytes().to_vec()).unwrap_or_default();
        captured(captures, &[fingerprint.as_slice()])
    })
}

#[cfg(test)]
mod tests;
