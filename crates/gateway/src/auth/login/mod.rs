//! The one door for passwords: throttle → account → hash → renewal → event; and beside it the one for passkeys.
//!
//! Invariants: nothing is hashed before the throttle has let the attempt in; an unknown account, a wrong password and a
//! user who may not log in get the same answer after the same hash; only this module makes a [`LoggedIn`]: from a password, from
//! a second factor, or from what an outside provider proved.
//!
//! ```compile_fail
//! let forged = portcullis::auth::login::LoggedIn { ..todo!() };
//! ```

mod error;
mod outside;
mod passkey;
mod second;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::mfa::{Factors, First, Level, Stale};
use super::password::{Asker, Context, Passwords, Verdict};
use super::throttle::{Attempt, Client, Refusal, Throttle, ThrottleError};
use super::user::{Status, UserError, UserId, UserInfo, Users};
use crate::clock::Clock;
use crate::event::Event;
use crate::event::catalogue::{self, Attempted};
use crate::event::journal::Journal;

pub use error::LoginError;
pub use second::Answered;
use second::Means;

/// Requests for a recovery from one address before the next one waits.
const RECOVERIES_AN_ADDRESS: u32 = 10;
/// Letters to one account before others are left out.
const RECOVERIES_AN_ACCOUNT: u32 = 3;
/// Tries at a link from one address before the next one waits.
const LINKS_AN_ADDRESS: u32 = 60;
/// Passwords judged for one address before the next one waits.
const ESTIMATES_AN_ADDRESS: u32 = 600;
/// Recoveries that are looked up at once; beyond, letters are left out.
const RECOVERIES_MAX: usize = 32;

/// A refusal is answered at a multiple of this after it was asked for: what an account that exists costs more than one
/// that does not, in the database and in memory, is far below it. Nothing but the answer waits.
const STEP: Duration = Duration::from_millis(50);

/// Logs people in.
#[derive(Debug)]
pub struct Logins {
    users: Arc<Users>,
    passwords: Arc<Passwords>,
    factors: Arc<Factors>,
    throttle: Throttle,
    /// Counts what costs little, in memory.
    light: Throttle,
    journal: Arc<Journal>,
    clock: Arc<dyn Clock>,
    recoveries: Arc<Semaphore>,
}

/// Who asks, as far as the connection and the request say.
#[derive(Clone)]
pub struct ClientInfo {
    /// The address.
    pub ip: IpAddr,
    /// The device cookie.
    pub device: Option<String>,
    /// A solved proof of work.
    pub proof: Option<String>,
}

/// The proof that somebody knew a user's password, or that an outside provider vouched for them, and that they, at
/// [`Level::Two`], had a second factor; or a passkey, which is both.
pub struct LoggedIn {
    user: UserId,
    tenant: String,
    roles: Vec<String>,
    epoch: i64,
    means: Means,
    /// When, when that was before.
    auth_time: Option<i64>,
    device_cookie: Option<String>,
}

impl Logins {
    /// Takes its parts; `light` counts what costs little.
    pub fn new(
        (users, passwords, factors): (Arc<Users>, Arc<Passwords>, Arc<Factors>),
        [throttle, light]: [Throttle; 2],
        journal: Arc<Journal>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let recoveries = Arc::new(Semaphore::new(RECOVERIES_MAX));
        Self { users, passwords, factors, throttle, light, journal, clock, recoveries }
    }

    /// Says whose password it is.
    ///
    /// # Errors
    /// When the attempt has to wait, is refused, or cannot be served.
    pub async fn password(
        &self,
        tenant: &str,
        email: &str,
        password: &SecretString,
        client: &ClientInfo,
    ) -> Result<LoggedIn, LoginError> {
        let user = self.verified(tenant, email, password, client).await?;
        Ok(self.logged_in(user, Means::First(First::Password)))
    }

    /// Changes a password: the current one is asked for and throttled like a login, and all sessions end.
    ///
    /// # Errors
    /// As [`Logins::password`], and when the new one breaks a rule. Somebody with a second factor has shown it lately,
    /// in a session of theirs: `shown` is who has.
    pub async fn change_password(
        &self,
        (tenant, email): (&str, &str),
        [current, new]: [&SecretString; 2],
        shown: Option<&str>,
        client: &ClientInfo,
    ) -> Result<(), LoginError> {
        let user = self.verified(tenant, email, current, client).await?;
        if shown != Some(user.id.as_str()) && self.factors.has_one(user.id.as_str()).await? {
            return Err(LoginError::Stale(Stale { level: Level::Two, max_age_s: self.factors.fresh_s() }));
        }
        Ok(self.users.change_password(&user, new).await?)
    }

    /// Sends a link to choose another password, when there is such an account. The answer and its time are the same
    /// when there is none: the account is looked up, and the letter sent, after the answer.
    ///
    /// # Errors
    /// When the address has to wait, or the store fails.
    pub async fn recovery(&self, tenant: &str, email: &str, client: &ClientInfo) -> Result<(), LoginError> {
        self.throttle.count_address("recovery-address", client.ip, RECOVERIES_AN_ADDRESS).await?;
        let account = self.users.index(tenant, email);
        match self.throttle.count("recovery-account", &account, RECOVERIES_AN_ACCOUNT).await {
            // Who asks too often for one account is not told, since the owner may be somebody else.
            Err(ThrottleError::Refused(_)) => return Ok(()),
            other => other?,
        }
        let Ok(place) = self.recoveries.clone().try_acquire_owned() else { return Ok(()) };
        let (users, tenant, email) = (self.users.clone(), tenant.to_owned(), email.to_owned());
        tokio::spawn(async move {
            let _place = place;
            let sent = async {
                match users.find(&tenant, &email).await? {
                    Some(user) if user.status != Status::Deactivated => users.recover(&user, user.id.as_str()).await,
                    _ => Ok(()),
                }
            };
            if let Err(error) = sent.await {
                tracing::error!(error = &error as &dyn std::error::Error, "a recovery letter was not sent");
            }
        });
        Ok(())
    }

    /// Chooses another password with a mailed link. It lets nobody in.
    ///
    /// # Errors
    /// When the link is not valid, the password breaks a rule, or the address has to wait.
    pub async fn complete_recovery(
        &self,
        token: &SecretString,
        password: &SecretString,
        client: &ClientInfo,
    ) -> Result<UserId, LoginError> {
        self.throttle.count_address("link", client.ip, LINKS_AN_ADDRESS).await?;
        Ok(self.users.complete_recovery(token, password).await?.id)
    }

    /// Accepts an invitation. It lets nobody in.
    ///
    /// # Errors
    /// As [`Logins::complete_recovery`].
    pub async fn accept(
        &self,
        token: &SecretString,
        password: &SecretString,
        client: &ClientInfo,
    ) -> Result<UserId, LoginError> {
        self.throttle.count_address("link", client.ip, LINKS_AN_ADDRESS).await?;
        Ok(self.users.accept(token, password).await?.id)
    }

    /// Takes the proof of an e-mail address.
    ///
    /// # Errors
    /// As [`Logins::complete_recovery`].
    pub async fn verify_email(&self, token: &SecretString, client: &ClientInfo) -> Result<UserId, LoginError> {
        self.throttle.count_address("link", client.ip, LINKS_AN_ADDRESS).await?;
        Ok(self.users.verify_email(token).await?.id)
    }

    /// Says zxcvbn's score of a good password.
    ///
    /// # Errors
    /// [`LoginError::Weak`] with what would help, or when the address has to wait.
    pub async fn judge(
        &self,
        password: &SecretString,
        context: Context,
        client: &ClientInfo,
    ) -> Result<u8, LoginError> {
        self.light.count_address("strength", client.ip, ESTIMATES_AN_ADDRESS).await?;
        Ok(self.passwords.judge(password, context).await.map_err(UserError::from)?)
    }

    /// Forgets counts and links that are over.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sweep(&self) -> Result<(), LoginError> {
        self.throttle.sweep().await?;
        self.light.sweep().await?;
        self.factors.sweep().await?;
        self.users.sweep().await?;
        Ok(())
    }

    async fn verified(
        &self,
        tenant: &str,
        email: &str,
        password: &SecretString,
        client: &ClientInfo,
    ) -> Result<UserInfo, LoginError> {
        let begun = Instant::now();
        let account = self.users.index(tenant, email);
        let ip = client.ip.to_string();
        let (name, source) = (pseudonym(&account), self.throttle.pseudonym(client.ip));
        let about = Attempted { tenant, account: &name, source: &source, ip: &ip };
        let attempt = self.let_in(&account, client, about).await?;
        let asker = if attempt.is_of_known_device() { Asker::Known } else { Asker::Anybody };
        let compared = self.compare(asker, (tenant, email), password).await;
        let (verdict, user) = match compared {
            Ok(compared) => compared,
            Err(error) => {
                // Nothing was found out, so nothing is counted.
                self.throttle.withdraw(attempt).await;
                return Err(error);
            }
        };
        let user = match user.filter(|user| user.status == Status::Active) {
            Some(user) if verdict != Verdict::Wrong => user,
            _ => {
                self.throttle.failed(&attempt);
                self.record(&catalogue::login_failed(self.clock.now(), about))?;
                next_step(begun).await;
                return Err(LoginError::Refused);
            }
        };
        self.throttle.succeeded(attempt).await?;
        self.record(&catalogue::login_succeeded(self.clock.now(), about, user.id.as_str()))?;
        if verdict == Verdict::Outdated {
            self.renew(&user, password).await;
        }
        Ok(user)
    }

    async fn let_in(&self, account: &[u8], client: &ClientInfo, about: Attempted<'_>) -> Result<Attempt, LoginError> {
        let asked = Client { account, ip: client.ip, device: client.device.as_deref(), proof: client.proof.as_deref() };
        let refused = match self.throttle.attempt(asked).await {
            Ok(attempt) => return Ok(attempt),
            Err(refused) => refused,
        };
        match &refused {
            ThrottleError::Refused(Refusal::Wait { is_first: true, .. }) => {
                self.record(&catalogue::login_throttled(self.clock.now(), about))?;
            }
            ThrottleError::Refused(Refusal::Work { is_first: true, .. }) => {
                self.record(&catalogue::login_challenged(self.clock.now(), about))?;
            }
            _ => {}
        }
        Err(refused.into())
    }

    /// Compares the password with that of the account, or with nothing at the same cost.
    async fn compare(
        &self,
        asker: Asker,
        (tenant, email): (&str, &str),
        password: &SecretString,
    ) -> Result<(Verdict, Option<UserInfo>), LoginError> {
        let user = self.users.find(tenant, email).await?;
        let stored = match &user {
            Some(user) => self.users.hash_of(user).await?,
            None => {
                self.users.hash_of_nobody().await?;
                None
            }
        };
        let verdict = self.passwords.verify(asker, password, stored).await.map_err(UserError::from)?;
        Ok((verdict, user))
    }

    /// Makes the hash anew. A login does not fail because that failed; the next one tries again.
    async fn renew(&self, user: &UserInfo, password: &SecretString) {
        let renewed = async {
            let hashed = self.passwords.hash(password).await?;
            let event = catalogue::password_renewed(self.clock.now(), &user.tenant, user.id.as_str());
            self.journal.append_durable(&event.by(user.id.as_str())).await?;
            self.users.renew(user, &hashed).await
        };
        if let Err(error) = renewed.await {
            tracing::warn!(error = &error as &dyn std::error::Error, "a hash was not made anew");
        }
    }

    fn record(&self, event: &Event) -> Result<(), LoginError> {
        Ok(self.journal.append(event)?)
    }
}

impl LoggedIn {
    /// Who.
    pub fn user(&self) -> &UserId {
        &self.user
    }

    /// Of which tenant.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// In which roles.
    pub fn roles(&self) -> &[String] {
        &self.roles
    }

    /// The user's epoch: a session that is made now ends when it rises.
    pub fn epoch(&self) -> i64 {
        self.epoch
    }

    /// How strongly they showed who they are.
    pub fn level(&self) -> Level {
        self.means.level()
    }

    /// How (RFC 8176).
    pub fn amr(&self) -> Vec<String> {
        self.means.amr().into_iter().map(str::to_owned).collect()
    }

    /// When, in seconds since 1970, when that was before now: at an outside provider.
    pub fn auth_time(&self) -> Option<i64> {
        self.auth_time
    }

    /// The value of the device cookie for this browser.
    pub fn device_cookie(&self) -> Option<&str> {
        self.device_cookie.as_deref()
    }
}

// Neither cookies nor addresses get into a log by accident.
impl std::fmt::Debug for LoggedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoggedIn").field("user", &self.user).field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ClientInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientInfo").finish_non_exhaustive()
    }
}

/// Waits until a whole number of steps has passed.
async fn next_step(begun: Instant) {
    let steps = begun.elapsed().as_nanos() / STEP.as_nanos() + 1;
    tokio::time::sleep_until(begun + STEP * u32::try_from(steps).unwrap_or(u32::MAX)).await;
}

/// A name for an account in the log: the beginning of its keyed index.
fn pseudonym(account: &[u8]) -> String {
    account.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
