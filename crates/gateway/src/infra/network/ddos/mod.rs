//! `infra.network.ddos`: staying up under attack.
//!
//! [`Gate`] is asked at each accepted connection and each request, and told what went wrong on them: it counts connections by
//! source (`crowd`), requests under way (`load`), and offences, which become bans (`ban`). How slow a client may be is
//! in [`pace`], how much a provider can take in [`gradient`]; [`challenge`] is the work that browsers show. The sockets are in `http::listen`, the layer in `http::gate`.
//!
//! Invariants: all memory here is bounded or belongs to an open connection; trusted proxies are neither counted nor banned,
//! since behind them is everybody.

mod ban;
pub mod challenge;
pub mod config;
mod crowd;
pub mod gradient;
mod load;
pub mod offence;
pub mod pace;
mod tally;

use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};

use crate::clock::Clock;
use crate::event::catalogue;
use crate::event::journal::{Journal, JournalError};
use crate::infra::network::address::{Range, Source};
use config::{BanConfig, ChallengeConfig, ChallengeMode, ConnectionConfig, OverloadConfig};
use offence::Offence;

pub use ban::Ban;
pub use crowd::Seat;
pub use load::{Priority, Ticket};
pub use tally::{Cut, Tally, Turned};

/// One audit entry in so many seconds stands for all that was refused for overload, and for all that was asked for work.
const ENTRY_EVERY_S: i64 = 10;
/// For so long after something was refused for overload the gateway counts as hard pressed.
const PRESSED_S: i64 = 60;

/// What the gate goes by. A reload replaces it.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Who says the truth about whose connection it passes on.
    pub trusted_proxies: Vec<Range>,
    /// What a connection may cost.
    pub limits: ConnectionConfig,
    /// Bans.
    pub ban: BanConfig,
    /// Overload.
    pub overload: OverloadConfig,
    /// Work that browsers show before pages.
    pub challenge: ChallengeConfig,
}

/// Who may come in, as far as addresses and numbers say.
#[derive(Debug)]
pub struct Gate {
    clock: Arc<dyn Clock>,
    journal: Arc<Journal>,
    rules: RwLock<Arc<Rules>>,
    crowd: Arc<crowd::Crowd>,
    bans: ban::Bans,
    load: load::Load,
    shed: tally::Shed,
    /// Browsers that were asked for work since the last entry about it.
    challenged: tally::Shed,
    /// When the gateway last refused something for overload, in seconds.
    shed_at_s: AtomicI64,
    /// What it counts.
    pub tally: Tally,
}

impl Gate {
    /// An open gate.
    pub fn new(rules: Rules, clock: Arc<dyn Clock>, journal: Arc<Journal>) -> Self {
        Self {
            clock,
            journal,
            rules: RwLock::new(Arc::new(rules)),
            crowd: Arc::default(),
            bans: ban::Bans::default(),
            load: load::Load::default(),
            shed: tally::Shed::default(),
            challenged: tally::Shed::default(),
            shed_at_s: AtomicI64::new(i64::MIN),
            tally: Tally::default(),
        }
    }

    /// What is in force.
    pub fn rules(&self) -> Arc<Rules> {
        self.rules.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts other rules in force. Who is banned stays so.
    pub fn take_over(&self, rules: Rules) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }

    /// Whether an address is one of our proxies.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.rules().trusted_proxies.iter().any(|range| range.contains(address))
    }

    /// Lets a connection in, or not; `None` for one that is not counted.
    ///
    /// # Errors
    /// When its source is banned or has too many.
    pub fn admit(&self, address: IpAddr) -> Result<Option<Seat>, Turned> {
        if self.trusts(address) {
            return Ok(None);
        }
        if self.ban_left_s(address).is_some() {
            return Err(Turned::Banned);
        }
        let max = self.rules().limits.per_address_max;
        self.crowd.enter(address.into(), max).map(Some).ok_or(Turned::Crowded)
    }

    /// Takes room for a request.
    pub fn enter(&self, priority: Priority) -> Option<Ticket> {
        let ticket = self.load.enter(priority, self.rules().overload.requests_max);
        if ticket.is_none() {
            self.shed_at_s.store(self.clock.now().as_second(), Ordering::Relaxed);
            self.shed("gateway", "");
        }
        ticket
    }

    /// Counts and records that something was refused for overload: at the gateway, or at a provider.
    pub fn shed(&self, at: &'static str, provider: &str) {
        self.tally.shed(at);
        let now = self.clock.now();
        let Some(count) = self.shed.count(provider, now.as_second(), ENTRY_EVERY_S) else { return };
        self.note(&catalogue::overload_shed(now, (at, provider), count));
    }

    /// Whether a browser at an address has to show work before it sees a page.
    pub fn wants_work(&self, address: IpAddr) -> bool {
        let rules = self.rules();
        match rules.challenge.mode {
            ChallengeMode::Off => false,
            ChallengeMode::Always => true,
            ChallengeMode::Pressure => self.is_pressed(&rules) || self.is_suspect(address, &rules),
        }
    }

    /// Whether there is much to do, or something was refused for that lately.
    fn is_pressed(&self, rules: &Rules) -> bool {
        let most = rules.overload.requests_max * usize::from(rules.challenge.load_percent) / 100;
        let since_s = self.clock.now().as_second().saturating_sub(self.shed_at_s.load(Ordering::Relaxed));
        self.load.under_way() >= most || since_s < PRESSED_S
    }

    /// Whether an address is on its way to a ban.
    fn is_suspect(&self, address: IpAddr, rules: &Rules) -> bool {
        let points = self.bans.points(address.into(), &rules.ban, self.clock.now());
        points >= f64::from(rules.ban.points_max) * f64::from(rules.challenge.points_percent) / 100.0
    }

    /// Counts and records that a browser was asked for work.
    pub fn challenged(&self) {
        self.tally.challenge("asked");
        let now = self.clock.now();
        let Some(count) = self.challenged.count("", now.as_second(), ENTRY_EVERY_S) else { return };
        self.note(&catalogue::browser_challenged(now, count));
    }

    /// How long an address is still kept out, in whole seconds.
    pub fn ban_left_s(&self, address: IpAddr) -> Option<u64> {
        let left = self.bans.left(address.into(), self.clock.now())?;
        Some(left.as_secs().unsigned_abs() + 1)
    }

    /// Counts an offence, and bans who offends again and again.
    pub fn offend(&self, address: IpAddr, offence: Offence) {
        self.tally.offence(offence);
        if self.trusts(address) {
            return;
        }
        let now = self.clock.now();
        let Some(ban) = self.bans.offend((address.into(), offence), &self.rules().ban, now) else { return };
        self.tally.ban(offence.name());
        self.note(&catalogue::address_banned(now, None, facts(&ban)));
    }

    /// Bans in force.
    pub fn bans(&self) -> Vec<Ban> {
        self.bans.list(self.clock.now())
    }

    /// Bans a source because an operator said so.
    ///
    /// # Errors
    /// When it cannot be recorded; then nobody is banned.
    pub async fn ban(&self, source: Source, (seconds, reason): (u32, &str), actor: &str) -> Result<Ban, JournalError> {
        let since = self.clock.now();
        let until = since + SignedDuration::from_secs(i64::from(seconds));
        let ban = Ban { source, reason: reason.to_owned(), since, until, row: 1 };
        self.journal.append_durable(&catalogue::address_banned(since, Some(actor), facts(&ban))).await?;
        self.bans.add(ban.clone(), &self.rules().ban);
        self.tally.ban("operator");
        Ok(ban)
    }

    /// Lets a source in again; says whether it was kept out.
    ///
    /// # Errors
    /// When it cannot be recorded; then it stays out.
    pub async fn unban(&self, source: Source, actor: &str) -> Result<bool, JournalError> {
        let now = self.clock.now();
        if self.bans.left(source, now).is_none() {
            return Ok(false);
        }
        self.journal.append_durable(&catalogue::address_unbanned(now, actor, &source.to_string())).await?;
        Ok(self.bans.remove(source, now))
    }

    /// Forgets what has run out.
    pub fn sweep(&self) {
        let in_force = self.bans.sweep(&self.rules().ban, self.clock.now());
        self.tally.bans.set(i64::try_from(in_force).unwrap_or(i64::MAX));
    }

    fn note(&self, event: &crate::event::Event) {
        if let Err(error) = self.journal.append(event) {
            tracing::error!(error = &error as &dyn std::error::Error, "what the gate did was not recorded");
        }
    }
}

/// What an entry says about a ban.
fn facts(ban: &Ban) -> catalogue::Banned<'_> {
    let seconds = length_s(ban.since, ban.until);
    catalogue::Banned { address: ban.source.to_string(), reason: &ban.reason, seconds, row: ban.row }
}

fn length_s(since: Timestamp, until: Timestamp) -> u64 {
    since.duration_until(until).as_secs().unsigned_abs()
}
