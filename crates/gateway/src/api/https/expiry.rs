//! When it is time to say that a certificate ends.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::certificate::Certificate;

/// Said again after so long.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Remembers what was said.
#[derive(Debug, Default)]
pub struct Expiry(Mutex<Option<(Timestamp, Timestamp)>>);

impl Expiry {
    /// Whether it is to be said now: once a day for a certificate that ends soon.
    pub fn is_due(&self, certificate: &Certificate, now: Timestamp) -> bool {
        if !certificate.ends_soon(now) {
            return false;
        }
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_said =
            said.is_some_and(|(end, at)| end == certificate.not_after && now.duration_since(at) < AGAIN_AFTER);
        if !is_said {
            *said = Some((certificate.not_after, now));
        }
        !is_said
    }
}
