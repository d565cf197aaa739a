//! The one way out: every connection that the gateway opens over HTTP or for mail is dialled here.
//!
//! Before anything is dialled two questions are asked. *Who named this host?* Only hosts that the configuration names, or that
//! stand in `egress.allow`, are asked at all; what a stranger named (a client that registered itself, a document) has to stand
//! in `egress.allow`. *Where does it lead?* A name is resolved once, every address of it is looked at, and the
//! connection goes to one of those very addresses, so that a name cannot change between the look and the connection
//! (DNS rebinding). Addresses that are not public are refused, unless `egress.allow_networks` says otherwise or the host is
//! itself an address that was written there.
//!
//! The database and Redis are dialled by their drivers: their addresses come from the configuration alone, and nothing of a
//! request is in them.
//!
//! Invariants: nothing is connected to that [`Rules`] did not let through; every refusal is counted; no proxy of the environment is
//! used; no client of this door follows a redirect.

pub mod config;
mod connector;
pub mod host;
pub mod public;
mod refusal;
mod resolve;
pub mod rule;

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use tokio::net::TcpStream;

use crate::clock::Clock;
use crate::event::catalogue;
use crate::event::journal::Journal;

pub use connector::Connector;
pub use refusal::{EgressError, Why, refusal};
pub use resolve::{Found, Resolve, SystemResolver};
pub use rule::{Reach, Rules, Target};

/// Addresses of one name; more are not looked at, and the name is refused.
const ADDRESSES_MAX: usize = 32;
/// One entry in so many seconds stands for all refusals of a kind.
const ENTRY_EVERY_S: i64 = 10;

/// The way out.
#[derive(Debug)]
pub struct Egress {
    rules: RwLock<Arc<Rules>>,
    resolver: Arc<dyn Resolve>,
    record: Option<(Arc<Journal>, Arc<dyn Clock>)>,
    refused: Family<Why, Counter>,
    entered: refusal::Entered,
}

impl Egress {
    /// With these rules; nothing is recorded yet.
    pub fn new(rules: Rules) -> Self {
        Self {
            rules: RwLock::new(Arc::new(rules)),
            resolver: Arc::new(SystemResolver),
            record: None,
            refused: Family::default(),
            entered: refusal::Entered::default(),
        }
    }

    /// Records refusals.
    #[must_use]
    pub fn recorded(self, journal: Arc<Journal>, clock: Arc<dyn Clock>) -> Self {
        Self { record: Some((journal, clock)), ..self }
    }

    /// Asks somebody else than the system for the addresses of names.
    #[must_use]
    pub fn resolved_by(self, resolver: Arc<dyn Resolve>) -> Self {
        Self { resolver, ..self }
    }

    /// Puts other rules in force, for whatever is dialled from now on.
    pub fn take_over(&self, rules: Rules) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }

    /// What was refused, by reason.
    pub fn refused(&self) -> Family<Why, Counter> {
        self.refused.clone()
    }

    /// What a client over HTTP dials with.
    pub fn connector(self: &Arc<Self>, reach: Reach, timeout: Option<Duration>) -> Connector {
        Connector::new(self.clone(), reach, timeout)
    }

    /// The addresses that a target may be dialled at, all of them looked at. Whoever dials takes one of these and
    /// resolves nothing again.
    ///
    /// # Errors
    /// When the host may not be asked, is not known, or one of its addresses may not be dialled.
    pub async fn addresses(&self, target: &Target, reach: Reach) -> Result<Vec<SocketAddr>, EgressError> {
        let outcome = self.looked_up(target, reach).await;
        if let Err(error) = &outcome {
            self.tell(target, reach, error);
        }
        outcome
    }

    async fn looked_up(&self, target: &Target, reach: Reach) -> Result<Vec<SocketAddr>, EgressError> {
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner).clone();
        let scope = rules.scope(target, reach)?;
        let found = match target.host.address() {
            Some(address) => vec![SocketAddr::new(address, target.port)],
            None => self.resolver.resolve(&target.host, target.port).await.map_err(EgressError::Name)?,
        };
        if found.len() > ADDRESSES_MAX {
            return Err(EgressError::Crowd(target.host.clone()));
        }
        // One that may not be dialled has all of them refused: a name with a public and a private address is an attack.
        match found.iter().find(|address| !rules.permits(scope, address.ip())) {
            Some(bad) => Err(EgressError::Private { host: target.host.clone(), address: bad.ip().to_canonical() }),
            None if found.is_empty() => Err(EgressError::Name(std::io::ErrorKind::NotFound.into())),
            None => Ok(found),
        }
    }

    /// A connection.
    ///
    /// # Errors
    /// As [`Egress::addresses`], and when no address answers in time.
    pub async fn connect(&self, target: &Target, reach: Reach, timeout: Duration) -> Result<TcpStream, EgressError> {
        let dialled = async {
            let mut failed = None;
            for address in self.addresses(target, reach).await? {
                match TcpStream::connect(address).await {
                    Ok(stream) => return Ok(stream),
                    Err(error) => failed = Some(error),
                }
            }
            Err(EgressError::Connect(failed.unwrap_or_else(|| std::io::ErrorKind::NotFound.into()).into()))
        };
        tokio::time::timeout(timeout, dialled).await.unwrap_or(Err(EgressError::Timeout))
    }

    /// Counts a refusal, and enters it when it is time.
    fn tell(&self, target: &Target, reach: Reach, error: &EgressError) {
        let Some(why) = error.why() else { return };
        self.refused.get_or_create(&Why { why }).inc();
        let Some((journal, clock)) = &self.record else { return };
        let now = clock.now();
        let Some(count) = self.entered.count((why, reach), now.as_second()) else { return };
        let address = error.address().map(|address| address.to_string());
        let event =
            catalogue::egress_refused(now, (why, reach.name()), (&target.to_string(), address.as_deref()), count);
        // Nothing is dialled whether or not the journal takes it.
        if let Err(error) = journal.append(&event) {
            tracing::error!(error = &error as &dyn std::error::Error, "a refused connection was not recorded");
        }
    }
}
