//! When a certificate is asked for: when there is none for the names and the key, after two thirds of its time, and after a
//! failure not at once again.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::super::certificate::Certificate;
use super::super::pin::Pin;
use super::super::tls::TlsError;
use super::config::AcmeConfig;
use super::folder::Folder;

/// The pause after the first failure; it doubles with each, since servers count failures by the hour.
const PAUSE: SignedDuration = SignedDuration::from_mins(5);
/// The longest pause.
const PAUSE_MAX: SignedDuration = SignedDuration::from_hours(12);

/// How it went so far. Kept in the folder, so that a gateway that is started again and again does not ask each time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Failures since the last success.
    pub failures: u32,
    /// Nothing is asked before.
    pub not_before: Option<Timestamp>,
}

impl Schedule {
    /// Reads it.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn load(folder: &Folder) -> Result<Self, TlsError> {
        Ok(folder.schedule()?.unwrap_or_default())
    }

    /// Whether the last failure is too fresh.
    pub fn waits(&self, now: Timestamp) -> bool {
        self.not_before.is_some_and(|not_before| now < not_before)
    }

    /// Whether to ask now. `key` is the pin of the key that is to be served, where there is one.
    pub fn is_due(
        &self,
        config: &AcmeConfig,
        (certificate, key): (Option<&Certificate>, Option<&Pin>),
        now: Timestamp,
    ) -> bool {
        !self.waits(now)
            && certificate.is_none_or(|certificate| {
                !is_for(certificate, config) || key != Some(&certificate.pin) || renewal(certificate) <= now
            })
    }

    /// It went well.
    ///
    /// # Errors
    /// When that cannot be kept.
    pub fn succeeded(&mut self, folder: &Folder) -> Result<(), TlsError> {
        *self = Self::default();
        folder.store_schedule(self)
    }

    /// It failed: what follows waits longer each time.
    ///
    /// # Errors
    /// When that cannot be kept; it holds in memory all the same.
    pub fn failed(&mut self, folder: &Folder, now: Timestamp) -> Result<(), TlsError> {
        let pause = PAUSE.checked_mul(1 << self.failures.min(16)).unwrap_or(PAUSE_MAX).min(PAUSE_MAX);
        self.failures = self.failures.saturating_add(1);
        self.not_before = now.checked_add(pause).ok();
        folder.store_schedule(self)
    }
}

/// Whether a certificate is for all names and no others.
fn is_for(certificate: &Certificate, config: &AcmeConfig) -> bool {
    let (mut have, mut want) = (certificate.names.clone(), config.domains.clone());
    have.sort();
    want.sort();
    have == want
}

/// When a certificate is renewed: at two thirds of its time, up to a thirtieth earlier. How much is drawn from its key and its
/// end: other in each installation, so that they do not all come at once, and the same after a restart.
fn renewal(certificate: &Certificate) -> Timestamp {
    let lifetime = certificate.not_after.duration_since(certificate.not_before);
    let drawn = i64::from(certificate.pin.bytes()[0]) ^ (certificate.not_after.as_second() & 0xff);
    let early = SignedDuration::from_secs(lifetime.as_secs() / 30 * drawn / 255);
    certificate.not_before + lifetime * 2 / 3 - early
}

#[cfg(test)]
mod tests {
    use super::super::config::Proof;
    use super::*;

    fn config(domains: &[&str]) -> AcmeConfig {
        AcmeConfig {
            directory: "https://acme.example/directory".to_owned(),
            directory_ca: None,
            contact: Vec::new(),
            domains: domains.iter().map(ToString::to_string).collect(),
            challenge: Proof::default(),
            terms_agreed: true,
            external_account: None,
        }
    }

    fn at(days: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(days * 24)
    }

    fn certificate(pin: &[u8]) -> Certificate {
        let names = vec!["a.example".to_owned(), "b.example".to_owned()];
        Certificate { not_before: at(0), not_after: at(90), names, pin: Pin::of_public_key(pin) }
    }

    #[test]
    fn a_certificate_is_renewed_at_two_thirds_of_its_time() {
        let (config, schedule) = (config(&["b.example", "a.example"]), Schedule::default());
        for pin in [b"a", b"b", b"c"] {
            let certificate = certificate(pin);
            let is_due = |days| schedule.is_due(&config, (Some(&certificate), Some(&certificate.pin)), at(days));
            assert!(!is_due(56) && is_due(60));
        }
        assert_ne!(renewal(&certificate(b"a")), renewal(&certificate(b"b")), "not all at once");
        assert!(schedule.is_due(&config, (None, None), at(0)));
    }

    #[test]
    fn other_names_and_another_key_need_another_certificate() {
        let (schedule, held) = (Schedule::default(), certificate(b"a"));
        let is_due = |domains: &[&str], key: Option<&Pin>| schedule.is_due(&config(domains), (Some(&held), key), at(1));
        let names = &["a.example", "b.example"];
        assert!(!is_due(names, Some(&held.pin)));
        assert!(is_due(names, Some(&Pin::of_public_key(b"b"))) && is_due(names, None));
        for domains in [&["a.example"][..], &["a.example", "c.example"], &["a.example", "b.example", "c.example"]] {
            assert!(is_due(domains, Some(&held.pin)), "{domains:?}");
        }
    }

    #[test]
    fn after_failures_it_waits_longer_and_longer_also_after_a_restart() {
        let data = tempfile::tempdir().unwrap();
        let (folder, config) = (Folder::new(data.path()), config(&["a.example"]));
        let mut schedule = Schedule::load(&folder).unwrap();
        let mut waits = Vec::new();
        for _ in 0..10 {
            schedule.failed(&folder, at(0)).unwrap();
            waits.push(schedule.not_before.unwrap().duration_since(at(0)).as_mins());
        }
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 720, 720]);
        let mut again = Schedule::load(&folder).unwrap();
        assert_eq!(again, schedule);
        assert!(!again.is_due(&config, (None, None), at(0)) && again.is_due(&config, (None, None), at(1)));
        again.succeeded(&folder).unwrap();
        assert!(Schedule::load(&folder).unwrap().is_due(&config, (None, None), at(0)));
    }
}
