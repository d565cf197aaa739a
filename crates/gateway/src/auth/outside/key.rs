//! The keys of a provider, and what they verify.
//!
//! A key verifies with its own kind of algorithm: ES256, EdDSA (Ed25519), RS256 or PS256, and with no other; `none` and
//! shared secrets do not exist. RSA keys have 2,048 to 8,192 bits. Keys of other kinds or uses are passed over, as
//! RFC 7517, 5 asks for. Keys are kept for an hour; a signature that is none of theirs makes them be read anew at
//! once and, when that was of no use, not again for a minute.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents};
use http::Uri;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

use super::error::{BadToken, Refused};
use super::fetch::Fetcher;
use crate::auth::jwt::jose::{Jwk, PublicKey, decode};

const FRESH_S: i64 = 3_600;
const KEPT_S: i64 = 86_400;
const PAUSE_S: i64 = 60;
const KEYS_MAX: usize = 100;

/// What an ID token may be signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Es256,
    EdDsa,
    Rs256,
    Ps256,
}

/// A key of a provider.
#[derive(Debug)]
pub(super) struct Key {
    kid: Option<String>,
    /// The one algorithm that the provider uses it with, when it says so.
    algorithm: Option<Algorithm>,
    material: Material,
}

enum Material {
    Curve(PublicKey),
    Rsa(RsaPublicKeyComponents<Vec<u8>>),
}

/// The keys, kept.
#[derive(Debug, Default)]
pub(super) struct Keys(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    keys: Vec<Key>,
    read_at: Option<i64>,
    /// When they were read anew last and it was of no use.
    fruitless_at: Option<i64>,
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

impl Algorithm {
    /// All of them.
    pub(super) const ALL: [Self; 4] = [Self::Es256, Self::EdDsa, Self::Rs256, Self::Ps256];

    /// Its name in a header.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
        }
    }

    /// The algorithm of this name; `Ed25519` is another name of EdDSA here (RFC 9864).
    pub(super) fn named(name: &str) -> Option<Self> {
        let name = if name == "Ed25519" { "EdDSA" } else { name };
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }
}

impl Key {
    /// Reads a JWK; `None` for one that cannot sign ID tokens here.
    fn of(jwk: &Value) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let is_for_signatures = text("use").is_none_or(|purpose| purpose == "sig")
            && jwk
                .get("key_ops")
                .is_none_or(|all| all.as_array().is_some_and(|all| all.iter().any(|operation| operation == "verify")));
        // A private key that is published is nobody's any more.
        if !is_for_signatures || jwk.get("d").is_some() {
            return None;
        }
        let algorithm = match text("alg") {
            Some(name) => Some(Algorithm::named(name)?),
            None => None,
        };
        let material = match text("kty")? {
            "RSA" => Material::Rsa(RsaPublicKeyComponents { n: decode(text("n")?)?, e: decode(text("e")?)? }),
            kty => {
                let part = |name| text(name).map(str::to_owned);
                let jwk = Jwk {
                    kty: kty.to_owned(),
                    crv: part("crv")?,
                    x: part("x")?,
                    y: part("y"),
                    kid: None,
                    alg: None,
                    purpose: None,
                };
                Material::Curve(PublicKey::of(&jwk).ok()?)
            }
        };
        Some(Self { kid: text("kid").map(str::to_owned), algorithm, material })
    }

    fn is_for(&self, algorithm: Algorithm) -> bool {
        let fits = match &self.material {
            Material::Rsa(_) => matches!(algorithm, Algorithm::Rs256 | Algorithm::Ps256),
            Material::Curve(key) => key.algorithm.name() == algorithm.name(),
        };
        fits && self.algorithm.is_none_or(|own| own == algorithm)
    }

    /// Whether the signature is this key's, by this algorithm.
    fn verifies(&self, algorithm: Algorithm, signed: &str, signature: &[u8]) -> bool {
        if !self.is_for(algorithm) {
            return false;
        }
        match &self.material {
            Material::Curve(key) => key.verifies(signed, signature),
            Material::Rsa(key) => {
                let rule = match algorithm {
                    Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
                    _ => &RSA_PKCS1_2048_8192_SHA256,
                };
                key.verify(rule, signed.as_bytes(), signature).is_ok()
            }
        }
    }
}

/// The keys of a set that can be used.
fn usable(set: &[Value]) -> Vec<Key> {
    set.iter().take(KEYS_MAX).filter_map(Key::of).collect()
}

/// The key that a header means: by its name, or the only one there is for the algorithm.
fn pick<'k>(keys: &'k [Key], algorithm: Algorithm, kid: Option<&str>) -> Option<&'k Key> {
    let mut fitting = keys.iter().filter(|key| key.is_for(algorithm));
    match kid {
        Some(kid) => fitting.find(|key| key.kid.as_deref() == Some(kid)),
        None => fitting.next().filter(|_| fitting.next().is_none()),
    }
}

impl Keys {
    /// Checks a signature, with keys that are read when it is time. When it is not that of a known key, they are read once
    /// more: the provider may have others by now.
    pub(super) async fn verify(
        &self,
        (fetcher, uri, timeout_ms): (&Fetcher, &Uri, u64),
        signed: &Signed<'_>,
        now: i64,
    ) -> Result<(), Refused> {
        let mut known = self.0.lock().await;
        let age = |at: Option<i64>| at.map_or(i64::MAX, |at| now.saturating_sub(at));
        let is_old = age(known.read_at) >= FRESH_S;
        if is_old {
            match read(fetcher, uri, timeout_ms).await {
                Ok(keys) => *known = Known { keys, read_at: Some(now), fruitless_at: None },
                Err(_) if age(known.read_at) < KEPT_S => {}
                Err(error) => return Err(error),
            }
        }
        let Err(bad) = signed.verify(&known.keys) else { return Ok(()) };
        if is_old || age(known.fruitless_at) < PAUSE_S {
            return Err(bad.into());
        }
        // Until the others have arrived and are of use, nobody asks again.
        known.fruitless_at = Some(now);
        known.keys = read(fetcher, uri, timeout_ms).await?;
        known.read_at = Some(now);
        signed.verify(&known.keys)?;
        known.fruitless_at = None;
        Ok(())
    }
}

/// What was signed, how, and by which key.
pub(super) struct Signed<'s> {
    pub(super) algorithm: Algorithm,
    pub(super) kid: Option<&'s str>,
    pub(super) text: &'s str,
    pub(super) signature: &'s [u8],
}

impl Signed<'_> {
    fn verify(&self, keys: &[Key]) -> Result<(), BadToken> {
        let key = pick(keys, self.algorithm, self.kid).ok_or(BadToken::Key)?;
        let is_right = key.verifies(self.algorithm, self.text, self.signature);
        if is_right { Ok(()) } else { Err(BadToken::Signature) }
    }
}

/// Reads the set of keys.
async fn read(fetcher: &Fetcher, uri: &Uri, timeout_ms: u64) -> Result<Vec<Key>, Refused> {
    let set: Result<Set, _> = fetcher.get(uri, timeout_ms).await;
    set.map(|set| usable(&set.keys)).map_err(|why| Refused::Unavailable("jwks", why))
}

/// How many keys of a provider can be used, for the command that checks.
pub(super) async fn count(fetcher: &Fetcher, uri: &Uri, timeout_ms: u64) -> Result<usize, Refused> {
    Ok(read(fetcher, uri, timeout_ms).await?.len())
}

impl std::fmt::Debug for Material {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Curve(_) => "Curve",
            Self::Rsa(_) => "Rsa",
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    fn keys(set: Value) -> Vec<Key> {
        usable(set.as_array().unwrap())
    }

    #[test]
    fn keys_of_other_kinds_and_uses_are_passed_over() {
        let set = json!([
            { "kty": "oct", "k": "c2VjcmV0", "kid": "a" },
            { "kty": "OKP", "crv": "Ed25519", "x": X, "use": "enc", "kid": "b" },
            { "kty": "OKP", "crv": "Ed25519", "x": X, "d": X, "kid": "c" },
            { "kty": "EC", "crv": "P-384", "x": "AA", "y": "AA", "kid": "d" },
            { "kty": "OKP", "crv": "Ed25519", "x": X, "alg": "HS256", "kid": "e" },
            { "kty": "OKP", "crv": "Ed25519", "x": X, "key_ops": ["sign"], "kid": "f" },
            { "kid": "g" }, 7,
            { "kty": "OKP", "crv": "Ed25519", "x": X, "kid": "h", "x5c": ["…"] },
        ]);
        let usable: Vec<_> = keys(set).into_iter().map(|key| key.kid.unwrap()).collect();
        assert_eq!(usable, ["h"]);
    }

    #[test]
    fn a_header_without_a_name_means_the_only_key_or_none() {
        let rsa = |kid: &str| json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": kid });
        let one = keys(json!([rsa("a"), { "kty": "OKP", "crv": "Ed25519", "x": X, "kid": "b" }]));
        assert!(pick(&one, Algorithm::Rs256, None).is_some());
        let two = keys(json!([rsa("a"), rsa("b")]));
        assert!(pick(&two, Algorithm::Rs256, None).is_none());
        assert!(pick(&two, Algorithm::Rs256, Some("b")).is_some());
        assert!(pick(&two, Algorithm::EdDsa, Some("b")).is_none());
        assert!(pick(&two, Algorithm::Rs256, Some("c")).is_none());
    }

    #[test]
    fn an_rsa_key_below_2048_bits_verifies_nothing() {
        let n = crate::auth::jwt::jose::encode(&[0xff; 128]);
        let small = keys(json!([{ "kty": "RSA", "n": n, "e": "AQAB", "kid": "a" }]));
        assert!(!small[0].verifies(Algorithm::Rs256, "a.b", &[0; 128]));
    }

    #[test]
    fn only_four_algorithms_have_a_name() {
        for name in ["none", "None", "NONE", "HS256", "HS512", "RS512", "ES384", "rs256", ""] {
            assert!(Algorithm::named(name).is_none(), "{name}");
        }
    }
}
