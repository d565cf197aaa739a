//! What a rule is: its identity, where it applies, and how it matches.
//!
//! A rule is one file with one `pub const RULE: Rule`, one line in its family's list and one example book. Everything in
//! it is constant data and plain functions, so the whole catalogue can be listed, documented and compiled lazily.
//!
//! Invariants: ids are unique and never reused; an [`Exact`] rule never matches more than `longest` bytes, and its `verify`
//! function looks at most [`CONTEXT_BYTES`] to the left and one character to the right of its candidate, so that its
//! answer is the same on a stream as on the whole text.

use std::ops::Range;

use crate::classifier::Question;
use crate::classifier::gram::BLOCK_BYTES;
use crate::entity::Kind;
use crate::finding::Evidence;

/// How far to the left of a candidate a `verify` function may look, in bytes. Streams keep this much of what they released.
pub const CONTEXT_BYTES: usize = 96;

/// One detector: a stable id, its place in the catalogue, and its matcher.
#[derive(Debug)]
pub struct Rule {
    /// Stable id: two letters for the family, three digits (`SE001`). Never reused.
    pub id: &'static str,
    /// Kebab-case name (`github-token`).
    pub name: &'static str,
    /// The family, which is also the folder.
    pub family: Family,
    /// Dotted category that policies and scores group by (`secret.github`, `pii.email`, `injection.override`).
    pub category: &'static str,
    /// `owasp:LLM02`, `owasp-agentic:ASI01`, `atlas:AML.T0051`, …
    pub tags: &'static [&'static str],
    /// How it matches, which also decides its stream class.
    pub matcher: Matcher,
}

/// The families of rules, one folder each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Credentials (`SE`).
    Secret,
    /// Personal data (`PI`).
    Pii,
    /// Instructions that try to displace the operator's (`IN`).
    Injection,
    /// Attempts to talk a model out of its rules (`JB`).
    Jailbreak,
    /// System prompt and canary leaks (`LK`).
    Leak,
    /// Links and images that carry data out (`EX`).
    Link,
    /// Control sequences for terminals (`TE`).
    Terminal,
    /// Harmful content by category (`TX`).
    Toxicity,
    /// What the learned tier says (`CL`).
    Classifier,
    /// Names and addresses in running text (`EN`). Runs only where a policy names it.
    Entity,
    /// Calls and definitions of tools (`TL`).
    Tool,
    /// Answers in the form that was asked for (`AN`).
    Answer,
    /// What shows only over several turns or requests (`CV`).
    Conversation,
    /// What a program behind the application would run (`SK`). Runs only where a policy names it, or says where answers go.
    Sink,
}

impl Family {
    /// Its name in policies.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Pii => "pii",
            Self::Injection => "injection",
            Self::Jailbreak => "jailbreak",
            Self::Leak => "leak",
            Self::Link => "link",
            Self::Terminal => "terminal",
            Self::Toxicity => "toxicity",
            Self::Classifier => "classifier",
            Self::Entity => "entity",
            Self::Tool => "tool",
            Self::Answer => "answer",
            Self::Conversation => "conversation",
            Self::Sink => "sink",
        }
    }

    /// Whether its rules cost so much that they run only where a policy names them: `*` does not take them in.
    pub const fn is_opt_in(self) -> bool {
        matches!(self, Self::Entity | Self::Sink)
    }
}

/// How a rule matches.
#[derive(Debug)]
pub enum Matcher {
    /// A bounded pattern on the text as it is. Can be held back and masked on a stream.
    Exact(Exact),
    /// Words on the normalized views of the text. Found in a window; its span is mapped back to the original.
    Phrase(Phrase),
    /// Compared with what the request brought along: canary and system prompt. See [`crate::leak`].
    Protected(Protected),
    /// Scored by the learned tier. Its span is the window that scored highest.
    Learned(Question),
    /// Judged by a transformer, where the learned tier is unsure and the gateway has one. No scan finds it.
    Transformer,
    /// Found by the tagger of names. See [`crate::entity`].
    Entity(Kind),
    /// Judges a text as the value that it will be to another program: the stretches that are more than a value there.
    Value(fn(&str) -> Vec<Range<usize>>),
    /// Holds a call or an answer to what its request and the policy agreed on. A text alone cannot say, so no scan finds
    /// it: whoever has the request does.
    Contract,
}

/// A bounded pattern with the literals that make it cheap to look for.
#[derive(Debug)]
pub struct Exact {
    /// Regular expression (`regex-automata` syntax, Unicode off unless `(?u)`), without captures. `\b` is allowed.
    pub pattern: &'static str,
    /// What is in every match; the pattern is only tried around these.
    pub anchor: Anchor,
    /// The longest match in bytes. Longer text is not a match of this rule.
    pub longest: usize,
    /// Accepts or refuses a candidate: checksum, entropy, context.
    pub verify: fn(&Candidate<'_>) -> Option<Hit>,
}

/// Where to try a pattern.
#[derive(Debug, Clone, Copy)]
pub enum Anchor {
    /// One of these literals (ASCII case ignored) is in every match. `\b` at either end of one asks for a word boundary
    /// there, for those that often stand inside other words.
    Literals(&'static [&'static str]),
    /// Every match contains a run that begins with an ASCII digit and holds at least this many digits, where single
    /// spaces, dots, hyphens, slashes and parentheses may stand between digits.
    Digits(u8),
    /// Every match contains at least this many ASCII digits in a row, with nothing between them.
    SolidDigits(u8),
    /// Every match contains two ASCII letters and, right behind them, at least this many digits in a row.
    LetteredDigits(u8),
}

/// Words on normalized text: lower case, confusables and invisible characters resolved, white space collapsed.
#[derive(Debug)]
pub struct Phrase {
    /// Regular expression on the normalized text (already lower case, single spaces, ASCII where it could be).
    pub pattern: &'static str,
    /// Lower-case literals, one of which is in every match; `\b` as in [`Anchor::Literals`]. Only for a pattern that has a
    /// branch without a list of words to read them off; a test says for which.
    pub anchors: &'static [&'static str],
    /// The longest match in bytes of normalized text.
    pub longest: usize,
    /// Accepts or refuses a candidate, and scores it. Use [`always`] where the pattern says it all.
    pub verify: fn(&Candidate<'_>) -> Option<Hit>,
}

/// What a [`Matcher::Protected`] rule compares with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protected {
    /// The canary, plain and encoded.
    Canary,
    /// Word shingles of the operator's segments.
    Shingles,
}

/// A stretch of text that the pattern matched, with its surroundings.
#[derive(Debug)]
pub struct Candidate<'t> {
    text: &'t str,
    span: Range<usize>,
}

/// A candidate that was accepted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Confidence, 0 to 1.
    pub score: f32,
    /// What makes it credible.
    pub evidence: Evidence,
    /// Bytes to take off the left and right of the match before it is reported (a keyword, a quote).
    pub trim: (usize, usize),
}

/// How a rule behaves on a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase", tag = "class")]
pub enum StreamClass {
    /// The longest match is known: text is held only while it may still become one.
    Exact {
        /// In bytes.
        longest: usize,
    },
    /// Judged on a window of text.
    Windowed {
        /// In bytes.
        window: usize,
    },
    /// Judged when the text is complete.
    Final,
}

impl Rule {
    /// How the rule behaves on a stream.
    pub const fn stream_class(&self) -> StreamClass {
        match &self.matcher {
            Matcher::Exact(exact) => StreamClass::Exact { longest: exact.longest },
            Matcher::Phrase(phrase) => StreamClass::Windowed { window: phrase.longest },
            Matcher::Protected(Protected::Canary) => StreamClass::Exact { longest: 512 },
            Matcher::Protected(Protected::Shingles) => StreamClass::Windowed { window: 512 },
            Matcher::Entity(_) | Matcher::Value(_) => StreamClass::Windowed { window: 512 },
            Matcher::Learned(Question::Worst(_)) => StreamClass::Windowed { window: 2 * BLOCK_BYTES },
            Matcher::Learned(Question::WorstBeside(..) | Question::Opening(_) | Question::OnlyOpening(_))
            | Matcher::Transformer
            | Matcher::Contract => StreamClass::Final,
        }
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Rule {}

impl<'t> Candidate<'t> {
    /// Builds a candidate; `span` lies on character boundaries of `text`.
    pub fn new(text: &'t str, span: Range<usize>) -> Self {
        Self { text, span }
    }

    /// The matched text.
    pub fn matched(&self) -> &'t str {
        &self.text[self.span.clone()]
    }

    /// Up to [`CONTEXT_BYTES`] before the match, cut at a character boundary.
    pub fn before(&self) -> &'t str {
        self.before_within(CONTEXT_BYTES)
    }

    /// Up to `bytes` before the match, cut at a character boundary.
    pub fn before_within(&self, bytes: usize) -> &'t str {
        let from = self.text.ceil_char_boundary(self.span.start.saturating_sub(bytes));
        &self.text[from..self.span.start]
    }

    /// Up to `bytes` behind the match, cut at a character boundary.
    pub fn after_within(&self, bytes: usize) -> &'t str {
        let to = self.text.floor_char_boundary(self.span.end.saturating_add(bytes));
        &self.text[self.span.end..to]
    }

    /// The character after the match.
    pub fn next(&self) -> Option<char> {
        self.text[self.span.end..].chars().next()
    }

    /// Says whether one of `words` (lower case) stands in [`Candidate::before`], case ignored.
    pub fn follows_any(&self, words: &[&str]) -> bool {
        let before = self.before().to_ascii_lowercase();
        words.iter().any(|word| before.contains(word))
    }
}

impl Hit {
    /// A hit of this confidence and evidence, nothing trimmed.
    pub const fn new(score: f32, evidence: Evidence) -> Self {
        Self { score, evidence, trim: (0, 0) }
    }
}

/// Accepts every candidate: the pattern says it all.
pub fn always(_: &Candidate<'_>) -> Option<Hit> {
    Some(Hit::new(0.9, Evidence::Pattern))
}
