//! What the provider says about itself (RFC 8414, OpenID Discovery, RFC 9728).

use serde_json::{Value, json};

use super::client_key::ALGORITHMS;
use super::config::Registration;
use super::{OAuthError, Provider, client, scope};
use crate::auth::key;

impl Provider {
    /// The metadata of the provider. `takes_certificates`: whether clients may show certificates, to which their tokens are
    /// bound then (RFC 8705, 3.3).
    ///
    /// # Errors
    /// When it is off.
    pub fn metadata(&self, algorithm: &str, takes_certificates: bool) -> Result<Value, OAuthError> {
        let issuer = self.issuer()?;
        let at = |path: &str| format!("{issuer}{path}");
        let mut proving = vec!["client_secret_basic", "client_secret_post", "private_key_jwt"];
        if takes_certificates {
            proving.push("tls_client_auth");
        }
        let methods = [proving.clone(), vec!["none"]].concat();
        let mut metadata = json!({
            "issuer": issuer,
            "authorization_endpoint": at("/oauth2/authorize"),
            "token_endpoint": at("/oauth2/token"),
            "userinfo_endpoint": at("/oauth2/userinfo"),
            "jwks_uri": at("/.well-known/jwks.json"),
            "revocation_endpoint": at("/oauth2/revoke"),
            "introspection_endpoint": at("/oauth2/introspect"),
            "pushed_authorization_request_endpoint": at("/oauth2/par"),
            "device_authorization_endpoint": at("/oauth2/device"),
            "end_session_endpoint": at("/oauth2/logout"),
            "scopes_supported": scopes(),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": client::GRANTS,
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [algorithm],
            "token_endpoint_auth_methods_supported": methods,
            "revocation_endpoint_auth_methods_supported": methods,
            "introspection_endpoint_auth_methods_supported": proving,
            "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
            "revocation_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
            "introspection_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
            "code_challenge_methods_supported": ["S256"],
            "dpop_signing_alg_values_supported": ["EdDSA", "ES256"],
            "authorization_response_iss_parameter_supported": true,
            "prompt_values_supported": ["none", "login", "consent", "select_account"],
            "claims_supported": ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "amr", "acr", "sid", "name", "email", "email_verified"],
            "ui_locales_supported": ["en", "de"],
            "backchannel_logout_supported": true,
            "backchannel_logout_session_supported": true,
            "claims_parameter_supported": false,
            "request_parameter_supported": false,
            "request_uri_parameter_supported": false,
            "client_id_metadata_document_supported": self.config.client_documents,
            "protected_resources": [issuer],
            "tls_client_certificate_bound_access_tokens": takes_certificates,
        });
        if self.config.registration != Registration::Off {
            metadata["registration_endpoint"] = at("/oauth2/register").into();
        }
        Ok(metadata)
    }

    /// The metadata of the gateway as a protected resource.
    ///
    /// # Errors
    /// When the provider is off.
    pub fn resource_metadata(&self, takes_certificates: bool) -> Result<Value, OAuthError> {
        let issuer = self.issuer()?;
        Ok(json!({
            "resource": issuer,
            "authorization_servers": [issuer],
            "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
            "scopes_supported": key::SCOPES,
            "bearer_methods_supported": ["header"],
            "dpop_signing_alg_values_supported": ["EdDSA", "ES256"],
            "resource_name": "Portcullis",
            "tls_client_certificate_bound_access_tokens": takes_certificates,
        }))
    }
}

fn scopes() -> Vec<&'static str> {
    scope::OWN.into_iter().chain(key::SCOPES).collect()
}
