//! Second factors (`auth.mfa`): passkeys, authenticator apps and recovery codes; who needs one, and how lately it was shown.
//!
//! After the password, who has a second factor, or is in a role that asks for one, gets no session but a challenge. It is
//! answered with a code or a passkey, once, within five minutes and five tries, in the browser that it was given to.
//!
//! Invariants: a code and a recovery code count once, however many requests bring them at the same time; tries are counted
//! apart from those at passwords, and a wrong one tells neither which factors there are nor how wrong it is; secrets are
//! sealed, codes are hashed, and both are shown once; the audit entry of a change is durable before it.

mod challenge;
pub mod config;
mod factor;
mod letter;
mod level;
pub mod passkey;
mod recovery;
mod store;
mod totp;

use std::sync::Arc;

use aws_lc_rs::hmac;
use secrecy::SecretString;

use super::Parts;
use super::login::ClientInfo;
use super::throttle::{Throttle, ThrottleError};
use super::user::{UserError, UserInfo, Users};
use crate::clock::Clock;
use crate::data::encryption::{SealError, Sealer};
use crate::event::catalogue;
use crate::event::journal::{Journal, JournalError};
use crate::store::{Db, StoreError};
use config::MfaConfig;
use factor::Kind;
use passkey::{Assertion, Passkeys, Purpose, Refused, Registration};

pub(crate) use challenge::mint;
pub use challenge::{CHALLENGE_LIFE_S, Challenged, Opened};
pub(crate) use factor::shown;
pub use factor::{Enrolment, FactorInfo};
pub use level::{First, Level, Stale, fresh, is_fresh};

/// Tries at codes of one account, from unknown browsers together or from one known browser, before the next one waits.
const TRIES_FREE: u32 = 20;
/// Letters about wrong codes to one person before others are left out.
const LETTERS_FREE: u32 = 1;

/// All second factors.
#[derive(Debug)]
pub struct Factors {
    db: Db,
    sealer: Arc<Sealer>,
    journal: Arc<Journal>,
    clock: Arc<dyn Clock>,
    users: Arc<Users>,
    throttle: Throttle,
    config: MfaConfig,
    /// How authenticator apps name this gateway.
    issuer: String,
    passkeys: Passkeys,
    challenges: hmac::Key,
    codes: hmac::Key,
}

/// What somebody answers with.
pub enum Proof {
    /// A code of an authenticator app.
    Code(SecretString),
    /// A recovery code.
    Recovery(SecretString),
    /// A passkey.
    Passkey(Box<Assertion>),
    /// A new passkey and its name, where the first factor is set up.
    NewPasskey(Box<Registration>, String),
}

/// What is asked of somebody whose password was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// Nothing more.
    Nothing,
    /// A second factor.
    Factor,
    /// To set a second factor up.
    Enrolment,
    /// A second factor, but there is none, and the time to set one up is over.
    Closed,
}

/// Why a second factor was not taken, read or changed.
#[derive(Debug, thiserror::Error)]
pub enum MfaError {
    /// One text for a wrong, old or used code, and for a factor that is not there.
    #[error("the code is wrong, too old, or was used before")]
    Wrong,
    /// The challenge is unknown, too old, used up, or another browser's.
    #[error("the login is over: begin again with the password")]
    Challenge,
    /// Nothing to show, and no time left to set it up.
    #[error("the time to set up a second factor is over: an administrator can open it again")]
    Closed,
    /// There is no such factor of this person.
    #[error("there is no such factor; `GET /auth/v1/factors` lists yours")]
    Missing,
    /// The role asks for one.
    #[error("the role of this account asks for a second factor: add another one first")]
    Last,
    /// A field breaks a rule.
    #[error("{0}")]
    Invalid(&'static str),
    /// A passkey that is shown was not taken. Which check did not hold stands in the log.
    #[error("the passkey was not taken: begin again")]
    Passkey(#[source] Refused),
    /// A passkey cannot be added.
    #[error("the passkey cannot be added: {0}")]
    Registration(#[source] Refused),
    /// There is no site that passkeys could be for.
    #[error("passkeys are off here: `auth.public_url` has to be set, with a host name")]
    NoPasskeys,
    /// Too many tries.
    #[error(transparent)]
    Throttle(#[from] ThrottleError),
    /// The store failed.
    #[error("second factors cannot be read or written")]
    Store(#[from] StoreError),
    /// A secret could not be sealed or opened.
    #[error("a secret could not be sealed or opened")]
    Seal(#[from] SealError),
    /// The change could not be recorded, so it was not made.
    #[error("the change could not be recorded, so it was not made")]
    Journal(#[from] JournalError),
    /// An account could not be read.
    #[error(transparent)]
    User(#[from] UserError),
    /// The library refused.
    #[error("no random numbers can be had")]
    Random,
}

impl From<Refused> for MfaError {
    fn from(refused: Refused) -> Self {
        Self::Passkey(refused)
    }
}

impl Factors {
    /// Takes its parts.
    pub fn new(parts: Parts, config: MfaConfig) -> Self {
        let Parts { db, sealer, journal, clock, users, throttle, public_url } = parts;
        let host = public_url.as_deref().and_then(|url| url.split_once("://")).map(|(_, host)| host);
        let issuer = host.map_or_else(|| "Portcullis".to_owned(), |host| format!("Portcullis {host}"));
        let (challenges, codes) = (sealer.hmac_key("factor-challenge", ""), sealer.hmac_key("recovery-code", ""));
        let passkeys = Passkeys::new(&sealer, &config, public_url.as_deref());
        Self { db, sealer, journal, clock, users, throttle, config, issuer, passkeys, challenges, codes }
    }

    /// What is asked of somebody whose password was right. The first time that a role asks for a factor begins the time to
    /// set it up.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn demand(&self, user: &str, roles: &[String]) -> Result<Demand, MfaError> {
        let own = self.kinds(user).await?;
        let now = self.now_s();
        let ends_at = now + self.config.enrolment_grace_s;
        let ends_at = match own.is_empty() {
            _ if self.config.requires_passkey(roles) && !own.contains(&Kind::Passkey) => {
                passkey::grace(&self.db, user, ends_at).await?
            }
            false => return Ok(Demand::Factor),
            true if self.config.requires(roles) => store::grace(&self.db, user, ends_at).await?,
            true => return Ok(Demand::Nothing),
        };
        Ok(match (now < ends_at, own.is_empty()) {
            (false, _) => Demand::Closed,
            (true, true) => Demand::Enrolment,
            (true, false) => Demand::Factor,
        })
    }

    /// Whether one of these roles is let in with a passkey only.
    pub fn requires_passkey(&self, roles: &[String]) -> bool {
        self.config.requires_passkey(roles)
    }

    /// How strongly this person has to be shown to do what is dangerous. Of somebody who is not in the directory there is
    /// nothing more to ask.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn level(&self, user: &str) -> Result<Level, MfaError> {
        let needs_two = match self.users.show(user).await {
            Ok(found) => self.config.requires(&found.roles) || self.has_one(user).await?,
            Err(UserError::Missing { .. }) => false,
            Err(error) => return Err(error.into()),
        };
        Ok(if needs_two { Level::Two } else { Level::One })
    }

    /// How long ago somebody may have shown who they are.
    pub fn fresh_s(&self) -> i64 {
        self.config.fresh_s
    }

    /// Whether somebody has a factor that is confirmed.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn has_one(&self, user: &str) -> Result<bool, MfaError> {
        Ok(!self.kinds(user).await?.is_empty())
    }

    /// The kinds of somebody's confirmed factors.
    async fn kinds(&self, user: &str) -> Result<Vec<Kind>, MfaError> {
        let all = store::of_user(&self.db, user).await?;
        Ok(all.iter().filter(|factor| factor.confirmed_at.is_some()).map(|factor| factor.kind).collect())
    }

    /// Takes a code, a recovery code or a passkey, which then is used up. `purpose` is what the tries are for: a challenge, or
    /// a session. From whoever's role asks for a passkey and who has one, nothing else is taken.
    ///
    /// # Errors
    /// When it is wrong, when there were too many tries, or the store fails.
    pub(in crate::auth) async fn take(
        &self,
        user: &UserInfo,
        proof: &Proof,
        purpose: Purpose<'_>,
        client: &ClientInfo,
    ) -> Result<(), MfaError> {
        self.count(user, purpose.of(), client).await?;
        let wants_passkey =
            self.config.requires_passkey(&user.roles) && self.kinds(user.id.as_str()).await?.contains(&Kind::Passkey);
        let taken = match proof {
            Proof::Passkey(assertion) => match self.take_passkey(Some(user), assertion, purpose, client).await {
                Ok(_) => return Ok(()),
                // After a password; in a step-up it may stand alone, and tells nothing of one.
                Err(error @ MfaError::Passkey(_)) if matches!(purpose, Purpose::Factor { .. }) => {
                    self.wrong(user, client).await?;
                    return Err(error);
                }
                Err(error) => return Err(error),
            },
            Proof::Code(code) if !wants_passkey => self.take_code(user, code).await?,
            Proof::Recovery(code) if !wants_passkey => self.take_recovery(user, code).await?,
            Proof::Code(_) | Proof::Recovery(_) | Proof::NewPasskey(..) => false,
        };
        if taken { Ok(()) } else { Err(self.wrong(user, client).await?) }
    }

    /// Counts a try, for what it is for, and for the account: otherwise who knows the password could go on guessing with
    /// one challenge after the other. A browser that its user logged in with before has a count of its own, so that nobody
    /// else can use the owner's up.
    async fn count(&self, user: &UserInfo, of: &str, client: &ClientInfo) -> Result<(), MfaError> {
        match self.throttle.code(of).await {
            Err(ThrottleError::Refused(_)) => return Err(MfaError::Challenge),
            other => other?,
        }
        let account = self.users.index(&user.tenant, user.email.as_deref().unwrap_or_default());
        let device = client.device.as_deref().and_then(|cookie| self.throttle.known_device(&account, cookie));
        match device {
            Some(device) => self.throttle.count("code-device", &device, TRIES_FREE).await?,
            None => self.throttle.count("code-account", user.id.as_str().as_bytes(), TRIES_FREE).await?,
        }
        Ok(())
    }

    async fn take_code(&self, user: &UserInfo, code: &SecretString) -> Result<bool, MfaError> {
        let now = self.now_s();
        let mut taken = None;
        for factor in store::of_user(&self.db, user.id.as_str()).await? {
            if factor.kind == Kind::Totp && factor.confirmed_at.is_some() {
                let secret = self.open(&user.tenant, &factor)?;
                taken = totp::step_of(&secret, code, (now, self.config.totp_drift_steps), factor.step)
                    .map(|step| (factor.id, step))
                    .or(taken);
            }
        }
        // One statement decides who of several that bring the same code at once is let in.
        let Some((id, step)) = taken else { return Ok(false) };
        Ok(store::take_step(&self.db, &id, step, now).await?)
    }

    async fn take_recovery(&self, user: &UserInfo, code: &SecretString) -> Result<bool, MfaError> {
        let hash = recovery::hash(&self.codes, user.id.as_str(), code);
        if !store::take_code(&self.db, user.id.as_str(), &hash).await? {
            return Ok(false);
        }
        let left = store::codes_left(&self.db, user.id.as_str()).await?;
        let event = catalogue::recovery_code_used(self.clock.now(), &user.tenant, user.id.as_str(), left);
        self.journal.append_durable(&event.by(user.id.as_str())).await?;
        self.users.tell(user, letter::recovery_code_used(left));
        Ok(true)
    }

    /// Records a wrong code, and tells its owner: whoever brought it knows the password (ASVS V6.3.5).
    async fn wrong(&self, user: &UserInfo, client: &ClientInfo) -> Result<MfaError, MfaError> {
        let ip = client.ip.to_string();
        self.journal.append(&catalogue::factor_refused(self.clock.now(), &user.tenant, user.id.as_str(), &ip))?;
        if self.throttle.count("code-letter", user.id.as_str().as_bytes(), LETTERS_FREE).await.is_ok() {
            self.users.tell(user, letter::wrong_code());
        }
        Ok(MfaError::Wrong)
    }

    /// Forgets what is over.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sweep(&self) -> Result<(), MfaError> {
        Ok(store::sweep(&self.db, self.now_s()).await?)
    }

    fn now_s(&self) -> i64 {
        self.clock.now().as_second()
    }
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Proof")
    }
}
