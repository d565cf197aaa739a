//! Which headers go on to a provider, which come back, and our own.
//!
//! Invariant: headers travel by allow-list. A client's credentials never reach a provider, a provider's cookies and
//! hop-by-hop headers never reach a client.

use http::{HeaderMap, HeaderName, HeaderValue};

/// Rule ids of what was found, comma separated. Never the text.
pub const RULES: HeaderName = HeaderName::from_static("x-portcullis-rules");
/// The verdict on the exchange: `allowed`, `masked`, `flagged`, `blocked`.
pub const VERDICT: HeaderName = HeaderName::from_static("x-portcullis-verdict");
/// What the gateway added before the provider was asked, in microseconds.
pub const OVERHEAD: HeaderName = HeaderName::from_static("x-portcullis-overhead-us");
/// The nonce for the next DPoP proof (RFC 9449).
pub const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
/// OpenAI's request id header.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Anthropic's request id header.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
/// Tells OpenAI and Anthropic SDKs whether to try again.
pub const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");
/// The provider's own request id.
const UPSTREAM_REQUEST_ID: HeaderName = HeaderName::from_static("x-upstream-request-id");

/// Sent on to the provider as they came.
const ONWARD: &[&str] = &[
    "anthropic-beta",
    "anthropic-version",
    "idempotency-key",
    "openai-beta",
    "openai-organization",
    "openai-project",
    "user-agent",
];

/// Handed back to the client as they came.
const BACK: &[&str] = &[
    "anthropic-organization-id",
    "openai-organization",
    "openai-processing-ms",
    "openai-version",
    "retry-after",
    "retry-after-ms",
    "x-should-retry",
];

/// Beginnings of header names that are handed back.
const BACK_PREFIXES: &[&str] = &["anthropic-ratelimit-", "x-ratelimit-"];

/// The headers of the request to the provider.
pub fn onward(client: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(ONWARD.len() + 4);
    for (name, value) in client.iter().filter(|(name, _)| ONWARD.contains(&name.as_str())) {
        headers.append(name.clone(), value.clone());
    }
    headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(http::header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers
}

/// The headers of the answer to the client.
pub fn back(provider: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(12);
    for (name, value) in provider {
        let text = name.as_str();
        if BACK.contains(&text) || BACK_PREFIXES.iter().any(|prefix| text.starts_with(prefix)) {
            headers.append(name.clone(), value.clone());
        }
    }
    let theirs = provider.get(&X_REQUEST_ID).or_else(|| provider.get(&REQUEST_ID));
    if let Some(id) = theirs {
        headers.insert(UPSTREAM_REQUEST_ID, id.clone());
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clients_credentials_never_go_onward() {
        let mut client = HeaderMap::new();
        for name in ["authorization", "x-api-key", "cookie", "anthropic-version"] {
            client.insert(name, HeaderValue::from_static("v"));
        }
        let onward = onward(&client);
        assert!(onward.contains_key("anthropic-version"));
        assert!(["authorization", "x-api-key", "cookie"].iter().all(|name| !onward.contains_key(*name)));
    }

    #[test]
    fn cookies_and_connection_headers_never_come_back() {
        let mut provider = HeaderMap::new();
        for name in ["set-cookie", "connection", "transfer-encoding", "retry-after", "x-ratelimit-limit-requests"] {
            provider.insert(name, HeaderValue::from_static("1"));
        }
        let names: Vec<String> = back(&provider).keys().map(ToString::to_string).collect();
        assert_eq!(names, ["retry-after", "x-ratelimit-limit-requests"]);
    }
}
