//! The table of clients.

use jiff::Timestamp;

use super::{list, texts};
use crate::auth::oauth2::client::{Client, Method, Origin};
use crate::auth::oauth2::client_key::KeySet;
use crate::store::{Db, Row, StoreError, Write, args};

/// A client as it is stored.
pub(in crate::auth::oauth2) struct Stored {
    pub(in crate::auth::oauth2) client: Client,
    pub(in crate::auth::oauth2) secret_hash: Option<Vec<u8>>,
}

pub(in crate::auth::oauth2) async fn insert(db: &Db, client: &Client, hash: Option<&[u8]>) -> Result<(), StoreError> {
    db.execute(
        "INSERT INTO oauth_client (id, tenant, name, secret_hash, auth_method, redirect_uris, logout_uris, grants, \
         scopes, created_at, jwks, backchannel_logout_uri, origin, certificate_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, \
         $12, $13, $14)",
        args![
            client.id.as_str(),
            client.tenant.as_str(),
            client.name.as_str(),
            hash.unwrap_or_default(),
            client.auth_method.name(),
            list(&client.redirect_uris),
            list(&client.logout_uris),
            list(&client.grants),
            list(&client.scopes),
            client.created_at.as_second(),
            keys(client),
            client.backchannel_logout_uri.as_deref().unwrap_or_default(),
            client.origin.name(),
            client.certificate_name.as_deref().unwrap_or_default(),
        ],
    )
    .await
    .map(drop)
}

pub(in crate::auth::oauth2) async fn all(db: &Db) -> Result<Vec<Stored>, StoreError> {
    let rows = db
        .fetch_all(
            "SELECT id, tenant, name, secret_hash, auth_method, redirect_uris, logout_uris, grants, scopes, created_at, \
             jwks, backchannel_logout_uri, origin, certificate_name FROM oauth_client ORDER BY created_at, id",
            args![],
        )
        .await?;
    rows.iter().map(read).collect()
}

pub(in crate::auth::oauth2) async fn one(db: &Db, id: &str) -> Result<Option<Stored>, StoreError> {
    let rows = db
        .fetch_all(
            "SELECT id, tenant, name, secret_hash, auth_method, redirect_uris, logout_uris, grants, scopes, created_at, \
             jwks, backchannel_logout_uri, origin, certificate_name FROM oauth_client WHERE id = $1",
            args![id],
        )
        .await?;
    rows.first().map(read).transpose()
}

pub(in crate::auth::oauth2) async fn delete(db: &Db, id: &str) -> Result<(), StoreError> {
    db.write(vec![
        Write("DELETE FROM oauth_consent WHERE client_id = $1", args![id]),
        Write("DELETE FROM oauth_client WHERE id = $1", args![id]),
    ])
    .await
}

pub(in crate::auth::oauth2) async fn set_secret(db: &Db, id: &str, hash: &[u8]) -> Result<(), StoreError> {
    db.execute("UPDATE oauth_client SET secret_hash = $2 WHERE id = $1", args![id, hash]).await.map(drop)
}

pub(in crate::auth::oauth2) async fn set_keys(db: &Db, id: &str, keys: &KeySet) -> Result<(), StoreError> {
    let keys = serde_json::to_string(keys).map_err(|_| StoreError::Column("jwks"))?;
    db.execute("UPDATE oauth_client SET jwks = $2 WHERE id = $1", args![id, keys]).await.map(drop)
}

/// How many registered themselves.
pub(in crate::auth::oauth2) async fn count_registered(db: &Db) -> Result<i64, StoreError> {
    let statement = "SELECT COUNT(*) AS count FROM oauth_client WHERE origin = 'registered'";
    let rows = db.fetch_all(statement, args![]).await?;
    rows.first().map_or(Ok(0), |row| row.int("count"))
}

/// Notes a use, unless one was noted since then.
pub(in crate::auth::oauth2) async fn note_use(db: &Db, id: &str, (now, since): (i64, i64)) -> Result<(), StoreError> {
    let statement = "UPDATE oauth_client SET used_at = $2 WHERE id = $1 AND used_at < $3";
    db.execute(statement, args![id, now, since]).await.map(drop)
}

/// Those that registered themselves and were last used before one time, or never and are older than another.
pub(in crate::auth::oauth2) async fn unused(
    db: &Db,
    (used_before, made_before): (i64, i64),
) -> Result<Vec<String>, StoreError> {
    let rows = db
        .fetch_all(
            "SELECT id FROM oauth_client WHERE origin = 'registered' AND (used_at > 0 AND used_at < $1 \
             OR used_at = 0 AND created_at < $2)",
            args![used_before, made_before],
        )
        .await?;
    rows.iter().map(|row| row.text("id").map(str::to_owned)).collect()
}

/// A client that does not sign has an empty text.
fn keys(client: &Client) -> String {
    client.jwks.as_ref().and_then(|keys| serde_json::to_string(keys).ok()).unwrap_or_default()
}

fn read(row: &Row) -> Result<Stored, StoreError> {
    let jwks = Some(row.text("jwks")?).filter(|text| !text.is_empty());
    let client = Client {
        id: row.text("id")?.to_owned(),
        tenant: row.text("tenant")?.to_owned(),
        name: row.text("name")?.to_owned(),
        auth_method: Method::named(row.text("auth_method")?).ok_or(StoreError::Column("auth_method"))?,
        redirect_uris: texts(row, "redirect_uris")?,
        logout_uris: texts(row, "logout_uris")?,
        grants: texts(row, "grants")?,
        scopes: texts(row, "scopes")?,
        jwks: jwks.map(serde_json::from_str).transpose().map_err(|_| StoreError::Column("jwks"))?,
        certificate_name: Some(row.text("certificate_name")?.to_owned()).filter(|name| !name.is_empty()),
        backchannel_logout_uri: Some(row.text("backchannel_logout_uri")?.to_owned()).filter(|uri| !uri.is_empty()),
        origin: Origin::named(row.text("origin")?).ok_or(StoreError::Column("origin"))?,
        created_at: Timestamp::from_second(row.int("created_at")?).map_err(|_| StoreError::Column("created_at"))?,
    };
    // A public client has an empty one.
    let secret_hash = Some(row.blob("secret_hash")?.to_vec()).filter(|hash| !hash.is_empty());
    Ok(Stored { client, secret_hash })
}
