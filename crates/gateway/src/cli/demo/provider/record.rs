//! What reached the provider: the last requests word for word, and counts, so that a test can see what the gateway sent.
//!
//! Invariant: bounded; the oldest request makes room for the newest. Keys of clients are recorded as received, which is
//! right for a provider that lives in tests and demonstrations and wrong for any other.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use http::HeaderMap;
use serde::Serialize;
use serde_json::Value;

const LAST: usize = 64;
const BODY_BYTES_MAX: usize = 1 << 20;

/// One request as it arrived.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Seen {
    path: &'static str,
    headers: BTreeMap<String, String>,
    /// JSON where it is JSON, else text.
    body: Value,
}

/// The record of all requests.
#[derive(Debug, Default)]
pub(super) struct Record(Mutex<Book>);

#[derive(Debug, Default)]
struct Book {
    last: VecDeque<Seen>,
    total: u64,
    by_path: BTreeMap<&'static str, u64>,
}

/// Counts since the start.
#[derive(Debug, Serialize)]
pub(super) struct Stats {
    requests: u64,
    by_path: BTreeMap<&'static str, u64>,
}

impl Record {
    /// Writes a request down.
    pub(super) fn note(&self, path: &'static str, headers: &HeaderMap, body: &[u8]) {
        let text = || Value::String(String::from_utf8_lossy(&body[..body.len().min(BODY_BYTES_MAX)]).into_owned());
        let parsed = (body.len() <= BODY_BYTES_MAX).then(|| serde_json::from_slice(body).ok()).flatten();
        let values =
            headers.iter().map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()));
        let seen = Seen { path, headers: values.collect(), body: parsed.unwrap_or_else(text) };
        self.write(|book| {
            book.total += 1;
            *book.by_path.entry(path).or_default() += 1;
            if book.last.len() == LAST {
                book.last.pop_front();
            }
            book.last.push_back(seen);
        });
    }

    /// The last requests, oldest first.
    pub(super) fn last(&self) -> Vec<Seen> {
        self.write(|book| book.last.iter().cloned().collect())
    }

    /// Forgets all requests; the counts stay.
    pub(super) fn forget(&self) {
        self.write(|book| book.last.clear());
    }

    /// Counts since the start.
    pub(super) fn stats(&self) -> Stats {
        self.write(|book| Stats { requests: book.total, by_path: book.by_path.clone() })
    }

    fn write<T>(&self, change: impl FnOnce(&mut Book) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_request_makes_room() {
        let record = Record::default();
        (0..=LAST).for_each(|number| record.note("/v1/messages", &HeaderMap::new(), number.to_string().as_bytes()));
        assert_eq!(record.last().len(), LAST);
        assert_eq!(record.last()[0].body, Value::from(1));
        assert_eq!(record.stats().requests, LAST as u64 + 1);
    }
}
