//! One regular expression of a rule.
//!
//! Nearly all run on an automaton, in time linear in the value: no pattern and no value can make it slow. The few with
//! look-around run on a backtracking engine with a step budget; a value that exhausts the budget counts as a match,
//! because the opposite is a known way round other engines.
//!
//! Not done here: compiling. A pattern is parsed when the rules load, so that a bad one stops the load, and compiled when
//! it is first needed, which for most patterns is never (see `prefilter`).

mod normalise;

use std::ops::Range;
use std::sync::OnceLock;

use regex_automata::meta;
use regex_automata::util::captures::Captures;
use regex_syntax::hir::Hir;

/// How many steps the backtracking engine may take on one value.
const BACKTRACK_LIMIT: usize = 200_000;

/// A regular expression that matches bytes.
#[derive(Debug)]
pub(crate) struct Pattern {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Linear { hir: Box<Hir>, compiled: OnceLock<meta::Regex> },
    Backtracking(Box<fancy_regex::Regex>),
}

/// What a pattern found: the groups, of which the first is the whole match.
pub(crate) type Groups = Vec<Option<Range<usize>>>;

impl Pattern {
    /// Parses a PCRE pattern.
    pub(crate) fn parse(pattern: &[u8], ignore_case: bool) -> Result<Self, String> {
        let normal = normalise::normalise(pattern)?;
        let kind = if normal.backtracks {
            let text = format!("(?s{}){}", if ignore_case { "i" } else { "" }, with_letters(&normal.text));
            let regex = fancy_regex::RegexBuilder::new(&text)
                .backtrack_limit(BACKTRACK_LIMIT)
                .build()
                .map_err(|error| format!("the pattern is not valid: {error}"))?;
            Kind::Backtracking(Box::new(regex))
        } else {
            let hir = regex_syntax::ParserBuilder::new()
                .unicode(false)
                .utf8(false)
                .dot_matches_new_line(true)
                .case_insensitive(ignore_case)
                .nest_limit(250)
                .build()
                .parse(&normal.text)
                .map_err(|error| format!("the pattern is not valid: {error}"))?;
            Kind::Linear { hir: Box::new(hir), compiled: OnceLock::new() }
        };
        Ok(Self { kind })
    }

    /// The parsed pattern, for a set of patterns; `None` for a backtracking one.
    pub(crate) fn hir(&self) -> Option<&Hir> {
        match &self.kind {
            Kind::Linear { hir, .. } => Some(hir),
            Kind::Backtracking(_) => None,
        }
    }

    /// True when the pattern is found in the value.
    pub(crate) fn is_match(&self, value: &[u8]) -> bool {
        match &self.kind {
            Kind::Linear { hir, compiled } => compile(hir, compiled).is_match(value),
            Kind::Backtracking(regex) => regex.is_match(&letters(value)).unwrap_or(true),
        }
    }

    /// Finds the pattern with its groups.
    pub(crate) fn find(&self, value: &[u8]) -> Option<Groups> {
        match &self.kind {
            Kind::Linear { hir, compiled } => find_linear(compile(hir, compiled), value),
            Kind::Backtracking(regex) => find_backtracking(regex, value),
        }
    }
}

fn compile<'a>(hir: &Hir, compiled: &'a OnceLock<meta::Regex>) -> &'a meta::Regex {
    compiled.get_or_init(|| {
        let config = meta::Config::new().nfa_size_limit(None).utf8_empty(false).hybrid_cache_capacity(1 << 20);
        meta::Builder::new()
            .configure(config)
            .build_from_hir(hir)
            .expect("without a size limit a parsed pattern compiles")
    })
}

fn find_linear(regex: &meta::Regex, value: &[u8]) -> Option<Groups> {
    let mut captures: Captures = regex.create_captures();
    regex.captures(value, &mut captures);
    captures.is_match().then(|| captures.iter().map(|span| span.map(|span| span.range())).collect())
}

fn find_backtracking(regex: &fancy_regex::Regex, value: &[u8]) -> Option<Groups> {
    let text = letters(value);
    match regex.captures(&text) {
        Err(_) => Some(vec![Some(0..value.len())]),
        Ok(None) => None,
        Ok(Some(captures)) => {
            // Every letter of `text` is one byte of the value.
            let at = |index: usize| text[..index].chars().count();
            Some(captures.iter().map(|group| group.map(|found| at(found.start())..at(found.end()))).collect())
        }
    }
}

/// The letter for the byte 0, for bytes that are not ASCII: letters for private use, which have no case, and are neither
/// part of a word nor a digit nor a space, as in PCRE without UTF mode.
const FIRST_LETTER: u32 = 0xF700;

/// Each byte as a letter: the backtracking engine knows only letters.
fn letters(value: &[u8]) -> String {
    value.iter().map(|&byte| letter(byte)).collect()
}

fn letter(byte: u8) -> char {
    if byte.is_ascii() { byte as char } else { char::from_u32(FIRST_LETTER + u32::from(byte)).unwrap_or('\u{FFFD}') }
}

/// A pattern of bytes as one of letters: `\xff` names the letter for the byte.
fn with_letters(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(at) = rest.find("\\x") {
        let (before, escape) = rest.split_at(at);
        let (escape, after) = escape.split_at(4);
        out.push_str(before);
        match u8::from_str_radix(&escape[2..], 16) {
            Ok(byte) if !byte.is_ascii() => out.push(letter(byte)),
            _ => out.push_str(escape),
        }
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn bytes_match_that_are_not_utf8() {
        let pattern = Pattern::parse(br"\x{ff}.b$", false).unwrap();
        assert_eq!(pattern.find(b"a\xff\nb").unwrap(), [Some(1..4)]);
        assert!(!pattern.is_match(b"\xc3\xbf\nb"));
    }

    #[test]
    fn a_look_around_pattern_gives_positions_in_bytes() {
        let pattern = Pattern::parse(br"(?<!&amp);(x)", false).unwrap();
        assert_eq!(pattern.find(b"\xff\xfe;x").unwrap(), [Some(2..4), Some(3..4)]);
        assert!(!pattern.is_match(b"&amp;x"));
    }

    #[test]
    fn a_look_around_pattern_takes_no_byte_above_ascii_for_a_letter_a_digit_or_a_space() {
        let check = |pattern: &[u8], value: &[u8], expected| {
            let pattern = Pattern::parse(pattern, true).unwrap();
            assert_eq!(pattern.is_match(value), expected, "{pattern:?} on {value:?}");
        };
        check(br"(?=x)x\w", b"x\xe2", false);
        check(br"(?=x)x\b", b"x\xe2", true);
        check(br"(?=x)x\s", b"x\x85", false);
        check(br"(?=x)x\W", b"x\xaa", true);
        check(br"(?=x)x\xe2", b"x\xe2", true);
        check(br"(?=x)x\xe2", b"x\xc2", false);
        check(br"(?=x)x[\x00-\xff]", b"x\xc2", true);
        check(br"(?=x)x[\x80-\xbf]", b"x\xc2", false);
        check(br"(?=x)x[^\x00-\x7f]\\x", b"x\xc2\\x", true);
    }

    #[test]
    fn an_exhausted_budget_counts_as_a_match() {
        let pattern = Pattern::parse(br"^(?:(?!q)a|aa|a)+$\1?(z)?", false).unwrap();
        let mut value = vec![b'a'; 5_000];
        value.push(b'!');
        assert!(pattern.is_match(&value));
    }
}
