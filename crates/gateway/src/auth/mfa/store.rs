//! The tables of second factors.

use super::factor::{Factor, Kind};
use super::level::First;
use super::passkey;
use crate::store::{Db, Row, StoreError, Write, args};

/// A challenge as it is stored.
#[derive(Debug)]
pub(super) struct Challenge {
    pub(super) user: String,
    /// The user's epoch when the password was right.
    pub(super) epoch: i64,
    /// The keyed hash of the browser's cookie.
    pub(super) device: Option<Vec<u8>>,
    /// Whether it is answered by setting up the first factor.
    pub(super) enrols: bool,
    /// What was shown before.
    pub(super) first: First,
    pub(super) expires_at: i64,
}

/// Stores a factor that is not confirmed yet, in the place of others that are not.
pub(super) async fn insert(db: &Db, user: &str, factor: &Factor) -> Result<(), StoreError> {
    db.write(vec![
        Write("DELETE FROM factor WHERE user_id = $1 AND confirmed_at IS NULL", args![user]),
        Write(
            "INSERT INTO factor (id, user_id, kind, name, secret, step, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            args![
                factor.id.as_str(),
                user,
                factor.kind.name(),
                factor.name.as_slice(),
                factor.secret.as_slice(),
                factor.step,
                factor.created_at
            ],
        ),
    ])
    .await
}

/// A user's factors, confirmed and not, oldest first.
pub(super) async fn of_user(db: &Db, user: &str) -> Result<Vec<Factor>, StoreError> {
    let rows = db
        .fetch_all(
            "SELECT id, kind, name, secret, step, created_at, confirmed_at, used_at, is_backed_up FROM factor \
             LEFT JOIN passkey ON passkey.factor_id = factor.id WHERE user_id = $1 ORDER BY created_at, id",
            args![user],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// Holds the user's row until the transaction ends. A condition on what others may write at the same moment counts only
/// behind it: PostgreSQL answers it from what was committed when the statement began.
pub(super) fn one_at_a_time(user: &str) -> Write {
    Write("UPDATE user_account SET epoch = epoch WHERE id = $1", args![user])
}

/// Confirms a factor with its first code; false when it is confirmed or gone. When `is_first`, also when there is
/// another one that is confirmed.
pub(super) async fn confirm(
    db: &Db,
    user: &str,
    id: &str,
    step: i64,
    is_first: bool,
    now: i64,
) -> Result<bool, StoreError> {
    let changed = db
        .write_counting(vec![
            one_at_a_time(user),
            Write(
                "UPDATE factor SET confirmed_at = $4, step = $3, used_at = $4 WHERE id = $1 AND user_id = $2 \
             AND confirmed_at IS NULL AND ($5 = 0 OR NOT EXISTS \
             (SELECT 1 FROM factor AS other WHERE other.user_id = $2 AND other.confirmed_at IS NOT NULL))",
                args![id, user, step, now, i64::from(is_first)],
            ),
        ])
        .await?;
    Ok(changed == 1)
}

/// Uses a step up; false when it, or a later one, was used before.
pub(super) async fn take_step(db: &Db, id: &str, step: i64, now: i64) -> Result<bool, StoreError> {
    let statement =
        "UPDATE factor SET step = $2, used_at = $3 WHERE id = $1 AND step < $2 AND confirmed_at IS NOT NULL";
    Ok(db.execute(statement, args![id, step, now]).await? == 1)
}

/// Gives a factor another name.
pub(super) async fn rename(db: &Db, user: &str, id: &str, name: &[u8]) -> Result<(), StoreError> {
    let statement = "UPDATE factor SET name = $3 WHERE id = $1 AND user_id = $2";
    db.execute(statement, args![id, user, name]).await.map(|_| ())
}

/// What a user has to keep at least one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    Nothing,
    Factor,
    Passkey,
}

/// Removes a factor; with the last one go the recovery codes. False when it is gone, or nothing else would be there of
/// what has to be `kept`.
pub(super) async fn remove(db: &Db, user: &str, id: &str, kept: Kept) -> Result<bool, StoreError> {
    let kept = match kept {
        Kept::Nothing => "nothing",
        Kept::Factor => "factor",
        Kept::Passkey => Kind::Passkey.name(),
    };
    let removed = db
        .write_counting(vec![
            one_at_a_time(user),
            Write(
                "DELETE FROM recovery_code WHERE user_id = $1 AND $3 = 'nothing' AND NOT EXISTS \
                 (SELECT 1 FROM factor WHERE user_id = $1 AND id <> $2 AND confirmed_at IS NOT NULL)",
                args![user, id, kept],
            ),
            Write(
                "DELETE FROM factor WHERE user_id = $1 AND id = $2 AND ($3 = 'nothing' OR EXISTS \
                 (SELECT 1 FROM factor AS other WHERE other.user_id = $1 AND other.id <> $2 \
                 AND other.confirmed_at IS NOT NULL AND ($3 = 'factor' OR other.kind = $3)))",
                args![user, id, kept],
            ),
        ])
        .await?;
    Ok(removed == 1)
}

/// Removes all that a user has.
pub(super) async fn reset(db: &Db, user: &str) -> Result<(), StoreError> {
    db.write(vec![
        Write("DELETE FROM factor WHERE user_id = $1", args![user]),
        Write("DELETE FROM recovery_code WHERE user_id = $1", args![user]),
        Write("DELETE FROM factor_challenge WHERE user_id = $1", args![user]),
        Write("DELETE FROM factor_grace WHERE user_id = $1", args![user]),
        Write("DELETE FROM passkey_grace WHERE user_id = $1", args![user]),
    ])
    .await
}

/// Stores recovery codes in the place of those of before.
pub(super) async fn put_codes(db: &Db, user: &str, hashes: &[Vec<u8>]) -> Result<(), StoreError> {
    let mut writes = vec![Write("DELETE FROM recovery_code WHERE user_id = $1", args![user])];
    writes.extend(
        hashes.iter().map(|hash| {
            Write("INSERT INTO recovery_code (hash, user_id) VALUES ($1, $2)", args![hash.as_slice(), user])
        }),
    );
    db.write(writes).await
}

/// Uses a recovery code up; false when there is none.
pub(super) async fn take_code(db: &Db, user: &str, hash: &[u8]) -> Result<bool, StoreError> {
    let statement = "DELETE FROM recovery_code WHERE hash = $1 AND user_id = $2";
    Ok(db.execute(statement, args![hash, user]).await? == 1)
}

/// How many codes are left.
pub(super) async fn codes_left(db: &Db, user: &str) -> Result<i64, StoreError> {
    let statement = "SELECT COUNT(*) AS left_over FROM recovery_code WHERE user_id = $1";
    let rows = db.fetch_all(statement, args![user]).await?;
    rows.first().map_or(Ok(0), |row| row.int("left_over"))
}

/// Stores a challenge.
pub(super) async fn insert_challenge(db: &Db, hash: &[u8], challenge: &Challenge) -> Result<(), StoreError> {
    let device = crate::store::Value::Blob(challenge.device.clone());
    let mut values = args![hash, challenge.user.as_str(), challenge.epoch];
    values.push(device);
    values.extend(args![i64::from(challenge.enrols), challenge.expires_at, challenge.first.name()]);
    let statement = "INSERT INTO factor_challenge (hash, user_id, epoch, device, enrols, expires_at, first) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7)";
    db.execute(statement, values).await.map(|_| ())
}

/// The challenge of this hash, unless it ended.
pub(super) async fn challenge(db: &Db, hash: &[u8], now: i64) -> Result<Option<Challenge>, StoreError> {
    let statement = "SELECT user_id, epoch, device, enrols, expires_at, first FROM factor_challenge \
                     WHERE hash = $1 AND expires_at > $2";
    let rows = db.fetch_all(statement, args![hash, now]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(Challenge {
        user: row.text("user_id")?.to_owned(),
        epoch: row.int("epoch")?,
        device: row.blob("device").ok().map(<[u8]>::to_vec),
        enrols: row.int("enrols")? == 1,
        first: First::of(row.text("first")?).ok_or(StoreError::Column("first"))?,
        expires_at: row.int("expires_at")?,
    }))
}

/// Uses a challenge up; false when somebody else was faster.
pub(super) async fn take_challenge(db: &Db, hash: &[u8]) -> Result<bool, StoreError> {
    Ok(db.execute("DELETE FROM factor_challenge WHERE hash = $1", args![hash]).await? == 1)
}

/// Opens the time to set the first factor up, unless it was opened before, and says when it ends.
pub(super) async fn grace(db: &Db, user: &str, ends_at: i64) -> Result<i64, StoreError> {
    let statement = "INSERT INTO factor_grace (user_id, ends_at) VALUES ($1, $2) ON CONFLICT (user_id) DO NOTHING";
    db.execute(statement, args![user, ends_at]).await?;
    let rows = db.fetch_all("SELECT ends_at FROM factor_grace WHERE user_id = $1", args![user]).await?;
    rows.first().map_or(Ok(0), |row| row.int("ends_at"))
}

/// Forgets challenges that ended, and factors that were not confirmed within an hour.
pub(super) async fn sweep(db: &Db, now: i64) -> Result<(), StoreError> {
    db.write(vec![
        Write("DELETE FROM factor_challenge WHERE expires_at <= $1", args![now]),
        Write("DELETE FROM factor WHERE confirmed_at IS NULL AND created_at <= $1", args![now - 3_600]),
        passkey::sweep(now),
    ])
    .await
}

pub(super) fn read(row: &Row) -> Result<Factor, StoreError> {
    Ok(Factor {
        id: row.text("id")?.to_owned(),
        kind: Kind::of(row.text("kind")?).ok_or(StoreError::Column("kind"))?,
        name: row.blob("name")?.to_vec(),
        secret: row.blob("secret")?.to_vec(),
        step: row.int("step")?,
        created_at: row.int("created_at")?,
        confirmed_at: row.int_or_null("confirmed_at")?,
        used_at: row.int_or_null("used_at")?,
        is_backed_up: row.int_or_null("is_backed_up")?.map(|flag| flag == 1),
    })
}
