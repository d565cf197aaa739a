//! Authorization codes: for a minute, once, for one client, redirect address, verifier and login.
//!
//! A code that comes again ends what its first use began, also when both come at once: the first use notes its session
//! only while nobody has come again, and ends it otherwise.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::client::Client;
use super::params::Params;
use super::{OAuthError, Provider, store};
use crate::auth::random::base62;
use crate::event::catalogue;

/// The life of a code.
const LIFE_S: i64 = 60;
/// A used code is remembered for as long as what it began can live, for those who come again and for logouts.
const KEPT_S: i64 = 91 * 86_400;

/// What a person let a client do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who.
    pub user: String,
    /// Their epoch at that time.
    pub epoch: i64,
    /// Their login here.
    pub login: String,
    /// When they logged in.
    pub auth_time: i64,
    /// How.
    pub amr: Vec<String>,
    /// How strongly.
    pub acr: Option<String>,
    /// What they let it do.
    pub scopes: Vec<String>,
}

/// What a code stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// What was approved.
    pub approval: Approval,
    /// Where the code was sent.
    pub redirect_uri: String,
    /// The SHA-256 of the verifier.
    pub challenge: String,
    /// For the ID token.
    pub nonce: Option<String>,
    /// The key it is bound to.
    pub dpop_jkt: Option<String>,
}

/// A code that was taken.
#[derive(Debug)]
pub struct Redeemed {
    /// What it stands for.
    pub grant: Grant,
    hash: Vec<u8>,
}

/// What came of a code.
#[derive(Debug)]
pub enum Redemption {
    /// It was taken.
    Taken(Box<Redeemed>),
    /// It came again: this session has to end.
    Again(Option<String>),
}

impl Provider {
    /// Makes a code.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn issue_code(&self, client: &str, grant: &Grant) -> Result<String, OAuthError> {
        let code = format!("pcc_{}", base62(43)?);
        let now = self.clock.now().as_second();
        store::code::insert(&self.db, &self.hash("code", &code), client, grant, (now, now + LIFE_S)).await?;
        Ok(code)
    }

    /// Whether there is such a code, and nobody has used it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn knows_code(&self, code: &str) -> Result<bool, OAuthError> {
        Ok(store::code::is_unused(&self.db, &self.hash("code", code)).await?)
    }

    /// Takes a code, once, whatever comes of it: a code that somebody else has seen is worth nothing.
    ///
    /// # Errors
    /// When it is not one of this client, for this redirect address, with its verifier.
    pub async fn redeem(&self, client: &Client, params: &Params) -> Result<Redemption, OAuthError> {
        let code = params.need("code", "`code` is missing")?;
        let hash = self.hash("code", code);
        let stored = store::code::one(&self.db, &hash).await?;
        let stored = stored.ok_or_else(|| OAuthError::grant("the code is not known"))?;
        if !store::code::spend(&self.db, &hash).await? {
            let session = store::code::replay(&self.db, &hash).await?;
            let event = catalogue::oauth_code_reused(self.clock.now(), &stored.client, session.as_deref());
            self.record(event, &client.tenant, &client.id).await?;
            return Ok(Redemption::Again(session));
        }
        let refuse = |reason, why| {
            self.refuse(reason, &client.id);
            Err(OAuthError::grant(why))
        };
        if stored.client != client.id {
            return refuse("code_of_another_client", "the code belongs to another client");
        }
        if stored.ends_at <= self.clock.now().as_second() {
            return Err(OAuthError::grant("the code is too old"));
        }
        if params.value("redirect_uri") != Some(stored.grant.redirect_uri.as_str()) {
            return refuse("code_redirect_uri", "the code was sent to another address");
        }
        let Some(verifier) = params.value("code_verifier") else {
            return refuse("pkce", "`code_verifier` is missing");
        };
        if !proves(verifier, &stored.grant.challenge) {
            return refuse("pkce", "`code_verifier` is not that of the code");
        }
        Ok(Redemption::Taken(Box::new(Redeemed { grant: stored.grant, hash })))
    }

    /// Notes the session that a code began; says whether it may live.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn note_session(&self, redeemed: &Redeemed, session: &str) -> Result<bool, OAuthError> {
        Ok(store::code::note(&self.db, &redeemed.hash, session).await?)
    }

    /// The sessions of a client that a login began.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn begun_by(&self, login: &str, client: &str) -> Result<Vec<String>, OAuthError> {
        Ok(store::code::begun(&self.db, login, client).await?)
    }

    /// Forgets what waited in vain.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sweep_waiting(&self) -> Result<(), OAuthError> {
        Ok(store::sweep_waiting(&self.db, self.clock.now().as_second()).await?)
    }

    /// Forgets what is over.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sweep(&self) -> Result<(), OAuthError> {
        let now = self.clock.now().as_second();
        Ok(store::sweep(&self.db, now, now - KEPT_S).await?)
    }
}

/// RFC 7636, 4.6, for S256.
fn proves(verifier: &str, challenge: &str) -> bool {
    let is_long_enough = (43..=128).contains(&verifier.len());
    let hash = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()).as_ref());
    verify_slices_are_equal(hash.as_bytes(), challenge.as_bytes()).is_ok() && is_long_enough
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_7636_appendix_b() {
        let (verifier, challenge) =
            ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert!(proves(verifier, challenge));
        assert!(!proves(challenge, challenge) && !proves("", challenge) && !proves(&verifier[1..], challenge));
    }
}
