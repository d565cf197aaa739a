//! The properties, on the examples of every rule.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use crate::property;

/// The books hold an example of everything that is found.
fn books() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("book");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    // The marks keep other scanners quiet; without them the examples are what they show.
    paths.iter().map(|path| fs::read_to_string(path).unwrap().replace("{|}", "")).collect()
}

#[test]
fn the_examples_of_all_rules_scan_and_stream_alike() {
    for text in books() {
        property::scan(&text);
        property::stream(&text);
    }
}

/// Patterns count bytes, and what they count to may end within a character.
#[test]
fn examples_before_text_of_any_script_are_scanned_to_a_character() {
    for text in books() {
        for block in text.split("```").skip(1).step_by(2) {
            let example = block.split_once('\n').map_or("", |(_, example)| example.trim_end());
            for filler in ["\u{e40}\u{e25}\u{e02}", "\u{1f600}"] {
                property::scan(&format!("{example} {}", filler.repeat(120)));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_two_examples_in_one_another_scan_and_stream_alike(
        (left, right) in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
        (at, from, to) in (any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<prop::sample::Index>()),
    ) {
        let books = books();
        let (left, right) = (left.get(&books), right.get(&books));
        let place = |text: &str, at: &prop::sample::Index| text.floor_char_boundary(at.index(text.len() + 1));
        let (at, from, to) = (place(left, &at), place(right, &from), place(right, &to));
        let text = format!("{}{}{}", &left[..at], &right[from.min(to)..from.max(to)], &left[at..]);
        property::scan(&text);
        property::stream(&text);
    }
}
