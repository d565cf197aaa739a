//! Settings of authentication.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::jwt::config::JwtConfig;
use super::mfa::config::MfaConfig;
use super::oauth2::config::OAuthConfig;
use super::outside::config::{self as outside, OutsideConfig};
use super::password::config::PasswordConfig;
use super::throttle::config::ThrottleConfig;

/// Who may come in, and how. Taken over at the start, not by a reload.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AuthConfig {
    /// Where people reach this gateway, for the links in mails, for DPoP proofs and for the check of where a request comes from
    /// (`https://ai.example.com`). It is the issuer of the OAuth provider, which is off without it; then no links are sent
    /// either, and the request's `Host` is believed.
    pub public_url: Option<String>,
    /// Passwords.
    pub password: PasswordConfig,
    /// Attempts to log in.
    pub throttle: ThrottleConfig,
    /// Second factors.
    pub mfa: MfaConfig,
    /// Access and refresh tokens.
    pub jwt: JwtConfig,
    /// The OAuth provider.
    pub oauth: OAuthConfig,
    /// Outside OpenID providers that people log in with.
    pub outside: Vec<OutsideConfig>,
}

impl AuthConfig {
    /// The settings of tokens: the issuer is the public address, where it is not named (RFC 9068 wants the provider's).
    pub fn tokens(&self) -> JwtConfig {
        let issuer = self.jwt.issuer.clone().or_else(|| self.public_url.clone());
        JwtConfig { issuer, ..self.jwt.clone() }
    }

    /// One sentence for every broken rule, naming the field.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if let Some(url) = &self.public_url
            && !is_origin(url)
        {
            problems.push(
                "public_url: must be `https://host` or `https://host:port` (`http` on loopback only), without a path"
                    .to_owned(),
            );
        }
        problems.extend(self.jwt.problems().into_iter().map(|problem| format!("jwt.{problem}")));
        problems.extend(self.password.problems().into_iter().map(|problem| format!("password.{problem}")));
        problems
            .extend(self.mfa.problems(self.public_url.as_deref()).into_iter().map(|problem| format!("mfa.{problem}")));
        problems.extend(self.oauth.problems().into_iter().map(|problem| format!("oauth.{problem}")));
        problems.extend(self.throttle.problems().into_iter().map(|problem| format!("throttle.{problem}")));
        problems.extend(outside::problems(&self.outside, self.public_url.as_deref()));
        problems
    }
}

/// Whether a text is an origin, as browsers write it.
pub(super) fn is_origin(url: &str) -> bool {
    let Ok(uri) = url.parse::<http::Uri>() else { return false };
    let is_loopback = matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let scheme = uri.scheme_str().unwrap_or_default();
    let is_bare = uri.path() == "/" && !url.ends_with('/') && uri.query().is_none() && !url.contains(['#', '@']);
    is_bare && uri.host().is_some() && (scheme == "https" || scheme == "http" && is_loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_an_origin() {
        for (url, expected) in [
            ("https://ai.example.com", true),
            ("https://ai.example.com:8443", true),
            ("http://127.0.0.1:8080", true),
            ("http://ai.example.com", false),
            ("https://ai.example.com/", false),
            ("https://ai.example.com/path", false),
            ("https://user@ai.example.com", false),
            ("javascript:alert(1)", false),
            ("ai.example.com", false),
        ] {
            assert_eq!(is_origin(url), expected, "{url}");
        }
    }
}
