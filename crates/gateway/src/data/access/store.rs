//! The table of last uses.

use std::collections::HashMap;

use super::action::Action;
use crate::store::{Db, StoreError, Write, args};

/// Writes uses, in one transaction.
pub(super) async fn put_uses(db: &Db, uses: &HashMap<(String, Action), i64>) -> Result<(), StoreError> {
    let mut sorted: Vec<_> = uses.iter().collect();
    // Always in the same order, so that two processes do not wait for each other.
    sorted.sort_unstable();
    let write = |((principal, action), used_at): (&(String, Action), &i64)| {
        Write(
            "INSERT INTO access_use (principal, action, used_at) VALUES ($1, $2, $3) \
             ON CONFLICT (principal, action) DO UPDATE SET used_at = excluded.used_at \
             WHERE excluded.used_at > access_use.used_at",
            args![principal.as_str(), action.name(), *used_at],
        )
    };
    db.write(sorted.into_iter().map(write).collect()).await
}

/// What a principal used, by itself or by its keys, and when last. Actions that this version does not know are left out.
pub(super) async fn uses_of(db: &Db, principal: &str) -> Result<HashMap<Action, i64>, StoreError> {
    let statement = "SELECT action, MAX(used_at) AS used_at FROM access_use WHERE principal = $1 \
                     OR principal IN (SELECT id FROM api_key WHERE owner = $1) GROUP BY action";
    let mut uses = HashMap::new();
    for row in db.fetch_all(statement, args![principal]).await? {
        if let Some(action) = Action::of(row.text("action")?) {
            uses.insert(action, row.int("used_at")?);
        }
    }
    Ok(uses)
}
