//! What this node claims of a counter in Redis.
//!
//! In Redis stands, for each node, an upper bound of what its requests under way may still use (its claim), and how much
//! it said it used. A question tells both anew, whole, so that it may be lost, come twice or late: what Redis knows is never
//! less than what this node lets pass.
//!
//! Invariants: `spare` is covered by the claim in Redis, or zero; a claim covers all that is held, spare or asked for.

use std::sync::atomic::{AtomicU64, Ordering};

/// Admissions within a second from which on a counter is hot.
const HOT: u32 = 8;
/// How many amounts a hot counter asks for at once beyond its own.
const AHEAD: u64 = 32;

/// Numbers of questions and leases, rising.
static NUMBERS: AtomicU64 = AtomicU64::new(1);

/// What this node claims of a counter.
#[derive(Debug)]
pub(super) struct Lease {
    /// Tells this counter of this node from one that it had under the same name before.
    pub id: u64,
    /// What may be used without asking.
    pub spare: u64,
    /// What was ever used here.
    pub used: u64,
    /// What is asked for.
    pub pending: u64,
    /// The last question.
    pub version: u64,
    /// What Redis was told to be used.
    pub reported: u64,
    /// What Redis was told to be claimed.
    pub claimed: u64,
    /// The last time that Redis took the claim, in milliseconds; 0 when it has none.
    pub claimed_ms: u64,
    /// What Redis said.
    pub seen: Option<Seen>,
    /// When Redis refused last.
    pub full: Option<Full>,
    /// Waits to be told.
    pub is_listed: bool,
    /// The second of the last admission, how many were in it, and how many in the one before.
    rate: (u64, u32, u32),
}

/// What Redis said of a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// What counts, for all nodes, without what this one holds.
    pub level: u64,
    /// Until nothing of the past counts any more.
    pub reset_ms: u64,
    /// When it said so.
    pub at_ms: u64,
}

/// Redis refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full {
    /// Until when it need not be asked again.
    pub until_ms: u64,
    /// For how much, or more.
    pub amount: u64,
    /// When there will be room.
    pub room_ms: u64,
}

/// What Redis was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    /// To be used.
    pub used: u64,
    /// To be claimed.
    pub claimed: u64,
}

impl Default for Lease {
    /// Claims nothing.
    fn default() -> Self {
        Self {
            id: NUMBERS.fetch_add(1, Ordering::Relaxed),
            spare: 0,
            used: 0,
            pending: 0,
            version: 0,
            reported: 0,
            claimed: 0,
            claimed_ms: 0,
            seen: None,
            full: None,
            is_listed: false,
            rate: (0, 0, 0),
        }
    }
}

impl Lease {
    /// Redis took in what it was told.
    pub(super) fn told(&mut self, told: Told, now_ms: u64) {
        self.reported = self.reported.max(told.used);
        self.claimed = told.claimed;
        self.claimed_ms = now_ms.max(1);
    }

    /// Takes the next number for a question.
    pub(super) fn number(&mut self) -> u64 {
        self.version = NUMBERS.fetch_add(1, Ordering::Relaxed);
        self.version
    }

    /// What was held is spare until it is used or handed back, where Redis has the claim.
    pub(super) fn settle(&mut self, held: u64, used: u64) {
        if self.claimed_ms > 0 {
            self.spare = self.spare.saturating_add(held).saturating_sub(used);
        }
    }

    /// Redis is lost: what it does not hold any more, nobody may use.
    pub(super) fn lose(&mut self) {
        self.spare = 0;
        self.claimed_ms = 0;
        self.full = None;
    }

    /// How much to ask for beyond what is needed: much when the counter is hot, nothing when it is not.
    pub(super) fn ahead(&self, now_ms: u64, amount: u64) -> u64 {
        if self.is_hot(now_ms) { amount.saturating_mul(AHEAD) } else { 0 }
    }

    /// Whether many were admitted in this second or the one before.
    pub(super) fn is_hot(&self, now_ms: u64) -> bool {
        let (second, current, last) = self.rate;
        match (now_ms / 1_000).saturating_sub(second) {
            0 => current.max(last) >= HOT,
            1 => current >= HOT,
            _ => false,
        }
    }

    /// Counts an admission.
    pub(super) fn admitted(&mut self, now_ms: u64) {
        let now = now_ms / 1_000;
        let (second, current, last) = self.rate;
        self.rate = match now.saturating_sub(second) {
            0 => (second, current.saturating_add(1), last),
            1 => (now, 1, current),
            _ => (now, 1, 0),
        };
    }

    /// Whether Redis holds nothing for it.
    pub(super) fn is_idle(&self) -> bool {
        self.spare == 0 && self.pending == 0 && (self.claimed == 0 || self.claimed_ms == 0)
    }
}
