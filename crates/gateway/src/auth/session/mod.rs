//! Sessions: one a person, client and device, from a login to its end.
//!
//! A session lives as long as its refresh family: until it was not used for `refresh_idle_s`, until `refresh_absolute_s`
//! has passed, or until somebody ends it. A login and a step-up begin a new one (`Tokens::begin`, `Tokens::renew`), so an
//! id that was planted before is worth nothing after. Address and user agent are sealed.

pub(super) mod store;

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::jwt::TokenError;
use super::jwt::binding::Binding;
use super::oauth2::scope::is_known;
use super::random::base62;
use crate::clock::Clock;
use crate::data::access::is_scope;
use crate::data::encryption::{Place, Sealer};
use crate::store::Db;
use store::Stored;

/// Names of people and clients are not longer.
const NAME_BYTES_MAX: usize = 128;
/// More of a user agent is cut off.
const AGENT_CHARS_MAX: usize = 256;

/// A session to be begun.
#[derive(Debug, Clone, Default)]
pub struct NewSession {
    /// The person (`usr_…`).
    pub user: String,
    /// Whose they are.
    pub tenant: String,
    /// The client they use.
    pub client: String,
    /// What they may do.
    pub scopes: Vec<String>,
    /// How they logged in (RFC 8176: `pwd`, `otp`, …).
    pub amr: Vec<String>,
    /// How strongly.
    pub acr: Option<String>,
    /// The key or certificate that tokens are bound to.
    pub binding: Option<Binding>,
    /// When they logged in, when that was before: in seconds since 1970.
    pub auth_time: Option<i64>,
    /// From where.
    pub address: Option<String>,
    /// With what.
    pub agent: Option<String>,
}

/// A session as it is shown.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct SessionInfo {
    /// Its id.
    pub id: String,
    /// The person.
    pub user: String,
    /// Whose they are.
    pub tenant: String,
    /// The client.
    pub client: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it began.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
    /// When it was refreshed last.
    #[schema(value_type = String)]
    pub last_seen_at: Timestamp,
    /// When the person logged in.
    #[schema(value_type = String)]
    pub auth_time: Timestamp,
    /// How.
    pub amr: Vec<String>,
    /// How strongly.
    pub acr: Option<String>,
    /// When it ends at the latest.
    #[schema(value_type = String)]
    pub ends_at: Timestamp,
    /// From where it was begun.
    pub address: Option<String>,
    /// With what.
    pub agent: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Origin {
    address: Option<String>,
    agent: Option<String>,
}

/// All sessions.
#[derive(Debug)]
pub struct Sessions {
    db: Db,
    sealer: Arc<Sealer>,
    clock: Arc<dyn Clock>,
    idle_s: i64,
    absolute_s: i64,
}

impl Sessions {
    pub(super) fn new(
        (db, sealer, clock): (Db, Arc<Sealer>, Arc<dyn Clock>),
        (idle_s, absolute_s): (i64, i64),
    ) -> Self {
        Self { db, sealer, clock, idle_s, absolute_s }
    }

    /// How long a session lasts at most, in whole days begun.
    pub fn days_max(&self) -> i64 {
        (self.absolute_s + 86_399) / 86_400
    }

    /// The live sessions of a person, or of everybody; the one seen last first.
    ///
    /// # Errors
    /// When the store fails, or something sealed does not open.
    pub async fn list(&self, user: Option<&str>) -> Result<Vec<SessionInfo>, TokenError> {
        self.listed(user, None).await
    }

    /// As [`Sessions::list`], of one tenant.
    ///
    /// # Errors
    /// As [`Sessions::list`].
    pub async fn list_of(&self, tenant: &str, user: Option<&str>) -> Result<Vec<SessionInfo>, TokenError> {
        self.listed(user, Some(tenant)).await
    }

    async fn listed(&self, user: Option<&str>, tenant: Option<&str>) -> Result<Vec<SessionInfo>, TokenError> {
        let stored = store::live(&self.db, user, tenant, self.clock.now().as_second()).await?;
        stored.into_iter().map(|session| self.info(session)).collect()
    }

    /// The session of this id, live or not.
    ///
    /// # Errors
    /// When there is none, or the store fails.
    pub async fn owner(&self, id: &str) -> Result<String, TokenError> {
        Ok(self.one(id).await?.user_id)
    }

    /// Whose session it is, and of which tenant, live or not.
    ///
    /// # Errors
    /// As [`Sessions::owner`].
    pub async fn belongs_to(&self, id: &str) -> Result<(String, String), TokenError> {
        let session = self.one(id).await?;
        Ok((session.user_id, session.tenant))
    }

    /// A session that is live.
    ///
    /// # Errors
    /// When the store fails, or something sealed does not open.
    pub async fn live(&self, id: &str) -> Result<Option<SessionInfo>, TokenError> {
        let now = self.clock.now().as_second();
        let is_live = |stored: &Stored| stored.ended_at.is_none() && now < stored.idle_ends_at.min(stored.ends_at);
        store::one(&self.db, id).await?.filter(is_live).map(|stored| self.info(stored)).transpose()
    }

    pub(super) async fn one(&self, id: &str) -> Result<Stored, TokenError> {
        let found = store::one(&self.db, id).await?;
        found.ok_or_else(|| TokenError::Missing(format!("there is no session `{}`", named(id))))
    }

    /// What a new session will be, with an id of its own, after so many revocations.
    pub(super) fn prepare(&self, new: &NewSession, epoch: i64) -> Result<Stored, TokenError> {
        check(new)?;
        let now = self.clock.now().as_second();
        let id = format!("ses_{}", base62(22)?);
        let agent = new.agent.as_ref().map(|agent| agent.chars().take(AGENT_CHARS_MAX).collect());
        let origin = Origin { address: new.address.clone(), agent };
        // Two texts always serialize.
        let origin = serde_json::to_vec(&origin).unwrap_or_default();
        let sealed = self.sealer.seal(&place(&id, &new.tenant), &origin)?;
        Ok(Stored {
            id,
            user_id: new.user.clone(),
            tenant: new.tenant.clone(),
            client_id: new.client.clone(),
            scopes: new.scopes.clone(),
            created_at: now,
            last_seen_at: now,
            auth_time: new.auth_time.unwrap_or(now),
            amr: new.amr.clone(),
            acr: new.acr.clone(),
            epoch,
            sealed,
            idle_ends_at: now + self.idle_s,
            ends_at: now + self.absolute_s,
            ended_at: None,
        })
    }

    pub(super) fn info(&self, session: Stored) -> Result<SessionInfo, TokenError> {
        let opened = self.sealer.open_sealed(&place(&session.id, &session.tenant), &session.sealed)?;
        let origin: Origin = serde_json::from_slice(&opened).unwrap_or(Origin { address: None, agent: None });
        let time = |second| Timestamp::from_second(second).unwrap_or(Timestamp::MAX);
        Ok(SessionInfo {
            created_at: time(session.created_at),
            last_seen_at: time(session.last_seen_at),
            auth_time: time(session.auth_time),
            ends_at: time(session.ends_at.min(session.idle_ends_at)),
            id: session.id,
            user: session.user_id,
            tenant: session.tenant,
            client: session.client_id,
            scopes: session.scopes,
            amr: session.amr,
            acr: session.acr,
            address: origin.address,
            agent: origin.agent,
        })
    }
}

fn place<'p>(id: &'p str, tenant: &'p str) -> Place<'p> {
    Place { table: "session", column: "sealed", row: id, tenant }
}

fn check(new: &NewSession) -> Result<(), TokenError> {
    let is_name = |text: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:@/".contains(&byte);
        !text.is_empty() && text.len() <= NAME_BYTES_MAX && text.bytes().all(is_plain)
    };
    let user = new.user.strip_prefix("usr_").unwrap_or_default();
    for (what, is_right) in
        [("user", is_name(user)), ("tenant", is_name(&new.tenant)), ("client", is_name(&new.client))]
    {
        if !is_right {
            let begins = if what == "user" { "begin with `usr_` and " } else { "" };
            return Err(TokenError::Invalid(format!(
                "{what}: must {begins}have 1 to {NAME_BYTES_MAX} letters, digits or `_-.:@/`"
            )));
        }
    }
    if new.scopes.is_empty() || new.scopes.iter().any(|scope| !is_scope(scope) && !is_known(scope)) {
        return Err(TokenError::Invalid("scopes: must be some of inference, admin and names of actions".to_owned()));
    }
    Ok(())
}

/// An id as it may stand in a message.
pub(super) fn named(id: &str) -> String {
    id.chars().filter(char::is_ascii_graphic).take(64).collect()
}
