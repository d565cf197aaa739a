//! The rules of a set that judge a text as a value, over the text as it is: what another program gets is not decoded first.

use std::ops::Range;

use crate::finding::{Evidence, Finding};
use crate::rule::{Matcher, Rule};

/// They say yes or no; another program may say otherwise.
const SCORE: f32 = 0.9;

type Judge = fn(&str) -> Vec<Range<usize>>;

/// Rules and how they judge.
#[derive(Debug)]
pub(super) struct ValueSet {
    rules: Vec<(&'static Rule, Judge)>,
}

impl ValueSet {
    pub(super) fn new(rules: impl IntoIterator<Item = &'static Rule>) -> Self {
        let value = |rule: &'static Rule| match rule.matcher {
            Matcher::Value(judge) => Some((rule, judge)),
            Matcher::Exact(_)
            | Matcher::Phrase(_)
            | Matcher::Protected(_)
            | Matcher::Learned(_)
            | Matcher::Entity(_)
            | Matcher::Transformer
            | Matcher::Contract => None,
        };
        Self { rules: rules.into_iter().filter_map(value).collect() }
    }

    pub(super) fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        self.rules.iter().map(|(rule, _)| *rule)
    }

    pub(super) fn scan(&self, text: &str, findings: &mut Vec<Finding>) {
        for (rule, judge) in &self.rules {
            let evidence = Evidence::Pattern;
            let found = judge(text).into_iter();
            findings.extend(found.map(|span| Finding { rule, span, score: SCORE, evidence, view: Vec::new() }));
        }
    }
}
