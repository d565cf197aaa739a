//! `api.cors`: which pages of other origins may call the gateway from a browser.
//!
//! CORS loosens what browsers forbid; it authenticates nobody. So an origin that is not listed gets an answer without the
//! headers, which its page cannot read, and is not told more. The layer is `http::cors`.
//!
//! Invariants: an origin is repeated only when it is listed; `*` never comes with credentials; the load refuses the rest.

pub mod config;
pub mod origin;

use http::HeaderValue;

use config::CorsConfig;
use origin::Pattern;

/// Request headers that SDKs and our own clients send from a page.
const HEADERS: &[&str] = &[
    "accept",
    "anthropic-beta",
    "anthropic-dangerous-direct-browser-access",
    "anthropic-version",
    "authorization",
    "content-type",
    "dpop",
    "idempotency-key",
    "openai-beta",
    "openai-organization",
    "openai-project",
    "traceparent",
    "x-api-key",
    "x-csrf-token",
];
/// Beginnings of such names, of which there are too many to list.
const HEADER_PREFIXES: &[&str] = &["x-stainless-"];
/// Names of headers that one preflight may ask for.
const ASKED_MAX: usize = 64;

/// The sharing that is configured.
#[derive(Debug, Default)]
pub struct Cors {
    patterns: Vec<Pattern>,
    config: CorsConfig,
}

/// What one origin is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// `Access-Control-Allow-Origin`.
    pub origin: HeaderValue,
    /// Whether cookies come along.
    pub credentials: bool,
}

impl Cors {
    /// Of a configuration that has no problems.
    pub fn new(config: &CorsConfig) -> Self {
        let patterns = config.origins.iter().filter_map(|text| text.parse().ok()).collect();
        let mut config = config.clone();
        config.headers.iter_mut().for_each(|name| name.make_ascii_lowercase());
        Self { patterns, config }
    }

    /// Whether any origin may.
    pub fn is_on(&self) -> bool {
        !self.patterns.is_empty()
    }

    /// Whether the answer is the same for all origins.
    pub fn is_same_for_all(&self) -> bool {
        self.patterns.contains(&Pattern::Any)
    }

    /// What an origin is allowed; `None` when it is not listed.
    pub fn share(&self, origin: &HeaderValue) -> Option<Shared> {
        if self.is_same_for_all() {
            return Some(Shared { origin: HeaderValue::from_static("*"), credentials: false });
        }
        let text = origin.to_str().ok()?;
        let is_listed = self.patterns.iter().any(|pattern| pattern.fits(text));
        is_listed.then(|| Shared { origin: origin.clone(), credentials: self.config.credentials })
    }

    /// The headers that a page may send, for one that asks to send these.
    pub fn headers(&self, asked: &str) -> String {
        let asked = asked.split(',').map(str::trim).take(ASKED_MAX);
        let by_prefix = asked.filter(|name| {
            let is_name = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            is_name && HEADER_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        });
        let own = self.config.headers.iter().map(String::as_str);
        HEADERS.iter().copied().chain(own).chain(by_prefix).collect::<Vec<_>>().join(", ")
    }

    /// How long the answer to a preflight holds, in seconds.
    pub fn max_age_s(&self) -> u32 {
        self.config.max_age_s
    }

    /// Whether public pages may call a private address.
    pub fn private_network(&self) -> bool {
        self.config.private_network
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_those_of_sdks_and_no_others() {
        let config = CorsConfig { headers: vec!["X-Team".to_owned()], ..CorsConfig::default() };
        let headers = Cors::new(&config).headers("authorization, x-stainless-lang,cookie, x-evil, x-stainless-a\nb");
        let names: Vec<&str> = headers.split(", ").collect();
        assert!(["authorization", "x-team", "x-stainless-lang"].iter().all(|name| names.contains(name)), "{headers}");
        assert!(!headers.contains("cookie") && !headers.contains("evil") && !headers.contains('\n'), "{headers}");
    }
}
