//! One request and its answer on their way through the rules.
//!
//! The caller hands over the parts in order: request line, headers, body, status, response headers, response body, end.
//! Each of these steps runs the rules of one phase and gives a verdict. After a refusal the later steps run no rules.
//!
//! Invariant: what a phase looks at is complete before its first rule runs, and only rules' own variables change while it
//! runs.

mod act;
mod collection;
mod evaluate;
mod feed;
mod quiet;
mod read;
mod surroundings;

use std::sync::Arc;

use crate::engine::Engine;
use crate::prefilter::Bits;
use crate::report::{Finding, Verdict};
use crate::rule::{Mode, Phase, Processor, Rules, Target};
use crate::value::{Slot, Values};

use collection::{Collections, Stores};
use quiet::Quiet;
use read::Candidate;
pub use surroundings::{Connection, Surroundings};

/// A request being looked at.
pub struct Transaction {
    engine: Arc<Engine>,
    connection: Connection,
    values: Values,
    collections: Collections,
    stores: Stores,
    /// What the current rule matched: name and value.
    matched: Vec<(String, Slot)>,
    /// Which values match nothing.
    quiet: Quiet,
    unions: Vec<Option<Bits>>,
    /// The list of the values that the current rule looks at, kept for its memory.
    scratch: Vec<Candidate>,
    removed: Vec<Rules>,
    removed_targets: Vec<(Rules, Target)>,
    flow: Flow,
    findings: Vec<Finding>,
}

/// Where the transaction stands, and what `ctl` and `allow` made of it.
struct Flow {
    mode: Mode,
    request_body: bool,
    response_body: bool,
    force_request_body: bool,
    processor: Option<Processor>,
    refusal: Option<Verdict>,
    /// The first phase that runs again after `allow`.
    allowed_until: u8,
    /// The id of the rule that runs.
    rule: u32,
    is_malformed: bool,
}

impl Engine {
    /// Begins with a request.
    pub fn transaction(self: &Arc<Self>, connection: Connection) -> Transaction {
        let settings = &self.settings;
        let mut transaction = Transaction {
            engine: self.clone(),
            connection,
            values: Values::new(self.chains.len()),
            collections: Collections::default(),
            stores: Stores::default(),
            matched: Vec::new(),
            quiet: Quiet::default(),
            unions: vec![None; self.groups.len()],
            scratch: Vec::new(),
            removed: Vec::new(),
            removed_targets: Vec::new(),
            flow: Flow {
                mode: settings.mode,
                request_body: settings.request_body,
                response_body: settings.response_body,
                force_request_body: false,
                processor: None,
                refusal: None,
                allowed_until: 0,
                rule: 0,
                is_malformed: false,
            },
            findings: Vec::new(),
        };
        transaction.feed_connection();
        transaction
    }
}

impl Transaction {
    /// Ends the request headers and runs the rules about them.
    pub fn request_headers_end(&mut self) -> Verdict {
        self.feed_headers_end();
        self.run(Phase::RequestHeaders)
    }

    /// Takes the whole request body, empty when there is none, and runs the rules about it. `fields` says which fields of
    /// a JSON body are prompts.
    pub fn request_body(&mut self, body: &[u8], fields: &dyn crate::PromptFields) -> Verdict {
        if self.flow.refusal.is_none() {
            self.feed_body(body, fields);
        }
        self.run(Phase::RequestBody)
    }

    /// Takes status and headers of the answer and runs the rules about them.
    pub fn response<'h>(
        &mut self,
        status: u16,
        version: &[u8],
        headers: impl Iterator<Item = (&'h [u8], &'h [u8])>,
    ) -> Verdict {
        self.feed_response(status, version, headers);
        self.run(Phase::ResponseHeaders)
    }

    /// Takes the body of the answer, or the beginning of it, and runs the rules about it.
    pub fn response_body(&mut self, body: &[u8]) -> Verdict {
        self.feed_response_body(body);
        self.run(Phase::ResponseBody)
    }

    /// Runs the rules about the body of an answer without it.
    pub fn no_response_body(&mut self) -> Verdict {
        self.run(Phase::ResponseBody)
    }

    /// True when the rules want to see the body of an answer with this content type.
    pub fn wants_response_body(&self, content_type: &[u8]) -> bool {
        let kind =
            content_type.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii().to_ascii_lowercase();
        self.flow.response_body && self.engine.settings.response_types.iter().any(|known| known.as_bytes() == kind)
    }

    /// Ends the transaction: runs the rules that count, whatever was decided.
    pub fn end(&mut self) {
        self.run_phase(Phase::Logging);
        self.save_stores();
    }

    /// True when the body calls itself JSON and has a fault of form: a strict parser takes no such document.
    pub fn is_malformed_json(&self) -> bool {
        self.flow.is_malformed
    }

    /// What the rules decided so far.
    pub(crate) fn refusal(&self) -> Verdict {
        self.flow.refusal.unwrap_or(Verdict::Pass)
    }

    /// Whether a rule opened a store that outlives the request.
    pub(crate) fn has_opened_a_store(&self) -> bool {
        self.stores.is_open()
    }

    /// Who reads the body, when it is read at all.
    pub(crate) fn body_reader(&self) -> Option<Processor> {
        self.flow.processor.filter(|_| self.flow.request_body)
    }

    /// What matched so far.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// A variable of `TX` as a number; `None` when it is not set.
    pub fn score(&self, name: &str) -> Option<i64> {
        self.stores.get(crate::Store::Tx, name.to_ascii_lowercase().as_bytes()).map(crate::operator::integer)
    }

    /// The anomaly score of the request, under the name that version 4 or version 3 of the Core Rule Set keeps it.
    pub fn score_in(&self) -> i64 {
        ["blocking_inbound_anomaly_score", "anomaly_score"].iter().find_map(|name| self.score(name)).unwrap_or(0)
    }

    /// The anomaly score of the answer.
    pub fn score_out(&self) -> i64 {
        ["blocking_outbound_anomaly_score", "outbound_anomaly_score"]
            .iter()
            .find_map(|name| self.score(name))
            .unwrap_or(0)
    }

    fn run(&mut self, phase: Phase) -> Verdict {
        if self.flow.refusal.is_none() && self.flow.mode != Mode::Off && phase as u8 >= self.flow.allowed_until {
            self.run_phase(phase);
        }
        self.refusal()
    }
}

#[cfg(test)]
mod tests;
