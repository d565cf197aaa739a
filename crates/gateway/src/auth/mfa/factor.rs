//! Factors of a person: added, confirmed, listed, removed, reset.

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use zeroize::Zeroizing;

use super::store::Kept;
use super::{Factors, MfaError, letter, recovery, store, totp};
use crate::auth::random::base62;
use crate::auth::user::UserInfo;
use crate::data::encryption::Place;
use crate::event::catalogue;

const NAME_CHARS_MAX: usize = 64;
/// Factors of one person.
const FACTORS_MAX: usize = 10;

/// A kind of factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// An authenticator app.
    Totp,
    /// A passkey.
    Passkey,
}

/// A factor as it is stored: name and secret sealed.
#[derive(Debug, Clone)]
pub(super) struct Factor {
    pub(super) id: String,
    pub(super) kind: Kind,
    pub(super) name: Vec<u8>,
    pub(super) secret: Vec<u8>,
    /// The last step of which a code was taken.
    pub(super) step: i64,
    pub(super) created_at: i64,
    pub(super) confirmed_at: Option<i64>,
    pub(super) used_at: Option<i64>,
    /// Whether a passkey is in a backup.
    pub(super) is_backed_up: Option<bool>,
}

/// A factor as its owner sees it.
#[derive(Debug, Clone, Serialize)]
pub struct FactorInfo {
    /// Its id.
    pub id: String,
    kind: Kind,
    /// The name that its owner gave it.
    pub name: String,
    /// When it was confirmed.
    pub added_at: Timestamp,
    /// When it was used last.
    pub used_at: Option<Timestamp>,
    /// Whether a passkey is in a backup: then it survives the loss of its device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backed_up: Option<bool>,
}

/// What an authenticator app needs. Shown once; it counts when a first code confirms it.
#[derive(Serialize)]
pub struct Enrolment {
    /// The id to confirm.
    pub factor: String,
    /// The secret, for apps without a camera.
    pub secret: String,
    /// The same as a URI.
    pub uri: String,
    /// The same as a QR code.
    pub qr_svg: Option<String>,
}

impl FactorInfo {
    /// `totp` or `passkey`.
    pub fn kind(&self) -> &'static str {
        self.kind.name()
    }
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Passkey => "passkey",
        }
    }

    pub(super) fn of(name: &str) -> Option<Self> {
        [Self::Totp, Self::Passkey].into_iter().find(|kind| kind.name() == name)
    }
}

impl Factors {
    /// A person's confirmed factors, and how many recovery codes are left.
    ///
    /// # Errors
    /// When the store fails, or a name does not open.
    pub async fn list(&self, user: &UserInfo) -> Result<(Vec<FactorInfo>, i64), MfaError> {
        let mut found = Vec::new();
        for factor in store::of_user(&self.db, user.id.as_str()).await? {
            let Some(confirmed_at) = factor.confirmed_at else { continue };
            let name = self.sealer.open_sealed(&place("name", &user.tenant, &factor.id), &factor.name)?;
            let time = |second| Timestamp::from_second(second).unwrap_or(Timestamp::MAX);
            found.push(FactorInfo {
                id: factor.id,
                kind: factor.kind,
                name: String::from_utf8_lossy(&name).into_owned(),
                added_at: time(confirmed_at),
                used_at: factor.used_at.map(time),
                backed_up: factor.is_backed_up,
            });
        }
        Ok((found, store::codes_left(&self.db, user.id.as_str()).await?))
    }

    /// Begins to add an authenticator app. It counts for nothing until a code confirms it.
    ///
    /// # Errors
    /// When the name breaks a rule, there are too many, or the store fails.
    pub async fn enrol_totp(&self, user: &UserInfo, name: &str) -> Result<Enrolment, MfaError> {
        let name = self.named(name)?;
        self.has_place(user).await?;
        let id = format!("fct_{}", base62(22).map_err(|_| MfaError::Random)?);
        let secret = totp::secret()?;
        let factor = Factor {
            kind: Kind::Totp,
            name: self.sealer.seal(&place("name", &user.tenant, &id), name.as_bytes())?,
            secret: self.sealer.seal(&place("secret", &user.tenant, &id), &secret)?,
            step: 0,
            created_at: self.now_s(),
            confirmed_at: None,
            used_at: None,
            is_backed_up: None,
            id,
        };
        store::insert(&self.db, user.id.as_str(), &factor).await?;
        Ok(self.enrolment(user, factor.id, &secret))
    }

    /// What an authenticator app needs that was begun and waits for its first code: for a page that is shown again. The id
    /// has to be known, so that who began it sees it again, and nobody else who knows the password.
    ///
    /// # Errors
    /// When there is no such factor that waits, or the store fails.
    pub async fn pending(&self, user: &UserInfo, id: &str) -> Result<Enrolment, MfaError> {
        let all = store::of_user(&self.db, user.id.as_str()).await?;
        let is_it = |factor: &&Factor| factor.confirmed_at.is_none() && factor.kind == Kind::Totp && factor.id == id;
        let factor = all.iter().find(is_it).ok_or(MfaError::Missing)?;
        let secret = self.open(&user.tenant, factor)?;
        Ok(self.enrolment(user, factor.id.clone(), &secret))
    }

    fn enrolment(&self, user: &UserInfo, factor: String, secret: &[u8]) -> Enrolment {
        let uri = totp::uri(secret, &self.issuer, user.email.as_deref().unwrap_or(user.id.as_str()));
        Enrolment { factor, secret: totp::base32(secret), qr_svg: totp::qr_svg(&uri), uri }
    }

    /// Confirms a factor with its first code. With the first factor come recovery codes, which are shown this once.
    /// `is_first` refuses when another one is confirmed.
    ///
    /// # Errors
    /// When the code is wrong, there is no such factor, or the change cannot be recorded or stored.
    pub async fn confirm(
        &self,
        user: &UserInfo,
        id: Option<&str>,
        code: &SecretString,
        is_first: bool,
    ) -> Result<Vec<SecretString>, MfaError> {
        let (now, own) = (self.now_s(), user.id.as_str());
        let all = store::of_user(&self.db, own).await?;
        let had_one = all.iter().any(|factor| factor.confirmed_at.is_some());
        let pending = |factor: &&Factor| factor.confirmed_at.is_none() && id.is_none_or(|id| id == factor.id);
        let factor = all.iter().find(pending).ok_or(MfaError::Missing)?;
        let secret = self.open(&user.tenant, factor)?;
        let drift = self.config.totp_drift_steps;
        let step = totp::step_of(&secret, code, (now, drift), factor.step).ok_or(MfaError::Wrong)?;
        let event = catalogue::factor_added(self.clock.now(), &user.tenant, own, &factor.id, factor.kind.name());
        self.journal.append_durable(&event.by(own)).await?;
        if !store::confirm(&self.db, own, &factor.id, step, is_first, now).await? {
            return Err(MfaError::Wrong);
        }
        self.users.tell(user, letter::added());
        if had_one { Ok(Vec::new()) } else { self.make_codes(user).await }
    }

    /// Removes a factor. The last one of somebody whose role asks for one stays.
    ///
    /// # Errors
    /// When there is no such factor, it has to stay, or the change cannot be recorded or stored.
    pub async fn remove(&self, user: &UserInfo, id: &str) -> Result<(), MfaError> {
        let all = store::of_user(&self.db, user.id.as_str()).await?;
        let factor = all.iter().find(|factor| factor.id == id).ok_or(MfaError::Missing)?;
        let mut others = all.iter().filter(|other| other.confirmed_at.is_some() && other.id != id);
        let kept = match factor.kind {
            Kind::Passkey if self.config.requires_passkey(&user.roles) => Kept::Passkey,
            _ if self.config.requires(&user.roles) => Kept::Factor,
            _ => Kept::Nothing,
        };
        let stays = match kept {
            Kept::Passkey => !others.any(|other| other.kind == Kind::Passkey),
            Kept::Factor => others.next().is_none(),
            Kept::Nothing => false,
        };
        if stays {
            return Err(MfaError::Last);
        }
        let own = user.id.as_str();
        let event = catalogue::factor_removed(self.clock.now(), &user.tenant, own, id, factor.kind.name());
        self.journal.append_durable(&event.by(own)).await?;
        // Of two that remove the last two at once, one does.
        if !store::remove(&self.db, own, id, kept).await? {
            return Err(MfaError::Last);
        }
        self.users.tell(user, letter::removed());
        Ok(())
    }

    /// Gives a factor another name.
    ///
    /// # Errors
    /// When there is no such factor, the name breaks a rule, or the change cannot be recorded or stored.
    pub async fn rename(&self, user: &UserInfo, id: &str, name: &str) -> Result<(), MfaError> {
        let (own, name) = (user.id.as_str(), self.named(name)?);
        let all = store::of_user(&self.db, own).await?;
        let factor = all.iter().find(|factor| factor.id == id && factor.confirmed_at.is_some());
        let kind = factor.ok_or(MfaError::Missing)?.kind.name();
        let sealed = self.sealer.seal(&place("name", &user.tenant, id), name.as_bytes())?;
        let event = catalogue::factor_renamed(self.clock.now(), &user.tenant, own, id, kind);
        self.journal.append_durable(&event.by(own)).await?;
        Ok(store::rename(&self.db, own, id, &sealed).await?)
    }

    /// Makes new recovery codes. The old ones end.
    ///
    /// # Errors
    /// When there is no factor that they could stand in for, or the change cannot be recorded or stored.
    pub async fn renew_codes(&self, user: &UserInfo) -> Result<Vec<SecretString>, MfaError> {
        if !self.has_one(user.id.as_str()).await? {
            return Err(MfaError::Invalid("recovery codes stand in for a second factor: add one first"));
        }
        let codes = self.make_codes(user).await?;
        self.users.tell(user, letter::codes_renewed());
        Ok(codes)
    }

    /// Removes all factors and codes of a user, because `actor` says so. Who asks for it has been looked at by a person.
    /// All sessions end.
    ///
    /// # Errors
    /// When the change cannot be recorded or stored.
    pub async fn reset(&self, user: &UserInfo, actor: &str) -> Result<(), MfaError> {
        let event = catalogue::factors_reset(self.clock.now(), &user.tenant, user.id.as_str()).by(actor);
        self.journal.append_durable(&event).await?;
        store::reset(&self.db, user.id.as_str()).await?;
        self.users.end_sessions(&user.id, "factors_reset").await?;
        self.users.tell_now(user, letter::reset()).await;
        Ok(())
    }

    /// A name of a factor.
    pub(super) fn named<'n>(&self, name: &'n str) -> Result<&'n str, MfaError> {
        let name = name.trim();
        if !(1..=NAME_CHARS_MAX).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            return Err(MfaError::Invalid("name: must have 1 to 64 characters, none of them a control"));
        }
        Ok(name)
    }

    /// Checks that there is place for one more, and says whether there is one.
    pub(super) async fn has_place(&self, user: &UserInfo) -> Result<bool, MfaError> {
        let all = store::of_user(&self.db, user.id.as_str()).await?;
        let confirmed = all.iter().filter(|factor| factor.confirmed_at.is_some()).count();
        if confirmed >= FACTORS_MAX {
            return Err(MfaError::Invalid("there are ten factors already: remove one first"));
        }
        Ok(confirmed > 0)
    }

    pub(super) async fn make_codes(&self, user: &UserInfo) -> Result<Vec<SecretString>, MfaError> {
        let own = user.id.as_str();
        let codes: Vec<SecretString> = (0..recovery::COUNT).map(|_| recovery::mint()).collect::<Result<_, _>>()?;
        let hashes: Vec<Vec<u8>> = codes.iter().map(|code| recovery::hash(&self.codes, own, code)).collect();
        let event = catalogue::recovery_codes_made(self.clock.now(), &user.tenant, own, codes.len());
        self.journal.append_durable(&event.by(own)).await?;
        store::put_codes(&self.db, own, &hashes).await?;
        Ok(codes)
    }

    pub(super) fn open(&self, tenant: &str, factor: &Factor) -> Result<Zeroizing<Vec<u8>>, MfaError> {
        Ok(self.sealer.open_sealed(&place("secret", tenant, &factor.id), &factor.secret)?)
    }
}

pub(super) fn place<'p>(column: &'p str, tenant: &'p str, row: &'p str) -> Place<'p> {
    Place { table: "factor", column, row, tenant }
}

/// Recovery codes as they are shown, once.
pub(crate) fn shown(codes: &[SecretString]) -> Vec<&str> {
    codes.iter().map(ExposeSecret::expose_secret).collect()
}

// A secret does not get into a log by accident.
impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Enrolment").field("factor", &self.factor).finish_non_exhaustive()
    }
}
