//! Resources with their metadata, alone and in lists.

use aws_lc_rs::digest::{SHA256, digest};
use http::header::{CONTENT_TYPE, ETAG, LOCATION};
use http::{HeaderValue, Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::MEDIA_TYPE;
use super::patch::member;
use super::problem::Problem;
use super::query::Query;
use crate::http::body::{Body, full};

/// A resource to be shown.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) kind: &'static str,
    pub(super) path: &'static str,
    pub(super) resource: Map<String, Value>,
    pub(super) created_at: Timestamp,
    pub(super) changed_at: Timestamp,
}

impl Shown {
    /// The version: the same for the same content, whoever changed it.
    pub(super) fn version(&self) -> String {
        let text = Value::Object(self.resource.clone()).to_string();
        let hash = digest(&SHA256, text.as_bytes());
        let hex: String = hash.as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("W/\"{hex}\"")
    }

    fn location(&self, base: &str) -> String {
        let id = self.resource.get("id").and_then(Value::as_str).unwrap_or_default();
        format!("{base}/{}/{id}", self.path)
    }

    /// As JSON, with metadata, and only what is asked for.
    fn json(self, query: &Query) -> Value {
        let (version, location) = (self.version(), self.location(&query.base));
        let mut resource = self.resource;
        let meta = json!({
            "resourceType": self.kind,
            "created": self.created_at,
            "lastModified": self.changed_at,
            "location": location,
            "version": version,
        });
        resource.insert("meta".into(), meta);
        Value::Object(query.project(resource))
    }

    /// The answer with this resource.
    pub(super) fn answer(self, status: StatusCode, query: &Query) -> Response<Body> {
        let (version, location) = (self.version(), self.location(&query.base));
        let mut response = json_answer(status, &self.json(query));
        let headers = response.headers_mut();
        for (name, text) in [(ETAG, version), (LOCATION, location)] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(name, value);
            }
        }
        response
    }
}

/// A page of resources.
pub(super) fn listed(found: Vec<Shown>, total: i64, query: &Query) -> Value {
    let resources: Vec<Value> = found.into_iter().map(|shown| shown.json(query)).collect();
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total,
        "startIndex": query.start(),
        "itemsPerPage": resources.len(),
        "Resources": resources,
    })
}

/// An answer of SCIM's media type.
pub(super) fn json_answer(status: StatusCode, body: &Value) -> Response<Body> {
    let mut response = Response::new(full(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    response
}

/// A text of an object; none when it is not there, null or empty.
pub(super) fn text(value: &Value, name: &str) -> Result<Option<String>, Problem> {
    match member(value, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(_) => Err(Problem::bad("invalidValue", format!("{name}: must be a text"))),
    }
}
