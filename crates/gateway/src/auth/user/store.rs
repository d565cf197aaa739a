//! The tables of tenants, teams, users, their passwords and their links.

use jiff::Timestamp;

use super::info::{Status, TeamInfo, TenantInfo, UserId, UserInfo, UserKind};
use super::roster::Standing;
use crate::auth::password::{Hashed, Scheme};
use crate::store::{Db, Row, StoreError, Write, args};

/// A user as it is stored: names are sealed.
pub(super) struct Stored {
    pub(super) id: UserId,
    pub(super) tenant: String,
    pub(super) team: Option<String>,
    pub(super) kind: UserKind,
    pub(super) email: Option<Vec<u8>>,
    pub(super) email_index: Option<Vec<u8>>,
    pub(super) name: Vec<u8>,
    pub(super) roles: Vec<String>,
    pub(super) status: Status,
    pub(super) epoch: i64,
    pub(super) verified_at: Option<Timestamp>,
    pub(super) created_at: Timestamp,
}

/// A password as it is stored: the hash is sealed.
pub(super) struct StoredPassword {
    pub(super) scheme: Scheme,
    pub(super) pepper: String,
    pub(super) cost: u32,
    pub(super) hash: Vec<u8>,
}

pub(super) async fn insert_tenant(db: &Db, tenant: &TenantInfo) -> Result<bool, StoreError> {
    let statement = "INSERT INTO tenant (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    let args = args![tenant.id.as_str(), tenant.name.as_str(), tenant.created_at.as_second()];
    Ok(db.execute(statement, args).await? == 1)
}

pub(super) async fn tenants(db: &Db) -> Result<Vec<TenantInfo>, StoreError> {
    let rows = db.fetch_all("SELECT id, name, created_at FROM tenant ORDER BY created_at, id", args![]).await?;
    let read = |row: &Row| {
        let (id, name) = (row.text("id")?.to_owned(), row.text("name")?.to_owned());
        Ok(TenantInfo { id, name, created_at: time(row, "created_at")? })
    };
    rows.iter().map(read).collect()
}

pub(super) async fn insert_team(db: &Db, team: &TeamInfo) -> Result<bool, StoreError> {
    let statement = "INSERT INTO team (id, tenant, name, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    let args = args![team.id.as_str(), team.tenant.as_str(), team.name.as_str(), team.created_at.as_second()];
    Ok(db.execute(statement, args).await? == 1)
}

pub(super) async fn teams(db: &Db) -> Result<Vec<TeamInfo>, StoreError> {
    let rows = db.fetch_all("SELECT id, tenant, name, created_at FROM team ORDER BY tenant, name", args![]).await?;
    let read = |row: &Row| {
        let [id, tenant, name] = [row.text("id")?, row.text("tenant")?, row.text("name")?].map(str::to_owned);
        Ok(TeamInfo { id, tenant, name, created_at: time(row, "created_at")? })
    };
    rows.iter().map(read).collect()
}

/// Makes a user; with a password when it is imported. False when its address is taken.
pub(super) async fn insert(db: &Db, user: &Stored) -> Result<bool, StoreError> {
    let done = db
        .execute(
            "INSERT INTO user_account (id, tenant, team, kind, email, email_index, name, roles, status, epoch, created_at, \
             changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $10) ON CONFLICT DO NOTHING",
            args![
                user.id.as_str(),
                user.tenant.as_str(),
                user.team.as_deref(),
                user.kind.name(),
                blob(user.email.as_deref()),
                blob(user.email_index.as_deref()),
                user.name.as_slice(),
                serde_json::Value::from(user.roles.as_slice()).to_string(),
                user.status.name(),
                user.created_at.as_second(),
            ],
        )
        .await?;
    Ok(done == 1)
}

const USER: &str = "SELECT id, tenant, team, kind, email, email_index, name, roles, status, epoch, verified_at, created_at \
                    FROM user_account WHERE tenant = $1 AND email_index = $2";

pub(super) async fn by_email(db: &Db, tenant: &str, index: &[u8]) -> Result<Option<Stored>, StoreError> {
    let rows = db.fetch_all(USER, args![tenant, index]).await?;
    rows.first().map(read).transpose()
}

pub(super) async fn by_id(db: &Db, id: &str) -> Result<Option<Stored>, StoreError> {
    let rows = db
        .fetch_all(
            "SELECT id, tenant, team, kind, email, email_index, name, roles, status, epoch, verified_at, created_at \
             FROM user_account WHERE id = $1",
            args![id],
        )
        .await?;
    rows.first().map(read).transpose()
}

pub(super) async fn all(db: &Db) -> Result<Vec<Stored>, StoreError> {
    let rows = db
        .fetch_all(
            "SELECT id, tenant, team, kind, email, email_index, name, roles, status, epoch, verified_at, created_at \
             FROM user_account ORDER BY created_at, id",
            args![],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// Users of a tenant by id, after this one; of one status when it is named.
pub(super) async fn page(
    db: &Db,
    tenant: &str,
    (after, limit): (&str, i64),
    status: Option<Status>,
) -> Result<Vec<Stored>, StoreError> {
    let rows = db
        .fetch_all(
            "SELECT id, tenant, team, kind, email, email_index, name, roles, status, epoch, verified_at, created_at \
             FROM user_account WHERE tenant = $1 AND id > $2 AND ($3 = '' OR status = $3) ORDER BY id LIMIT $4",
            args![tenant, after, status.map_or("", Status::name), limit],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// Puts a user into a team, or into none.
pub(super) async fn set_team(db: &Db, id: &UserId, team: Option<&str>, now_s: i64) -> Result<(), StoreError> {
    let statement = "UPDATE user_account SET team = $2, changed_at = $3 WHERE id = $1";
    db.execute(statement, args![id.as_str(), team, now_s]).await.map(|_| ())
}

/// Changes name and address; false when another one of the tenant has the address.
pub(super) async fn describe(
    db: &Db,
    user: &UserInfo,
    name: Vec<u8>,
    address: Option<(Vec<u8>, Vec<u8>)>,
    now_s: i64,
) -> Result<bool, StoreError> {
    let id = user.id.as_str();
    let Some((email, index)) = address else {
        let statement = "UPDATE user_account SET name = $2, changed_at = $3 WHERE id = $1";
        return Ok(db.execute(statement, args![id, name, now_s]).await? == 1);
    };
    let statement = "UPDATE user_account SET name = $2, email = $3, email_index = $4, verified_at = NULL, \
                     changed_at = $5 WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM user_account other \
                     WHERE other.tenant = $6 AND other.email_index = $4 AND other.id <> $1)";
    if db.execute(statement, args![id, name, email, index, now_s, user.tenant.as_str()]).await? != 1 {
        return Ok(false);
    }
    db.execute("DELETE FROM user_token WHERE user_id = $1", args![id]).await?;
    Ok(true)
}

/// Changes the status; with it ends all sessions.
pub(super) async fn set_status(db: &Db, id: &UserId, status: Status, now_s: i64) -> Result<(), StoreError> {
    db.write(vec![
        Write(
            "UPDATE user_account SET status = $2, epoch = epoch + 1, changed_at = $3 WHERE id = $1",
            args![id.as_str(), status.name(), now_s],
        ),
        Write("DELETE FROM user_token WHERE user_id = $1", args![id.as_str()]),
    ])
    .await
}

/// Changes the roles, unless somebody else changed them in between, or it would take the last owner; with it ends all
/// sessions. Whether it was done, the epoch says.
pub(super) async fn set_roles(db: &Db, user: &UserInfo, after: &[String], now_s: i64) -> Result<(), StoreError> {
    let list = |roles: &[String]| serde_json::Value::from(roles).to_string();
    db.write(vec![
        one_at_a_time(&user.tenant),
        Write(
            "UPDATE user_account SET roles = $2, epoch = epoch + 1, changed_at = $3 WHERE id = $1 AND roles = $4 \
             AND (status <> 'active' OR $4 NOT LIKE '%\"owner\"%' OR $2 LIKE '%\"owner\"%' OR EXISTS \
             (SELECT 1 FROM user_account other WHERE other.tenant = $5 AND other.id <> $1 \
             AND other.status = 'active' AND other.roles LIKE '%\"owner\"%'))",
            args![user.id.as_str(), list(after), now_s, list(&user.roles), user.tenant.as_str()],
        ),
    ])
    .await
}

/// Keeps a user out, unless it is the last owner; with it ends all sessions. Whether it was done, the epoch says.
pub(super) async fn deactivate(db: &Db, user: &UserInfo, now_s: i64) -> Result<(), StoreError> {
    db.write(vec![
        one_at_a_time(&user.tenant),
        Write(
            "UPDATE user_account SET status = 'deactivated', epoch = epoch + 1, changed_at = $2 WHERE id = $1 \
             AND (status <> 'active' OR roles NOT LIKE '%\"owner\"%' OR EXISTS \
             (SELECT 1 FROM user_account other WHERE other.tenant = $3 AND other.id <> $1 \
             AND other.status = 'active' AND other.roles LIKE '%\"owner\"%'))",
            args![user.id.as_str(), now_s, user.tenant.as_str()],
        ),
        Write(
            "DELETE FROM user_token WHERE user_id = $1 \
             AND EXISTS (SELECT 1 FROM user_account WHERE id = $1 AND status = 'deactivated')",
            args![user.id.as_str()],
        ),
    ])
    .await
}

/// Lets somebody in who was invited, and whose address was proved; the link of the invitation ends.
pub(super) async fn activate(db: &Db, user: &UserInfo, now_s: i64) -> Result<(), StoreError> {
    db.write(vec![
        Write(
            "UPDATE user_account SET status = 'active', verified_at = $2, epoch = epoch + 1, changed_at = $2 \
             WHERE id = $1 AND status = 'invited'",
            args![user.id.as_str(), now_s],
        ),
        Write("DELETE FROM user_token WHERE user_id = $1", args![user.id.as_str()]),
    ])
    .await
}

/// Says whether an outside provider or a passkey lets somebody in.
pub(super) async fn has_way_in_without_password(db: &Db, id: &UserId) -> Result<bool, StoreError> {
    let statement = "SELECT id FROM outside_identity WHERE user_id = $1 UNION ALL \
                     SELECT id FROM factor WHERE user_id = $1 AND kind = 'passkey' AND confirmed_at IS NOT NULL";
    Ok(!db.fetch_all(statement, args![id.as_str()]).await?.is_empty())
}

/// Makes changes of a tenant's owners wait for each other: the row stays locked to the end of the transaction.
fn one_at_a_time(tenant: &str) -> Write {
    Write("UPDATE tenant SET name = name WHERE id = $1", args![tenant])
}

/// How users stand that changed at this second or later.
pub(super) async fn standings_since(db: &Db, since: i64) -> Result<Vec<(String, Standing, i64)>, StoreError> {
    let statement = "SELECT id, tenant, team, roles, status, changed_at FROM user_account WHERE changed_at >= $1";
    let rows = db.fetch_all(statement, args![since]).await?;
    let read = |row: &Row| {
        let standing = Standing {
            tenant: row.text("tenant")?.to_owned(),
            team: row.text_or_null("team")?.map(str::to_owned),
            roles: serde_json::from_str(row.text("roles")?).map_err(|_| StoreError::Column("roles"))?,
            is_active: row.text("status")? == Status::Active.name(),
        };
        Ok((row.text("id")?.to_owned(), standing, row.int("changed_at")?))
    };
    rows.iter().map(read).collect()
}

pub(super) async fn set_verified(db: &Db, id: &UserId, now_s: i64) -> Result<(), StoreError> {
    let statement = "UPDATE user_account SET verified_at = $2, changed_at = $2 WHERE id = $1";
    db.execute(statement, args![id.as_str(), now_s]).await.map(|_| ())
}

pub(super) async fn password(db: &Db, id: &UserId) -> Result<Option<StoredPassword>, StoreError> {
    let statement = "SELECT scheme, pepper, cost, hash FROM password WHERE user_id = $1";
    let rows = db.fetch_all(statement, args![id.as_str()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(StoredPassword {
        scheme: Scheme::of(row.text("scheme")?).ok_or(StoreError::Column("scheme"))?,
        pepper: row.text("pepper")?.to_owned(),
        cost: u32::try_from(row.int("cost")?).map_err(|_| StoreError::Column("cost"))?,
        hash: row.blob("hash")?.to_vec(),
    }))
}

/// Stores the hash of a password that a person has just chosen: the user becomes active, its address is proved when the
/// link came by mail, every session and every other link ends.
pub(super) async fn set_password(
    db: &Db,
    id: &UserId,
    hashed: &Hashed,
    sealed: Vec<u8>,
    is_proved: bool,
    now_s: i64,
) -> Result<(), StoreError> {
    let mut writes = vec![
        put_password(id, hashed, sealed, now_s),
        Write(
            "UPDATE user_account SET status = 'active', epoch = epoch + 1, changed_at = $2 \
             WHERE id = $1 AND status <> 'deactivated'",
            args![id.as_str(), now_s],
        ),
        Write("DELETE FROM user_token WHERE user_id = $1", args![id.as_str()]),
    ];
    if is_proved {
        writes.push(Write(
            "UPDATE user_account SET verified_at = $2 WHERE id = $1 AND verified_at IS NULL",
            args![id.as_str(), now_s],
        ));
    }
    db.write(writes).await
}

/// Stores a hash of the same password, made anew or imported: nothing else changes.
pub(super) async fn renew_password(
    db: &Db,
    id: &UserId,
    hashed: &Hashed,
    sealed: Vec<u8>,
    now_s: i64,
) -> Result<(), StoreError> {
    db.write(vec![put_password(id, hashed, sealed, now_s)]).await
}

fn put_password(id: &UserId, hashed: &Hashed, sealed: Vec<u8>, now_s: i64) -> Write {
    Write(
        "INSERT INTO password (user_id, scheme, pepper, cost, hash, changed_at) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (user_id) DO UPDATE SET scheme = excluded.scheme, pepper = excluded.pepper, cost = excluded.cost, \
         hash = excluded.hash, changed_at = excluded.changed_at",
        args![id.as_str(), hashed.scheme.name(), hashed.pepper.as_str(), i64::from(hashed.cost), sealed, now_s],
    )
}

pub(super) async fn insert_token(
    db: &Db,
    hash: &[u8],
    id: &UserId,
    purpose: &str,
    expires_at_s: i64,
) -> Result<(), StoreError> {
    let statement = "INSERT INTO user_token (hash, user_id, purpose, expires_at) VALUES ($1, $2, $3, $4)";
    db.execute(statement, args![hash, id.as_str(), purpose, expires_at_s]).await.map(|_| ())
}

/// Whose token it is, unless it ended.
pub(super) async fn token(db: &Db, hash: &[u8], purpose: &str, now_s: i64) -> Result<Option<String>, StoreError> {
    let statement = "SELECT user_id FROM user_token WHERE hash = $1 AND purpose = $2 AND expires_at > $3";
    let rows = db.fetch_all(statement, args![hash, purpose, now_s]).await?;
    rows.first().map(|row| row.text("user_id").map(str::to_owned)).transpose()
}

/// Uses a token up; false when somebody else was faster.
pub(super) async fn take_token(db: &Db, hash: &[u8]) -> Result<bool, StoreError> {
    Ok(db.execute("DELETE FROM user_token WHERE hash = $1", args![hash]).await? == 1)
}

pub(super) async fn sweep_tokens(db: &Db, now_s: i64) -> Result<u64, StoreError> {
    db.execute("DELETE FROM user_token WHERE expires_at <= $1", args![now_s]).await
}

fn read(row: &Row) -> Result<Stored, StoreError> {
    let roles = serde_json::from_str(row.text("roles")?).map_err(|_| StoreError::Column("roles"))?;
    Ok(Stored {
        id: UserId(row.text("id")?.to_owned()),
        tenant: row.text("tenant")?.to_owned(),
        team: row.text_or_null("team")?.map(str::to_owned),
        kind: UserKind::of(row.text("kind")?).ok_or(StoreError::Column("kind"))?,
        email: row.blob("email").ok().map(<[u8]>::to_vec),
        email_index: row.blob("email_index").ok().map(<[u8]>::to_vec),
        name: row.blob("name")?.to_vec(),
        roles,
        status: Status::of(row.text("status")?).ok_or(StoreError::Column("status"))?,
        epoch: row.int("epoch")?,
        verified_at: row.int_or_null("verified_at")?.map(|_| time(row, "verified_at")).transpose()?,
        created_at: time(row, "created_at")?,
    })
}

fn time(row: &Row, name: &'static str) -> Result<Timestamp, StoreError> {
    Timestamp::from_second(row.int(name)?).map_err(|_| StoreError::Column(name))
}

fn blob(bytes: Option<&[u8]>) -> crate::store::Value {
    crate::store::Value::Blob(bytes.map(<[u8]>::to_vec))
}
