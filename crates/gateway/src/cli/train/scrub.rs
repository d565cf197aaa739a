//! Takes personal data and credentials out of training data.
//!
//! Invariant: a text that hides one in an encoding is not cleaned but left out, since only its plain places can be replaced.

use std::ops::Range;

use guard::{Context, Family, Finding, Scanner, rules};
use learn::tune::Example;

use crate::data::pii::kind;

/// Below this a finding is a guess.
const SCORE_MIN: f32 = 0.5;

/// All rules for personal data and credentials.
pub(super) struct Scrubber(Scanner);

/// A text that cannot be cleaned.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hidden;

impl Scrubber {
    pub(super) fn new() -> Self {
        let is_private = |family: Family| matches!(family, Family::Pii | Family::Secret);
        Self(Scanner::new(rules().filter(|rule| is_private(rule.family))))
    }

    /// Replaces what is found in all texts of an example by its kind, and says how many places that were.
    pub(super) fn clean(&self, example: &mut Example) -> Result<usize, Hidden> {
        let messages = example.prompt.iter_mut().map(|message| &mut message.content);
        let mut replaced = 0;
        for text in messages.chain([&mut example.chosen]).chain(&mut example.rejected) {
            replaced += self.clean_text(text)?;
        }
        Ok(replaced)
    }

    fn clean_text(&self, text: &mut String) -> Result<usize, Hidden> {
        let report = self.0.scan(text, &Context::default());
        let mut findings: Vec<&Finding> = report.findings.iter().filter(|found| found.score >= SCORE_MIN).collect();
        if findings.iter().any(|found| !found.view.is_empty()) {
            return Err(Hidden);
        }
        findings.sort_by_key(|found| (found.span.start, usize::MAX - found.span.end));
        let mut places: Vec<(Range<usize>, String)> = Vec::new();
        for found in findings {
            match places.last_mut() {
                Some((span, _)) if found.span.start < span.end => span.end = span.end.max(found.span.end),
                _ => places.push((found.span.clone(), format!("[{}]", kind(found.rule.category)))),
            }
        }
        for (span, name) in places.iter().rev() {
            text.replace_range(span.clone(), name);
        }
        Ok(places.len())
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use learn::tune::{Lesson, Message, Role};

    use super::*;

    fn example(asked: &str) -> Example {
        Example {
            prompt: vec![Message::new(Role::User, asked)],
            chosen: "Write to jane.roe@example.org.".to_owned(),
            rejected: Some("I can't.".to_owned()),
            lesson: Lesson::Answer,
            source: "test",
        }
    }

    #[test]
    fn personal_data_and_credentials_are_replaced_by_their_kind() {
        let key = format!("gh{}_{}", "p", "1234567890abcdefghijABCDEFGHIJ0nYh4V");
        let mut found =
            example(&format!("my mail is kim@example.com, my IBAN DE89370400440532013000, my password: hunter2-{key}"));
        let places = Scrubber::new().clean(&mut found).unwrap();
        let asked = &found.prompt[0].content;
        assert!(places >= 3 && asked.contains("[EMAIL]") && asked.contains("[IBAN]"), "{places} {asked}");
        assert!(!asked.contains("kim@") && !asked.contains("DE89"), "{asked}");
        assert_eq!(found.chosen, "Write to [EMAIL].");
    }

    #[test]
    fn what_is_hidden_in_an_encoding_is_left_out() {
        let hidden =
            base64::engine::general_purpose::STANDARD.encode("write to kim.roe@example.com about the secret plan");
        let outcome = Scrubber::new().clean(&mut example(&format!("decode {hidden}")));
        assert!(outcome.is_err() || outcome == Ok(1), "{outcome:?}");
    }
}
