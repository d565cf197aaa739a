//! After the password: the second factor, and showing again who one is.

use secrecy::SecretString;

use super::{ClientInfo, LoggedIn, LoginError, Logins};
use crate::auth::mfa::{Challenged, Demand, Enrolment, First, Level, MfaError, Proof};
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
        if entered.level == Level::Two {
            return Ok(None);
        }
        let user = entered.user.as_str();
        let enrols = match self.factors.demand(user, &entered.roles).await? {
            Demand::Nothing => return Ok(None),
            Demand::Factor => false,
            Demand::Enrolment => true,
            Demand::Closed => return Err(MfaError::Closed.into()),
        };
        Ok(Some(self.factors.challenge((user, entered.epoch, entered.first), is_browser, enrols).await?))
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
        let opened = self.factors.open_challenge(challenge, device).await?;
        if !opened.enrols || self.factors.has_one(opened.user.id.as_str()).await? {
            return Err(MfaError::Challenge.into());
        }
        Ok(self.factors.enrol_totp(&opened.user, name).await?)
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
        let recovery_codes = match (opened.enrols, proof) {
            (false, _) => {
                self.factors.take(&opened.user, proof, &opened.name(), client).await?;
                Vec::new()
            }
            (true, Proof::Code(code)) => {
                self.factors.count_try(&opened, client).await?;
                match self.factors.confirm(&opened.user, None, code, true).await {
                    // There is nothing to confirm yet, or somebody was faster.
                    Err(MfaError::Missing) => return Err(MfaError::Wrong.into()),
                    confirmed => confirmed?,
                }
            }
            (true, Proof::Recovery(_)) => return Err(MfaError::Wrong.into()),
        };
        self.factors.close_challenge(&opened).await?;
        let (is_browser, first) = (opened.is_browser, opened.first);
        Ok(Answered { logged_in: self.logged_in(opened.user, first, Level::Two), is_browser, recovery_codes })
    }

    /// Shows again who somebody is: by the password and, when they have a second factor, by that too.
    ///
    /// # Errors
    /// As [`Logins::password`] and [`Logins::answer`].
    pub async fn step_up(
        &self,
        user: &str,
        session: &str,
        (password, proof): (&SecretString, Option<&Proof>),
        client: &ClientInfo,
    ) -> Result<LoggedIn, LoginError> {
        let user = self.users.show(user).await?;
        let email = user.email.clone().ok_or(LoginError::Refused)?;
        let user = self.verified(&user.tenant, &email, password, client).await?;
        let has_one = self.factors.has_one(user.id.as_str()).await?;
        let level = match proof {
            Some(proof) if has_one => {
                self.factors.take(&user, proof, session, client).await?;
                Level::Two
            }
            _ if has_one => return Err(MfaError::Wrong.into()),
            // A code of somebody who has no factor is no code.
            Some(_) => return Err(MfaError::Wrong.into()),
            None => Level::One,
        };
        Ok(self.logged_in(user, First::Password, level))
    }

    pub(super) fn logged_in(&self, user: UserInfo, first: First, level: Level) -> LoggedIn {
        let device_cookie = user.email.as_deref().and_then(|email| {
            let account = self.users.index(&user.tenant, email);
            self.throttle.device_cookie(&account)
        });
        LoggedIn {
            user: user.id,
            tenant: user.tenant,
            roles: user.roles,
            epoch: user.epoch,
            level,
            first,
            amr: amr(first, level),
            auth_time: None,
            device_cookie,
        }
    }
}

/// How somebody showed who they are (RFC 8176). A recovery code is a one-time password too.
fn amr(first: First, level: Level) -> Vec<String> {
    let methods = match level {
        Level::One => vec![first.name()],
        Level::Two => vec![first.name(), "otp"],
    };
    methods.into_iter().map(str::to_owned).collect()
}
