//! Literals that only one exchange looks out for: encodings of a canary, pseudonyms to turn back.

use crate::finding::{Evidence, Finding};
use crate::rule::{Exact, Matcher, Rule};
use crate::scan::exact::Found;

/// The rule that pseudonyms are reported under. Not in the catalogue: it finds nothing in itself.
pub static RESTORE: Rule = Rule {
    id: "RS000",
    name: "pseudonym",
    family: crate::rule::Family::Pii,
    category: "pseudonym",
    tags: &[],
    matcher: Matcher::Exact(Exact {
        pattern: "",
        anchor: crate::rule::Anchor::Literals(&[]),
        longest: 128,
        verify: crate::rule::always,
    }),
};

/// A set of literals, each with the rule that it is reported under.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    literals: Vec<(String, &'static Rule)>,
}

impl Watch {
    /// Adds a literal. Empty ones are ignored.
    pub fn add(&mut self, literal: impl Into<String>, rule: &'static Rule) {
        let literal = literal.into();
        if !literal.is_empty() {
            self.literals.push((literal, rule));
        }
    }

    /// Whether there is nothing to look out for.
    pub fn is_empty(&self) -> bool {
        self.literals.is_empty()
    }

    /// Every literal in `text`, with the rule it is reported under.
    pub fn find(&self, text: &str) -> Vec<(std::ops::Range<usize>, &'static Rule)> {
        let mut found = Vec::new();
        self.scan(text, 0, &mut found);
        found.into_iter().map(|found| (found.finding.span, found.finding.rule)).collect()
    }

    /// Finds every literal that begins at or after `from`.
    pub(crate) fn scan(&self, text: &str, from: usize, found: &mut Vec<Found>) {
        for (literal, rule) in &self.literals {
            let finder = memchr::memmem::Finder::new(literal);
            found.extend(finder.find_iter(&text.as_bytes()[from..]).map(|at| {
                let span = from + at..from + at + literal.len();
                let (score, evidence, view) = (1.0, Evidence::Known, Vec::new());
                Found { matched: span.clone(), finding: Finding { rule, span, score, evidence, view } }
            }));
        }
    }

    /// The earliest place from which `text` may still become a literal.
    pub(crate) fn hold_point(&self, text: &str, from: usize) -> usize {
        let bytes = text.as_bytes();
        let mut hold = bytes.len();
        for (literal, _) in &self.literals {
            let literal = literal.as_bytes();
            let reach = bytes.len().saturating_sub(literal.len() - 1).max(from);
            let live = memchr::memchr_iter(literal[0], &bytes[reach..hold.max(reach)])
                .map(|at| reach + at)
                .find(|start| literal.starts_with(&bytes[*start..]));
            hold = live.unwrap_or(hold).min(hold);
        }
        hold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: usize) {
        let mut watch = Watch::default();
        watch.add("EMAIL_ABC", &RESTORE);
        watch.add("LIMA", &RESTORE);
        assert_eq!(watch.hold_point(text, 0), expected, "{text}");
    }

    #[test]
    fn only_the_beginning_of_a_literal_is_held() {
        check("hello", 5);
        check("hello EMA", 6);
        check("hello E", 6);
        check("EMAIL_ABC", 9);
        check("EMAIL_ABD", 9);
        check("x EMAIL", 2);
        check("x EMAILIM", 6);
    }
}
