//! What an authenticator signs and attests (WebAuthn Level 3, 6.1 and 6.5).
//!
//! Read to the last byte: what is left over is refused. An attestation statement is walked over and not verified, since none
//! is asked for: which make an authenticator is of is not known here.

use aws_lc_rs::constant_time;
use minicbor::Decoder;

use super::cose::{CredentialKey, entries};
use super::{CREDENTIAL_BYTES_MAX, Refused};

const HASH_BYTES: usize = 32;
/// Hash, flags, counter.
const HEAD_BYTES: usize = HASH_BYTES + 1 + 4;
const AAGUID_BYTES: usize = 16;
const EXTENSIONS_MAX: u64 = 16;

const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const ATTESTED: u8 = 1 << 6;
const EXTENDED: u8 = 1 << 7;

/// The authenticator data.
pub(super) struct AuthenticatorData<'b> {
    rp_id_hash: &'b [u8],
    flags: u8,
    /// How often the authenticator has signed; zero when it does not count.
    pub(super) counter: u32,
    /// The new credential.
    pub(super) attested: Option<Attested<'b>>,
}

/// A new credential.
pub(super) struct Attested<'b> {
    pub(super) id: &'b [u8],
    /// The public key, as it was written.
    pub(super) key: &'b [u8],
}

/// Whether a passkey can be, and is, in a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Backup {
    pub(super) is_eligible: bool,
    pub(super) is_made: bool,
}

impl<'b> AuthenticatorData<'b> {
    pub(super) fn parse(bytes: &'b [u8]) -> Result<Self, Refused> {
        let (head, mut rest) = bytes.split_at_checked(HEAD_BYTES).ok_or(Refused::Malformed)?;
        let (rp_id_hash, tail) = head.split_at(HASH_BYTES);
        let flags = tail[0];
        let counter = u32::from_be_bytes([tail[1], tail[2], tail[3], tail[4]]);
        let mut attested = None;
        if flags & ATTESTED != 0 {
            let (found, after) = Attested::parse(rest)?;
            (attested, rest) = (Some(found), after);
        }
        if flags & EXTENDED != 0 {
            rest = after_map(rest)?;
        }
        if rest.is_empty() { Ok(Self { rp_id_hash, flags, counter, attested }) } else { Err(Refused::Malformed) }
    }

    /// Checks for which site, and that somebody was there who was asked who they are.
    pub(super) fn check(&self, rp_id_hash: &[u8]) -> Result<(), Refused> {
        constant_time::verify_slices_are_equal(self.rp_id_hash, rp_id_hash).map_err(|_| Refused::RelyingParty)?;
        if self.flags & PRESENT == 0 {
            return Err(Refused::Presence);
        }
        if self.flags & VERIFIED == 0 {
            return Err(Refused::Verification);
        }
        Ok(())
    }

    /// What it says about its backup. What cannot be in one is in none.
    pub(super) fn backup(&self) -> Result<Backup, Refused> {
        let (is_eligible, is_made) = (self.flags & BACKUP_ELIGIBLE != 0, self.flags & BACKED_UP != 0);
        if is_made && !is_eligible { Err(Refused::Backup) } else { Ok(Backup { is_eligible, is_made }) }
    }
}

impl<'b> Attested<'b> {
    /// Reads the new credential and says what comes after it.
    fn parse(bytes: &'b [u8]) -> Result<(Self, &'b [u8]), Refused> {
        let (_aaguid, rest) = bytes.split_at_checked(AAGUID_BYTES).ok_or(Refused::Malformed)?;
        let (length, rest) = rest.split_at_checked(2).ok_or(Refused::Malformed)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        if !(1..=CREDENTIAL_BYTES_MAX).contains(&length) {
            return Err(Refused::Credential);
        }
        let (id, rest) = rest.split_at_checked(length).ok_or(Refused::Malformed)?;
        let mut decoder = Decoder::new(rest);
        CredentialKey::decode(&mut decoder)?;
        let (key, rest) = rest.split_at_checked(decoder.position()).ok_or(Refused::Malformed)?;
        Ok((Self { id, key }, rest))
    }
}

/// The authenticator data in an attestation object: a map of `fmt`, `attStmt` and `authData`, and nothing after it.
pub(super) fn attested_data(object: &[u8]) -> Result<&[u8], Refused> {
    let malformed = |_| Refused::Malformed;
    let mut decoder = Decoder::new(object);
    let (mut format, mut has_statement, mut data) = (None, false, None);
    for _ in 0..entries(&mut decoder, 3)? {
        match decoder.str().map_err(malformed)? {
            "fmt" if format.is_none() => format = Some(decoder.str().map_err(malformed)?),
            "attStmt" if !has_statement => {
                has_statement = true;
                decoder.set_position(object.len() - after_map(&object[decoder.position()..])?.len());
            }
            "authData" if data.is_none() => data = Some(decoder.bytes().map_err(malformed)?),
            _ => return Err(Refused::Malformed),
        }
    }
    let is_whole = format.is_some() && has_statement && decoder.position() == object.len();
    data.filter(|_| is_whole).ok_or(Refused::Malformed)
}

/// What comes after the map that these bytes begin with.
fn after_map(bytes: &[u8]) -> Result<&[u8], Refused> {
    let mut decoder = Decoder::new(bytes);
    entries(&mut decoder, EXTENSIONS_MAX)?;
    decoder.set_position(0);
    decoder.skip().map_err(|_| Refused::Malformed)?;
    bytes.get(decoder.position()..).ok_or(Refused::Malformed)
}
