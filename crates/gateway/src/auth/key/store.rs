//! The table of API keys.

use jiff::Timestamp;

use super::{Hash, KeyInfo};
use crate::store::{Db, Row, StoreError, Write, args};

/// A key as it is stored.
pub(super) struct Stored {
    pub(super) info: KeyInfo,
    pub(super) hash: Hash,
    pub(super) changed_at: i64,
}

/// Keys that changed at this second or later, oldest first.
pub(super) async fn changed_since(db: &Db, since: i64) -> Result<Vec<Stored>, StoreError> {
    let rows = db
        .fetch_all(
            "SELECT id, hash, name, tenant, owner, app, scopes, models, hint, replaced_by, created_at, expires_at, \
             revoked_at, changed_at, (SELECT MAX(used_at) FROM access_use WHERE principal = api_key.id) AS last_used_at \
             FROM api_key WHERE changed_at >= $1 ORDER BY created_at, id",
            args![since],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// Keys of a tenant by id, after this one.
pub(super) async fn page(db: &Db, tenant: &str, after: &str, limit: i64) -> Result<Vec<Stored>, StoreError> {
    let rows = db
        .fetch_all(
            "SELECT id, hash, name, tenant, owner, app, scopes, models, hint, replaced_by, created_at, expires_at, \
             revoked_at, changed_at, (SELECT MAX(used_at) FROM access_use WHERE principal = api_key.id) AS last_used_at \
             FROM api_key WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3",
            args![tenant, after, limit],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// Stores a key; with `replaces`, ends another one at its time in the same transaction.
pub(super) async fn insert(
    db: &Db,
    info: &KeyInfo,
    hash: &Hash,
    replaces: Option<(&str, Timestamp)>,
) -> Result<(), StoreError> {
    let now = info.created_at.as_second();
    let mut writes = vec![Write(
        "INSERT INTO api_key (id, hash, name, tenant, app, scopes, models, hint, created_at, expires_at, changed_at, \
         owner) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $9, $11)",
        args![
            info.id.as_str(),
            hash.as_slice(),
            info.name.as_str(),
            info.tenant.as_str(),
            info.app.as_deref(),
            list(&info.scopes),
            info.models.as_deref().map(list),
            info.hint.as_str(),
            now,
            info.expires_at.map(Timestamp::as_second),
            info.owner.as_str(),
        ],
    )];
    if let Some((id, ends_at)) = replaces {
        writes.push(Write(
            "UPDATE api_key SET replaced_by = $2, expires_at = $3, changed_at = $4 WHERE id = $1",
            args![id, info.id.as_str(), ends_at.as_second(), now],
        ));
    }
    db.write(writes).await
}

/// Revokes a key.
pub(super) async fn revoke(db: &Db, id: &str, now: Timestamp) -> Result<u64, StoreError> {
    db.execute(
        "UPDATE api_key SET revoked_at = $2, changed_at = $2 WHERE id = $1 AND revoked_at IS NULL",
        args![id, now.as_second()],
    )
    .await
}

fn read(row: &Row) -> Result<Stored, StoreError> {
    let time = |name| {
        let seconds = row.int_or_null(name)?;
        seconds.map(|s| Timestamp::from_second(s).map_err(|_| StoreError::Column(name))).transpose()
    };
    let info = KeyInfo {
        id: row.text("id")?.to_owned(),
        name: row.text("name")?.to_owned(),
        hint: row.text("hint")?.to_owned(),
        tenant: row.text("tenant")?.to_owned(),
        owner: row.text("owner")?.to_owned(),
        last_used_at: time("last_used_at")?,
        app: row.text_or_null("app")?.map(str::to_owned),
        scopes: parsed(row.text("scopes")?, "scopes")?,
        models: row.text_or_null("models")?.map(|text| parsed(text, "models")).transpose()?,
        created_at: time("created_at")?.ok_or(StoreError::Column("created_at"))?,
        expires_at: time("expires_at")?,
        revoked_at: time("revoked_at")?,
        replaced_by: row.text_or_null("replaced_by")?.map(str::to_owned),
    };
    let hash = row.blob("hash")?.try_into().map_err(|_| StoreError::Column("hash"))?;
    Ok(Stored { info, hash, changed_at: row.int("changed_at")? })
}

fn list(items: &[String]) -> String {
    serde_json::Value::from(items).to_string()
}

fn parsed(text: &str, name: &'static str) -> Result<Vec<String>, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Column(name))
}
