//! From causes to answers: one table for status, type, code and public message, in the caller's own protocol.
//!
//! Invariants: a message never holds text of the request, but for names the caller chose (a model, a path in the body);
//! the private cause stays in the log. A policy block is 400, because SDKs neither retry it nor mistake it for a
//! credential problem; what we failed to check is 503 with `x-should-retry: false`.

mod answer;
mod face;

pub use answer::{Code, stamp};

use crate::api::limit::LimitError;
use crate::auth::jwt::Rejected;
use crate::auth::jwt::refresh::rule::Refusal;
use crate::auth::login::LoginError;
use crate::auth::mfa::{MfaError, Stale};
use crate::auth::outside::OutsideError;
use crate::data::access::Denied;
use crate::http::body::BodyError;
use crate::http::gate::TurnedAway;
use crate::http::shield::Shielded;
use crate::input::csrf::Forged;
use crate::proxy::upstream::UpstreamError;

/// Why a request was not served.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// No key, or none that is valid.
    #[error(
        "no valid API key: send `Authorization: Bearer pc-…` (or `x-api-key`) with a key made by `portcullis key create`"
    )]
    Unauthenticated,
    /// An access token that is not valid, or not proved to be the bearer's.
    #[error("the access token is not valid: {rejected}")]
    Token {
        /// Why.
        rejected: Rejected,
        /// The nonce for the next proof.
        nonce: Option<String>,
    },
    /// A refresh token that is not taken.
    #[error("the refresh token is not valid: {0}")]
    Grant(Refusal),
    /// Something that only a person has.
    #[error("this route is for people: send an access token, not an API key")]
    NotAPerson,
    /// Somebody has to show again who they are.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// There is no such session of this person.
    #[error("there is no such session; `GET /auth/v1/sessions` lists yours")]
    NoSession,
    /// Another site may have sent this.
    #[error("{0}, so it was not done")]
    Forged(#[from] Forged),
    /// Tokens and sessions cannot be read or written.
    #[error("tokens and sessions are not available")]
    TokensUnavailable,
    /// The key may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The body is too large, too slow or broken.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The gate did not let it in.
    #[error(transparent)]
    TurnedAway(TurnedAway),
    /// The web application firewall refuses it.
    #[error(transparent)]
    Shielded(#[from] Shielded),
    /// The web application firewall refuses the answer.
    #[error("the answer was refused by rule {} of the web application firewall; the request was carried out", .0.rule)]
    AnswerShielded(Shielded),
    /// The body is not what the surface takes.
    #[error(transparent)]
    Parse(#[from] wire::ParseError),
    /// A header is missing or wrong.
    #[error("{0}")]
    Request(&'static str),
    /// The body is not declared as JSON.
    #[error("the body must be JSON, with `Content-Type: application/json`")]
    NotJson,
    /// The body is not the form that the route takes.
    #[error("the body must be {0}, and nothing else")]
    Form(&'static str),
    /// Another site's page sent it.
    #[error("this request comes from a page of another site")]
    CrossSite,
    /// Somebody was not let in, or a password not taken.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// Something with an outside provider was not done.
    #[error(transparent)]
    Outside(#[from] OutsideError),
    /// No such route.
    #[error("there is no {method} {path} here; `portcullis coverage` lists the routes that are inspected")]
    NoRoute {
        /// As asked.
        method: String,
        /// As asked.
        path: String,
    },
    /// No such model.
    #[error("the model `{0}` does not exist here; `GET /v1/models` lists those that do")]
    NoModel(String),
    /// The model's provider does not speak this protocol.
    #[error("the model `{model}` is served by a provider that does not speak {path}")]
    WrongSurface {
        /// As asked.
        model: String,
        /// As asked.
        path: &'static str,
    },
    /// Content that cannot be inspected while a policy is on.
    #[error(
        "`{path}` ({kind}) cannot be inspected, and the policy `{policy}` does not let it pass uninspected \
         (`allow_uninspected`)"
    )]
    Uninspectable {
        /// Where in the body.
        path: String,
        /// What kind.
        kind: &'static str,
        /// Whose rule.
        policy: String,
    },
    /// The policy says no.
    #[error("the {part} was blocked by policy `{policy}` ({category}, rule {rule})")]
    Blocked {
        /// What was blocked.
        part: Part,
        /// Whose rule.
        policy: String,
        /// The rule's id.
        rule: &'static str,
        /// Its category.
        category: &'static str,
    },
    /// The policy wants a person to decide.
    #[error("the request is held for review by policy `{policy}` ({category}, rule {rule})")]
    Held {
        /// Whose rule.
        policy: String,
        /// The rule's id.
        rule: &'static str,
        /// Its category.
        category: &'static str,
    },
    /// A limit says no, or cannot be asked.
    #[error(transparent)]
    Limited(#[from] LimitError),
    /// A check that has to run could not.
    #[error("the request could not be checked, so it was not sent")]
    Unchecked,
    /// No provider answered.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    /// The provider refused our credential.
    #[error("the provider `{0}` refused the gateway's credential; its operator has to look at it")]
    UpstreamCredential(String),
    /// The provider's answer broke off, was too large or not what its protocol says.
    #[error("the provider's answer could not be used: {0}")]
    BadAnswer(&'static str),
    /// The record of the exchange could not be written.
    #[error("the request could not be recorded, so it was not served")]
    Unrecorded,
}

/// The part of an exchange that a policy blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What the client asked.
    Request,
    /// What the provider answered.
    Answer,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Request => "request",
            Self::Answer => "answer",
        })
    }
}

impl From<MfaError> for Failure {
    fn from(error: MfaError) -> Self {
        Self::Login(error.into())
    }
}
