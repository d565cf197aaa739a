//! Keys without a shape of their own: a keyword, a separator, a value.
//!
//! Invariant: keyword and value are one pattern, so that a stream holds nothing before the keyword; only the value is
//! reported.

use super::entropy;
use super::placeholder::is_placeholder;
use crate::finding::Evidence;
use crate::rule::{Candidate, Hit};

/// A keyword names the value.
const NAMED: f32 = 0.75;

/// A pattern of a keyword at the beginning of a word or behind an underscore, a separator (`=`, `:`, `:=`, `=>`, ` is `,
/// quotes around either side) and a value. `joined:` leaves out what stands before the keyword, and minds its case.
macro_rules! keyed {
    ($keyword:literal, $value:literal) => {
        concat!(r"(?i)(?:\b|_)", keyed!(joined: $keyword, $value))
    };
    (joined: $keyword:literal, $value:literal) => {
        concat!("(?:", $keyword, r#")["'`]?(?:\s{0,3}(?::=|=>|=|:)\s{0,3}|\sis\s)["'`]?(?:"#, $value, ")")
    };
}
pub(super) use keyed;

/// Accepts a random value behind its keyword.
pub(super) fn random_value(candidate: &Candidate<'_>) -> Option<Hit> {
    let (at, value) = value(candidate.matched())?;
    let is_key = entropy::ends(candidate) && entropy::is_random(value) && !is_placeholder(value);
    is_key.then_some(Hit { trim: (at, 0), ..Hit::new(NAMED, Evidence::Context) })
}

/// The value of a match of [`keyed`], and where it begins.
pub(super) fn value(matched: &str) -> Option<(usize, &str)> {
    let sign = matched.find([':', '=']);
    let spoken = matched.find(" is ").map(|at| at + " is".len());
    let at = match (sign, spoken) {
        (Some(sign), Some(spoken)) => sign.min(spoken),
        (sign, spoken) => sign.or(spoken)?,
    };
    let is_separator = |mark: char| matches!(mark, ':' | '=' | '>' | '"' | '\'' | '`') || mark.is_ascii_whitespace();
    let value = matched[at..].trim_start_matches(is_separator);
    Some((matched.len() - value.len(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_begins_behind_the_separator() {
        for (matched, expected) in [
            ("key=a1", "a1"),
            ("\"key\": \"a1", "a1"),
            ("key := a=1", "a=1"),
            ("key is a=1", "a=1"),
            ("key => 'a1", "a1"),
        ] {
            assert_eq!(value(matched).map(|(_, value)| value), Some(expected), "{matched}");
        }
    }
}
