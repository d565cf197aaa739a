//! The tables of outside identities, and of logins under way.

use jiff::Timestamp;

use super::flow::Flow;
use crate::store::{Db, Row, StoreError, args};

/// An identity as it is stored.
pub(super) struct Stored {
    pub(super) id: String,
    pub(super) user: String,
    pub(super) tenant: String,
    pub(super) provider: String,
    pub(super) subject: Vec<u8>,
    /// Issuer and subject, sealed.
    pub(super) sealed: Vec<u8>,
    pub(super) created_at: i64,
    pub(super) used_at: Option<i64>,
}

/// Stores an identity; false when it is somebody's already.
pub(super) async fn insert(db: &Db, identity: &Stored) -> Result<bool, StoreError> {
    let statement = "INSERT INTO outside_identity (id, user_id, tenant, provider, subject, sealed, created_at) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    let values = args![
        identity.id.as_str(),
        identity.user.as_str(),
        identity.tenant.as_str(),
        identity.provider.as_str(),
        identity.subject.as_slice(),
        identity.sealed.as_slice(),
        identity.created_at,
    ];
    Ok(db.execute(statement, values).await? == 1)
}

/// Whose identity it is.
pub(super) async fn by_subject(db: &Db, subject: &[u8]) -> Result<Option<Stored>, StoreError> {
    let statement = "SELECT id, user_id, tenant, provider, subject, sealed, created_at, used_at FROM outside_identity \
                     WHERE subject = $1";
    db.fetch_all(statement, args![subject]).await?.first().map(read).transpose()
}

/// The identity of this id.
pub(super) async fn by_id(db: &Db, id: &str) -> Result<Option<Stored>, StoreError> {
    let statement = "SELECT id, user_id, tenant, provider, subject, sealed, created_at, used_at FROM outside_identity \
                     WHERE id = $1";
    db.fetch_all(statement, args![id]).await?.first().map(read).transpose()
}

/// A user's identities, oldest first.
pub(super) async fn of_user(db: &Db, user: &str) -> Result<Vec<Stored>, StoreError> {
    let statement = "SELECT id, user_id, tenant, provider, subject, sealed, created_at, used_at FROM outside_identity \
                     WHERE user_id = $1 ORDER BY created_at, id";
    db.fetch_all(statement, args![user]).await?.iter().map(read).collect()
}

/// Notes that somebody logged in with it.
pub(super) async fn used(db: &Db, id: &str, now: i64) -> Result<(), StoreError> {
    db.execute("UPDATE outside_identity SET used_at = $2 WHERE id = $1", args![id, now]).await.map(drop)
}

/// Removes an identity; false when it is gone already. With `keeps_a_way_in`, only when another identity or a password is
/// left to its owner.
pub(super) async fn remove(db: &Db, id: &str, keeps_a_way_in: bool) -> Result<bool, StoreError> {
    let statement = "DELETE FROM outside_identity WHERE id = $1 AND ($2 = 0 \
                     OR EXISTS (SELECT 1 FROM password WHERE password.user_id = outside_identity.user_id) \
                     OR EXISTS (SELECT 1 FROM factor WHERE factor.user_id = outside_identity.user_id \
                     AND factor.kind = 'passkey' AND factor.confirmed_at IS NOT NULL) \
                     OR EXISTS (SELECT 1 FROM outside_identity other WHERE other.user_id = outside_identity.user_id \
                     AND other.id <> $1))";
    Ok(db.execute(statement, args![id, i64::from(keeps_a_way_in)]).await? == 1)
}

/// A login under way, as it is stored.
pub(super) struct StoredFlow {
    pub(super) browser: Vec<u8>,
    pub(super) provider: String,
    pub(super) flow: Flow,
}

/// Stores a login that begins.
pub(super) async fn insert_flow(db: &Db, hash: &[u8], flow: &StoredFlow, ends_at: i64) -> Result<(), StoreError> {
    let body = serde_json::to_string(&flow.flow).map_err(|_| StoreError::Column("body"))?;
    let statement = "INSERT INTO outside_flow (hash, browser, provider, body, ends_at) VALUES ($1, $2, $3, $4, $5)";
    let values = args![hash, flow.browser.as_slice(), flow.provider.as_str(), body, ends_at];
    db.execute(statement, values).await.map(drop)
}

/// The login of this state, unless it ended.
pub(super) async fn flow(db: &Db, hash: &[u8], now: i64) -> Result<Option<StoredFlow>, StoreError> {
    let statement = "SELECT browser, provider, body FROM outside_flow WHERE hash = $1 AND ends_at > $2";
    let rows = db.fetch_all(statement, args![hash, now]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(StoredFlow {
        browser: row.blob("browser")?.to_vec(),
        provider: row.text("provider")?.to_owned(),
        flow: serde_json::from_str(row.text("body")?).map_err(|_| StoreError::Column("body"))?,
    }))
}

/// Uses a login up; false when somebody else was faster.
pub(super) async fn take_flow(db: &Db, hash: &[u8]) -> Result<bool, StoreError> {
    Ok(db.execute("DELETE FROM outside_flow WHERE hash = $1", args![hash]).await? == 1)
}

/// Forgets logins that ended.
pub(super) async fn sweep(db: &Db, now: i64) -> Result<(), StoreError> {
    db.execute("DELETE FROM outside_flow WHERE ends_at <= $1", args![now]).await.map(drop)
}

fn read(row: &Row) -> Result<Stored, StoreError> {
    Ok(Stored {
        id: row.text("id")?.to_owned(),
        user: row.text("user_id")?.to_owned(),
        tenant: row.text("tenant")?.to_owned(),
        provider: row.text("provider")?.to_owned(),
        subject: row.blob("subject")?.to_vec(),
        sealed: row.blob("sealed")?.to_vec(),
        created_at: row.int("created_at")?,
        used_at: row.int_or_null("used_at")?,
    })
}

/// A stored time.
pub(super) fn time(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::MAX)
}
