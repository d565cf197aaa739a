//! The table of refresh families; a family has the id of its session.

use crate::auth::jwt::refresh::rule::Family;
use crate::auth::session::store::{self as session, Stored as Session};
use crate::store::{Db, StoreError, Write, args};

/// A family and the session it belongs to.
#[derive(Debug, Clone)]
pub(in crate::auth) struct Stored {
    pub(in crate::auth) family: Family,
    pub(in crate::auth) session: Session,
}

/// The family of this id.
pub(in crate::auth) async fn one(db: &Db, id: &str) -> Result<Option<Stored>, StoreError> {
    let rows = db
        .fetch_all(
            "SELECT counter, rotated_at_ms, confirmed, binding, idle_ends_at, ends_at, revoked_at FROM refresh_family \
             WHERE id = $1",
            args![id],
        )
        .await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let family = Family {
        counter: row.int("counter")?,
        rotated_at_ms: row.int("rotated_at_ms")?,
        is_confirmed: row.int("confirmed")? != 0,
        binding: row.text_or_null("binding")?.map(str::to_owned),
        idle_ends_at: row.int("idle_ends_at")?,
        ends_at: row.int("ends_at")?,
        is_revoked: row.int_or_null("revoked_at")?.is_some(),
    };
    Ok(session::one(db, id).await?.map(|session| Stored { family, session }))
}

/// Stores a new family.
pub(in crate::auth) fn insert(id: &str, family: &Family) -> Write {
    Write(
        "INSERT INTO refresh_family (id, counter, rotated_at_ms, confirmed, binding, idle_ends_at, ends_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        args![
            id,
            family.counter,
            family.rotated_at_ms,
            i64::from(family.is_confirmed),
            family.binding.as_deref(),
            family.idle_ends_at,
            family.ends_at,
        ],
    )
}

/// Moves the counter on by one; says whether this call did it. Of many at once, in whatever processes, one does.
pub(in crate::auth) async fn rotate(
    db: &Db,
    id: &str,
    counter: i64,
    at_ms: i64,
    idle: i64,
) -> Result<bool, StoreError> {
    let changed = db
        .execute(
            "UPDATE refresh_family SET counter = counter + 1, rotated_at_ms = $3, confirmed = 0, idle_ends_at = $4 \
             WHERE id = $1 AND counter = $2 AND revoked_at IS NULL",
            args![id, counter, at_ms, idle],
        )
        .await?;
    Ok(changed == 1)
}

/// Lets the grace begin anew, when what was given out last has still not arrived; says whether it was so.
pub(in crate::auth) async fn recover(db: &Db, id: &str, counter: i64, at_ms: i64) -> Result<bool, StoreError> {
    let changed = db
        .execute(
            "UPDATE refresh_family SET rotated_at_ms = $3 WHERE id = $1 AND counter = $2 AND confirmed = 0 \
             AND revoked_at IS NULL",
            args![id, counter, at_ms],
        )
        .await?;
    Ok(changed == 1)
}

/// Notes that what was given out last arrived.
pub(in crate::auth) async fn confirm(db: &Db, id: &str, counter: i64) -> Result<bool, StoreError> {
    let changed = db
        .execute(
            "UPDATE refresh_family SET confirmed = 1 WHERE id = $1 AND counter = $2 AND confirmed = 0",
            args![id, counter],
        )
        .await?;
    Ok(changed == 1)
}
