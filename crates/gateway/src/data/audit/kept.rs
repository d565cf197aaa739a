//! Recorded exchanges with what was kept of them, oldest first: what a policy is tried on before it is in force.
//!
//! Who opens content records that first; nothing here does.

use jiff::Timestamp;
use serde_json::Value;

use super::packed::Fields;
use super::store::{self, SealedField};
use super::{AuditError, opened};
use crate::data::encryption::Sealer;
use crate::store::Db;

/// A recorded exchange.
#[derive(Debug)]
pub struct Exchange {
    /// The place of its entry.
    pub place: u64,
    /// The entry.
    pub entry: Value,
    /// The request as it came.
    pub request: Content,
    /// The answer as it went to the client.
    pub answer: Content,
}

/// A text of an exchange.
#[derive(Debug, PartialEq, Eq)]
pub enum Content {
    /// It was kept.
    Kept(String),
    /// It was not: `audit.content` was `none`, or there was no such text.
    NotKept,
    /// It was kept, and is gone or does not open any more.
    Gone,
}

/// The exchanges of this installation's log since a time.
#[derive(Debug)]
pub struct Exchanges<'a> {
    db: &'a Db,
    sealer: &'a Sealer,
    since: Timestamp,
    next: u64,
}

impl<'a> Exchanges<'a> {
    /// Begins at the oldest one since then.
    pub fn since(since: Timestamp, db: &'a Db, sealer: &'a Sealer) -> Self {
        Self { db, sealer, since, next: 0 }
    }

    /// Some more of them; `None` at the end.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn more(&mut self) -> Result<Option<Vec<Exchange>>, AuditError> {
        let (log, since_us) = (self.sealer.installation(), self.since.as_microsecond());
        let groups = store::exchanges(self.db, log, (self.next, since_us)).await?;
        let (Some((first, _)), Some((last, bodies))) = (groups.first(), groups.last()) else { return Ok(None) };
        self.next = last + Fields(bodies).count() as u64;
        let mut sealed = store::sealed(self.db, log, (*first, last + 1)).await?;
        let mut found = Vec::new();
        for (first, bodies) in &groups {
            for (place, body) in (*first..).zip(Fields(bodies)) {
                let entry: Value = serde_json::from_slice(body).unwrap_or_default();
                if !self.is_asked_for(&entry) {
                    continue;
                }
                let mut content = |name: &str| {
                    if entry["sealed"][name].is_null() {
                        return Content::NotKept;
                    }
                    let at = sealed.iter().position(|(of, field)| *of == place && field.name == name);
                    at.map_or(Content::Gone, |at| self.open(&sealed.swap_remove(at).1))
                };
                let (request, answer) = (content("request"), content("answer"));
                found.push(Exchange { place, entry, request, answer });
            }
        }
        Ok(Some(found))
    }

    fn is_asked_for(&self, entry: &Value) -> bool {
        let at = entry["time"].as_str().and_then(|time| time.parse::<Timestamp>().ok());
        entry["kind"].as_str().is_some_and(|kind| kind.starts_with("exchange."))
            && at.is_some_and(|at| at >= self.since)
    }

    fn open(&self, field: &SealedField) -> Content {
        opened(self.sealer, field).map_or(Content::Gone, Content::Kept)
    }
}
