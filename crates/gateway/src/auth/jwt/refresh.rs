//! Refresh tokens: opaque, rotated at every use, one family a session (`auth.jwt.refresh`, `auth.jwt.rotation`).
//!
//! What follows from a presented token says [`rule`]; this module asks it, writes what it says, and gives the answer. The
//! counter moves by compare-and-swap in the store, so of any number of simultaneous refreshes, in any number of processes,
//! one moves it, and all of them get the same successor, because a token follows from its count (`text`). A process
//! that dies between the store and the answer has lost an answer, and rule 3 gives it again.
//!
//! Invariants: no token is stored; the audit entry is durable before the counter moves and before a family ends.

pub mod rule;
mod text;

#[cfg(test)]
mod model;

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use aws_lc_rs::hmac;
use tokio::sync::Mutex;

use super::TokenError;
use super::binding::Binding;
use super::store::family::{self as store, Stored};
use crate::auth::session::store as session_store;
use crate::clock::Clock;
use crate::event::catalogue;
use crate::event::journal::Journal;
use crate::store::Db;
use rule::{Presented, Refusal, Verdict};

/// Refreshes of one family wait for each other; families share this many places to wait.
const PLACES: usize = 64;
/// Tries to move a counter that another process moves as well.
const TRIES: usize = 4;

/// All refresh families.
#[derive(Debug)]
pub(super) struct Families {
    db: Db,
    journal: Arc<Journal>,
    clock: Arc<dyn Clock>,
    key: hmac::Key,
    idle_s: i64,
    places: Vec<Mutex<()>>,
    hasher: RandomState,
}

/// What a refresh led to.
#[derive(Debug)]
pub(super) enum Outcome {
    /// This family goes on, at this count.
    Goes(Box<Stored>, i64),
    /// The token was reused: the family has to end.
    Reused(Box<Stored>),
}

/// Why there are no new tokens.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The token is not taken.
    #[error("the refresh token is not valid: {0}")]
    Refused(Refusal),
    /// It could not be looked at, or the answer not be made.
    #[error(transparent)]
    Failed(#[from] TokenError),
}

impl Families {
    pub(super) fn new((db, journal, clock): (Db, Arc<Journal>, Arc<dyn Clock>), key: hmac::Key, idle_s: i64) -> Self {
        let places = std::iter::repeat_with(Mutex::default).take(PLACES).collect();
        Self { db, journal, clock, key, idle_s, places, hasher: RandomState::new() }
    }

    /// The refresh token of a session at a count.
    pub(super) fn token(&self, session: &str, counter: i64) -> String {
        text::render(&self.key, session, counter)
    }

    /// The session that a refresh token names, when it is genuine; it may be used up.
    pub(super) fn session_of(&self, token: &str) -> Option<String> {
        text::parse(&self.key, token).map(|named| named.session)
    }

    /// Takes a refresh token.
    pub(super) async fn refresh(&self, token: &str, binding: Option<&Binding>) -> Result<Outcome, RefreshError> {
        let named = text::parse(&self.key, token).ok_or(RefreshError::Refused(Refusal::Malformed))?;
        let place = self.hasher.hash_one(&named.session) as usize % PLACES;
        let _one_at_a_time = self.places[place].lock().await;
        let binding = binding.map(Binding::text);
        let presented = Presented { counter: named.counter, binding: binding.as_deref() };
        for _ in 0..TRIES {
            let stored = store::one(&self.db, &named.session).await.map_err(TokenError::from)?;
            let stored = Box::new(stored.ok_or(RefreshError::Refused(Refusal::Unknown))?);
            if let Some(outcome) = self.follow(stored, presented).await? {
                return Ok(outcome);
            }
        }
        Err(TokenError::Busy.into())
    }

    /// Does what the rule says; `None` when another process was faster.
    async fn follow(&self, stored: Box<Stored>, presented: Presented<'_>) -> Result<Option<Outcome>, RefreshError> {
        let now = self.clock.now();
        let (session, counter) = (&stored.session, stored.family.counter);
        match stored.family.judge(presented, now.as_millisecond()) {
            Verdict::Rotate => {
                self.record(&catalogue::token_refreshed(now, &session.id, counter + 1), &stored).await?;
                let idle = (now.as_second() + self.idle_s).min(stored.family.ends_at);
                let is_ours = store::rotate(&self.db, &session.id, counter, now.as_millisecond(), idle)
                    .await
                    .map_err(TokenError::from)?;
                if !is_ours {
                    return Ok(None);
                }
                let seen = session_store::seen(&self.db, &session.id, now.as_second(), idle).await;
                seen.map_err(TokenError::from)?;
                Ok(Some(Outcome::Goes(stored, counter + 1)))
            }
            Verdict::Replay => {
                self.record(&catalogue::refresh_replayed(now, &session.id, counter), &stored).await?;
                if !stored.family.is_confirmed {
                    let anew = store::recover(&self.db, &session.id, counter, now.as_millisecond()).await;
                    anew.map_err(TokenError::from)?;
                }
                Ok(Some(Outcome::Goes(stored, counter)))
            }
            Verdict::Recover => {
                self.record(&catalogue::refresh_recovered(now, &session.id, counter), &stored).await?;
                let is_ours = store::recover(&self.db, &session.id, counter, now.as_millisecond()).await;
                Ok(is_ours.map_err(TokenError::from)?.then_some(Outcome::Goes(stored, counter)))
            }
            Verdict::Reuse => {
                self.record(&catalogue::refresh_reused(now, &session.id, presented.counter, counter), &stored).await?;
                Ok(Some(Outcome::Reused(stored)))
            }
            Verdict::Refuse(refusal) => Err(RefreshError::Refused(refusal)),
        }
    }

    async fn record(&self, event: &crate::event::Event, stored: &Stored) -> Result<(), TokenError> {
        let mut event = event.clone().by(&stored.session.user_id);
        event.tenant.clone_from(&stored.session.tenant);
        Ok(self.journal.append_durable(&event).await?)
    }

    /// Notes that successors have arrived.
    pub(super) async fn confirm(&self, arrived: &HashMap<String, i64>) -> Result<(), TokenError> {
        for (session, counter) in arrived {
            store::confirm(&self.db, session, *counter).await?;
        }
        Ok(())
    }
}
