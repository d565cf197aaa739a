//! Settings of tokens.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::jose::Algorithm;

/// Access and refresh tokens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct JwtConfig {
    /// `iss` of access tokens: an `https` address. Without it `auth.public_url`, or a
    /// name made of the installation's id.
    pub issuer: Option<String>,
    /// `aud` of access tokens: who they are for. Without it, the issuer.
    pub audience: Option<String>,
    /// What new signing keys sign with.
    pub algorithm: Algorithm,
    /// Life of an access token, in seconds; 30 minutes at most.
    pub access_ttl_s: i64,
    /// A refresh token that is not used for so long ends, in seconds.
    pub refresh_idle_s: i64,
    /// A session ends after so long, however often it is refreshed, in seconds.
    pub refresh_absolute_s: i64,
    /// How long others may keep the key set: a new signing key is published for so long before it signs, in seconds.
    pub jwks_cache_s: i64,
    /// Whether a DPoP proof has to carry a nonce of this gateway.
    pub dpop_nonce: bool,
}

impl Default for JwtConfig {
    fn default() -> Self {
        Self {
            issuer: None,
            audience: None,
            algorithm: Algorithm::EdDsa,
            access_ttl_s: 30 * 60,
            refresh_idle_s: 7 * 86_400,
            refresh_absolute_s: 30 * 86_400,
            jwks_cache_s: 300,
            dpop_nonce: false,
        }
    }
}

impl JwtConfig {
    /// One sentence for every broken rule, naming the field.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        within("access_ttl_s", self.access_ttl_s, 30..=1_800, &mut problems);
        within("refresh_idle_s", self.refresh_idle_s, 300..=30 * 86_400, &mut problems);
        within("refresh_absolute_s", self.refresh_absolute_s, 300..=90 * 86_400, &mut problems);
        within("jwks_cache_s", self.jwks_cache_s, 60..=86_400, &mut problems);
        if self.refresh_idle_s <= self.access_ttl_s || self.refresh_absolute_s < self.refresh_idle_s {
            problems.push("refresh_idle_s: must be above access_ttl_s, and at most refresh_absolute_s".into());
        }
        if self.issuer.as_ref().is_some_and(|text| !is_address(text)) {
            problems.push("issuer: must be an `https` address without `?`, `#` and a `/` at its end".into());
        }
        if self.audience.as_ref().is_some_and(|text| text.is_empty() || text.len() > 256) {
            problems.push("audience: must have 1 to 256 bytes".into());
        }
        problems
    }
}

fn within(name: &str, value: i64, range: RangeInclusive<i64>, problems: &mut Vec<String>) {
    if !range.contains(&value) {
        problems.push(format!("{name}: must be between {} and {}", range.start(), range.end()));
    }
}

/// `https`, or `http` of this machine, which is how it is tried out.
fn is_address(text: &str) -> bool {
    let Ok(uri) = text.parse::<http::Uri>() else { return false };
    let host = uri.host().unwrap_or_default();
    let is_local = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    let scheme_is_right = uri.scheme_str() == Some("https") || uri.scheme_str() == Some("http") && is_local;
    scheme_is_right && !text.contains(['?', '#']) && !text.ends_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_controls() {
        let config = JwtConfig::default();
        assert_eq!((config.access_ttl_s, config.refresh_idle_s), (1_800, 604_800));
        assert_eq!(config.problems(), Vec::<String>::new());
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        let check = |config: JwtConfig, name: &str| {
            let problems = config.problems();
            assert!(problems.iter().any(|problem| problem.starts_with(name)), "{name}: {problems:?}");
        };
        let default = JwtConfig::default;
        check(JwtConfig { access_ttl_s: 1_801, ..default() }, "access_ttl_s");
        check(JwtConfig { access_ttl_s: 0, ..default() }, "access_ttl_s");
        check(JwtConfig { refresh_idle_s: -1, ..default() }, "refresh_idle_s");
        check(JwtConfig { refresh_absolute_s: 86_400, ..default() }, "refresh_idle_s");
        check(JwtConfig { jwks_cache_s: 0, ..default() }, "jwks_cache_s");
        check(JwtConfig { issuer: Some("http://example.com".into()), ..default() }, "issuer");
        check(JwtConfig { issuer: Some("https://example.com/?a".into()), ..default() }, "issuer");
    }
}
