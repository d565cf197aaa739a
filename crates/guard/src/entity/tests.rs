//! The tagger under attack, and the file that it refuses.

use std::time::Instant;

use super::*;
use crate::scan::{Context, Scanner};
use crate::text::book;

fn people(text: &str) -> Vec<&str> {
    let entities = embedded().unwrap().tag(text);
    entities.into_iter().filter(|entity| entity.kind == Kind::Person).map(|entity| &text[entity.span]).collect()
}

#[test]
fn every_book_reads_as_it_says() {
    book::check(RULES);
}

#[test]
fn the_shipped_tagger_passes_its_self_test_and_a_damaged_one_does_not() {
    let file = include_bytes!("../../models/entity.pcm");
    assert!(Model::read(file).is_ok());
    assert_eq!(Model::read(&file[..file.len() - 1]).unwrap_err(), Broken::Checksum);
    assert_eq!(Model::read(b"").unwrap_err(), Broken::NotATagger);
    for at in [0, 9, 400, file.len() / 2, file.len() - 1] {
        let mut damaged = file.to_vec();
        damaged[at] ^= 1;
        assert!(Model::read(&damaged).is_err(), "byte {at}");
    }
}

#[test]
fn a_tagger_that_answers_otherwise_is_refused_though_its_checksum_fits() {
    use sha2::Digest as _;
    let file = include_bytes!("../../models/entity.pcm");
    let mut other = file[..file.len() - 32].to_vec();
    let tables = other.len() - LIST_BYTES - TABLE_BYTES;
    other[tables..].fill(0);
    let checksum = sha2::Sha256::digest(&other);
    other.extend(checksum);
    assert!(matches!(Model::read(&other).unwrap_err(), Broken::WrongAnswer { .. }));
}

#[test]
fn a_name_is_found_in_capitals_with_marks_and_behind_invisible_characters() {
    for text in [
        "Please call Martina Schneider about the invoice.",
        "PLEASE CALL MARTINA SCHNEIDER ABOUT THE INVOICE.",
        "Please call Mar\u{200b}tina Schnei\u{ad}der about the invoice.",
        "Please call \u{ff2d}artina \u{ff33}chneider about the invoice.",
        "Please call M\u{301}artina Schneider about the invoice.",
        "\u{202b}Please call Martina Schneider\u{202c} about the invoice.",
    ] {
        let found = people(text);
        assert!(found.len() == 1 && found[0].to_lowercase().ends_with("der"), "{text}: {found:?}");
    }
}

/// Time and memory for a text that is `unit` over and over: ten times the text takes about ten times as long.
#[test]
fn hostile_texts_take_linear_time() {
    let model = embedded().unwrap();
    for unit in [
        "Martina Schneider ",
        "A",
        "a'",
        "\u{301}",
        "é",
        "1 Elm St, ",
        ".,",
        "\n",
        "A B C ",
        "\u{200d}",
        "中",
        "🇩🇪",
        "<>",
    ] {
        let (small, large) = (unit.repeat(30_000 / unit.len()), unit.repeat(300_000 / unit.len()));
        let time = |text: &str| {
            let begun = Instant::now();
            let entities = model.tag(text);
            assert!(entities.iter().all(|entity| text.get(entity.span.clone()).is_some_and(|text| !text.is_empty())));
            begun.elapsed()
        };
        let (little, much) = (time(&small).max(std::time::Duration::from_millis(1)), time(&large));
        assert!(much < little * 60, "{unit:?}: {little:?}, {much:?}");
    }
}

#[test]
fn entities_are_in_order_apart_and_on_characters() {
    let text = "Zoë Krüger und Żaneta Wiśniewska, Straße 5, 10115 Köln – Ольга Иванова. ".repeat(200);
    let mut at = 0;
    for entity in embedded().unwrap().tag(&text) {
        assert!(entity.span.start >= at && entity.span.end > entity.span.start, "{entity:?}");
        assert!(text.get(entity.span.clone()).is_some() && (0.5..=1.0).contains(&entity.score));
        at = entity.span.end;
    }
    assert!(at > 0);
}

#[test]
fn only_rules_of_the_set_are_reported() {
    let scanner = Scanner::new([&person::RULE]);
    let text = "Jane Roe moved to Portugal.";
    let found = scanner.scan(text, &Context::default()).findings;
    assert!(found.iter().all(|finding| finding.rule == &person::RULE), "{found:?}");
    assert_eq!(scanner.rules().count(), 1);
}

#[test]
fn a_street_with_its_postcode_is_one_address_and_a_town_without_one_is_a_place() {
    let found = |text: &'static str| -> Vec<&str> {
        embedded().unwrap().tag(text).into_iter().map(|entity| &text[entity.span]).collect()
    };
    assert_eq!(found("Send it to 12 Elm Street, Leeds LS1 4AB by Monday."), ["12 Elm Street, Leeds LS1 4AB"]);
    assert_eq!(found("Send it to 12 Elm Street, Leeds by Monday."), ["12 Elm Street", "Leeds"]);
}
