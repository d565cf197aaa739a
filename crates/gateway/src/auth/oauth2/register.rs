//! Clients that register themselves over HTTP (RFC 7591), where `auth.oauth.registration` lets them.
//!
//! Nobody of here has looked at such a client, so it gets less: only grants in which a person decides, never the scope
//! `admin`, no way to be told of logouts inside the network, and a page of consent that says so. It is removed when it is
//! not used. What is understood is checked strictly; what is not understood is ignored, as the RFC wants.

use std::net::IpAddr;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::client::{CODE, Client, DEVICE, Method, NewClient, Origin, REFRESH, Registered};
use super::client_key::KeySet;
use super::config::Registration;
use super::rule::{self, Broken};
use super::{OAuthError, Provider, scope, store};
use crate::auth::jwt::Tokens;
use crate::auth::jwt::revocation::Subject;
use crate::auth::key;

/// Grants in which a person decides.
pub(super) const GRANTS: [&str; 3] = [CODE, REFRESH, DEVICE];
/// Registrations of an address before it has to wait.
const TRIES_AN_ADDRESS: u32 = 20;
/// So many clients may have registered themselves; more are refused until some are removed.
const REGISTERED_MAX: i64 = 5_000;
/// A client that was never used is removed after so long.
const UNUSED_FIRST_S: i64 = 86_400;
/// A use is noted so often at most.
const NOTE_EVERY_S: i64 = 3_600;

/// What a client says of itself (RFC 7591, 2), as far as it means something here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Metadata {
    pub(super) redirect_uris: Vec<String>,
    pub(super) token_endpoint_auth_method: Option<String>,
    pub(super) grant_types: Option<Vec<String>>,
    pub(super) response_types: Option<Vec<String>>,
    pub(super) client_name: Option<String>,
    pub(super) scope: Option<String>,
    pub(super) jwks: Option<Value>,
    post_logout_redirect_uris: Vec<String>,
    backchannel_logout_uri: Option<String>,
    id_token_signed_response_alg: Option<String>,
    /// What is here and not served would be a promise: refused rather than ignored.
    jwks_uri: Option<Value>,
    software_statement: Option<Value>,
    dpop_bound_access_tokens: Option<bool>,
    require_pushed_authorization_requests: Option<bool>,
}

impl Provider {
    /// Registers a client that asks for it, with the token that it brings.
    ///
    /// # Errors
    /// When nobody may register, the token is not taken, the address has to wait, or a field breaks a rule.
    pub async fn register(
        &self,
        body: &[u8],
        (token, ip): (Option<&str>, IpAddr),
        algorithm: &str,
    ) -> Result<Registered, OAuthError> {
        if self.config.registration == Registration::Off {
            return Err(OAuthError::Closed);
        }
        self.throttle.count_address("oauth-register", ip, TRIES_AN_ADDRESS).await?;
        let metadata: Metadata =
            serde_json::from_slice(body).map_err(|_| broken("the body is not the metadata of a client".to_owned()))?;
        let mut new = self.read(metadata, algorithm)?;
        rule::check(&new).map_err(said)?;
        if store::client::count_registered(&self.db).await? >= REGISTERED_MAX {
            self.refuse("registrations_full", "");
            return Err(OAuthError::Wait(3_600));
        }
        // The use of a token is taken last: what was refused for another reason has not used it up.
        let actor = match self.config.registration {
            Registration::Open => "anonymous".to_owned(),
            _ => {
                let Some((tenant, invitation)) = self.use_invitation(token.unwrap_or_default()).await? else {
                    self.refuse("initial_access_token", "");
                    return Err(OAuthError::refused("invalid_token", "the initial access token is not valid"));
                };
                new.tenant = tenant;
                invitation
            }
        };
        self.create_client(new, &actor).await
    }

    fn read(&self, metadata: Metadata, algorithm: &str) -> Result<NewClient, OAuthError> {
        for (name, is_asked) in [
            ("jwks_uri", metadata.jwks_uri.is_some()),
            ("dpop_bound_access_tokens", metadata.dpop_bound_access_tokens == Some(true)),
            ("require_pushed_authorization_requests", metadata.require_pushed_authorization_requests == Some(true)),
        ] {
            if is_asked {
                return Err(broken(format!("{name}: is not served")));
            }
        }
        if metadata.software_statement.is_some() {
            let why = "software_statement: nobody's are taken".to_owned();
            return Err(OAuthError::Metadata { code: "unapproved_software_statement", why });
        }
        if metadata.id_token_signed_response_alg.is_some_and(|asked| asked != algorithm) {
            return Err(broken(format!("id_token_signed_response_alg: is always {algorithm}")));
        }
        let mut new = described((metadata.client_name, &metadata.redirect_uris), &self.config.tenant)?;
        let method = metadata.token_endpoint_auth_method.as_deref().unwrap_or("client_secret_basic");
        new.auth_method = method_of(method)?;
        new.grants = grants(metadata.grant_types, metadata.response_types)?;
        new.scopes = scopes(metadata.scope.as_deref());
        new.redirect_uris = metadata.redirect_uris;
        new.logout_uris = metadata.post_logout_redirect_uris;
        new.jwks = metadata.jwks.as_ref().map(KeySet::of).transpose().map_err(|why| broken(format!("jwks: {why}")))?;
        new.backchannel_logout_uri = metadata.backchannel_logout_uri;
        new.origin = Origin::Registered;
        Ok(new)
    }

    /// Notes that a client which registered itself is in use.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn note_use(&self, client: &Client) -> Result<(), OAuthError> {
        if client.origin == Origin::Registered {
            let now = self.clock.now().as_second();
            store::client::note_use(&self.db, &client.id, (now, now - NOTE_EVERY_S)).await?;
        }
        Ok(())
    }

    /// Removes clients that registered themselves and are not used, with what was issued to them.
    ///
    /// # Errors
    /// When a removal cannot be recorded or stored.
    pub async fn remove_unused(&self, tokens: &Tokens) -> Result<(), OAuthError> {
        let now = self.clock.now().as_second();
        let before = (now - self.config.unused_days * 86_400, now - UNUSED_FIRST_S);
        let unused = store::client::unused(&self.db, before).await?;
        for id in unused {
            self.delete_client(&id, "gateway").await?;
            tokens.revoke(&Subject::Client(id), "client_deleted", "gateway").await?;
        }
        Ok(())
    }
}

/// A client with a name and nothing else yet.
pub(super) fn described(
    (name, redirect_uris): (Option<String>, &[String]),
    tenant: &str,
) -> Result<NewClient, OAuthError> {
    let host = || redirect_uris.first().and_then(|uri| uri.parse::<http::Uri>().ok()?.host().map(str::to_owned));
    Ok(NewClient {
        tenant: tenant.to_owned(),
        name: name.or_else(host).unwrap_or_else(|| "App".to_owned()),
        auth_method: Method::None,
        redirect_uris: Vec::new(),
        logout_uris: Vec::new(),
        grants: Vec::new(),
        scopes: Vec::new(),
        jwks: None,
        certificate_name: None,
        backchannel_logout_uri: None,
        origin: Origin::Registered,
    })
}

/// The method of this name. Whose certificate has which name, an operator knows and nobody else.
pub(super) fn method_of(name: &str) -> Result<Method, OAuthError> {
    let named = Method::named(name).filter(|method| *method != Method::Certificate);
    named.ok_or_else(|| broken("token_endpoint_auth_method: is not served".to_owned()))
}

/// Grants in which a person decides, and the one type of answer.
pub(super) fn grants(grants: Option<Vec<String>>, responses: Option<Vec<String>>) -> Result<Vec<String>, OAuthError> {
    let grants = grants.unwrap_or_else(|| vec![CODE.to_owned()]);
    if grants.iter().any(|grant| !GRANTS.contains(&grant.as_str())) {
        return Err(broken(format!("grant_types: must be some of {}", GRANTS.join(", "))));
    }
    if responses.is_some_and(|responses| responses.iter().any(|response| response != "code")) {
        return Err(broken("response_types: must be `code`".to_owned()));
    }
    Ok(grants)
}

/// What a client that nobody looked at may ask for: never `admin`. What else it names is left out, and the answer says so.
pub(super) fn scopes(asked: Option<&str>) -> Vec<String> {
    let allowed: Vec<String> =
        scope::OWN.into_iter().chain(key::SCOPES).filter(|scope| *scope != "admin").map(str::to_owned).collect();
    match asked {
        None => allowed,
        Some(text) => scope::parse(text).into_iter().filter(|scope| allowed.contains(scope)).collect(),
    }
}

/// What is answered to a client that was registered (RFC 7591, 3.2.1).
pub fn answer(registered: &Registered) -> Value {
    let client = &registered.client;
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("client_id", json!(client.id));
    put("client_id_issued_at", json!(client.created_at.as_second()));
    put("client_name", json!(client.name));
    put("redirect_uris", json!(client.redirect_uris));
    put("grant_types", json!(client.grants));
    put("response_types", if client.may(CODE) { json!(["code"]) } else { json!([]) });
    put("token_endpoint_auth_method", json!(client.auth_method));
    put("scope", json!(client.scopes.join(" ")));
    if !client.logout_uris.is_empty() {
        put("post_logout_redirect_uris", json!(client.logout_uris));
    }
    if let Some(uri) = &client.backchannel_logout_uri {
        put("backchannel_logout_uri", json!(uri));
    }
    if let Some(jwks) = &client.jwks {
        put("jwks", json!(jwks));
    }
    if let Some(secret) = &registered.client_secret {
        put("client_secret", json!(secret));
        // It ends with the client.
        put("client_secret_expires_at", json!(0));
    }
    Value::Object(body)
}

/// A broken rule in the words of the RFC.
pub(super) fn said(broken: Broken) -> OAuthError {
    let (code, field) = match broken.field {
        "redirect" => ("invalid_redirect_uri", "redirect_uris"),
        "logout-redirect" => ("invalid_client_metadata", "post_logout_redirect_uris"),
        "backchannel-logout" => ("invalid_client_metadata", "backchannel_logout_uri"),
        "name" => ("invalid_client_metadata", "client_name"),
        "grants" => ("invalid_client_metadata", "grant_types"),
        "scopes" => ("invalid_client_metadata", "scope"),
        other => ("invalid_client_metadata", other),
    };
    OAuthError::Metadata { code, why: format!("{field}: {}", broken.why) }
}

pub(super) fn broken(why: String) -> OAuthError {
    OAuthError::Metadata { code: "invalid_client_metadata", why }
}
