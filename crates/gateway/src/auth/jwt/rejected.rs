//! Why an access token is refused, and how that is recorded: every refusal is counted, and one audit entry in ten seconds
//! stands for all of its kind, so that a flood of forgeries does not become a flood of entries.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::dpop::BadProof;

/// One entry of a kind in this time.
const ENTRY_EVERY_S: i64 = 10;

/// Why an access token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Rejected {
    /// Longer than any of ours.
    #[error("it is longer than 8 KiB")]
    TooLarge,
    /// Not three parts of base64url.
    #[error("it is not a signed token")]
    Malformed,
    /// Not exactly `alg`, `typ` and `kid`.
    #[error("its header is not exactly `alg`, `typ` and `kid`")]
    Header,
    /// Something else than an access token.
    #[error("its type is not `at+jwt`")]
    Type,
    /// Signed with a key that is not ours, or not any more.
    #[error("its key is not in use here")]
    Key,
    /// Another algorithm than the key's.
    #[error("its algorithm is not that of its key")]
    Algorithm,
    /// The signature is not the key's.
    #[error("its signature is wrong")]
    Signature,
    /// A claim is missing, stands twice or has another type.
    #[error("a claim is missing, stands twice or has another type")]
    Claims,
    /// Issued by somebody else.
    #[error("it was issued by somebody else")]
    Issuer,
    /// Issued for somebody else.
    #[error("it was issued for somebody else")]
    Audience,
    /// Not valid yet.
    #[error("it is not valid yet")]
    NotYetValid,
    /// Over.
    #[error("it has expired")]
    Expired,
    /// Taken back.
    #[error("it was revoked")]
    Revoked,
    /// Bound to a key or certificate, and that was not proved; or the other way round.
    #[error("what it is bound to was not proved")]
    Binding,
    /// The proof of the key is wrong.
    #[error(transparent)]
    Proof(#[from] BadProof),
}

impl Rejected {
    /// Its name, as in events and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::TooLarge => "size",
            Self::Malformed => "form",
            Self::Header => "header",
            Self::Type => "type",
            Self::Key => "key",
            Self::Algorithm => "algorithm",
            Self::Signature => "signature",
            Self::Claims => "claims",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::NotYetValid => "not_yet_valid",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Binding => "binding",
            Self::Proof(_) => "proof",
        }
    }
}

/// Refusals that no entry stands for yet.
#[derive(Debug, Default)]
pub(super) struct Tally(Mutex<HashMap<&'static str, Count>>);

#[derive(Debug, Clone, Copy)]
struct Count {
    entered_at: i64,
    since: u64,
}

impl Tally {
    /// Counts a refusal; says how many an entry stands for, when it is time for one.
    pub(super) fn count(&self, rejected: Rejected, now: i64) -> Option<u64> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(rejected.name()).or_insert(Count { entered_at: now - ENTRY_EVERY_S, since: 0 });
        count.since += 1;
        if now - count.entered_at < ENTRY_EVERY_S {
            return None;
        }
        count.entered_at = now;
        Some(std::mem::take(&mut count.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_forgeries_makes_one_entry_in_ten_seconds() {
        let tally = Tally::default();
        assert_eq!(tally.count(Rejected::Signature, 100), Some(1));
        assert!((0..1_000).all(|_| tally.count(Rejected::Signature, 109).is_none()));
        assert_eq!(tally.count(Rejected::Expired, 109), Some(1));
        assert_eq!(tally.count(Rejected::Signature, 110), Some(1_001));
    }
}
