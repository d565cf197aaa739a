//! Everything that the parts of a running Portcullis share.
//!
//! Time, randomness, the environment and the stores come in through here and nowhere else. What a reload replaces is one
//! value, [`Live`]; a request takes it once and keeps it to its end.
//!
//! Invariants: a reload takes effect as a whole or not at all; what was configured last and was right stays in force.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use aws_lc_rs::hmac;
use guard::leak::Canary;

use crate::api::limit::Ledger;
use crate::auth::jwt::{TokenError, Tokens};
use crate::auth::key::{KeyError, Keys};
use crate::auth::login::Logins;
use crate::auth::mfa::{self, Factors};
use crate::auth::oauth2::Provider as OAuth;
use crate::auth::password::{PasswordError, Passwords};
use crate::auth::throttle::{MemoryTally, StoreTally, Tally, Throttle};
use crate::auth::user::{Parts, Roster, Users};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, ConfigError};
use crate::data::access::{Access, Policies, PolicyError};
use crate::data::encryption::{SealError, Sealer};
use crate::data::pii::pseudonym::Pseudonyms;
use crate::event::catalogue;
use crate::event::journal::{Journal, JournalError};
use crate::infra::mail::{MailError, outbox};
use crate::infra::monitor::metric::Metrics;
use crate::infra::monitor::trace::Traces;
use crate::infra::secrets::SecretError;
use crate::input::csrf::Csrf;
use crate::model::policy::config::PolicyConfig;
use crate::model::policy::select::names;
use crate::model::policy::store::{self as policy_store, PolicyStoreError};
use crate::model::policy::{Asked, PolicySet, problems};
use crate::proxy::config::ModelConfig;
use crate::proxy::engine::{Engine, VerdictCache};
use crate::proxy::upstream::{Provider, Target, Upstream};
use crate::store::{Db, StoreError};

/// Verdicts on segments that are remembered.
const VERDICTS_MAX: usize = 20_000;
/// How often keys that another process made or revoked are read.
const KEYS_EVERY: Duration = Duration::from_secs(1);
/// How often revocations and signing keys that another process changed are read: half of the second that is promised.
const TOKENS_EVERY: Duration = Duration::from_millis(500);
/// How often uses of permissions are written down.
const USES_EVERY: Duration = Duration::from_secs(10);
/// How often expired pseudonyms are erased.
const SWEEP_EVERY: Duration = Duration::from_secs(3_600);

/// Addresses whose estimates of passwords are counted.
const ESTIMATES_COUNTED: usize = 10_000;

/// What is kept: the database, the keys and the audit journal. All that the administrative commands need.
#[derive(Debug)]
pub struct State {
    /// The clock.
    pub clock: Arc<dyn Clock>,
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
    /// Their second factors.
    pub factors: Arc<Factors>,
    /// The OAuth provider.
    pub oauth: Arc<OAuth>,
}

/// A running gateway.
#[derive(Debug)]
pub struct App {
    state: State,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The audit journal.
    pub journal: Arc<Journal>,
    /// Who may do what.
    pub access: Arc<Access>,
    /// API keys.
    pub keys: Arc<Keys>,
    /// Tokens and sessions of people.
    pub tokens: Arc<Tokens>,
    /// Against requests that other sites make browsers send.
    pub csrf: Csrf,
    /// The door for passwords.
    pub logins: Arc<Logins>,
    /// Reversible pseudonyms.
    pub pseudonyms: Pseudonyms,
    /// What is reserved and used.
    pub ledger: Arc<Ledger>,
    /// Metrics.
    pub metrics: Metrics,
    /// Traces, when a collector is configured.
    pub traces: Option<Traces>,
    /// Connections to providers.
    pub upstream: Upstream,
    /// Verdicts on segments seen before.
    pub verdicts: VerdictCache,
    live: RwLock<Arc<Live>>,
    config_file: Option<PathBuf>,
}

/// What a reload replaces.
#[derive(Debug)]
pub struct Live {
    /// The configuration.
    pub config: Config,
    /// Every policy that can apply, the default last.
    pub policies: PolicySet,
    access: Arc<Policies>,
    engines: HashMap<String, Arc<Engine>>,
    providers: HashMap<String, Arc<Provider>>,
}

/// Why the gateway does not start or reload.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A secret cannot be had.
    #[error("the key of provider `{provider}` cannot be had")]
    ProviderKey {
        /// Whose.
        provider: String,
        /// Why.
        source: SecretError,
    },
    /// The master key or the database's address cannot be had.
    #[error("a secret of [store] cannot be had")]
    Secret(#[from] SecretError),
    /// The database cannot be opened or migrated.
    #[error("the database cannot be used")]
    Store(#[from] StoreError),
    /// The master key is missing or wrong.
    #[error("the master key cannot be used: `portcullis init` makes one")]
    Seal(#[from] SealError),
    /// The audit journal cannot be opened.
    #[error("the audit journal cannot be used")]
    Journal(#[from] JournalError),
    /// An access policy does not hold.
    #[error(transparent)]
    Access(#[from] PolicyError),
    /// The API keys cannot be read.
    #[error("the API keys cannot be read")]
    Keys(#[from] KeyError),
    /// The signing keys or the revocations cannot be read.
    #[error("signing keys and revocations cannot be read")]
    Tokens(#[from] TokenError),
    /// Passwords cannot be hashed or judged.
    #[error("passwords cannot be served")]
    Passwords(#[from] PasswordError),
    /// Letters cannot be sent.
    #[error("letters cannot be sent")]
    Mail(#[from] MailError),
    /// Policies put in over the admin API cannot be read.
    #[error("the stored policies cannot be read")]
    Policies(#[from] PolicyStoreError),
    /// The system's root certificates, a listener or the signals cannot be had.
    #[error("{what}")]
    Io {
        /// What was to be done.
        what: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The collector's address is wrong.
    #[error("telemetry.otlp_endpoint cannot be used")]
    Traces(#[from] opentelemetry_otlp::ExporterBuildError),
}

impl StartError {
    /// Adds what was to be done to an I/O error.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
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
        if config.store.master_key.is_none() {
            Sealer::create_master_key(data)?;
        }
        Self::open_at(config, data, clock).await
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
        let master = config.store.master_key.as_ref().map(|key| key.resolve()).transpose()?;
        let sealer = Arc::new(Sealer::open(data, master)?);
        let postgres = config.store.postgres.as_ref().map(|url| url.resolve()).transpose()?;
        let db = Db::open(data, postgres).await?;
        let journal = Arc::new(Journal::open(data, db.clone(), sealer.clone(), clock.clone()).await?);
        let roster = Arc::new(Roster::open(db.clone()).await?);
        let parts = (db.clone(), journal.clone(), clock.clone());
        let access = Arc::new(Access::open(parts, roster.clone(), config.access.policies.as_deref())?);
        let keys = Keys::open(db.clone(), sealer.clone(), journal.clone(), clock.clone(), roster.clone()).await?;
        let keys = Arc::new(keys);
        let parts = (db.clone(), sealer.clone(), journal.clone(), clock.clone());
        let tokens = Arc::new(Tokens::open(parts, &config.auth.tokens()).await?);
        let passwords = Arc::new(Passwords::new(&config.auth.password, &sealer, data)?);
        let users = Arc::new(Users::new(Parts {
            db: db.clone(),
            sealer: sealer.clone(),
            journal: journal.clone(),
            clock: clock.clone(),
            passwords: passwords.clone(),
            outbox: outbox(&config.mail)?,
            roster,
            public_url: config.auth.public_url.clone(),
        }));
        users.keep_sessions_in(tokens.clone());
        let tally = Arc::new(StoreTally(db.clone()));
        let parts = mfa::Parts {
            db: db.clone(),
            sealer: sealer.clone(),
            journal: journal.clone(),
            clock: clock.clone(),
            users: users.clone(),
            throttle: Throttle::new(tally, &sealer, clock.clone(), config.auth.throttle.clone()),
            public_url: config.auth.public_url.clone(),
        };
        let factors = Arc::new(Factors::new(parts, config.auth.mfa.clone()));
        let counts =
            Throttle::new(Arc::new(StoreTally(db.clone())), &sealer, clock.clone(), config.auth.throttle.clone());
        let parts = (db.clone(), &*sealer, journal.clone(), clock.clone());
        let oauth = Arc::new(OAuth::new(parts, config.auth.public_url.clone(), counts));
        Ok(Self { clock, db, sealer, journal, access, keys, tokens, users, passwords, factors, oauth })
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

impl App {
    /// Opens the state and prepares everything that requests need.
    ///
    /// # Errors
    /// When anything of it cannot be had: a gateway that starts is complete.
    pub async fn start(config: Config, config_file: Option<PathBuf>, data: &Path) -> Result<Arc<Self>, StartError> {
        let state = State::open(&config, data).await?;
        Self::on(state, config, config_file).await
    }

    /// As [`App::start`], on a state that is open.
    ///
    /// # Errors
    /// As [`App::start`].
    pub async fn on(state: State, config: Config, config_file: Option<PathBuf>) -> Result<Arc<Self>, StartError> {
        let stored = policy_store::all(&state.db).await?;
        let connect_ms = config.providers.iter().map(|provider| provider.connect_timeout_ms).max().unwrap_or(3_000);
        let upstream = Upstream::new(Duration::from_millis(connect_ms))
            .map_err(StartError::io("the system's root certificates cannot be read"))?;
        let pseudonyms =
            Pseudonyms::new(state.db.clone(), state.sealer.clone(), state.clock.clone(), config.pseudonym.expiry_days);
        let logins = Arc::new(logins(&state, &config));
        let app = Arc::new(Self {
            clock: state.clock.clone(),
            journal: state.journal.clone(),
            access: state.access.clone(),
            keys: state.keys.clone(),
            tokens: state.tokens.clone(),
            csrf: Csrf::new(state.sealer.hmac_key("csrf", ""), config.auth.public_url.clone()),
            logins,
            pseudonyms,
            ledger: Arc::default(),
            metrics: Metrics::default(),
            traces: Traces::new(&config.telemetry)?,
            upstream,
            verdicts: VerdictCache::new(VERDICTS_MAX),
            live: RwLock::new(Arc::new(Live::new(config, stored)?)),
            config_file,
            state,
        });
        let own = app.live().access.clone();
        if !own.own().is_empty() {
            let event = catalogue::access_policies_loaded(app.clock.now(), "start", own.own());
            app.journal.append_durable(&event).await?;
        }
        app.access.take_over(own);
        app.spawn_jobs();
        Ok(app)
    }

    /// The jobs of a running gateway. Each ends with the app.
    fn spawn_jobs(self: &Arc<Self>) {
        self.every(SWEEP_EVERY, "expired pseudonyms were not erased", |app| async move {
            app.pseudonyms.sweep().await.map(|_| ())
        });
        self.every(SWEEP_EVERY, "ended sessions were not erased", |app| async move { app.tokens.sweep().await });
        self.every(TOKENS_EVERY, "revocations and signing keys were not read again", |app| async move {
            app.tokens.poll().await
        });
        self.every(
            SWEEP_EVERY,
            "old attempts and links were not forgotten",
            |app| async move { app.logins.sweep().await },
        );
        self.every(USES_EVERY, "uses of permissions were not written", |app| async move { app.access.flush().await });
        self.every(SWEEP_EVERY, "old codes were not forgotten", |app| async move { app.oauth().sweep().await });
        self.every(KEYS_EVERY, "API keys were not read again", |app| async move { app.keys.refresh().await });
    }

    /// Repeats a job until the app is gone, and says so when it fails.
    fn every<F, E>(
        self: &Arc<Self>,
        pause: Duration,
        failed: &'static str,
        job: impl Fn(Arc<Self>) -> F + Send + 'static,
    ) where
        F: Future<Output = Result<(), E>> + Send,
        E: std::error::Error + 'static,
    {
        let app = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(pause).await;
                let Some(app) = app.upgrade() else { break };
                if let Err(error) = job(app).await {
                    tracing::warn!(error = &error as &dyn std::error::Error, "{failed}");
                }
            }
        });
    }

    /// What is in force now.
    pub fn live(&self) -> Arc<Live> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.state.db
    }

    /// Tenants, teams and users.
    pub fn users(&self) -> &Users {
        &self.state.users
    }

    /// Second factors.
    pub fn factors(&self) -> &Factors {
        &self.state.factors
    }

    /// The OAuth provider.
    pub fn oauth(&self) -> &OAuth {
        &self.state.oauth
    }

    /// The sealer.
    pub fn sealer(&self) -> &Sealer {
        &self.state.sealer
    }

    /// The canary of an app: always the same, and of no use to another tenant.
    pub fn canary(&self, tenant: &str, app: &str) -> Option<Canary> {
        let tag = hmac::sign(&self.state.sealer.hmac_key("canary", tenant), app.as_bytes());
        let token: String = tag.as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        Canary::new(&token)
    }

    /// A new request id, which sorts by time.
    pub fn new_id(&self) -> String {
        format!("req_{}", uuid::Uuid::now_v7().simple())
    }

    /// Reads the configuration and the stored policies again, because `actor` asked. All of it takes effect, or nothing.
    ///
    /// # Errors
    /// When anything in it is wrong; what was in force stays.
    pub async fn reload(&self, actor: &str) -> Result<(), StartError> {
        let next = self.prepare(policy_store::all(self.db()).await?)?;
        self.record_access(&next, actor).await?;
        self.journal.append_durable(&catalogue::config_reloaded(self.clock.now(), actor)).await?;
        self.take_over(next);
        tracing::info!("the configuration was reloaded");
        Ok(())
    }

    /// Compiles the configuration file as it is now with these stored policies; nothing takes effect yet.
    ///
    /// # Errors
    /// When anything in it is wrong.
    pub fn prepare(&self, stored: Vec<PolicyConfig>) -> Result<Arc<Live>, StartError> {
        let config = match &self.config_file {
            Some(file) => Config::load(file)?,
            None => self.live().config.clone(),
        };
        Live::new(config, stored).map(Arc::new)
    }

    /// Records that other access policies are about to be in force, when they are.
    ///
    /// # Errors
    /// When it cannot be recorded; then nothing may be taken over.
    pub async fn record_access(&self, next: &Live, actor: &str) -> Result<(), JournalError> {
        if next.access.own() == self.live().access.own() {
            return Ok(());
        }
        let event = catalogue::access_policies_loaded(self.clock.now(), actor, next.access.own());
        self.journal.append_durable(&event).await
    }

    /// Puts in force what was prepared.
    pub fn take_over(&self, next: Arc<Live>) {
        self.access.take_over(next.access.clone());
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = next;
    }

    /// Writes what is left and closes.
    ///
    /// # Errors
    /// When the last entries cannot be written.
    pub async fn close(&self) -> Result<(), StartError> {
        if let Some(traces) = &self.traces {
            traces.close();
        }
        self.state.close().await
    }
}

/// The door for passwords: attempts are counted in the database, what costs little in memory.
fn logins(state: &State, config: &Config) -> Logins {
    let counted =
        |tally: Arc<dyn Tally>| Throttle::new(tally, &state.sealer, state.clock.clone(), config.auth.throttle.clone());
    let throttles =
        [counted(Arc::new(StoreTally(state.db.clone()))), counted(Arc::new(MemoryTally::new(ESTIMATES_COUNTED)))];
    let who = (state.users.clone(), state.passwords.clone(), state.factors.clone());
    Logins::new(who, throttles, state.journal.clone(), state.clock.clone())
}

impl Live {
    /// Resolves keys and compiles policies.
    fn new(config: Config, stored: Vec<PolicyConfig>) -> Result<Self, StartError> {
        let mut providers = HashMap::new();
        for provider in &config.providers {
            let ready = Provider::new(provider)
                .map_err(|source| StartError::ProviderKey { provider: provider.name.clone(), source })?;
            providers.insert(provider.name.clone(), Arc::new(ready));
        }
        // A stored policy stands before one of the same name in the file.
        let in_file = config.policies.iter().filter(|policy| stored.iter().all(|other| other.name != policy.name));
        for policy in &stored {
            // A rule may have gone with an older version of the program.
            let problems = problems(policy);
            if !problems.is_empty() {
                let path = PathBuf::from(format!("the stored policy `{}`", policy.name));
                return Err(ConfigError::Invalid { path, problems }.into());
            }
        }
        let policies = PolicySet::new(stored.iter().chain(in_file).cloned());
        let engines =
            policies.iter().map(|policy| (policy.config.name.clone(), Arc::new(Engine::new(policy.clone())))).collect();
        let access = Arc::new(Policies::load(config.access.policies.as_deref())?);
        Ok(Self { config, policies, access, engines, providers })
    }

    /// The policy that applies, with its detectors.
    pub fn engine(&self, asked: Asked<'_>) -> &Arc<Engine> {
        &self.engines[&self.policies.pick(asked).config.name]
    }

    /// The configured model of this name: exactly, or by the longest beginning with a `*`.
    pub fn model(&self, asked: &str) -> Option<&ModelConfig> {
        let models = &self.config.models;
        models
            .iter()
            .find(|model| model.name == asked)
            .or_else(|| models.iter().filter(|model| names(&model.name, asked)).max_by_key(|model| model.name.len()))
    }

    /// Who serves the model, in the order to ask.
    pub fn targets(&self, model: &ModelConfig, asked: &str) -> Vec<Target> {
        let fallbacks = model.fallback.iter().filter_map(|name| self.model(name));
        std::iter::once(model)
            .chain(fallbacks)
            .filter_map(|model| {
                let provider = self.providers.get(&model.provider)?.clone();
                let own_name = if model.name.ends_with('*') { asked } else { &model.name };
                Some(Target { provider, model: model.upstream.clone().unwrap_or_else(|| own_name.to_owned()) })
            })
            .collect()
    }
}
