//! Who bears an access token: verified, with what it is bound to, and explained.

use std::sync::Arc;

use serde::Serialize;

use super::access::{Claims, Verified};
use super::binding::{Binding, Confirmation};
use super::{Rejected, Tokens};
use crate::auth::Identity;
use crate::event::catalogue;

/// How a token was presented.
#[derive(Debug, Clone, Copy, Default)]
pub struct Presentation<'p> {
    /// Whether as `DPoP` rather than `Bearer`.
    pub is_dpop: bool,
    /// What the request proves to hold besides.
    pub proved: Option<&'p Binding>,
}

/// What a check of a token found.
#[derive(Debug, Clone, Serialize)]
pub struct Explained {
    /// The checks that were passed, in order.
    pub passed: Vec<&'static str>,
    /// The one that was not, and why.
    pub failed: Option<String>,
    /// What the token says, when all were passed.
    pub claims: Option<Claims>,
}

impl Tokens {
    /// Says who an access token belongs to, when its bearer may bear it.
    ///
    /// # Errors
    /// When any check fails. The refusal is counted, and in the audit log before long.
    pub async fn verify(&self, text: &str, presented: Presentation<'_>) -> Result<Arc<Identity>, Rejected> {
        let verified = self.checked(text).await.and_then(|verified| {
            let is_right = match &verified.claims.cnf {
                None => !presented.is_dpop,
                Some(Confirmation::Key(_)) if !presented.is_dpop => false,
                Some(confirmation) => presented.proved.is_some_and(|proved| confirmation.is_met_by(proved)),
            };
            if is_right { Ok(verified) } else { Err(Rejected::Binding) }
        });
        match verified {
            Ok(verified) => Ok(verified.identity.clone()),
            Err(rejected) => Err(self.reject(rejected)),
        }
    }

    /// As [`Tokens::verify`], without the binding: for what verifies the proof of it next.
    ///
    /// # Errors
    /// When any check of the token itself fails.
    pub async fn look_at(&self, text: &str) -> Result<Arc<Verified>, Rejected> {
        self.checked(text).await.map_err(|rejected| self.reject(rejected))
    }

    async fn checked(&self, text: &str) -> Result<Arc<Verified>, Rejected> {
        match self.access.verify(text) {
            Err(Rejected::Key) if self.keys.look_up().await => self.access.verify(text),
            verified => verified,
        }
    }

    /// Counts a refusal, and enters it when it is time.
    pub fn reject(&self, rejected: Rejected) -> Rejected {
        let now = self.clock.now();
        if let Some(count) = self.rejected.count(rejected, now.as_second()) {
            // A refusal does not fail because the journal does: what it protects stays protected.
            if let Err(error) = self.journal.append(&catalogue::token_rejected(now, rejected.name(), count)) {
                tracing::error!(error = &error as &dyn std::error::Error, "refused tokens were not recorded");
            }
        }
        rejected
    }

    /// Checks a token and says what each check found. Binds nothing and remembers nothing.
    pub fn explain(&self, text: &str) -> Explained {
        let mut passed = Vec::new();
        let checked = self.access.check(text, self.clock.now().as_second(), &mut |name| passed.push(name));
        let (failed, claims) = match checked {
            Ok((claims, _)) => (None, Some(claims)),
            Err(rejected) => (Some(rejected.to_string()), None),
        };
        Explained { passed, failed, claims }
    }
}
