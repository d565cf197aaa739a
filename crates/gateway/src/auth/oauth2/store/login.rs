//! The table of logins that clients have to be told the end of.
//!
//! A row is `open` while the login lives, and `due` from its end until its client has taken the news or nobody tries any
//! more.

use crate::auth::oauth2::logout::Notice;
use crate::store::{Db, StoreError, args};

/// Notes that a client has an ID token of a login.
pub(in crate::auth::oauth2) async fn insert(db: &Db, notice: &Notice, now: i64) -> Result<(), StoreError> {
    db.execute(
        "INSERT INTO oauth_login (sid, client_id, login_session, user_id, tenant, created_at, state, attempts, next_at) \
         VALUES ($1, $2, $1, $3, $4, $5, 'open', 0, 0) ON CONFLICT (sid, client_id) DO NOTHING",
        args![
            notice.sid.as_str(),
            notice.client.as_str(),
            notice.user.as_str(),
            notice.tenant.as_str(),
            now,
        ],
    )
    .await
    .map(drop)
}

/// Finds the logins that ended since then.
pub(in crate::auth::oauth2) async fn mark(db: &Db, since: i64, now: i64) -> Result<u64, StoreError> {
    db.execute(
        "UPDATE oauth_login SET state = 'due', next_at = $2 WHERE state = 'open' \
         AND login_session IN (SELECT id FROM session WHERE ended_at >= $1)",
        args![since, now],
    )
    .await
}

/// What has to be told now.
pub(in crate::auth::oauth2) async fn due(db: &Db, now: i64, count: i64) -> Result<Vec<Notice>, StoreError> {
    let rows = db
        .fetch_all(
            "SELECT sid, client_id, user_id, tenant, attempts FROM oauth_login WHERE state = 'due' AND next_at <= $1 \
             ORDER BY next_at LIMIT $2",
            args![now, count],
        )
        .await?;
    let read = |row: &crate::store::Row| {
        Ok(Notice {
            sid: row.text("sid")?.to_owned(),
            client: row.text("client_id")?.to_owned(),
            user: row.text("user_id")?.to_owned(),
            tenant: row.text("tenant")?.to_owned(),
            attempts: row.int("attempts")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Takes one on, to be tried again at `next_at` if nothing comes of it; says whether this call did.
pub(in crate::auth::oauth2) async fn take(db: &Db, notice: &Notice, next_at: i64) -> Result<bool, StoreError> {
    let statement = "UPDATE oauth_login SET attempts = attempts + 1, next_at = $4 WHERE sid = $1 AND client_id = $2 \
                     AND attempts = $3 AND state = 'due'";
    let values = args![notice.sid.as_str(), notice.client.as_str(), notice.attempts, next_at];
    Ok(db.execute(statement, values).await? == 1)
}

/// Nothing is to be told any more.
pub(in crate::auth::oauth2) async fn delete(db: &Db, notice: &Notice) -> Result<(), StoreError> {
    let statement = "DELETE FROM oauth_login WHERE sid = $1 AND client_id = $2";
    db.execute(statement, args![notice.sid.as_str(), notice.client.as_str()]).await.map(drop)
}
