//! Settings of the OAuth provider.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::infra::network::egress::Reach;

/// The OAuth provider, beside `auth.public_url` that switches it on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OAuthConfig {
    /// Whether clients may register themselves (RFC 7591): not at all, with a token of `portcullis client invite`, or
    /// whoever comes.
    pub registration: Registration,
    /// Whether the id of a client may be the address of a document about it (Client ID Metadata Document).
    pub client_documents: bool,
    /// The tenant whose people can use clients that nobody of here registered.
    pub tenant: String,
    /// A client that registered itself and is not used for so long is removed, in days; one that was never used, after a day.
    pub unused_days: i64,
    /// Whether logouts may be told to, and documents fetched from, any host whoever named it, in private networks and on this machine
    /// too. Without it `egress` says which.
    pub danger_private_addresses: bool,
}

/// Who may register a client over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    /// Nobody.
    Off,
    /// Who has an initial access token.
    Token,
    /// Anybody.
    Open,
}

impl Default for OAuthConfig {
    fn default() -> Self {
        Self {
            registration: Registration::Off,
            client_documents: false,
            tenant: crate::event::DEFAULT_TENANT.to_owned(),
            unused_days: 30,
            danger_private_addresses: false,
        }
    }
}

impl OAuthConfig {
    /// One sentence for every broken rule, naming the field.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !(1..=365).contains(&self.unused_days) {
            problems.push(format!("unused_days: must be between 1 and 365, but is {}", self.unused_days));
        }
        if self.tenant.is_empty() {
            problems.push("tenant: must name a tenant".to_owned());
        }
        problems
    }

    /// How far what strangers named may lead.
    pub(super) fn reach(&self) -> Reach {
        if self.danger_private_addresses { Reach::Any } else { Reach::Listed }
    }
}
