//! A login under way: begun in one browser, ended once, within ten minutes, by any process.
//!
//! `state` and the browser's cookie are random; the store has keyed hashes of both. The nonce and the verifier of PKCE are
//! derived from both with the installation's key, so that nobody who reads the store, or sees one of the two, has them.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::{constant_time, hmac};
use serde::{Deserialize, Serialize};

use super::error::{OutsideError, Refused};
use super::store::{self, StoredFlow};
use super::{Outside, Provider};
use crate::auth::jwt::jose::encode;
use crate::auth::random::base62;

/// How long a login may take, in seconds.
pub const FLOW_S: i64 = 600;
/// 256 bits.
const RANDOM_CHARS: usize = 43;

/// What a login is for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// What a person is asked by our own OAuth provider, to be gone on with.
    #[serde(default)]
    pub next: Option<String>,
    /// The session that this browser had, which ends with the login.
    #[serde(default)]
    pub before: Option<String>,
    /// Whose account the identity is linked to; then nobody is logged in.
    #[serde(default)]
    pub link: Option<Link>,
    /// Whether the person has to log in anew at the provider.
    #[serde(default)]
    pub is_fresh: bool,
    /// When it began.
    #[serde(default)]
    pub begun_at: i64,
}

/// Whose account an identity is linked to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Who.
    pub user: String,
    /// Their session.
    pub session: String,
    /// Their epoch at that time.
    pub epoch: i64,
}

/// A login that begins.
#[derive(Debug)]
pub struct Begun {
    /// Where the browser goes.
    pub location: String,
    /// The value of the browser's cookie.
    pub browser: String,
}

/// A login that comes back, used up.
pub(super) struct Returned {
    pub(super) flow: Flow,
    pub(super) nonce: String,
    pub(super) verifier: String,
}

impl Outside {
    /// Begins a login at a provider, in a browser that may have a cookie of ours.
    ///
    /// # Errors
    /// When there is no such provider, it says nothing usable of itself, or the login cannot be stored.
    pub async fn begin(&self, name: &str, flow: Flow, browser: Option<&str>) -> Result<Begun, OutsideError> {
        let provider = self.provider(name)?;
        let metadata = self.metadata(provider).await.map_err(|refused| self.refuse(provider, None, refused))?;
        let is_ours = |value: &&str| value.len() == RANDOM_CHARS && value.bytes().all(|b| b.is_ascii_alphanumeric());
        let browser = match browser.filter(is_ours) {
            Some(known) => known.to_owned(),
            None => base62(RANDOM_CHARS)?,
        };
        let state = base62(RANDOM_CHARS)?;
        let now = self.now_s();
        let flow = Flow { begun_at: now, ..flow };
        let location = self.location(provider, &metadata.authorization, (&state, &browser), flow.is_fresh);
        let stored = StoredFlow { browser: self.hash("browser", &[&browser]), provider: name.to_owned(), flow };
        store::insert_flow(&self.db, &self.hash("state", &[&state]), &stored, now + FLOW_S).await?;
        Ok(Begun { location, browser })
    }

    /// Where the browser is sent, with everything that the answer is checked by.
    fn location(
        &self,
        provider: &Provider,
        endpoint: &http::Uri,
        (state, browser): (&str, &str),
        is_fresh: bool,
    ) -> String {
        let challenge = encode(digest(&SHA256, self.verifier(state, browser).as_bytes()).as_ref());
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &provider.config.client_id)
            .append_pair("redirect_uri", &self.redirect_uri(provider))
            .append_pair("scope", &provider.config.scopes.join(" "))
            .append_pair("state", state)
            .append_pair("nonce", &self.nonce(state, browser))
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        if is_fresh {
            query.append_pair("prompt", "login").append_pair("max_age", "0");
        }
        let mark = if endpoint.query().is_some() { '&' } else { '?' };
        format!("{endpoint}{mark}{}", query.finish())
    }

    /// Takes the login of an answer. One that comes to another browser stays as it is, so that nobody can end another's.
    pub(super) async fn take(
        &self,
        provider: &Provider,
        state: Option<&str>,
        browser: Option<&str>,
    ) -> Result<Returned, OutsideError> {
        let (state, browser) = (state.ok_or(Refused::State)?, browser.unwrap_or_default());
        let hash = self.hash("state", &[state]);
        let stored = store::flow(&self.db, &hash, self.now_s()).await?.ok_or(Refused::State)?;
        let given = self.hash("browser", &[browser]);
        constant_time::verify_slices_are_equal(&stored.browser, &given).map_err(|_| Refused::Browser)?;
        if !store::take_flow(&self.db, &hash).await? {
            return Err(Refused::State.into());
        }
        if stored.provider != provider.config.name {
            return Err(Refused::Provider.into());
        }
        let (nonce, verifier) = (self.nonce(state, browser), self.verifier(state, browser));
        Ok(Returned { flow: stored.flow, nonce, verifier })
    }

    fn nonce(&self, state: &str, browser: &str) -> String {
        encode(&self.hash("nonce", &[state, browser]))
    }

    fn verifier(&self, state: &str, browser: &str) -> String {
        encode(&self.hash("verifier", &[state, browser]))
    }

    /// A keyed hash of texts, for one purpose.
    pub(super) fn hash(&self, purpose: &str, texts: &[&str]) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.hasher);
        context.update(purpose.as_bytes());
        for text in texts {
            context.update(&(text.len() as u64).to_be_bytes());
            context.update(text.as_bytes());
        }
        context.sign().as_ref().to_vec()
    }
}
