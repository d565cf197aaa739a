//! What a request is told about limits: where it stands, and why it was refused.

use std::sync::Arc;

use super::amount::Unit;
use super::rule::{Rule, Shape};

/// What is left of one limit for who asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Allowance {
    /// The limit.
    pub rule: Arc<Rule>,
    /// What may still be used now.
    pub remaining: u64,
    /// Until all of it may be used again, if nothing more is.
    pub reset_ms: u64,
}

/// A limit refused.
#[derive(Debug, Clone)]
pub struct Refused {
    /// Which; of several the one to wait for longest.
    pub rule: Arc<Rule>,
    /// What was asked of it.
    pub asked: u64,
    /// When to come back.
    pub until: Until,
    /// Where all limits stand that apply.
    pub allowances: Vec<Allowance>,
}

/// When a request that was refused may fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Until {
    /// When requests under way have ended.
    Free,
    /// After so many milliseconds.
    Passed(u64),
    /// Never: it is larger than the limit.
    Never,
}

/// Why nothing was reserved.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LimitError {
    /// A limit refused.
    #[error("{0}")]
    Refused(Box<Refused>),
    /// Counts cannot be had, and the configuration says to refuse then.
    #[error("limits cannot be counted while Redis does not answer, so the request was not served")]
    Unavailable,
}

impl Refused {
    /// When to try again, in whole seconds; none when that is of no use.
    pub fn retry_after_s(&self) -> Option<u64> {
        match self.until {
            Until::Free => Some(1),
            Until::Passed(ms) => Some(ms.div_ceil(1_000).max(1)),
            Until::Never => None,
        }
    }

    /// Whether a client should try again by itself: not before a budget begins anew.
    pub fn is_passing(&self) -> bool {
        self.until != Until::Never && !matches!(self.rule.shape, Shape::Calendar { .. })
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { rule, asked, until, .. } = self;
        let (name, words) = (&rule.name, rule.words());
        match (until, self.retry_after_s()) {
            (Until::Never, _) => write!(
                f,
                "this request may use {} {}, more than the limit `{name}` ({words}) ever allows; send less, or ask for \
                 fewer tokens",
                rule.unit.write(*asked),
                rule.unit.words()
            ),
            (Until::Free, _) if rule.unit == Unit::Concurrent => {
                write!(f, "the limit `{name}` ({words}) is reached; wait until one of them has ended")
            }
            (Until::Free, _) => {
                write!(
                    f,
                    "what is left of the limit `{name}` ({words}) is reserved by requests under way; try again soon"
                )
            }
            (_, Some(seconds)) if rule.is_budget() => {
                write!(f, "the budget `{name}` ({words}) is used up; it begins anew in {}", time(seconds))
            }
            (_, seconds) => {
                write!(f, "the limit `{name}` ({words}) is used up; try again in {}", time(seconds.unwrap_or(1)))
            }
        }
    }
}

/// A time for people.
fn time(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds.div_ceil(60)),
        7_200..172_800 => format!("{} h", seconds.div_ceil(3_600)),
        _ => format!("{} days", seconds.div_ceil(86_400)),
    }
}
