//! The checks of WebAuthn (Level 3, 7.1 and 7.2) that need no store.
//!
//! The type, the origin and the challenge come first, in [`client`](super::client) and [`challenge`](super::challenge): both
//! functions here ask for the proof that the challenge was taken.

use aws_lc_rs::digest::{SHA256, digest};

use super::Refused;
use super::authenticator::{AuthenticatorData, Backup, attested_data};
use super::challenge::Taken;
use super::cose::CredentialKey;
use super::party::RelyingParty;
use super::wire::{Assertion, Registration};

/// A credential that may be registered.
pub(super) struct Registered {
    pub(super) id: Vec<u8>,
    /// The public key, as COSE.
    pub(super) key: Vec<u8>,
    pub(super) counter: u32,
    pub(super) backup: Backup,
    pub(super) transports: Vec<&'static str>,
}

/// A credential that signed.
pub(super) struct Asserted {
    pub(super) counter: u32,
    pub(super) backup: Backup,
}

/// Checks a new credential. Its attestation statement is not verified.
pub(super) fn registered(
    party: &RelyingParty,
    registration: &Registration,
    _challenge: &Taken,
) -> Result<Registered, Refused> {
    let data = AuthenticatorData::parse(attested_data(registration.attestation_object())?)?;
    data.check(&party.id_hash)?;
    let backup = data.backup()?;
    let attested = data.attested.as_ref().ok_or(Refused::Malformed)?;
    if registration.id() != Some(attested.id) {
        return Err(Refused::Credential);
    }
    Ok(Registered {
        id: attested.id.to_vec(),
        key: attested.key.to_vec(),
        counter: data.counter,
        backup,
        transports: registration.transports(),
    })
}

/// Checks what a known credential signed. Whether its counter rose is decided by the store.
pub(super) fn asserted(
    party: &RelyingParty,
    (key, is_backup_eligible): (&[u8], bool),
    assertion: &Assertion,
    _challenge: &Taken,
) -> Result<Asserted, Refused> {
    let bytes = assertion.authenticator_data();
    let data = AuthenticatorData::parse(bytes)?;
    data.check(&party.id_hash)?;
    let backup = data.backup()?;
    // It is made once, for good.
    if backup.is_eligible != is_backup_eligible {
        return Err(Refused::Backup);
    }
    let signed = [bytes, digest(&SHA256, assertion.client_data()).as_ref()].concat();
    if !CredentialKey::parse(key)?.verifies(&signed, assertion.signature()) {
        return Err(Refused::Signature);
    }
    Ok(Asserted { counter: data.counter, backup })
}
