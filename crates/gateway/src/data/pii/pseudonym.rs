//! Reversible pseudonyms: what the provider sees in the place of personal data.
//!
//! A token is the kind and 80 bits of HMAC-SHA-256 over the value, keyed per tenant: `EMAIL_7K3Q5X2MAB4C5D6E`. So it is
//! stable across turns and useless to another tenant. The original is kept sealed until it expires. See
//! `spec/pseudonym.md`.
//!
//! Invariants: two values of a tenant never share a token (a taken one makes the next counter's token); a token is not
//! sent before its mapping is stored; only tokens of values that were in the same conversation are turned back.

use std::collections::HashMap;
use std::sync::Arc;

use aws_lc_rs::hmac;
use quick_cache::sync::Cache;

use super::kind;
use crate::clock::Clock;
use crate::data::encryption::{Place, SealError, Sealer};
use crate::store::{Db, StoreError, args};

/// Values whose token is remembered without asking the database.
const REMEMBERED: usize = 10_000;
const TOKEN_BYTES: usize = 10;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The pseudonyms of all tenants.
pub struct Pseudonyms {
    db: Db,
    sealer: Arc<Sealer>,
    clock: Arc<dyn Clock>,
    expiry_s: i64,
    /// Tokens, and when their mapping was prolonged last.
    assigned: Cache<(String, String), (Arc<str>, i64)>,
}

/// Why a pseudonym could not be made or turned back.
#[derive(Debug, thiserror::Error)]
pub enum PseudonymError {
    /// The mapping could not be stored or read.
    #[error("the pseudonym could not be stored or read")]
    Store(#[from] StoreError),
    /// The mapping could not be sealed or opened.
    #[error("the pseudonym could not be sealed or opened")]
    Seal(#[from] SealError),
}

/// What may be turned back in one exchange: tokens and their originals.
#[derive(Debug, Clone, Default)]
pub struct Restores {
    originals: HashMap<Arc<str>, Original>,
}

#[derive(Debug, Clone)]
struct Original {
    text: Arc<str>,
    /// Whether it is turned back for those too who get pseudonyms.
    always: bool,
}

impl Pseudonyms {
    /// Takes the store, the keys and the life of a mapping.
    pub fn new(db: Db, sealer: Arc<Sealer>, clock: Arc<dyn Clock>, expiry_days: u32) -> Self {
        Self { db, sealer, clock, expiry_s: i64::from(expiry_days) * 86_400, assigned: Cache::new(REMEMBERED) }
    }

    /// The token of a value, stored when it is new.
    ///
    /// # Errors
    /// When the mapping cannot be stored: then the value must not be sent at all.
    pub async fn assign(&self, tenant: &str, category: &str, value: &str) -> Result<Arc<str>, PseudonymError> {
        let known = (tenant.to_owned(), format!("{category}\0{value}"));
        let now = self.clock.now().as_second();
        if let Some((token, prolonged_at)) = self.assigned.get(&known)
            && now - prolonged_at < self.expiry_s / 10
        {
            return Ok(token);
        }
        let key = self.sealer.hmac_key("pseudonym", tenant);
        for counter in 0_u32.. {
            let token = token(&key, category, value, counter);
            if self.claim(tenant, &token, value).await? {
                let token: Arc<str> = token.into();
                self.assigned.insert(known, (token.clone(), now));
                return Ok(token);
            }
        }
        unreachable!("one of 2^32 tokens is free")
    }

    /// Stores the mapping, or prolongs it; false when the token belongs to another value.
    async fn claim(&self, tenant: &str, token: &str, value: &str) -> Result<bool, PseudonymError> {
        let place = place(tenant, token);
        let sealed = self.sealer.seal(&place, value.as_bytes())?;
        let expires_at = self.clock.now().as_second() + self.expiry_s;
        self.db
            .execute(
                "INSERT INTO pseudonym (tenant, token, sealed, expires_at) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (tenant, token) DO UPDATE SET expires_at = excluded.expires_at",
                args![tenant, token, sealed, expires_at],
            )
            .await?;
        Ok(self.original(tenant, token).await?.as_deref() == Some(value))
    }

    /// The original of a token, unless it expired.
    ///
    /// # Errors
    /// When the store cannot be read, or the mapping was tampered with.
    pub async fn original(&self, tenant: &str, token: &str) -> Result<Option<String>, PseudonymError> {
        let rows = self
            .db
            .fetch_all(
                "SELECT sealed FROM pseudonym WHERE tenant = $1 AND token = $2 AND expires_at > $3",
                args![tenant, token, self.clock.now().as_second()],
            )
            .await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let opened = self.sealer.open_sealed(&place(tenant, token), row.blob("sealed")?)?;
        Ok(String::from_utf8(opened.to_vec()).ok())
    }

    /// Erases what expired, and says how many there were.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn sweep(&self) -> Result<u64, PseudonymError> {
        let now = self.clock.now().as_second();
        Ok(self.db.execute("DELETE FROM pseudonym WHERE expires_at <= $1", args![now]).await?)
    }
}

impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pseudonyms").field("expiry_s", &self.expiry_s).finish_non_exhaustive()
    }
}

impl Restores {
    /// Adds a token that was put in the place of `original`.
    pub fn add(&mut self, token: Arc<str>, original: &str) {
        self.originals.insert(token, Original { text: original.into(), always: false });
    }

    /// Adds what is turned back for everybody: it hides nothing.
    pub fn add_always(&mut self, token: Arc<str>, original: &str) {
        self.originals.insert(token, Original { text: original.into(), always: true });
    }

    /// The tokens, to look out for; those of pseudonyms for whom they are turned back.
    pub fn tokens(&self, pseudonyms: bool) -> impl Iterator<Item = &str> {
        self.originals
            .iter()
            .filter(move |(_, original)| original.always || pseudonyms)
            .map(|(token, _)| token.as_ref())
    }

    /// What a token stands for.
    pub fn original(&self, token: &str) -> Option<&str> {
        self.originals.get(token).map(|original| original.text.as_ref())
    }

    /// Whether there is nothing to turn back.
    pub fn is_empty(&self) -> bool {
        self.originals.is_empty()
    }
}

fn place<'p>(tenant: &'p str, token: &'p str) -> Place<'p> {
    Place { table: "pseudonym", column: "sealed", row: token, tenant }
}

/// `KIND_` and 16 base32 digits.
fn token(key: &hmac::Key, category: &str, value: &str, counter: u32) -> String {
    let mut context = hmac::Context::with_key(key);
    context.update(category.as_bytes());
    context.update(&[0]);
    context.update(value.as_bytes());
    context.update(&counter.to_be_bytes());
    let tag = context.sign();
    let mut out = format!("{}_", kind(category));
    let bits = tag.as_ref()[..TOKEN_BYTES].iter().fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    for digit in (0..TOKEN_BYTES * 8 / 5).rev() {
        out.push(char::from(BASE32[(bits >> (digit * 5) & 31) as usize]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(secret: &[u8]) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, secret)
    }

    #[test]
    fn a_token_is_stable_and_differs_by_tenant_value_and_counter() {
        let one = token(&key(b"a"), "pii.email", "ada@example.com", 0);
        assert_eq!(one, token(&key(b"a"), "pii.email", "ada@example.com", 0));
        assert!(one.starts_with("EMAIL_") && one.len() == 6 + 16, "{one}");
        for other in [
            token(&key(b"b"), "pii.email", "ada@example.com", 0),
            token(&key(b"a"), "pii.email", "bob@example.com", 0),
            token(&key(b"a"), "pii.email", "ada@example.com", 1),
        ] {
            assert_ne!(one, other);
        }
    }
}
