//! Links sent by mail: 256 random bits, for one purpose, once, for a while.
//!
//! The token stands in the query of the link, since a page that works without script sees nothing behind `#`. Opening the
//! link uses nothing up: `http::site::link` moves the token into a cookie and leads on to an address without it. The
//! database has a keyed hash of it.

use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};

use super::UserError;
use crate::infra::mail::Letter;

const TOKEN_BYTES: usize = 32;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Choose the first password.
    Invitation,
    /// Prove the address.
    Verification,
    /// Choose another password.
    Recovery,
}

impl Purpose {
    /// The name, in the database and in the link.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Verification => "verification",
            Self::Recovery => "recovery",
        }
    }

    /// How long a link can be used, in seconds.
    pub(super) fn life_s(self) -> i64 {
        match self {
            Self::Invitation => 7 * 86_400,
            Self::Verification => 86_400,
            Self::Recovery => 15 * 60,
        }
    }

    fn subject(self) -> &'static str {
        match self {
            Self::Invitation => "Your invitation to Portcullis",
            Self::Verification => "Please confirm your e-mail address",
            Self::Recovery => "Choose a new password for Portcullis",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Invitation => "you have been invited to Portcullis. Choose a password within 7 days:",
            Self::Verification => "please confirm within a day that this address is yours:",
            Self::Recovery => {
                "somebody, probably you, asked for a new password. The old one stays valid until you choose another, \
                 within 15 minutes:"
            }
        }
    }
}

/// A new token.
pub(super) fn mint() -> Result<SecretString, UserError> {
    let mut bytes = zeroize::Zeroizing::new([0; TOKEN_BYTES]);
    rand::fill(bytes.as_mut_slice()).map_err(|_| UserError::Random)?;
    Ok(SecretString::from(URL_SAFE_NO_PAD.encode(bytes.as_slice())))
}

/// What the database has of a token. A token for one purpose is none for another.
pub(super) fn hash(key: &hmac::Key, purpose: Purpose, token: &SecretString) -> Vec<u8> {
    let mut context = hmac::Context::with_key(key);
    context.update(purpose.name().as_bytes());
    context.update(&[0]);
    context.update(token.expose_secret().as_bytes());
    context.sign().as_ref().to_vec()
}

/// The letter with the link.
pub(super) fn letter(purpose: Purpose, to: &str, name: &str, public_url: &str, token: &SecretString) -> Letter {
    let link = format!("{public_url}/{}?token={}", purpose.name(), token.expose_secret());
    let text = format!(
        "Hello {},\n\n{}\n\n{link}\n\nThe link works once. If you did not expect this letter, do nothing.\n",
        one_line(name),
        purpose.text()
    );
    Letter { to: to.to_owned(), subject: purpose.subject(), text }
}

/// The letter after a password was changed (ASVS V6.3.7).
pub(super) fn changed(to: &str, name: &str) -> Letter {
    let text = format!(
        "Hello {},\n\nyour password for Portcullis was changed just now, and all sessions were ended.\n\nIf it was not \
         you, tell your administrator at once.\n",
        one_line(name)
    );
    Letter { to: to.to_owned(), subject: "Your password was changed", text }
}

/// A letter about something that was done to the account.
pub(super) fn notice(to: &str, name: &str, subject: &'static str, text: &str) -> Letter {
    Letter { to: to.to_owned(), subject, text: format!("Hello {},\n\n{text}\n", one_line(name)) }
}

fn one_line(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
