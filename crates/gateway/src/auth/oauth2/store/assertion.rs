//! The table of assertions that were taken.

use crate::store::{Db, StoreError, args};

/// Notes one; says whether this call did.
pub(in crate::auth::oauth2) async fn spend(db: &Db, hash: &[u8], ends_at: i64) -> Result<bool, StoreError> {
    let statement = "INSERT INTO oauth_assertion (hash, ends_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING";
    Ok(db.execute(statement, args![hash, ends_at]).await? == 1)
}
