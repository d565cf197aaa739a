//! What a person is being asked, while they log in and decide. Pushed requests (RFC 9126) are kept beside.
//!
//! Anybody can begin, so nothing is stored for it: what is asked travels sealed in the address of the page, and only that
//! it was answered is written down, when somebody who is logged in has answered. What is pushed is stored, for a minute,
//! and an address, or a client that proved itself, can have so much of it waiting.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::client::Client;
use super::params::VALUE_BYTES_MAX;
use super::request::Request;
use super::{OAuthError, Provider, store};
use crate::auth::jwt::jose::{decode, encode};
use crate::auth::random::base62;
use crate::data::encryption::Place;

/// How long a person has.
const FLOW_S: i64 = 600;
/// How long a pushed request waits for its browser.
pub const PUSHED_S: i64 = 60;
/// Pushed requests, or devices, that wait for the browser of one address.
const WAITING_OF_AN_ADDRESS: i64 = 600;
/// The same of one client that proved itself.
const WAITING_OF_A_CLIENT: i64 = 10_000;
/// What the name of what a person is asked begins with.
const FLOW: &str = "flw_";
const PLACE: Place<'static> = Place { table: "oauth_flow", column: "name", row: "", tenant: "" };
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

/// What travels with the browser.
#[derive(Serialize, Deserialize)]
struct Sealed {
    flow: Flow,
    ends_at: i64,
    /// No two are the same, also when two pages ask the same.
    id: String,
}

impl Provider {
    /// Names what a person is asked. Nothing is stored: the name holds it, sealed.
    ///
    /// # Errors
    /// When it is too long to travel.
    pub fn begin_flow(&self, flow: Flow) -> Result<String, OAuthError> {
        let sealed = Sealed { flow, ends_at: self.clock.now().as_second() + FLOW_S, id: base62(22)? };
        let plain = serde_json::to_vec(&sealed).map_err(|_| OAuthError::request("the request cannot be kept"))?;
        let name = format!("{FLOW}{}", encode(&self.sealer.seal(&PLACE, &plain)?));
        if name.len() > VALUE_BYTES_MAX {
            return Err(OAuthError::request("`state` and `nonce` are too long"));
        }
        Ok(name)
    }

    /// What a person is asked.
    ///
    /// # Errors
    /// When it is over, or not of here.
    pub fn flow(&self, name: &str) -> Result<Flow, OAuthError> {
        let over = || OAuthError::request("this page is too old; begin again in the app");
        let sealed = self.open(name).filter(|sealed| sealed.ends_at > self.clock.now().as_second());
        sealed.map(|sealed| sealed.flow).ok_or_else(over)
    }

    /// Ends it; says whether this call did, so that one answer is given. For those alone who are logged in: it is stored.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn end_flow(&self, name: &str) -> Result<bool, OAuthError> {
        let Some(sealed) = self.open(name) else { return Ok(false) };
        Ok(store::flow::end(&self.db, &sealed.id, sealed.ends_at).await?)
    }

    fn open(&self, name: &str) -> Option<Sealed> {
        let sealed = self.sealer.open_sealed(&PLACE, &decode(name.strip_prefix(FLOW)?)?).ok()?;
        serde_json::from_slice(&sealed).ok()
    }

    /// Keeps a pushed request, and names it.
    ///
    /// # Errors
    /// When too many wait, or it cannot be stored.
    pub async fn push(&self, client: &Client, request: &Request, ip: IpAddr) -> Result<String, OAuthError> {
        let now = self.clock.now().as_second();
        let (source, most) = self.source(client, ip);
        if store::flow::count(&self.db, &source, now).await? >= most {
            self.refuse("pushed_requests", &client.id);
            return Err(OAuthError::Wait(PUSHED_S.unsigned_abs()));
        }
        let id = format!("par_{}", base62(22)?);
        store::flow::insert(&self.db, &id, (&Flow::Code(request.clone()), &source), now + PUSHED_S).await?;
        Ok(format!("{PUSHED}{id}"))
    }

    /// Who lets something wait here, and how much of it may: a client that proved itself, or an address.
    pub(super) fn source(&self, client: &Client, ip: IpAddr) -> (Vec<u8>, i64) {
        match client.is_confidential() {
            true => (self.hash("source", &client.id), WAITING_OF_A_CLIENT),
            false => (self.hash("source", &self.throttle.pseudonym(ip)), WAITING_OF_AN_ADDRESS),
        }
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

    /// A random name, for cookies of pages.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn nonce(&self) -> Result<String, OAuthError> {
        Ok(base62(22)?)
    }
}
