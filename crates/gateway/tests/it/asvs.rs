//! The page about ASVS tells the truth: every requirement is on it once, and every test that it names exists. And the few
//! tests that only a requirement asks for.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use http::StatusCode;
use portcullis::compliance::asvs::{CHAPTERS, Requirement, Status};

use crate::app::TestApp;
use crate::oauth::{Browser, Provider};
use crate::user::{House, PASSWORD};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// How many requirements each section of the standard has; their numbers have no gaps.
const SECTIONS: &[(&str, usize)] = &[
    ("V6.1", 3),
    ("V6.2", 12),
    ("V6.3", 8),
    ("V6.4", 6),
    ("V6.5", 8),
    ("V6.6", 4),
    ("V6.7", 2),
    ("V6.8", 4),
    ("V7.1", 3),
    ("V7.2", 4),
    ("V7.3", 2),
    ("V7.4", 5),
    ("V7.5", 3),
    ("V7.6", 2),
    ("V8.1", 4),
    ("V8.2", 4),
    ("V8.3", 3),
    ("V8.4", 2),
    ("V9.1", 3),
    ("V9.2", 4),
    ("V10.1", 2),
    ("V10.2", 3),
    ("V10.3", 5),
    ("V10.4", 16),
    ("V10.5", 5),
    ("V10.6", 2),
    ("V10.7", 3),
];
/// How many of each level the chapters have.
const LEVELS: &[[usize; 3]] = &[[13, 22, 12], [6, 12, 1], [4, 3, 6], [4, 3, 0], [5, 24, 7]];

fn all() -> impl Iterator<Item = &'static Requirement> {
    CHAPTERS.iter().flat_map(|(_, requirements)| requirements.iter())
}

#[test]
fn every_requirement_of_v6_to_v10_is_there_once_in_its_order() {
    let expected: Vec<String> =
        SECTIONS.iter().flat_map(|(section, count)| (1..=*count).map(move |at| format!("{section}.{at}"))).collect();
    assert_eq!(all().map(|one| one.id.to_owned()).collect::<Vec<_>>(), expected);
    for ((title, requirements), levels) in CHAPTERS.iter().zip(LEVELS) {
        let count = |level: u8| requirements.iter().filter(|one| one.level == level).count();
        assert_eq!([count(1), count(2), count(3)], *levels, "{title}");
    }
}

#[test]
fn what_is_met_names_its_tests_and_what_is_not_says_why() {
    for one in all() {
        let is_shown = !one.tests.is_empty();
        match one.status {
            Status::Met => assert!(is_shown, "{}", one.id),
            Status::Part => assert!(is_shown && !one.note.is_empty(), "{}", one.id),
            Status::Open | Status::NotApplicable => assert!(!is_shown && !one.note.is_empty(), "{}", one.id),
        }
        assert!(!one.asked.is_empty() && one.asked.len() < 140, "{}: short, and in our own words", one.id);
    }
}

#[test]
fn every_test_that_is_named_exists() {
    let mut missing = BTreeMap::new();
    for one in all() {
        for test in one.tests.iter().filter(|test| !exists(test)) {
            missing.insert(*test, one.id);
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

fn exists(test: &str) -> bool {
    let Some((place, name)) = test.rsplit_once("::") else { return false };
    let files = match place.split_once("::") {
        None => vec![format!("tests/it/{place}.rs")],
        Some(_) => {
            let path = place.replace("::", "/");
            vec![format!("src/{path}.rs"), format!("src/{path}/mod.rs")]
        }
    };
    let text = files.iter().find_map(|file| fs::read_to_string(Path::new(ROOT).join(file)).ok()).unwrap_or_default();
    // The attribute stands above it: a function that is no test does not count.
    let Some(at) = text.find(&format!("fn {name}(")) else { return false };
    let above: Vec<&str> = text[..at].lines().rev().take(3).collect();
    above.iter().any(|line| line.trim_start().starts_with("#[test]") || line.trim_start().starts_with("#[tokio::test"))
}

#[tokio::test]
async fn v6_2_6_v6_2_7_the_password_field_is_masked_and_takes_what_is_pasted() {
    let provider = Provider::start().await;
    let app = format!("/oauth2/authorize?{}", provider.request(&[]));
    let browser = Browser::new(provider.app());
    for (path, names) in [
        (app.as_str(), &["password"][..]),
        ("/login", &["password"]),
        ("/account/password", &["current", "new_password"]),
        ("/account/confirm", &["password"]),
    ] {
        let page = browser.open(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text());
        let text = page.text();
        for name in names {
            let is_it = |rest: &&str| rest.contains(&format!(" name=\"{name}\""));
            let field = text.split("<input").find(is_it).unwrap_or_else(|| panic!("no {name}: {text}"));
            let field = field.split('>').next().unwrap();
            let kind = if *name == "new_password" { "new-password" } else { "current-password" };
            assert!(field.contains("type=\"password\"") && field.contains(kind), "{field}");
        }
        for barrier in ["onpaste", "autocomplete=\"off\"", "readonly", "maxlength", "<script"] {
            assert!(!text.contains(barrier), "{path}: {barrier}");
        }
        if path == "/login" {
            browser.log_in(&page, PASSWORD).await;
        }
    }
}

#[tokio::test]
async fn v6_2_10_a_password_of_years_ago_still_logs_in() {
    let house = House::start("").await;
    house.user("ada@example.com").await;
    house.app.clock.pass(5 * 365 * 86_400);
    let reply = house.login("ada@example.com", PASSWORD).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
}

#[tokio::test]
async fn v6_3_2_a_new_installation_has_no_accounts() {
    let app = TestApp::start().await;
    assert!(app.app().users().list().await.unwrap().is_empty());
}
