//! A request on its way through the rules, and its answer.
//!
//! What the caller hands over is kept until it is clear whether the rules have to be asked: of a request whose like was let
//! through they are not, see `recall`.

use std::ops::Range;
use std::sync::Arc;

use crate::body::{self, JsonLimits, PromptFields};
use crate::engine::Engine;
use crate::recall::{Head, Key, LENGTH};
use crate::report::{Finding, Verdict};
use crate::rule::Processor;
use crate::silence::Place;
use crate::transaction::{Connection, Transaction};

/// A request being looked at: line and headers, then the body, then the answer.
pub struct Visit {
    engine: Arc<Engine>,
    connection: Connection,
    /// The parts of request line and headers, each behind its length.
    head: Vec<u8>,
    /// Where the number of `Content-Length` is in the head, when there is one such header.
    length: Option<Range<usize>>,
    lengths: usize,
    /// What stands for the head, once it is known to be like another.
    known: Option<(Key, Head)>,
    transaction: Option<Transaction>,
}

const LINE_PARTS: usize = 3;

impl Engine {
    /// Begins with a request.
    pub fn visit(self: &Arc<Self>, connection: Connection) -> Visit {
        Visit {
            engine: self.clone(),
            connection,
            head: Vec::with_capacity(1024),
            length: None,
            lengths: 0,
            known: None,
            transaction: None,
        }
    }
}

impl Visit {
    /// Takes the request line. It comes first, and once.
    pub fn request_line(&mut self, method: &[u8], uri: &[u8], version: &[u8]) {
        for part in [method, uri, version] {
            self.part(part);
        }
    }

    /// Takes one request header.
    pub fn request_header(&mut self, name: &[u8], value: &[u8]) {
        self.part(name);
        let value = self.part(value);
        if name.eq_ignore_ascii_case(LENGTH) {
            self.lengths += 1;
            self.length = (self.lengths == 1).then_some(value);
        }
    }

    fn part(&mut self, bytes: &[u8]) -> Range<usize> {
        self.head.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        let from = self.head.len();
        self.head.extend_from_slice(bytes);
        from..self.head.len()
    }

    /// Ends the request headers and asks the rules about them.
    pub fn request_headers_end(&mut self) -> Verdict {
        let key = self.key();
        if let Some((key, head)) = key.and_then(|key| Some((key, self.engine.recall.get(key)?))) {
            self.known = Some((key, head));
            return Verdict::Pass;
        }
        let (verdict, transaction) = self.ask();
        if verdict == Verdict::Pass && is_silent(transaction) {
            let head = Head { reads_json: transaction.body_reader() == Some(Processor::Json) };
            // Its key may be another now that the rules were asked about the length.
            if let Some(key) = self.key() {
                self.engine.recall.learn(key, head);
                self.known = Some((key, head));
            }
        }
        verdict
    }

    /// Takes the whole request body, empty when there is none, and asks the rules about it. `fields` says which fields of
    /// a JSON body are prompts.
    pub fn request_body(&mut self, body: &[u8], fields: &dyn PromptFields) -> Verdict {
        let whole = self.whole(body, fields);
        if whole.is_some_and(|whole| self.engine.recall.get(whole).is_some()) {
            return Verdict::Pass;
        }
        let (verdict, transaction) = self.ask();
        if verdict != Verdict::Pass {
            return verdict;
        }
        let verdict = transaction.request_body(body, fields);
        if let (Verdict::Pass, true, Some(whole)) = (verdict, is_silent(transaction), whole) {
            self.engine.recall.learn(whole, Head { reads_json: false });
        }
        verdict
    }

    /// Takes status and headers of the answer and asks the rules about them. Of a request whose like was let through in
    /// silence, they know what phase 1 makes of it.
    pub fn answer<'h>(&mut self, status: u16, headers: impl Iterator<Item = (&'h [u8], &'h [u8])>) -> Verdict {
        let (verdict, transaction) = self.ask();
        if verdict == Verdict::Pass { transaction.response(status, b"HTTP/1.1", headers) } else { verdict }
    }

    /// True when the rules want to see the body of an answer with this content type.
    pub fn wants_answer_body(&self, content_type: &[u8]) -> bool {
        self.transaction.as_ref().is_some_and(|transaction| transaction.wants_response_body(content_type))
    }

    /// The longest body of an answer that is looked at; of a longer one it is the beginning.
    pub fn answer_bytes_max(&self) -> usize {
        self.engine.settings.response_body_bytes_max
    }

    /// Takes the body of the answer, when it can be shown, and asks the last rules about it.
    pub fn answer_body(&mut self, body: Option<&[u8]>) -> Verdict {
        let (verdict, transaction) = self.ask();
        match (verdict, body) {
            (Verdict::Pass, Some(body)) => transaction.response_body(body),
            (Verdict::Pass, None) => transaction.no_response_body(),
            _ => verdict,
        }
    }

    /// True when the body calls itself JSON and has a fault of form: a strict parser takes no such document.
    pub fn is_malformed_json(&self) -> bool {
        self.transaction.as_ref().is_some_and(Transaction::is_malformed_json)
    }

    /// What matched so far.
    pub fn findings(&self) -> &[Finding] {
        self.transaction.as_ref().map(Transaction::findings).unwrap_or_default()
    }

    /// What stands for the head; `None` when the rules depend on more.
    fn key(&self) -> Option<Key> {
        let recall = &self.engine.recall;
        let (before, length, after) = match self.length.clone().filter(|_| self.lengths == 1) {
            Some(at) => (&self.head[..at.start - size_of::<u64>()], &self.head[at.clone()], &self.head[at.end..]),
            None => (&*self.head, &[][..], &[][..]),
        };
        let is_free =
            self.lengths == 1 && recall.frees_length() && self.engine.silence.is_mute(Place::Headers, LENGTH, length);
        recall.is_possible().then(|| recall.head(&self.connection, before, (!is_free).then_some(length), after))
    }

    /// What stands for the request with this body, when its head is known and the body is within the limits and read as
    /// JSON, or empty.
    fn whole(&self, body: &[u8], fields: &dyn PromptFields) -> Option<Key> {
        let (key, head) = self.known?;
        if body.is_empty() {
            return Some(self.engine.recall.whole(key, None, 0));
        }
        let settings = &self.engine.settings;
        let most = settings.request_body_bytes_max.min(settings.request_body_no_files_bytes_max);
        if !head.reads_json || body.len() > most {
            return None;
        }
        let leaves = body::json(body, JsonLimits::new(settings, false), fields);
        leaves.fault.is_none().then(|| self.engine.recall.whole(key, Some(&leaves.arguments), body.len()))
    }

    /// The transaction, with the head taken in and the rules about it asked; and what they said.
    fn ask(&mut self) -> (Verdict, &mut Transaction) {
        if self.transaction.is_none() {
            self.transaction = Some(self.replay());
        }
        let transaction = self.transaction.as_mut().expect("it was just made");
        (transaction.refusal(), transaction)
    }

    fn replay(&self) -> Transaction {
        let mut transaction = self.engine.transaction(self.connection.clone());
        let parts: Vec<&[u8]> = self.parts().collect();
        let (line, headers) = parts.split_at(LINE_PARTS.min(parts.len()));
        if let [method, uri, version] = line {
            transaction.request_line(method, uri, version);
        }
        for header in headers.chunks_exact(2) {
            transaction.request_header(header[0], header[1]);
        }
        transaction.request_headers_end();
        if self.lengths == 1 && self.engine.recall.frees_length() {
            transaction.ask_about_header(LENGTH);
        }
        transaction
    }

    fn parts(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.head.as_slice();
        std::iter::from_fn(move || {
            let (length, behind) = rest.split_first_chunk()?;
            let (part, behind) = behind.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
            rest = behind;
            Some(part)
        })
    }
}

fn is_silent(transaction: &Transaction) -> bool {
    !transaction.has_opened_a_store() && !transaction.findings().iter().any(|finding| finding.is_logged)
}

#[cfg(test)]
mod tests;
