//! The certificate of a running gateway: what it is watched for, and how the next one comes.

use tokio::sync::Mutex;

use super::{App, StartError};
use crate::api::https::acme::config::AcmeConfig;
use crate::api::https::acme::{Challenges, Folder, Schedule, order};
use crate::api::https::config::TlsConfig;
use crate::api::https::expiry::Expiry;
use crate::api::https::pin::Pin;
use crate::api::https::tls::{Identity, check_pins};
use crate::event::catalogue;
use crate::event::journal::JournalError;

/// What is remembered about certificates.
#[derive(Debug, Default)]
pub(super) struct Certificates {
    challenges: Challenges,
    expiry: Expiry,
    /// Read from the data folder at the first look.
    schedule: Mutex<Option<Schedule>>,
}

impl App {
    /// What an ACME server is shown while an order is under way.
    pub fn challenges(&self) -> &Challenges {
        &self.certificates.challenges
    }

    /// Shows when the certificate ends, and records once a day that it is soon.
    ///
    /// # Errors
    /// When it cannot be recorded.
    pub async fn look_at_certificate(&self) -> Result<(), JournalError> {
        let certificate = self.live().tls.as_ref().and_then(|tls| tls.certificate());
        self.metrics.certificate_ends(certificate.as_ref().map(|certificate| certificate.not_after));
        let now = self.clock.now();
        let Some(certificate) = certificate.filter(|certificate| self.certificates.expiry.is_due(certificate, now))
        else {
            return Ok(());
        };
        tracing::warn!(end = %certificate.not_after, "the certificate of the data plane ends soon");
        self.journal.append_durable(&catalogue::certificate_ending(now, &certificate)).await
    }

    /// Reads again which certificates of clients were taken back.
    ///
    /// # Errors
    /// When it cannot be recorded that something changed, or that the lists cannot be used.
    pub async fn look_at_revocations(&self) -> Result<(), JournalError> {
        let clients = self.live().tls.as_ref().and_then(|tls| tls.clients.clone());
        let Some(clients) = clients else {
            self.metrics.revocations_end(None);
            return Ok(());
        };
        let now = self.clock.now();
        let event = match clients.refresh() {
            Ok(news) => news.map(|news| catalogue::revocations_loaded(now, &news)),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "lists of revoked certificates cannot be used"
                );
                Some(catalogue::revocations_refused(now, &error))
            }
        };
        self.metrics.revocations_end(clients.revocations().and_then(|lists| lists.not_after));
        match event {
            Some(event) => self.journal.append_durable(&event).await,
            None => Ok(()),
        }
    }

    /// Asks the ACME server for a certificate when it is time, and shows it to who comes from then on.
    ///
    /// # Errors
    /// When none was issued; the old one stays, and the next try waits.
    pub async fn renew_certificate(&self) -> Result<(), StartError> {
        let live = self.live();
        let (Some(tls), Some(served)) = (&live.config.server.tls, &live.tls) else { return Ok(()) };
        let Some(config) = &tls.acme else { return Ok(()) };
        let folder = Folder::new(&self.state.data);
        let mut held = self.certificates.schedule.lock().await;
        let schedule = match &mut *held {
            Some(schedule) => schedule,
            empty => empty.insert(Schedule::load(&folder)?),
        };
        let now = self.clock.now();
        if schedule.waits(now) {
            return Ok(());
        }
        let certificate = served.certificate();
        let issued = match folder.key_pin() {
            Ok(key) if !schedule.is_due(config, (certificate.as_ref(), key.as_ref()), now) => return Ok(()),
            Ok(_) => self.issue(tls, config, &folder).await,
            Err(error) => Err(error.into()),
        };
        match issued {
            Ok(identity) => {
                // A reload may have come in between: what is in force now gets it.
                if let Some(served) = &self.live().tls {
                    served.show(identity);
                }
                schedule.succeeded(&folder)?;
                Ok(self.look_at_certificate().await?)
            }
            Err(error) => {
                schedule.failed(&folder, now)?;
                let failed = (schedule.failures, schedule.not_before);
                self.journal.append_durable(&catalogue::certificate_refused(now, &error, failed)).await?;
                Err(error)
            }
        }
    }

    /// One certificate, stored and recorded.
    async fn issue(&self, tls: &TlsConfig, acme: &AcmeConfig, folder: &Folder) -> Result<Identity, StartError> {
        let now = self.clock.now();
        let check = |pin: &Pin| check_pins(tls, &self.state.data, pin, now);
        let identity = order(acme, (folder, &self.state.egress), self.challenges(), check).await?;
        self.journal.append_durable(&catalogue::certificate_issued(now, &identity.certificate)).await?;
        Ok(identity)
    }
}
