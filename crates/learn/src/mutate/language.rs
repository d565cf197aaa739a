//! Words of other languages in the middle of a sentence. Held out.

use super::{Change, Family, Mutator};

/// The family.
pub(super) const MUTATORS: &[Mutator] = &[
    Mutator::new(
        "german-words",
        Family::Language,
        Change::Write(|text, _| put(text, GERMAN), |text| Some(back(text, GERMAN))),
    ),
    Mutator::new(
        "french-words",
        Family::Language,
        Change::Write(|text, _| put(text, FRENCH), |text| Some(back(text, FRENCH))),
    ),
    Mutator::new(
        "spanish-words",
        Family::Language,
        Change::Write(|text, _| put(text, SPANISH), |text| Some(back(text, SPANISH))),
    ),
];

type Words = [(&'static str, &'static str)];

const GERMAN: &Words = &[
    ("ignore", "ignoriere"),
    ("forget", "vergiss"),
    ("all", "alle"),
    ("previous", "vorherigen"),
    ("prior", "früheren"),
    ("instructions", "Anweisungen"),
    ("rules", "Regeln"),
    ("system", "Systems"),
    ("reveal", "verrate"),
    ("print", "drucke"),
    ("show", "zeige"),
    ("repeat", "wiederhole"),
    ("your", "deine"),
    ("you", "du"),
    ("are", "bist"),
    ("now", "jetzt"),
    ("without", "ohne"),
    ("restrictions", "Beschränkungen"),
    ("everything", "alles"),
    ("above", "darüber"),
    ("secret", "geheime"),
    ("hidden", "verborgenen"),
    ("and", "und"),
    ("the", "die"),
];

const FRENCH: &Words = &[
    ("ignore", "ignorez"),
    ("forget", "oublie"),
    ("all", "toutes"),
    ("previous", "précédentes"),
    ("prior", "antérieures"),
    ("instructions", "consignes"),
    ("rules", "règles"),
    ("system", "système"),
    ("reveal", "révèle"),
    ("print", "affiche"),
    ("show", "montre"),
    ("repeat", "répète"),
    ("your", "tes"),
    ("you", "tu"),
    ("are", "es"),
    ("now", "maintenant"),
    ("without", "sans"),
    ("everything", "tout"),
    ("above", "ci-dessus"),
    ("secret", "secrète"),
    ("hidden", "cachées"),
    ("and", "et"),
    ("the", "les"),
];

const SPANISH: &Words = &[
    ("ignore", "ignora"),
    ("forget", "olvida"),
    ("all", "todas"),
    ("previous", "previas"),
    ("prior", "anteriores"),
    ("instructions", "instrucciones"),
    ("rules", "reglas"),
    ("system", "sistema"),
    ("reveal", "revela"),
    ("print", "imprime"),
    ("show", "muestra"),
    ("repeat", "repite"),
    ("your", "tus"),
    ("you", "tú"),
    ("are", "eres"),
    ("now", "ahora"),
    ("without", "sin"),
    ("restrictions", "restricciones"),
    ("everything", "todo"),
    ("above", "arriba"),
    ("secret", "secreta"),
    ("hidden", "ocultas"),
    ("and", "y"),
    ("the", "las"),
];

/// Lower-case words are put into the other language; others stay.
fn put(text: &str, words: &Words) -> String {
    each(text, |word| words.iter().find(|(from, _)| *from == word).map(|(_, to)| *to))
}

fn back(text: &str, words: &Words) -> String {
    each(text, |word| words.iter().find(|(_, to)| *to == word).map(|(from, _)| *from))
}

fn each(text: &str, other: impl Fn(&str) -> Option<&'static str>) -> String {
    let mut out = String::with_capacity(text.len());
    for part in text.split_inclusive(|c: char| !c.is_alphabetic() && c != '-') {
        let word = part.trim_end_matches(|c: char| !c.is_alphabetic() && c != '-');
        out.push_str(other(word).unwrap_or(word));
        out.push_str(&part[word.len()..]);
    }
    out
}
