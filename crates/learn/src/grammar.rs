//! Writes texts from a small grammar, so that what no data set holds can be learned too.
//!
//! ```
//! use learn::grammar::Grammar;
//! use learn::random::Random;
//!
//! let grammar = Grammar::parse("= Sing {what}[ loudly].\nwhat = a song | an aria").unwrap();
//! let text = grammar.write(&mut Random::new(1)).unwrap();
//! assert!(text.starts_with("Sing a"));
//! ```
//!
//! One line a rule: `name = one way | another`. The rule without a name is the whole text, and may stand on many lines.
//! `{name}` stands for one way of that rule, `[ loudly]` for these words or nothing, `\n` for a new line, `#` begins a comment
//! line.

use std::collections::HashMap;

use crate::random::Random;

/// Rules, and the ways to write each.
#[derive(Debug)]
pub struct Grammar {
    rules: HashMap<String, Vec<String>>,
}

/// What is wrong with a grammar.
#[derive(Debug, PartialEq, Eq)]
pub struct Wrong(pub String);

/// Rules deeper than this are a circle.
const DEPTH_MAX: usize = 12;

impl Grammar {
    /// Reads the rules.
    ///
    /// # Errors
    /// When a line is no rule, or a rule is asked for that is not there.
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        let mut rules: HashMap<String, Vec<String>> = HashMap::new();
        for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            let (name, ways) = line.split_once('=').ok_or_else(|| Wrong(format!("no rule: {line}")))?;
            let ways = ways.split(" | ").map(|way| way.trim().replace("\\n", "\n"));
            rules.entry(name.trim().to_owned()).or_default().extend(ways);
        }
        let grammar = Self { rules };
        let mut random = Random::new(0);
        for way in grammar.rules.values().flatten() {
            let mut out = String::new();
            grammar.expand(way, 0, &mut random, &mut out, true)?;
        }
        Ok(grammar)
    }

    /// Writes one text.
    ///
    /// # Errors
    /// When rules go in a circle.
    pub fn write(&self, random: &mut Random) -> Result<String, Wrong> {
        let mut out = String::new();
        let ways = self.ways("")?;
        self.expand(random.pick(ways).as_str(), 0, random, &mut out, false)?;
        Ok(out)
    }

    /// The ways to write a whole text.
    pub fn whole(&self) -> usize {
        self.rules.get("").map_or(0, Vec::len)
    }

    fn ways(&self, name: &str) -> Result<&Vec<String>, Wrong> {
        self.rules.get(name).ok_or_else(|| Wrong(format!("no rule {{{name}}}")))
    }

    /// `all`: optional parts too, so that a check sees them.
    fn expand(&self, way: &str, depth: usize, random: &mut Random, out: &mut String, all: bool) -> Result<(), Wrong> {
        if depth > DEPTH_MAX {
            return Err(Wrong(format!("goes in a circle: {way}")));
        }
        let mut rest = way;
        while let Some(at) = rest.find(['{', '[']) {
            out.push_str(&rest[..at]);
            let close = if rest[at..].starts_with('{') { '}' } else { ']' };
            let end = rest[at..].find(close).map(|end| at + end).ok_or_else(|| Wrong(format!("not closed: {way}")))?;
            let inner = &rest[at + 1..end];
            if close == '}' {
                self.expand(random.pick(self.ways(inner)?).as_str(), depth + 1, random, out, all)?;
            } else if all || random.chance(0.5) {
                self.expand(inner, depth + 1, random, out, all)?;
            }
            rest = &rest[end + 1..];
        }
        out.push_str(rest);
        Ok(())
    }
}
