//! The history of stored policies: every change leaves a numbered revision, and the newest of each name are kept.
//!
//! Invariants: a number is given once and only rises; a revision is written with its change or not at all, so that of two who
//! write at the same time both are in the history.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::store::PolicyStoreError;
use crate::store::{Db, Row, StoreError, Write, args};

/// Revisions of a name that are kept.
pub const REVISIONS_MAX: i64 = 100;

/// Who changes a policy, when, and to what version.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// The id of a key or a person.
    pub actor: &'a str,
    /// In seconds since 1970.
    pub now_s: i64,
    /// The fingerprint of the policy; none when it is removed.
    pub version: Option<&'a str>,
    /// The revision that is gone back to.
    pub restores: Option<i64>,
    /// The revision that the writer saw as the newest, where they say so: 0 for none.
    pub follows: Option<i64>,
}

/// One change of a stored policy.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Revision {
    /// Its number; the first of a name is 1.
    pub number: i64,
    /// `stored` or `removed`.
    pub action: String,
    /// The fingerprint that the policy had then; none of a removal, and of what was stored before revisions were kept.
    pub version: Option<String>,
    /// The revision that was gone back to.
    pub restores: Option<i64>,
    /// When.
    #[schema(value_type = String)]
    pub changed_at: Timestamp,
    /// The id of a key or a person; none of what was stored before revisions were kept.
    pub changed_by: Option<String>,
    /// The policy as it was stored, where one revision is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<super::config::PolicyConfig>)]
    pub policy: Option<Value>,
}

impl Revision {
    /// The number of the revision that stood before this change; 0 when none did. One that went back stands where it went to,
    /// so that going back twice goes two steps.
    pub fn before(&self) -> i64 {
        self.restores.unwrap_or(self.number) - 1
    }
}

/// What a change writes: the revision, and which ones are forgotten.
pub(super) fn writes(name: &str, body: Option<String>, change: &Change<'_>) -> [Write; 2] {
    let action = if body.is_some() { "stored" } else { "removed" };
    let statement = match change.follows {
        // Taken when somebody else was faster: then nothing is written.
        Some(_) => {
            "INSERT INTO policy_revision (name, number, action, body, version, restores, changed_at, changed_by) \
             VALUES ($1, $8 + 1, $2, $3, $4, $5, $6, $7)"
        }
        None => {
            "INSERT INTO policy_revision (name, number, action, body, version, restores, changed_at, changed_by) \
             SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5, $6, $7 FROM policy_revision WHERE name = $1"
        }
    };
    let mut values = args![name, action, body, change.version, change.restores, change.now_s, change.actor];
    values.extend(change.follows.map(Into::into));
    let revision = Write(statement, values);
    let forget = Write(
        "DELETE FROM policy_revision WHERE name = $1 \
         AND number <= (SELECT MAX(number) FROM policy_revision WHERE name = $1) - $2",
        args![name, REVISIONS_MAX],
    );
    [revision, forget]
}

/// The revisions of a name, newest first, without what was stored.
///
/// # Errors
/// When the store fails.
pub async fn list(db: &Db, name: &str) -> Result<Vec<Revision>, PolicyStoreError> {
    let statement = "SELECT number, action, version, restores, changed_at, changed_by FROM policy_revision \
                     WHERE name = $1 ORDER BY number DESC";
    let rows = db.fetch_all(statement, args![name]).await?;
    Ok(rows.iter().map(revision).collect::<Result<_, _>>()?)
}

/// The number of the newest revision of a name; 0 when there is none.
///
/// # Errors
/// When the store fails.
pub async fn newest(db: &Db, name: &str) -> Result<i64, PolicyStoreError> {
    let statement = "SELECT MAX(number) AS number FROM policy_revision WHERE name = $1";
    let rows = db.fetch_all(statement, args![name]).await?;
    Ok(rows.first().map(|row| row.int_or_null("number")).transpose()?.flatten().unwrap_or_default())
}

/// One revision with what was stored.
///
/// # Errors
/// When the store fails, or what was stored is not JSON.
pub async fn find(db: &Db, name: &str, number: i64) -> Result<Option<Revision>, PolicyStoreError> {
    let statement = "SELECT number, action, version, restores, changed_at, changed_by, body FROM policy_revision \
                     WHERE name = $1 AND number = $2";
    let rows = db.fetch_all(statement, args![name, number]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let broken = |source| PolicyStoreError::Broken { name: format!("{name}, revision {number}"), source };
    let policy = row.text_or_null("body")?.map(serde_json::from_str).transpose().map_err(broken)?;
    Ok(Some(Revision { policy, ..revision(row)? }))
}

fn revision(row: &Row) -> Result<Revision, StoreError> {
    let text = |name| row.text_or_null(name).map(|text| text.map(str::to_owned));
    Ok(Revision {
        number: row.int("number")?,
        action: row.text("action")?.to_owned(),
        version: text("version")?,
        restores: row.int_or_null("restores")?,
        changed_at: Timestamp::from_second(row.int("changed_at")?).map_err(|_| StoreError::Column("changed_at"))?,
        changed_by: text("changed_by")?,
        policy: None,
    })
}
