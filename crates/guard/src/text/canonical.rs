//! The canonical reading: lower case, single spaces, NFKC, nothing invisible, no look-alikes, plain Latin letters.
//!
//! Plain ASCII is lower-cased and squeezed without looking at single characters. Anything else is read word by word, and a
//! word that needed work maps back as a whole.
//!
//! Invariants: a text that is canonical already maps byte for byte; script-specific joiners, marks and digits of other
//! writing systems survive, or are dropped without being counted as anomalies.

use std::sync::{Arc, LazyLock};

use memchr::memmem::Finder;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::view::Map;
use super::{Anomalies, confusable, control, invisible, letter};

/// Longer words are read in pieces, so that scripts without spaces keep useful spans.
const WORD_BYTES_MAX: usize = 128;

static GAP: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"  "));

/// A canonical text, its way back, and what had to be done for it.
pub(super) struct Canonical {
    pub(super) text: String,
    pub(super) map: Arc<Map>,
    pub(super) effects: Vec<&'static str>,
}

/// Reads `text`, which itself maps back through `below`.
pub(super) fn canonical(text: &str, below: Option<Arc<Map>>, anomalies: &mut Anomalies) -> Canonical {
    let Some(plain) = control::strip(text, below.clone(), anomalies) else {
        return read(text, below, anomalies);
    };
    let mut canonical = read(&plain.text, Some(Arc::new(plain.map)), anomalies);
    canonical.effects.insert(0, "controls");
    canonical
}

fn read(text: &str, below: Option<Arc<Map>>, anomalies: &mut Anomalies) -> Canonical {
    let mut reader = Reader::new(text, below, anomalies);
    if text.is_ascii() {
        reader.read_ascii(text);
    } else {
        reader.read_words(text);
    }
    Canonical { text: reader.out, map: Arc::new(reader.map), effects: reader.effects }
}

struct Reader<'a> {
    out: String,
    map: Map,
    effects: Vec<&'static str>,
    anomalies: &'a mut Anomalies,
    mostly_latin: bool,
    letters: Vec<char>,
}

impl<'a> Reader<'a> {
    fn new(text: &str, below: Option<Arc<Map>>, anomalies: &'a mut Anomalies) -> Self {
        Self {
            out: String::with_capacity(text.len()),
            map: Map::over(below),
            effects: Vec::new(),
            anomalies,
            mostly_latin: false,
            letters: Vec::new(),
        }
    }

    /// Lower-cases and squeezes white space; both are single passes over bytes.
    fn read_ascii(&mut self, text: &str) {
        self.map.copied(0, 0);
        let lower: Vec<u8> = text.bytes().map(lower_byte).collect();
        let Ok(mut lower) = String::from_utf8(lower) else { return };
        let mut from = 0;
        while let Some(gap) = GAP.find(&lower.as_bytes()[from..]) {
            let kept = from + gap + 1;
            self.copy(&lower[from..kept], from);
            from = kept + lower[kept..].bytes().take_while(|&byte| byte == b' ').count();
        }
        if from == 0 {
            std::mem::swap(&mut self.out, &mut lower);
        } else {
            self.copy(&lower[from..], from);
        }
    }

    fn copy(&mut self, text: &str, origin: usize) {
        self.map.copied(self.out.len(), origin);
        self.out.push_str(text);
    }

    fn read_words(&mut self, text: &str) {
        self.mostly_latin = confusable::is_mostly_latin(text);
        let mut word = 0;
        for (at, c) in text.char_indices() {
            let is_space = c.is_whitespace();
            if is_space || at - word >= WORD_BYTES_MAX {
                self.read_word(&text[word..at], word);
                word = at;
            }
            if is_space {
                word = at + c.len_utf8();
                self.read_space(at..word);
            }
        }
        self.read_word(&text[word..], word);
    }

    fn read_space(&mut self, span: std::ops::Range<usize>) {
        if !self.out.ends_with(' ') {
            match span.len() {
                1 => self.map.copied(self.out.len(), span.start),
                _ => self.map.made_from(self.out.len(), span),
            }
            self.out.push(' ');
        }
    }

    fn read_word(&mut self, word: &str, origin: usize) {
        if word.is_empty() {
            return;
        }
        if word.is_ascii() {
            self.map.copied(self.out.len(), origin);
            self.out.extend(word.bytes().map(|byte| char::from(byte.to_ascii_lowercase())));
            return;
        }
        let at = self.out.len();
        if !self.write_european(word) {
            self.spell(word);
            self.resolve();
            self.write();
        }
        if keeps_shape(word, &self.out[at..]) {
            self.map.copied(at, origin);
        } else if self.out.len() > at {
            self.map.made_from(at, origin..origin + word.len());
        }
    }

    /// Writes a word of plain and accented Latin letters and common punctuation, each of which is read the same wherever it
    /// stands; `false`, and nothing written, for any other word.
    fn write_european(&mut self, word: &str) -> bool {
        let at = self.out.len();
        for c in word.chars() {
            if c.is_ascii() {
                self.out.push(c.to_ascii_lowercase());
            } else if let Some(plain) = letter::european(c) {
                self.out.push_str(plain);
            } else {
                self.out.truncate(at);
                return false;
            }
        }
        true
    }

    /// Takes `word` apart: compatibility forms spelled out, nothing invisible, no marks on Latin letters.
    fn spell(&mut self, word: &str) {
        let (visible, dropped) = invisible::remove(word, self.anomalies);
        if dropped {
            self.effect("invisible");
        }
        self.letters.clear();
        let mut marks_on_base = 0;
        for c in visible.nfkd() {
            if !is_combining_mark(c) {
                marks_on_base = 0;
                self.letters.push(c);
                continue;
            }
            marks_on_base += 1;
            let is_odd = marks_on_base > 2 || letter::is_overlay(c);
            self.anomalies.marks += u32::from(is_odd);
            if is_odd {
                self.effect("marks");
            } else if !self.letters.last().is_some_and(char::is_ascii) {
                self.letters.push(c);
            }
        }
    }

    /// Replaces look-alikes and letters that Unicode does not fold, one alphabetic run at a time.
    fn resolve(&mut self) {
        if letter::resolve(&mut self.letters) {
            self.effect("letters");
        }
        let mut resolved = 0;
        for run in self.letters.chunk_by_mut(|a, b| a.is_alphabetic() == b.is_alphabetic()) {
            resolved += confusable::resolve(run, self.mostly_latin);
        }
        if resolved > 0 {
            self.anomalies.confusables += resolved;
            self.effect("confusables");
        }
    }

    fn write(&mut self) {
        let folded = self.letters.iter().flat_map(|c| c.to_lowercase()).filter(|&c| c != '\u{307}');
        for c in folded.nfc() {
            match letter::plain(c) {
                Some(plain) => self.out.push_str(plain),
                None => self.out.push(c),
            }
        }
    }

    fn effect(&mut self, name: &'static str) {
        if !self.effects.contains(&name) {
            self.effects.push(name);
        }
    }
}

const fn lower_byte(byte: u8) -> u8 {
    match byte {
        b'\t' | b'\n' | b'\x0b' | b'\x0c' | b'\r' => b' ',
        _ => byte.to_ascii_lowercase(),
    }
}

/// Says whether both texts have their characters at the same places.
fn keeps_shape(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.chars().map(char::len_utf8).eq(b.chars().map(char::len_utf8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accented_letters_are_read_alike_quickly_and_slowly() {
        for c in ('\u{80}'..='\u{2fff}').filter(|&c| letter::european(c).is_some()) {
            let word = format!("X{c}{c}y");
            let mut anomalies = Anomalies::default();
            let mut slow = Reader::new(&word, None, &mut anomalies);
            slow.spell(&word);
            slow.resolve();
            slow.write();
            let (slow, effects) = (slow.out, slow.effects);
            assert!(effects.is_empty(), "{c:?} has effects: {effects:?}");
            let mut quick = Reader::new(&word, None, &mut anomalies);
            assert!(quick.write_european(&word));
            assert_eq!(quick.out, slow, "{c:?}");
            assert_eq!(anomalies, Anomalies::default());
        }
    }
}
