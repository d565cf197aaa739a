//! The table of counts.

use super::budget::Count;
use super::tally::Subject;
use crate::store::{Db, StoreError, args};

/// Reads a count.
pub(super) async fn read(db: &Db, subject: &Subject) -> Result<Count, StoreError> {
    let rows = db
        .fetch_all("SELECT failures, last_ms, open_ms FROM throttle WHERE subject = $1", args![subject.as_slice()])
        .await?;
    let Some(row) = rows.first() else { return Ok(Count::default()) };
    Ok(Count { failures: row.int("failures")?, last_ms: row.int("last_ms")?, open_ms: row.int("open_ms")? })
}

/// Writes a count if nobody else did in between: one statement, so that it holds on several nodes.
pub(super) async fn swap(db: &Db, subject: &Subject, old: Count, new: Count) -> Result<bool, StoreError> {
    let values =
        args![subject.as_slice(), new.failures, new.last_ms, new.open_ms, old.failures, old.last_ms, old.open_ms];
    let statement = if old == Count::default() { INSERT } else { UPDATE };
    Ok(db.execute(statement, values).await? == 1)
}

/// Of a subject of which nothing is known there is no row, or one of zeros.
const INSERT: &str = "INSERT INTO throttle (subject, failures, last_ms, open_ms) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (subject) DO UPDATE SET failures = excluded.failures, last_ms = excluded.last_ms, \
    open_ms = excluded.open_ms \
    WHERE throttle.failures = $5 AND throttle.last_ms = $6 AND throttle.open_ms = $7";
/// Of another there is a row: one that was swept away in between is not made anew.
const UPDATE: &str = "UPDATE throttle SET failures = $2, last_ms = $3, open_ms = $4 \
    WHERE subject = $1 AND failures = $5 AND last_ms = $6 AND open_ms = $7";

/// Forgets what is old.
pub(super) async fn sweep(db: &Db, before_ms: i64) -> Result<u64, StoreError> {
    db.execute("DELETE FROM throttle WHERE last_ms < $1", args![before_ms]).await
}
