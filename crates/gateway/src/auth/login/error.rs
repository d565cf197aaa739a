//! Why somebody was not let in.

use crate::auth::mfa::{MfaError, Stale};
use crate::auth::password::{Busy, PasswordError, Weak};
use crate::auth::throttle::{Refusal, ThrottleError};
use crate::auth::user::UserError;
use crate::event::journal::JournalError;
use crate::store::StoreError;

/// Why somebody was not let in, or a password not taken.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// One text for an unknown account, a wrong password, and a user who may not log in.
    #[error("the e-mail address or the password is wrong")]
    Refused,
    /// Too many attempts.
    #[error("too many attempts; wait {retry_after_s} s")]
    Wait {
        /// Seconds.
        retry_after_s: u64,
        /// What can be solved instead of waiting.
        challenge: Option<String>,
    },
    /// A proof of work is needed.
    #[error("this attempt needs a proof of work")]
    Work {
        /// What to solve.
        challenge: String,
    },
    /// Too many passwords are being hashed.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The new password breaks a rule.
    #[error(transparent)]
    Weak(#[from] Weak),
    /// The second factor.
    #[error(transparent)]
    Factor(MfaError),
    /// The second factor has to be shown first.
    #[error(transparent)]
    Stale(Stale),
    /// The link is not valid.
    #[error("the link is not valid: it was used, is too old, or was never sent")]
    Link,
    /// The store failed.
    #[error("logins cannot be served")]
    Store(#[from] StoreError),
    /// It could not be recorded.
    #[error("the login could not be recorded, so it was not made")]
    Journal(#[from] JournalError),
    /// A hash could not be made or compared.
    #[error("a password could not be compared")]
    Password(#[source] PasswordError),
    /// An account could not be read or changed.
    #[error("an account could not be read or changed")]
    User(#[source] UserError),
}

impl From<ThrottleError> for LoginError {
    fn from(error: ThrottleError) -> Self {
        match error {
            ThrottleError::Refused(Refusal::Wait { retry_after_s, challenge, .. }) => {
                Self::Wait { retry_after_s, challenge }
            }
            ThrottleError::Refused(Refusal::Work { challenge, .. }) => Self::Work { challenge },
            ThrottleError::Store(error) => Self::Store(error),
        }
    }
}

impl From<UserError> for LoginError {
    fn from(error: UserError) -> Self {
        match error {
            UserError::Password(PasswordError::Busy(busy)) => Self::Busy(busy),
            UserError::Password(PasswordError::Weak(weak)) => Self::Weak(weak),
            UserError::Password(error) => Self::Password(error),
            UserError::Link => Self::Link,
            UserError::Store(error) => Self::Store(error),
            UserError::Journal(error) => Self::Journal(error),
            error => Self::User(error),
        }
    }
}

impl From<MfaError> for LoginError {
    fn from(error: MfaError) -> Self {
        match error {
            MfaError::Throttle(error) => error.into(),
            MfaError::Store(error) => Self::Store(error),
            MfaError::Journal(error) => Self::Journal(error),
            MfaError::User(error) => error.into(),
            error => Self::Factor(error),
        }
    }
}
