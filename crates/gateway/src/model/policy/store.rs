//! Policies put in over the admin API.

use super::config::PolicyConfig;
use super::revision::{self, Change};
use crate::store::{Db, StoreError, Write, args};

/// Why stored policies cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyStoreError {
    /// The store failed.
    #[error("the policies cannot be read or written")]
    Store(#[from] StoreError),
    /// Somebody else changed it since the writer read it.
    #[error("the policy `{name}` was changed meanwhile, it is at revision {number}: read it again")]
    Outdated {
        /// Which.
        name: String,
        /// The newest revision.
        number: i64,
    },
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
    let rows = db.fetch_all("SELECT name, body FROM policy", args![]).await?;
    let policies = rows.iter().map(|row| {
        let name = row.text("name")?;
        serde_json::from_str(row.text("body")?)
            .map_err(|source| PolicyStoreError::Broken { name: name.to_owned(), source })
    });
    let mut policies = policies.collect::<Result<Vec<PolicyConfig>, PolicyStoreError>>()?;
    in_order(&mut policies);
    Ok(policies)
}

/// Puts stored policies in the order in which they are asked. Not the database's: each has its own idea of an alphabet.
pub fn in_order(policies: &mut [PolicyConfig]) {
    policies.sort_by(|one, other| one.name.cmp(&other.name));
}

/// Stores a policy, in the place of one of the same name, and leaves a revision.
///
/// # Errors
/// When the store fails, or somebody else changed it since the writer read it; then nothing changed.
pub async fn put(db: &Db, policy: &PolicyConfig, change: &Change<'_>) -> Result<(), PolicyStoreError> {
    let body = serde_json::to_string(policy)
        .map_err(|source| PolicyStoreError::Broken { name: policy.name.clone(), source })?;
    // First, so that the row is locked before the next number is read: who writes at the same time waits.
    let mut writes = vec![Write(
        "INSERT INTO policy (name, body, changed_at) VALUES ($1, $2, $3) \
         ON CONFLICT (name) DO UPDATE SET body = excluded.body, changed_at = excluded.changed_at",
        args![policy.name.as_str(), body.as_str(), change.now_s],
    )];
    writes.extend(revision::writes(&policy.name, Some(body), change));
    match db.write(writes).await {
        Err(error) if change.follows.is_some() && error.is_taken() => Err(PolicyStoreError::Outdated {
            name: policy.name.clone(),
            number: revision::newest(db, &policy.name).await?,
        }),
        written => Ok(written?),
    }
}

/// Removes a policy and leaves a revision that says so.
///
/// # Errors
/// When the store fails; then nothing changed.
pub async fn delete(db: &Db, name: &str, change: &Change<'_>) -> Result<(), PolicyStoreError> {
    let mut writes = vec![Write("DELETE FROM policy WHERE name = $1", args![name])];
    writes.extend(revision::writes(name, None, change));
    Ok(db.write(writes).await?)
}
