//! The table of codes.

use crate::auth::oauth2::code::Grant;
use crate::store::{Db, StoreError, args};

/// A code as it is stored.
pub(in crate::auth::oauth2) struct Stored {
    pub(in crate::auth::oauth2) client: String,
    pub(in crate::auth::oauth2) grant: Grant,
    pub(in crate::auth::oauth2) ends_at: i64,
}

pub(in crate::auth::oauth2) async fn insert(
    db: &Db,
    hash: &[u8],
    client: &str,
    grant: &Grant,
    (now, ends_at): (i64, i64),
) -> Result<(), StoreError> {
    let body = serde_json::to_string(grant).map_err(|_| StoreError::Column("body"))?;
    db.execute(
        "INSERT INTO oauth_code (hash, client_id, login_session, body, created_at, ends_at, used, replayed) \
         VALUES ($1, $2, $3, $4, $5, $6, 0, 0)",
        args![hash, client, grant.approval.login.as_str(), body, now, ends_at],
    )
    .await
    .map(drop)
}

pub(in crate::auth::oauth2) async fn one(db: &Db, hash: &[u8]) -> Result<Option<Stored>, StoreError> {
    let rows = db.fetch_all("SELECT client_id, body, ends_at FROM oauth_code WHERE hash = $1", args![hash]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(Stored {
        client: row.text("client_id")?.to_owned(),
        grant: serde_json::from_str(row.text("body")?).map_err(|_| StoreError::Column("body"))?,
        ends_at: row.int("ends_at")?,
    }))
}

/// Whether there is a code that was not used.
pub(in crate::auth::oauth2) async fn is_unused(db: &Db, hash: &[u8]) -> Result<bool, StoreError> {
    let rows = db.fetch_all("SELECT client_id FROM oauth_code WHERE hash = $1 AND used = 0", args![hash]).await?;
    Ok(!rows.is_empty())
}

/// Uses a code up; says whether this call did.
pub(in crate::auth::oauth2) async fn spend(db: &Db, hash: &[u8]) -> Result<bool, StoreError> {
    Ok(db.execute("UPDATE oauth_code SET used = 1 WHERE hash = $1 AND used = 0", args![hash]).await? == 1)
}

/// Notes that a code came again, and says what it began.
pub(in crate::auth::oauth2) async fn replay(db: &Db, hash: &[u8]) -> Result<Option<String>, StoreError> {
    db.execute("UPDATE oauth_code SET replayed = 1 WHERE hash = $1", args![hash]).await?;
    let rows = db.fetch_all("SELECT issued_session FROM oauth_code WHERE hash = $1", args![hash]).await?;
    let session = rows.first().map(|row| row.text_or_null("issued_session")).transpose()?;
    Ok(session.flatten().map(str::to_owned))
}

/// Notes what a code began, unless it has come again.
pub(in crate::auth::oauth2) async fn note(db: &Db, hash: &[u8], session: &str) -> Result<bool, StoreError> {
    let statement = "UPDATE oauth_code SET issued_session = $2 WHERE hash = $1 AND replayed = 0";
    Ok(db.execute(statement, args![hash, session]).await? == 1)
}

/// The sessions of a client that a login began.
pub(in crate::auth::oauth2) async fn begun(db: &Db, login: &str, client: &str) -> Result<Vec<String>, StoreError> {
    let rows = db
        .fetch_all(
            "SELECT issued_session FROM oauth_code WHERE login_session = $1 AND client_id = $2 \
             AND issued_session IS NOT NULL",
            args![login, client],
        )
        .await?;
    rows.iter().map(|row| row.text("issued_session").map(str::to_owned)).collect()
}
