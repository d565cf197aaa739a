//! Limits: what a request may use is reserved before and settled after (`api.limit.token`).
//!
//! The ledger counts what is under way and what was used, per process. Nothing is refused by it yet but a request whose
//! reservation would overflow the count; every path that may spend already holds a [`Reservation`].
//!
//! Invariants: only [`Ledger::reserve`] makes a [`Reservation`]; each is settled exactly once, with the real usage or, when
//! it is dropped, with what was known by then.
//!
//! ```compile_fail
//! let forged = portcullis::api::limit::Reservation { ledger: todo!(), estimate: 0, settled: false };
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::data::access::Permit;

/// Tokens used by one exchange.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Read by the model.
    pub input_tokens: u64,
    /// Written by the model.
    pub output_tokens: u64,
}

/// The counts of this process.
#[derive(Debug, Default)]
pub struct Ledger {
    under_way: AtomicU64,
    reserved_tokens: AtomicU64,
    input_tokens: AtomicU64,
    output_tokens: AtomicU64,
}

/// A claim on tokens, to be settled.
#[derive(Debug)]
#[must_use = "an unsettled reservation counts as its estimate"]
pub struct Reservation {
    ledger: Arc<Ledger>,
    estimate: u64,
    settled: bool,
}

/// The counts at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snapshot {
    /// Exchanges under way.
    pub under_way: u64,
    /// Tokens reserved by them.
    pub reserved_tokens: u64,
    /// What was settled.
    pub used: Usage,
}

impl Ledger {
    /// Reserves an estimate of tokens for somebody who is permitted to spend them.
    pub fn reserve(self: &Arc<Self>, _permit: &Permit, estimate: u64) -> Reservation {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        self.reserved_tokens.fetch_add(estimate, Ordering::Relaxed);
        Reservation { ledger: self.clone(), estimate, settled: false }
    }

    /// The counts now.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            under_way: self.under_way.load(Ordering::Relaxed),
            reserved_tokens: self.reserved_tokens.load(Ordering::Relaxed),
            used: Usage {
                input_tokens: self.input_tokens.load(Ordering::Relaxed),
                output_tokens: self.output_tokens.load(Ordering::Relaxed),
            },
        }
    }
}

impl Reservation {
    /// Replaces the estimate by what was used.
    pub fn settle(mut self, usage: Usage) {
        self.close(usage);
    }

    fn close(&mut self, usage: Usage) {
        if std::mem::replace(&mut self.settled, true) {
            return;
        }
        self.ledger.under_way.fetch_sub(1, Ordering::Relaxed);
        self.ledger.reserved_tokens.fetch_sub(self.estimate, Ordering::Relaxed);
        self.ledger.input_tokens.fetch_add(usage.input_tokens, Ordering::Relaxed);
        self.ledger.output_tokens.fetch_add(usage.output_tokens, Ordering::Relaxed);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let estimate = Usage { input_tokens: self.estimate, output_tokens: 0 };
        self.close(estimate);
    }
}
