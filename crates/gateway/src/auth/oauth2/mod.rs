//! The OAuth 2.1 and OpenID Connect provider (`auth.oauth2.server`, `auth.oauth2.pkce`).
//!
//! | file | what |
//! |---|---|
//! | `client`, `rule`, `redirect` | who may ask, and where answers may go |
//! | `register`, `invitation` | clients that register themselves |
//! | `document` | clients whose id is the address of a document |
//! | `authenticate`, `client_key` | how they prove themselves |
//! | `scope`, `consent` | what may be asked for, and what people agreed to |
//! | `params`, `request` | an authorization request, read and judged |
//! | `flow` | what a person is being asked; pushed requests |
//! | `code` | codes: once, and what a second use ends |
//! | `logout` | clients are told that a login ended |
//! | `device` | devices without a browser |
//! | `metadata` | what the provider says of itself |
//!
//! It is on when `auth.public_url` says by what address it is known: that is the issuer.
//!
//! Invariants: secrets, codes and device codes are stored as keyed hashes only; who has
//! shown nothing cannot make anything be stored without end; the audit entry is durable before a client
//! changes and before a consent holds; a code is used up by its first use, whatever comes of it.

pub mod authenticate;
pub mod client;
pub mod client_key;
pub mod code;
pub mod config;
pub mod consent;
pub mod device;
mod document;
mod error;
pub mod flow;
pub mod invitation;
pub mod logout;
mod metadata;
pub mod params;
pub mod redirect;
pub mod register;
pub mod request;
mod rule;
pub mod scope;
mod store;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::hmac;

use super::throttle::Throttle;
use crate::clock::Clock;
use crate::data::encryption::Sealer;
use crate::event::journal::Journal;
use crate::event::{DEFAULT_TENANT, Event, catalogue};
use crate::infra::network::egress::Egress;
use crate::infra::outbound::Outbound;
use crate::store::Db;
use config::OAuthConfig;
pub use error::OAuthError;

/// One entry in so many seconds stands for all refusals of a kind.
const ENTRY_EVERY_S: i64 = 10;

/// The provider.
#[derive(Debug)]
pub struct Provider {
    issuer: Option<String>,
    db: Db,
    journal: Arc<Journal>,
    clock: Arc<dyn Clock>,
    sealer: Arc<Sealer>,
    hasher: hmac::Key,
    throttle: Throttle,
    config: OAuthConfig,
    outbound: Outbound,
    documents: document::Documents,
    looked: logout::Looked,
    refused: Mutex<HashMap<&'static str, Refused>>,
}

/// Refusals of a kind since the last entry.
#[derive(Debug, Default)]
struct Refused {
    entered_at: i64,
    count: u64,
}

impl Provider {
    /// With an address to be known by, or switched off.
    pub fn new(
        (db, sealer, journal, clock): (Db, Arc<Sealer>, Arc<Journal>, Arc<dyn Clock>),
        (issuer, config): (Option<String>, OAuthConfig),
        throttle: Throttle,
        egress: Arc<Egress>,
    ) -> Self {
        let hasher = sealer.hmac_key("oauth", "");
        Self {
            issuer,
            db,
            journal,
            clock,
            sealer,
            hasher,
            throttle,
            config,
            outbound: Outbound::new(egress),
            documents: document::Documents::default(),
            looked: logout::Looked::default(),
            refused: Mutex::default(),
        }
    }

    /// The address it is known by.
    ///
    /// # Errors
    /// When there is none, and it is off.
    pub fn issuer(&self) -> Result<&str, OAuthError> {
        self.issuer.as_deref().ok_or(OAuthError::Off)
    }

    /// Counts a refusal, and enters it when it is time. Whoever asks cannot fill the log.
    pub fn refuse(&self, reason: &'static str, client: &str) {
        let now = self.clock.now();
        let count = {
            let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
            let known = refused.entry(reason).or_default();
            known.count += 1;
            if now.as_second() - known.entered_at < ENTRY_EVERY_S {
                return;
            }
            known.entered_at = now.as_second();
            std::mem::take(&mut known.count)
        };
        // A refusal does not fail because the journal does.
        if let Err(error) = self.journal.append(&catalogue::oauth_refused(now, reason, client, count)) {
            tracing::error!(error = &error as &dyn std::error::Error, "a refusal was not recorded");
        }
    }

    /// A name for an address, the same for all of one network, which does not show it.
    pub fn name_of(&self, ip: IpAddr) -> String {
        self.throttle.pseudonym(ip)
    }

    async fn record(&self, event: Event, tenant: &str, actor: &str) -> Result<(), OAuthError> {
        let mut event = event.by(actor);
        let tenant = if tenant.is_empty() { DEFAULT_TENANT } else { tenant };
        tenant.clone_into(&mut event.tenant);
        Ok(self.journal.append_durable(&event).await?)
    }
}
