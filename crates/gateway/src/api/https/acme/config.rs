//! Settings of certificates from an ACME server.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::infra::secrets::SecretRef;
use crate::infra::trust;

/// As many names as Let's Encrypt puts into one certificate.
const DOMAINS_MAX: usize = 100;

/// Certificates from an ACME server, such as Let's Encrypt, in the place of `certificate` and `key`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcmeConfig {
    /// The server's directory.
    #[serde(default = "directory")]
    pub directory: String,
    /// A PEM file with the authority of that server, in the place of those of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory_ca: Option<PathBuf>,
    /// Whom the server may write to (`mailto:ops@example.com`).
    #[serde(default)]
    pub contact: Vec<String>,
    /// The names that the certificate is for. The first is where plain requests are sent, when nothing else says so.
    pub domains: Vec<String>,
    /// How the server finds that the names are ours.
    #[serde(default)]
    pub challenge: Proof,
    /// That you agree to the terms of the server's operator.
    #[serde(default)]
    pub terms_agreed: bool,
    /// The account at the server's operator that ours is bound to, where the server asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_account: Option<ExternalAccount>,
}

/// How an ACME server finds that a name is ours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Proof {
    /// At port 80, by plain HTTP: needs `redirect_listen`.
    #[default]
    #[serde(rename = "http-01")]
    Http,
    /// At port 443, in the handshake (RFC 8737): needs no other port.
    #[serde(rename = "tls-alpn-01")]
    TlsAlpn,
}

/// An account at the operator of an ACME server (RFC 8555, 7.3.4).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalAccount {
    /// Its id, as the operator says it.
    pub id: String,
    /// Its key in base64url, as a reference (`${env:ACME_ACCOUNT_KEY}`).
    pub key: SecretRef,
}

fn directory() -> String {
    "https://acme-v02.api.letsencrypt.org/directory".to_owned()
}

impl AcmeConfig {
    /// One sentence for every broken rule, naming the field.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !self.directory.starts_with("https://") {
            problems.push("directory: must be an https:// URL".to_owned());
        }
        if !self.terms_agreed {
            problems.push(
                "terms_agreed: must be true: servers issue nothing to who does not agree to their terms".to_owned(),
            );
        }
        if self.domains.is_empty() || self.domains.len() > DOMAINS_MAX {
            problems.push(format!("domains: must name 1 to {DOMAINS_MAX} hosts"));
        }
        for domain in self.domains.iter().filter(|domain| !trust::is_dns_name(domain)) {
            problems.push(format!(
                "domains: `{domain}` is not a host's name in lower case (wildcards cannot be proven this way)"
            ));
        }
        for contact in self.contact.iter().filter(|contact| !contact.starts_with("mailto:")) {
            problems.push(format!("contact: `{contact}` must begin with `mailto:`"));
        }
        problems
    }
}
