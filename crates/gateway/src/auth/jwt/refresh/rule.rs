//! The rule of refresh families, and nothing else: no clock, no store.
//!
//! A family counts how often it was rotated; a token carries the count it was made at.
//!
//! 1. The current token rotates the family. Whether its successor arrived is not known yet.
//! 2. The token before it, within [`GRACE_MS`] of the rotation, gets **the same** successor: two tabs, a retry.
//! 3. The token before it, later, gets the same successor as long as nobody has shown that it arrived (by refreshing with
//!    it, or by presenting an access token that came with it): an answer that was lost.
//! 4. Everything else that is older is reuse: somebody has a copy. The family and its session end.
//! 5. A family ends after a time without use, and after a time whatever happens.
//!
//! Whenever a successor is given again that has not arrived, the grace begins anew: tabs that wake up together hold the same
//! token, and one of them is always the first to show that it arrived.
//!
//! With gaps above the grace, a thief and an owner who both go on cannot both stay: see `model`. **Not** covered: a client
//! that refreshes twice within one flight of its own oldest request reuses a token by its own doing.

/// How long two tabs, or a retry, may take.
pub const GRACE_MS: i64 = 10_000;

/// What is known of a family. Times are seconds since 1970, or milliseconds where it says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// How often it was rotated.
    pub counter: i64,
    /// When it was rotated, or its successor given again, last: the grace runs from then.
    pub rotated_at_ms: i64,
    /// Whether what was given out last has arrived.
    pub is_confirmed: bool,
    /// What it is bound to: a DPoP key or a certificate.
    pub binding: Option<String>,
    /// It ends then when it is not used.
    pub idle_ends_at: i64,
    /// It ends then.
    pub ends_at: i64,
    /// Whether it was revoked.
    pub is_revoked: bool,
}

/// What somebody presents.
#[derive(Debug, Clone, Copy)]
pub struct Presented<'p> {
    /// The token's count.
    pub counter: i64,
    /// What its bearer proved to hold.
    pub binding: Option<&'p str>,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Rule 1: move on by one.
    Rotate,
    /// Rule 2: the same answer again.
    Replay,
    /// Rule 3: the same answer again, late; the grace begins anew.
    Recover,
    /// Rule 4: end the family.
    Reuse,
    /// Rule 5 and what else is not valid; the family stays as it is.
    Refuse(Refusal),
}

/// Why a refresh token is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is not one, or not of this installation.
    #[error("it is not a refresh token of this gateway")]
    Malformed,
    /// Its family does not exist, or has not come so far.
    #[error("its session does not exist")]
    Unknown,
    /// Its session has ended.
    #[error("its session was ended")]
    Revoked,
    /// It was used before.
    #[error("it was used before, so its session was ended")]
    Reused,
    /// It was not used for too long.
    #[error("it was not used for too long")]
    Idle,
    /// Its session is too old.
    #[error("its session is over")]
    Expired,
    /// It is bound to a key that was not proved.
    #[error("it is bound to a key, and the request does not prove that key")]
    Binding,
}

impl Refusal {
    /// Its name, as in events and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Malformed => "refresh_malformed",
            Self::Unknown => "refresh_unknown",
            Self::Revoked => "refresh_revoked",
            Self::Reused => "refresh_reused",
            Self::Idle => "refresh_idle",
            Self::Expired => "refresh_expired",
            Self::Binding => "refresh_binding",
        }
    }
}

impl Family {
    /// What follows when this is presented now.
    pub fn judge(&self, presented: Presented<'_>, now_ms: i64) -> Verdict {
        let now = now_ms.div_euclid(1_000);
        let is_bound = self.binding.is_none() || self.binding.as_deref() == presented.binding;
        if self.is_revoked {
            return Verdict::Refuse(Refusal::Revoked);
        }
        if now >= self.ends_at {
            return Verdict::Refuse(Refusal::Expired);
        }
        if now >= self.idle_ends_at {
            return Verdict::Refuse(Refusal::Idle);
        }
        if presented.counter == self.counter {
            // Who has the token but not its key is refused, and cannot end the session of who has both.
            return if is_bound { Verdict::Rotate } else { Verdict::Refuse(Refusal::Binding) };
        }
        if presented.counter > self.counter {
            return Verdict::Refuse(Refusal::Unknown);
        }
        let is_previous = presented.counter == self.counter - 1 && is_bound;
        match now_ms - self.rotated_at_ms <= GRACE_MS {
            true if is_previous => Verdict::Replay,
            false if is_previous && !self.is_confirmed => Verdict::Recover,
            _ => Verdict::Reuse,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000_000_000;

    fn family() -> Family {
        Family {
            counter: 5,
            rotated_at_ms: NOW,
            is_confirmed: false,
            binding: None,
            idle_ends_at: NOW / 1_000 + 100,
            ends_at: NOW / 1_000 + 200,
            is_revoked: false,
        }
    }

    fn check(family: &Family, counter: i64, after_ms: i64, expected: Verdict) {
        let got = family.judge(Presented { counter, binding: None }, NOW + after_ms);
        assert_eq!(got, expected, "{counter} after {after_ms} ms of {family:?}");
    }

    #[test]
    fn the_five_rules() {
        let fresh = family();
        let confirmed = Family { is_confirmed: true, ..family() };
        check(&fresh, 5, 0, Verdict::Rotate);
        check(&fresh, 4, GRACE_MS, Verdict::Replay);
        check(&confirmed, 4, GRACE_MS, Verdict::Replay);
        check(&fresh, 4, GRACE_MS + 1, Verdict::Recover);
        check(&confirmed, 4, GRACE_MS + 1, Verdict::Reuse);
        check(&fresh, 3, 0, Verdict::Reuse);
        check(&fresh, 5, 100_000, Verdict::Refuse(Refusal::Idle));
        check(&fresh, 5, 200_000, Verdict::Refuse(Refusal::Expired));
        check(&fresh, 6, 0, Verdict::Refuse(Refusal::Unknown));
        check(&Family { is_revoked: true, ..family() }, 5, 0, Verdict::Refuse(Refusal::Revoked));
    }

    #[test]
    fn v10_4_5_a_bound_family_asks_for_its_key() {
        let bound = Family { binding: Some("jkt:a".into()), ..family() };
        let judge = |counter, binding| bound.judge(Presented { counter, binding }, NOW);
        assert_eq!(judge(5, Some("jkt:a")), Verdict::Rotate);
        assert_eq!(judge(5, Some("jkt:b")), Verdict::Refuse(Refusal::Binding));
        assert_eq!(judge(5, None), Verdict::Refuse(Refusal::Binding));
        assert_eq!(judge(4, Some("jkt:a")), Verdict::Replay);
        assert_eq!(judge(4, Some("jkt:b")), Verdict::Reuse);
    }
}
