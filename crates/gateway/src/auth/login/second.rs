//! After the password: the second factor, and showing again who one is.

use secrecy::SecretString;
use serde_json::Value;

use super::{ClientInfo, LoggedIn, LoginError, Logins};
use crate::auth::mfa::passkey::Purpose;
use crate::auth::mfa::{Challenged, Demand, Enrolment, First, Level, MfaError, Opened, Proof};
use crate::auth::user::UserInfo;

/// What a challenge was answered with.
#[derive(Debug)]
pub struct Answered {
    /// Who is let in.
    pub logged_in: LoggedIn,
    /// Whether a browser has it, which takes its tokens as cookies.
    pub is_browser: bool,
    /// Recovery codes, when the first factor was set up with this.
    pub recovery_codes: Vec<SecretString>,
}

impl Logins {
    /// Says what else somebody has to show: `None`, and they may have a session, or a challenge.
    ///
    /// # Errors
    /// When there is nothing to show and no time left to set it up, or the store fails.
    pub async fn challenge(&self, entered: &LoggedIn, is_browser: bool) -> Result<Option<Challenged>, LoginError> {
        let first = match entered.means {
            Means::First(first) => first,
            // A role that asks for a passkey asks for one of ours.
            Means::Outside if self.factors.requires_passkey(&entered.roles) => First::Outside,
            Means::WithCode(_) | Means::WithPasskey(_) | Means::Passkey | Means::Outside => return Ok(None),
        };
        let user = entered.user.as_str();
        let enrols = match self.factors.demand(user, &entered.roles).await? {
            Demand::Nothing => return Ok(None),
            Demand::Factor => false,
            Demand::Enrolment => true,
            Demand::Closed => return Err(MfaError::Closed.into()),
        };
        let person = (user, entered.roles.as_slice());
        Ok(Some(self.factors.challenge(person, (entered.epoch, first), is_browser, enrols).await?))
    }

    /// What a challenge can be answered with or, where the first factor is set up, what that can be.
    ///
    /// # Errors
    /// When the challenge cannot be answered, or the store fails.
    pub async fn methods(
        &self,
        challenge: &SecretString,
        device: Option<&str>,
    ) -> Result<Vec<&'static str>, LoginError> {
        let opened = self.factors.open_challenge(challenge, device).await?;
        Ok(self.factors.methods((opened.user.id.as_str(), &opened.user.roles), opened.enrols).await?)
    }

    /// Sets up the first factor within a login that asks for one.
    ///
    /// # Errors
    /// When the challenge cannot be answered, or is not one for this.
    pub async fn enrol(
        &self,
        challenge: &SecretString,
        device: Option<&str>,
        name: &str,
    ) -> Result<Enrolment, LoginError> {
        let opened = self.open_to_enrol(challenge, device).await?;
        if self.factors.requires_passkey(&opened.user.roles) {
            return Err(
                MfaError::Invalid("the role of this account asks for a passkey: `\"kind\": \"passkey\"`").into()
            );
        }
        Ok(self.factors.enrol_totp(&opened.user, name).await?)
    }

    /// As [`Logins::enrol`], for a passkey: what the browser is to be asked for.
    ///
    /// # Errors
    /// As [`Logins::enrol`], and when passkeys are off.
    pub async fn enrol_passkey(&self, challenge: &SecretString, device: Option<&str>) -> Result<Value, LoginError> {
        let opened = self.open_to_enrol(challenge, device).await?;
        Ok(self.factors.creation_options(&opened.user, &opened.name()).await?)
    }

    /// What the browser is to be asked for, to answer a challenge with a passkey.
    ///
    /// # Errors
    /// When the challenge cannot be answered, or its person has no passkey.
    pub async fn factor_options(&self, challenge: &SecretString, device: Option<&str>) -> Result<Value, LoginError> {
        let opened = self.factors.open_challenge(challenge, device).await?;
        let name = opened.name();
        Ok(self.factors.request_options(Some(&opened.user), Purpose::Factor { of: &name }).await?)
    }

    /// What the browser is to be asked for, to show again who somebody is, in this session of theirs.
    ///
    /// # Errors
    /// When they have no passkey, or the store fails.
    pub async fn step_up_options(&self, user: &str, session: &str) -> Result<Value, LoginError> {
        let user = self.users.show(user).await?;
        Ok(self.factors.request_options(Some(&user), Purpose::StepUp { of: session }).await?)
    }

    async fn open_to_enrol(&self, challenge: &SecretString, device: Option<&str>) -> Result<Opened, LoginError> {
        let opened = self.factors.open_challenge(challenge, device).await?;
        if !opened.enrols || self.factors.has_one(opened.user.id.as_str()).await? {
            return Err(MfaError::Challenge.into());
        }
        Ok(opened)
    }

    /// What [`Logins::enrol`] began for this challenge, to be shown again.
    ///
    /// # Errors
    /// When the challenge cannot be answered, or this factor does not wait for its first code.
    pub async fn enrolment(
        &self,
        challenge: &SecretString,
        device: Option<&str>,
        factor: &str,
    ) -> Result<Enrolment, LoginError> {
        let opened = self.factors.open_challenge(challenge, device).await?;
        if !opened.enrols {
            return Err(MfaError::Challenge.into());
        }
        Ok(self.factors.pending(&opened.user, factor).await?)
    }

    /// Answers a challenge. The code is looked at and used up first, then the challenge.
    ///
    /// # Errors
    /// When the challenge cannot be answered, the code is wrong, or there were too many tries.
    pub async fn answer(
        &self,
        challenge: &SecretString,
        device: Option<&str>,
        proof: &Proof,
        client: &ClientInfo,
    ) -> Result<Answered, LoginError> {
        let opened = self.factors.open_challenge(challenge, device).await?;
        let recovery_codes = if opened.enrols {
            self.factors.count_try(&opened, client).await?;
            self.enrolled(&opened, proof).await?
        } else {
            let name = opened.name();
            self.factors.take(&opened.user, proof, Purpose::Factor { of: &name }, client).await?;
            Vec::new()
        };
        self.factors.close_challenge(&opened).await?;
        let (is_browser, means) = (opened.is_browser, Means::with(opened.first, proof));
        Ok(Answered { logged_in: self.logged_in(opened.user, means), is_browser, recovery_codes })
    }

    /// Takes what sets the first factor up.
    async fn enrolled(&self, opened: &Opened, proof: &Proof) -> Result<Vec<SecretString>, LoginError> {
        let user = &opened.user;
        let added = match proof {
            Proof::Code(code) if !self.factors.requires_passkey(&user.roles) => {
                self.factors.confirm(user, None, code, true).await
            }
            Proof::NewPasskey(registration, name) => {
                let of = opened.name();
                self.factors.add_passkey((user, &of), name, registration, true).await.map(|(_, codes)| codes)
            }
            Proof::Code(_) | Proof::Recovery(_) | Proof::Passkey(_) => Err(MfaError::Wrong),
        };
        match added {
            // There is nothing to confirm yet, or somebody was faster.
            Err(MfaError::Missing) => Err(MfaError::Wrong.into()),
            added => Ok(added?),
        }
    }

    /// Shows again who somebody is: by a passkey, or by the password and, when they have a second factor, by that too.
    ///
    /// # Errors
    /// As [`Logins::password`] and [`Logins::answer`].
    pub async fn step_up(
        &self,
        user: &str,
        session: &str,
        (password, proof): (Option<&SecretString>, Option<&Proof>),
        client: &ClientInfo,
    ) -> Result<LoggedIn, LoginError> {
        let user = self.users.show(user).await?;
        let password = match (password, proof) {
            (Some(password), _) => password,
            // It is two factors in itself.
            (None, Some(proof @ Proof::Passkey(_))) => {
                self.factors.take(&user, proof, Purpose::StepUp { of: session }, client).await?;
                return Ok(self.logged_in(user, Means::Passkey));
            }
            (None, _) => return Err(LoginError::Refused),
        };
        let email = user.email.clone().ok_or(LoginError::Refused)?;
        let user = self.verified(&user.tenant, &email, password, client).await?;
        let has_one = self.factors.has_one(user.id.as_str()).await?;
        let means = match proof {
            Some(proof) if has_one => {
                self.factors.take(&user, proof, Purpose::StepUp { of: session }, client).await?;
                Means::with(First::Password, proof)
            }
            _ if has_one => return Err(MfaError::Wrong.into()),
            // A code of somebody who has no factor is no code.
            Some(_) => return Err(MfaError::Wrong.into()),
            None => Means::First(First::Password),
        };
        Ok(self.logged_in(user, means))
    }

    pub(super) fn logged_in(&self, user: UserInfo, means: Means) -> LoggedIn {
        let device_cookie = user.email.as_deref().and_then(|email| {
            let account = self.users.index(&user.tenant, email);
            self.throttle.device_cookie(&account)
        });
        LoggedIn {
            user: user.id,
            tenant: user.tenant,
            roles: user.roles,
            epoch: user.epoch,
            means,
            auth_time: None,
            device_cookie,
        }
    }
}

/// How somebody showed who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Means {
    /// By this alone.
    First(First),
    /// And a one-time password: a code, or a recovery code.
    WithCode(First),
    /// And a passkey.
    WithPasskey(First),
    /// By a passkey, which verified its user.
    Passkey,
    /// By two factors at an outside provider that is trusted to have asked for them.
    Outside,
}

impl Means {
    fn with(first: First, proof: &Proof) -> Self {
        match proof {
            Proof::Code(_) | Proof::Recovery(_) => Self::WithCode(first),
            Proof::Passkey(_) | Proof::NewPasskey(..) => Self::WithPasskey(first),
        }
    }

    pub(super) fn level(self) -> Level {
        if matches!(self, Self::First(_)) { Level::One } else { Level::Two }
    }

    /// The methods of RFC 8176. Without attestation nobody knows whether a passkey's key is in hardware, so it is neither
    /// `hwk` nor `swk`, but `pop`: the possession of a key was proved.
    pub(super) fn amr(self) -> Vec<&'static str> {
        match self {
            Self::First(first) => vec![first.name()],
            Self::WithCode(first) => vec![first.name(), "otp"],
            Self::WithPasskey(first) => vec![first.name(), "pop", "user", "mfa"],
            Self::Passkey => vec!["pop", "user", "mfa"],
            Self::Outside => vec![First::Outside.name(), "mfa"],
        }
    }
}
