//! Everything that the parts of a running Portcullis share.
//!
//! Time, randomness, the environment and the stores come in through here and nowhere else. [`State`] is what is kept,
//! [`Live`] what a reload replaces; a request takes it once and keeps it to its end.
//!
//! Invariants: a reload takes effect as a whole or not at all; what was configured last and was right stays in force.

mod certificate;
mod error;
mod live;
mod policy;
mod state;

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use aws_lc_rs::hmac;
use guard::leak::Canary;

use crate::api::https::handshake::Terms;
use crate::api::limit::Ledger;
use crate::auth::jwt::Tokens;
use crate::auth::key::Keys;
use crate::auth::login::Logins;
use crate::auth::mfa::Factors;
use crate::auth::oauth2::{OAuthError, Provider as OAuth};
use crate::auth::outside::Outside;
use crate::auth::scim::Scim;
use crate::auth::user::Users;
use crate::clock::Clock;
use crate::config::Config;
use crate::data::access::{Access, Policies};
use crate::data::encryption::Sealer;
use crate::data::pii::mask::Masker;
use crate::data::pii::pseudonym::Pseudonyms;
use crate::event::catalogue;
use crate::event::journal::{Journal, JournalError};
use crate::infra::monitor::metric::{Metrics, OutcomeLabels};
use crate::infra::monitor::trace::Traces;
use crate::infra::network::ddos::Gate;
use crate::infra::network::ddos::challenge::Challenges;
use crate::input::csrf::Csrf;
use crate::model::classifier::Shelf;
use crate::model::conversation::probe::Probes;
use crate::model::policy::config::PolicyConfig;
use crate::model::policy::store as policy_store;
use crate::model::transformer::Transformer;
use crate::proxy::engine::VerdictCache;
use crate::proxy::upstream::Upstream;
use crate::store::Db;

use certificate::Certificates;
pub use error::StartError;
pub use live::Live;
pub use policy::Writer;
pub use state::State;

/// Verdicts on segments that are remembered.
const VERDICTS_MAX: usize = 20_000;
/// How often keys that another process made or revoked are read.
const KEYS_EVERY: Duration = Duration::from_secs(1);
/// How often revocations and signing keys that another process changed are read: half of the second that is promised.
const TOKENS_EVERY: Duration = Duration::from_millis(500);
/// How often what was used of budgets is written down.
const BUDGETS_EVERY: Duration = Duration::from_millis(500);
/// How often is read what other nodes used of budgets.
const BUDGETS_LEARNT_EVERY: Duration = Duration::from_secs(2);
/// How often Redis is told what was used of limits.
const LIMITS_TOLD_EVERY: Duration = Duration::from_millis(250);
/// How often uses of permissions are written down.
const USES_EVERY: Duration = Duration::from_secs(10);
/// How often clients are told of logouts.
const LOGOUTS_EVERY: Duration = Duration::from_secs(1);
/// How often pushed requests and devices that nobody came for are forgotten.
const WAITING_EVERY: Duration = Duration::from_secs(60);
/// How often bans and offences that have run out are forgotten.
const BANS_EVERY: Duration = Duration::from_secs(5);
/// How often is looked whether the certificate ends.
const CERTIFICATE_EVERY: Duration = Duration::from_secs(3_600);
/// How often is looked whether certificates of clients were taken back.
const REVOCATIONS_EVERY: Duration = Duration::from_secs(10);
/// How often is looked whether to ask an ACME server for one; a look is a comparison.
const ACME_EVERY: Duration = Duration::from_secs(1);
/// How often expired pseudonyms are erased.
const SWEEP_EVERY: Duration = Duration::from_secs(3_600);

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
    /// Who may come in, as far as addresses and numbers say.
    pub gate: Arc<Gate>,
    /// Work that browsers show before they see a page.
    pub challenges: Challenges,
    /// Verdicts on segments seen before.
    pub verdicts: VerdictCache,
    /// Attempts that were blocked, by who made them.
    pub probes: Probes,
    certificates: Certificates,
    live: RwLock<Arc<Live>>,
    /// One change of what is in force at a time: the later one of two would forget the earlier.
    changing: tokio::sync::Mutex<()>,
    config_file: Option<PathBuf>,
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
        let unresolved = |(provider, source)| StartError::OutsideSecret { provider, source };
        state.outside.check_secrets().map_err(unresolved)?;
        let stored = policy_store::all(&state.db).await?;
        let connect_ms = config.providers.iter().map(|provider| provider.connect_timeout_ms).max().unwrap_or(3_000);
        let gate = Arc::new(Gate::new(config.server.rules(), state.clock.clone(), state.journal.clone()));
        let upstream = Upstream::new(Duration::from_millis(connect_ms), gate.clone(), &state.egress)
            .map_err(StartError::io("the system's root certificates cannot be read"))?;
        let pseudonyms =
            Pseudonyms::new(state.db.clone(), state.sealer.clone(), state.clock.clone(), config.pseudonym.expiry_days);
        let mut metrics = Metrics::default();
        if let Some(redis) = &state.redis {
            metrics.watch_redis(redis.up.clone(), redis.fallbacks.clone());
        }
        let limits = (&*config.limits, &config.limiter);
        // A connection of its own, so that limits and logins do not wait for each other.
        let redis = config.redis.open()?.map(|redis| (redis, state.sealer.hmac_key("limit-counter", "")));
        let ledger = Ledger::new(limits, redis, (state.journal.clone(), state.clock.clone()));
        ledger.show(&mut metrics);
        ledger.load_budgets(&state.db).await?;
        metrics.watch_pressure(upstream.pressure.room.clone(), upstream.pressure.under_way.clone());
        metrics.watch_gate(&gate.tally);
        metrics.watch_egress(state.egress.refused());
        let challenge_keys = ["browser-challenge", "browser-pass"].map(|name| state.sealer.hmac_key(name, ""));
        let transformer = config.transformer.as_ref().map(|config| Transformer::reopen(config, None)).transpose()?;
        let app = Arc::new(Self {
            clock: state.clock.clone(),
            journal: state.journal.clone(),
            access: state.access.clone(),
            keys: state.keys.clone(),
            tokens: state.tokens.clone(),
            csrf: Csrf::new(state.sealer.hmac_key("csrf", ""), config.auth.public_url.clone()),
            logins: state.logins.clone(),
            pseudonyms,
            ledger: Arc::new(ledger),
            metrics,
            traces: Traces::new(&config.telemetry, &state.egress)?,
            upstream,
            gate,
            challenges: Challenges::new(challenge_keys.into(), state.clock.clone()),
            verdicts: VerdictCache::new(VERDICTS_MAX),
            probes: Probes::default(),
            certificates: Certificates::default(),
            live: RwLock::new(Arc::new(Live::new(
                config,
                stored,
                state.access.policies(),
                (state.models.current()?, transformer),
                (&state.data, state.clock.now(), &state.egress),
            )?)),
            changing: tokio::sync::Mutex::default(),
            config_file,
            state,
        });
        let own = app.live().access.clone();
        if !own.own().is_empty() {
            let event = catalogue::access_policies_loaded(app.clock.now(), "start", own.own());
            app.journal.append_durable(&event).await?;
        }
        app.access.take_over(own);
        app.look_at_certificate().await?;
        app.look_at_revocations().await?;
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
        self.every(WAITING_EVERY, "what waited in vain was not forgotten", |app| async move {
            app.oauth().sweep_waiting().await
        });
        self.every(SWEEP_EVERY, "old codes were not forgotten", |app| async move { app.oauth().sweep().await });
        self.every(SWEEP_EVERY, "unused clients were not removed", |app| async move {
            app.oauth().remove_unused(&app.tokens).await
        });
        self.every(LOGOUTS_EVERY, "clients were not told of logouts", |app| async move {
            for told in app.oauth().tell_logouts(&app.tokens).await? {
                app.metrics.logout_notices.get_or_create(&OutcomeLabels { outcome: told.name() }).inc();
            }
            Ok::<_, OAuthError>(())
        });
        self.every(SWEEP_EVERY, "logins that were not ended were not forgotten", |app| async move {
            app.outside().sweep().await
        });
        self.every(
            BUDGETS_EVERY,
            "budgets were not written",
            |app| async move { app.ledger.save_budgets(app.db()).await },
        );
        self.every(BUDGETS_LEARNT_EVERY, "what others used of budgets was not read", |app| async move {
            app.ledger.learn_budgets(app.db()).await
        });
        self.every(WAITING_EVERY, "counters were not forgotten", |app| async move {
            app.ledger.sweep();
            Ok::<_, StartError>(())
        });
        self.every(BANS_EVERY, "bans were not forgotten", |app| async move {
            app.gate.sweep();
            Ok::<_, StartError>(())
        });
        self.every(SWEEP_EVERY, "old budgets were not forgotten", |app| async move {
            app.ledger.sweep_budgets(app.db()).await
        });
        self.every(LIMITS_TOLD_EVERY, "limits were not told to Redis", |app| async move {
            app.ledger.tell().await;
            Ok::<_, StartError>(())
        });
        self.every(CERTIFICATE_EVERY, "that the certificate ends was not recorded", |app| async move {
            app.look_at_certificate().await
        });
        self.every(
            REVOCATIONS_EVERY,
            "that lists of revoked certificates changed was not recorded",
            |app| async move { app.look_at_revocations().await },
        );
        self.every(ACME_EVERY, "no certificate was issued", |app| async move { app.renew_certificate().await });
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

    /// What new connections to the data plane are served with.
    pub fn tls(&self) -> Option<Terms> {
        let server = self.live().tls.as_ref()?.server.clone();
        Some(Terms { server, challenges: self.challenges().clone() })
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

    /// Outside providers.
    pub fn outside(&self) -> &Outside {
        &self.state.outside
    }

    /// Provisioning by identity providers.
    pub fn scim(&self) -> &Scim {
        &self.state.scim
    }

    /// Models of the learned tier.
    pub fn models(&self) -> &Shelf {
        &self.state.models
    }

    /// What masks for a tenant.
    pub fn masker(&self, tenant: &str) -> Masker {
        Masker::new(self.state.sealer.clone(), tenant.to_owned())
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

    /// A random number, for marks that nobody can know beforehand; `None` when there is none to be had.
    pub fn new_mark(&self) -> Option<u64> {
        let mut bytes = [0; 8];
        aws_lc_rs::rand::fill(&mut bytes).ok()?;
        Some(u64::from_le_bytes(bytes))
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
        let _alone = self.changing.lock().await;
        let next = match self.prepare(policy_store::all(self.db()).await?) {
            Ok(next) => next,
            Err(refused) => {
                let event = catalogue::config_refused(self.clock.now(), actor, &refused);
                self.journal.append_durable(&event).await?;
                return Err(refused);
            }
        };
        self.record_access(&next, actor).await?;
        self.journal.append_durable(&catalogue::config_reloaded(self.clock.now(), actor)).await?;
        self.take_over(next);
        self.look_at_certificate().await?;
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
        let access = Arc::new(Policies::load(config.access.policies.as_deref())?);
        let at = (self.state.data.as_path(), self.clock.now(), &self.state.egress);
        let before = self.live().transformer.clone();
        let transformer = config.transformer.as_ref().map(|config| Transformer::reopen(config, before.as_ref()));
        let models = (self.state.models.current()?, transformer.transpose()?);
        Live::new(config, stored, access, models, at).map(Arc::new)
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
        self.ledger.take_over(&next.config.limits);
        self.gate.take_over(next.config.server.rules());
        self.state.egress.take_over(next.config.egress_rules());
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
        self.ledger.tell().await;
        if let Err(error) = self.ledger.save_budgets(self.db()).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the last uses of budgets were not written");
        }
        self.state.close().await
    }
}
