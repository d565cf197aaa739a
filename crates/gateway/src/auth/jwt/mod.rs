//! Tokens of people: short-lived access tokens, refresh tokens that rotate, the keys that sign, and revocation.
//!
//! | file | what |
//! |---|---|
//! | `access`, `bearer` | access tokens: issued, verified; who bears one |
//! | `refresh`, `refresh/rule` | refresh tokens and the rule of their families |
//! | `grant` | what the OAuth provider needs besides: ID tokens, tokens of clients, who a token is of |
//! | `keys` | signing keys and their rotation |
//! | `revocation` | what is refused before it expires |
//! | `dpop`, `binding` | tokens that only the holder of a key can use |
//! | `jose` | the compact form, JWK, two algorithms |
//!
//! Invariants: the audit entry is durable before a session begins or ends, a token is rotated, or a key is made; what one
//! process revokes is refused by it at once and by every other one within a second.

pub mod access;
mod bearer;
pub mod binding;
pub mod config;
pub mod dpop;
mod error;
pub mod grant;
pub mod jose;
pub mod keys;
pub mod refresh;
mod rejected;
pub mod revocation;

mod step_up;
mod store;

use std::sync::Arc;

use serde::Serialize;

use super::session::store as session_store;
use super::session::{NewSession, SessionInfo, Sessions};
use super::user::{self, UserId};
use crate::clock::Clock;
use crate::data::encryption::Sealer;
use crate::event::journal::Journal;
use crate::event::{Event, catalogue};
use crate::store::Db;
use access::{AccessTokens, LEEWAY_S};
pub use bearer::{Explained, Presentation};
use binding::Binding;
use config::JwtConfig;
use dpop::Proofs;
pub use error::TokenError;
use keys::{Plan, SigningKeys};
use refresh::rule::{Family, Refusal};
use refresh::{Families, Outcome, RefreshError};
pub use rejected::Rejected;
use revocation::{Revocations, Subject};

/// What is over is kept for so long, for those who ask why.
const KEPT_S: i64 = 86_400;

/// All tokens and sessions.
#[derive(Debug)]
pub struct Tokens {
    /// The keys that sign.
    pub keys: Arc<SigningKeys>,
    /// Sessions.
    pub sessions: Sessions,
    /// Proofs of possession.
    pub proofs: Proofs,
    db: Db,
    journal: Arc<Journal>,
    clock: Arc<dyn Clock>,
    access: AccessTokens,
    families: Families,
    revocations: Arc<Revocations>,
    rejected: rejected::Tally,
}

/// Tokens that were just issued. Shown once.
#[derive(Serialize)]
pub struct Issued {
    /// The access token.
    pub access_token: String,
    /// `Bearer` or `DPoP`.
    pub token_type: &'static str,
    /// Life of the access token, in seconds.
    pub expires_in: i64,
    /// The refresh token.
    pub refresh_token: String,
    /// When the session ends at the latest, in seconds from now.
    pub refresh_expires_in: i64,
    /// What they may be used for.
    pub scope: String,
    /// The session.
    pub session_id: String,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issued").field("session_id", &self.session_id).finish_non_exhaustive()
    }
}

impl Tokens {
    /// Reads keys and revocations.
    ///
    /// # Errors
    /// When the store fails, or a key does not open.
    pub async fn open(
        (db, sealer, journal, clock): (Db, Arc<Sealer>, Arc<Journal>, Arc<dyn Clock>),
        config: &JwtConfig,
    ) -> Result<Self, TokenError> {
        let plan =
            Plan { algorithm: config.algorithm, lead_s: config.jwks_cache_s, token_s: config.access_ttl_s + LEEWAY_S };
        let parts = (db.clone(), sealer.clone(), journal.clone(), clock.clone());
        let keys = Arc::new(SigningKeys::open(parts, plan).await?);
        let revocations = Arc::new(Revocations::default());
        revocations.refresh(&db, clock.now().as_second()).await?;
        let issuer = config.issuer.clone().unwrap_or_else(|| format!("urn:portcullis:{}", sealer.installation()));
        let audience = config.audience.clone().unwrap_or_else(|| issuer.clone());
        let parts = (keys.clone(), revocations.clone(), clock.clone());
        let access = AccessTokens::new(parts, (issuer, audience), config.access_ttl_s);
        let key = sealer.hmac_key("refresh-token", "");
        let families = Families::new((db.clone(), journal.clone(), clock.clone()), key, config.refresh_idle_s);
        let limits = (config.refresh_idle_s, config.refresh_absolute_s);
        let sessions = Sessions::new((db.clone(), sealer.clone(), clock.clone()), limits);
        let proofs = Proofs::new(sealer.hmac_key("dpop-nonce", ""), config.dpop_nonce);
        let rejected = rejected::Tally::default();
        Ok(Self { keys, sessions, proofs, db, journal, clock, access, families, revocations, rejected })
    }

    /// Begins a session, because `actor` says so, and issues its first tokens.
    ///
    /// # Errors
    /// When a field breaks a rule, or the session cannot be recorded or stored.
    pub async fn begin(&self, new: &NewSession, actor: &str) -> Result<Issued, TokenError> {
        let session = self.sessions.prepare(new, store::revocation::epoch(&self.db).await?)?;
        let family = family(&session, new.binding.as_ref(), self.clock.now().as_millisecond());
        self.record(
            catalogue::session_created(self.clock.now(), &session.id, &session.user_id, &session.client_id),
            &session.tenant,
            actor,
        )
        .await?;
        let writes = vec![session_store::insert(&session), store::family::insert(&session.id, &family)];
        self.db.write(writes).await?;
        self.issued(&session, family.binding.as_deref(), 0).await
    }

    /// Begins a session in the place of another one that ends, after a login or a step-up of the same person.
    ///
    /// # Errors
    /// As [`Tokens::begin`]; and when the other session is not live or another person's.
    pub async fn renew(&self, old: &str, new: &NewSession, actor: &str) -> Result<Issued, TokenError> {
        let before = self.sessions.one(old).await?;
        if before.user_id != new.user || before.ended_at.is_some() {
            return Err(TokenError::Invalid("session: has ended, or is another person's".to_owned()));
        }
        let issued = self.begin(new, actor).await?;
        self.replace(old, &issued, actor).await?;
        Ok(issued)
    }

    /// Ends a session whose person goes on with one that was just begun.
    ///
    /// # Errors
    /// When it cannot be recorded or stored.
    pub async fn replace(&self, old: &str, new: &Issued, actor: &str) -> Result<(), TokenError> {
        session_store::succeed(&self.db, old, &new.session_id).await?;
        self.revoke(&Subject::Session(old.to_owned()), "renewed", actor).await
    }

    /// Exchanges a refresh token. See `refresh::rule` for what follows when it was used before.
    ///
    /// # Errors
    /// When it is not taken, or something fails.
    pub async fn refresh(&self, token: &str, binding: Option<&Binding>) -> Result<Issued, RefreshError> {
        // What arrived in this process is known before the rule is asked.
        self.confirm().await?;
        match self.families.refresh(token, binding).await? {
            Outcome::Goes(stored, counter) => {
                Ok(self.issued(&stored.session, stored.family.binding.as_deref(), counter).await?)
            }
            Outcome::Reused(stored) => {
                // Its entry, a warning, is written already.
                self.end(&Subject::Session(stored.session.id.clone()), "reused").await?;
                Err(RefreshError::Refused(Refusal::Reused))
            }
        }
    }

    /// The session that a refresh token names, when this installation made it; it may be used up.
    pub fn session_of(&self, refresh_token: &str) -> Option<String> {
        self.families.session_of(refresh_token)
    }

    /// Revokes tokens and ends their sessions, because `actor` says so. Effective here at once.
    ///
    /// # Errors
    /// When there is no such session, or the change cannot be recorded or stored.
    pub async fn revoke(&self, subject: &Subject, reason: &'static str, actor: &str) -> Result<(), TokenError> {
        let now = self.clock.now();
        let (event, tenant) = match subject {
            Subject::Session(id) => {
                let session = self.sessions.one(id).await?;
                (catalogue::session_ended(now, id, &session.user_id, reason), session.tenant)
            }
            _ if subject.id().is_empty() && *subject != Subject::All => {
                return Err(TokenError::Invalid(format!("{}: must not be empty", subject.kind())));
            }
            _ => {
                let event = catalogue::token_revoked(now, subject.kind(), subject.id(), reason);
                (event, crate::event::DEFAULT_TENANT.to_owned())
            }
        };
        self.record(event, &tenant, actor).await?;
        self.end(subject, reason).await
    }

    async fn end(&self, subject: &Subject, reason: &str) -> Result<(), TokenError> {
        let now = self.clock.now().as_second();
        let ends_at = now + self.access.ttl_s + 2 * LEEWAY_S;
        let mut writes = store::revocation::insert(subject.kind(), subject.id(), ends_at, now).to_vec();
        writes.extend(session_store::end(subject.which(), now, reason));
        self.db.write(writes).await?;
        Ok(self.revocations.refresh(&self.db, now).await?)
    }

    /// The sessions of a person, or of everybody.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self, user: Option<&str>) -> Result<Vec<SessionInfo>, TokenError> {
        self.sessions.list(user).await
    }

    /// Reads what other processes changed, and writes down what arrived here.
    ///
    /// # Errors
    /// When the store fails; what is in memory stays.
    pub async fn poll(&self) -> Result<(), TokenError> {
        self.revocations.refresh(&self.db, self.clock.now().as_second()).await?;
        self.keys.refresh().await?;
        self.confirm().await
    }

    /// Writes down which successors have arrived; what cannot be written now is kept for the next time.
    async fn confirm(&self) -> Result<(), TokenError> {
        let arrived = self.access.take_arrived();
        let written = self.families.confirm(&arrived).await;
        if written.is_err() {
            self.access.put_arrived(arrived);
        }
        written
    }

    /// Erases what has been over for a day.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sweep(&self) -> Result<(), TokenError> {
        let now = self.clock.now().as_second();
        store::revocation::sweep(&self.db, now - KEPT_S).await?;
        Ok(session_store::sweep(&self.db, now - KEPT_S).await?)
    }

    async fn issued(
        &self,
        session: &session_store::Stored,
        binding: Option<&str>,
        counter: i64,
    ) -> Result<Issued, TokenError> {
        let now = self.clock.now().as_second();
        let is_dpop = binding.is_some_and(|binding| binding.starts_with("jkt:"));
        Ok(Issued {
            access_token: self.access.issue(session, counter, binding).await?,
            token_type: if is_dpop { "DPoP" } else { "Bearer" },
            expires_in: self.access.ttl_s.min(session.ends_at - now),
            refresh_token: self.families.token(&session.id, counter),
            refresh_expires_in: session.ends_at - now,
            scope: session.scopes.join(" "),
            session_id: session.id.clone(),
        })
    }

    async fn record(&self, event: Event, tenant: &str, actor: &str) -> Result<(), TokenError> {
        let mut event = event.by(actor);
        tenant.clone_into(&mut event.tenant);
        Ok(self.journal.append_durable(&event).await?)
    }
}

/// The family of a session that begins. What is given out with it has nothing before it that could be asked for again.
fn family(session: &session_store::Stored, binding: Option<&Binding>, now_ms: i64) -> Family {
    Family {
        counter: 0,
        rotated_at_ms: now_ms,
        is_confirmed: true,
        binding: binding.map(Binding::text),
        idle_ends_at: session.idle_ends_at,
        ends_at: session.ends_at,
        is_revoked: false,
    }
}

/// A change of a password or of an account ends the sessions that began before it.
#[async_trait::async_trait]
impl user::Sessions for Tokens {
    async fn end_all(&self, user: &UserId, _epoch: i64, reason: &'static str) -> Result<(), user::SessionsError> {
        let ended = self.revoke(&Subject::User(user.to_string()), reason, user.as_str()).await;
        ended.map_err(|error| user::SessionsError(error.into()))
    }
}
