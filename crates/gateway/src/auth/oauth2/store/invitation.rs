//! The table of initial access tokens.

use jiff::Timestamp;

use crate::auth::oauth2::invitation::Invitation;
use crate::store::{Db, Row, StoreError, args};

pub(in crate::auth::oauth2) async fn insert(db: &Db, invitation: &Invitation, hash: &[u8]) -> Result<(), StoreError> {
    db.execute(
        "INSERT INTO oauth_invitation (id, hash, tenant, uses_left, created_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6)",
        args![
            invitation.id.as_str(),
            hash,
            invitation.tenant.as_str(),
            invitation.uses_left,
            invitation.created_at.as_second(),
            invitation.ends_at.as_second(),
        ],
    )
    .await
    .map(drop)
}

pub(in crate::auth::oauth2) async fn all(db: &Db, now: i64) -> Result<Vec<Invitation>, StoreError> {
    let rows = db
        .fetch_all(
            "SELECT id, tenant, uses_left, created_at, ends_at FROM oauth_invitation WHERE uses_left > 0 AND ends_at > $1 \
             ORDER BY created_at, id",
            args![now],
        )
        .await?;
    rows.iter().map(read).collect()
}

pub(in crate::auth::oauth2) async fn delete(db: &Db, id: &str) -> Result<(), StoreError> {
    db.execute("DELETE FROM oauth_invitation WHERE id = $1", args![id]).await.map(drop)
}

/// Takes one use; says of which tenant, and of which invitation.
pub(in crate::auth::oauth2) async fn spend(
    db: &Db,
    hash: &[u8],
    now: i64,
) -> Result<Option<(String, String)>, StoreError> {
    let statement =
        "UPDATE oauth_invitation SET uses_left = uses_left - 1 WHERE hash = $1 AND uses_left > 0 AND ends_at > $2";
    if db.execute(statement, args![hash, now]).await? != 1 {
        return Ok(None);
    }
    let rows = db.fetch_all("SELECT tenant, id FROM oauth_invitation WHERE hash = $1", args![hash]).await?;
    rows.first().map(|row| Ok((row.text("tenant")?.to_owned(), row.text("id")?.to_owned()))).transpose()
}

fn read(row: &Row) -> Result<Invitation, StoreError> {
    let time = |name| Timestamp::from_second(row.int(name)?).map_err(|_| StoreError::Column(name));
    Ok(Invitation {
        id: row.text("id")?.to_owned(),
        tenant: row.text("tenant")?.to_owned(),
        uses_left: row.int("uses_left")?,
        created_at: time("created_at")?,
        ends_at: time("ends_at")?,
    })
}
