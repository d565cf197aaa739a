//! The public keys of a client that proves itself by signing: a JWK set, given inline with its registration.
//!
//! A key has one algorithm and verifies with nothing else: `OKP` is Ed25519, `EC` is ES256, and an RSA key says which of
//! RS256 and PS256 it is for (RFC 8725, 3.1). RSA has 2048 to 4096 bits and the exponent 65537, so that no key of a client
//! makes a verification expensive. A private or symmetric member is refused: what came here is no secret any more.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::auth::jwt::jose::{Algorithm, Jwk, PublicKey, decode};

/// What clients may sign with, as metadata names it. `Ed25519` is the newer name of `EdDSA` (RFC 9864).
pub const ALGORITHMS: [&str; 5] = ["EdDSA", "Ed25519", "ES256", "PS256", "RS256"];
const KEYS_MAX: usize = 8;
const BYTES_MAX: usize = 16 * 1024;
/// Bytes of an RSA modulus.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=512;
const EXPONENT: &str = "AQAB";
/// What only a private or a symmetric key has.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A JWK set that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySet {
    keys: Vec<Value>,
}

/// One key, ready to verify.
struct Key {
    id: Option<String>,
    material: Material,
}

enum Material {
    Jose(PublicKey),
    Rsa { is_pss: bool, n: Vec<u8>, e: Vec<u8> },
}

impl KeySet {
    /// Reads a JWK set.
    ///
    /// # Errors
    /// One sentence on what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value = serde_json::from_str(text).map_err(|_| "must be JSON: `{\"keys\": […]}`".to_owned())?;
        Self::of(&value)
    }

    /// Takes a JWK set.
    ///
    /// # Errors
    /// As [`KeySet::parse`].
    pub fn of(value: &Value) -> Result<Self, String> {
        let keys = value.get("keys").and_then(Value::as_array).ok_or("must have a list `keys`")?;
        if keys.is_empty() || keys.len() > KEYS_MAX || value.to_string().len() > BYTES_MAX {
            return Err(format!("must have 1 to {KEYS_MAX} keys, in at most {BYTES_MAX} bytes"));
        }
        let mut ids = Vec::new();
        for (at, jwk) in keys.iter().enumerate() {
            let key = Key::of(jwk).map_err(|why| format!("key {at}: {why}"))?;
            if ids.contains(&key.id) {
                return Err(format!("key {at}: needs a `kid` of its own"));
            }
            ids.push(key.id);
        }
        Ok(Self { keys: keys.clone() })
    }

    /// Whether one of the keys made this signature with this algorithm. A name that the header gives has to be the key's.
    pub fn verifies(&self, (algorithm, id): (&str, Option<&str>), signed: &str, signature: &[u8]) -> bool {
        let keys = self.keys.iter().filter_map(|jwk| Key::of(jwk).ok());
        let mut named = keys.filter(|key| id.is_none_or(|id| key.id.as_deref() == Some(id)));
        named.any(|key| key.is_for(algorithm) && key.verifies(signed, signature))
    }
}

impl Key {
    fn of(jwk: &Value) -> Result<Self, String> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        if let Some(name) = PRIVATE.iter().find(|name| jwk.get(**name).is_some()) {
            return Err(format!("`{name}` is of a private or symmetric key: make a new one, and give its public half"));
        }
        if text("use").is_some_and(|purpose| purpose != "sig") {
            return Err("`use` must be `sig`".to_owned());
        }
        let material = match text("kty") {
            Some("RSA") => rsa(text("n"), text("e"), text("alg"))?,
            _ => jose(jwk)?,
        };
        let key = Self { id: text("kid").map(str::to_owned), material };
        if text("alg").is_some_and(|algorithm| !key.is_for(algorithm)) {
            return Err("`alg` is not what this kind of key signs with".to_owned());
        }
        Ok(key)
    }

    fn is_for(&self, algorithm: &str) -> bool {
        match &self.material {
            Material::Jose(key) if key.algorithm == Algorithm::EdDsa => matches!(algorithm, "EdDSA" | "Ed25519"),
            Material::Jose(key) => algorithm == key.algorithm.name(),
            Material::Rsa { is_pss, .. } => algorithm == if *is_pss { "PS256" } else { "RS256" },
        }
    }

    fn verifies(&self, signed: &str, signature: &[u8]) -> bool {
        match &self.material {
            Material::Jose(key) => key.verifies(signed, signature),
            Material::Rsa { is_pss, n, e } => {
                let how = if *is_pss { &RSA_PSS_2048_8192_SHA256 } else { &RSA_PKCS1_2048_8192_SHA256 };
                RsaPublicKeyComponents { n, e }.verify(how, signed.as_bytes(), signature).is_ok()
            }
        }
    }
}

fn rsa(n: Option<&str>, e: Option<&str>, algorithm: Option<&str>) -> Result<Material, String> {
    let is_pss = match algorithm {
        Some("PS256") => true,
        Some("RS256") => false,
        _ => return Err("an RSA key needs `alg`: `PS256` or `RS256`".to_owned()),
    };
    let is_right = |n: &Vec<u8>| MODULUS.contains(&n.len()) && n.first().is_some_and(|first| *first >= 0x80);
    let n = n.and_then(decode).filter(is_right).ok_or("`n` must have 2048 to 4096 bits, a multiple of 8")?;
    let e = e.filter(|e| *e == EXPONENT).and_then(decode).ok_or("`e` must be `AQAB`")?;
    Ok(Material::Rsa { is_pss, n, e })
}

fn jose(jwk: &Value) -> Result<Material, String> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str).map(str::to_owned);
    let jwk = Jwk {
        kty: text("kty").unwrap_or_default(),
        crv: text("crv").unwrap_or_default(),
        x: text("x").unwrap_or_default(),
        y: text("y"),
        kid: None,
        alg: None,
        purpose: None,
    };
    let key = PublicKey::of(&jwk).map_err(|_| "must be `OKP` with Ed25519, `EC` with P-256, or `RSA`")?;
    Ok(Material::Jose(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const OKP: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    fn check(jwk: Value, wrong: Option<&str>) {
        let set = KeySet::of(&json!({ "keys": [jwk] }));
        match wrong {
            None => assert!(set.is_ok(), "{jwk}: {set:?}"),
            Some(word) => assert!(set.as_ref().is_err_and(|why| why.contains(word)), "{jwk}: {set:?}"),
        }
    }

    #[test]
    fn a_key_says_what_it_is_for_and_is_public() {
        let okp = json!({ "kty": "OKP", "crv": "Ed25519", "x": OKP });
        let with = |name: &str, value: Value| {
            let mut jwk = okp.clone();
            jwk[name] = value;
            jwk
        };
        check(okp.clone(), None);
        check(with("alg", json!("EdDSA")), None);
        check(with("alg", json!("HS256")), Some("alg"));
        check(with("d", json!("AAAA")), Some("private"));
        check(with("use", json!("enc")), Some("use"));
        check(with("crv", json!("X25519")), Some("OKP"));
        check(json!({ "kty": "oct", "k": "AAAA" }), Some("symmetric"));
        let n = crate::auth::jwt::jose::encode(&[0xff; 256]);
        check(json!({ "kty": "RSA", "n": n, "e": "AQAB", "alg": "PS256" }), None);
        check(json!({ "kty": "RSA", "n": n, "e": "AQAB" }), Some("alg"));
        check(json!({ "kty": "RSA", "n": n, "e": "Aw", "alg": "RS256" }), Some("`e`"));
        let n = crate::auth::jwt::jose::encode(&[0xff; 128]);
        check(json!({ "kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256" }), Some("2048"));
    }

    #[test]
    fn a_set_is_bounded_and_its_names_are_unique() {
        let okp = |kid: &str| json!({ "kty": "OKP", "crv": "Ed25519", "x": OKP, "kid": kid });
        assert!(KeySet::of(&json!({ "keys": [okp("a"), okp("b")] })).is_ok());
        assert!(KeySet::of(&json!({ "keys": [okp("a"), okp("a")] })).is_err());
        assert!(KeySet::of(&json!({ "keys": [] })).is_err() && KeySet::parse("{").is_err());
        let many: Vec<Value> = (0..9).map(|n| okp(&n.to_string())).collect();
        assert!(KeySet::of(&json!({ "keys": many })).is_err());
    }
}
