//! Mail: what is for one person leaves through an [`Outbox`] and is nowhere else, neither in a log nor in an answer.
//!
//! Two ways so far: a folder of `.eml` files that only their owner reads, and a mail server.
//!
//! Invariant: a letter has no `Debug`; an error never shows its text.

pub mod config;

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use secrecy::ExposeSecret as _;

use super::secrets::SecretError;
use config::MailConfig;

/// A mail server that takes longer does not get the letter.
const SMTP_TIMEOUT: Duration = Duration::from_secs(20);

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
pub fn outbox(config: &MailConfig) -> Result<Arc<dyn Outbox>, MailError> {
    let from: Mailbox = config.from.parse().map_err(|_| MailError::Address)?;
    if let Some(folder) = &config.folder {
        return Ok(Arc::new(Folder { folder: folder.clone(), from }));
    }
    match &config.smtp {
        Some(url) => Ok(Arc::new(Server { transport: transport(url, config)?, from })),
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

/// A mail server.
struct Server {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

#[async_trait]
impl Outbox for Server {
    async fn send(&self, letter: Letter) -> Result<(), MailError> {
        let id = uuid::Uuid::now_v7().simple().to_string();
        self.transport.send(message(&self.from, letter, &id)?).await?;
        Ok(())
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

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
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

fn transport(url: &str, config: &MailConfig) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailError> {
    let (relay, user) = relay(url);
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&relay)?;
    if let (Some(user), Some(password)) = (user, &config.smtp_password) {
        let password = password.resolve()?.expose_secret().to_owned();
        builder = builder.credentials(Credentials::new(user.to_owned(), password));
    }
    Ok(builder.timeout(Some(SMTP_TIMEOUT)).build())
}

/// The server as the library takes it, and the user. Without TLS a server on the way would read every link, so it is
/// required but on loopback.
fn relay(url: &str) -> (String, Option<&str>) {
    let (scheme, rest) = url.split_once("://").unwrap_or(("smtp", url));
    let (user, host) = rest.rsplit_once('@').map_or((None, rest), |(user, host)| (Some(user), host));
    let named = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let is_loopback = matches!(named.map_or(host, |(name, _)| name), "localhost" | "127.0.0.1" | "[::1]");
    let tls = if scheme == "smtp" && !is_loopback { "?tls=required" } else { "" };
    (format!("{scheme}://{host}{tls}"), user)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_is_required_but_on_loopback() {
        for (url, expected, user) in [
            ("smtp://mail.example:587", "smtp://mail.example:587?tls=required", None),
            ("smtp://ada@mail.example", "smtp://mail.example?tls=required", Some("ada")),
            ("smtp://127.0.0.1.example:25", "smtp://127.0.0.1.example:25?tls=required", None),
            ("smtp://127.0.0.1:25", "smtp://127.0.0.1:25", None),
            ("smtps://ada@mail.example", "smtps://mail.example", Some("ada")),
        ] {
            assert_eq!(relay(url), (expected.to_owned(), user), "{url}");
            let config = MailConfig { smtp: Some(url.to_owned()), ..MailConfig::default() };
            assert!(
                tokio::runtime::Builder::new_current_thread()
                    .build()
                    .unwrap()
                    .block_on(async { outbox(&config) })
                    .is_ok()
            );
        }
    }
}
