//! Initial access tokens (RFC 7591, 3): an operator lets somebody register so many clients.
//!
//! A token is `pci_` and 43 random characters, shown once and stored as a keyed hash. A use is taken before a client is made,
//! so that two who come at once do not share one.

use jiff::Timestamp;
use serde::Serialize;

use super::{OAuthError, Provider, store};
use crate::auth::random::base62;
use crate::event::catalogue;

const USES_MAX: i64 = 1_000;
const HOURS_MAX: i64 = 24 * 365;

/// An invitation, without its token.
#[derive(Debug, Clone, Serialize)]
pub struct Invitation {
    /// Its id.
    pub id: String,
    /// The tenant that clients will be of.
    pub tenant: String,
    /// So many clients may still be registered.
    pub uses_left: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
}

/// An invitation and its token. Shown once.
#[derive(Serialize)]
pub struct Invited {
    /// The invitation.
    #[serde(flatten)]
    pub invitation: Invitation,
    /// Its token.
    pub initial_access_token: String,
}

impl Provider {
    /// Lets somebody register clients of a tenant, because `actor` says so.
    ///
    /// # Errors
    /// When a number breaks a rule, or it cannot be recorded or stored.
    pub async fn invite(&self, tenant: &str, (uses, hours): (i64, i64), actor: &str) -> Result<Invited, OAuthError> {
        for (field, value, most) in [("uses", uses, USES_MAX), ("hours", hours, HOURS_MAX)] {
            if !(1..=most).contains(&value) {
                return Err(OAuthError::Invalid(format!("--{field}: must be between 1 and {most}, but is {value}")));
            }
        }
        let now = self.clock.now();
        let invitation = Invitation {
            id: format!("oai_{}", base62(22)?),
            tenant: tenant.to_owned(),
            uses_left: uses,
            created_at: now,
            ends_at: now + jiff::SignedDuration::from_hours(hours),
        };
        let initial_access_token = format!("pci_{}", base62(43)?);
        let event = catalogue::oauth_invitation(catalogue::OAUTH_INVITATION_CREATED, now, &invitation.id, uses);
        self.record(event, tenant, actor).await?;
        let hash = self.hash("invitation", &initial_access_token);
        store::invitation::insert(&self.db, &invitation, &hash).await?;
        Ok(Invited { invitation, initial_access_token })
    }

    /// All invitations that hold, oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn invitations(&self) -> Result<Vec<Invitation>, OAuthError> {
        Ok(store::invitation::all(&self.db, self.clock.now().as_second()).await?)
    }

    /// Takes an invitation back.
    ///
    /// # Errors
    /// When there is none, or the change cannot be recorded or stored.
    pub async fn withdraw_invitation(&self, id: &str, actor: &str) -> Result<(), OAuthError> {
        let found = self.invitations().await?.into_iter().find(|invitation| invitation.id == id);
        let invitation = found.ok_or_else(|| OAuthError::Invalid(format!("there is no invitation `{id}`")))?;
        let now = self.clock.now();
        let kind = catalogue::OAUTH_INVITATION_WITHDRAWN;
        self.record(catalogue::oauth_invitation(kind, now, id, invitation.uses_left), &invitation.tenant, actor)
            .await?;
        Ok(store::invitation::delete(&self.db, id).await?)
    }

    /// Takes one use of an invitation; says of which tenant the client will be, and on whose word.
    pub(super) async fn use_invitation(&self, token: &str) -> Result<Option<(String, String)>, OAuthError> {
        let hash = self.hash("invitation", token);
        Ok(store::invitation::spend(&self.db, &hash, self.clock.now().as_second()).await?)
    }
}
