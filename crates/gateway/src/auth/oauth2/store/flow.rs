//! The table of pushed requests, and of what a person was asked and has answered.

use crate::auth::oauth2::flow::Flow;
use crate::store::{Db, StoreError, args};

pub(in crate::auth::oauth2) async fn insert(
    db: &Db,
    id: &str,
    (flow, source): (&Flow, &[u8]),
    ends_at: i64,
) -> Result<(), StoreError> {
    let body = serde_json::to_string(flow).map_err(|_| StoreError::Column("body"))?;
    let statement = "INSERT INTO oauth_flow (id, body, ends_at, source) VALUES ($1, $2, $3, $4)";
    db.execute(statement, args![id, body, ends_at, source]).await.map(drop)
}

/// How many of one source wait.
pub(in crate::auth::oauth2) async fn count(db: &Db, source: &[u8], now: i64) -> Result<i64, StoreError> {
    let statement = "SELECT COUNT(*) AS count FROM oauth_flow WHERE source = $1 AND ends_at > $2";
    let rows = db.fetch_all(statement, args![source, now]).await?;
    rows.first().map_or(Ok(0), |row| row.int("count"))
}

pub(in crate::auth::oauth2) async fn one(db: &Db, id: &str, now: i64) -> Result<Option<Flow>, StoreError> {
    let rows = db.fetch_all("SELECT body FROM oauth_flow WHERE id = $1 AND ends_at > $2", args![id, now]).await?;
    let read = |text: &str| serde_json::from_str(text).map_err(|_| StoreError::Column("body"));
    rows.first().map(|row| read(row.text("body")?)).transpose()
}

pub(in crate::auth::oauth2) async fn delete(db: &Db, id: &str) -> Result<bool, StoreError> {
    Ok(db.execute("DELETE FROM oauth_flow WHERE id = $1", args![id]).await? == 1)
}

/// Notes that something was answered; says whether this call did.
pub(in crate::auth::oauth2) async fn end(db: &Db, id: &str, ends_at: i64) -> Result<bool, StoreError> {
    let statement = "INSERT INTO oauth_flow (id, body, ends_at) VALUES ($1, '', $2) ON CONFLICT (id) DO NOTHING";
    Ok(db.execute(statement, args![id, ends_at]).await? == 1)
}
