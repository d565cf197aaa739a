//! The table of signing keys.

use crate::auth::jwt::jose::Algorithm;
use crate::store::{Db, Row, StoreError, Write, args};

/// A signing key as it is stored. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::auth::jwt) struct Stored {
    pub(in crate::auth::jwt) kid: String,
    pub(in crate::auth::jwt) algorithm: Algorithm,
    pub(in crate::auth::jwt) sealed: Vec<u8>,
    pub(in crate::auth::jwt) times: Times,
}

/// When a key is in which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::auth::jwt) struct Times {
    pub(in crate::auth::jwt) created_at: i64,
    pub(in crate::auth::jwt) active_at: i64,
    pub(in crate::auth::jwt) retiring_at: Option<i64>,
    pub(in crate::auth::jwt) ends_at: Option<i64>,
    pub(in crate::auth::jwt) revoked_at: Option<i64>,
}

/// All keys, oldest first.
pub(in crate::auth::jwt) async fn all(db: &Db) -> Result<Vec<Stored>, StoreError> {
    let rows = db
        .fetch_all(
            "SELECT kid, algorithm, sealed, created_at, active_at, retiring_at, ends_at, revoked_at FROM signing_key \
             ORDER BY active_at, created_at, kid",
            args![],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// What becomes of the other keys when a new one is stored.
#[derive(Debug, Clone, Copy)]
pub(in crate::auth::jwt) enum Others {
    /// They sign until the first time and are believed until the second.
    Retire(i64, i64),
    /// Nobody believes them any more.
    Revoke(i64),
}

/// Stores a key and says what becomes of the others, in one transaction.
pub(in crate::auth::jwt) async fn insert(db: &Db, key: &Stored, others: Others) -> Result<(), StoreError> {
    let change = match others {
        Others::Retire(at, ends_at) => Write(
            "UPDATE signing_key SET retiring_at = $1, ends_at = $2 WHERE retiring_at IS NULL AND revoked_at IS NULL",
            args![at, ends_at],
        ),
        Others::Revoke(at) => Write("UPDATE signing_key SET revoked_at = $1 WHERE revoked_at IS NULL", args![at]),
    };
    let new = Write(
        "INSERT INTO signing_key (kid, algorithm, sealed, created_at, active_at) VALUES ($1, $2, $3, $4, $5)",
        args![key.kid.as_str(), key.algorithm.name(), key.sealed.as_slice(), key.times.created_at, key.times.active_at,],
    );
    db.write(vec![change, new]).await
}

fn read(row: &Row) -> Result<Stored, StoreError> {
    Ok(Stored {
        kid: row.text("kid")?.to_owned(),
        algorithm: Algorithm::named(row.text("algorithm")?).ok_or(StoreError::Column("algorithm"))?,
        sealed: row.blob("sealed")?.to_vec(),
        times: Times {
            created_at: row.int("created_at")?,
            active_at: row.int("active_at")?,
            retiring_at: row.int_or_null("retiring_at")?,
            ends_at: row.int_or_null("ends_at")?,
            revoked_at: row.int_or_null("revoked_at")?,
        },
    })
}
