//! Letters that Unicode's own folding leaves alone: small capitals, regional indicators, negative squares, and the like.
//!
//! Invariant: a pair of regional indicators that stands alone is a flag and stays one.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Small capitals and turned letters, with what they look like.
const LOOKS: &[(char, char)] = &[
    ('ᴀ', 'a'),
    ('ʙ', 'b'),
    ('ᴄ', 'c'),
    ('ᴅ', 'd'),
    ('ᴇ', 'e'),
    ('ꜰ', 'f'),
    ('ɢ', 'g'),
    ('ʜ', 'h'),
    ('ɪ', 'i'),
    ('ᴊ', 'j'),
    ('ᴋ', 'k'),
    ('ʟ', 'l'),
    ('ᴍ', 'm'),
    ('ɴ', 'n'),
    ('ᴏ', 'o'),
    ('ᴘ', 'p'),
    ('ꞯ', 'q'),
    ('ʀ', 'r'),
    ('ꜱ', 's'),
    ('ᴛ', 't'),
    ('ᴜ', 'u'),
    ('ᴠ', 'v'),
    ('ᴡ', 'w'),
    ('ʏ', 'y'),
    ('ᴢ', 'z'),
    ('ɑ', 'a'),
    ('ɡ', 'g'),
    ('ɩ', 'i'),
    ('ɐ', 'a'),
    ('ǝ', 'e'),
    ('ə', 'e'),
    ('ɟ', 'f'),
    ('ƃ', 'g'),
    ('ɥ', 'h'),
    ('ᴉ', 'i'),
    ('ɾ', 'j'),
    ('ʞ', 'k'),
    ('ɯ', 'm'),
    ('ɹ', 'r'),
    ('ʇ', 't'),
    ('ʌ', 'v'),
    ('ʍ', 'w'),
    ('ʎ', 'y'),
]; // Sorted by what they look like, for the reader; the list is short and only odd text gets here.

/// Latin letters with a stroke or joined, as they are typed without.
const PLAIN: &[(char, &str)] = &[
    ('ø', "o"),
    ('ł', "l"),
    ('đ', "d"),
    ('ð', "d"),
    ('ħ', "h"),
    ('ı', "i"),
    ('ß', "ss"),
    ('æ', "ae"),
    ('œ', "oe"),
    ('þ', "th"),
    ('\u{2019}', "'"),
    ('\u{2018}', "'"),
    ('\u{201c}', "\""),
    ('\u{201d}', "\""),
    ('\u{2013}', "-"),
    ('\u{2014}', "-"),
    ('\u{2010}', "-"),
    ('\u{2212}', "-"),
];

/// Ranges of boxed letters that NFKC does not know; each holds A to Z.
const BOXED: &[u32] = &[0x1F150, 0x1F170];
const REGIONAL: u32 = 0x1F1E6;

/// Letters of European languages, from U+00C0 on, as they are typed without accents; `None` for what is not one letter.
static EUROPEAN: LazyLock<Vec<Option<String>>> = LazyLock::new(|| {
    let typed = |c: char| {
        let bare: String = c.nfkd().filter(|&c| !is_combining_mark(c)).collect();
        let lower: String = bare.to_lowercase().nfc().filter(|&c| c != '\u{307}').collect();
        let typed: String = lower.chars().map(|c| plain(c).map_or_else(|| c.to_string(), str::to_owned)).collect();
        bare.is_ascii().then_some(typed).or_else(|| plain(lower.chars().next()?).map(str::to_owned))
    };
    ('\u{c0}'..='\u{17f}').map(typed).collect()
});

/// An accented Latin letter, a quotation mark or a dash the way it is typed on a plain keyboard; `None` for others.
pub(super) fn european(c: char) -> Option<&'static str> {
    match c {
        '\u{c0}'..='\u{17f}' => EUROPEAN[c as usize - 0xc0].as_deref(),
        '\u{2026}' => Some("..."),
        '\u{2013}' | '\u{2014}' | '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' => plain(c),
        _ => None,
    }
}

/// Replaces such letters in `word`; says whether there were any.
pub(super) fn resolve(word: &mut [char]) -> bool {
    if word.iter().all(|&c| c < '\u{180}') {
        return false;
    }
    let mut changed = false;
    for run in word.chunk_by_mut(|&a, &b| is_regional(a) == is_regional(b)) {
        let is_flags = is_regional(run[0]) && matches!(run.len(), 2 | 4);
        for c in run.iter_mut().filter(|_| !is_flags) {
            if let Some(seen) = look(*c) {
                *c = seen;
                changed = true;
            }
        }
    }
    changed
}

/// The way `c` is typed on a plain keyboard, for letters and quotes that do not decompose.
pub(super) fn plain(c: char) -> Option<&'static str> {
    if c.is_ascii() {
        return None;
    }
    PLAIN.iter().find(|(from, _)| *from == c).map(|(_, to)| *to)
}

/// Says whether a combining mark strikes through, underlines or encloses its letter.
pub(super) const fn is_overlay(c: char) -> bool {
    matches!(c, '\u{332}'..='\u{338}' | '\u{488}' | '\u{489}' | '\u{20d2}'..='\u{20e2}' | '\u{20e4}'..='\u{20ea}')
}

/// The letter that `c` is drawn as.
pub(super) fn look(c: char) -> Option<char> {
    let code = u32::from(c);
    let boxed = BOXED.iter().chain(&[REGIONAL]).find(|&&first| (first..first + 26).contains(&code));
    if let Some(first) = boxed {
        return char::from_u32(u32::from(b'a') + code - first);
    }
    LOOKS.iter().find(|(from, _)| *from == c).map(|(_, to)| *to)
}

fn is_regional(c: char) -> bool {
    (REGIONAL..REGIONAL + 26).contains(&u32::from(c))
}
