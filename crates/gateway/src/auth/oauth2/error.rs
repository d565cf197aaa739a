//! Why something of the provider was not done, in the words of RFC 6749.

use crate::auth::jwt::TokenError;
use crate::auth::random::NoRandom;
use crate::auth::throttle::{Refusal, ThrottleError};
use crate::data::encryption::SealError;
use crate::event::journal::JournalError;
use crate::store::StoreError;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum OAuthError {
    /// A request is refused.
    #[error("{why}")]
    Refused {
        /// The code of the RFC.
        code: &'static str,
        /// For people; never holds text of the request.
        why: &'static str,
    },
    /// Too many attempts.
    #[error("too many attempts; wait {0} s")]
    Wait(u64),
    /// There is no address to be known by.
    #[error("auth.public_url: is not set, so the OAuth provider is off")]
    Off,
    /// Clients do not register themselves.
    #[error("auth.oauth.registration: is off, so clients do not register themselves")]
    Closed,
    /// What a client says of itself breaks a rule.
    #[error("{why}")]
    Metadata {
        /// The code of RFC 7591.
        code: &'static str,
        /// The field, and what is wrong with it.
        why: String,
    },
    /// A field of a client breaks a rule.
    #[error("{0}")]
    Invalid(String),
    /// There is no such client.
    #[error("there is no client `{0}`; `portcullis client list` shows those that exist")]
    Missing(String),
    /// Tokens of a client could not be revoked.
    #[error("tokens cannot be revoked")]
    Token(#[from] TokenError),
    /// What travels sealed could not be sealed.
    #[error("a request cannot be sealed")]
    Seal(#[from] SealError),
    /// The store failed.
    #[error("the OAuth provider cannot read or write")]
    Store(#[from] StoreError),
    /// It could not be recorded, so it was not done.
    #[error("it could not be recorded, so it was not done")]
    Journal(#[from] JournalError),
    /// There is no randomness.
    #[error(transparent)]
    Random(#[from] NoRandom),
}

impl OAuthError {
    /// A refusal.
    pub fn refused(code: &'static str, why: &'static str) -> Self {
        Self::Refused { code, why }
    }

    /// A grant that is not taken.
    pub fn grant(why: &'static str) -> Self {
        Self::refused("invalid_grant", why)
    }

    /// A request that is not understood.
    pub fn request(why: &'static str) -> Self {
        Self::refused("invalid_request", why)
    }
}

impl From<ThrottleError> for OAuthError {
    fn from(error: ThrottleError) -> Self {
        match error {
            ThrottleError::Refused(Refusal::Wait { retry_after_s, .. }) => Self::Wait(retry_after_s),
            ThrottleError::Refused(_) => Self::Wait(1),
            ThrottleError::Store(error) => Self::Store(error),
        }
    }
}
