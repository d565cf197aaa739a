//! A request as a file describes it, run through the rules without a server.

use std::sync::Arc;

use waf::{Connection, Engine, Finding, Part, PromptFields, Transaction, Verdict};

/// A request, and what the server would answer.
#[derive(Debug, Default, Clone)]
pub(super) struct Described {
    pub(super) method: Vec<u8>,
    pub(super) uri: Vec<u8>,
    pub(super) version: Vec<u8>,
    pub(super) headers: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) body: Vec<u8>,
    pub(super) answer: Option<Answer>,
}

/// An answer.
#[derive(Debug, Default, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) body: Vec<u8>,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) verdict: Verdict,
    pub(super) findings: Vec<Finding>,
    pub(super) score_in: i64,
    pub(super) score_out: i64,
}

impl Described {
    /// With what every client sends, where it is not there.
    pub(super) fn with_defaults(mut self) -> Self {
        for (name, value) in [("Host", "localhost"), ("User-Agent", "portcullis"), ("Accept", "*/*")] {
            self.add(name, value);
        }
        self
    }

    /// Adds a header that is not there.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        if !self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name.as_bytes())) {
            self.headers.push((name.as_bytes().to_vec(), value.as_bytes().to_vec()));
        }
    }
}

/// No field is a prompt.
pub(super) fn no_prompt(_: &[Part]) -> bool {
    false
}

/// Runs every phase.
pub(super) fn run(engine: &Arc<Engine>, request: &Described, unique_id: &str, fields: &dyn PromptFields) -> Outcome {
    let connection = Connection { unique_id: unique_id.to_owned(), server_port: 80, ..Connection::default() };
    let mut transaction = engine.transaction(connection);
    transaction.request_line(&request.method, &request.uri, &request.version);
    for (name, value) in &request.headers {
        transaction.request_header(name, value);
    }
    transaction.request_headers_end();
    let verdict = transaction.request_body(&request.body, fields);
    let verdict = match (&request.answer, verdict) {
        (Some(answer), Verdict::Pass) => respond(&mut transaction, answer),
        _ => verdict,
    };
    transaction.end();
    Outcome {
        verdict,
        findings: transaction.findings().to_vec(),
        score_in: transaction.score_in(),
        score_out: transaction.score_out(),
    }
}

fn respond(transaction: &mut Transaction, answer: &Answer) -> Verdict {
    let headers = answer.headers.iter().map(|(name, value)| (name.as_slice(), value.as_slice()));
    let verdict = transaction.response(answer.status, b"HTTP/1.1", headers);
    let kind = answer.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(b"content-type"));
    if verdict == Verdict::Pass && transaction.wants_response_body(kind.map_or(&b""[..], |(_, value)| value)) {
        return transaction.response_body(&answer.body);
    }
    verdict
}
