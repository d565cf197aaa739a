//! Mail: what is for one person leaves through an [`Outbox`] and is nowhere else, neither in a log nor in an answer.
//!
//! Two ways so far: a folder of `.eml` files that only their owner reads, and a mail server.
//!
//! Invariant: a letter has no `Debug`; an error never shows its text.

pub mod config;
mod smtp;

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use lettre::Message;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;

use super::network::egress::{Egress, EgressError};
use super::secrets::SecretError;
use config::MailConfig;
pub use smtp::Relay;
use smtp::Server;

/// A letter to one person.
pub struct Letter {
    /// The address.
    pub to: String,
    /// The subject.
    pub subject: &'static str,
    /// The text.
    pub text: String,
}

/// Sends letters.
#[async_trait]
pub trait Outbox: std::fmt::Debug + Send + Sync {
    /// Sends one.
    ///
    /// # Errors
    /// When it was not taken.
    async fn send(&self, letter: Letter) -> Result<(), MailError>;
}

/// Why a letter was not sent. Never holds its text or its address.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The address of the server is not one.
    #[error("mail.smtp is no address of a server")]
    Server,
    /// The address is not one.
    #[error("a letter cannot be written to this address")]
    Address,
    /// It could not be put together.
    #[error("a letter could not be written")]
    Message(#[from] lettre::error::Error),
    /// The folder cannot be written.
    #[error("mail.folder cannot be written")]
    Folder(#[source] std::io::Error),
    /// The server could not be talked to.
    #[error("the mail server cannot be reached or understood")]
    Smtp(#[source] lettre::transport::smtp::Error),
    /// No connection was made.
    #[error("there is no connection to the mail server")]
    Egress(#[from] EgressError),
    /// Its certificate is not one that is trusted, or it took too long.
    #[error("the mail server cannot be talked to")]
    Io(#[from] std::io::Error),
    /// The server did not take it. What it said is left out, since servers repeat the address.
    #[error("the mail server did not take a letter (code {0})")]
    Refused(String),
    /// The password of the server cannot be had.
    #[error("mail.smtp_password cannot be had")]
    Secret(#[from] SecretError),
    /// Nothing is configured.
    #[error("mail.folder or mail.smtp: one is needed to send a link")]
    NotConfigured,
}

/// The configured way.
///
/// # Errors
/// When a password cannot be had, or the address of the server cannot be used.
pub fn outbox(config: &MailConfig, egress: &Arc<Egress>) -> Result<Arc<dyn Outbox>, MailError> {
    let from: Mailbox = config.from.parse().map_err(|_| MailError::Address)?;
    if let Some(folder) = &config.folder {
        return Ok(Arc::new(Folder { folder: folder.clone(), from }));
    }
    match &config.smtp {
        Some(url) => Ok(Arc::new(Server::new(Relay::parse(url)?, config, from, egress.clone())?)),
        None => Ok(Arc::new(Nowhere)),
    }
}

/// A folder of `.eml` files.
#[derive(Debug)]
struct Folder {
    folder: PathBuf,
    from: Mailbox,
}

#[async_trait]
impl Outbox for Folder {
    async fn send(&self, letter: Letter) -> Result<(), MailError> {
        let id = uuid::Uuid::now_v7().simple().to_string();
        let bytes = message(&self.from, letter, &id)?.formatted();
        std::fs::create_dir_all(&self.folder).map_err(MailError::Folder)?;
        // Written beside and renamed, so that whoever delivers never sees half a letter.
        let beside = self.folder.join(format!(".{id}"));
        let mut options = std::fs::OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(&beside);
        file.and_then(|mut file| file.write_all(&bytes)).map_err(MailError::Folder)?;
        std::fs::rename(&beside, self.folder.join(format!("{id}.eml"))).map_err(MailError::Folder)
    }
}

impl From<lettre::transport::smtp::Error> for MailError {
    fn from(error: lettre::transport::smtp::Error) -> Self {
        match error.status() {
            Some(code) => Self::Refused(code.to_string()),
            None => Self::Smtp(error),
        }
    }
}

/// Nothing is configured.
#[derive(Debug)]
struct Nowhere;

#[async_trait]
impl Outbox for Nowhere {
    async fn send(&self, _letter: Letter) -> Result<(), MailError> {
        Err(MailError::NotConfigured)
    }
}

fn message(from: &Mailbox, letter: Letter, id: &str) -> Result<Message, MailError> {
    let to: lettre::Address = letter.to.parse().map_err(|_| MailError::Address)?;
    Ok(Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(letter.subject)
        .message_id(Some(format!("<{id}@{}>", from.email.domain())))
        .header(ContentType::TEXT_PLAIN)
        .body(letter.text)?)
}
