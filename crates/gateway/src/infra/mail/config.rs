//! Settings of mail.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Relay;
use crate::infra::secrets::SecretRef;

/// How letters leave: into a folder, or to a mail server. With neither, nothing is sent. Taken over at the start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MailConfig {
    /// A folder that gets one `.eml` file a letter, for another program to deliver.
    pub folder: Option<PathBuf>,
    /// A mail server: `smtps://user@host` (TLS from the start) or `smtp://user@host:587` (STARTTLS, required but on
    /// loopback).
    pub smtp: Option<String>,
    /// The password of its user, as a reference.
    pub smtp_password: Option<SecretRef>,
    /// Who writes the letters.
    pub from: String,
}

impl Default for MailConfig {
    fn default() -> Self {
        Self { folder: None, smtp: None, smtp_password: None, from: "Portcullis <portcullis@localhost>".to_owned() }
    }
}

impl MailConfig {
    /// One sentence for every broken rule, naming the field.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.folder.is_some() && self.smtp.is_some() {
            problems.push("folder: stands beside smtp; letters leave one way".to_owned());
        }
        if self.smtp_password.is_some() && self.smtp.is_none() {
            problems.push("smtp_password: stands without smtp".to_owned());
        }
        if self.from.parse::<lettre::message::Mailbox>().is_err() {
            problems.push("from: must be an address, such as `Portcullis <portcullis@example.com>`".to_owned());
        }
        if let Some(url) = &self.smtp
            && !is_server(url)
        {
            problems.push(
                "smtp: must be `smtps://[user@]host[:port]` or `smtp://[user@]host[:port]`; the password stands in \
                 smtp_password"
                    .to_owned(),
            );
        }
        problems
    }
}

/// Whether a text is the address of a mail server and nothing more.
fn is_server(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("smtps://").or_else(|| url.strip_prefix("smtp://")) else { return false };
    let (user, host) = rest.rsplit_once('@').unwrap_or(("", rest));
    !user.contains(':')
        && !host.contains(['/', '?', '#'])
        && !rest.contains(char::is_whitespace)
        && Relay::parse(url).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_the_address_of_a_server_is_refused() {
        for (url, expected) in [
            ("smtps://mail.example", true),
            ("smtp://portcullis@mail.example:587", true),
            ("smtp://portcullis:hunter2@mail.example", false),
            ("smtp://mail.example?tls=opportunistic", false),
            ("http://mail.example", false),
            ("smtp://", false),
        ] {
            assert_eq!(is_server(url), expected, "{url}");
        }
    }
}
