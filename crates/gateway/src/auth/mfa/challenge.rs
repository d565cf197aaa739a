//! Challenges: what somebody gets in the place of a session while the second factor is missing.
//!
//! 256 random bits, for one person as the account was when the password was right, for five minutes, once. A browser also
//! gets a cookie of its own with it, so that a challenge that was seen or planted elsewhere is worth nothing.

use aws_lc_rs::{constant_time, hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::store::{self, Challenge};
use super::{Factors, First, Kind, MfaError};
use crate::auth::user::{Status, UserInfo};

/// How long a challenge can be answered, in seconds.
pub const CHALLENGE_LIFE_S: i64 = 300;

/// A challenge that was just made.
#[derive(Debug)]
pub struct Challenged {
    /// The challenge itself.
    pub challenge: SecretString,
    /// The value of the browser's cookie.
    pub device: Option<SecretString>,
    /// Whether it is answered by setting up the first factor.
    pub enrols: bool,
    /// What it can be answered with.
    pub methods: Vec<&'static str>,
}

/// A challenge that somebody may answer.
#[derive(Debug)]
pub struct Opened {
    /// Who.
    pub user: UserInfo,
    /// Whether it is answered by setting up the first factor.
    pub enrols: bool,
    /// Whether a browser has it, which takes its tokens as cookies.
    pub is_browser: bool,
    /// What was shown before.
    pub first: First,
    pub(super) hash: Vec<u8>,
}

impl Opened {
    /// What tries are counted for.
    pub(in crate::auth) fn name(&self) -> String {
        self.hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Factors {
    /// Makes a challenge for somebody who showed something first; for a browser, with a cookie.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn challenge(
        &self,
        (user, roles): (&str, &[String]),
        (epoch, first): (i64, First),
        is_browser: bool,
        enrols: bool,
    ) -> Result<Challenged, MfaError> {
        let challenge = mint()?;
        let device = if is_browser { Some(mint()?) } else { None };
        let stored = Challenge {
            user: user.to_owned(),
            epoch,
            device: device.as_ref().map(|device| self.hash(b"device", device.expose_secret())),
            enrols,
            first,
            expires_at: self.now_s() + CHALLENGE_LIFE_S,
        };
        let hash = self.hash(b"challenge", challenge.expose_secret());
        store::insert_challenge(&self.db, &hash, &stored).await?;
        let methods = self.methods((user, roles), enrols).await?;
        Ok(Challenged { challenge, device, enrols, methods })
    }

    /// What a challenge can be answered with, or what can be set up.
    pub(in crate::auth) async fn methods(
        &self,
        (user, roles): (&str, &[String]),
        enrols: bool,
    ) -> Result<Vec<&'static str>, MfaError> {
        let own = self.kinds(user).await?;
        let wants_passkey = self.config.requires_passkey(roles) && (enrols || own.contains(&Kind::Passkey));
        let has = |kind| if enrols { kind == Kind::Totp || self.has_passkeys() } else { own.contains(&kind) };
        let mut methods = Vec::new();
        if has(Kind::Passkey) {
            methods.push(Kind::Passkey.name());
        }
        if !wants_passkey && has(Kind::Totp) {
            methods.push(Kind::Totp.name());
        }
        if !wants_passkey && !enrols {
            methods.push("recovery_code");
        }
        Ok(methods)
    }

    /// Who may answer this challenge, from this browser.
    ///
    /// # Errors
    /// [`MfaError::Challenge`] when nobody may: it is unknown, over, used, another browser's, or the account has changed.
    pub async fn open_challenge(&self, challenge: &SecretString, device: Option<&str>) -> Result<Opened, MfaError> {
        let hash = self.hash(b"challenge", challenge.expose_secret());
        let found = store::challenge(&self.db, &hash, self.now_s()).await?.ok_or(MfaError::Challenge)?;
        if let Some(expected) = &found.device {
            let given = self.hash(b"device", device.unwrap_or_default());
            constant_time::verify_slices_are_equal(expected, &given).map_err(|_| MfaError::Challenge)?;
        }
        let user = self.users.show(&found.user).await?;
        if user.status != Status::Active || user.epoch != found.epoch {
            return Err(MfaError::Challenge);
        }
        Ok(Opened { user, enrols: found.enrols, is_browser: found.device.is_some(), first: found.first, hash })
    }

    /// Uses a challenge up. Of several that were answered at once, one gets through.
    ///
    /// # Errors
    /// [`MfaError::Challenge`] when it is used up already, or when the store fails.
    pub async fn close_challenge(&self, opened: &Opened) -> Result<(), MfaError> {
        if store::take_challenge(&self.db, &opened.hash).await? { Ok(()) } else { Err(MfaError::Challenge) }
    }

    fn hash(&self, kind: &[u8], text: &str) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.challenges);
        context.update(kind);
        context.update(&[0]);
        context.update(text.as_bytes());
        context.sign().as_ref().to_vec()
    }

    /// Counts a try of setting up the first factor within a login.
    pub(in crate::auth) async fn count_try(
        &self,
        opened: &Opened,
        client: &crate::auth::login::ClientInfo,
    ) -> Result<(), MfaError> {
        self.count(&opened.user, &opened.name(), client).await
    }
}

/// A new secret of 256 bits.
///
/// # Errors
/// When there is no randomness.
pub(crate) fn mint() -> Result<SecretString, MfaError> {
    let mut bytes = Zeroizing::new([0; 32]);
    rand::fill(bytes.as_mut_slice()).map_err(|_| MfaError::Random)?;
    Ok(SecretString::from(URL_SAFE_NO_PAD.encode(bytes.as_slice())))
}
