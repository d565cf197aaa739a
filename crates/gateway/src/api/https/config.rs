//! Settings of HTTPS.

use std::net::SocketAddr;
use std::path::PathBuf;

use http::{HeaderValue, Uri};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::acme::config::{AcmeConfig, Proof};
use crate::infra::secrets::SecretRef;

/// A year: what browsers ask of sites on the list that they are shipped with.
const PRELOAD_S_MIN: u64 = 31_536_000;

/// TLS for the data plane. The files are read again at a reload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// A PEM file: the certificate first, then those that lead to an authority. Needed where there is no `acme`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PathBuf>,
    /// The certificate's key in PEM, as a reference (`${file:/etc/portcullis/key.pem}`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<SecretRef>,
    /// A file with the OCSP response for the certificate, in DER, to be stapled. Something else has to renew it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ocsp_response: Option<PathBuf>,
    /// Certificates from an ACME server, in the place of `certificate` and `key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acme: Option<AcmeConfig>,
    /// Where plain requests are sent to HTTPS (`0.0.0.0:80`), and an ACME server looks. Taken over at the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_listen: Option<SocketAddr>,
    /// Where they are sent (`https://gateway.example.com`); without it to `auth.public_url`, or the first name of `acme`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_to: Option<String>,
    /// Serves a key that is missing in published pins: apps that have them cannot connect any more.
    #[serde(default)]
    pub danger_break_pins: bool,
    /// A PEM file with the authorities that certificates of clients are from. Without it, none are asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_ca: Option<PathBuf>,
    /// Files with the lists of certificates that these authorities took back (CRLs), in PEM or DER. They are read again when they
    /// change. With any, each authority needs one: a certificate of one that has none, or whose list has ended, is refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub client_crl: Vec<PathBuf>,
    /// Goes by lists that have ended: what was taken back since is taken.
    #[serde(default)]
    pub danger_client_crl_ended: bool,
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
        if self.acme.is_some() && (self.certificate.is_some() || self.key.is_some() || self.ocsp_response.is_some()) {
            problems
                .push("acme: stands beside certificate, key or ocsp_response; certificates come one way".to_owned());
        }
        if self.acme.is_none() && (self.certificate.is_none() || self.key.is_none()) {
            problems.push("certificate: needed with key, or [server.tls.acme]".to_owned());
        }
        if let Some(acme) = &self.acme {
            problems.extend(acme.problems().into_iter().map(|problem| format!("acme.{problem}")));
            if acme.challenge == Proof::Http && self.redirect_listen.is_none() {
                problems.push(
                    "redirect_listen: needed with acme, whose server looks there (or acme.challenge = \"tls-alpn-01\")"
                        .to_owned(),
                );
            }
        }
        if self.redirect_to.as_deref().is_some_and(|origin| !is_origin(origin)) {
            problems.push("redirect_to: must be an https:// origin, without a path".to_owned());
        }
        if self.client_required && self.client_ca.is_none() {
            problems.push("client_required: needs client_ca, the authorities of clients".to_owned());
        }
        if self.client_ca.is_none() && (!self.client_crl.is_empty() || self.danger_client_crl_ended) {
            problems.push("client_crl: needs client_ca, whose certificates are taken back".to_owned());
        }
        if self.client_crl.is_empty() && self.danger_client_crl_ended {
            problems.push("danger_client_crl_ended: needs client_crl".to_owned());
        }
        if self.hsts_preload && (!self.hsts_subdomains || self.hsts_s < PRELOAD_S_MIN) {
            problems.push(format!("hsts_preload: needs hsts_subdomains = true and hsts_s of at least {PRELOAD_S_MIN}"));
        }
        problems
    }

    /// Where plain requests are sent: an `https` origin, never what a request says.
    pub fn redirect_origin(&self, public_url: Option<&str>) -> Option<String> {
        let public =
            public_url.filter(|url| url.starts_with("https://")).map(|url| url.trim_end_matches('/').to_owned());
        let named = || self.acme.as_ref()?.domains.first().map(|domain| format!("https://{domain}"));
        self.redirect_to.clone().or(public).or_else(named)
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

fn is_origin(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else { return false };
    let authority = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    uri.scheme_str() == Some("https") && !authority.contains('@') && text == format!("https://{authority}")
}
