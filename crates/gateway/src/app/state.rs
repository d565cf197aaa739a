//! What is kept: the database, the keys, the audit journal, and who is known. All that the administrative commands need.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::StartError;
use crate::auth::Parts;
use crate::auth::jwt::Tokens;
use crate::auth::key::Keys;
use crate::auth::login::Logins;
use crate::auth::mfa::Factors;
use crate::auth::oauth2::Provider as OAuth;
use crate::auth::outside::Outside;
use crate::auth::password::Passwords;
use crate::auth::scim::Scim;
use crate::auth::throttle::{Health, MemoryTally, RedisTally, SharedTally, StoreTally, Tally, Throttle};
use crate::auth::user::{self, Roster, Users};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::data::access::Access;
use crate::data::encryption::Sealer;
use crate::event::journal::Journal;
use crate::infra::mail::outbox;
use crate::infra::network::egress::{Egress, Resolve, SystemResolver};
use crate::model::classifier::Shelf;
use crate::store::Db;

/// Addresses whose estimates of passwords are counted.
const ESTIMATES_COUNTED: usize = 10_000;

/// What is kept: the database, the keys and the audit journal. All that the administrative commands need.
#[derive(Debug)]
pub struct State {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The data folder.
    pub data: PathBuf,
    /// The database.
    pub db: Db,
    /// Seals content at rest.
    pub sealer: Arc<Sealer>,
    /// The audit journal.
    pub journal: Arc<Journal>,
    /// Who may do what.
    pub access: Arc<Access>,
    /// API keys.
    pub keys: Arc<Keys>,
    /// Tokens and sessions of people.
    pub tokens: Arc<Tokens>,
    /// Tenants, teams and users.
    pub users: Arc<Users>,
    /// Their passwords.
    pub passwords: Arc<Passwords>,
    /// The door for their passwords.
    pub logins: Arc<Logins>,
    /// Their second factors.
    pub factors: Arc<Factors>,
    /// The OAuth provider.
    pub oauth: Arc<OAuth>,
    /// Outside providers.
    pub outside: Arc<Outside>,
    /// How Redis is, where there is one.
    pub redis: Option<Health>,
    /// Provisioning by identity providers.
    pub scim: Arc<Scim>,
    /// Models of the learned tier.
    pub models: Arc<Shelf>,
    /// The way out.
    pub egress: Arc<Egress>,
}

impl State {
    /// Makes what is missing in the data folder, then opens it.
    ///
    /// # Errors
    /// When something cannot be made or opened.
    pub async fn create(config: &Config, data: &Path) -> Result<Self, StartError> {
        Self::create_at(config, data, Arc::new(SystemClock)).await
    }

    /// As [`State::create`], by another clock than the system's.
    ///
    /// # Errors
    /// As [`State::create`].
    pub async fn create_at(config: &Config, data: &Path, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        Self::create_with(config, data, clock, Arc::new(SystemResolver)).await
    }

    /// As [`State::create_at`], with another resolver of names than the system's.
    ///
    /// # Errors
    /// As [`State::create`].
    pub async fn create_with(
        config: &Config,
        data: &Path,
        clock: Arc<dyn Clock>,
        resolver: Arc<dyn Resolve>,
    ) -> Result<Self, StartError> {
        if config.store.master_key.is_none() {
            Sealer::create_master_key(data)?;
        }
        Self::open_with(config, data, clock, resolver).await
    }

    /// Opens what `init` made.
    ///
    /// # Errors
    /// When something is missing, broken or of another installation.
    pub async fn open(config: &Config, data: &Path) -> Result<Self, StartError> {
        Self::open_at(config, data, Arc::new(SystemClock)).await
    }

    /// As [`State::open`], by another clock than the system's.
    ///
    /// # Errors
    /// As [`State::open`].
    pub async fn open_at(config: &Config, data: &Path, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        Self::open_with(config, data, clock, Arc::new(SystemResolver)).await
    }

    /// As [`State::open_at`], with another resolver of names than the system's.
    ///
    /// # Errors
    /// As [`State::open`].
    pub async fn open_with(
        config: &Config,
        data: &Path,
        clock: Arc<dyn Clock>,
        resolver: Arc<dyn Resolve>,
    ) -> Result<Self, StartError> {
        let master = config.store.master_key.as_ref().map(|key| key.resolve()).transpose()?;
        let sealer = Arc::new(Sealer::open(data, master)?);
        let postgres = config.store.postgres.as_ref().map(|url| url.resolve()).transpose()?;
        let db = Db::open(data, postgres, config.store.danger_plaintext).await?;
        let journal = Arc::new(Journal::open(data, db.clone(), sealer.clone(), clock.clone()).await?);
        let egress = Egress::new(config.egress_rules()).resolved_by(resolver);
        let egress = Arc::new(egress.recorded(journal.clone(), clock.clone()));
        let roster = Arc::new(Roster::open(db.clone()).await?);
        let parts = (db.clone(), journal.clone(), clock.clone());
        let access = Arc::new(Access::open(parts, roster.clone(), config.access.policies.as_deref())?);
        let keys = Keys::open(db.clone(), sealer.clone(), journal.clone(), clock.clone(), roster.clone()).await?;
        let keys = Arc::new(keys);
        let base = || (db.clone(), sealer.clone(), journal.clone(), clock.clone());
        let tokens = Arc::new(Tokens::open(base(), &config.auth.tokens()).await?);
        let passwords = Arc::new(Passwords::new(&config.auth.password, &sealer, data)?);
        let users = Arc::new(Users::new(user::Parts {
            db: db.clone(),
            sealer: sealer.clone(),
            journal: journal.clone(),
            clock: clock.clone(),
            passwords: passwords.clone(),
            outbox: outbox(&config.mail, &egress)?,
            roster,
            public_url: config.auth.public_url.clone(),
        }));
        users.keep_sessions_in(tokens.clone());
        let models = Arc::new(Shelf::open(data, &sealer)?);
        let (tally, redis) = tally(config, &db, &journal, &clock)?;
        if redis.is_some() {
            // With the database alone, a write for every request would cost more than what it keeps out.
            tokens.proofs.share(tally.clone());
        }
        let counted = || Throttle::new(tally.clone(), &sealer, clock.clone(), config.auth.throttle.clone());
        let parts = || Parts {
            db: db.clone(),
            sealer: sealer.clone(),
            journal: journal.clone(),
            clock: clock.clone(),
            users: users.clone(),
            throttle: counted(),
            public_url: config.auth.public_url.clone(),
        };
        let factors = Arc::new(Factors::new(parts(), config.auth.mfa.clone()));
        let outside = Arc::new(Outside::new(parts(), &config.auth.outside, egress.clone()));
        let oauth = (config.auth.public_url.clone(), config.auth.oauth.clone());
        let oauth = Arc::new(OAuth::new(base(), oauth, counted(), egress.clone()));
        let scim = Arc::new(Scim::new(base(), users.clone(), counted()));
        let light: Arc<dyn Tally> = Arc::new(MemoryTally::new(ESTIMATES_COUNTED));
        let light = Throttle::new(light, &sealer, clock.clone(), config.auth.throttle.clone());
        let who = (users.clone(), passwords.clone(), factors.clone());
        let logins = Arc::new(Logins::new(who, [counted(), light], journal.clone(), clock.clone()));
        Ok(Self {
            clock,
            data: data.to_owned(),
            db,
            sealer,
            journal,
            access,
            keys,
            tokens,
            users,
            passwords,
            logins,
            factors,
            oauth,
            outside,
            scim,
            models,
            redis,
            egress,
        })
    }

    /// Writes what is left and closes.
    ///
    /// # Errors
    /// When the last entries cannot be written.
    pub async fn close(&self) -> Result<(), StartError> {
        if let Err(error) = self.access.flush().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the last uses of permissions were not written");
        }
        self.journal.close().await?;
        self.db.close().await;
        Ok(())
    }
}

/// Where attempts are counted: in Redis when there is one, and in the database.
fn tally(
    config: &Config,
    db: &Db,
    journal: &Arc<Journal>,
    clock: &Arc<dyn Clock>,
) -> Result<(Arc<dyn Tally>, Option<Health>), StartError> {
    let store = StoreTally(db.clone());
    let Some(redis) = config.redis.open()? else { return Ok((Arc::new(store), None)) };
    let shared = SharedTally::new(RedisTally(redis), store, journal.clone(), clock.clone());
    let health = shared.health();
    Ok((Arc::new(shared), Some(health)))
}
