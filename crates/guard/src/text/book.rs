//! Reads the example books and holds the rules of a family to them. Only for tests.
//!
//! A book is Markdown. Its fenced blocks carry `expect: ID` or `expect: clean`; `{|}` is taken out of them, so that a book
//! does not trip other scanners, and `\u{XXXX}` stands for a character.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;

use regex_automata::meta::Regex;
use regex_automata::util::syntax;

use super::{Budget, views};
use crate::classifier::Source;
use crate::rule::{Anchor, Candidate, Exact, Matcher, Phrase, Rule};
use crate::scan::literal::Literal;
use crate::scan::{Context, Scanner};

/// Findings below this are noise.
const SCORE_MIN: f32 = 0.5;

/// Checks every block of every book of `rules`.
pub(crate) fn check(rules: &'static [&'static Rule]) {
    let mut wrong = Vec::new();
    for rule in rules {
        let text = read(rule);
        let blocks = blocks(&text);
        let named = blocks.iter().filter(|(expected, _)| expected == rule.id).count();
        let clean = blocks.iter().filter(|(expected, _)| expected == "clean").count();
        assert!(named >= 2 && clean >= 2, "{}: {named} examples, {clean} clean", rule.id);
        for (expected, text) in &blocks {
            let found: Vec<&str> =
                rules.iter().filter(|rule| score(rule, text) >= SCORE_MIN).map(|rule| rule.id).collect();
            let is_right = if expected == "clean" { found.is_empty() } else { found.contains(&expected.as_str()) };
            if !is_right {
                wrong.push(format!("{} expects {expected}, found {found:?}: {text}", rule.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The texts that the book of `rule` expects it in.
pub(crate) fn examples(rule: &Rule) -> Vec<String> {
    let blocks = blocks(&read(rule)).into_iter();
    blocks.filter(|(expected, _)| expected == rule.id).map(|(_, text)| text).collect()
}

/// The highest score of `rule` in any view of `text`.
pub(crate) fn score(rule: &'static Rule, text: &str) -> f32 {
    match &rule.matcher {
        Matcher::Exact(exact) => exact_score(rule.id, exact, text),
        Matcher::Phrase(phrase) => {
            let found = views(text, &Budget::default());
            found.views.iter().map(|view| phrase_score(rule.id, phrase, view.text())).fold(0.0, f32::max)
        }
        Matcher::Protected(_) | Matcher::Transformer | Matcher::Contract => 0.0,
        Matcher::Learned(_) => learned_score(rule, text),
        Matcher::Entity(_) | Matcher::Value(_) => scanned_score(rule, text),
    }
}

fn exact_score(id: &str, exact: &Exact, text: &str) -> f32 {
    let anchors = match exact.anchor {
        Anchor::Literals(literals) => literals,
        Anchor::Digits(_) | Anchor::SolidDigits(_) | Anchor::LetteredDigits(_) => &[],
    };
    best(id, exact.pattern, exact.longest, exact.verify, anchors, text)
}

fn scanned_score(rule: &'static Rule, text: &str) -> f32 {
    let findings = Scanner::new([rule]).scan(text, &Context::default()).findings;
    findings.iter().map(|finding| finding.score).fold(0.0, f32::max)
}

fn learned_score(rule: &'static Rule, text: &str) -> f32 {
    let source = if rule.category.starts_with("refusal") { Source::Answer } else { Source::Prompt };
    let context = Context { source, ..Context::default() };
    let scores = Scanner::new([rule]).scan(text, &context).scores;
    scores.first().map_or(0.0, |score| score.score)
}

fn phrase_score(id: &str, phrase: &Phrase, text: &str) -> f32 {
    best(id, phrase.pattern, phrase.longest, phrase.verify, phrase.anchors, text)
}

type Verify = fn(&Candidate<'_>) -> Option<crate::rule::Hit>;

fn best(id: &str, pattern: &str, longest: usize, verify: Verify, anchors: &[&str], text: &str) -> f32 {
    let regex = compiled(id, pattern);
    let anchors: Vec<Literal> = anchors.iter().map(|anchor| Literal::parse(anchor)).collect();
    let mut score = 0.0;
    for found in regex.find_iter(text) {
        let matched = text.get(found.range()).unwrap_or_else(|| panic!("{id}: cuts a character"));
        let is_anchored = anchors.is_empty()
            || found.range().any(|at| anchors.iter().any(|anchor| anchor.is_at(text.as_bytes(), at)));
        assert!(is_anchored, "{id}: no anchor in {matched:?}");
        assert!(matched.len() <= longest, "{id}: {} bytes, longest is {longest}", matched.len());
        let hit = verify(&Candidate::new(text, found.range()));
        score = f32::max(score, hit.map_or(0.0, |hit| hit.score));
    }
    score
}

/// The pattern, compiled once a thread: a family has many rules and its books have many blocks.
fn compiled(id: &str, pattern: &str) -> Regex {
    thread_local!(static COMPILED: RefCell<HashMap<String, Regex>> = RefCell::default());
    COMPILED.with_borrow_mut(|known| {
        let compile = || {
            let syntax = syntax::Config::new().unicode(false).utf8(false);
            let regex = Regex::builder().syntax(syntax).build(pattern);
            regex.unwrap_or_else(|cause| panic!("{id}: {cause:?}"))
        };
        known.entry(pattern.to_owned()).or_insert_with(compile).clone()
    })
}

fn read(rule: &Rule) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("book/{}-{}.md", rule.id, rule.name));
    std::fs::read_to_string(&path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()))
}

/// The fenced blocks with what they expect.
fn blocks(book: &str) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    let mut is_open = false;
    for line in book.lines() {
        if let Some(info) = line.strip_prefix("```") {
            is_open = !is_open;
            if is_open {
                let expected = info.trim().strip_prefix("expect:").unwrap_or_else(|| panic!("no expectation: {line}"));
                blocks.push((expected.trim().to_owned(), String::new()));
            }
        } else if is_open && let Some((_, text)) = blocks.last_mut() {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&unescape(&line.replace("{|}", "")));
        }
    }
    blocks
}

fn unescape(line: &str) -> String {
    let mut parts = line.split("\\u{");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let character = part
            .split_once('}')
            .and_then(|(digits, rest)| Some((char::from_u32(u32::from_str_radix(digits, 16).ok()?)?, rest)));
        match character {
            Some((character, rest)) => {
                text.push(character);
                text.push_str(rest);
            }
            None => text.extend(["\\u{", part]),
        }
    }
    text
}
