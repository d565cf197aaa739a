//! The canonical reading: lower case, single spaces, NFKC, nothing invisible, no look-alikes, plain Latin letters.
//!
//! Plain ASCII is lower-cased and squeezed without looking at single characters. Anything else is read word by word, and a
//! word that needed work maps back as a whole.
//!
//! Invariants: a text that is canonical already maps byte for byte; script-specific joiners, marks and digits of other
//! writing systems survive, or are dropped without being counted as anomalies.

use std::ops::Range;
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
        reader.read_ascii();
    } else {
        reader.read_words();
    }
    Canonical { text: reader.out, map: Arc::new(reader.map), effects: reader.effects }
}

struct Reader<'a> {
    out: String,
    map: Map,
    effects: Vec<&'static str>,
    anomalies: &'a mut Anomalies,
    /// All of the text, and whether it is mostly Latin, once somebody asked.
    text: &'a str,
    mostly_latin: Option<bool>,
    letters: Vec<char>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, below: Option<Arc<Map>>, anomalies: &'a mut Anomalies) -> Self {
        Self {
            out: String::with_capacity(text.len()),
            map: Map::over(below),
            effects: Vec::new(),
            anomalies,
            text,
            mostly_latin: None,
            letters: Vec::new(),
        }
    }

    /// Lower-cases and squeezes white space; both are single passes over bytes.
    fn read_ascii(&mut self) {
        self.map.copied(0, 0);
        let lower: Vec<u8> = self.text.bytes().map(lower_byte).collect();
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

    fn read_words(&mut self) {
        let text = self.text;
        let (mut word, mut at) = (0, 0);
        while let Some(space) = space_from(text, at) {
            self.read_word(&text[word..space.start], word);
            if !space.is_empty() {
                self.read_space(space.clone());
            }
            (word, at) = (space.end, space.end);
        }
        self.read_word(&text[word..], word);
    }

    fn read_space(&mut self, span: Range<usize>) {
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
            self.push_lower(word);
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
        let mut rest = word;
        while let Some(plain) = rest.bytes().position(|byte| !byte.is_ascii()) {
            self.push_lower(&rest[..plain]);
            let mut chars = rest[plain..].chars();
            let Some(typed) = chars.next().and_then(letter::european) else {
                self.out.truncate(at);
                return false;
            };
            self.out.push_str(typed);
            rest = chars.as_str();
        }
        self.push_lower(rest);
        true
    }

    /// Writes ASCII text in lower case.
    fn push_lower(&mut self, ascii: &str) {
        let at = self.out.len();
        self.out.push_str(ascii);
        self.out[at..].make_ascii_lowercase();
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
        let text = self.text;
        let mut resolved = 0;
        for run in self.letters.chunk_by_mut(|a, b| a.is_alphabetic() == b.is_alphabetic()) {
            resolved += confusable::resolve(run, || {
                *self.mostly_latin.get_or_insert_with(|| confusable::is_mostly_latin(text))
            });
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

const SPACE: u8 = 1;
/// Begins a character that may be white space.
const LEAD: u8 = 2;
static SPACES: [u8; 256] = spaces();

const fn spaces() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'\t'..=b'\r' | b' ' => SPACE,
            0xc2 | 0xe1 | 0xe2 | 0xe3 => LEAD,
            _ => 0,
        };
        byte += 1;
    }
    table
}

/// The next white space from `from` on; an empty one where a word grew too long, `None` at the end.
fn space_from(text: &str, from: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let limit = (from + WORD_BYTES_MAX).min(bytes.len());
    let mut at = from;
    while at < limit {
        match SPACES[usize::from(bytes[at])] {
            SPACE => return Some(at..at + 1),
            LEAD => {
                let c = text[at..].chars().next()?;
                if c.is_whitespace() {
                    return Some(at..at + c.len_utf8());
                }
                at += c.len_utf8();
            }
            _ => at += 1,
        }
    }
    let cut = text.ceil_char_boundary(limit.max(at));
    (cut < bytes.len()).then_some(cut..cut)
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
