//! The table of consents.

use super::{list, texts};
use crate::auth::oauth2::consent::Consent;
use crate::store::{Db, StoreError, args};

pub(in crate::auth::oauth2) async fn put(
    db: &Db,
    (user, client): (&str, &str),
    scopes: &[String],
    now: i64,
) -> Result<(), StoreError> {
    db.execute(
        "INSERT INTO oauth_consent (user_id, client_id, scopes, created_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (user_id, client_id) DO UPDATE SET scopes = excluded.scopes, created_at = excluded.created_at",
        args![user, client, list(scopes), now],
    )
    .await
    .map(drop)
}

pub(in crate::auth::oauth2) async fn of(db: &Db, user: &str) -> Result<Vec<Consent>, StoreError> {
    let statement = "SELECT client_id, scopes, created_at FROM oauth_consent WHERE user_id = $1 ORDER BY client_id";
    let rows = db.fetch_all(statement, args![user]).await?;
    rows.iter()
        .map(|row| {
            Ok(Consent {
                client: row.text("client_id")?.to_owned(),
                scopes: texts(row, "scopes")?,
                created_at: row.int("created_at")?,
            })
        })
        .collect()
}

pub(in crate::auth::oauth2) async fn delete(db: &Db, user: &str, client: &str) -> Result<bool, StoreError> {
    let statement = "DELETE FROM oauth_consent WHERE user_id = $1 AND client_id = $2";
    Ok(db.execute(statement, args![user, client]).await? == 1)
}
