//! Proof of possession (RFC 9449): a token that is bound to a key is taken only with a fresh signature of that key over
//! this very request.
//!
//! The key comes in the proof's own header, because it is not trusted but compared: its thumbprint has to be the one in
//! the token. Each proof is taken once within its window, by all nodes together where there is a Redis. The memory of that
//! has an end, and so has each asker's share of it: strangers together get a quarter, so that they cannot make those wait
//! who hold a token. **Limit:** without a Redis it is of one process; with `dpop_nonce` a proof made for later use is
//! refused by all.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use serde::Deserialize;

use super::jose::{Algorithm, Compact, Jwk, PublicKey, decode, encode};
use crate::auth::throttle::Tally;

/// How old a proof may be, and how far in the future.
const WINDOW_S: i64 = 30;
/// A nonce is given out for so long, and taken for twice that.
const NONCE_S: i64 = 120;
/// Proofs that are remembered in a window; more are refused, so that memory has an end.
const REMEMBERED_MAX: usize = 200_000;
/// Those of all strangers together.
const OF_STRANGERS_MAX: u32 = 50_000;
const PROOF_BYTES_MAX: usize = 4 * 1024;
const TYPE: &str = "dpop+jwt";

/// Why a proof is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum BadProof {
    /// There is none.
    #[error("a `DPoP` header with one proof is missing")]
    Missing,
    /// It is not a proof.
    #[error("the proof is malformed, or of another type or algorithm")]
    Malformed,
    /// The signature is not that of the key in it.
    #[error("the proof's signature is wrong")]
    Signature,
    /// It was made for another method or address.
    #[error("the proof was made for another request")]
    Request,
    /// It was made too long ago, or for later.
    #[error("the proof is not of now")]
    Time,
    /// It belongs to another access token.
    #[error("the proof was made for another access token")]
    Token,
    /// It was taken before.
    #[error("the proof was used before")]
    Replayed,
    /// More were taken from the asker than are remembered.
    #[error("too many proofs came within a minute")]
    TooMany,
    /// It cannot be said whether it was taken before, so it is not taken.
    #[error("it cannot be checked now whether the proof was used before")]
    Unchecked,
    /// The nonce is missing or old.
    #[error("the proof needs the nonce that this answer brings in `DPoP-Nonce`")]
    Nonce,
}

/// Whose memory a proof is put into.
#[derive(Debug, Clone, Copy)]
pub enum Asker<'a> {
    /// Who holds a token of ours, or a session: its name.
    Holder(&'a str),
    /// A client that proved itself.
    Client(&'a str),
    /// Who holds something that is used up at once: a code.
    Once(&'a str),
    /// Who has shown nothing: a name of the address.
    Stranger(&'a str),
}

impl Asker<'_> {
    /// Proofs of one asker that are remembered in a window.
    fn most(self) -> u32 {
        match self {
            Self::Holder(_) | Self::Client(_) => 20_000,
            Self::Once(_) => 16,
            Self::Stranger(_) => 600,
        }
    }

    fn name(self) -> Name {
        let (kind, id) = match self {
            Self::Holder(id) => ("holder", id),
            Self::Client(id) => ("client", id),
            Self::Once(id) => ("once", id),
            Self::Stranger(id) => ("stranger", id),
        };
        half(&sha256(&format!("{kind}.{id}")))
    }
}

/// Half a SHA-256: nobody finds two texts with the same.
type Name = [u8; 16];

fn half(hash: &[u8; 32]) -> Name {
    let mut name = [0; 16];
    name.copy_from_slice(&hash[..16]);
    name
}

fn sha256(text: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    hash
}

/// What a proof is remembered by.
fn called(thumbprint: &str, jti: &str) -> [u8; 32] {
    sha256(&format!("dpop {thumbprint}.{jti}"))
}

/// A request that a proof has to be of.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'r> {
    /// Its method.
    pub method: &'r str,
    /// The addresses that it may be known by, without query and fragment.
    pub addresses: &'r [String],
    /// The proof.
    pub proof: &'r str,
    /// The access token it came with.
    pub token: Option<&'r str>,
    /// Who asks.
    pub by: Asker<'r>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    typ: String,
    alg: String,
    jwk: Jwk,
}

#[derive(Debug, Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: i64,
    ath: Option<String>,
    nonce: Option<String>,
}

/// Verifies proofs and remembers them.
#[derive(Debug)]
pub struct Proofs {
    nonce_key: hmac::Key,
    wants_nonce: bool,
    seen: Mutex<Seen>,
    /// Where all nodes remember together.
    shared: OnceLock<Arc<dyn Tally>>,
}

/// Two windows of proofs: the older one is forgotten when it has passed as a whole.
#[derive(Debug, Default)]
struct Seen {
    current: HashSet<Name>,
    previous: HashSet<Name>,
    /// How many of the current ones are whose.
    shares: HashMap<Name, u32>,
    of_strangers: u32,
    window: i64,
}

impl Proofs {
    pub(super) fn new(nonce_key: hmac::Key, wants_nonce: bool) -> Self {
        Self { nonce_key, wants_nonce, seen: Mutex::default(), shared: OnceLock::new() }
    }

    /// Remembers proofs together with other nodes.
    pub fn share(&self, tally: Arc<dyn Tally>) {
        // The first stays: there is one at the start.
        let _ = self.shared.set(tally);
    }

    /// Verifies a proof and returns the thumbprint of its key.
    ///
    /// # Errors
    /// When it is none, or of another request, time, token or nonce, or was taken before.
    pub async fn verify(&self, asked: Asked<'_>, now: i64) -> Result<String, BadProof> {
        let (thumbprint, name) = self.checked(asked, now)?;
        self.remember(&name, asked.by, now)?;
        if let Some(shared) = self.shared.get() {
            let spent = shared.spend(&name, now * 1_000, 4 * WINDOW_S * 1_000).await;
            if !spent.map_err(|_| BadProof::Unchecked)? {
                return Err(BadProof::Replayed);
            }
        }
        Ok(thumbprint)
    }

    /// The thumbprint of the key of a good proof, and the name that the proof is remembered by.
    fn checked(&self, asked: Asked<'_>, now: i64) -> Result<(String, [u8; 32]), BadProof> {
        if asked.proof.len() > PROOF_BYTES_MAX {
            return Err(BadProof::Malformed);
        }
        let parts = Compact::split(asked.proof).ok_or(BadProof::Malformed)?;
        let header: Header = serde_json::from_slice(&parts.header).map_err(|_| BadProof::Malformed)?;
        let key = PublicKey::of(&header.jwk).map_err(|_| BadProof::Malformed)?;
        if header.typ != TYPE || Algorithm::named(&header.alg) != Some(key.algorithm) {
            return Err(BadProof::Malformed);
        }
        if !key.verifies(parts.signed, &parts.signature) {
            return Err(BadProof::Signature);
        }
        let claims: Claims = serde_json::from_slice(&parts.payload).map_err(|_| BadProof::Malformed)?;
        let address = claims.htu.split(['?', '#']).next().unwrap_or_default();
        if claims.htm != asked.method || !asked.addresses.iter().any(|known| known == address) {
            return Err(BadProof::Request);
        }
        if (claims.iat - now).abs() > WINDOW_S {
            return Err(BadProof::Time);
        }
        let hash_of = |token: &str| encode(digest(&SHA256, token.as_bytes()).as_ref());
        if asked.token.map(hash_of).is_some_and(|hash| claims.ath.as_ref() != Some(&hash)) {
            return Err(BadProof::Token);
        }
        if self.wants_nonce && !claims.nonce.is_some_and(|nonce| self.is_nonce(&nonce, now)) {
            return Err(BadProof::Nonce);
        }
        let thumbprint = key.thumbprint();
        let name = called(&thumbprint, &claims.jti);
        Ok((thumbprint, name))
    }

    /// The nonce to put in the next proof, when one is wanted.
    pub fn nonce(&self, now: i64) -> Option<String> {
        self.wants_nonce.then(|| self.nonce_of(now.div_euclid(NONCE_S)))
    }

    fn nonce_of(&self, window: i64) -> String {
        encode(&hmac::sign(&self.nonce_key, &window.to_be_bytes()).as_ref()[..16])
    }

    fn is_nonce(&self, text: &str, now: i64) -> bool {
        let window = now.div_euclid(NONCE_S);
        let is = |window| verify_slices_are_equal(self.nonce_of(window).as_bytes(), text.as_bytes()).is_ok();
        decode(text).is_some() && (is(window) || is(window - 1))
    }

    fn remember(&self, name: &[u8; 32], by: Asker<'_>, now: i64) -> Result<(), BadProof> {
        let name = half(name);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // A proof is taken for 2 * WINDOW_S, from before its `iat` to after it.
        let window = now.div_euclid(2 * WINDOW_S);
        if window != seen.window {
            let last = std::mem::take(&mut seen.current);
            seen.previous = if window == seen.window + 1 { last } else { HashSet::new() };
            (seen.shares, seen.of_strangers, seen.window) = (HashMap::new(), 0, window);
        }
        if seen.current.contains(&name) || seen.previous.contains(&name) {
            return Err(BadProof::Replayed);
        }
        let is_stranger = matches!(by, Asker::Stranger(_));
        let share = seen.shares.get(&by.name()).copied().unwrap_or_default();
        let is_full = seen.current.len() >= REMEMBERED_MAX || is_stranger && seen.of_strangers >= OF_STRANGERS_MAX;
        if is_full || share >= by.most() {
            return Err(BadProof::TooMany);
        }
        seen.current.insert(name);
        seen.shares.insert(by.name(), share + 1);
        seen.of_strangers += u32::from(is_stranger);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::hmac::HMAC_SHA256;

    fn taken(proofs: &Proofs, by: Asker<'_>, count: u32, now: i64) -> usize {
        (0..count).filter(|at| proofs.remember(&called(&format!("{by:?}"), &at.to_string()), by, now).is_ok()).count()
    }

    #[test]
    fn strangers_fill_their_own_share_and_nobody_elses() {
        let proofs = Proofs::new(hmac::Key::new(HMAC_SHA256, b"k"), false);
        assert_eq!(taken(&proofs, Asker::Stranger("a"), 1_000, 0), 600);
        assert_eq!(taken(&proofs, Asker::Once("a"), 1_000, 0), 16);
        let all: usize = (0..200).map(|at| taken(&proofs, Asker::Stranger(&format!("b{at}")), 600, 0)).sum();
        assert_eq!(all, 50_000 - 600);
        assert_eq!(taken(&proofs, Asker::Holder("ada"), 100, 0), 100, "who holds a token goes on");
        assert_eq!(taken(&proofs, Asker::Stranger("a"), 1_000, 60), 400, "those of before are replays");
    }

    #[test]
    fn a_proof_is_taken_once_whoever_brings_it() {
        let proofs = Proofs::new(hmac::Key::new(HMAC_SHA256, b"k"), false);
        assert!(proofs.remember(&called("key", "1"), Asker::Holder("a"), 0).is_ok());
        for now in [0, 59, 60, 119] {
            assert_eq!(proofs.remember(&called("key", "1"), Asker::Client("b"), now), Err(BadProof::Replayed), "{now}");
        }
    }
}
