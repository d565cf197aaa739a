//! What a token may be bound to, so that a copy of it is of no use: a DPoP key (RFC 9449) or a client's certificate
//! (RFC 8705).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::jose::encode;

/// What a bearer proved to hold, or has to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binding {
    /// The thumbprint of a DPoP key.
    Key(String),
    /// SHA-256 of a certificate.
    Certificate(String),
}

/// The claim `cnf`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Confirmation {
    /// The thumbprint of a DPoP key.
    #[serde(rename = "jkt")]
    Key(String),
    /// SHA-256 of a certificate.
    #[serde(rename = "x5t#S256")]
    Certificate(String),
}

impl Confirmation {
    /// How a token is shown that has this claim, or none: one that is bound to a certificate as any other (RFC 8705, 3).
    pub fn token_type(claim: Option<&Self>) -> &'static str {
        if matches!(claim, Some(Self::Key(_))) { "DPoP" } else { "Bearer" }
    }
}

impl Binding {
    /// The binding to a certificate, given in DER, as the TLS layer has verified it.
    pub fn to_certificate(der: &[u8]) -> Self {
        Self::Certificate(encode(digest(&SHA256, der).as_ref()))
    }

    /// As it is stored.
    pub fn text(&self) -> String {
        match self {
            Self::Key(id) => format!("jkt:{id}"),
            Self::Certificate(id) => format!("x5t:{id}"),
        }
    }

    /// As it was stored.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once(':')?;
        match kind {
            "jkt" => Some(Self::Key(id.to_owned())),
            "x5t" => Some(Self::Certificate(id.to_owned())),
            _ => None,
        }
    }

    /// As a claim.
    pub fn claim(&self) -> Confirmation {
        match self {
            Self::Key(id) => Confirmation::Key(id.clone()),
            Self::Certificate(id) => Confirmation::Certificate(id.clone()),
        }
    }
}

impl Confirmation {
    /// Whether this was proved.
    pub fn is_met_by(&self, proved: &Binding) -> bool {
        let is_same = |own: &str, other: &str| verify_slices_are_equal(own.as_bytes(), other.as_bytes()).is_ok();
        match (self, proved) {
            (Self::Key(own), Binding::Key(other)) | (Self::Certificate(own), Binding::Certificate(other)) => {
                is_same(own, other)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_bound_by_its_sha_256() {
        let binding = Binding::to_certificate(b"abc");
        assert_eq!(binding.text(), "x5t:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
        assert_eq!(Binding::parse(&binding.text()), Some(binding.clone()));
        let claim = serde_json::to_string(&binding.claim()).unwrap();
        assert_eq!(claim, r#"{"x5t#S256":"ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"}"#);
        assert!(binding.claim().is_met_by(&binding) && !binding.claim().is_met_by(&Binding::to_certificate(b"abd")));
        assert!(!binding.claim().is_met_by(&Binding::Key("ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0".into())));
    }
}
