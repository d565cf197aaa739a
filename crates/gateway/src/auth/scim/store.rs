//! The tables of provisioning.

use jiff::Timestamp;

use super::token::TokenInfo;
use crate::store::{Db, Row, StoreError, Value, Write, args};

/// What an identity provider said about a user, as it is stored: the profile is sealed.
#[derive(Debug, Clone)]
pub(super) struct StoredUser {
    pub(super) user_id: String,
    pub(super) tenant: String,
    pub(super) profile: Vec<u8>,
    pub(super) user_name_index: Vec<u8>,
    pub(super) external_index: Option<Vec<u8>>,
    pub(super) roles: Vec<String>,
    pub(super) off_epoch: Option<i64>,
    pub(super) changed_at: i64,
}

/// Which users of a tenant are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All.
    All,
    /// Those who may log in, or are invited.
    Active,
    /// Those who are kept out.
    Inactive,
}

pub(super) async fn insert_token(db: &Db, token: &TokenInfo, hash: &[u8]) -> Result<(), StoreError> {
    let statement = "INSERT INTO scim_token (id, hash, tenant, name, hint, created_at, expires_at) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let (id, tenant, name) = (token.id.as_str(), token.tenant.as_str(), token.name.as_str());
    let (created, expires) = (token.created_at.as_second(), token.expires_at.as_second());
    db.execute(statement, args![id, hash, tenant, name, token.hint.as_str(), created, expires]).await.map(drop)
}

pub(super) async fn tokens(db: &Db) -> Result<Vec<TokenInfo>, StoreError> {
    let statement = "SELECT id, tenant, name, hint, created_at, expires_at, revoked_at, used_at FROM scim_token \
                     ORDER BY created_at, id";
    db.fetch_all(statement, args![]).await?.iter().map(read_token).collect()
}

pub(super) async fn token(db: &Db, hash: &[u8]) -> Result<Option<TokenInfo>, StoreError> {
    let statement = "SELECT id, tenant, name, hint, created_at, expires_at, revoked_at, used_at FROM scim_token \
                     WHERE hash = $1";
    db.fetch_all(statement, args![hash]).await?.first().map(read_token).transpose()
}

pub(super) async fn use_token(db: &Db, id: &str, now_s: i64) -> Result<(), StoreError> {
    db.execute("UPDATE scim_token SET used_at = $2 WHERE id = $1", args![id, now_s]).await.map(drop)
}

pub(super) async fn revoke_token(db: &Db, id: &str, now_s: i64) -> Result<(), StoreError> {
    let statement = "UPDATE scim_token SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    db.execute(statement, args![id, now_s]).await.map(drop)
}

/// The people of a tenant, oldest first. Who was deleted has no address.
pub(super) async fn people(
    db: &Db,
    tenant: &str,
    which: Which,
    (offset, limit): (i64, i64),
) -> Result<Vec<String>, StoreError> {
    let statement = "SELECT id FROM user_account WHERE tenant = $1 AND kind = 'person' AND email IS NOT NULL \
                     AND ($2 = 'all' OR ($2 = 'off' AND status = 'deactivated') OR ($2 = 'on' AND status <> 'deactivated')) \
                     ORDER BY created_at, id LIMIT $3 OFFSET $4";
    let rows = db.fetch_all(statement, args![tenant, which.name(), limit, offset]).await?;
    rows.iter().map(|row| row.text("id").map(str::to_owned)).collect()
}

pub(super) async fn count(db: &Db, tenant: &str, which: Which) -> Result<i64, StoreError> {
    let statement = "SELECT COUNT(*) AS n FROM user_account WHERE tenant = $1 AND kind = 'person' AND email IS NOT NULL \
                     AND ($2 = 'all' OR ($2 = 'off' AND status = 'deactivated') OR ($2 = 'on' AND status <> 'deactivated'))";
    db.fetch_all(statement, args![tenant, which.name()]).await?.first().map_or(Ok(0), |row| row.int("n"))
}

pub(super) async fn user(db: &Db, id: &str) -> Result<Option<StoredUser>, StoreError> {
    let statement = "SELECT user_id, tenant, profile, user_name_index, external_index, roles, off_epoch, changed_at \
                     FROM scim_user WHERE user_id = $1";
    db.fetch_all(statement, args![id]).await?.first().map(read_user).transpose()
}

pub(super) async fn by_user_name(db: &Db, tenant: &str, index: &[u8]) -> Result<Option<String>, StoreError> {
    let statement = "SELECT user_id FROM scim_user WHERE tenant = $1 AND user_name_index = $2";
    let rows = db.fetch_all(statement, args![tenant, index]).await?;
    rows.first().map(|row| row.text("user_id").map(str::to_owned)).transpose()
}

pub(super) async fn by_external(db: &Db, tenant: &str, index: &[u8]) -> Result<Vec<String>, StoreError> {
    let statement =
        "SELECT user_id FROM scim_user WHERE tenant = $1 AND external_index = $2 ORDER BY user_id LIMIT 200";
    let rows = db.fetch_all(statement, args![tenant, index]).await?;
    rows.iter().map(|row| row.text("user_id").map(str::to_owned)).collect()
}

pub(super) async fn put_user(db: &Db, user: &StoredUser) -> Result<(), StoreError> {
    let statement = "INSERT INTO scim_user (user_id, tenant, profile, user_name_index, external_index, roles, off_epoch, \
                     changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (user_id) DO UPDATE SET \
                     profile = excluded.profile, user_name_index = excluded.user_name_index, \
                     external_index = excluded.external_index, roles = excluded.roles, \
                     off_epoch = excluded.off_epoch, changed_at = excluded.changed_at";
    let args = args![
        user.user_id.as_str(),
        user.tenant.as_str(),
        user.profile.as_slice(),
        user.user_name_index.as_slice(),
        Value::Blob(user.external_index.clone()),
        serde_json::Value::from(user.roles.as_slice()).to_string(),
        user.off_epoch,
        user.changed_at,
    ];
    db.execute(statement, args).await.map(drop)
}

/// The groups of a user, by name.
pub(super) async fn groups_of(db: &Db, user: &str) -> Result<Vec<(String, String)>, StoreError> {
    let statement = "SELECT t.id, t.name FROM scim_member m JOIN team t ON t.id = m.team_id WHERE m.user_id = $1 \
                     ORDER BY t.name";
    let rows = db.fetch_all(statement, args![user]).await?;
    rows.iter().map(|row| Ok((row.text("id")?.to_owned(), row.text("name")?.to_owned()))).collect()
}

/// Who is in a team, by either way.
pub(super) async fn members(db: &Db, team: &str) -> Result<Vec<String>, StoreError> {
    let statement = "SELECT user_id AS id FROM scim_member WHERE team_id = $1 UNION \
                     SELECT id FROM user_account WHERE team = $1 AND kind = 'person' AND email IS NOT NULL ORDER BY id";
    let rows = db.fetch_all(statement, args![team]).await?;
    rows.iter().map(|row| row.text("id").map(str::to_owned)).collect()
}

/// What is to change about a group.
#[derive(Debug)]
pub(super) struct Regroup<'r> {
    pub(super) team: &'r str,
    pub(super) name: &'r str,
    pub(super) external_id: Option<&'r str>,
    pub(super) joining: &'r [String],
    pub(super) leaving: &'r [String],
}

/// Changes a group: all of it, or nothing.
pub(super) async fn regroup(db: &Db, change: &Regroup<'_>, now_s: i64) -> Result<(), StoreError> {
    let team = change.team;
    let mut writes = vec![
        Write("UPDATE team SET name = $2 WHERE id = $1", args![team, change.name]),
        put_group(team, change.external_id, now_s),
    ];
    writes.extend(change.joining.iter().flat_map(|user| join(team, user, now_s)));
    writes.extend(change.leaving.iter().flat_map(|user| leave(team, user, now_s)));
    db.write(writes).await
}

/// Puts a user into a group, which is their team when they have no other.
fn join(team: &str, user: &str, now_s: i64) -> [Write; 2] {
    [
        Write(
            "INSERT INTO scim_member (team_id, user_id) VALUES ($1, $2) ON CONFLICT (team_id, user_id) DO NOTHING",
            args![team, user],
        ),
        Write(
            "UPDATE user_account SET team = $1, changed_at = $3 WHERE id = $2 AND team IS NULL",
            args![team, user, now_s],
        ),
    ]
}

/// Takes a user out of a group; another one of theirs is then their team.
fn leave(team: &str, user: &str, now_s: i64) -> [Write; 2] {
    [
        Write("DELETE FROM scim_member WHERE team_id = $1 AND user_id = $2", args![team, user]),
        Write(
            "UPDATE user_account SET team = (SELECT MIN(m.team_id) FROM scim_member m WHERE m.user_id = $2), \
             changed_at = $3 WHERE id = $2 AND team = $1",
            args![team, user, now_s],
        ),
    ]
}

/// The id of a group at the identity provider, and when it changed.
pub(super) async fn group(db: &Db, team: &str) -> Result<Option<(Option<String>, i64)>, StoreError> {
    let rows = db.fetch_all("SELECT external_id, changed_at FROM scim_group WHERE team_id = $1", args![team]).await?;
    let read = |row: &Row| Ok((row.text_or_null("external_id")?.map(str::to_owned), row.int("changed_at")?));
    rows.first().map(read).transpose()
}

fn put_group(team: &str, external: Option<&str>, now_s: i64) -> Write {
    let statement = "INSERT INTO scim_group (team_id, external_id, changed_at) VALUES ($1, $2, $3) \
                     ON CONFLICT (team_id) DO UPDATE SET external_id = excluded.external_id, \
                     changed_at = excluded.changed_at";
    Write(statement, args![team, external, now_s])
}

pub(super) async fn delete_group(db: &Db, team: &str, now_s: i64) -> Result<(), StoreError> {
    db.write(vec![
        Write("DELETE FROM scim_member WHERE team_id = $1", args![team]),
        Write("DELETE FROM scim_group WHERE team_id = $1", args![team]),
        Write("UPDATE user_account SET team = NULL, changed_at = $2 WHERE team = $1", args![team, now_s]),
        Write("DELETE FROM team WHERE id = $1", args![team]),
    ])
    .await
}

/// Forgets who somebody was: address, password, factors, groups, roles. The id stays, for the audit log.
pub(super) async fn erase(db: &Db, user: &str, name: &[u8], now_s: i64) -> Result<(), StoreError> {
    let of_user = |statement| Write(statement, args![user]);
    db.write(vec![
        of_user("DELETE FROM password WHERE user_id = $1"),
        of_user("DELETE FROM user_token WHERE user_id = $1"),
        of_user("DELETE FROM factor WHERE user_id = $1"),
        of_user("DELETE FROM recovery_code WHERE user_id = $1"),
        of_user("DELETE FROM factor_challenge WHERE user_id = $1"),
        of_user("DELETE FROM scim_member WHERE user_id = $1"),
        of_user("DELETE FROM scim_user WHERE user_id = $1"),
        Write(
            "UPDATE user_account SET email = NULL, email_index = NULL, name = $2, roles = '[]', team = NULL, \
             verified_at = NULL, epoch = epoch + 1, changed_at = $3 WHERE id = $1",
            args![user, name, now_s],
        ),
    ])
    .await
}

impl Which {
    fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Active => "on",
            Self::Inactive => "off",
        }
    }
}

fn read_token(row: &Row) -> Result<TokenInfo, StoreError> {
    let time = |name| {
        let seconds = row.int_or_null(name)?;
        seconds.map(|s| Timestamp::from_second(s).map_err(|_| StoreError::Column(name))).transpose()
    };
    Ok(TokenInfo {
        id: row.text("id")?.to_owned(),
        tenant: row.text("tenant")?.to_owned(),
        name: row.text("name")?.to_owned(),
        hint: row.text("hint")?.to_owned(),
        created_at: time("created_at")?.ok_or(StoreError::Column("created_at"))?,
        expires_at: time("expires_at")?.ok_or(StoreError::Column("expires_at"))?,
        revoked_at: time("revoked_at")?,
        used_at: time("used_at")?,
    })
}

fn read_user(row: &Row) -> Result<StoredUser, StoreError> {
    Ok(StoredUser {
        user_id: row.text("user_id")?.to_owned(),
        tenant: row.text("tenant")?.to_owned(),
        profile: row.blob("profile")?.to_vec(),
        user_name_index: row.blob("user_name_index")?.to_vec(),
        external_index: row.blob("external_index").ok().map(<[u8]>::to_vec),
        roles: serde_json::from_str(row.text("roles")?).map_err(|_| StoreError::Column("roles"))?,
        off_epoch: row.int_or_null("off_epoch")?,
        changed_at: row.int("changed_at")?,
    })
}
