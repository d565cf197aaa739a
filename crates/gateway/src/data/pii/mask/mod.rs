//! What stands in the place of masked text (`data.pii.anonymize`), as the line of the policy asks.
//!
//! | mask | `ada@example.com` becomes | turned back |
//! |---|---|---|
//! | `label` | `[REDACTED:EMAIL]` | no |
//! | `hash` | `EMAIL_#9c41d0a2be77` | no, by nobody |
//! | `generalize` | `[EMAIL at example.com]` | no |
//! | `synthetic` | `k7qd2mzx@example.com` | no |
//! | `encrypt` | `x2q@1ne83vp.k0d` | in the same exchange |
//! | `pseudonym` | `EMAIL_HJULCJSY53FNRSGI` | in later exchanges too; see [`super::pseudonym`] |
//!
//! Invariants: a value that cannot be said in a form is not said at all (its label stands there); keys are derived per tenant and are in
//! no configuration; the same value of a tenant becomes the same text every time.

mod encrypt;
mod generalize;
mod synthetic;

use std::sync::{Arc, OnceLock};

use aws_lc_rs::hmac;

use super::kind;
use crate::data::encryption::Sealer;

/// Bytes of a hash that are shown: 48 bits.
const HASH_BYTES: usize = 6;

/// What a value becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A keyed hash.
    Hash,
    /// Less of it.
    Generalize,
    /// A made-up one.
    Synthetic,
    /// Itself, encrypted in its format.
    Encrypt,
}

/// Masks for one tenant. Keys are derived when the first mask needs one.
pub struct Masker {
    sealer: Arc<Sealer>,
    tenant: String,
    key: OnceLock<hmac::Key>,
}

impl Masker {
    /// Masks for this tenant.
    pub fn new(sealer: Arc<Sealer>, tenant: String) -> Self {
        Self { sealer, tenant, key: OnceLock::new() }
    }

    /// Whose masks these are.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// What stands in the place of `original`; `None` when it cannot be said in this form.
    pub fn made(&self, form: Form, category: &str, original: &str) -> Option<String> {
        match form {
            Form::Hash => Some(self.hash(category, original)),
            Form::Generalize => generalize::generalize(category, original),
            Form::Synthetic => synthetic::synthetic(category, &self.digest(category, original)),
            Form::Encrypt => encrypt::encrypt(&self.digest("encrypt key", ""), category, original),
        }
    }

    /// `EMAIL_#` and 12 hex digits.
    fn hash(&self, category: &str, original: &str) -> String {
        let digest = self.digest(category, original);
        let hex: String = digest[..HASH_BYTES].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}_#{hex}", kind(category))
    }

    /// A keyed digest of a value.
    fn digest(&self, category: &str, original: &str) -> [u8; 32] {
        let key = self.key.get_or_init(|| self.sealer.hmac_key("mask", &self.tenant));
        let mut context = hmac::Context::with_key(key);
        context.update(category.as_bytes());
        context.update(&[0]);
        context.update(original.as_bytes());
        let mut digest = [0; 32];
        digest.copy_from_slice(context.sign().as_ref());
        digest
    }
}

impl std::fmt::Debug for Masker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Masker").finish_non_exhaustive()
    }
}
