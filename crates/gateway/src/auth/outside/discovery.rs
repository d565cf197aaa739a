//! What a provider says of itself (OpenID Connect Discovery 1.0), kept for an hour.
//!
//! Invariant: metadata that is used names exactly the configured issuer, and endpoints that may be asked. When it cannot be
//! read again, what was read stays in use for a day; a provider that failed is not asked again for a few seconds.

use std::sync::Arc;

use http::Uri;
use serde::Deserialize;
use tokio::sync::Mutex;

use super::address;
use super::error::Refused;
use super::fetch::{FetchError, Fetcher};

const FRESH_S: i64 = 3_600;
const KEPT_S: i64 = 86_400;
const PAUSE_S: i64 = 5;

/// What a provider says of itself, as it came.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Document {
    pub(super) issuer: String,
    pub(super) authorization_endpoint: String,
    pub(super) token_endpoint: String,
    pub(super) jwks_uri: String,
    #[serde(default)]
    pub(super) userinfo_endpoint: Option<String>,
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
    #[serde(default)]
    pub(super) response_types_supported: Vec<String>,
    #[serde(default)]
    pub(super) id_token_signing_alg_values_supported: Vec<String>,
    #[serde(default)]
    pub(super) token_endpoint_auth_methods_supported: Vec<String>,
    #[serde(default)]
    pub(super) code_challenge_methods_supported: Vec<String>,
}

/// What is used of it, checked.
#[derive(Debug, Clone)]
pub(super) struct Metadata {
    pub(super) authorization: Uri,
    pub(super) token: Uri,
    pub(super) jwks: Uri,
    pub(super) userinfo: Option<Uri>,
    /// Whether its answers say who gives them (RFC 9207).
    pub(super) names_itself: bool,
}

/// Metadata, kept.
#[derive(Debug, Default)]
pub(super) struct Discovery(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    metadata: Option<(Arc<Metadata>, i64)>,
    failed: Option<(Refused, i64)>,
}

impl Discovery {
    /// The metadata, read when it is time. One reads, the others wait.
    pub(super) async fn metadata(
        &self,
        (fetcher, timeout_ms): (&Fetcher, u64),
        issuer: &str,
        now: i64,
    ) -> Result<Arc<Metadata>, Refused> {
        let mut known = self.0.lock().await;
        let age = |at: i64| now.saturating_sub(at);
        let kept = known.metadata.clone().filter(|(_, at)| age(*at) < KEPT_S);
        if let Some((metadata, at)) = &kept
            && age(*at) < FRESH_S
        {
            return Ok(metadata.clone());
        }
        let failure = match &known.failed {
            Some((failure, at)) if age(*at) < PAUSE_S => failure.clone(),
            _ => match read(fetcher, issuer, timeout_ms).await.and_then(|document| document.checked(issuer)) {
                Ok(metadata) => {
                    let metadata = Arc::new(metadata);
                    *known = Known { metadata: Some((metadata.clone(), now)), failed: None };
                    return Ok(metadata);
                }
                Err(failure) => {
                    known.failed = Some((failure.clone(), now));
                    failure
                }
            },
        };
        // What says that it is somebody else is not replaced by what was said before.
        match (kept, &failure) {
            (Some((metadata, _)), Refused::Unavailable(_, _)) => Ok(metadata),
            _ => Err(failure),
        }
    }
}

/// Reads what a provider says of itself.
pub(super) async fn read(fetcher: &Fetcher, issuer: &str, timeout_ms: u64) -> Result<Document, Refused> {
    let unavailable = |why: FetchError| Refused::Unavailable("discovery", why);
    let uri = address::metadata(issuer).parse::<Uri>().map_err(|_| Refused::Metadata("issuer"))?;
    fetcher.get(&uri, timeout_ms).await.map_err(unavailable)
}

impl Document {
    /// What is used of it, when it is this issuer's and can be used.
    pub(super) fn checked(&self, issuer: &str) -> Result<Metadata, Refused> {
        if self.issuer != issuer {
            return Err(Refused::Metadata("issuer"));
        }
        let endpoint = |text: &str, name| address::endpoint(text, issuer).ok_or(Refused::Metadata(name));
        Ok(Metadata {
            authorization: endpoint(&self.authorization_endpoint, "authorization_endpoint")?,
            token: endpoint(&self.token_endpoint, "token_endpoint")?,
            jwks: endpoint(&self.jwks_uri, "jwks_uri")?,
            userinfo: self.userinfo_endpoint.as_deref().map(|text| endpoint(text, "userinfo_endpoint")).transpose()?,
            names_itself: self.authorization_response_iss_parameter_supported,
        })
    }
}
