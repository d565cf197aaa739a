//! The table of what people are asked.

use crate::auth::oauth2::flow::Flow;
use crate::store::{Db, StoreError, args};

pub(in crate::auth::oauth2) async fn insert(db: &Db, id: &str, flow: &Flow, ends_at: i64) -> Result<(), StoreError> {
    let body = serde_json::to_string(flow).map_err(|_| StoreError::Column("body"))?;
    db.execute("INSERT INTO oauth_flow (id, body, ends_at) VALUES ($1, $2, $3)", args![id, body, ends_at])
        .await
        .map(drop)
}

pub(in crate::auth::oauth2) async fn one(db: &Db, id: &str, now: i64) -> Result<Option<Flow>, StoreError> {
    let rows = db.fetch_all("SELECT body FROM oauth_flow WHERE id = $1 AND ends_at > $2", args![id, now]).await?;
    let read = |text: &str| serde_json::from_str(text).map_err(|_| StoreError::Column("body"));
    rows.first().map(|row| read(row.text("body")?)).transpose()
}

pub(in crate::auth::oauth2) async fn delete(db: &Db, id: &str) -> Result<bool, StoreError> {
    Ok(db.execute("DELETE FROM oauth_flow WHERE id = $1", args![id]).await? == 1)
}
