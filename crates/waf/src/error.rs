//! Why a rule set did not load.

/// A rule set that cannot be honoured completely: where, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct LoadError {
    /// The file as the caller named it.
    pub file: String,
    /// The line the directive begins on, from 1.
    pub line: usize,
    /// What is wrong, in one sentence that names the directive, operator, variable or action.
    pub problem: String,
}
