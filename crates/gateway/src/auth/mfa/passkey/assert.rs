//! Showing a passkey: what the browser is asked for, and whether its answer holds.

use aws_lc_rs::constant_time;
use serde_json::{Value, json};

use super::ceremony::{self, Asserted};
use super::client::{self, Ceremony};
use super::{Assertion, CHALLENGE_LIFE_S, Factors, MfaError, Purpose, Refused};
use super::{challenge, place, store, wire};
use crate::auth::login::ClientInfo;
use crate::auth::mfa::letter;
use crate::auth::user::{Status, UserInfo};
use crate::event::catalogue;

/// Letters about a copied passkey to one person before others are left out.
const LETTERS_FREE: u32 = 1;

impl Factors {
    /// What `navigator.credentials.get` is called with (`PublicKeyCredentialRequestOptionsJSON`). Without a user it names no
    /// passkey, and is the same for everybody but for the challenge.
    ///
    /// # Errors
    /// When passkeys are off, the user has none, or the store fails.
    pub(in crate::auth) async fn request_options(
        &self,
        user: Option<&UserInfo>,
        purpose: Purpose<'_>,
    ) -> Result<Value, MfaError> {
        let party = self.passkeys.party()?;
        let allowed = match user {
            Some(user) => self.descriptors(user).await?,
            None => Vec::new(),
        };
        if user.is_some() && allowed.is_empty() {
            return Err(MfaError::Missing);
        }
        Ok(json!({
            "challenge": challenge::mint(&self.passkeys.challenges, purpose, self.now_s())?,
            "timeout": CHALLENGE_LIFE_S * 1_000,
            "rpId": party.id,
            "allowCredentials": allowed,
            "userVerification": "required",
        }))
    }

    /// Says whose passkey it is. `expected` is who has to be it; without, the answer has to name its owner.
    ///
    /// # Errors
    /// [`MfaError::Passkey`] when a check does not hold; it is recorded which. Otherwise when the store fails.
    pub(in crate::auth) async fn take_passkey(
        &self,
        expected: Option<&UserInfo>,
        assertion: &Assertion,
        purpose: Purpose<'_>,
        client: &ClientInfo,
    ) -> Result<(UserInfo, String), MfaError> {
        match self.shown(expected, assertion, purpose).await {
            Err((MfaError::Passkey(refused), owner)) => {
                let ip = client.ip.to_string();
                let owner = owner.as_ref().map(|owner| (owner.tenant.as_str(), owner.id.as_str()));
                let event = catalogue::passkey_refused(self.clock.now(), owner, refused.name(), &ip);
                self.journal.append(&event)?;
                Err(MfaError::Passkey(refused))
            }
            Err((error, _)) => Err(error),
            Ok(shown) => Ok(shown),
        }
    }

    /// As [`Factors::take_passkey`]; with an error comes whose it is, as far as that is known.
    async fn shown(
        &self,
        expected: Option<&UserInfo>,
        assertion: &Assertion,
        purpose: Purpose<'_>,
    ) -> Result<(UserInfo, String), (MfaError, Option<UserInfo>)> {
        let named = |error: MfaError| (error, expected.cloned());
        let party = self.passkeys.party().map_err(named)?;
        let text = client::challenge(assertion.client_data(), Ceremony::Get, party).map_err(|r| named(r.into()))?;
        let keys = (&self.db, &self.passkeys.challenges);
        let taken = challenge::take(keys, &text, purpose, self.now_s()).await.map_err(named)?;
        let (found, owner) = self.owned(expected, assertion).await.map_err(named)?;
        let shown = async {
            let secret = self.secret_of(&owner, &found.factor)?;
            let key = wire::decode(&secret.key).ok_or(Refused::Key)?;
            let credential = (key.as_slice(), found.backup.is_eligible);
            let asserted = ceremony::asserted(party, credential, assertion, &taken)?;
            self.use_up(&owner, &found, &asserted).await
        };
        match shown.await {
            Ok(()) => Ok((owner, found.factor.id)),
            Err(error) => Err((error, Some(owner))),
        }
    }

    /// The passkey of this id and its owner, who may log in, and who is the one that is expected or named in the answer.
    async fn owned(
        &self,
        expected: Option<&UserInfo>,
        assertion: &Assertion,
    ) -> Result<(store::Found, UserInfo), MfaError> {
        let id = assertion.id().ok_or(Refused::Malformed)?;
        let found = store::by_credential(&self.db, &self.passkeys.index(id)).await?.ok_or(Refused::Credential)?;
        let owner = self.users.show(&found.user).await?;
        if expected.is_some_and(|expected| expected.id != owner.id) {
            return Err(Refused::Owner.into());
        }
        let handle = self.handle(&owner).await?;
        match assertion.user_handle() {
            Some(named) if constant_time::verify_slices_are_equal(named, &handle).is_ok() => {}
            None if expected.is_some() => {}
            _ => return Err(Refused::Owner.into()),
        }
        if owner.status != Status::Active {
            return Err(Refused::Inactive.into());
        }
        Ok((found, owner))
    }

    /// Remembers the count of signatures, which has to rise where an authenticator counts; otherwise there is a copy.
    async fn use_up(&self, owner: &UserInfo, found: &store::Found, asserted: &Asserted) -> Result<(), MfaError> {
        let (time, own, id) = (self.clock.now(), owner.id.as_str(), found.factor.id.as_str());
        let is_made = asserted.backup.is_made;
        if !store::used(&self.db, id, asserted.counter, is_made, self.now_s()).await? {
            let event = catalogue::passkey_copied(time, &owner.tenant, own, id);
            self.journal.append_durable(&event).await?;
            if self.throttle.count("passkey-letter", own.as_bytes(), LETTERS_FREE).await.is_ok() {
                let name = self.sealer.open_sealed(&place("name", &owner.tenant, id), &found.factor.name)?;
                self.users.tell(owner, letter::copied(&String::from_utf8_lossy(&name)));
            }
            return Err(Refused::Counter.into());
        }
        if is_made != found.backup.is_made {
            self.journal.append(&catalogue::passkey_backup_changed(time, &owner.tenant, own, id, is_made).by(own))?;
        }
        Ok(())
    }
}
