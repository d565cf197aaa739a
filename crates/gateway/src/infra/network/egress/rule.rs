//! Which hosts may be asked, and at which addresses.

use std::fmt;
use std::net::IpAddr;

use http::Uri;

use super::EgressError;
use super::config::{EgressConfig, Pattern};
use super::host::Host;
use super::public::{embedded, is_metadata, is_public};
use crate::infra::network::address::Range;

/// Where a connection is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The host.
    pub host: Host,
    /// The port.
    pub port: u16,
}

/// Who named the target, and so how far it may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// The configuration, or a provider that it names: hosts of the configuration and of `egress.allow`.
    Configured,
    /// Strangers: hosts of `egress.allow` alone.
    Listed,
    /// An operator, who registered it: any host at public addresses.
    Registered,
    /// An operator, who registered this very machine.
    Loopback,
    /// Strangers, of whom the operator takes the danger: any host at any address.
    Any,
}

/// Where a host that may be asked may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// To public addresses.
    Public,
    /// And to `egress.allow_networks`.
    Networks,
    /// To this machine.
    Loopback,
    /// Anywhere: it is an address itself.
    Anywhere,
}

/// What is allowed.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    named: Vec<Target>,
    allow: Vec<Pattern>,
    networks: Vec<Range>,
}

impl Target {
    /// The target of an address over HTTP.
    ///
    /// # Errors
    /// When it names no plain host.
    pub fn of(uri: &Uri) -> Result<Self, EgressError> {
        let text = uri.host().unwrap_or_default();
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 });
        Self::at(text, port)
    }

    /// A host at a port.
    ///
    /// # Errors
    /// When it is no plain host.
    pub fn at(host: &str, port: u16) -> Result<Self, EgressError> {
        let form = || EgressError::Form(host.chars().take(64).collect());
        Ok(Self { host: Host::parse(host).ok_or_else(form)?, port })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.address() {
            Some(IpAddr::V6(v6)) => write!(f, "[{v6}]:{}", self.port),
            _ => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

impl Reach {
    /// Its name in events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Configured => "configured",
            Self::Listed => "listed",
            Self::Registered => "registered",
            Self::Loopback => "loopback",
            Self::Any => "any",
        }
    }
}

impl Rules {
    /// The settings, and the targets that the rest of the configuration names.
    pub fn new(config: &EgressConfig, named: Vec<Target>) -> Self {
        Self { named, allow: config.allow.clone(), networks: config.allow_networks.clone() }
    }

    /// Where a target may lead, when it may be asked at all.
    pub(super) fn scope(&self, target: &Target, reach: Reach) -> Result<Scope, EgressError> {
        let own = match (target.host.address(), target.host.is_localhost()) {
            (Some(_), _) => Scope::Anywhere,
            (None, true) => Scope::Loopback,
            (None, false) => Scope::Networks,
        };
        match reach {
            Reach::Any => return Ok(Scope::Anywhere),
            Reach::Registered => return Ok(Scope::Public),
            Reach::Loopback => return Ok(Scope::Loopback),
            Reach::Configured if self.named.contains(target) => return Ok(own),
            Reach::Configured | Reach::Listed => {}
        }
        let fits = |pattern: &&Pattern| pattern.fits(target);
        match self.allow.iter().find(|pattern| !pattern.is_everything() && fits(pattern)) {
            Some(_) => Ok(own),
            None if self.allow.iter().any(Pattern::is_everything) => Ok(Scope::Public),
            None => Err(EgressError::Unlisted { host: target.host.clone(), port: target.port }),
        }
    }

    /// Whether an address may be dialled. An address that leads to another one has to be allowed as both.
    pub(super) fn permits(&self, scope: Scope, address: IpAddr) -> bool {
        let permits = |address: IpAddr| match scope {
            Scope::Public => is_public(address),
            Scope::Networks => is_public(address) || self.has_network(address),
            Scope::Loopback => address.to_canonical().is_loopback(),
            Scope::Anywhere => true,
        };
        permits(address) && embedded(address).is_none_or(permits)
    }

    /// A metadata service is in no network but one of its own: who lists `169.254.0.0/16` did not mean credentials.
    fn has_network(&self, address: IpAddr) -> bool {
        let holds = |range: &&Range| range.contains(address) && (!is_metadata(address) || range.is_single());
        self.networks.iter().any(|range| holds(&range))
    }
}
