//! Events of certificates and of the pins of their keys.

use serde::Serialize;

use super::*;

/// The certificate of the data plane ends soon.
pub fn certificate_ending(time: Timestamp, certificate: &impl Serialize) -> Event {
    Event::new(CERTIFICATE_ENDING, time).with(certificate)
}

/// An ACME server issued a certificate.
pub fn certificate_issued(time: Timestamp, certificate: &impl Serialize) -> Event {
    Event::new(CERTIFICATE_ISSUED, time).with(certificate)
}

/// An ACME server issued none; how often in a row, and when it is asked again.
pub fn certificate_refused(
    time: Timestamp,
    why: &dyn std::error::Error,
    (failures, again_at): (u32, Option<Timestamp>),
) -> Event {
    let detail = json!({ "why": causes(why), "failures": failures, "again_at": again_at });
    Event::new(CERTIFICATE_REFUSED, time).with(&detail)
}

/// Lists of certificates of clients that were taken back were read again, and say something else.
pub fn revocations_loaded(time: Timestamp, said: &impl Serialize) -> Event {
    Event::new(REVOCATIONS_LOADED, time).with(said)
}

/// They could not be used; those before stay in force.
pub fn revocations_refused(time: Timestamp, why: &dyn std::error::Error) -> Event {
    Event::new(REVOCATIONS_REFUSED, time).with(&json!({ "why": causes(why) }))
}

/// A set of pins is about to be published.
pub fn pins_published(time: Timestamp, actor: &str, set: &impl Serialize) -> Event {
    Event::new(PINS_PUBLISHED, time).by(actor).with(set)
}

/// A set of pins is about to be retired.
pub fn pins_retired(time: Timestamp, actor: &str, id: &str) -> Event {
    Event::new(PINS_RETIRED, time).by(actor).with(&json!({ "pins": id }))
}
