//! The tables of the provider.

pub(super) mod assertion;
pub(super) mod client;
pub(super) mod code;
pub(super) mod consent;
pub(super) mod device;
pub(super) mod flow;
pub(super) mod invitation;
pub(super) mod login;

use crate::store::{Db, Row, StoreError, Write, args};

/// A list as it is stored.
fn list(items: &[String]) -> String {
    serde_json::Value::from(items).to_string()
}

/// A list as it was stored.
fn texts(row: &Row, name: &'static str) -> Result<Vec<String>, StoreError> {
    serde_json::from_str(row.text(name)?).map_err(|_| StoreError::Column(name))
}

/// Forgets what waited in vain.
pub(super) async fn sweep_waiting(db: &Db, now: i64) -> Result<(), StoreError> {
    db.write(vec![
        Write("DELETE FROM oauth_flow WHERE ends_at <= $1", args![now]),
        Write("DELETE FROM oauth_device WHERE ends_at <= $1", args![now]),
        Write("DELETE FROM oauth_assertion WHERE ends_at <= $1", args![now]),
    ])
    .await
}

/// Forgets what is over, and codes that were made before `before`.
pub(super) async fn sweep(db: &Db, now: i64, before: i64) -> Result<(), StoreError> {
    db.write(vec![
        Write("DELETE FROM oauth_invitation WHERE ends_at <= $1 OR uses_left <= 0", args![now]),
        // Whose session was forgotten, too long ago to be news.
        Write(
            "DELETE FROM oauth_login WHERE state = 'open' AND login_session NOT IN (SELECT id FROM session)",
            args![],
        ),
        Write("DELETE FROM oauth_code WHERE created_at <= $1", args![before]),
    ])
    .await
}
