//! Clients that nobody registered: their id is the `https` address of a document about them
//! (draft-ietf-oauth-client-id-metadata-document), where `auth.oauth.client_documents` lets them.
//!
//! The document is fetched through the guarded door, within limits, and believed only about the very address it was found
//! at; it is kept for as long as it says, within an hour, and a failure for half a minute. Such a client has no secret, no
//! scope `admin`, and only grants in which a person decides. Its host is what the page of consent shows, because that is
//! what somebody can own.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use http::Method as HttpMethod;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use quick_cache::sync::Cache;
use serde_json::Value;
use tokio::sync::Semaphore;

use super::client::{Client, Method, NewClient, Origin};
use super::client_key::KeySet;
use super::register::{GRANTS, Metadata, broken, described, grants, method_of, said, scopes};
use super::{OAuthError, Provider, rule};
use crate::auth::jwt::jose::encode;
use crate::event::catalogue;
use crate::infra::network::egress::Reach;
use crate::infra::outbound::{Answer, Ask};

/// Documents that are remembered.
const REMEMBERED_MAX: usize = 1_000;
/// Fetched at once; whoever comes then has to wait.
const AT_ONCE: usize = 8;
/// Documents that an address makes us fetch before it waits.
const FETCHES_AN_ADDRESS: u32 = 30;
/// How long a document is kept, at least, where it does not say, and at most.
const KEPT_S: (i64, i64, i64) = (60, 600, 3_600);
const FAILURE_KEPT_S: i64 = 30;
const TIMEOUT: Duration = Duration::from_secs(5);
const BYTES_MAX: usize = 10 * 1024;
/// As names of clients in sessions are.
const ID_BYTES_MAX: usize = 128;

/// Documents that were fetched, or could not be.
#[derive(Debug)]
pub(super) struct Documents {
    known: Cache<String, Arc<Known>>,
    turns: Semaphore,
}

#[derive(Debug)]
struct Known {
    client: Result<Client, String>,
    until: i64,
}

impl Default for Documents {
    fn default() -> Self {
        Self { known: Cache::new(REMEMBERED_MAX), turns: Semaphore::new(AT_ONCE) }
    }
}

impl Provider {
    /// Whether an id is the address of a document, which is looked at here.
    fn is_document(&self, id: &str) -> bool {
        let is_http = id.starts_with("http://") && self.config.reach() == Reach::Any;
        self.config.client_documents && (id.starts_with("https://") || is_http)
    }

    /// Counts who makes us fetch a document that is not known.
    ///
    /// # Errors
    /// When the address has to wait.
    pub(super) async fn count_document(&self, id: &str, ip: IpAddr) -> Result<(), OAuthError> {
        let is_new = self.is_document(id) && self.remembered(id).is_none();
        if is_new {
            self.throttle.count_address("oauth-document", ip, FETCHES_AN_ADDRESS).await?;
        }
        Ok(())
    }

    /// The client of a document; `None` when the id is no address.
    ///
    /// # Errors
    /// When the document cannot be had, or does not describe a client that is served.
    pub(super) async fn documented(&self, id: &str) -> Result<Option<Client>, OAuthError> {
        if !self.is_document(id) {
            return Ok(None);
        }
        let known = match self.remembered(id) {
            Some(known) => known,
            None => self.fetch(id).await?,
        };
        match &known.client {
            Ok(client) => Ok(Some(client.clone())),
            Err(why) => Err(broken(format!("client_id: {why}"))),
        }
    }

    fn remembered(&self, id: &str) -> Option<Arc<Known>> {
        let now = self.clock.now().as_second();
        self.documents.known.get(id).filter(|known| known.until > now)
    }

    async fn fetch(&self, id: &str) -> Result<Arc<Known>, OAuthError> {
        let now = self.clock.now();
        let known = match check(id) {
            Err(why) => Known { client: Err(why.to_owned()), until: now.as_second() + FAILURE_KEPT_S },
            Ok(()) => {
                let Ok(_turn) = self.documents.turns.try_acquire() else { return Err(OAuthError::Wait(1)) };
                let (uri, reach, timeout) = (id, self.config.reach(), TIMEOUT);
                let ask =
                    Ask { method: HttpMethod::GET, uri, body: String::new(), reach, bytes_max: BYTES_MAX, timeout };
                let fetched = self.outbound.ask(ask).await.map_err(|error| format!("its document: {error}"));
                let read = fetched.and_then(|answer| self.described_by(id, &answer).map(|client| (client, answer)));
                match read {
                    Ok((client, answer)) => {
                        let sha256 = encode(digest(&SHA256, &answer.body).as_ref());
                        self.journal.append(&catalogue::oauth_client_fetched(now, id, &sha256))?;
                        Known { client: Ok(client), until: now.as_second() + kept_s(&answer) }
                    }
                    Err(why) => {
                        self.refuse("client_document", "");
                        Known { client: Err(why), until: now.as_second() + FAILURE_KEPT_S }
                    }
                }
            }
        };
        let known = Arc::new(known);
        self.documents.known.insert(id.to_owned(), known.clone());
        Ok(known)
    }

    /// Reads a document. The text of a fault goes to whoever asked, so it holds nothing of the document.
    fn described_by(&self, id: &str, answer: &Answer) -> Result<Client, String> {
        if answer.status != http::StatusCode::OK {
            return Err(format!("its document: the answer is {}", answer.status.as_u16()));
        }
        let kind = answer.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if kind != "application/json" && !(kind.starts_with("application/") && kind.ends_with("+json")) {
            return Err("its document: is not JSON".to_owned());
        }
        let value: Value = serde_json::from_slice(&answer.body).map_err(|_| "its document: is not JSON")?;
        if value.get("client_id").and_then(Value::as_str) != Some(id) {
            return Err("its document: describes another client".to_owned());
        }
        if value.get("client_secret").is_some() || value.get("client_secret_expires_at").is_some() {
            return Err("its document: holds a secret, which is none any more".to_owned());
        }
        let metadata = serde_json::from_value(value).map_err(|_| "its document: a field is of another type")?;
        let new = self.new_client(metadata).map_err(|error| format!("its document: {error}"))?;
        Ok(new.known_as(id.to_owned(), self.clock.now()))
    }

    fn new_client(&self, metadata: Metadata) -> Result<NewClient, OAuthError> {
        let mut new = described((metadata.client_name, &metadata.redirect_uris), &self.config.tenant)?;
        new.auth_method = method_of(metadata.token_endpoint_auth_method.as_deref().unwrap_or("none"))?;
        if matches!(new.auth_method, Method::Basic | Method::Post) {
            return Err(broken("token_endpoint_auth_method: must be `none` or `private_key_jwt`".to_owned()));
        }
        // The document is for many providers: what is not served here is left out.
        let asked =
            metadata.grant_types.map(|grants| grants.into_iter().filter(|g| GRANTS.contains(&g.as_str())).collect());
        new.grants = grants(asked, None)?;
        new.scopes = scopes(metadata.scope.as_deref());
        new.redirect_uris = metadata.redirect_uris;
        new.origin = Origin::Document;
        if new.auth_method == Method::Key {
            let keys = metadata.jwks.as_ref().map(KeySet::of).transpose();
            new.jwks = keys.map_err(|why| broken(format!("jwks: {why}")))?;
        }
        rule::check(&new).map_err(said)?;
        Ok(new)
    }
}

/// Whether an address may be an id (section 3 of the draft), and the name of a client in a session.
fn check(id: &str) -> Result<(), &'static str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:/".contains(&byte);
    if id.len() > ID_BYTES_MAX || !id.bytes().all(is_plain) {
        return Err("the address must have at most 128 letters, digits or `_-.:/`, and no query");
    }
    let parsed: http::Uri = id.parse().map_err(|_| "must be an address")?;
    let path = parsed.path();
    if path.len() < 2 || path.split('/').any(|part| part == "." || part == "..") {
        return Err("the address must have a path, without `.` and `..`");
    }
    let host = parsed.host().unwrap_or_default();
    if host.is_empty() || host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err("the address must have a host in small letters");
    }
    Ok(())
}

/// How long an answer may be kept.
fn kept_s(answer: &Answer) -> i64 {
    let line = answer.headers.get(CACHE_CONTROL).and_then(|line| line.to_str().ok()).unwrap_or_default();
    let directive = |name: &str| line.split(',').any(|part| part.trim().eq_ignore_ascii_case(name));
    let age = line.split(',').find_map(|part| part.trim().strip_prefix("max-age=")?.parse::<i64>().ok());
    let (least, usual, most) = KEPT_S;
    if directive("no-store") || directive("no-cache") { least } else { age.unwrap_or(usual).clamp(least, most) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_plain_address_with_a_path() {
        for id in ["https://app.example/client.json", "https://app.example:8443/a/b"] {
            assert_eq!(check(id), Ok(()), "{id}");
        }
        for id in [
            "https://app.example",
            "https://app.example/",
            "https://app.example/a/../b",
            "https://app.example/a?b=c",
            "https://app.example/a#b",
            "https://u@app.example/a",
            "https://APP.example/a",
            "https://app.example/%61",
        ] {
            assert!(check(id).is_err(), "{id}");
        }
        assert!(check(&format!("https://app.example/{}", "a".repeat(128))).is_err());
    }
}
