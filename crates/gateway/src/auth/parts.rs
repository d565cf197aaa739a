//! What the sections about people are made of.

use std::sync::Arc;

use super::throttle::Throttle;
use super::user::Users;
use crate::clock::Clock;
use crate::data::encryption::Sealer;
use crate::event::journal::Journal;
use crate::store::Db;

/// What second factors and outside providers need.
#[derive(Debug)]
pub struct Parts {
    /// The database.
    pub db: Db,
    /// Seals what is personal or secret.
    pub sealer: Arc<Sealer>,
    /// The audit journal.
    pub journal: Arc<Journal>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// All users.
    pub users: Arc<Users>,
    /// Counts attempts.
    pub throttle: Throttle,
    /// Where people reach this gateway.
    pub public_url: Option<String>,
}
