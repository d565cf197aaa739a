//! What a client asks a person for: an authorization request, read and judged.
//!
//! Only the code flow exists, and only with PKCE S256. Before the client and its redirect address are known to be right,
//! a fault is shown on a page and never sent anywhere.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::client::{CODE, Client};
use super::params::Params;
use super::{OAuthError, Provider, redirect, scope};

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The client.
    pub client: String,
    /// Where the answer goes.
    pub redirect_uri: String,
    /// What it asks for.
    pub scopes: Vec<String>,
    /// Carried back as it came.
    pub state: Option<String>,
    /// Carried into the ID token.
    pub nonce: Option<String>,
    /// The SHA-256 of what only the client knows.
    pub challenge: String,
    /// `none`, `login`, `consent`.
    pub prompt: Vec<String>,
    /// How old a login may be, in seconds.
    pub max_age_s: Option<i64>,
    /// The key that the code is bound to (RFC 9449, 10).
    pub dpop_jkt: Option<String>,
    /// When it came.
    pub asked_at: i64,
}

/// Why a request is not served.
#[derive(Debug)]
pub enum Fault {
    /// Said on a page: nobody knows whose address it is.
    Page(OAuthError),
    /// Said to the client.
    Back {
        /// Where.
        redirect_uri: String,
        /// As it came.
        state: Option<String>,
        /// What.
        error: OAuthError,
    },
}

/// What is carried along has to fit into the address of a page.
const STATE_BYTES_MAX: usize = 2_048;
const NONCE_BYTES_MAX: usize = 512;
/// Prompts that are understood.
const PROMPTS: [&str; 4] = ["none", "login", "consent", "select_account"];

impl Provider {
    /// Reads a request of a client that is known by its id.
    ///
    /// # Errors
    /// When it is not one that can be served; says where that may be said.
    pub async fn request(&self, params: &Params, ip: IpAddr) -> Result<(Client, Request), Fault> {
        let page = |error| Fault::Page(error);
        let id = params.need("client_id", "`client_id` is missing").map_err(page)?;
        self.count_document(id, ip).await.map_err(page)?;
        let client = match self.client(id).await {
            Err(OAuthError::Missing(_)) => {
                self.refuse("unknown_client", "");
                return Err(page(OAuthError::request("there is no such client")));
            }
            client => client.map_err(page)?,
        };
        let redirect_uri = params.need("redirect_uri", "`redirect_uri` is missing").map_err(page)?;
        if !redirect::is_registered(&client.redirect_uris, redirect_uri) {
            self.refuse("redirect_uri", &client.id);
            return Err(page(OAuthError::request("`redirect_uri` is not one that this client registered")));
        }
        let request = self.rest(&client, redirect_uri, params);
        let back = |error| match client.is_strange() {
            // Whoever registers an address would have us send people there (RFC 9700, 4.11.2).
            true => Fault::Page(error),
            false => Fault::Back {
                redirect_uri: redirect_uri.to_owned(),
                state: params.value("state").map(str::to_owned),
                error,
            },
        };
        request.map_err(back).map(|request| (client, request))
    }

    fn rest(&self, client: &Client, redirect_uri: &str, params: &Params) -> Result<Request, OAuthError> {
        if params.value("request").is_some() {
            return Err(OAuthError::refused("request_not_supported", "`request` is not supported"));
        }
        if params.value("request_uri").is_some() {
            return Err(OAuthError::refused(
                "request_uri_not_supported",
                "only what was pushed here has a `request_uri`",
            ));
        }
        let kind = params.need("response_type", "`response_type` is missing")?;
        if kind != "code" {
            return Err(OAuthError::refused("unsupported_response_type", "only `code` is served"));
        }
        if params.value("response_mode").is_some_and(|mode| mode != "query") {
            return Err(OAuthError::request("only the response mode `query` is served"));
        }
        if !client.may(CODE) {
            return Err(OAuthError::refused("unauthorized_client", "this client may not use codes"));
        }
        for (name, most) in [("state", STATE_BYTES_MAX), ("nonce", NONCE_BYTES_MAX)] {
            if params.value(name).is_some_and(|value| value.len() > most) {
                return Err(OAuthError::request("`state` has at most 2048 bytes, and `nonce` 512"));
            }
        }
        let challenge = self.challenge(client, params)?;
        self.resource(params)?;
        let prompt: Vec<String> = params.value("prompt").map(scope::parse).unwrap_or_default();
        let is_known = prompt.iter().all(|prompt| PROMPTS.contains(&prompt.as_str()));
        if !is_known || prompt.len() > 1 && prompt.iter().any(|prompt| prompt == "none") {
            return Err(OAuthError::request("`prompt` is `none`, or some of `login`, `consent`, `select_account`"));
        }
        let max_age_s = params.value("max_age").map(str::parse::<u32>).transpose();
        let max_age_s = max_age_s.map_err(|_| OAuthError::request("`max_age` is a number of seconds"))?;
        Ok(Request {
            client: client.id.clone(),
            redirect_uri: redirect_uri.to_owned(),
            scopes: asked(client, params)?,
            state: params.value("state").map(str::to_owned),
            nonce: params.value("nonce").map(str::to_owned),
            challenge,
            prompt,
            max_age_s: max_age_s.map(i64::from),
            dpop_jkt: params.value("dpop_jkt").map(str::to_owned),
            asked_at: self.clock.now().as_second(),
        })
    }

    fn challenge(&self, client: &Client, params: &Params) -> Result<String, OAuthError> {
        let refuse = |why| {
            self.refuse("pkce", &client.id);
            OAuthError::request(why)
        };
        let challenge = params.value("code_challenge").ok_or_else(|| refuse("`code_challenge` is missing"))?;
        if params.value("code_challenge_method") != Some("S256") {
            return Err(refuse("`code_challenge_method` has to be `S256`"));
        }
        let is_hash =
            challenge.len() == 43 && challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if is_hash { Ok(challenge.to_owned()) } else { Err(refuse("`code_challenge` is no SHA-256 in base64url")) }
    }

    /// Tokens are for this gateway and nobody else (RFC 8707).
    ///
    /// # Errors
    /// When another resource is named.
    pub fn resource(&self, params: &Params) -> Result<(), OAuthError> {
        let own = self.issuer()?;
        match params.value("resource") {
            Some(asked) if asked.trim_end_matches('/') != own => {
                Err(OAuthError::refused("invalid_target", "tokens are for this gateway only"))
            }
            _ => Ok(()),
        }
    }
}

/// The scopes that a client asks for: all it may ask for when it names none.
///
/// # Errors
/// When one of them is not among those.
pub fn asked(client: &Client, params: &Params) -> Result<Vec<String>, OAuthError> {
    let mut scopes = params.value("scope").map_or_else(|| client.scopes.clone(), scope::parse);
    if client.is_strange() {
        // It asks for what metadata says there is, not for what it was told that it may have.
        scopes.retain(|scope| client.scopes.contains(scope));
    }
    match scope::covers(&client.scopes, &scopes) && !scopes.is_empty() {
        true => Ok(scopes),
        false => Err(OAuthError::refused("invalid_scope", "this client may not ask for one of these scopes")),
    }
}

impl Request {
    /// Whether a prompt was asked for.
    pub fn has_prompt(&self, prompt: &str) -> bool {
        self.prompt.iter().any(|own| own == prompt)
    }

    /// Whether a login at this time is recent enough.
    pub fn takes_login_of(&self, auth_time: i64) -> bool {
        let is_anew = !self.has_prompt("login") && !self.has_prompt("select_account") || auth_time >= self.asked_at;
        is_anew && self.max_age_s.is_none_or(|age_s| auth_time >= self.asked_at - age_s)
    }
}
