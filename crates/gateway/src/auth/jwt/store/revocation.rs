//! The table of revocations.

use crate::store::{Db, StoreError, Write, args};

/// A revocation as it is stored. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::auth) struct Stored {
    pub(in crate::auth) kind: String,
    pub(in crate::auth) subject: String,
    /// Tokens issued until then are refused.
    pub(in crate::auth) issued_until: i64,
    /// Then all of them have expired.
    pub(in crate::auth) ends_at: i64,
    pub(in crate::auth) changed_at: i64,
}

/// Revocations in force that changed at this second or later.
pub(in crate::auth) async fn changed_since(db: &Db, since: i64, now: i64) -> Result<Vec<Stored>, StoreError> {
    let rows = db
        .fetch_all(
            "SELECT kind, subject, issued_until, ends_at, changed_at FROM token_revocation WHERE changed_at >= $1 \
             AND ends_at > $2",
            args![since, now],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Stored {
                kind: row.text("kind")?.to_owned(),
                subject: row.text("subject")?.to_owned(),
                issued_until: row.int("issued_until")?,
                ends_at: row.int("ends_at")?,
                changed_at: row.int("changed_at")?,
            })
        })
        .collect()
}

/// Stores a revocation; a later one of the same subject takes the place of an earlier one.
pub(in crate::auth) fn insert(revocation: &Stored) -> Write {
    Write(
        "INSERT INTO token_revocation (kind, subject, issued_until, ends_at, changed_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (kind, subject) DO UPDATE SET issued_until = excluded.issued_until, ends_at = excluded.ends_at, \
         changed_at = excluded.changed_at WHERE token_revocation.issued_until <= excluded.issued_until",
        args![
            revocation.kind.as_str(),
            revocation.subject.as_str(),
            revocation.issued_until,
            revocation.ends_at,
            revocation.changed_at,
        ],
    )
}

/// Removes revocations whose tokens have all expired.
pub(in crate::auth) async fn sweep(db: &Db, now: i64) -> Result<u64, StoreError> {
    db.execute("DELETE FROM token_revocation WHERE ends_at <= $1", args![now]).await
}
