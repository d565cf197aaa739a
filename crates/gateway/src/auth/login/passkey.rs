//! Logging in with a passkey, without an account being named and without a password.
//!
//! Nothing that is asked here says who has an account: the question is the same for everybody, and every refusal reads the
//! same. There is nothing to guess either, so only what fails is counted, by address.

use serde_json::Value;

use super::second::Means;
use super::{ClientInfo, LoggedIn, LoginError, Logins};
use crate::auth::mfa::MfaError;
use crate::auth::mfa::passkey::{Assertion, Purpose};
use crate::event::catalogue;

/// Questions to one address before the next one waits. They cost no look-up.
const OPTIONS_AN_ADDRESS: u32 = 600;
/// Answers of one address that were not taken before the next one waits.
const FAILURES_AN_ADDRESS: u32 = 20;
const FAILURES: &str = "passkey-address";

impl Logins {
    /// What the browser is to be asked for. `device` is the cookie that the answer has to come with; a program has none.
    ///
    /// # Errors
    /// When passkeys are off, or the address has to wait.
    pub async fn passkey_options(&self, device: Option<&str>, client: &ClientInfo) -> Result<Value, LoginError> {
        self.light.count_address("passkey-options", client.ip, OPTIONS_AN_ADDRESS).await?;
        Ok(self.factors.request_options(None, Purpose::Login { device }).await?)
    }

    /// Says whose passkey it is, and that they verified themselves to it.
    ///
    /// # Errors
    /// When it is not taken, or the address has to wait.
    pub async fn passkey(
        &self,
        assertion: &Assertion,
        device: Option<&str>,
        client: &ClientInfo,
    ) -> Result<LoggedIn, LoginError> {
        self.throttle.look(FAILURES, client.ip).await?;
        let shown = self.factors.take_passkey(None, assertion, Purpose::Login { device }, client).await;
        if let Err(MfaError::Passkey(_)) = &shown {
            self.throttle.count_address(FAILURES, client.ip, FAILURES_AN_ADDRESS).await?;
        }
        let (user, factor) = shown?;
        let ip = client.ip.to_string();
        let event = catalogue::passkey_login(self.clock.now(), &user.tenant, user.id.as_str(), &factor, &ip);
        self.record(&event)?;
        Ok(self.logged_in(user, Means::Passkey))
    }
}
