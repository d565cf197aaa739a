//! Provisioning by identity providers (SCIM 2.0, RFC 7643 and 7644): who provisions, and what it does to users and teams.
//!
//! A token of one tenant makes, changes, deactivates and deletes its people, and says who is in which team. It gives no
//! password and no role but `user` and those that the configuration maps groups to.
//!
//! Invariants: nobody of another tenant and no service account is seen; who was deactivated here stays out, whatever an
//! identity provider says; the last owner can neither be deactivated nor lose the role; the address of somebody with a role
//! that groups cannot give is not changed, since letters to it open the account; each change is in the audit log before it
//! is made, under the id of the token. Changes come one after the other on one node. Only `Scim::verify` makes a
//! [`Provisioner`].
//!
//! ```compile_fail
//! let forged = portcullis::auth::scim::Provisioner { actor: String::new(), tenant: String::new() };
//! ```

pub mod config;
mod group;
mod person;
mod profile;
mod store;
mod token;

use std::sync::{Arc, Mutex};

use aws_lc_rs::hmac;

use super::random::NoRandom;
use super::throttle::Throttle;
use super::user::{SessionsError, UserError, Users};
use crate::clock::Clock;
use crate::data::encryption::{SealError, Sealer};
use crate::event::journal::{Journal, JournalError};
use crate::store::{Db, StoreError};

pub use group::{Group, GroupDraft};
pub use person::{Draft, Person};
pub use profile::{Email, Name, Profile};
pub use store::Which;
pub use token::{LIFE_MAX, Provisioner, TokenInfo};

/// The role of everybody who is made here.
const BASE_ROLE: &str = "user";

/// Provisioning.
#[derive(Debug)]
pub struct Scim {
    db: Db,
    sealer: Arc<Sealer>,
    journal: Arc<Journal>,
    clock: Arc<dyn Clock>,
    users: Arc<Users>,
    throttle: Throttle,
    hasher: hmac::Key,
    /// When refusals were entered last, and how many since.
    refused: Mutex<(i64, u64)>,
    /// One change after the other.
    turn: tokio::sync::Mutex<()>,
}

/// Why something was not provisioned.
#[derive(Debug, thiserror::Error)]
pub enum ScimError {
    /// No token, or none that is valid.
    #[error("no valid token: send `Authorization: Bearer pcx_…` with one made by `portcullis scim token create`")]
    Unauthenticated,
    /// Too many wrong tokens: seconds to wait.
    #[error("too many wrong tokens from this address")]
    Wait(u64),
    /// A field breaks a rule.
    #[error("{0}")]
    Invalid(String),
    /// There is no such thing in this tenant.
    #[error("there is no such resource")]
    Missing,
    /// Another one has it.
    #[error("{0}: is taken already")]
    Taken(&'static str),
    /// It is not the identity provider's to change.
    #[error("the address of somebody with a role that groups cannot give is not changed here")]
    Protected,
    /// Users could not be read or changed.
    #[error(transparent)]
    User(UserError),
    /// The store failed.
    #[error("provisioning cannot be read or written")]
    Store(#[from] StoreError),
    /// A profile could not be sealed or opened.
    #[error("a profile could not be sealed or opened")]
    Seal(#[from] SealError),
    /// The change could not be recorded, so it was not made.
    #[error("the change could not be recorded, so it was not made")]
    Journal(#[from] JournalError),
    /// The change was made, but sessions of before may go on.
    #[error(transparent)]
    Sessions(#[from] SessionsError),
    /// The library refused.
    #[error(transparent)]
    Random(#[from] NoRandom),
}

impl From<UserError> for ScimError {
    fn from(error: UserError) -> Self {
        match error {
            UserError::Invalid(text) => Self::Invalid(text),
            UserError::Taken(field) => Self::Taken(field),
            UserError::Missing { .. } => Self::Missing,
            other => Self::User(other),
        }
    }
}

impl Scim {
    /// Takes its parts.
    pub fn new(
        (db, sealer, journal, clock): (Db, Arc<Sealer>, Arc<Journal>, Arc<dyn Clock>),
        users: Arc<Users>,
        throttle: Throttle,
    ) -> Self {
        let hasher = sealer.hmac_key("scim-token", "");
        let (refused, turn) = (Mutex::new((i64::MIN / 2, 0)), tokio::sync::Mutex::default());
        Self { db, sealer, journal, clock, users, throttle, hasher, refused, turn }
    }

    /// Waits for one's turn to change something.
    pub async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    fn index(&self, what: &str, tenant: &str, text: &str) -> Vec<u8> {
        hmac::sign(&self.sealer.hmac_key(what, tenant), text.as_bytes()).as_ref().to_vec()
    }

    fn user_name_index(&self, tenant: &str, name: &str) -> Vec<u8> {
        self.index("scim-user-name", tenant, &name.trim().to_lowercase())
    }

    fn now_s(&self) -> i64 {
        self.clock.now().as_second()
    }
}
