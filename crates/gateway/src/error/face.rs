//! What each failure looks like from outside: status, type and code, by protocol.

use http::StatusCode;
use wire::Dialect;

use super::Failure;
use crate::api::limit::{LimitError, Until};
use crate::auth::login::LoginError;
use crate::auth::mfa::MfaError;
use crate::auth::outside::{OutsideError, Refused};
use crate::http::body::BodyError;
use crate::http::gate::TurnedAway;
use crate::http::shield::Shielded;
use crate::proxy::upstream::UpstreamError;

/// What a failure looks like from outside.
pub(super) struct Face {
    pub(super) status: StatusCode,
    pub(super) kind: &'static str,
    pub(super) code: &'static str,
    pub(super) retry: Option<bool>,
}

impl Failure {
    pub(super) fn face(&self, dialect: Dialect) -> Face {
        let face = |status, kind, code, retry| Face { status, kind, code, retry };
        let invalid = "invalid_request_error";
        let server = match dialect {
            Dialect::OpenAi => "server_error",
            Dialect::Anthropic => "api_error",
        };
        match self {
            Self::Unauthenticated => {
                let kind = if dialect == Dialect::Anthropic { "authentication_error" } else { invalid };
                face(StatusCode::UNAUTHORIZED, kind, "invalid_api_key", None)
            }
            Self::Token { .. } => {
                let kind = if dialect == Dialect::Anthropic { "authentication_error" } else { invalid };
                face(StatusCode::UNAUTHORIZED, kind, "invalid_token", None)
            }
            Self::Grant(_) => face(StatusCode::BAD_REQUEST, invalid, "invalid_grant", None),
            Self::NotAPerson => face(StatusCode::FORBIDDEN, "permission_error", "permission_denied", None),
            Self::Stale(_) => {
                face(StatusCode::UNAUTHORIZED, "authentication_error", "insufficient_user_authentication", None)
            }
            Self::NoSession => face(StatusCode::NOT_FOUND, not_found(dialect), "session_not_found", None),
            Self::Forged(_) => face(StatusCode::FORBIDDEN, "permission_error", "cross_site", None),
            Self::Denied(_) => face(StatusCode::FORBIDDEN, "permission_error", "permission_denied", None),
            Self::Shielded(refused) | Self::Body(BodyError::Shielded(refused)) => shielded_face(*refused, dialect),
            Self::AnswerShielded(_) => face(StatusCode::BAD_GATEWAY, server, "answer_refused", Some(false)),
            Self::Body(BodyError::TooLarge(_)) => {
                let kind = if dialect == Dialect::Anthropic { "request_too_large" } else { invalid };
                face(StatusCode::PAYLOAD_TOO_LARGE, kind, "request_too_large", None)
            }
            Self::TurnedAway(turned) => turned_face(*turned, server),
            Self::Body(BodyError::Encoded) => {
                face(StatusCode::UNSUPPORTED_MEDIA_TYPE, invalid, "unsupported_content_encoding", Some(false))
            }
            Self::Body(BodyError::Slow(_) | BodyError::Trickling) => {
                face(StatusCode::REQUEST_TIMEOUT, invalid, "request_timeout", Some(false))
            }
            Self::Body(BodyError::Broken) | Self::Request(_) => {
                face(StatusCode::BAD_REQUEST, invalid, "invalid_request", None)
            }
            Self::Parse(_) => face(StatusCode::BAD_REQUEST, invalid, "invalid_body", None),
            Self::NotJson => face(StatusCode::UNSUPPORTED_MEDIA_TYPE, invalid, "unsupported_media_type", None),
            Self::Form(_) => face(StatusCode::BAD_REQUEST, invalid, "invalid_body", None),
            Self::CrossSite => face(StatusCode::FORBIDDEN, "permission_error", "cross_site", None),
            Self::Login(error) => login_face(error, server),
            Self::Outside(error) => outside_face(error, server),
            Self::NoRoute { .. } => face(StatusCode::NOT_FOUND, not_found(dialect), "unknown_url", None),
            Self::NoModel(_) => face(StatusCode::NOT_FOUND, not_found(dialect), "model_not_found", None),
            Self::WrongSurface { .. } => face(StatusCode::BAD_REQUEST, invalid, "surface_not_supported", None),
            Self::Uninspectable { .. } => face(StatusCode::BAD_REQUEST, invalid, "content_not_inspectable", None),
            Self::Blocked { .. } => face(StatusCode::BAD_REQUEST, invalid, "content_filter", None),
            Self::Held { .. } => face(StatusCode::BAD_REQUEST, invalid, "held_for_review", None),
            Self::Limited(error) => limit_face(error, server),
            Self::Unchecked | Self::Unrecorded | Self::TokensUnavailable => {
                face(StatusCode::SERVICE_UNAVAILABLE, server, "gateway_unavailable", Some(false))
            }
            Self::Upstream(UpstreamError::Timeout { .. }) => {
                face(StatusCode::GATEWAY_TIMEOUT, server, "upstream_timeout", Some(false))
            }
            Self::Upstream(UpstreamError::Overloaded { .. }) => {
                face(StatusCode::SERVICE_UNAVAILABLE, server, "provider_overloaded", Some(true))
            }
            Self::Upstream(UpstreamError::Closed { .. }) => {
                face(StatusCode::BAD_GATEWAY, server, "upstream_not_allowed", Some(false))
            }
            Self::Upstream(_) => face(StatusCode::BAD_GATEWAY, server, "upstream_unreachable", None),
            Self::UpstreamCredential(_) => face(StatusCode::BAD_GATEWAY, server, "upstream_credential", Some(false)),
            Self::BadAnswer(_) => face(StatusCode::BAD_GATEWAY, server, "upstream_answer", Some(false)),
        }
    }
}

/// A limit that will let pass again is worth another try, a budget that is used up and a request that never fits are not.
fn limit_face(error: &LimitError, server: &'static str) -> Face {
    let face = |status, kind, code, retry| Face { status, kind, code, retry };
    match error {
        LimitError::Refused(refused) if refused.is_passing() => {
            face(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", "rate_limit_exceeded", None)
        }
        LimitError::Refused(refused) => {
            let code = if refused.until == Until::Never { "rate_limit_exceeded" } else { "insufficient_quota" };
            face(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", code, Some(false))
        }
        LimitError::Unavailable => face(StatusCode::SERVICE_UNAVAILABLE, server, "gateway_unavailable", Some(true)),
    }
}

/// The faces of what was turned away at the gate.
fn turned_face(turned: TurnedAway, server: &'static str) -> Face {
    let face = |status, kind, code, retry| Face { status, kind, code, retry: Some(retry) };
    let invalid = "invalid_request_error";
    match turned {
        TurnedAway::Banned { .. } => face(StatusCode::FORBIDDEN, "permission_error", "address_banned", false),
        TurnedAway::Full => face(StatusCode::SERVICE_UNAVAILABLE, server, "gateway_overloaded", true),
        TurnedAway::Uri(_) => face(StatusCode::URI_TOO_LONG, invalid, "uri_too_long", false),
        TurnedAway::Headers { .. } => {
            face(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, invalid, "headers_too_large", false)
        }
    }
}

/// The face of a refusal by rules: what could not be read is the body's fault, all else is forbidden.
fn shielded_face(refused: Shielded, dialect: Dialect) -> Face {
    if refused.status == 400 {
        return Face {
            status: StatusCode::BAD_REQUEST,
            kind: "invalid_request_error",
            code: "invalid_body",
            retry: None,
        };
    }
    let kind = if dialect == Dialect::Anthropic { "permission_error" } else { "invalid_request_error" };
    Face { status: StatusCode::FORBIDDEN, kind, code: "request_refused", retry: Some(false) }
}

/// The faces of the door for passwords.
fn login_face(error: &LoginError, server: &'static str) -> Face {
    let face = |status, kind, code| Face { status, kind, code, retry: None };
    match error {
        LoginError::Refused => face(StatusCode::UNAUTHORIZED, "authentication_error", "invalid_credentials"),
        LoginError::Wait { .. } => face(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", "too_many_attempts"),
        LoginError::Work { .. } => face(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", "proof_of_work_required"),
        LoginError::Busy(_) => face(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", "busy"),
        LoginError::Weak(_) => face(StatusCode::BAD_REQUEST, "invalid_request_error", "password_refused"),
        LoginError::Stale(_) => {
            face(StatusCode::UNAUTHORIZED, "authentication_error", "insufficient_user_authentication")
        }
        LoginError::Factor(error) => factor_face(error, server),
        LoginError::Link => face(StatusCode::BAD_REQUEST, "invalid_request_error", "invalid_link"),
        LoginError::Store(_) | LoginError::Journal(_) | LoginError::Password(_) | LoginError::User(_) => {
            face(StatusCode::SERVICE_UNAVAILABLE, server, "gateway_unavailable")
        }
    }
}

/// The faces of outside providers.
fn outside_face(error: &OutsideError, server: &'static str) -> Face {
    let face = |status, kind, code| Face { status, kind, code, retry: None };
    let invalid = "invalid_request_error";
    match error {
        OutsideError::NoProvider => face(StatusCode::NOT_FOUND, invalid, "provider_not_found"),
        OutsideError::Missing => face(StatusCode::NOT_FOUND, invalid, "identity_not_found"),
        OutsideError::LastWay => face(StatusCode::CONFLICT, invalid, "last_way_in"),
        OutsideError::Refused(Refused::State | Refused::Browser | Refused::Provider | Refused::Denied(_)) => {
            face(StatusCode::BAD_REQUEST, invalid, "outside_login_over")
        }
        OutsideError::Refused(Refused::Unavailable(..) | Refused::Metadata(_)) => {
            face(StatusCode::BAD_GATEWAY, server, "outside_provider_unavailable")
        }
        OutsideError::Refused(_) => face(StatusCode::FORBIDDEN, "permission_error", "outside_login_refused"),
        OutsideError::Wait(_) => face(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", "too_many_attempts"),
        _ => face(StatusCode::SERVICE_UNAVAILABLE, server, "gateway_unavailable"),
    }
}

/// The faces of second factors.
fn factor_face(error: &MfaError, server: &'static str) -> Face {
    let face = |status, kind, code| Face { status, kind, code, retry: None };
    let refused = |code| face(StatusCode::UNAUTHORIZED, "authentication_error", code);
    let invalid = "invalid_request_error";
    match error {
        MfaError::Wrong => refused("invalid_code"),
        MfaError::Challenge => refused("invalid_challenge"),
        MfaError::Closed => face(StatusCode::FORBIDDEN, "permission_error", "enrolment_closed"),
        MfaError::Missing => face(StatusCode::NOT_FOUND, invalid, "factor_not_found"),
        MfaError::Last => face(StatusCode::CONFLICT, invalid, "factor_required"),
        MfaError::Passkey(_) => refused("invalid_passkey"),
        MfaError::Registration(_) => face(StatusCode::BAD_REQUEST, invalid, "passkey_refused"),
        MfaError::NoPasskeys => face(StatusCode::NOT_FOUND, invalid, "passkeys_off"),
        MfaError::Invalid(_) => face(StatusCode::BAD_REQUEST, invalid, "invalid_request"),
        MfaError::Throttle(_) => face(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", "too_many_attempts"),
        MfaError::Store(_) | MfaError::Seal(_) | MfaError::Journal(_) | MfaError::User(_) | MfaError::Random => {
            face(StatusCode::SERVICE_UNAVAILABLE, server, "gateway_unavailable")
        }
    }
}

fn not_found(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::OpenAi => "invalid_request_error",
        Dialect::Anthropic => "not_found_error",
    }
}
