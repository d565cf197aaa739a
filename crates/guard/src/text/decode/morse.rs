//! Morse code: letters by spaces, words by slashes or bars.

use super::Survey;
use crate::text::splice::Piece;

/// Fewer letters spell no sentence.
const LETTERS_MIN: usize = 8;

/// The code of each letter and digit.
const CODES: &[(&str, char)] = &[
    (".-", 'a'),
    ("-...", 'b'),
    ("-.-.", 'c'),
    ("-..", 'd'),
    (".", 'e'),
    ("..-.", 'f'),
    ("--.", 'g'),
    ("....", 'h'),
    ("..", 'i'),
    (".---", 'j'),
    ("-.-", 'k'),
    (".-..", 'l'),
    ("--", 'm'),
    ("-.", 'n'),
    ("---", 'o'),
    (".--.", 'p'),
    ("--.-", 'q'),
    (".-.", 'r'),
    ("...", 's'),
    ("-", 't'),
    ("..-", 'u'),
    ("...-", 'v'),
    (".--", 'w'),
    ("-..-", 'x'),
    ("-.--", 'y'),
    ("--..", 'z'),
    ("-----", '0'),
    (".----", '1'),
    ("..---", '2'),
    ("...--", '3'),
    ("....-", '4'),
    (".....", '5'),
    ("-....", '6'),
    ("--...", '7'),
    ("---..", '8'),
    ("----.", '9'),
];

/// Finds Morse code among the runs of dots and dashes of `text`.
pub(in crate::text) fn pieces(text: &str, survey: &Survey) -> Vec<Piece> {
    let piece = |span: &std::ops::Range<usize>| Some(Piece { span: span.clone(), text: read(&text[span.clone()])? });
    survey.dots.iter().filter_map(piece).collect()
}

/// Reads a run; nothing when one of its signs is no letter.
pub(super) fn read(run: &str) -> Option<String> {
    let mut letters = 0;
    let mut message = String::new();
    for word in run.split(['/', '|', '\n']) {
        for code in word.split(|c: char| c == '_' || c.is_ascii_whitespace()).filter(|code| !code.is_empty()) {
            message.push(CODES.iter().find(|(known, _)| *known == code)?.1);
            letters += 1;
        }
        message.push(' ');
    }
    (letters >= LETTERS_MIN).then_some(message)
}
