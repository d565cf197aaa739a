//! The parts of JOSE that tokens here need: the compact form, public keys as JWK, their thumbprints, two algorithms.
//!
//! Only EdDSA (Ed25519) and ES256 exist. A key has one algorithm and verifies with nothing else, so a header cannot choose
//! (RFC 8725, 3.1). Base64url is without padding and canonical. Sources: RFC 7515, 7517, 7638, 8037.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
    ParsedPublicKey, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// What a key signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Algorithm {
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// ECDSA on P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
}

/// A public key as JWK. Unknown members are refused, and with them a private key (`d`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jwk {
    /// `OKP` or `EC`.
    pub kty: String,
    /// `Ed25519` or `P-256`.
    pub crv: String,
    /// The key, or its first coordinate.
    pub x: String,
    /// Its second coordinate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// Its algorithm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// What it is for.
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
}

/// A public key, ready to verify.
#[derive(Debug)]
pub struct PublicKey {
    /// Its algorithm.
    pub algorithm: Algorithm,
    bytes: Vec<u8>,
    parsed: ParsedPublicKey,
}

/// A private key.
pub enum PrivateKey {
    /// Ed25519.
    Ed25519(Ed25519KeyPair),
    /// P-256.
    P256(EcdsaKeyPair),
}

/// The three parts of a signed token.
#[derive(Debug)]
pub struct Compact<'t> {
    /// What the signature is of: header, dot, payload.
    pub signed: &'t str,
    /// The header, as JSON.
    pub header: Vec<u8>,
    /// The payload, as JSON.
    pub payload: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
}

/// It is not what it has to be, or the library refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a key of an algorithm in use here")]
pub struct BadKey;

impl Algorithm {
    /// Its name in a header.
    pub fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
        }
    }

    /// The algorithm of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::EdDsa, Self::Es256].into_iter().find(|algorithm| algorithm.name() == name)
    }

    fn verifies(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::EdDsa => &ED25519,
            Self::Es256 => &ECDSA_P256_SHA256_FIXED,
        }
    }
}

impl PublicKey {
    fn new(algorithm: Algorithm, bytes: Vec<u8>) -> Result<Self, BadKey> {
        let parsed = ParsedPublicKey::new(algorithm.verifies(), &bytes).map_err(|_| BadKey)?;
        Ok(Self { algorithm, bytes, parsed })
    }

    /// Reads a JWK.
    ///
    /// # Errors
    /// When it is of another type or curve, or its parts have another length.
    pub fn of(jwk: &Jwk) -> Result<Self, BadKey> {
        let part = |text: &str| decode(text).filter(|bytes| bytes.len() == 32).ok_or(BadKey);
        let x = part(&jwk.x)?;
        match (jwk.kty.as_str(), jwk.crv.as_str(), &jwk.y) {
            ("OKP", "Ed25519", None) => Self::new(Algorithm::EdDsa, x),
            ("EC", "P-256", Some(y)) => Self::new(Algorithm::Es256, [vec![4], x, part(y)?].concat()),
            _ => Err(BadKey),
        }
    }

    /// As JWK, with nothing but the key.
    pub fn jwk(&self) -> Jwk {
        let (kty, crv, x, y) = match self.algorithm {
            Algorithm::EdDsa => ("OKP", "Ed25519", encode(&self.bytes), None),
            Algorithm::Es256 => ("EC", "P-256", encode(&self.bytes[1..33]), Some(encode(&self.bytes[33..]))),
        };
        Jwk { kty: kty.into(), crv: crv.into(), x, y, kid: None, alg: None, purpose: None }
    }

    /// The JWK thumbprint (RFC 7638): SHA-256 of the required members in alphabetical order.
    pub fn thumbprint(&self) -> String {
        let Jwk { kty, crv, x, y, .. } = self.jwk();
        let y = y.map(|y| format!(",\"y\":\"{y}\"")).unwrap_or_default();
        encode(digest(&SHA256, format!("{{\"crv\":\"{crv}\",\"kty\":\"{kty}\",\"x\":\"{x}\"{y}}}").as_bytes()).as_ref())
    }

    /// Whether the signature is this key's.
    pub fn verifies(&self, signed: &str, signature: &[u8]) -> bool {
        self.parsed.verify_sig(signed.as_bytes(), signature).is_ok()
    }
}

impl PrivateKey {
    /// Makes a key, as PKCS#8.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn generate(algorithm: Algorithm) -> Result<Zeroizing<Vec<u8>>, BadKey> {
        let random = SystemRandom::new();
        let document = match algorithm {
            Algorithm::EdDsa => Ed25519KeyPair::generate_pkcs8(&random),
            Algorithm::Es256 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random),
        };
        Ok(Zeroizing::new(document.map_err(|_| BadKey)?.as_ref().to_vec()))
    }

    /// Reads a key.
    ///
    /// # Errors
    /// When it is no key of this algorithm.
    pub fn read(algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, BadKey> {
        match algorithm {
            Algorithm::EdDsa => Ed25519KeyPair::from_pkcs8(pkcs8).map(Self::Ed25519).map_err(|_| BadKey),
            Algorithm::Es256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map(Self::P256).map_err(|_| BadKey)
            }
        }
    }

    /// Its algorithm.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ed25519(_) => Algorithm::EdDsa,
            Self::P256(_) => Algorithm::Es256,
        }
    }

    /// Its public half.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn public(&self) -> Result<PublicKey, BadKey> {
        let bytes = match self {
            Self::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
            Self::P256(pair) => pair.public_key().as_ref().to_vec(),
        };
        PublicKey::new(self.algorithm(), bytes)
    }

    /// A signed token in compact form.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn sign(&self, header: &impl Serialize, payload: &impl Serialize) -> Result<String, BadKey> {
        let part = |bytes: Result<Vec<u8>, serde_json::Error>| bytes.map(|bytes| encode(&bytes)).map_err(|_| BadKey);
        let signed = format!("{}.{}", part(serde_json::to_vec(header))?, part(serde_json::to_vec(payload))?);
        let signature = match self {
            Self::Ed25519(pair) => pair.try_sign(signed.as_bytes()),
            Self::P256(pair) => pair.sign(&SystemRandom::new(), signed.as_bytes()),
        };
        Ok(format!("{signed}.{}", encode(signature.map_err(|_| BadKey)?.as_ref())))
    }
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("PrivateKey").field(&self.algorithm()).finish()
    }
}

impl<'t> Compact<'t> {
    /// Takes a token apart; `None` when it is not three parts of canonical base64url, none of them empty.
    pub fn split(text: &'t str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        let part = |text: &str| decode(text).filter(|bytes| !bytes.is_empty());
        // A fourth part leaves a dot in the payload, which is no base64url.
        Some(Self { signed, header: part(header)?, payload: part(payload)?, signature: part(signature)? })
    }
}

/// Base64url without padding.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Canonical base64url without padding.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_rfc_8037() {
        let jwk = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        let key = PublicKey::of(&serde_json::from_str(jwk).unwrap()).unwrap();
        assert_eq!(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn the_signature_of_rfc_8037_verifies_and_a_changed_one_does_not() {
        let jwk = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        let key = PublicKey::of(&serde_json::from_str(jwk).unwrap()).unwrap();
        let signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let signature =
            decode("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg").unwrap();
        assert!(key.verifies(signed, &signature));
        assert!(!key.verifies(&signed.replace("RXh", "RXg"), &signature));
    }

    #[test]
    fn both_algorithms_sign_what_they_verify() {
        for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
            let pkcs8 = PrivateKey::generate(algorithm).unwrap();
            let key = PrivateKey::read(algorithm, &pkcs8).unwrap();
            let token = key.sign(&serde_json::json!({ "alg": algorithm }), &serde_json::json!({ "a": 1 })).unwrap();
            let parts = Compact::split(&token).unwrap();
            let public = PublicKey::of(&key.public().unwrap().jwk()).unwrap();
            assert!(public.verifies(parts.signed, &parts.signature), "{algorithm:?}");
        }
    }

    #[test]
    fn a_private_jwk_and_other_key_types_are_refused() {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let private = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}","d":"{x}"}}"#);
        assert!(serde_json::from_str::<Jwk>(&private).is_err());
        for text in [r#"{"kty":"oct","crv":"","x":"AA"}"#, r#"{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}"#] {
            assert!(PublicKey::of(&serde_json::from_str(text).unwrap()).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_taken_apart_is_written_one_way_only(text in "[A-Za-z0-9_=+/-]{0,9}(\\.[A-Za-z0-9_=-]{0,9}){0,4}") {
            if let Some(parts) = Compact::split(&text) {
                let again = [&parts.header, &parts.payload, &parts.signature].map(|part| encode(part)).join(".");
                proptest::prop_assert_eq!(again, text);
            }
        }
    }

    #[test]
    fn only_three_canonical_parts_are_a_token() {
        for text in ["", "a.b", "YQ.YQ.", ".YQ.YQ", "YQ.YQ.YQ.YQ", "YQ==.YQ.YQ", "YR.YQ.YQ", "Y Q.YQ.YQ", "YQ.YQ.YQ\n"]
        {
            assert!(Compact::split(text).is_none(), "{text:?}");
        }
        assert!(Compact::split("YQ.YQ.YQ").is_some());
    }
}
