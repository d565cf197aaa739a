//! Adding a passkey: what the browser is asked for, and what is made of its answer.

use secrecy::SecretString;
use serde_json::{Value, json};

use super::ceremony::{self, Registered};
use super::client::{self, Ceremony};
use super::cose::ALGORITHMS;
use super::{CHALLENGE_LIFE_S, Factor, Factors, Kind, MfaError, Purpose, Refused, Registration, Secret};
use super::{challenge, place, store, wire};
use crate::auth::mfa::letter;
use crate::auth::random::base62;
use crate::auth::user::UserInfo;
use crate::event::catalogue;

impl Factors {
    /// What `navigator.credentials.create` is called with (`PublicKeyCredentialCreationOptionsJSON`), within the session or
    /// the challenge `of`.
    ///
    /// # Errors
    /// When passkeys are off, there are too many factors, or the store fails.
    pub async fn creation_options(&self, user: &UserInfo, of: &str) -> Result<Value, MfaError> {
        let party = self.passkeys.party()?;
        self.has_place(user).await?;
        let purpose = Purpose::Register { of, user: user.id.as_str() };
        let challenge = challenge::mint(&self.passkeys.challenges, purpose, self.now_s())?;
        let account = user.email.as_deref().unwrap_or(user.id.as_str());
        let kinds = ALGORITHMS.map(|algorithm| json!({ "type": "public-key", "alg": algorithm }));
        Ok(json!({
            "rp": { "id": party.id, "name": self.issuer },
            "user": { "id": wire::encode(&self.handle(user).await?), "name": account, "displayName": user.name },
            "challenge": challenge,
            "pubKeyCredParams": kinds,
            "timeout": CHALLENGE_LIFE_S * 1_000,
            "excludeCredentials": self.descriptors(user).await?,
            "authenticatorSelection": {
                "residentKey": "required",
                "requireResidentKey": true,
                "userVerification": "required",
            },
            "attestation": "none",
        }))
    }

    /// Adds the passkey that the browser made, within the session or the challenge `of`. With the first factor come recovery
    /// codes, which are shown this once. `is_first` refuses when there is a factor.
    ///
    /// # Errors
    /// [`MfaError::Registration`] with the check that did not hold; when the name breaks a rule, there are too many, or the
    /// change cannot be recorded or stored.
    pub async fn add_passkey(
        &self,
        (user, of): (&UserInfo, &str),
        name: &str,
        registration: &Registration,
        is_first: bool,
    ) -> Result<(String, Vec<SecretString>), MfaError> {
        let name = self.named(name)?;
        let registered = match self.registered((user, of), registration).await {
            Err(MfaError::Passkey(refused)) => return Err(MfaError::Registration(refused)),
            other => other?,
        };
        let had_one = self.has_place(user).await?;
        if had_one && is_first {
            return Err(MfaError::Challenge);
        }
        let index = self.passkeys.index(&registered.id);
        if store::by_credential(&self.db, &index).await?.is_some() {
            return Err(MfaError::Registration(Refused::Credential));
        }
        let (own, now) = (user.id.as_str(), self.now_s());
        let factor = self.passkey_factor(user, name, &registered)?;
        let event = catalogue::factor_added(self.clock.now(), &user.tenant, own, &factor.id, Kind::Passkey.name());
        self.journal.append_durable(&event.by(own)).await?;
        let new = store::New { index: &index, counter: registered.counter, backup: registered.backup };
        if !store::insert(&self.db, own, &factor, &new, is_first, now).await? {
            return Err(MfaError::Challenge);
        }
        self.users.tell(user, letter::added());
        let codes = if had_one { Vec::new() } else { self.make_codes(user).await? };
        Ok((factor.id, codes))
    }

    async fn registered(
        &self,
        (user, of): (&UserInfo, &str),
        registration: &Registration,
    ) -> Result<Registered, MfaError> {
        let party = self.passkeys.party()?;
        let text = client::challenge(registration.client_data(), Ceremony::Create, party)?;
        let purpose = Purpose::Register { of, user: user.id.as_str() };
        let taken = challenge::take((&self.db, &self.passkeys.challenges), &text, purpose, self.now_s()).await?;
        Ok(ceremony::registered(party, registration, &taken)?)
    }

    fn passkey_factor(&self, user: &UserInfo, name: &str, registered: &Registered) -> Result<Factor, MfaError> {
        let id = format!("fct_{}", base62(22).map_err(|_| MfaError::Random)?);
        let transports = registered.transports.iter().map(ToString::to_string).collect();
        let (credential, key) = (wire::encode(&registered.id), wire::encode(&registered.key));
        let secret = Secret { user: user.id.to_string(), id: credential, key, transports };
        Ok(Factor {
            kind: Kind::Passkey,
            name: self.sealer.seal(&place("name", &user.tenant, &id), name.as_bytes())?,
            secret: self.sealer.seal(&place("secret", &user.tenant, &id), json!(secret).to_string().as_bytes())?,
            step: 0,
            created_at: self.now_s(),
            confirmed_at: Some(self.now_s()),
            used_at: None,
            is_backed_up: Some(registered.backup.is_made),
            id,
        })
    }
}
