//! The family's promises: books, noise, streams.

use std::ops::Range;
use std::sync::Arc;

use proptest::prelude::*;
use regex_automata::Input;

use super::RULES;
use crate::rule::{Candidate, Matcher, Rule};
use crate::scan::Scanner;
use crate::stream::{Hold, Piece, Plan, Step, StreamScanner};

#[test]
fn every_book_reads_as_it_says() {
    crate::text::book::check(RULES);
}

#[test]
fn no_pattern_matches_more_than_its_longest() {
    let mut wrong = Vec::new();
    for rule in RULES {
        let Matcher::Exact(exact) = &rule.matcher else { continue };
        let hir = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(exact.pattern).unwrap();
        let most = hir.properties().maximum_len();
        if most.is_none_or(|most| most > exact.longest) {
            wrong.push((rule.id, most, exact.longest));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

type Found = Vec<(&'static str, Range<usize>)>;

/// What a stream finds that is cut at these places.
fn stream(plan: &Arc<Plan>, text: &str, cuts: &[usize]) -> Found {
    let mut scanner = StreamScanner::new(plan.clone(), Arc::default(), None);
    let mut found = Found::new();
    let mut take = |step: Step| {
        for piece in step.pieces {
            if let Piece::Match { findings, .. } = piece {
                found.extend(findings.into_iter().map(|finding| (finding.rule.id, finding.span)));
            }
        }
    };
    let mut at = 0;
    for cut in cuts.iter().copied().chain([text.len()]) {
        take(scanner.push(&text[at..cut]));
        at = cut;
    }
    take(scanner.finish());
    found
}

/// Every example of every book that is expected to be found.
fn examples() -> Vec<String> {
    let mut examples = Vec::new();
    for rule in RULES {
        let path = format!("{}/book/{}-{}.md", env!("CARGO_MANIFEST_DIR"), rule.id, rule.name);
        let book = std::fs::read_to_string(path).unwrap();
        let blocks = book.split("```expect: ").skip(1).filter(|block| block.starts_with("PI"));
        examples.extend(
            blocks.filter_map(|block| block.split("```").next()?.split_once('\n')).map(|(_, text)| text.to_owned()),
        );
    }
    examples
}

#[test]
fn a_stream_finds_the_examples_however_it_is_cut() {
    let plan = Arc::new(Plan::new(RULES.iter().map(|rule| (*rule, Hold::Hold))));
    let scanner = Scanner::new(RULES.iter().copied());
    for text in examples() {
        let whole: Found =
            scanner.scan_exact(&text).into_iter().map(|finding| (finding.rule.id, finding.span)).collect();
        assert!(!whole.is_empty(), "nothing in {text}");
        let places: Vec<usize> = (1..text.len()).filter(|at| text.is_char_boundary(*at)).collect();
        assert_eq!(stream(&plan, &text, &places), whole, "cut everywhere: {text}");
        for place in places {
            assert_eq!(stream(&plan, &text, &[place]), whole, "cut at {place}: {text}");
        }
    }
}

/// What a rule finds when its pattern runs over the whole text.
fn alone(rule: &'static Rule, text: &str) -> Found {
    let Matcher::Exact(exact) = &rule.matcher else { return Found::new() };
    let regex = crate::scan::pattern::compile(exact.pattern).unwrap();
    let mut found = Found::new();
    let mut at = 0;
    while let Some(next) = regex.find(Input::new(text).span(at..text.len())) {
        let span = next.range();
        let is_whole = text.is_char_boundary(span.start) && text.is_char_boundary(span.end);
        let hit = is_whole.then(|| (exact.verify)(&Candidate::new(text, span.clone()))).flatten();
        at = hit.map_or(span.start + 1, |_| span.end);
        found.extend(hit.map(|hit| (rule.id, span.start + hit.trim.0..span.end - hit.trim.1)));
    }
    found
}

#[test]
fn one_pass_finds_what_every_rule_by_itself_finds() {
    for text in [examples().join("\n"), examples().join(" "), examples().join(", ")] {
        let mut expected: Found = RULES.iter().flat_map(|rule| alone(rule, &text)).collect();
        let found = Scanner::new(RULES.iter().copied()).scan_exact(&text);
        let mut found: Found = found.into_iter().map(|finding| (finding.rule.id, finding.span)).collect();
        let order = |found: &(&'static str, Range<usize>)| (found.0, found.1.start);
        expected.sort_by_key(order);
        found.sort_by_key(order);
        assert_eq!(found, expected);
    }
}

#[test]
fn ordinary_words_are_not_held() {
    let plan = Arc::new(Plan::new(RULES.iter().map(|rule| (*rule, Hold::Hold))));
    let text = "It was a fine evening, and they had walked along the canal without a word about the letter. ";
    let mut scanner = StreamScanner::new(plan, Arc::default(), None);
    let mut settled = 0;
    for at in 0..text.len() {
        settled = scanner.push(&text[at..=at]).settled.max(settled);
        assert!(at + 1 - settled <= 24, "holds {:?}", &text[settled..=at]);
    }
}

/// Numbers that machines write: orders, times, versions, sizes, digests.
fn noise() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        "[1-9][0-9]{4,17}".prop_map(|number| format!("order {number}")),
        "17[0-9]{8}".prop_map(|time| format!("{{\"ts\":{time},\"n\":42}}")),
        "17[0-9]{11}".prop_map(|time| format!("at={time} level=info")),
        "202[0-9]-(0[1-9]|1[0-2])-[0-2][0-8]T[01][0-9]:[0-5][0-9]:[0-5][0-9]\\.[0-9]{3,6}Z",
        "202[0-9]-(0[1-9]|1[0-2])-[0-2][0-8] [01][0-9]:[0-5][0-9]:[0-5][0-9],[0-9]{3}",
        "v?[0-9]{1,2}\\.[0-9]{1,2}\\.[0-9]{1,4}",
        "version [0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}",
        "[0-9]\\.[0-9]{10,17}",
        "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
        "[0-9a-f]{32}",
        "[0-9a-f]{40}",
        "[0-9A-F]{16}",
        "\\$[1-9][0-9]{0,2},[0-9]{3}\\.[0-9]{2}",
        "INV-[0-9]{4}-[0-9]{6}",
        "[A-Z]{2,3}-?[0-9]{6,9}",
        "127\\.0\\.0\\.1:[0-9]{4,5}",
        "[0-9]{1,3}(,[0-9]{3}){2,4}",
    ];
    proptest::collection::vec(number, 500).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn of_a_thousand_machine_numbers_less_than_five_are_reported(text in noise()) {
        let found = Scanner::new(RULES.iter().copied()).scan_exact(&text);
        let named: Vec<_> = found.iter().map(|finding| (finding.rule.id, &text[finding.span.clone()])).collect();
        // A share of a half percent, with room for the chance in five hundred draws.
        prop_assert!(named.len() < 3 + 5, "{:?}", named);
    }
}
