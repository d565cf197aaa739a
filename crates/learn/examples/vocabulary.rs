//! Makes `words.txt` and `pairs.txt` of `crates/guard/src/text/vocabulary`:
//! `cargo run --release -p learn --example vocabulary -- GLOSSARY DATA… FOLDER`.
//!
//! DATA are JSON lines with `text`, `label` and `source`. A word counts when it is in eight texts and three sources, a pair of
//! words that count when it is in twelve texts and three sources and eight times as often as the other way round. Texts that
//! begin alike count once. What GLOSSARY has for a word of another language is no English word, unless its list says so.

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::fs;
use std::path::Path;

use learn::row::{Row, Topic, json_lines};

/// So much of a text is read.
const READ_BYTES: usize = 3_000;
const BEGINNING_CHARS: usize = 48;
const SOURCES_MIN: usize = 3;
const WORD_TEXTS_MIN: u32 = 8;
const WORD_LENS: std::ops::RangeInclusive<usize> = 2..=16;
const PAIR_TEXTS_MIN: u32 = 12;
const ONE_WAY: u32 = 8;
/// English too, or names in English texts, though the glossary has them for another language.
const ENGLISH: &str = "active ai an as begin cache can com come comment con dan den die directive directives do era execute falls \
                       favor final fine handle has hat ignore ignores instructions invite lies met non of on or output per \
                       pirate plus pretends prompts qui restrictions resume se secrets si sin so solo systems ten that van war will";

/// In how many texts, and of which sources.
#[derive(Default)]
struct Seen<'r> {
    texts: u32,
    sources: HashSet<&'r str>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [glossary, data @ .., folder] = arguments.as_slice() else { return Err("GLOSSARY DATA… FOLDER".into()) };
    let mut rows = Vec::new();
    for file in data {
        rows.extend(json_lines(Topic::Injection, &fs::read_to_string(file)?).map_err(|bad| format!("{bad:?}"))?);
    }
    let glossary = fs::read_to_string(glossary)?;
    let foreign = glossary.lines().filter_map(|line| line.split_once('\t')).flat_map(|(_, foreign)| foreign.split(' '));
    let english: HashSet<&str> = ENGLISH.split(' ').collect();
    let foreign: HashSet<&str> = foreign.filter(|word| !english.contains(word)).collect();
    let texts = texts(&rows);
    let (words, pairs) = count(&texts);
    let is_word = |word: &str| {
        let is_seen = words.get(word).is_some_and(|seen| seen.is_in(WORD_TEXTS_MIN));
        is_seen && WORD_LENS.contains(&word.len()) && !foreign.contains(word)
    };
    let is_pair = |(first, second): &(&str, &str)| {
        let seen = &pairs[&(*first, *second)];
        let other_way = pairs.get(&(*second, *first)).map_or(0, |seen| seen.texts);
        first != second
            && seen.is_in(PAIR_TEXTS_MIN)
            && seen.texts >= ONE_WAY * other_way
            && is_word(first)
            && is_word(second)
    };
    let kept = words.keys().copied().filter(|word| is_word(word)).map(str::to_owned).collect();
    write(&Path::new(folder).join("words.txt"), kept)?;
    let kept = pairs.keys().filter(|pair| is_pair(pair)).map(|(first, second)| format!("{first} {second}")).collect();
    write(&Path::new(folder).join("pairs.txt"), kept)
}

impl Seen<'_> {
    fn is_in(&self, texts: u32) -> bool {
        self.texts >= texts && self.sources.len() >= SOURCES_MIN
    }
}

/// Lower-case beginnings with their sources, each once.
fn texts(rows: &[Row]) -> Vec<(String, &str)> {
    let mut begun = HashSet::new();
    let read = |row: &Row| row.text[..row.text.floor_char_boundary(READ_BYTES)].to_lowercase();
    let texts = rows.iter().map(|row| (read(row), row.source.as_str()));
    texts.filter(|(text, _)| begun.insert(text.chars().take(BEGINNING_CHARS).collect::<String>())).collect()
}

type Counts<'t, K> = HashMap<K, Seen<'t>>;

fn count<'t>(texts: &'t [(String, &'t str)]) -> (Counts<'t, &'t str>, Counts<'t, (&'t str, &'t str)>) {
    let (mut words, mut pairs) = (HashMap::new(), HashMap::new());
    for (text, source) in texts {
        let (mut in_text, mut pairs_in_text) = (HashSet::new(), HashSet::new());
        // Words are pairs only where nothing but blanks and apostrophes is between them.
        for part in text.split(|c: char| !c.is_ascii_lowercase() && c != ' ' && c != '\'') {
            let found: Vec<&str> = part.split([' ', '\'']).filter(|word| !word.is_empty()).collect();
            pairs_in_text.extend(found.windows(2).map(|pair| (pair[0], pair[1])));
            in_text.extend(found);
        }
        in_text.into_iter().for_each(|word| add(&mut words, word, source));
        pairs_in_text.into_iter().for_each(|pair| add(&mut pairs, pair, source));
    }
    (words, pairs)
}

fn add<'t, K: std::hash::Hash + Eq>(counts: &mut Counts<'t, K>, key: K, source: &'t str) {
    let seen = counts.entry(key).or_default();
    seen.texts += 1;
    seen.sources.insert(source);
}

fn write(path: &Path, mut lines: Vec<String>) -> Result<(), Box<dyn Error>> {
    lines.sort();
    Ok(fs::write(path, lines.join("\n") + "\n")?)
}
