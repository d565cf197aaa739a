//! What is recorded of one exchange.

use jiff::Timestamp;
use serde::Serialize;

use super::{DEFAULT_TENANT, Event, Kind, catalogue};
use crate::model::policy::config::Action;
use crate::model::policy::verdict::Decision;

/// Decisions that one entry lists; an entry has to stay below 64 KiB.
const DECISIONS_MAX: usize = 200;

/// How an exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It passed.
    Allowed,
    /// It passed with something masked.
    Masked,
    /// It is held for review.
    Held,
    /// A policy blocked it.
    Blocked,
    /// Who asked may not.
    Denied,
    /// It could not be served.
    Failed,
    /// The client went away.
    Cancelled,
}

/// One exchange, from the first byte to the last. Carries no text of it, but in `sealed`.
#[derive(Debug, Clone, Serialize)]
pub struct ExchangeRecord {
    /// When it began.
    #[serde(skip)]
    pub time: Timestamp,
    /// Its id, as the client got it.
    #[serde(skip)]
    pub request_id: String,
    /// Whose it is.
    #[serde(skip)]
    pub tenant: String,
    /// The API key, or the person, that asked.
    #[serde(skip)]
    pub actor: Option<String>,
    /// The route.
    pub surface: &'static str,
    /// The configured model.
    pub model: String,
    /// The provider that answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The policy that applied.
    pub policy: String,
    /// Its version.
    pub policy_version: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The code of the failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<&'static str>,
    /// What rules found and what was done about it.
    pub decisions: Vec<Decision>,
    /// Decisions beyond those listed.
    #[serde(skip_serializing_if = "is_zero")]
    pub decisions_unlisted: u64,
    /// Rules that did not run.
    pub not_run: Vec<&'static str>,
    /// What passed without being inspected.
    pub uninspected: Vec<&'static str>,
    /// What the findings in the turns of the conversation weigh together, where the policy adds them up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<f32>,
    /// How the answer stands to the JSON Schema that it was asked in, where the policy asks: `conforms`, `partly`,
    /// `incomplete`, `violates`, `unchecked`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_schema: Option<&'static str>,
    /// The provider's status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upstream_status: Option<u16>,
    /// Tries before the one that answered.
    pub retries: u32,
    /// Tokens read, as the provider counted.
    pub input_tokens: u64,
    /// Tokens written, as the provider counted.
    pub output_tokens: u64,
    /// Size of the request's body.
    pub request_bytes: u64,
    /// Size of the provider's answer.
    pub answer_bytes: u64,
    /// The gateway's own time before the provider was asked, in microseconds.
    pub overhead_us: u64,
    /// Time to the beginning of the provider's answer, in microseconds.
    pub upstream_us: u64,
    /// All of it, in microseconds.
    pub duration_us: u64,
    /// What is to be sealed, by name: the client's address, and text where the configuration wants it.
    #[serde(skip)]
    pub sealed: Vec<(&'static str, String)>,
    #[serde(skip)]
    action: Action,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Outcome {
    /// Its name, as in metrics and traces.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Masked => "masked",
            Self::Held => "held",
            Self::Blocked => "blocked",
            Self::Denied => "denied",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    fn kind(self) -> &'static Kind {
        match self {
            Self::Allowed => catalogue::EXCHANGE_ALLOWED,
            Self::Masked => catalogue::EXCHANGE_MASKED,
            Self::Held => catalogue::EXCHANGE_HELD,
            Self::Blocked => catalogue::EXCHANGE_BLOCKED,
            Self::Denied => catalogue::EXCHANGE_DENIED,
            Self::Failed => catalogue::EXCHANGE_FAILED,
            Self::Cancelled => catalogue::EXCHANGE_CANCELLED,
        }
    }
}

impl ExchangeRecord {
    /// A record of an exchange that just began.
    pub fn begin(request_id: String, time: Timestamp, surface: &'static str) -> Self {
        Self {
            time,
            request_id,
            tenant: DEFAULT_TENANT.to_owned(),
            actor: None,
            surface,
            model: String::new(),
            provider: None,
            policy: String::new(),
            policy_version: String::new(),
            outcome: Outcome::Failed,
            failure: None,
            decisions: Vec::new(),
            decisions_unlisted: 0,
            not_run: Vec::new(),
            uninspected: Vec::new(),
            risk: None,
            answer_schema: None,
            upstream_status: None,
            retries: 0,
            input_tokens: 0,
            output_tokens: 0,
            request_bytes: 0,
            answer_bytes: 0,
            overhead_us: 0,
            upstream_us: 0,
            duration_us: 0,
            sealed: Vec::new(),
            action: Action::Allow,
        }
    }

    /// Adds a decision.
    pub fn add(&mut self, decision: &Decision) {
        self.action = self.action.max(decision.action);
        if self.decisions.len() < DECISIONS_MAX {
            self.decisions.push(decision.clone());
        } else {
            self.decisions_unlisted += 1;
        }
    }

    /// The most severe thing that was decided.
    pub fn action(&self) -> Action {
        self.action
    }

    /// The ids of the rules that found something, each once, the most severe first.
    pub fn rules(&self) -> Vec<&'static str> {
        let mut decisions: Vec<&Decision> = self.decisions.iter().collect();
        decisions.sort_by_key(|decision| std::cmp::Reverse(decision.action));
        let mut rules: Vec<&'static str> = Vec::new();
        for decision in decisions {
            if !rules.contains(&decision.rule) {
                rules.push(decision.rule);
            }
        }
        rules
    }

    /// What a client is told was decided: `allowed`, `flagged`, `masked`, `held` or `blocked`.
    pub fn verdict(&self) -> &'static str {
        match self.action {
            _ if self.outcome == Outcome::Blocked => "blocked",
            _ if self.outcome == Outcome::Held => "held",
            Action::Allow => "allowed",
            Action::Flag => "flagged",
            Action::Mask => "masked",
            Action::Review => "held",
            Action::Block => "blocked",
        }
    }

    /// The event of an exchange that ended.
    pub fn event(&mut self) -> Event {
        Event {
            kind: self.outcome.kind(),
            time: self.time,
            tenant: self.tenant.clone(),
            actor: self.actor.clone(),
            request_id: Some(self.request_id.clone()),
            detail: serde_json::to_string(&self).unwrap_or_else(|_| "{}".to_owned()),
            sealed: std::mem::take(&mut self.sealed),
        }
    }
}
