//! A person's outside identities, listed and unlinked.

use jiff::Timestamp;
use serde::Serialize;

use super::Outside;
use super::error::OutsideError;
use super::person::place;
use super::store::{self, time};
use crate::event::catalogue;

/// An identity, as its owner and administrators see it.
#[derive(Debug, Clone, Serialize)]
pub struct IdentityInfo {
    /// Its id.
    pub id: String,
    /// The provider's name in the configuration.
    pub provider: String,
    /// Who vouches for it.
    pub issuer: String,
    /// The person's name there.
    pub subject: String,
    /// When it was linked.
    pub created_at: Timestamp,
    /// When it was used last.
    pub used_at: Option<Timestamp>,
}

impl Outside {
    /// The identities of a person.
    ///
    /// # Errors
    /// When the store fails, or one does not open.
    pub async fn list(&self, user: &str) -> Result<Vec<IdentityInfo>, OutsideError> {
        let stored = store::of_user(&self.db, user).await?;
        stored.into_iter().map(|one| self.info(one)).collect()
    }

    /// Unlinks one of a person's own, because they say so, unless it is their only way in.
    ///
    /// # Errors
    /// When there is none of this id, it is the only way in, or it cannot be recorded or stored.
    pub async fn unlink(&self, user: &str, id: &str) -> Result<(), OutsideError> {
        let found = store::by_id(&self.db, id).await?.filter(|own| own.user == user).ok_or(OutsideError::Missing)?;
        self.record_unlink(&found, user).await?;
        if store::remove(&self.db, id, true).await? {
            return Ok(());
        }
        let is_gone = store::by_id(&self.db, id).await?.is_none();
        Err(if is_gone { OutsideError::Missing } else { OutsideError::LastWay })
    }

    /// Unlinks any, because an operator says so; its owner's sessions end.
    ///
    /// # Errors
    /// As [`Outside::unlink`].
    pub async fn unlink_any(&self, id: &str, actor: &str) -> Result<(), OutsideError> {
        let found = store::by_id(&self.db, id).await?.ok_or(OutsideError::Missing)?;
        self.record_unlink(&found, actor).await?;
        store::remove(&self.db, id, false).await?;
        let user = self.users.show(&found.user).await?;
        Ok(self.users.end_sessions(&user.id, "identity_unlinked").await?)
    }

    async fn record_unlink(&self, found: &store::Stored, actor: &str) -> Result<(), OutsideError> {
        let whose = (found.tenant.as_str(), found.user.as_str());
        let event = catalogue::outside_unlinked(self.clock.now(), whose, &found.id, &found.provider);
        Ok(self.journal.append_durable(&event.by(actor)).await?)
    }

    fn info(&self, stored: store::Stored) -> Result<IdentityInfo, OutsideError> {
        let opened = self.sealer.open_sealed(&place(&stored.id, &stored.tenant), &stored.sealed)?;
        let said: serde_json::Value = serde_json::from_slice(&opened).unwrap_or_default();
        let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
        Ok(IdentityInfo {
            issuer: text("iss"),
            subject: text("sub"),
            provider: stored.provider,
            created_at: time(stored.created_at),
            used_at: stored.used_at.map(time),
            id: stored.id,
        })
    }
}
