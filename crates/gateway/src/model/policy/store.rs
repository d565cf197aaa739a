//! Policies put in over the admin API.

use super::config::PolicyConfig;
use crate::store::{Db, StoreError, args};

/// Why stored policies cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyStoreError {
    /// The store failed.
    #[error("the policies cannot be read or written")]
    Store(#[from] StoreError),
    /// A stored policy is not one.
    #[error("the stored policy `{name}` cannot be read")]
    Broken {
        /// Which.
        name: String,
        /// Why.
        source: serde_json::Error,
    },
}

/// All stored policies, by name.
///
/// # Errors
/// When the store fails or one of them cannot be read: a policy that cannot be read must not be skipped.
pub async fn all(db: &Db) -> Result<Vec<PolicyConfig>, PolicyStoreError> {
    let rows = db.fetch_all("SELECT name, body FROM policy ORDER BY name", args![]).await?;
    rows.iter()
        .map(|row| {
            let name = row.text("name")?;
            serde_json::from_str(row.text("body")?)
                .map_err(|source| PolicyStoreError::Broken { name: name.to_owned(), source })
        })
        .collect()
}

/// Stores a policy, in the place of one of the same name.
///
/// # Errors
/// When the store fails.
pub async fn put(db: &Db, policy: &PolicyConfig, now_s: i64) -> Result<(), PolicyStoreError> {
    let body = serde_json::to_string(policy)
        .map_err(|source| PolicyStoreError::Broken { name: policy.name.clone(), source })?;
    db.execute(
        "INSERT INTO policy (name, body, changed_at) VALUES ($1, $2, $3) \
         ON CONFLICT (name) DO UPDATE SET body = excluded.body, changed_at = excluded.changed_at",
        args![policy.name.as_str(), body, now_s],
    )
    .await?;
    Ok(())
}

/// Removes a policy; false when there is none.
///
/// # Errors
/// When the store fails.
pub async fn delete(db: &Db, name: &str) -> Result<bool, PolicyStoreError> {
    Ok(db.execute("DELETE FROM policy WHERE name = $1", args![name]).await? > 0)
}
