//! What a person is being asked: kept while they log in and decide. Pushed requests (RFC 9126) are kept beside.

use serde::{Deserialize, Serialize};

use super::request::Request;
use super::{OAuthError, Provider, store};
use crate::auth::random::base62;

/// How long a person has.
const FLOW_S: i64 = 600;
/// How long a pushed request waits for its browser.
pub const PUSHED_S: i64 = 60;
/// What the name of a pushed request begins with.
const PUSHED: &str = "urn:ietf:params:oauth:request_uri:";

/// What a person is asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Flow {
    /// By a client that waits for a code.
    Code(Request),
    /// By a device that polls.
    Device {
        /// The client.
        client: String,
        /// What it asks for.
        scopes: Vec<String>,
        /// The hash of the user code, in hexadecimal.
        user_code: String,
        /// The browser it was entered in: nobody else can be made to go on from there (RFC 8628, 5.4).
        browser: String,
    },
}

impl Flow {
    /// The client that asks.
    pub fn client(&self) -> &str {
        match self {
            Self::Code(request) => &request.client,
            Self::Device { client, .. } => client,
        }
    }

    /// What it asks for.
    pub fn scopes(&self) -> &[String] {
        match self {
            Self::Code(request) => &request.scopes,
            Self::Device { scopes, .. } => scopes,
        }
    }
}

impl Provider {
    /// Keeps what a person is asked, and names it.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn begin_flow(&self, flow: &Flow) -> Result<String, OAuthError> {
        let id = format!("flw_{}", base62(22)?);
        self.keep(&id, flow, FLOW_S).await?;
        Ok(id)
    }

    /// What a person is asked.
    ///
    /// # Errors
    /// When it is over, or the store fails.
    pub async fn flow(&self, id: &str) -> Result<Flow, OAuthError> {
        let over = || OAuthError::request("this page is too old; begin again in the app");
        if !id.starts_with("flw_") {
            return Err(over());
        }
        store::flow::one(&self.db, id, self.clock.now().as_second()).await?.ok_or_else(over)
    }

    /// Ends it; says whether this call did, so that one answer is given.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn end_flow(&self, id: &str) -> Result<bool, OAuthError> {
        Ok(store::flow::delete(&self.db, id).await?)
    }

    /// Keeps a pushed request, and names it.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn push(&self, request: &Request) -> Result<String, OAuthError> {
        let id = format!("par_{}", base62(22)?);
        self.keep(&id, &Flow::Code(request.clone()), PUSHED_S).await?;
        Ok(format!("{PUSHED}{id}"))
    }

    /// Takes a pushed request of this client, once.
    ///
    /// # Errors
    /// When there is none.
    pub async fn pushed(&self, uri: &str, client: &str) -> Result<Request, OAuthError> {
        let over =
            || OAuthError::refused("invalid_request_uri", "this request was not pushed, was used, or is too old");
        let id = uri.strip_prefix(PUSHED).filter(|id| id.starts_with("par_")).ok_or_else(over)?;
        let found = store::flow::one(&self.db, id, self.clock.now().as_second()).await?;
        let request = match found {
            Some(Flow::Code(request)) if request.client == client => request,
            _ => {
                self.refuse("request_uri", "");
                return Err(over());
            }
        };
        if store::flow::delete(&self.db, id).await? { Ok(request) } else { Err(over()) }
    }

    async fn keep(&self, id: &str, flow: &Flow, life_s: i64) -> Result<(), OAuthError> {
        Ok(store::flow::insert(&self.db, id, flow, self.clock.now().as_second() + life_s).await?)
    }

    /// A random name, for cookies of pages.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn nonce(&self) -> Result<String, OAuthError> {
        Ok(base62(22)?)
    }
}
