//! What went wrong, as SCIM says it (RFC 7644, 3.12).

use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::json;

use super::MEDIA_TYPE;
use crate::auth::scim::ScimError;
use crate::auth::user::UserError;
use crate::http::body::{Body, BodyError, full};

/// What went wrong.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    kind: Option<&'static str>,
    detail: String,
    retry_after_s: Option<u64>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, kind: None, detail: detail.into(), retry_after_s: None }
    }

    /// A 400 of this `scimType`.
    pub(super) fn bad(kind: &'static str, detail: impl Into<String>) -> Self {
        Self { kind: Some(kind), ..Self::new(StatusCode::BAD_REQUEST, detail) }
    }

    /// The answer.
    pub(super) fn answer(&self) -> Response<Body> {
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": self.status.as_str(),
            "detail": self.detail,
        });
        if let Some(kind) = self.kind {
            body["scimType"] = kind.into();
        }
        let mut response = Response::new(full(body.to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"scim\""));
        }
        if let Some(seconds) = self.retry_after_s {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<ScimError> for Problem {
    fn from(error: ScimError) -> Self {
        let detail = error.to_string();
        match &error {
            ScimError::Unauthenticated => Self::new(StatusCode::UNAUTHORIZED, detail),
            ScimError::Wait(seconds) => {
                Self { retry_after_s: Some(*seconds), ..Self::new(StatusCode::TOO_MANY_REQUESTS, detail) }
            }
            ScimError::Invalid(_) => Self::bad("invalidValue", detail),
            ScimError::Missing => Self::new(StatusCode::NOT_FOUND, detail),
            ScimError::Taken(_) => Self { kind: Some("uniqueness"), ..Self::new(StatusCode::CONFLICT, detail) },
            ScimError::Protected => Self::new(StatusCode::FORBIDDEN, detail),
            ScimError::User(UserError::LastOwner(_)) => {
                Self::new(StatusCode::FORBIDDEN, "this is the last active owner of the tenant, who stays")
            }
            _ => {
                tracing::error!(error = &error as &dyn std::error::Error, "nothing could be provisioned");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "provisioning is not available")
            }
        }
    }
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        let status = match error {
            BodyError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            BodyError::Slow(_) | BodyError::Trickling => StatusCode::REQUEST_TIMEOUT,
            BodyError::Shielded(shielded) if shielded.status == 400 => {
                return Self::bad("invalidSyntax", error.to_string());
            }
            BodyError::Shielded(_) => StatusCode::FORBIDDEN,
            BodyError::Broken => StatusCode::BAD_REQUEST,
            BodyError::Encoded => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        };
        Self::new(status, error.to_string())
    }
}
