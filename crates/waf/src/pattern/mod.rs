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
            let text = format!("(?s{}){}", if ignore_case { "i" } else { "" }, normal.text);
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
            Kind::Backtracking(regex) => regex.is_match(&latin1(value)).unwrap_or(true),
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
    let text = latin1(value);
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

/// Each byte as the letter with its number: the backtracking engine knows only letters.
fn latin1(value: &[u8]) -> String {
    value.iter().map(|&byte| byte as char).collect()
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
    fn an_exhausted_budget_counts_as_a_match() {
        let pattern = Pattern::parse(br"^(?:(?!q)a|aa|a)+$\1?(z)?", false).unwrap();
        let mut value = vec![b'a'; 5_000];
        value.push(b'!');
        assert!(pattern.is_match(&value));
    }
}
