//! The table of device grants.

use super::{list, texts};
use crate::auth::oauth2::code::Approval;
use crate::store::{Db, StoreError, args};

/// A device grant as it is stored.
pub(in crate::auth::oauth2) struct Stored {
    pub(in crate::auth::oauth2) client: String,
    pub(in crate::auth::oauth2) state: String,
    pub(in crate::auth::oauth2) approval: Option<Approval>,
    pub(in crate::auth::oauth2) polled_at: i64,
    pub(in crate::auth::oauth2) pause_s: i64,
    pub(in crate::auth::oauth2) ends_at: i64,
}

/// How a device waits.
pub(in crate::auth::oauth2) struct Waiting<'w> {
    pub(in crate::auth::oauth2) ends_at: i64,
    pub(in crate::auth::oauth2) pause_s: i64,
    /// Who let it.
    pub(in crate::auth::oauth2) source: &'w [u8],
}

/// How many of one source wait.
pub(in crate::auth::oauth2) async fn count(db: &Db, source: &[u8], now: i64) -> Result<i64, StoreError> {
    let statement = "SELECT COUNT(*) AS count FROM oauth_device WHERE source = $1 AND ends_at > $2";
    let rows = db.fetch_all(statement, args![source, now]).await?;
    rows.first().map_or(Ok(0), |row| row.int("count"))
}

pub(in crate::auth::oauth2) async fn insert(
    db: &Db,
    (hash, user_hash): &(Vec<u8>, Vec<u8>),
    (client, scopes): (&str, &[String]),
    waits: Waiting<'_>,
) -> Result<(), StoreError> {
    db.execute(
        "INSERT INTO oauth_device (hash, user_hash, client_id, scopes, state, polled_at, pause_s, ends_at, source) \
         VALUES ($1, $2, $3, $4, 'waiting', 0, $5, $6, $7)",
        args![hash.as_slice(), user_hash.as_slice(), client, list(scopes), waits.pause_s, waits.ends_at, waits.source],
    )
    .await
    .map(drop)
}

pub(in crate::auth::oauth2) async fn by_user_code(
    db: &Db,
    user_hash: &[u8],
    now: i64,
) -> Result<Option<(String, Vec<String>)>, StoreError> {
    let rows = db
        .fetch_all(
            "SELECT client_id, scopes FROM oauth_device WHERE user_hash = $1 AND state = 'waiting' AND ends_at > $2",
            args![user_hash, now],
        )
        .await?;
    rows.first().map(|row| Ok((row.text("client_id")?.to_owned(), texts(row, "scopes")?))).transpose()
}

pub(in crate::auth::oauth2) async fn one(db: &Db, hash: &[u8]) -> Result<Option<Stored>, StoreError> {
    let rows = db
        .fetch_all(
            "SELECT client_id, state, approval, polled_at, pause_s, ends_at FROM oauth_device WHERE hash = $1",
            args![hash],
        )
        .await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let read = |text: &str| serde_json::from_str(text).map_err(|_| StoreError::Column("approval"));
    Ok(Some(Stored {
        client: row.text("client_id")?.to_owned(),
        state: row.text("state")?.to_owned(),
        approval: row.text_or_null("approval")?.map(read).transpose()?,
        polled_at: row.int("polled_at")?,
        pause_s: row.int("pause_s")?,
        ends_at: row.int("ends_at")?,
    }))
}

/// Writes down a decision; says whether this call did.
pub(in crate::auth::oauth2) async fn decide(
    db: &Db,
    user_hash: &str,
    approval: Option<&Approval>,
    now: i64,
) -> Result<bool, StoreError> {
    let bytes: Option<Vec<u8>> = (0..user_hash.len() / 2)
        .map(|at| user_hash.get(at * 2..at * 2 + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect();
    let Some(bytes) = bytes else { return Ok(false) };
    let state = if approval.is_some() { "approved" } else { "denied" };
    let approval = approval.map(serde_json::to_string).transpose().map_err(|_| StoreError::Column("approval"))?;
    let changed = db
        .execute(
            "UPDATE oauth_device SET state = $2, approval = $3 WHERE user_hash = $1 AND state = 'waiting' \
             AND ends_at > $4",
            args![bytes.as_slice(), state, approval, now],
        )
        .await?;
    Ok(changed == 1)
}

pub(in crate::auth::oauth2) async fn polled(db: &Db, hash: &[u8], now: i64, pause_s: i64) -> Result<(), StoreError> {
    db.execute("UPDATE oauth_device SET polled_at = $2, pause_s = $3 WHERE hash = $1", args![hash, now, pause_s])
        .await
        .map(drop)
}

/// Uses an approval up; says whether this call did.
pub(in crate::auth::oauth2) async fn spend(db: &Db, hash: &[u8]) -> Result<bool, StoreError> {
    let statement = "UPDATE oauth_device SET state = 'used' WHERE hash = $1 AND state = 'approved'";
    Ok(db.execute(statement, args![hash]).await? == 1)
}
