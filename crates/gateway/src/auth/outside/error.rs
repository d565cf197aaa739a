//! Why somebody was not let in by an outside provider.

use super::fetch::FetchError;
use crate::auth::random::NoRandom;
use crate::auth::throttle::{Refusal, ThrottleError};
use crate::auth::user::UserError;
use crate::data::encryption::SealError;
use crate::event::journal::JournalError;
use crate::infra::secrets::SecretError;
use crate::store::StoreError;

/// Why something with an outside provider was not done.
#[derive(Debug, thiserror::Error)]
pub enum OutsideError {
    /// No provider of this name.
    #[error("there is no outside provider of this name")]
    NoProvider,
    /// No identity of this id, of this person.
    #[error("there is no such identity; `GET /auth/v1/outside` lists yours")]
    Missing,
    /// Nothing else would be left.
    #[error("this is the only way into the account: choose a password first")]
    LastWay,
    /// A login was refused.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Too many attempts.
    #[error("too many attempts; wait {0} s")]
    Wait(u64),
    /// The store failed.
    #[error("outside identities cannot be read or written")]
    Store(#[from] StoreError),
    /// It could not be recorded, so it was not done.
    #[error("the login could not be recorded, so it was not made")]
    Journal(#[from] JournalError),
    /// Something sealed does not open.
    #[error("an outside identity could not be sealed or opened")]
    Seal(#[from] SealError),
    /// An account could not be read or changed.
    #[error("an account could not be read or changed")]
    User(#[from] UserError),
    /// The client's secret cannot be had.
    #[error("the client secret of the outside provider cannot be had")]
    Secret(#[from] SecretError),
    /// There is no randomness.
    #[error(transparent)]
    Random(#[from] NoRandom),
}

/// Why a login was refused. Operators read it in the audit log; on a page it is one of a few sentences.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The answer belongs to no login that is under way: it was never begun, is used or is too old.
    #[error("the answer belongs to no login that is under way")]
    State,
    /// It was begun in another browser.
    #[error("the login was begun in another browser")]
    Browser,
    /// It came to the address of another provider.
    #[error("the answer came to the address of another provider")]
    Provider,
    /// It says that it is another provider's, or does not say whose it is (RFC 9207).
    #[error("`iss` of the answer is missing or another provider's")]
    AnswerIssuer,
    /// The provider, or the person there, said no.
    #[error("the provider answered with an error: {0}")]
    Denied(String),
    /// The answer has neither a code nor an error.
    #[error("the answer has no code")]
    NoCode,
    /// An endpoint gave no usable answer.
    #[error("{0}: {1}")]
    Unavailable(&'static str, FetchError),
    /// What the provider says of itself cannot be used.
    #[error("the provider's metadata: `{0}` is missing, another one, or not allowed")]
    Metadata(&'static str),
    /// The token endpoint did not take the code.
    #[error("the provider did not exchange the code: {0}")]
    Code(String),
    /// The ID token fails a check.
    #[error("the ID token: {0}")]
    IdToken(BadToken),
    /// The user info is another person's.
    #[error("the user info is another person's")]
    UserInfo,
    /// The address is missing, not verified, or of another domain.
    #[error("the e-mail address is missing, not verified, or of a domain that is not let in")]
    Domain,
    /// Nobody here is known by this identity.
    #[error("nobody here is known by this identity")]
    Unknown,
    /// The account is kept out.
    #[error("the account is deactivated, or not a person's")]
    Deactivated,
    /// The account has the address, but has not proved it.
    #[error("an account has this address, but its owner has not proved it")]
    Unproved,
    /// The identity is another account's.
    #[error("the identity is another account's")]
    Elsewhere,
    /// The account changed while a link was made.
    #[error("the account has changed meanwhile")]
    Changed,
    /// The person is left without any role.
    #[error("the claims leave the person without any role")]
    NoRole,
}

/// What is wrong with an ID token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// Not three parts of base64url, or longer than 64 KiB.
    #[error("it is not a signed token")]
    Form,
    /// A header that is not understood, or of another kind of token.
    #[error("its header is not one of an ID token")]
    Header,
    /// `none`, a shared secret, or something unknown.
    #[error("its algorithm is not taken")]
    Algorithm,
    /// No key fits, or it cannot be told which.
    #[error("no key of the provider fits")]
    Key,
    /// The signature is wrong.
    #[error("its signature is wrong")]
    Signature,
    /// A claim is missing, stands twice or has another type.
    #[error("a claim is missing, stands twice or has another type")]
    Claims,
    /// Another issuer.
    #[error("its issuer is another one")]
    Issuer,
    /// For somebody else, too.
    #[error("its audience is not this client alone")]
    Audience,
    /// No subject, or none that can be one.
    #[error("its subject is missing or too long")]
    Subject,
    /// Over.
    #[error("it has expired")]
    Expired,
    /// Not valid yet.
    #[error("it is not valid yet")]
    NotYetValid,
    /// Of another login.
    #[error("its nonce is that of another login")]
    Nonce,
    /// Of another access token or code.
    #[error("its `at_hash` or `c_hash` is that of another token")]
    Hash,
    /// The person did not log in anew, as was asked for.
    #[error("the person did not log in anew")]
    AuthTime,
}

impl Refused {
    /// Its name, as in events and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Browser => "browser",
            Self::Provider => "provider",
            Self::AnswerIssuer => "answer_issuer",
            Self::Denied(_) => "denied",
            Self::NoCode => "no_code",
            Self::Unavailable(..) => "unavailable",
            Self::Metadata(_) => "metadata",
            Self::Code(_) => "code",
            Self::IdToken(bad) => bad.name(),
            Self::UserInfo => "user_info_subject",
            Self::Domain => "email_domain",
            Self::Unknown => "unknown_person",
            Self::Deactivated => "deactivated",
            Self::Unproved => "address_not_proved",
            Self::Elsewhere => "linked_elsewhere",
            Self::Changed => "account_changed",
            Self::NoRole => "no_role",
        }
    }
}

impl BadToken {
    fn name(self) -> &'static str {
        match self {
            Self::Form => "id_token_form",
            Self::Header => "id_token_header",
            Self::Algorithm => "id_token_algorithm",
            Self::Key => "id_token_key",
            Self::Signature => "id_token_signature",
            Self::Claims => "id_token_claims",
            Self::Issuer => "id_token_issuer",
            Self::Audience => "id_token_audience",
            Self::Subject => "id_token_subject",
            Self::Expired => "id_token_expired",
            Self::NotYetValid => "id_token_not_yet_valid",
            Self::Nonce => "id_token_nonce",
            Self::Hash => "id_token_hash",
            Self::AuthTime => "id_token_auth_time",
        }
    }
}

impl From<BadToken> for Refused {
    fn from(bad: BadToken) -> Self {
        Self::IdToken(bad)
    }
}

impl From<ThrottleError> for OutsideError {
    fn from(error: ThrottleError) -> Self {
        match error {
            ThrottleError::Refused(Refusal::Wait { retry_after_s, .. }) => Self::Wait(retry_after_s),
            ThrottleError::Refused(Refusal::Work { .. }) => Self::Wait(1),
            ThrottleError::Store(error) => Self::Store(error),
        }
    }
}
