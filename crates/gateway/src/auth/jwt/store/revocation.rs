//! The table of revocations.

use crate::store::{Db, StoreError, Write, args};

/// A revocation as it is stored. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::auth) struct Stored {
    pub(in crate::auth) kind: String,
    pub(in crate::auth) subject: String,
    /// Sessions that began before it are refused.
    pub(in crate::auth) number: i64,
    /// Then all tokens that it speaks of have expired.
    pub(in crate::auth) ends_at: i64,
    pub(in crate::auth) changed_at: i64,
}

/// Revocations in force that changed at this second or later.
pub(in crate::auth) async fn changed_since(db: &Db, since: i64, now: i64) -> Result<Vec<Stored>, StoreError> {
    let rows = db
        .fetch_all(
            "SELECT kind, subject, number, ends_at, changed_at FROM token_revocation WHERE changed_at >= $1 \
             AND ends_at > $2",
            args![since, now],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Stored {
                kind: row.text("kind")?.to_owned(),
                subject: row.text("subject")?.to_owned(),
                number: row.int("number")?,
                ends_at: row.int("ends_at")?,
                changed_at: row.int("changed_at")?,
            })
        })
        .collect()
}

/// Stores a revocation under the next number; a later one of the same subject takes the place of an earlier one.
///
/// The number is taken first: its row stays locked until the end, so that numbers follow the order of transactions.
pub(in crate::auth) fn insert(kind: &str, subject: &str, ends_at: i64, now: i64) -> [Write; 2] {
    [
        Write("UPDATE token_epoch SET number = number + 1", args![]),
        Write(
            "INSERT INTO token_revocation (kind, subject, number, ends_at, changed_at) \
             SELECT $1, $2, number, $3, $4 FROM token_epoch WHERE true \
             ON CONFLICT (kind, subject) DO UPDATE SET number = excluded.number, ends_at = excluded.ends_at, \
             changed_at = excluded.changed_at",
            args![kind, subject, ends_at, now],
        ),
    ]
}

/// The number of the last revocation.
pub(in crate::auth) async fn epoch(db: &Db) -> Result<i64, StoreError> {
    let rows = db.fetch_all("SELECT number FROM token_epoch", args![]).await?;
    rows.first().map_or(Ok(0), |row| row.int("number"))
}

/// Removes revocations whose tokens have all expired.
pub(in crate::auth) async fn sweep(db: &Db, now: i64) -> Result<u64, StoreError> {
    db.execute("DELETE FROM token_revocation WHERE ends_at <= $1", args![now]).await
}
