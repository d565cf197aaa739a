//! Why the gateway does not start or reload.

use crate::api::https::acme::AcmeError;
use crate::api::https::tls::TlsError;
use crate::auth::jwt::TokenError;
use crate::auth::key::KeyError;
use crate::auth::password::PasswordError;
use crate::config::{ConfigError, RedisError};
use crate::data::access::PolicyError;
use crate::data::encryption::SealError;
use crate::event::journal::JournalError;
use crate::infra::mail::MailError;
use crate::infra::network::waf::load::Error as WafError;
use crate::infra::secrets::SecretError;
use crate::model::classifier::ShelfError;
use crate::model::policy::store::PolicyStoreError;
use crate::proxy::upstream::ProviderError;
use crate::store::StoreError;

/// Why the gateway does not start or reload.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// TLS cannot be served.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// No certificate was issued.
    #[error(transparent)]
    Acme(#[from] AcmeError),
    /// A provider's key or authority cannot be had.
    #[error("the provider `{provider}` cannot be asked")]
    Provider {
        /// Which.
        provider: String,
        /// Why.
        source: ProviderError,
    },
    /// The secret of an outside provider cannot be had.
    #[error("the client secret of the outside provider `{provider}` cannot be had")]
    OutsideSecret {
        /// Whose.
        provider: String,
        /// Why.
        source: SecretError,
    },
    /// The master key or the database's address cannot be had.
    #[error("a secret of [store] cannot be had")]
    Secret(#[from] SecretError),
    /// The database cannot be opened or migrated.
    #[error("the database cannot be used")]
    Store(#[from] StoreError),
    /// Redis cannot be used as configured.
    #[error("Redis cannot be used")]
    Redis(#[from] RedisError),
    /// The master key is missing or wrong.
    #[error("the master key cannot be used: `portcullis init` makes one")]
    Seal(#[from] SealError),
    /// The audit journal cannot be opened.
    #[error("the audit journal cannot be used")]
    Journal(#[from] JournalError),
    /// The chosen model of the learned tier does not hold.
    #[error("the chosen model of the learned tier cannot judge")]
    Model(#[from] ShelfError),
    /// The folder of the transformer does not hold.
    #[error("[transformer] cannot judge")]
    Transformer(#[from] transformer::Broken),
    /// Rules of the web application firewall do not load.
    #[error("the rules of [waf] cannot be used")]
    Waf(#[from] WafError),
    /// An access policy does not hold.
    #[error(transparent)]
    Access(#[from] PolicyError),
    /// The API keys cannot be read.
    #[error("the API keys cannot be read")]
    Keys(#[from] KeyError),
    /// The signing keys or the revocations cannot be read.
    #[error("signing keys and revocations cannot be read")]
    Tokens(#[from] TokenError),
    /// Passwords cannot be hashed or judged.
    #[error("passwords cannot be served")]
    Passwords(#[from] PasswordError),
    /// Letters cannot be sent.
    #[error("letters cannot be sent")]
    Mail(#[from] MailError),
    /// Policies put in over the admin API cannot be read.
    #[error("the stored policies cannot be read")]
    Policies(#[from] PolicyStoreError),
    /// The system's root certificates, a listener or the signals cannot be had.
    #[error("{what}")]
    Io {
        /// What was to be done.
        what: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The collector's address is wrong.
    #[error("telemetry.otlp_endpoint cannot be used")]
    Traces(#[from] opentelemetry_otlp::ExporterBuildError),
}

impl StartError {
    /// Adds what was to be done to an I/O error.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}
