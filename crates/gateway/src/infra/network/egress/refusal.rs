//! Why nothing was dialled, and how often an entry is made about it.

use std::collections::HashMap;
use std::error::Error;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use prometheus_client::encoding::EncodeLabelSet;

use super::host::Host;
use super::{ADDRESSES_MAX, ENTRY_EVERY_S, Reach};

/// Why there is no connection. The texts are for the operator: they name internal addresses and settings.
#[derive(Debug, thiserror::Error)]
pub enum EgressError {
    /// The address has no host, or one that is written in a way that programs read differently.
    #[error("`{0}` is not a plain host: a name or an address, an IPv4 address as four decimal numbers")]
    Form(String),
    /// Nobody who may name hosts named it.
    #[error("`{host}` port {port} is not a host that may be asked: egress.allow = [\"{host}\"] would permit it")]
    Unlisted {
        /// Which.
        host: Host,
        /// At which port.
        port: u16,
    },
    /// It leads to where only the operator may send it.
    #[error(
        "`{host}` leads to {address}, which is not a public address: egress.allow_networks = [\"{address}\"] would permit \
         it"
    )]
    Private {
        /// Which.
        host: Host,
        /// To where.
        address: IpAddr,
    },
    /// It has too many addresses.
    #[error("`{0}` has more than {ADDRESSES_MAX} addresses")]
    Crowd(Host),
    /// The name is not known.
    #[error("the name cannot be resolved")]
    Name(#[source] std::io::Error),
    /// No address answers.
    #[error("no connection")]
    Connect(#[source] Box<dyn Error + Send + Sync>),
    /// No address answered in time.
    #[error("no connection in time")]
    Timeout,
}

impl EgressError {
    /// The reason of a refusal, for the metric; `None` when nothing was refused and the network failed.
    pub fn why(&self) -> Option<&'static str> {
        match self {
            Self::Form(_) => Some("form"),
            Self::Unlisted { .. } => Some("unlisted"),
            Self::Private { .. } => Some("private"),
            Self::Crowd(_) => Some("crowd"),
            Self::Name(_) | Self::Connect(_) | Self::Timeout => None,
        }
    }

    pub(super) fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Private { address, .. } => Some(*address),
            _ => None,
        }
    }
}

/// The refusal behind an error of a client, when it was one.
pub fn refusal<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e EgressError> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<EgressError>() {
            return Some(found).filter(|found| found.why().is_some());
        }
        cause = error.source();
    }
    None
}

/// Why, from a closed list.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Why {
    pub(super) why: &'static str,
}

/// Refusals since the last entry about them. Its keys are from closed lists, so nobody makes it grow.
#[derive(Debug, Default)]
pub(super) struct Entered(Mutex<HashMap<(&'static str, Reach), Since>>);

/// What was refused since the last entry, and when that was.
#[derive(Debug)]
struct Since {
    entered_at: i64,
    count: u64,
}

impl Entered {
    /// Counts one; says how many an entry stands for, when it is time for one.
    pub(super) fn count(&self, kind: (&'static str, Reach), now_s: i64) -> Option<u64> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = counts.entry(kind).or_insert(Since { entered_at: now_s - ENTRY_EVERY_S, count: 0 });
        since.count += 1;
        if now_s - since.entered_at < ENTRY_EVERY_S {
            return None;
        }
        since.entered_at = now_s;
        Some(std::mem::take(&mut since.count))
    }
}
