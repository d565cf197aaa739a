//! What the throttle is asked, and what it says.

use std::net::IpAddr;

use super::budget::Budget;
use super::tally::Subject;
use crate::store::StoreError;

/// Who tries, for which account.
#[derive(Clone, Copy)]
pub struct Client<'c> {
    /// The blind index of the address that was given, whether or not there is such an account.
    pub account: &'c [u8],
    /// Where it comes from.
    pub ip: IpAddr,
    /// The device cookie.
    pub device: Option<&'c str>,
    /// A solved proof of work.
    pub proof: Option<&'c str>,
}

/// An attempt that was let in. It counts as failed until [`Throttle::succeeded`](super::Throttle::succeeded) is told.
#[derive(Debug)]
#[must_use = "tell the throttle when the attempt succeeds"]
pub struct Attempt {
    pub(super) charged: Vec<(Subject, Budget)>,
    pub(super) is_device: bool,
}

impl Attempt {
    /// Whether its browser is one that its user logged in with before.
    pub fn is_of_known_device(&self) -> bool {
        self.is_device
    }
}

/// Why an attempt was not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Wait.
    Wait {
        /// Seconds.
        retry_after_s: u64,
        /// A challenge that goes past the wait, when the account alone is what waits.
        challenge: Option<String>,
        /// Whether this subject is refused for the first time in this wait.
        is_first: bool,
    },
    /// Work: a spraying attack is under way.
    Work {
        /// What to solve.
        challenge: String,
        /// Whether nobody was told so for a minute.
        is_first: bool,
    },
}

/// Why an attempt was not counted.
#[derive(Debug, thiserror::Error)]
pub enum ThrottleError {
    /// It was refused.
    #[error("too many attempts")]
    Refused(Refusal),
    /// The store failed: nobody is let in uncounted.
    #[error("attempts cannot be counted")]
    Store(#[from] StoreError),
}

impl Refusal {
    /// For who lost a race.
    pub(super) fn a_second() -> Self {
        Self::Wait { retry_after_s: 1, challenge: None, is_first: false }
    }
}
