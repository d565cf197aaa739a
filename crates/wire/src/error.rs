//! Why a document is refused.
//!
//! Invariant: an error names the place and the rule, never the text that stands there.

/// A document that is not accepted, the path to the place, and the rule it breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}{}{path}", if path.is_empty() { "" } else { " at " })]
pub struct ParseError {
    /// The path, empty for the whole document. Array positions and odd keys may be left out.
    pub path: String,
    /// The rule.
    pub reason: Reason,
}

/// The rule that a document breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// Not JSON.
    #[error("the body is not valid JSON (byte {offset})")]
    Syntax {
        /// Where reading stopped.
        offset: usize,
    },
    /// Not UTF-8.
    #[error("the body is not valid UTF-8")]
    NotUtf8,
    /// Half of a surrogate pair, which no text can hold.
    #[error("a string holds a lone surrogate")]
    LoneSurrogate,
    /// More after the first value.
    #[error("there is more after the JSON value")]
    TrailingBytes,
    /// One key twice in one object: readers disagree about which one counts.
    #[error("an object has a duplicate key")]
    DuplicateKey,
    /// Nested deeper than the limit.
    #[error("the JSON is nested too deeply")]
    TooDeep,
    /// More values than the limit.
    #[error("the JSON has too many values")]
    TooManyLeaves,
    /// Longer than the limit.
    #[error("the body is too large")]
    TooLarge,
    /// Not an object at the top.
    #[error("the body must be a JSON object")]
    NotAnObject,
    /// A field that must be there.
    #[error("the field is required")]
    Missing,
    /// A field of another type.
    #[error("the field must be {expected}")]
    WrongType {
        /// What it must be.
        expected: &'static str,
    },
    /// The surface takes no body.
    #[error("this surface takes no body")]
    NoBody,
}

impl ParseError {
    pub(crate) fn at_root(reason: Reason) -> Self {
        Self { path: String::new(), reason }
    }

    pub(crate) fn at(path: &str, reason: Reason) -> Self {
        Self { path: path.to_owned(), reason }
    }
}
