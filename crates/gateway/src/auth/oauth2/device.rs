//! Devices without a browser (RFC 8628): the device shows a code, a person enters it elsewhere, and the device polls.
//!
//! The user code has 8 of 20 consonants: 34 bits, for ten minutes, and an address may try few.

use std::net::IpAddr;

use super::client::Client;
use super::code::Approval;
use super::flow::Flow;
use super::{OAuthError, Provider, store};
use crate::auth::random::base62;

/// How long a person has.
pub const LIFE_S: i64 = 600;
/// How long a device waits between polls, at first.
pub const PAUSE_S: i64 = 5;
/// Consonants that are hard to mistake, and make no words.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const CHARS: usize = 8;
/// User codes that an address may try before it waits.
const TRIES_AN_ADDRESS: u32 = 10;

/// The codes of a device. Shown once.
pub struct Codes {
    /// For the device.
    pub device_code: String,
    /// For the person.
    pub user_code: String,
}

impl Provider {
    /// Begins a device grant.
    ///
    /// # Errors
    /// When too many wait, or it cannot be stored.
    pub async fn begin_device(&self, client: &Client, scopes: &[String], ip: IpAddr) -> Result<Codes, OAuthError> {
        let now = self.clock.now().as_second();
        let (source, most) = self.source(client, ip);
        if store::device::count(&self.db, &source, now).await? >= most {
            self.refuse("devices", &client.id);
            return Err(OAuthError::Wait(LIFE_S.unsigned_abs()));
        }
        let codes = Codes { device_code: format!("pcd_{}", base62(43)?), user_code: user_code()? };
        let hashes = (self.hash("device-code", &codes.device_code), self.user_hash(&codes.user_code));
        let waits = store::device::Waiting { ends_at: now + LIFE_S, pause_s: PAUSE_S, source: &source };
        store::device::insert(&self.db, &hashes, (&client.id, scopes), waits).await?;
        Ok(codes)
    }

    /// Finds what a person entered in a browser. Wrong ones of an address are counted.
    ///
    /// # Errors
    /// When there is no such code now, or the address has to wait.
    pub async fn entered(&self, user_code: &str, browser: &str, ip: IpAddr) -> Result<Flow, OAuthError> {
        self.throttle.look("oauth-user-code", ip).await?;
        let hash = self.user_hash(user_code);
        let found = store::device::by_user_code(&self.db, &hash, self.clock.now().as_second()).await?;
        let Some((client, scopes)) = found else {
            self.refuse("user_code", "");
            self.throttle.count_address("oauth-user-code", ip, TRIES_AN_ADDRESS).await?;
            return Err(OAuthError::grant("there is no such code, or it is too old"));
        };
        Ok(Flow::Device { client, scopes, user_code: hex(&hash), browser: browser.to_owned() })
    }

    /// Whether there is such a device code, and a person has said yes.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn is_approved(&self, device_code: &str) -> Result<bool, OAuthError> {
        let stored = store::device::one(&self.db, &self.hash("device-code", device_code)).await?;
        Ok(stored.is_some_and(|stored| stored.state == "approved"))
    }

    /// Writes down what the person decided, once.
    ///
    /// # Errors
    /// When it was decided before or is over, or the store fails.
    pub async fn decide(&self, user_code: &str, approval: Option<&Approval>) -> Result<(), OAuthError> {
        let now = self.clock.now().as_second();
        match store::device::decide(&self.db, user_code, approval, now).await? {
            true => Ok(()),
            false => Err(OAuthError::grant("this code was used, or is too old")),
        }
    }

    /// What a device that polls gets: what was approved, once.
    ///
    /// # Errors
    /// When nothing is approved (yet), or it polls too fast.
    pub async fn poll_device(&self, client: &Client, device_code: &str) -> Result<Approval, OAuthError> {
        let hash = self.hash("device-code", device_code);
        let stored = store::device::one(&self.db, &hash).await?;
        let stored = stored.filter(|stored| stored.client == client.id);
        let stored = stored.ok_or_else(|| {
            self.refuse("device_code", &client.id);
            OAuthError::grant("the device code is not one of this client")
        })?;
        let now = self.clock.now().as_second();
        if stored.ends_at <= now {
            return Err(OAuthError::refused("expired_token", "the device code is too old"));
        }
        let is_early = now - stored.polled_at < stored.pause_s;
        let pause_s = if is_early { stored.pause_s + PAUSE_S } else { stored.pause_s };
        store::device::polled(&self.db, &hash, now, pause_s).await?;
        if is_early {
            return Err(OAuthError::refused("slow_down", "poll less often"));
        }
        match (stored.state.as_str(), stored.approval) {
            ("approved", Some(approval)) if store::device::spend(&self.db, &hash).await? => Ok(approval),
            ("waiting", _) => Err(OAuthError::refused("authorization_pending", "nobody has decided yet")),
            ("denied", _) => Err(OAuthError::refused("access_denied", "the person said no")),
            _ => Err(OAuthError::grant("the device code was used")),
        }
    }

    fn user_hash(&self, user_code: &str) -> Vec<u8> {
        self.hash("user-code", &normal(user_code))
    }
}

/// People write it with and without the dash, in small letters and with spaces.
fn normal(user_code: &str) -> String {
    user_code.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_uppercase()).take(CHARS + 1).collect()
}

fn user_code() -> Result<String, OAuthError> {
    let mut code = String::with_capacity(CHARS + 1);
    while code.len() < CHARS + 1 {
        // 60 of the 62 characters map evenly on 20 letters.
        for char in base62(CHARS * 2)?.bytes() {
            let value = match char {
                b'0'..=b'9' => char - b'0',
                b'A'..=b'Z' => char - b'A' + 10,
                _ => char - b'a' + 36,
            };
            if value < 60 && code.len() < CHARS + 1 {
                code.push(char::from(LETTERS[usize::from(value % 20)]));
                if code.len() == CHARS / 2 {
                    code.push('-');
                }
            }
        }
    }
    Ok(code)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_code_is_eight_consonants_however_it_is_typed() {
        let code = user_code().unwrap();
        assert!(code.len() == 9 && code.as_bytes()[4] == b'-', "{code}");
        assert!(code.bytes().all(|byte| byte == b'-' || LETTERS.contains(&byte)), "{code}");
        assert_eq!(normal("bcdf ghjk"), normal("BCDF-GHJK"));
        assert_ne!(normal("BCDFGHJKL"), normal("BCDFGHJK"));
    }
}
