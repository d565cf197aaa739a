//! The engine's promise, tried on random text and random cuts.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, always};
use crate::watch::RESTORE;

fn even_digits(candidate: &Candidate<'_>) -> Option<Hit> {
    let sum: u32 = candidate.matched().chars().filter_map(|digit| digit.to_digit(10)).sum();
    sum.is_multiple_of(2).then(|| Hit::new(0.9, Evidence::Checksum))
}

fn after_keyword(candidate: &Candidate<'_>) -> Option<Hit> {
    let value = candidate.matched().find('=')? + 1;
    Some(Hit { trim: (value, 0), ..Hit::new(0.8, Evidence::Context) })
}

fn not_before_dot(candidate: &Candidate<'_>) -> Option<Hit> {
    (candidate.next() != Some('.')).then(|| Hit::new(0.9, Evidence::Pattern))
}

const fn rule(id: &'static str, pattern: &'static str, anchor: Anchor, longest: usize, verify: Verify) -> Rule {
    Rule {
        id,
        name: id,
        family: Family::Secret,
        category: "secret.test",
        tags: &[],
        matcher: Matcher::Exact(Exact { pattern, anchor, longest, verify }),
    }
}

type Verify = fn(&Candidate<'_>) -> Option<Hit>;

static TOKEN: Rule = rule("T1", r"\bgk_[A-Za-z0-9]{6,12}\b", Anchor::Literals(&["gk_"]), 15, always);
static DIGITS: Rule = rule("T2", r"\b[0-9](?:[ -]?[0-9]){5,9}\b", Anchor::Digits(6), 20, even_digits);
static MAIL: Rule = rule("T3", r"[a-z.]{1,12}@[a-z]{1,8}\.[a-z]{2,4}", Anchor::Literals(&["@"]), 26, not_before_dot);
static VALUE: Rule = rule("T4", r"pass=[^ ]{3,10}", Anchor::Literals(&["pass="]), 16, after_keyword);
static LONG: Rule = rule("T5", r"<<[a-z \n]{0,300}(?:>>)?", Anchor::Literals(&["<<"]), 304, always);
static ALL: [&Rule; 5] = [&TOKEN, &DIGITS, &MAIL, &VALUE, &LONG];

fn plan(hold: Hold) -> Arc<Plan> {
    Arc::new(Plan::new(ALL.iter().map(|rule| (*rule, hold))))
}

fn watch() -> Arc<Watch> {
    let mut watch = Watch::default();
    watch.add("NAME_XYZ", &RESTORE);
    Arc::new(watch)
}

/// What a client sees when every match is masked, and what was found.
fn run(text: &str, cuts: &[usize], plan: &Arc<Plan>) -> (String, Vec<(&'static str, Range<usize>)>) {
    let mut scanner = StreamScanner::new(plan.clone(), watch(), None);
    let mut seen = String::new();
    let mut found = Vec::new();
    let mut settled = 0;
    let mut take = |step: Step| {
        assert!(step.settled >= settled, "settled never goes back");
        settled = step.settled;
        for piece in step.pieces {
            match piece {
                Piece::Text(text) => seen.push_str(&text),
                Piece::Match { findings, text: matched, span } => {
                    assert_eq!(matched, &text[span], "a piece is the text at its place");
                    found.extend(findings.into_iter().map(|finding| (finding.rule.id, finding.span)));
                    seen.push('█');
                }
            }
        }
        found.extend(step.observed.into_iter().map(|finding| (finding.rule.id, finding.span)));
    };
    let mut at = 0;
    for cut in cuts.iter().copied().chain([text.len()]) {
        take(scanner.push(&text[at..cut]));
        at = cut;
    }
    take(scanner.finish());
    (seen, found)
}

fn texts() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("gk_".to_owned()),
        "gk_[A-Za-z0-9]{4,13}",
        "[0-9 -]{1,12}",
        "[a-z.]{1,6}@[a-z]{1,5}\\.[a-z]{1,3}",
        "pass=[a-z@0-9]{0,11}",
        Just("<<".to_owned()),
        "<<[a-z ]{0,20}>>",
        "[a-z ,.]{1,10}",
        Just("é日🙂".to_owned()),
        Just("NAME_XY".to_owned()),
        Just("NAME_XYZ".to_owned()),
        Just(" ".to_owned()),
    ];
    proptest::collection::vec(part, 0..10).prop_map(|parts| parts.concat())
}

fn cut(text: &str, at: &[prop::sample::Index]) -> Vec<usize> {
    let mut boundaries: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
    boundaries.dedup();
    let mut cuts: Vec<usize> = at.iter().map(|index| boundaries[index.index(boundaries.len())]).collect();
    cuts.sort_unstable();
    cuts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn the_output_is_the_same_however_the_stream_is_cut(
        text in texts(),
        at in proptest::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let plan = plan(Hold::Hold);
        let whole = run(&text, &[], &plan);
        prop_assert_eq!(&run(&text, &cut(&text, &at), &plan), &whole);
        let every: Vec<usize> = (1..text.len()).filter(|at| text.is_char_boundary(*at)).collect();
        prop_assert_eq!(&run(&text, &every, &plan), &whole);
    }

    #[test]
    fn a_stream_finds_what_a_scan_of_the_whole_text_finds(
        text in texts(),
        at in proptest::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let expected: Vec<_> =
            Scanner::new(ALL).scan_exact(&text).into_iter().map(|finding| (finding.rule.id, finding.span)).collect();
        let mut found = run(&text, &cut(&text, &at), &plan(Hold::Hold)).1;
        found.retain(|(id, _)| *id != RESTORE.id);
        prop_assert_eq!(&found, &expected);
        let mut observed = run(&text, &cut(&text, &at), &plan(Hold::Observe)).1;
        observed.retain(|(id, _)| *id != RESTORE.id);
        prop_assert_eq!(&observed, &expected);
    }

    #[test]
    fn one_pass_finds_what_every_pattern_by_itself_finds(text in texts()) {
        let mut expected = Vec::new();
        for rule in ALL {
            let Matcher::Exact(exact) = &rule.matcher else { continue };
            let regex = crate::scan::pattern::compile(exact.pattern).unwrap();
            let mut at = 0;
            while let Some(found) = regex.find(regex_automata::Input::new(&text).span(at..text.len())) {
                let candidate = found.start()..crate::scan::exact::floor(&text, found.end());
                match (exact.verify)(&Candidate::new(&text, candidate.clone())) {
                    Some(hit) => {
                        expected.push((rule.id, candidate.start + hit.trim.0..candidate.end - hit.trim.1));
                        at = candidate.end;
                    }
                    None => at = candidate.start + 1,
                }
            }
        }
        let mut found: Vec<_> =
            Scanner::new(ALL).scan_exact(&text).into_iter().map(|finding| (finding.rule.id, finding.span)).collect();
        expected.sort_by_key(|(id, span)| (*id, span.start));
        found.sort_by_key(|(id, span)| (*id, span.start));
        prop_assert_eq!(found, expected);
    }
}

fn held(text: &str) -> usize {
    let mut scanner = StreamScanner::new(plan(Hold::Hold), watch(), None);
    text.len() - scanner.push(text).settled
}

#[test]
fn only_the_live_prefix_is_held() {
    assert_eq!(held("an ordinary sentence, "), 0);
    assert_eq!(held("the key is gk_ab"), 5);
    assert_eq!(held("gk_abcdef"), 9, "a longer match, or no match at all, may follow");
    assert_eq!(held("gk_abcdef "), 0);
    assert_eq!(held("gk_a "), 0);
}

#[test]
fn what_is_longer_than_the_longest_match_is_not_held() {
    // A match that reaches into what may still become one waits with it: twice the longest match at most.
    assert!(held(&format!("<<{}", "a".repeat(2_000))) <= 305);
    assert!(held(&"1".repeat(500)) <= 2 * 20);
}

#[test]
fn a_windowed_rule_that_must_not_let_through_waits_for_the_end() {
    let plan = Arc::new(Plan::new(crate::leak::RULES.iter().map(|rule| (*rule, Hold::Hold))));
    let mut scanner = StreamScanner::new(plan, Arc::default(), None);
    assert_eq!(scanner.push("anything").settled, 0);
    assert_eq!(scanner.finish().settled, 8);
}

#[test]
fn text_made_of_anchors_stays_linear() {
    for piece in ["gk_", "1", "@", "a@", "<<", "pass=", "gk_a1@"] {
        let text = piece.repeat(1_000_000 / piece.len());
        let found = Scanner::new(ALL).scan_exact(&text);
        assert!(found.len() <= text.len());
    }
}
