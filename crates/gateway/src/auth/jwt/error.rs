//! Why something about tokens could not be done.

use crate::auth::random::NoRandom;
use crate::data::encryption::SealError;
use crate::event::journal::JournalError;
use crate::store::StoreError;

/// Why something about tokens could not be done.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The store failed.
    #[error("tokens and sessions cannot be read or written")]
    Store(#[from] StoreError),
    /// The change could not be recorded, so it was not made.
    #[error("the change could not be recorded, so it was not made")]
    Journal(#[from] JournalError),
    /// Something sealed does not open.
    #[error("a signing key or a session does not open")]
    Seal(#[from] SealError),
    /// There is no randomness.
    #[error(transparent)]
    Random(#[from] NoRandom),
    /// A field breaks a rule.
    #[error("{0}")]
    Invalid(String),
    /// There is no such thing.
    #[error("{0}")]
    Missing(String),
    /// Others were faster, several times in a row.
    #[error("the session is being refreshed by too many at once")]
    Busy,
    /// The library refused.
    #[error("the cryptographic library refused")]
    Crypto,
}
