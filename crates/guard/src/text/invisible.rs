//! Characters that are not drawn: taken out of words, and read where they spell a message of their own.
//!
//! Invariants: joiners between letters of scripts that need them, inside emoji, and the tags of a flag are no anomaly;
//! a decoded message is printable text.

use std::borrow::Cow;

use super::Anomalies;
use super::splice::Piece;

/// A message in two invisible symbols is at least two bytes long.
const BITS_MIN: usize = 16;
/// Fewer than this many selectors in a row carry no message worth reading.
const SELECTORS_MIN: usize = 2;

/// Takes invisible characters out of `word` and counts the suspicious ones; says whether there were any of these.
pub(super) fn remove<'t>(word: &'t str, anomalies: &mut Anomalies) -> (Cow<'t, str>, bool) {
    if !has_invisible(word) {
        return (Cow::Borrowed(word), false);
    }
    let chars: Vec<char> = word.chars().collect();
    let mut kept = String::with_capacity(word.len());
    let mut suspicious = false;
    let mut in_flag = false;
    for (at, &c) in chars.iter().enumerate() {
        in_flag = c == BLACK_FLAG || (in_flag && is_tag(c));
        if !is_invisible(c) {
            kept.push(c);
            continue;
        }
        let before = at.checked_sub(1).map(|at| chars[at]);
        let is_legitimate = in_flag || belongs(c, before, chars.get(at + 1).copied());
        if is_legitimate && before.is_some_and(is_symbol) {
            kept.push(c);
        } else if !is_legitimate {
            count(c, before, anomalies);
            suspicious = true;
        }
    }
    (Cow::Owned(kept), suspicious)
}

const BLACK_FLAG: char = '\u{1f3f4}';

/// Says whether `c` is default-ignorable or a format character: not drawn, or drawn as nothing.
pub(super) const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{e0fff}')
}

/// The first bytes of all invisible characters in UTF-8.
static LEADS: [bool; 256] = leads();

const fn leads() -> [bool; 256] {
    let mut table = [false; 256];
    let leads = [0xc2, 0xcd, 0xd8, 0xe1, 0xe2, 0xe3, 0xee, 0xef, 0xf0, 0xf3];
    let mut index = 0;
    while index < leads.len() {
        table[leads[index]] = true;
        index += 1;
    }
    table
}

/// Says whether there is any character that is not drawn.
pub(super) fn has_invisible(text: &str) -> bool {
    let mut from = 0;
    while let Some(next) = text.as_bytes()[from..].iter().position(|byte| LEADS[usize::from(*byte)]) {
        let mut rest = text[from + next..].chars();
        if rest.next().is_some_and(is_invisible) {
            return true;
        }
        from = text.len() - rest.as_str().len();
    }
    false
}

/// Says whether an invisible character is at home between these neighbours.
fn belongs(c: char, before: Option<char>, after: Option<char>) -> bool {
    let near = |test: fn(char) -> bool| before.is_some_and(test) || after.is_some_and(test);
    match c {
        '\u{200c}' | '\u{200d}' => near(joins) || before.is_some_and(is_symbol),
        '\u{fe00}'..='\u{fe0f}' => before.is_some_and(|before| !is_selector(before) && !before.is_ascii_alphabetic()),
        '\u{e0100}'..='\u{e01ef}' => before.is_some_and(|before| matches!(before, '\u{3400}'..='\u{9fff}')),
        '\u{200e}' | '\u{200f}' | '\u{61c}' => true,
        '\u{ad}' => near(char::is_alphabetic) && before.is_some_and(char::is_alphabetic) && after.is_none(),
        '\u{feff}' => before.is_none(),
        '\u{180b}'..='\u{180f}' => near(|c| matches!(c, '\u{1800}'..='\u{18af}')),
        '\u{17b4}' | '\u{17b5}' => near(|c| matches!(c, '\u{1780}'..='\u{17ff}')),
        '\u{115f}' | '\u{1160}' => near(|c| matches!(c, '\u{1100}'..='\u{11ff}')),
        '\u{2800}' => near(|c| matches!(c, '\u{2801}'..='\u{28ff}')),
        _ => false,
    }
}

fn count(c: char, before: Option<char>, anomalies: &mut Anomalies) {
    match c {
        c if is_tag(c) => anomalies.tags += 1,
        c if is_selector(c) => anomalies.selectors += u32::from(before.is_some_and(is_selector)),
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => anomalies.bidi += 1,
        _ => anomalies.invisible += 1,
    }
}

/// Scripts whose spelling needs joiners: Arabic and its neighbours, Indic, Khmer, Mongolian.
const fn joins(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{8ff}' | '\u{900}'..='\u{df4}' | '\u{e00}'..='\u{109f}' | '\u{1780}'..='\u{18af}'
        | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

/// Symbols and emoji, and what continues them.
const fn is_symbol(c: char) -> bool {
    matches!(c, '\u{a9}' | '\u{ae}' | '#' | '*' | '0'..='9' | '\u{203c}'..='\u{205e}' | '\u{2100}'..='\u{27ff}' | '\u{2900}'..='\u{2bff}'
        | '\u{3030}'..='\u{303d}' | '\u{3297}'..='\u{3299}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}' | '\u{e0020}'..='\u{e007f}')
}

const fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0001}' | '\u{e0020}'..='\u{e007f}')
}

const fn is_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Reads messages in tag characters: ASCII moved to another plane.
pub(super) fn tags(text: &str) -> Vec<Piece> {
    let mut in_flag = false;
    runs(text, move |c| {
        in_flag = c == BLACK_FLAG || (in_flag && is_tag(c));
        !in_flag && is_tag(c)
    })
    .filter_map(|(span, run)| {
        let message: String = run.chars().filter_map(|c| char::from_u32(u32::from(c).checked_sub(0xE0000)?)).collect();
        let message: String = message.chars().filter(|c| !c.is_control()).collect();
        (!message.is_empty()).then_some(Piece { span, text: message })
    })
    .collect()
}

/// Reads messages in variation selectors, a byte each.
pub(super) fn selectors(text: &str) -> Vec<Piece> {
    runs(text, is_selector)
        .filter_map(|(span, run)| {
            let bytes: Vec<u8> = run.chars().filter_map(selector_byte).collect();
            let message = super::decode::printable(bytes).filter(|_| run.chars().count() >= SELECTORS_MIN)?;
            Some(Piece { span, text: message })
        })
        .collect()
}

fn selector_byte(c: char) -> Option<u8> {
    let code = u32::from(c);
    let byte = if code >= 0xE0100 { code - 0xE0100 + 16 } else { code.checked_sub(0xFE00)? };
    u8::try_from(byte).ok()
}

/// Reads messages in an alphabet of two invisible symbols, eight to a byte, whichever of them is the one.
pub(super) fn bits(text: &str) -> Vec<Piece> {
    runs(text, |c| is_invisible(c) && !is_tag(c) && !is_selector(c))
        .filter_map(|(span, run)| {
            let symbols: Vec<char> = run.chars().filter(|c| !c.is_ascii()).collect();
            let zero = *symbols.first()?;
            let one = symbols.iter().copied().find(|&c| c != zero)?;
            if symbols.len() < BITS_MIN || symbols.iter().any(|&c| c != zero && c != one) {
                return None;
            }
            let turned: Vec<char> = symbols.iter().rev().copied().collect();
            let read = |symbols: &[char], one: char| {
                let byte = |chunk: &[char]| chunk.iter().fold(0_u8, |byte, &c| byte << 1 | u8::from(c == one));
                super::decode::printable(symbols.chunks_exact(8).map(byte).collect())
            };
            let either = |symbols: &[char]| read(symbols, one).or_else(|| read(symbols, zero));
            Some(Piece { span, text: either(&symbols).or_else(|| either(&turned))? })
        })
        .collect()
}

/// Reads what stands after a right-to-left override the way it is shown.
pub(super) fn overrides(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find('\u{202e}') {
        let start = from + at;
        let inside = start + '\u{202e}'.len_utf8();
        let end = text[inside..].find(['\u{202c}', '\u{202d}', '\u{2069}', '\n']).map_or(text.len(), |at| inside + at);
        let shown: String = text[inside..end].chars().rev().filter(|&c| !is_direction(c)).collect();
        let closed = end + text[end..].chars().next().filter(|&c| is_invisible(c)).map_or(0, char::len_utf8);
        pieces.push(Piece { span: start..closed, text: shown });
        from = closed;
    }
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

/// Characters that change the direction of writing.
const fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The maximal runs of characters that `wanted` accepts, with their spans; a blank or two, or a sign, may stand between two of them.
fn runs(text: &str, mut wanted: impl FnMut(char) -> bool) -> impl Iterator<Item = (std::ops::Range<usize>, &str)> {
    let mut found: Vec<std::ops::Range<usize>> = Vec::new();
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        match found.last_mut() {
            _ if !wanted(c) => {}
            Some(last) if is_seam(&text.as_bytes()[last.end..at]) => last.end = end,
            _ => found.push(at..end),
        }
    }
    found.into_iter().map(move |span| (span.clone(), &text[span]))
}

/// What may hold characters of a run apart.
const fn is_seam(between: &[u8]) -> bool {
    matches!(between, [] | [b' ' | b'\n' | b'-' | b'.' | b'_'] | b"  " | b"\n\n")
}
