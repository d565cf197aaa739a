//! Tokens of identity providers: `pcx_…`, with a checksum, stored as a keyed hash, shown once.
//!
//! Invariants: a token belongs to one tenant and opens nothing but its users and groups; every request asks the database, so
//! that a revocation holds at once everywhere; what has the form of a token and is none is counted by address and recorded,
//! one entry in ten seconds for all. Who has a right one is let in whatever others at the same address tried.

use std::net::IpAddr;
use std::sync::PoisonError;

use aws_lc_rs::hmac;
use guard::secret::checksum::crc32_base62;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{Scim, ScimError, store};
use crate::auth::random::base62;
use crate::auth::throttle::{Refusal, ThrottleError};
use crate::event::catalogue;

const PREFIX: &str = "pcx_";
const RANDOM_CHARS: usize = 43;
const CHECK_CHARS: usize = 6;
/// Wrong tokens from one address before the next one waits.
const WRONG_FREE: u32 = 20;
/// The last use is written down once in so many seconds.
const USED_EVERY_S: i64 = 60;
/// One entry in so many seconds stands for all refusals.
const ENTRY_EVERY_S: i64 = 10;
/// How long a token lives at most.
pub const LIFE_MAX: SignedDuration = SignedDuration::from_hours(3 * 365 * 24);

/// A token as it is shown: everything but itself.
#[derive(Debug, Clone, Serialize)]
pub struct TokenInfo {
    /// Its id.
    pub id: String,
    /// Whose users it is for.
    pub tenant: String,
    /// Its name.
    pub name: String,
    /// Its beginning and end.
    pub hint: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was used last, to the minute.
    pub used_at: Option<Timestamp>,
}

/// Who provisions: proved by a token, and by nothing else.
#[derive(Debug, Clone)]
pub struct Provisioner {
    /// The id of the token, as the audit log names who did it.
    pub(super) actor: String,
    /// Whose users and groups.
    pub(super) tenant: String,
}

impl Provisioner {
    /// Whose users and groups it is about.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }
}

impl Scim {
    /// Makes a token and returns its text, which is nowhere else.
    ///
    /// # Errors
    /// When a field breaks a rule, there is no such tenant, or it cannot be recorded or stored.
    pub async fn create_token(
        &self,
        tenant: &str,
        name: &str,
        life: SignedDuration,
        actor: &str,
    ) -> Result<(String, TokenInfo), ScimError> {
        let now = self.clock.now();
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 128 || name.chars().any(char::is_control) {
            return Err(ScimError::Invalid("name: must have 1 to 128 characters, none of them a control".to_owned()));
        }
        if life <= SignedDuration::ZERO || life > LIFE_MAX {
            return Err(ScimError::Invalid("expires: must be within 3 years".to_owned()));
        }
        let tenant = self.users.tenant(tenant).await?.id;
        let body = format!("{PREFIX}{}", base62(RANDOM_CHARS)?);
        let text = format!("{body}{}", crc32_base62(&body));
        let info = TokenInfo {
            id: format!("scim_{}", base62(14)?),
            tenant,
            name: name.to_owned(),
            hint: format!("{}…{}", &text[..PREFIX.len() + 4], &text[text.len() - 4..]),
            created_at: now,
            expires_at: now + life,
            revoked_at: None,
            used_at: None,
        };
        let event = catalogue::scim_token(catalogue::SCIM_TOKEN_CREATED, now, &info.tenant, &info.id);
        self.journal.append_durable(&event.by(actor)).await?;
        store::insert_token(&self.db, &info, &self.hash(&text)).await?;
        Ok((text, info))
    }

    /// All tokens, oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tokens(&self) -> Result<Vec<TokenInfo>, ScimError> {
        Ok(store::tokens(&self.db).await?)
    }

    /// Revokes a token, at once and everywhere.
    ///
    /// # Errors
    /// When there is no such token, or the change cannot be recorded or stored.
    pub async fn revoke_token(&self, id: &str, actor: &str) -> Result<(), ScimError> {
        let known = self.tokens().await?.into_iter().find(|token| token.id == id).ok_or(ScimError::Missing)?;
        let now = self.clock.now();
        let event = catalogue::scim_token(catalogue::SCIM_TOKEN_REVOKED, now, &known.tenant, id);
        self.journal.append_durable(&event.by(actor)).await?;
        Ok(store::revoke_token(&self.db, id, now.as_second()).await?)
    }

    /// Says who provisions.
    ///
    /// # Errors
    /// When the token is none, or no longer one; when there were too many wrong ones from this address.
    pub async fn verify(&self, text: Option<&str>, ip: IpAddr) -> Result<Provisioner, ScimError> {
        let Some(text) = text else { return Err(ScimError::Unauthenticated) };
        if !text.starts_with(PREFIX) {
            // A key or a token for something else: nobody guesses with it.
            self.refuse(ip);
            return Err(ScimError::Unauthenticated);
        }
        let now = self.clock.now();
        if is_well_formed(text)
            && let Some(known) = store::token(&self.db, &self.hash(text)).await?
            && known.revoked_at.is_none()
            && now < known.expires_at
        {
            if known.used_at.is_none_or(|at| now.as_second() - at.as_second() >= USED_EVERY_S) {
                store::use_token(&self.db, &known.id, now.as_second()).await?;
            }
            return Ok(Provisioner { actor: known.id, tenant: known.tenant });
        }
        self.refuse(ip);
        match self.throttle.count_address("scim", ip, WRONG_FREE).await {
            Ok(()) => Err(ScimError::Unauthenticated),
            Err(ThrottleError::Refused(Refusal::Wait { retry_after_s, .. })) => Err(ScimError::Wait(retry_after_s)),
            Err(ThrottleError::Refused(Refusal::Work { .. })) => Err(ScimError::Wait(1)),
            Err(ThrottleError::Store(error)) => Err(error.into()),
        }
    }

    /// Counts a refusal, and enters it when it is time. Whoever asks cannot fill the log.
    fn refuse(&self, ip: IpAddr) {
        let now = self.clock.now();
        let count = {
            let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
            refused.1 += 1;
            if now.as_second() - refused.0 < ENTRY_EVERY_S {
                return;
            }
            refused.0 = now.as_second();
            std::mem::take(&mut refused.1)
        };
        let event = catalogue::scim_refused(now, &self.throttle.pseudonym(ip), &ip.to_string(), count);
        // A refusal does not fail because the journal does.
        if let Err(error) = self.journal.append(&event) {
            tracing::error!(error = &error as &dyn std::error::Error, "a refusal was not recorded");
        }
    }

    fn hash(&self, text: &str) -> Vec<u8> {
        hmac::sign(&self.hasher, text.as_bytes()).as_ref().to_vec()
    }
}

fn is_well_formed(text: &str) -> bool {
    text.is_ascii()
        && text.len() == PREFIX.len() + RANDOM_CHARS + CHECK_CHARS
        && text[PREFIX.len()..].bytes().all(|byte| byte.is_ascii_alphanumeric())
        && crc32_base62(&text[..text.len() - CHECK_CHARS]) == text[text.len() - CHECK_CHARS..]
}
