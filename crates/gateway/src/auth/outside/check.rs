//! `portcullis outside check`: what is wrong between this gateway and a provider.

use serde::Serialize;

use super::config::ClientAuth;
use super::discovery::{Document, read};
use super::error::{OutsideError, Refused};
use super::key::{self, Algorithm};
use super::{Outside, Provider};

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// What.
    pub what: &'static str,
    /// Whether it is as it has to be.
    pub is_good: bool,
    /// What was found.
    pub says: String,
}

impl Outside {
    /// Asks a provider what it is and for its keys, and compares that with the configuration.
    ///
    /// # Errors
    /// When there is no such provider.
    pub async fn check(&self, name: &str) -> Result<Vec<Finding>, OutsideError> {
        let provider = self.provider(name)?;
        let mut found = vec![secret(provider)];
        found.extend(self.places(provider).await?);
        let callback = self.redirect_uri(provider);
        found.push(Finding { what: "redirect address", is_good: true, says: format!("register {callback} there") });
        let fetcher = self.fetcher()?;
        let (issuer, timeout_ms) = (provider.config.issuer.as_str(), provider.config.timeout_ms);
        match read(&fetcher, issuer, timeout_ms).await {
            Err(refused) => found.push(bad("discovery", &refused)),
            Ok(document) => {
                found.extend(compared(provider, &document));
                match document.checked(issuer) {
                    Err(Refused::Metadata("issuer")) => {
                        let says = format!("it is {}, and not {issuer}", plain(&document.issuer));
                        found.push(Finding { what: "issuer", is_good: false, says });
                    }
                    Err(refused) => found.push(bad("endpoints", &refused)),
                    Ok(metadata) => {
                        found.push(Finding { what: "issuer", is_good: true, says: issuer.to_owned() });
                        found.push(match key::count(&fetcher, &metadata.jwks, timeout_ms).await {
                            Ok(0) => Finding { what: "keys", is_good: false, says: "none can be used".to_owned() },
                            Ok(count) => Finding { what: "keys", is_good: true, says: format!("{count} can be used") },
                            Err(refused) => bad("keys", &refused),
                        });
                    }
                }
            }
        }
        Ok(found)
    }
}

impl Outside {
    /// Whether the tenant and the teams that are named exist here.
    async fn places(&self, provider: &Provider) -> Result<Vec<Finding>, OutsideError> {
        let (tenant, mut missing) = (provider.config.tenant.as_str(), Vec::new());
        if self.users.tenants().await?.iter().all(|own| own.id != tenant) {
            missing.push(Finding { what: "tenant", is_good: false, says: format!("there is no tenant `{tenant}`") });
        }
        let teams = self.users.teams().await?;
        for rule in &provider.config.teams {
            if !teams.iter().any(|own| own.tenant == tenant && own.name == rule.team) {
                let says = format!("there is no team `{}`: its rule changes nothing", rule.team);
                missing.push(Finding { what: "team", is_good: false, says });
            }
        }
        Ok(missing)
    }
}

fn bad(what: &'static str, refused: &Refused) -> Finding {
    Finding { what, is_good: false, says: refused.to_string() }
}

fn secret(provider: &Provider) -> Finding {
    let what = "client secret";
    match provider.config.client_secret.as_ref().map(|secret| secret.resolve()) {
        None => Finding { what, is_good: true, says: "none: a public client".to_owned() },
        Some(Ok(_)) => Finding { what, is_good: true, says: "resolves".to_owned() },
        Some(Err(error)) => Finding { what, is_good: false, says: error.to_string() },
    }
}

/// What the provider says that it can, against what is needed. A list that is missing says nothing.
fn compared(provider: &Provider, document: &Document) -> Vec<Finding> {
    let one_of = |what, list: &[String], wanted: &[&str]| {
        let is_good = list.is_empty() || list.iter().any(|own| wanted.contains(&own.as_str()));
        let offered = list.iter().map(|own| plain(own)).collect::<Vec<_>>().join(", ");
        let says = if is_good { offered } else { format!("offers {offered}; needed: {}", wanted.join(" or ")) };
        Finding { what, is_good, says }
    };
    let auth = match (&provider.config.client_secret, provider.config.client_auth) {
        (None, _) => "none",
        (Some(_), ClientAuth::ClientSecretBasic) => "client_secret_basic",
        (Some(_), ClientAuth::ClientSecretPost) => "client_secret_post",
    };
    vec![
        one_of("response types", &document.response_types_supported, &["code"]),
        one_of("signatures", &document.id_token_signing_alg_values_supported, &Algorithm::ALL.map(Algorithm::name)),
        one_of("client authentication", &document.token_endpoint_auth_methods_supported, &[auth]),
        one_of("PKCE", &document.code_challenge_methods_supported, &["S256"]),
    ]
}

/// Text of a provider, as it may stand on a terminal.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_graphic).take(200).collect()
}
