//! Settings of HTTPS.

use std::path::PathBuf;

use http::HeaderValue;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::infra::secrets::SecretRef;

/// A year: what browsers ask of sites on the list that they are shipped with.
const PRELOAD_S_MIN: u64 = 31_536_000;

/// TLS for the data plane. The files are read again at a reload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// A PEM file: the certificate first, then those that lead to an authority.
    pub certificate: PathBuf,
    /// The certificate's key in PEM, as a reference (`${file:/etc/portcullis/key.pem}`).
    pub key: SecretRef,
    /// A PEM file with the authorities that certificates of clients are from. Without it, none are asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_ca: Option<PathBuf>,
    /// Whether every client must have a certificate.
    #[serde(default)]
    pub client_required: bool,
    /// How long browsers may only come by HTTPS, in seconds (HSTS); 0 says nothing about it.
    #[serde(default = "hsts_s")]
    pub hsts_s: u64,
    /// Whether that holds for all names below this one.
    #[serde(default)]
    pub hsts_subdomains: bool,
    /// Whether the name may be put on the list that browsers are shipped with.
    #[serde(default)]
    pub hsts_preload: bool,
}

const fn hsts_s() -> u64 {
    63_072_000
}

impl TlsConfig {
    /// One sentence for every broken rule, naming the field.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.client_required && self.client_ca.is_none() {
            problems.push("client_required: needs client_ca, the authorities of clients".to_owned());
        }
        if self.hsts_preload && (!self.hsts_subdomains || self.hsts_s < PRELOAD_S_MIN) {
            problems.push(format!("hsts_preload: needs hsts_subdomains = true and hsts_s of at least {PRELOAD_S_MIN}"));
        }
        problems
    }

    /// The header `Strict-Transport-Security` (RFC 6797).
    pub fn hsts(&self) -> Option<HeaderValue> {
        let mut line = format!("max-age={}", self.hsts_s);
        if self.hsts_subdomains {
            line.push_str("; includeSubDomains");
        }
        if self.hsts_preload {
            line.push_str("; preload");
        }
        HeaderValue::try_from(line).ok().filter(|_| self.hsts_s > 0)
    }
}
