//! The tables of passkeys.

use super::authenticator::Backup;
use super::{Factor, Kind};
use crate::auth::mfa::store::{one_at_a_time, read};
use crate::store::{Db, StoreError, Write, args};

/// A passkey to be stored beside its factor.
pub(super) struct New<'n> {
    pub(super) index: &'n [u8],
    pub(super) counter: u32,
    pub(super) backup: Backup,
}

/// A passkey as it is stored.
pub(super) struct Found {
    pub(super) user: String,
    pub(super) factor: Factor,
    pub(super) backup: Backup,
}

/// The handle of a user: the one of before, or this new one.
pub(super) async fn handle(db: &Db, user: &str, fresh: &[u8]) -> Result<Vec<u8>, StoreError> {
    let known = "SELECT handle FROM passkey_user WHERE user_id = $1";
    if let Some(row) = db.fetch_all(known, args![user]).await?.first() {
        return Ok(row.blob("handle")?.to_vec());
    }
    let statement = "INSERT INTO passkey_user (user_id, handle) VALUES ($1, $2) ON CONFLICT (user_id) DO NOTHING";
    db.execute(statement, args![user, fresh]).await?;
    let rows = db.fetch_all(known, args![user]).await?;
    rows.first().map_or(Err(StoreError::Column("handle")), |row| row.blob("handle").map(<[u8]>::to_vec))
}

/// Uses a challenge up; false when it was used before.
pub(super) async fn spend(db: &Db, hash: &[u8], expires_at: i64) -> Result<bool, StoreError> {
    let statement = "INSERT INTO passkey_challenge (hash, expires_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING";
    Ok(db.execute(statement, args![hash, expires_at]).await? == 1)
}

/// Stores a passkey, which counts at once; false when `is_first` and there is a factor. A credential of this index is not
/// stored twice: the table does not take it.
pub(super) async fn insert(
    db: &Db,
    user: &str,
    factor: &Factor,
    new: &New<'_>,
    is_first: bool,
    now: i64,
) -> Result<bool, StoreError> {
    let stored = db
        .write_counting(vec![
            one_at_a_time(user),
            Write(
                "INSERT INTO factor (id, user_id, kind, name, secret, step, created_at, confirmed_at) \
             SELECT $1, $2, $3, $4, $5, 0, $6, $6 WHERE $7 = 0 OR NOT EXISTS \
             (SELECT 1 FROM factor AS other WHERE other.user_id = $2 AND other.confirmed_at IS NOT NULL)",
                args![
                    factor.id.as_str(),
                    user,
                    Kind::Passkey.name(),
                    factor.name.as_slice(),
                    factor.secret.as_slice(),
                    now,
                    i64::from(is_first)
                ],
            ),
            Write(
                "INSERT INTO passkey (factor_id, credential, counter, is_backup_eligible, is_backed_up) \
             SELECT $1, $2, $3, $4, $5 WHERE EXISTS (SELECT 1 FROM factor WHERE id = $1)",
                args![
                    factor.id.as_str(),
                    new.index,
                    i64::from(new.counter),
                    i64::from(new.backup.is_eligible),
                    i64::from(new.backup.is_made)
                ],
            ),
        ])
        .await?;
    Ok(stored == 1)
}

/// The passkey of this index.
pub(super) async fn by_credential(db: &Db, index: &[u8]) -> Result<Option<Found>, StoreError> {
    let rows = db
        .fetch_all(
            "SELECT id, user_id, kind, name, secret, step, created_at, confirmed_at, used_at, is_backup_eligible, \
             is_backed_up FROM passkey JOIN factor ON factor.id = passkey.factor_id WHERE credential = $1",
            args![index],
        )
        .await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let backup = Backup { is_eligible: row.int("is_backup_eligible")? == 1, is_made: row.int("is_backed_up")? == 1 };
    Ok(Some(Found { user: row.text("user_id")?.to_owned(), factor: read(row)?, backup }))
}

/// Remembers a use; false when the count of signatures did not rise. One that does not count stays at zero.
pub(super) async fn used(
    db: &Db,
    factor: &str,
    counter: u32,
    is_backed_up: bool,
    now: i64,
) -> Result<bool, StoreError> {
    let statement = "UPDATE passkey SET counter = $2, is_backed_up = $3 WHERE factor_id = $1 \
                     AND (counter < $2 OR (counter = 0 AND $2 = 0))";
    let changed = db.execute(statement, args![factor, i64::from(counter), i64::from(is_backed_up)]).await?;
    if changed == 1 {
        db.execute("UPDATE factor SET used_at = $2 WHERE id = $1", args![factor, now]).await?;
    }
    Ok(changed == 1)
}

/// Opens the time to log in without the passkey that a role asks for, unless it was opened before, and says when it ends.
pub(in crate::auth::mfa) async fn grace(db: &Db, user: &str, ends_at: i64) -> Result<i64, StoreError> {
    let statement = "INSERT INTO passkey_grace (user_id, ends_at) VALUES ($1, $2) ON CONFLICT (user_id) DO NOTHING";
    db.execute(statement, args![user, ends_at]).await?;
    let rows = db.fetch_all("SELECT ends_at FROM passkey_grace WHERE user_id = $1", args![user]).await?;
    rows.first().map_or(Ok(0), |row| row.int("ends_at"))
}

/// Forgets challenges that would have ended.
pub(in crate::auth::mfa) fn sweep(now: i64) -> Write {
    Write("DELETE FROM passkey_challenge WHERE expires_at <= $1", args![now])
}
