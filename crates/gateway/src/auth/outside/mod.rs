//! Logging in with an outside OpenID provider: the relying party (`auth.oauth2.client`, `auth.oauth2.state`).
//!
//! | file | what |
//! |---|---|
//! | `config`, `check` | the settings, and what is wrong with them |
//! | `address`, `fetch` | where may be asked, how much is read, and for how long |
//! | `discovery`, `key` | what a provider says of itself; its keys |
//! | `flow` | a login under way: state, browser, nonce, PKCE |
//! | `exchange`, `id_token` | the code, and everything that is checked of what comes back |
//! | `claims`, `person` | what is said of a person, and whose account it opens |
//! | `identity` | identities of people, listed and unlinked |
//! | `refusal`, `error` | why somebody was not let in, and how that is recorded |
//!
//! Invariants: an answer counts once, in the browser that it was begun in, at the address of the provider that it was begun
//! with; only this module makes a [`Proven`], from an ID token that passed every check; a person is issuer and subject; the
//! audit entry of a link is durable before the link is.
//!
//! ```compile_fail
//! let forged = portcullis::auth::outside::Proven { ..todo!() };
//! ```

mod address;
mod check;
mod claims;
pub mod config;
mod discovery;
mod error;
mod exchange;
mod fetch;
pub mod flow;
mod id_token;
mod identity;
mod key;
mod person;
mod refusal;
mod store;

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::hmac;
use serde::Serialize;

use super::Parts;
use super::throttle::Throttle;
use super::user::{UserInfo, Users};
use crate::clock::Clock;
use crate::data::encryption::Sealer;
use crate::event::catalogue;
use crate::event::journal::Journal;
use crate::infra::network::egress::Egress;
use crate::infra::secrets::SecretError;
use crate::store::Db;
use config::OutsideConfig;
use discovery::{Discovery, Metadata};
use fetch::Fetcher;
use flow::Flow;

pub use check::Finding;
pub use error::{BadToken, OutsideError, Refused};
pub use fetch::FetchError;
pub use identity::IdentityInfo;

/// Logins that one address may begin or end before the next one waits.
const LOGINS_AN_ADDRESS: u32 = 300;

/// All outside providers.
#[derive(Debug)]
pub struct Outside {
    db: Db,
    sealer: Arc<Sealer>,
    journal: Arc<Journal>,
    clock: Arc<dyn Clock>,
    users: Arc<Users>,
    throttle: Throttle,
    hasher: hmac::Key,
    public_url: String,
    providers: Vec<Provider>,
    egress: Arc<Egress>,
    fetcher: OnceLock<Arc<Fetcher>>,
    refusals: refusal::Tally,
}

/// One of them.
#[derive(Debug)]
struct Provider {
    config: OutsideConfig,
    discovery: Discovery,
    keys: key::Keys,
}

/// An answer of a provider, as the browser brings it.
#[derive(Debug, Clone, Copy, Default)]
pub struct AuthAnswer<'a> {
    /// Names the login.
    pub state: Option<&'a str>,
    /// The code.
    pub code: Option<&'a str>,
    /// Why there is none.
    pub error: Option<&'a str>,
    /// Who answers (RFC 9207).
    pub issuer: Option<&'a str>,
    /// The browser's cookie.
    pub browser: Option<&'a str>,
}

/// The proof that a provider vouched for somebody who may enter.
pub struct Proven {
    user: UserInfo,
    has_two_factors: bool,
    auth_time: i64,
    provider: String,
}

/// What came of an answer.
#[derive(Debug)]
pub enum Ended {
    /// Somebody may enter.
    Proven(Box<Proven>, Flow),
    /// An identity was linked to an account.
    Linked,
}

/// A provider, as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// Its name in addresses.
    pub name: String,
    /// What people read.
    pub label: String,
}

impl Outside {
    /// Takes its parts. Asks nobody yet.
    pub fn new(parts: Parts, configs: &[OutsideConfig], egress: Arc<Egress>) -> Self {
        let Parts { db, sealer, journal, clock, users, throttle, public_url } = parts;
        let provider = |config: &OutsideConfig| Provider {
            config: config.clone(),
            discovery: Discovery::default(),
            keys: key::Keys::default(),
        };
        let hasher = sealer.hmac_key("outside", "");
        Self {
            db,
            sealer,
            journal,
            clock,
            users,
            throttle,
            hasher,
            public_url: public_url.unwrap_or_default(),
            providers: configs.iter().map(provider).collect(),
            egress,
            fetcher: OnceLock::new(),
            refusals: refusal::Tally::default(),
        }
    }

    /// Checks that all secrets can be had.
    ///
    /// # Errors
    /// With the name of the provider whose secret cannot.
    pub fn check_secrets(&self) -> Result<(), (String, SecretError)> {
        let named =
            self.providers.iter().filter_map(|provider| Some((provider, provider.config.client_secret.as_ref()?)));
        for (provider, secret) in named {
            secret.resolve().map_err(|error| (provider.config.name.clone(), error))?;
        }
        Ok(())
    }

    /// The providers that people of a tenant may choose.
    pub fn choices(&self, tenant: &str) -> Vec<Choice> {
        let own = self.providers.iter().filter(|provider| provider.config.tenant == tenant);
        own.map(|own| Choice { name: own.config.name.clone(), label: own.config.label().to_owned() }).collect()
    }

    /// All providers, as they are configured.
    pub fn configs(&self) -> impl Iterator<Item = &OutsideConfig> {
        self.providers.iter().map(|provider| &provider.config)
    }

    /// Counts an attempt of an address.
    ///
    /// # Errors
    /// When it has to wait.
    pub async fn count(&self, ip: IpAddr) -> Result<(), OutsideError> {
        Ok(self.throttle.count_address("outside", ip, LOGINS_AN_ADDRESS).await?)
    }

    /// Ends a login with the answer of a provider. Whatever comes of it, the login is used up.
    ///
    /// # Errors
    /// When anything about the answer is wrong, or nobody here is meant. A refusal is counted and recorded.
    pub async fn end(&self, name: &str, answer: AuthAnswer<'_>) -> Result<Ended, (OutsideError, Option<Flow>)> {
        let provider = self.provider(name).map_err(|error| (error, None))?;
        let returned = match self.take(provider, answer.state, answer.browser).await {
            Ok(returned) => returned,
            Err(error) => return Err((self.recorded(provider, None, error), None)),
        };
        let ended = self.judged(provider, answer, &returned).await;
        let link = returned.flow.link.as_ref().map(|link| link.user.as_str());
        ended.map_err(|error| (self.recorded(provider, link, error), Some(returned.flow.clone())))
    }

    async fn judged(
        &self,
        provider: &Provider,
        answer: AuthAnswer<'_>,
        returned: &flow::Returned,
    ) -> Result<Ended, OutsideError> {
        let metadata = self.metadata(provider).await?;
        let is_named = match answer.issuer {
            Some(issuer) => issuer == provider.config.issuer,
            None => !metadata.names_itself,
        };
        if !is_named {
            return Err(Refused::AnswerIssuer.into());
        }
        if let Some(error) = answer.error {
            return Err(Refused::Denied(exchange::plain_code(error)).into());
        }
        let code = answer.code.ok_or(Refused::NoCode)?;
        let said = self.exchange(provider, &metadata, code, returned).await?;
        if let Some(link) = &returned.flow.link {
            self.link(provider, &said, link).await?;
            return Ok(Ended::Linked);
        }
        let user = self.person(provider, &said).await?;
        let now = self.now_s();
        // Who was asked to log in anew, and did, did so now.
        let auth_time = said.auth_time.filter(|_| !returned.flow.is_fresh).map_or(now, |at| at.min(now));
        let has_two_factors = said.has_two_factors(&provider.config);
        let name = provider.config.name.clone();
        let event =
            catalogue::outside_login(self.clock.now(), (&user.tenant, user.id.as_str()), &name, has_two_factors);
        self.journal.append(&event.by(user.id.as_str()))?;
        let proven = Proven { user, has_two_factors, auth_time, provider: name };
        Ok(Ended::Proven(Box::new(proven), returned.flow.clone()))
    }

    /// Forgets logins that were never ended.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sweep(&self) -> Result<(), OutsideError> {
        self.throttle.sweep().await?;
        Ok(store::sweep(&self.db, self.now_s()).await?)
    }

    fn recorded(&self, provider: &Provider, user: Option<&str>, error: OutsideError) -> OutsideError {
        match error {
            OutsideError::Refused(refused) => self.refuse(provider, user, refused).into(),
            error => error,
        }
    }

    fn provider(&self, name: &str) -> Result<&Provider, OutsideError> {
        self.providers.iter().find(|provider| provider.config.name == name).ok_or(OutsideError::NoProvider)
    }

    async fn metadata(&self, provider: &Provider) -> Result<Arc<Metadata>, Refused> {
        let config = &provider.config;
        let fetcher = self.fetcher()?;
        provider.discovery.metadata((&fetcher, config.timeout_ms), &config.issuer, self.now_s()).await
    }

    /// The client, with the system's root certificates, which are read when somebody is asked first.
    fn fetcher(&self) -> Result<Arc<Fetcher>, Refused> {
        if let Some(known) = self.fetcher.get() {
            return Ok(known.clone());
        }
        let made = Fetcher::new(&self.egress).map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "the system's root certificates cannot be read");
            Refused::Unavailable("certificates", FetchError::Unreachable)
        })?;
        Ok(self.fetcher.get_or_init(|| Arc::new(made)).clone())
    }

    /// Where a provider sends people back to: an address for each, so that no answer passes for another's.
    fn redirect_uri(&self, provider: &Provider) -> String {
        format!("{}/auth/v1/outside/callback/{}", self.public_url, provider.config.name)
    }

    fn now_s(&self) -> i64 {
        self.clock.now().as_second()
    }
}

impl Proven {
    /// The name of the provider.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// Who, whether with two factors, and when they logged in there.
    pub(in crate::auth) fn into_parts(self) -> (UserInfo, bool, i64) {
        (self.user, self.has_two_factors, self.auth_time)
    }
}

impl std::fmt::Debug for Proven {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proven").field("user", &self.user.id).field("provider", &self.provider).finish_non_exhaustive()
    }
}
