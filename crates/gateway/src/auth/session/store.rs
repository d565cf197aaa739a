//! The table of sessions.

use crate::store::{Db, Row, StoreError, Value, Write, args};

/// A session as it is stored. Times are seconds since 1970.
#[derive(Debug, Clone)]
pub(in crate::auth) struct Stored {
    pub(in crate::auth) id: String,
    pub(in crate::auth) user_id: String,
    pub(in crate::auth) tenant: String,
    pub(in crate::auth) client_id: String,
    pub(in crate::auth) scopes: Vec<String>,
    pub(in crate::auth) created_at: i64,
    pub(in crate::auth) last_seen_at: i64,
    pub(in crate::auth) auth_time: i64,
    pub(in crate::auth) amr: Vec<String>,
    pub(in crate::auth) acr: Option<String>,
    /// The number of the last revocation before it began.
    pub(in crate::auth) epoch: i64,
    /// Address and user agent, sealed.
    pub(in crate::auth) sealed: Vec<u8>,
    pub(in crate::auth) idle_ends_at: i64,
    pub(in crate::auth) ends_at: i64,
    pub(in crate::auth) ended_at: Option<i64>,
}

/// Which sessions a change is about.
#[derive(Debug, Clone, Copy)]
pub(in crate::auth) enum Which<'w> {
    Session(&'w str),
    User(&'w str),
    Client(&'w str),
    Tenant(&'w str),
    All,
}

/// The session of this id.
pub(in crate::auth) async fn one(db: &Db, id: &str) -> Result<Option<Stored>, StoreError> {
    let rows = db
        .fetch_all(
            "SELECT id, user_id, tenant, client_id, scopes, created_at, last_seen_at, auth_time, amr, acr, \
             epoch, sealed, idle_ends_at, ends_at, ended_at FROM session WHERE id = $1",
            args![id],
        )
        .await?;
    rows.first().map(read).transpose()
}

/// The live sessions of a person, the one seen last first; of everybody when nobody is named.
/// Of one tenant when one is named.
pub(in crate::auth) async fn live(
    db: &Db,
    user: Option<&str>,
    tenant: Option<&str>,
    now: i64,
) -> Result<Vec<Stored>, StoreError> {
    let rows = db
        .fetch_all(
            "SELECT id, user_id, tenant, client_id, scopes, created_at, last_seen_at, auth_time, amr, acr, \
             epoch, sealed, idle_ends_at, ends_at, ended_at FROM session WHERE (user_id = $1 OR $1 = '') AND ended_at IS NULL \
             AND idle_ends_at > $2 AND ends_at > $2 AND (tenant = $3 OR $3 = '') ORDER BY last_seen_at DESC, id LIMIT 1000",
            args![user.unwrap_or_default(), now, tenant.unwrap_or_default()],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// Stores a new session.
pub(in crate::auth) fn insert(session: &Stored) -> Write {
    Write(
        "INSERT INTO session (id, user_id, tenant, client_id, scopes, created_at, last_seen_at, auth_time, amr, acr, \
         epoch, sealed, idle_ends_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        args![
            session.id.as_str(),
            session.user_id.as_str(),
            session.tenant.as_str(),
            session.client_id.as_str(),
            list(&session.scopes),
            session.created_at,
            session.last_seen_at,
            session.auth_time,
            list(&session.amr),
            session.acr.as_deref(),
            session.epoch,
            session.sealed.as_slice(),
            session.idle_ends_at,
            session.ends_at,
        ],
    )
}

/// Notes that a session was seen.
pub(in crate::auth) async fn seen(db: &Db, id: &str, now: i64, idle_ends_at: i64) -> Result<u64, StoreError> {
    db.execute(
        "UPDATE session SET last_seen_at = $2, idle_ends_at = $3 WHERE id = $1 AND ended_at IS NULL",
        args![id, now, idle_ends_at],
    )
    .await
}

/// A session goes on under another name: who is told of its end is told of the end of that one.
pub(in crate::auth) async fn succeed(db: &Db, old: &str, new: &str) -> Result<(), StoreError> {
    db.execute("UPDATE oauth_login SET login_session = $2 WHERE login_session = $1 AND state = 'open'", args![old, new])
        .await
        .map(drop)
}

/// Ends sessions and their families.
pub(in crate::auth) fn end(which: Which<'_>, now: i64, reason: &str) -> [Write; 2] {
    let (subject, family, session) = match which {
        Which::Session(id) => (
            Some(id),
            "UPDATE refresh_family SET revoked_at = $1, reason = $2 WHERE revoked_at IS NULL AND id = $3",
            "UPDATE session SET ended_at = $1, reason = $2 WHERE ended_at IS NULL AND id = $3",
        ),
        Which::User(user) => (
            Some(user),
            "UPDATE refresh_family SET revoked_at = $1, reason = $2 WHERE revoked_at IS NULL \
             AND id IN (SELECT id FROM session WHERE user_id = $3)",
            "UPDATE session SET ended_at = $1, reason = $2 WHERE ended_at IS NULL AND user_id = $3",
        ),
        Which::Client(client) => (
            Some(client),
            "UPDATE refresh_family SET revoked_at = $1, reason = $2 WHERE revoked_at IS NULL \
             AND id IN (SELECT id FROM session WHERE client_id = $3)",
            "UPDATE session SET ended_at = $1, reason = $2 WHERE ended_at IS NULL AND client_id = $3",
        ),
        Which::Tenant(tenant) => (
            Some(tenant),
            "UPDATE refresh_family SET revoked_at = $1, reason = $2 WHERE revoked_at IS NULL \
             AND id IN (SELECT id FROM session WHERE tenant = $3)",
            "UPDATE session SET ended_at = $1, reason = $2 WHERE ended_at IS NULL AND tenant = $3",
        ),
        Which::All => (
            None,
            "UPDATE refresh_family SET revoked_at = $1, reason = $2 WHERE revoked_at IS NULL",
            "UPDATE session SET ended_at = $1, reason = $2 WHERE ended_at IS NULL",
        ),
    };
    [family, session].map(|statement| {
        let mut values: Vec<Value> = args![now, reason];
        values.extend(subject.map(Value::from));
        Write(statement, values)
    })
}

/// Removes sessions that ended at this second or before, and their families.
pub(in crate::auth) async fn sweep(db: &Db, before: i64) -> Result<(), StoreError> {
    db.write(vec![
        Write("DELETE FROM refresh_family WHERE ends_at <= $1", args![before]),
        Write("DELETE FROM session WHERE ends_at <= $1", args![before]),
    ])
    .await
}

fn read(row: &Row) -> Result<Stored, StoreError> {
    let texts = |name: &'static str| serde_json::from_str(row.text(name)?).map_err(|_| StoreError::Column(name));
    Ok(Stored {
        id: row.text("id")?.to_owned(),
        user_id: row.text("user_id")?.to_owned(),
        tenant: row.text("tenant")?.to_owned(),
        client_id: row.text("client_id")?.to_owned(),
        scopes: texts("scopes")?,
        created_at: row.int("created_at")?,
        last_seen_at: row.int("last_seen_at")?,
        auth_time: row.int("auth_time")?,
        amr: texts("amr")?,
        acr: row.text_or_null("acr")?.map(str::to_owned),
        epoch: row.int("epoch")?,
        sealed: row.blob("sealed")?.to_vec(),
        idle_ends_at: row.int("idle_ends_at")?,
        ends_at: row.int("ends_at")?,
        ended_at: row.int_or_null("ended_at")?,
    })
}

fn list(items: &[String]) -> String {
    serde_json::Value::from(items).to_string()
}
