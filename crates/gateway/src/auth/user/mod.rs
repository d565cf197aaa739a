//! Users: tenants, teams, people and service accounts, and the links that bring people in.
//!
//! E-mail addresses and names are sealed; an address is found by its keyed hash, per tenant. A person is invited, accepts
//! with a password of their own choice, and may ask for another by mail. Nobody else ever chooses or sees a password.
//!
//! Invariants: the audit entry is durable before a change is made; a link works once, for one purpose, for a while, and
//! goes to the stored address only, never into a log or an answer; whatever changes a password or a status raises the
//! user's epoch in the same transaction, which ends its sessions; asking for a recovery changes nothing, and completing
//! one lets nobody in: the next login asks for everything it would have asked for before.

mod address;
mod change;
mod directory;
mod import;
mod info;
mod link;
mod outside;
mod role;
mod roster;
mod store;
mod way;

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use aws_lc_rs::hmac;

use super::password::{Hashed, PasswordError, Passwords, UnknownHash};
use crate::clock::Clock;
use crate::data::encryption::{Place, SealError, Sealer};
use crate::event::journal::{Journal, JournalError};
use crate::infra::mail::{MailError, Outbox};
use crate::store::{Db, StoreError};

pub use import::{ImportLine, ImportReport};
pub use info::{NewUser, ROLES, Status, TeamInfo, TenantInfo, UserId, UserInfo, UserKind};
pub use link::Purpose;
pub use roster::{Roster, Standing};

/// Ends sessions. Whoever keeps them is told right after a change is stored, before its answer; the user's epoch says the
/// same to whoever looks later.
#[async_trait]
pub trait Sessions: std::fmt::Debug + Send + Sync {
    /// Ends all sessions of this user that began before this epoch, for a reason of a closed list: `password_changed`,
    /// `password_recovered`, `invitation_accepted`, `user_deactivated`, `role_changed`,
    /// `factors_reset`, `identity_unlinked`.
    ///
    /// # Errors
    /// When they could not be ended.
    async fn end_all(&self, user: &UserId, epoch: i64, reason: &'static str) -> Result<(), SessionsError>;
}

/// Sessions could not be ended.
#[derive(Debug, thiserror::Error)]
#[error("the sessions of a user could not be ended")]
pub struct SessionsError(#[from] pub Box<dyn std::error::Error + Send + Sync>);

/// Sealed fields that are opened for somebody who exists: the name, the address, the hash.
const SEALED_FIELDS: usize = 3;

/// All users.
#[derive(Debug)]
pub struct Users {
    db: Db,
    sealer: Arc<Sealer>,
    journal: Arc<Journal>,
    clock: Arc<dyn Clock>,
    passwords: Arc<Passwords>,
    outbox: Arc<dyn Outbox>,
    roster: Arc<Roster>,
    public_url: Option<String>,
    tokens: hmac::Key,
    sessions: OnceLock<Arc<dyn Sessions>>,
    /// Something sealed, to be opened in the place of what does not exist.
    decoy: OnceLock<Vec<u8>>,
}

/// Why users could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// The store failed.
    #[error("the users cannot be read or written")]
    Store(#[from] StoreError),
    /// A name could not be sealed or opened.
    #[error("a name or an address could not be sealed or opened")]
    Seal(#[from] SealError),
    /// The change could not be recorded, so it was not made.
    #[error("the change could not be recorded, so it was not made")]
    Journal(#[from] JournalError),
    /// A field breaks a rule.
    #[error("{0}")]
    Invalid(String),
    /// There is no such user, tenant or team.
    #[error("there is no {kind} `{id}`; `portcullis {kind} list` shows those that exist")]
    Missing {
        /// What was asked for.
        kind: &'static str,
        /// By what.
        id: String,
    },
    /// Another one has the name or the address.
    #[error("{0}: is taken already")]
    Taken(&'static str),
    /// A tenant without an owner could not be run.
    #[error("the user `{0}` is the last active owner of the tenant: make another one first")]
    LastOwner(String),
    /// A link is unknown, used or too old.
    #[error("the link is not valid: it was used, is too old, or was never sent")]
    Link,
    /// The password is not taken.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// A hash cannot be imported.
    #[error("hash: {0}")]
    Hash(#[from] UnknownHash),
    /// The change was made, but sessions of before may go on.
    #[error(transparent)]
    Sessions(#[from] SessionsError),
    /// The letter could not be sent.
    #[error("the letter could not be sent")]
    Mail(#[from] MailError),
    /// There is no address for links.
    #[error("auth.public_url: is needed to send a link")]
    NoPublicUrl,
    /// The library refused.
    #[error("no random numbers can be had")]
    Random,
}

/// What users need.
#[derive(Debug)]
pub struct Parts {
    /// The database.
    pub db: Db,
    /// Seals names.
    pub sealer: Arc<Sealer>,
    /// The audit journal.
    pub journal: Arc<Journal>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Hashes passwords.
    pub passwords: Arc<Passwords>,
    /// Sends letters.
    pub outbox: Arc<dyn Outbox>,
    /// Who is active, in which roles.
    pub roster: Arc<Roster>,
    /// Where links lead to.
    pub public_url: Option<String>,
}

impl Users {
    /// Takes its parts.
    pub fn new(parts: Parts) -> Self {
        let Parts { db, sealer, journal, clock, passwords, outbox, roster, public_url } = parts;
        let tokens = sealer.hmac_key("user-token", "");
        Self {
            db,
            sealer,
            journal,
            clock,
            passwords,
            outbox,
            roster,
            public_url,
            tokens,
            sessions: OnceLock::new(),
            decoy: OnceLock::new(),
        }
    }

    /// Names who keeps sessions. The first one stays.
    pub fn keep_sessions_in(&self, sessions: Arc<dyn Sessions>) {
        let _ = self.sessions.set(sessions);
    }

    /// The keyed hash that an address is found by, whether or not there is such an account.
    pub fn index(&self, tenant: &str, email: &str) -> Vec<u8> {
        address::index(&self.sealer.hmac_key("user-email", tenant), email)
    }

    /// The epoch of a user who may be logged in; `None` when they may not. A session of another epoch has ended.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn epoch(&self, id: &str) -> Result<Option<i64>, UserError> {
        let user = store::by_id(&self.db, id).await?;
        Ok(user.filter(|user| user.status == Status::Active).map(|user| user.epoch))
    }

    /// The tenant of a user, when there is one of this id.
    pub fn tenant_of(&self, id: &str) -> Option<String> {
        self.roster.find(id).map(|standing| standing.tenant.clone())
    }

    /// How a user stands now, from memory.
    pub fn standing(&self, id: &str) -> Option<Arc<Standing>> {
        self.roster.find(id)
    }

    /// The hash of a user's password.
    pub(super) async fn hash_of(&self, user: &UserInfo) -> Result<Option<Hashed>, UserError> {
        let Some(stored) = store::password(&self.db, &user.id).await? else { return Ok(None) };
        let text = self.sealer.open_sealed(&hash_place(&user.tenant, user.id.as_str()), &stored.hash)?;
        let text = String::from_utf8(text.to_vec()).map_err(|_| StoreError::Column("hash"))?;
        Ok(Some(Hashed { scheme: stored.scheme, pepper: stored.pepper, cost: stored.cost, text: text.into() }))
    }

    /// Does what finding a user and their hash costs beyond not finding one, so that the time does not tell them apart: the
    /// same statement, and as many sealed fields to open.
    pub(super) async fn hash_of_nobody(&self) -> Result<(), UserError> {
        store::password(&self.db, &UserId("usr_nobody".to_owned())).await?;
        let place = hash_place("", "nobody");
        let decoy = match self.decoy.get() {
            Some(decoy) => decoy,
            None => {
                let made = self.sealer.seal(&place, &[b'.'; 60])?;
                self.decoy.get_or_init(|| made)
            }
        };
        for _ in 0..SEALED_FIELDS {
            std::hint::black_box(self.sealer.open_sealed(&place, decoy)?);
        }
        Ok(())
    }

    /// Stores a hash of the same password, made anew.
    pub(super) async fn renew(&self, user: &UserInfo, hashed: &Hashed) -> Result<(), UserError> {
        let sealed = self.seal_hash(user, hashed)?;
        Ok(store::renew_password(&self.db, &user.id, hashed, sealed, self.now_s()).await?)
    }

    fn seal_hash(&self, user: &UserInfo, hashed: &Hashed) -> Result<Vec<u8>, UserError> {
        Ok(self.sealer.seal(&hash_place(&user.tenant, user.id.as_str()), hashed.text.as_bytes())?)
    }

    /// Ends all sessions of a user that began before now.
    pub(crate) async fn end_sessions(&self, id: &UserId, reason: &'static str) -> Result<(), UserError> {
        // Keys are not sessions: what they may do follows the standing of their owner.
        self.roster.refresh().await?;
        if let Some(sessions) = self.sessions.get()
            && let Some(user) = store::by_id(&self.db, id.as_str()).await?
        {
            sessions.end_all(id, user.epoch, reason).await?;
        }
        Ok(())
    }

    fn open(&self, stored: store::Stored) -> Result<UserInfo, UserError> {
        let text = |column, sealed: &[u8]| {
            let opened = self.sealer.open_sealed(&place(column, &stored.tenant, stored.id.as_str()), sealed)?;
            String::from_utf8(opened.to_vec()).map_err(|_| UserError::Store(StoreError::Column("name")))
        };
        Ok(UserInfo {
            email: stored.email.as_deref().map(|sealed| text("email", sealed)).transpose()?,
            name: text("name", &stored.name)?,
            id: stored.id,
            tenant: stored.tenant,
            team: stored.team,
            kind: stored.kind,
            roles: stored.roles,
            status: stored.status,
            verified_at: stored.verified_at,
            created_at: stored.created_at,
            epoch: stored.epoch,
        })
    }

    fn now_s(&self) -> i64 {
        self.clock.now().as_second()
    }
}

fn place<'p>(column: &'p str, tenant: &'p str, row: &'p str) -> Place<'p> {
    Place { table: "user_account", column, row, tenant }
}

fn hash_place<'p>(tenant: &'p str, row: &'p str) -> Place<'p> {
    Place { table: "password", column: "hash", row, tenant }
}

/// A new id: the kind and 80 random bits.
fn new_id(kind: &str) -> Result<String, UserError> {
    const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| UserError::Random)?;
    let random: String = bytes.iter().map(|byte| char::from(BASE32[usize::from(byte % 32)])).collect();
    Ok(format!("{kind}_{random}"))
}
