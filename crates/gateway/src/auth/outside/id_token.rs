//! An ID token, checked (OpenID Connect Core, 3.1.3.7).
//!
//! Clocks may differ by a minute. This client is the only audience that is taken.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, SHA512, digest};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::error::BadToken;
use super::key::{Algorithm, Signed};
use crate::auth::jwt::jose::{Compact, encode};

const BYTES_MAX: usize = 64 * 1024;
const SUBJECT_BYTES_MAX: usize = 255;
/// How far clocks may differ.
pub(super) const SKEW_S: i64 = 60;

/// What the header says.
#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    typ: Option<String>,
    #[serde(default)]
    crit: Option<Value>,
}

/// A token taken apart; nothing in it is believed yet.
pub(super) struct Unverified<'t> {
    pub(super) parts: Compact<'t>,
    pub(super) algorithm: Algorithm,
    pub(super) kid: Option<String>,
}

/// What a token says.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    iss: String,
    #[serde(default)]
    pub(super) sub: String,
    aud: Audience,
    #[serde(default)]
    azp: Option<String>,
    #[serde(deserialize_with = "seconds")]
    exp: i64,
    #[serde(deserialize_with = "seconds")]
    iat: i64,
    #[serde(default, deserialize_with = "perhaps_seconds")]
    nbf: Option<i64>,
    #[serde(default, deserialize_with = "perhaps_seconds")]
    pub(super) auth_time: Option<i64>,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(default)]
    at_hash: Option<String>,
    #[serde(default)]
    c_hash: Option<String>,
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// What a token has to say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'e> {
    pub(super) issuer: &'e str,
    pub(super) client_id: &'e str,
    pub(super) nonce: &'e str,
    pub(super) code: &'e str,
    pub(super) access_token: Option<&'e str>,
    /// Since when the person has to have logged in, when a new login was asked for.
    pub(super) login_since: Option<i64>,
}

/// Takes a token apart.
pub(super) fn open(text: &str) -> Result<Unverified<'_>, BadToken> {
    if text.len() > BYTES_MAX {
        return Err(BadToken::Form);
    }
    let parts = Compact::split(text).ok_or(BadToken::Form)?;
    let header: Header = serde_json::from_slice(&parts.header).map_err(|_| BadToken::Header)?;
    let is_kind = header.typ.as_deref().is_none_or(|kind| kind.eq_ignore_ascii_case("jwt"));
    let algorithm = Algorithm::named(&header.alg).ok_or(BadToken::Algorithm)?;
    if !is_kind || header.crit.is_some() {
        return Err(BadToken::Header);
    }
    Ok(Unverified { parts, algorithm, kid: header.kid })
}

impl Unverified<'_> {
    /// What its signature has to be of.
    pub(super) fn signed(&self) -> Signed<'_> {
        Signed {
            algorithm: self.algorithm,
            kid: self.kid.as_deref(),
            text: self.parts.signed,
            signature: &self.parts.signature,
        }
    }
}

/// Reads what a token says, once its signature is known to be right.
pub(super) fn read(payload: &[u8]) -> Result<Claims, BadToken> {
    serde_json::from_slice(payload).map_err(|_| BadToken::Claims)
}

impl Claims {
    /// Every check but that of the signature.
    pub(super) fn check(&self, algorithm: Algorithm, expected: &Expected<'_>, now: i64) -> Result<(), BadToken> {
        let demand = |holds: bool, otherwise: BadToken| if holds { Ok(()) } else { Err(otherwise) };
        demand(self.iss == expected.issuer, BadToken::Issuer)?;
        let is_for_us = match &self.aud {
            Audience::One(one) => one == expected.client_id,
            Audience::Many(all) => !all.is_empty() && all.iter().all(|one| one == expected.client_id),
        };
        demand(is_for_us, BadToken::Audience)?;
        demand(self.azp.as_deref().is_none_or(|azp| azp == expected.client_id), BadToken::Audience)?;
        demand((1..=SUBJECT_BYTES_MAX).contains(&self.sub.len()), BadToken::Subject)?;
        demand(self.exp.saturating_add(SKEW_S) > now, BadToken::Expired)?;
        let begins = self.nbf.unwrap_or(self.iat).max(self.iat);
        demand(begins.saturating_sub(SKEW_S) <= now, BadToken::NotYetValid)?;
        let nonce = self.nonce.as_deref().unwrap_or_default();
        demand(verify_slices_are_equal(nonce.as_bytes(), expected.nonce.as_bytes()).is_ok(), BadToken::Nonce)?;
        let is_hash = |hash: &Option<String>, of: Option<&str>| match (hash, of) {
            (None, _) => true,
            (Some(hash), Some(of)) => *hash == half_hash(algorithm, of),
            (Some(_), None) => false,
        };
        demand(is_hash(&self.at_hash, expected.access_token), BadToken::Hash)?;
        demand(is_hash(&self.c_hash, Some(expected.code)), BadToken::Hash)?;
        let is_anew = expected
            .login_since
            .is_none_or(|since| self.auth_time.is_some_and(|at| at.saturating_add(SKEW_S) >= since));
        demand(is_anew, BadToken::AuthTime)
    }
}

/// The left half of the hash that belongs to an algorithm (3.1.3.6).
fn half_hash(algorithm: Algorithm, text: &str) -> String {
    let hash = match algorithm {
        Algorithm::EdDsa => digest(&SHA512, text.as_bytes()),
        _ => digest(&SHA256, text.as_bytes()),
    };
    let bytes = hash.as_ref();
    encode(&bytes[..bytes.len() / 2])
}

/// A time as JSON has it: a number, perhaps with a fraction.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let number = serde_json::Number::deserialize(deserializer)?;
    #[expect(clippy::cast_possible_truncation, reason = "bounded, and a fraction of a second is of no use")]
    let whole = |real: f64| (real.abs() < 1e15).then_some(real as i64);
    number.as_i64().or_else(|| number.as_f64().and_then(whole)).ok_or_else(|| serde::de::Error::custom("no time"))
}

fn perhaps_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    seconds(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_000_000;
    const EXPECTED: Expected<'_> = Expected {
        issuer: "https://id.example",
        client_id: "gate",
        nonce: "n",
        code: "c",
        access_token: Some("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
        login_since: None,
    };

    fn right() -> Value {
        json!({ "iss": "https://id.example", "sub": "s", "aud": "gate", "exp": NOW + 300, "iat": NOW, "nonce": "n" })
    }

    fn check(changes: Value) -> Result<(), BadToken> {
        let mut claims = right();
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                value => claims[name] = value.clone(),
            }
        }
        read(claims.to_string().as_bytes())?.check(Algorithm::Rs256, &EXPECTED, NOW)
    }

    #[test]
    fn what_is_right_is_taken() {
        for changes in [
            json!({}),
            json!({ "aud": ["gate"], "azp": "gate" }),
            json!({ "exp": 1_000_300.7, "iat": 999_999.2 }),
            // The example of OpenID Connect Core, A.3.
            json!({ "at_hash": "77QmUPtjPfzWtF2AnpK9RQ" }),
        ] {
            assert_eq!(check(changes.clone()), Ok(()), "{changes}");
        }
    }

    #[test]
    fn clocks_differ_by_a_minute_and_no_more() {
        for (changes, expected) in [
            (json!({ "exp": NOW - 59 }), Ok(())),
            (json!({ "exp": NOW - 60 }), Err(BadToken::Expired)),
            (json!({ "iat": NOW + 60 }), Ok(())),
            (json!({ "iat": NOW + 61 }), Err(BadToken::NotYetValid)),
            (json!({ "nbf": NOW + 60 }), Ok(())),
            (json!({ "nbf": NOW + 61 }), Err(BadToken::NotYetValid)),
            (json!({ "exp": i64::MIN }), Err(BadToken::Expired)),
            (json!({ "iat": i64::MAX }), Err(BadToken::NotYetValid)),
        ] {
            assert_eq!(check(changes.clone()), expected, "{changes}");
        }
    }

    #[test]
    fn what_is_wrong_is_refused_by_name() {
        for (changes, expected) in [
            (json!({ "iss": "https://id.example/" }), BadToken::Issuer),
            (json!({ "iss": null }), BadToken::Claims),
            (json!({ "aud": "other" }), BadToken::Audience),
            (json!({ "aud": [] }), BadToken::Audience),
            (json!({ "aud": ["gate", "other"], "azp": "gate" }), BadToken::Audience),
            (json!({ "azp": "other" }), BadToken::Audience),
            (json!({ "sub": null }), BadToken::Subject),
            (json!({ "sub": "" }), BadToken::Subject),
            (json!({ "sub": "s".repeat(256) }), BadToken::Subject),
            (json!({ "sub": 7 }), BadToken::Claims),
            (json!({ "exp": null }), BadToken::Claims),
            (json!({ "exp": "9999999999" }), BadToken::Claims),
            (json!({ "exp": 1e300 }), BadToken::Claims),
            (json!({ "iat": null }), BadToken::Claims),
            (json!({ "nonce": null }), BadToken::Nonce),
            (json!({ "nonce": "m" }), BadToken::Nonce),
            (json!({ "at_hash": "77QmUPtjPfzWtF2AnpK9RA" }), BadToken::Hash),
            (json!({ "c_hash": "77QmUPtjPfzWtF2AnpK9RQ" }), BadToken::Hash),
        ] {
            assert_eq!(check(changes.clone()), Err(expected), "{changes}");
        }
    }

    #[test]
    fn a_claim_that_stands_twice_is_refused() {
        let text = right().to_string().replacen('{', r#"{"sub":"eve","#, 1);
        assert_eq!(read(text.as_bytes()).unwrap_err(), BadToken::Claims);
    }

    #[test]
    fn a_login_that_was_asked_for_anew_is_one() {
        let expected = Expected { login_since: Some(NOW - 10), ..EXPECTED };
        for (at, holds) in [(Some(NOW - 70), true), (Some(NOW - 71), false), (None, false)] {
            let mut claims = right();
            if let Some(at) = at {
                claims["auth_time"] = at.into();
            }
            let claims = read(claims.to_string().as_bytes()).unwrap();
            assert_eq!(claims.check(Algorithm::Rs256, &expected, NOW).is_ok(), holds, "{at:?}");
        }
    }
}
