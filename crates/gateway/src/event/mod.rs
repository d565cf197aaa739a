//! Events: what happened, once, for everybody who has to know (`infra.monitor.events`).
//!
//! One [`Event`], one catalogue of kinds, one [`journal`] that every event goes through into the audit log.
//!
//! Invariants: an event holds no prompt and no answer text, but for what stands in `sealed`; what could identify a person
//! stands there too, and the log commits to it by hash only, so that it can be erased later.

pub mod catalogue;
pub mod exchange;
mod frame;
pub mod journal;

use jiff::Timestamp;
use serde::Serialize;

/// A kind of event.
#[derive(Debug)]
pub struct Kind {
    /// Dotted name (`key.created`).
    pub name: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// When it happens.
    pub when: &'static str,
}

/// How much an event matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth keeping.
    Info,
    /// Worth knowing.
    Notice,
    /// Worth looking at.
    Warning,
}

/// Something that happened.
#[derive(Debug, Clone)]
pub struct Event {
    /// What.
    pub kind: &'static Kind,
    /// When.
    pub time: Timestamp,
    /// For whom.
    pub tenant: String,
    /// Who did it: the id of an API key or of a person, or `cli`.
    pub actor: Option<String>,
    /// The request it belongs to.
    pub request_id: Option<String>,
    /// The rest, as a JSON object.
    pub detail: String,
    /// What is to be sealed, by name.
    pub sealed: Vec<(&'static str, String)>,
}

impl Event {
    /// An event with nothing but its kind and time.
    pub fn new(kind: &'static Kind, time: Timestamp) -> Self {
        Self {
            kind,
            time,
            tenant: DEFAULT_TENANT.to_owned(),
            actor: None,
            request_id: None,
            detail: "{}".to_owned(),
            sealed: Vec::new(),
        }
    }

    /// Says who did it.
    #[must_use]
    pub fn by(mut self, actor: &str) -> Self {
        self.actor = Some(actor.to_owned());
        self
    }

    /// Says for whom.
    #[must_use]
    pub fn of(mut self, tenant: &str) -> Self {
        tenant.clone_into(&mut self.tenant);
        self
    }

    /// Adds the rest.
    #[must_use]
    pub fn with(mut self, detail: &impl Serialize) -> Self {
        // A detail is made of plain structs and maps with text keys, which always serialize.
        self.detail = serde_json::to_string(detail).unwrap_or_else(|_| "{}".to_owned());
        self
    }
}

/// The tenant of an installation that has no others.
pub const DEFAULT_TENANT: &str = "default";
