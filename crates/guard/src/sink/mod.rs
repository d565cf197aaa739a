//! What a program behind the application would run: SQL, markup, shell, templates.
//!
//! For answers that an application hands on: into a query, a page, a command line, a template. Such text is harmless to
//! whoever reads it, and is in every second answer about programming, so the rules run only where a policy says where its
//! answers go, or names them.
//!
//! Invariants: a text is judged as the value that it will be, by the same code that looks at requests (libinjection) where
//! there is such code; each look is at a bounded stretch, so that the work is linear.

pub mod markup;
pub mod shell;
pub mod sql;
pub mod template;

use std::ops::Range;

use crate::rule::Rule;

/// The rules of this family, by id.
pub const RULES: &[&Rule] = &[&sql::RULE, &markup::RULE, &shell::RULE, &template::RULE];

/// The stretches of at most `length` bytes that begin where `begins` says, and are found by `judge`. They do not overlap.
fn stretches(
    text: &str,
    length: usize,
    begins: impl Fn(usize) -> bool,
    judge: impl Fn(&str) -> bool,
) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for at in (0..text.len()).filter(|at| begins(*at)) {
        let is_inside = found.last().is_some_and(|last| at < last.end);
        let end = text.floor_char_boundary(at.saturating_add(length));
        if !is_inside && text.is_char_boundary(at) && judge(&text[at..end]) {
            found.push(at..end);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::{Context, Scanner};
    use crate::stream::{Hold, Piece, Plan, StreamScanner};
    use crate::watch::Watch;
    use std::sync::Arc;

    #[test]
    fn every_book_reads_as_it_says() {
        crate::text::book::check(RULES);
    }

    #[test]
    fn what_stands_before_an_attack_hides_nothing() {
        for (rule, attack) in
            [(&sql::RULE, "x' OR '1'='1' --"), (&markup::RULE, "<img src=x onerror=alert(1)>"), (&shell::RULE, "$(id)")]
        {
            for before in ["", "It's Ada's, isn't it? ", "\"quoted\"; then (more)\n", "<p title='a\"b'>`c` ", "é'ü\"<"]
            {
                let text = format!("{}{before}{attack} and so on", "A line of prose.\n".repeat(40));
                let findings = Scanner::new([rule]).scan(&text, &Context::default()).findings;
                assert!(!findings.is_empty(), "{} behind {before:?}", rule.id);
            }
        }
    }

    #[test]
    fn a_held_stream_lets_nothing_of_a_value_out_that_is_an_attack() {
        for rule in RULES {
            for text in crate::text::book::examples(rule) {
                let plan = Arc::new(Plan::new([(*rule, Hold::Hold)]));
                let mut scanner = StreamScanner::new(plan, Arc::new(Watch::default()), None);
                let mut pieces: Vec<Piece> =
                    text.chars().flat_map(|letter| scanner.push(letter.encode_utf8(&mut [0; 4])).pieces).collect();
                pieces.extend(scanner.finish().pieces);
                assert!(pieces.iter().any(|piece| matches!(piece, Piece::Match { .. })), "{}: {text}", rule.id);
            }
        }
    }

    #[test]
    fn a_text_made_of_beginnings_takes_linear_work() {
        for rule in RULES {
            let text = "'\"`;)<$({{".repeat(400);
            Scanner::new([*rule]).scan(&text, &Context::default());
        }
    }
}
