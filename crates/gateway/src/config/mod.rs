//! The configuration: one TOML file, read whole or not at all.
//!
//! Every section brings its own settings; this module puts them together, refuses unknown keys with a suggestion, checks
//! what one setting says about another, and gives the JSON Schema that editors use.
//!
//! Invariants: a [`Config`] that exists is valid; secrets are references in it; defaults equal the controls.

mod check;
mod destination;
mod redis;
mod unknown;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::cors::config::CorsConfig;
use crate::api::https::config::TlsConfig;
use crate::api::limit::config::{LimitConfig, LimiterConfig};
use crate::auth::config::AuthConfig;
use crate::auth::scim::config::ScimConfig;
use crate::data::access::config::AccessConfig;
use crate::data::audit::config::AuditConfig;
use crate::data::pii::config::PseudonymConfig;
use crate::infra::mail::config::MailConfig;
use crate::infra::monitor::config::TelemetryConfig;
use crate::infra::network::address::{ForwardedHeader, Range};
use crate::infra::network::ddos::Rules;
use crate::infra::network::ddos::config::{BanConfig, ChallengeConfig, ConnectionConfig, OverloadConfig};
use crate::infra::network::egress::config::EgressConfig;
use crate::infra::network::firewall::config::FirewallConfig;
use crate::infra::network::waf::config::WafConfig;
use crate::infra::secrets::SecretRef;
use crate::model::policy::config::PolicyConfig;
use crate::model::transformer::config::TransformerConfig;
use crate::proxy::config::{ModelConfig, ProviderConfig};

pub use destination::Destination;
pub use redis::{RedisConfig, RedisError};

/// Everything a Portcullis can be told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where it listens, and what it takes in.
    #[serde(default)]
    pub server: ServerConfig,
    /// The database.
    #[serde(default)]
    pub store: StoreConfig,
    /// What several nodes count together.
    #[serde(default)]
    pub redis: RedisConfig,
    /// Who may come in.
    #[serde(default)]
    pub auth: AuthConfig,
    /// Who may do what.
    #[serde(default)]
    pub access: AccessConfig,
    /// Users and groups from an identity provider.
    #[serde(default)]
    pub scim: ScimConfig,
    /// What the audit log keeps.
    #[serde(default)]
    pub audit: AuditConfig,
    /// Reversible pseudonyms.
    #[serde(default)]
    pub pseudonym: PseudonymConfig,
    /// How letters leave.
    #[serde(default)]
    pub mail: MailConfig,
    /// Which web pages of others may call the gateway.
    #[serde(default)]
    pub cors: CorsConfig,
    /// The web application firewall.
    #[serde(default)]
    pub waf: WafConfig,
    /// Who may send packets to the gateway's ports.
    #[serde(default)]
    pub firewall: FirewallConfig,
    /// Whom the gateway may connect to.
    #[serde(default)]
    pub egress: EgressConfig,
    /// What judges the texts that the learned rules are unsure of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transformer: Option<TransformerConfig>,
    /// Traces.
    #[serde(default)]
    pub telemetry: TelemetryConfig,
    /// How limits are counted.
    #[serde(default)]
    pub limiter: LimiterConfig,
    /// How much of what may be used, by whom.
    #[serde(default, rename = "limit")]
    pub limits: Vec<LimitConfig>,
    /// The model providers.
    #[serde(default, rename = "provider")]
    pub providers: Vec<ProviderConfig>,
    /// The models that clients may ask for.
    #[serde(default, rename = "model")]
    pub models: Vec<ModelConfig>,
    /// The policies, most specific scope first. With none, the shipped default policy is on.
    #[serde(default, rename = "policy")]
    pub policies: Vec<PolicyConfig>,
}

/// Listeners and limits of what comes in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Data plane: where SDKs connect.
    pub listen: SocketAddr,
    /// Admin plane: admin API, `/livez`, `/readyz`, `/metrics`. Loopback only.
    pub admin_listen: SocketAddr,
    /// Largest request body, in bytes.
    pub body_bytes_max: usize,
    /// Deepest nesting of a JSON body.
    pub json_depth_max: usize,
    /// Most values (strings, numbers, keys) in a JSON body.
    pub json_values_max: usize,
    /// Time to read a request's headers, in seconds.
    pub header_timeout_s: u64,
    /// Time to read a request's body, in seconds.
    pub body_timeout_s: u64,
    /// Open connections at most.
    pub connections_max: usize,
    /// Time that running requests get when the server stops, in seconds.
    pub shutdown_grace_s: u64,
    /// Proxies whose word about the client's address is taken (`10.0.0.0/8`).
    pub trusted_proxies: Vec<Range>,
    /// The header in which they say it; the other one is not looked at.
    pub forwarded_header: ForwardedHeader,
    /// Every connection to the data plane begins with a PROXY header (version 1 or 2) of a trusted proxy, or is closed.
    pub proxy_protocol: bool,
    /// What a connection may cost.
    pub limits: ConnectionConfig,
    /// Bans of addresses.
    pub ban: BanConfig,
    /// What gives way when there is too much.
    pub overload: OverloadConfig,
    /// A proof of work that browsers show before the pages for people.
    pub challenge: ChallengeConfig,
    /// Worker threads; 0 is one a core.
    pub threads: usize,
    /// TLS for the data plane.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsConfig>,
    /// Serves the data plane without TLS elsewhere than on loopback, as behind a proxy that ends TLS: whoever reads the
    /// network in between reads prompts and keys.
    pub danger_plaintext: bool,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: ([127, 0, 0, 1], 8080).into(),
            admin_listen: ([127, 0, 0, 1], 8081).into(),
            body_bytes_max: 8 * 1024 * 1024,
            json_depth_max: 64,
            json_values_max: 200_000,
            header_timeout_s: 10,
            body_timeout_s: 30,
            connections_max: 10_000,
            shutdown_grace_s: 20,
            trusted_proxies: Vec::new(),
            forwarded_header: ForwardedHeader::default(),
            proxy_protocol: false,
            limits: ConnectionConfig::default(),
            ban: BanConfig::default(),
            overload: OverloadConfig::default(),
            challenge: ChallengeConfig::default(),
            threads: 0,
            tls: None,
            danger_plaintext: false,
        }
    }
}

impl ServerConfig {
    /// What the gate goes by.
    pub fn rules(&self) -> Rules {
        Rules {
            trusted_proxies: self.trusted_proxies.clone(),
            limits: self.limits.clone(),
            ban: self.ban.clone(),
            overload: self.overload.clone(),
            challenge: self.challenge.clone(),
        }
    }
}

/// The database and the key it is sealed with.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StoreConfig {
    /// PostgreSQL's address, as a reference (`${env:DATABASE_URL}`). Without it, SQLite in the data folder. Beyond loopback TLS
    /// with a checked certificate is on; `?sslrootcert=FILE` names its authority.
    pub postgres: Option<SecretRef>,
    /// Talks to a PostgreSQL elsewhere than on loopback without a certificate that is checked: whoever is in between reads
    /// its password and everything else.
    pub danger_plaintext: bool,
    /// The master key, 32 bytes as base64 or hex. Without it, `master.key` in the data folder, made by `init`.
    pub master_key: Option<SecretRef>,
}

/// Why a configuration was refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("the configuration {path} cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not TOML, or a value has the wrong type.
    #[error("{path}: {message}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// What is wrong and where; never a value that may be a secret.
        message: String,
    },
    /// It parses, but breaks rules.
    #[error("{path}: {}", .problems.join("; "))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// One sentence each, naming the field and the rule.
        problems: Vec<String>,
    },
}

impl Config {
    /// Reads and checks the file.
    ///
    /// # Errors
    /// When it cannot be read, does not parse, has unknown keys or breaks a rule. Nothing is taken in part.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        Self::parse(&text, path)
    }

    /// Parses and checks a text; `path` is for the messages.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let invalid = |problems: Vec<String>| ConfigError::Invalid { path: path.to_owned(), problems };
        let parse = |error: toml::de::Error| ConfigError::Parse {
            path: path.to_owned(),
            message: without_source(&error, text),
        };
        let config: Self = toml::from_str(text).map_err(|error| {
            // Unknown keys are refused by every table's own type, one at a time; people mistype several.
            let table: toml::Table = text.parse().unwrap_or_default();
            let unknown = unknown::unknown_keys(&table, &Self::schema());
            if unknown.is_empty() { parse(error) } else { invalid(unknown) }
        })?;
        let problems = check::problems(&config);
        if problems.is_empty() { Ok(config) } else { Err(invalid(problems)) }
    }

    /// The JSON Schema of the file.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }

    /// Providers by name.
    pub fn providers_by_name(&self) -> BTreeMap<&str, &ProviderConfig> {
        self.providers.iter().map(|provider| (provider.name.as_str(), provider)).collect()
    }
}

/// The message with line and column, but without the source excerpt, which could show a secret.
fn without_source(error: &toml::de::Error, text: &str) -> String {
    let place = error.span().map(|span| {
        let before = &text[..span.start.min(text.len())];
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1;
        format!("line {line}, column {column}: ")
    });
    let hint = match error.message() {
        "invalid type: map, expected a sequence" => ": a table of which there may be several has two brackets, `[[…]]`",
        _ => "",
    };
    format!("{}{}{hint}", place.unwrap_or_default(), error.message())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTRACT: &str = r#"
        [server]
        listen = "127.0.0.1:8080"
        admin_listen = "127.0.0.1:8081"
        [[provider]]
        name = "up"
        kind = "openai"
        base_url = "http://127.0.0.1:9000/v1"
        key = "${env:UP_KEY}"
        [[model]]
        name = "m"
        provider = "up"
    "#;

    fn refused(text: &str) -> String {
        Config::parse(text, Path::new("p.toml")).unwrap_err().to_string()
    }

    #[test]
    fn the_contract_parses() {
        let config = Config::parse(CONTRACT, Path::new("p.toml")).unwrap();
        assert_eq!(config.models[0].name, "m");
        assert_eq!(config.providers[0].base_url.as_str(), "http://127.0.0.1:9000/v1");
    }

    #[test]
    fn an_unknown_key_is_refused_with_a_suggestion() {
        let error = refused(&CONTRACT.replace("base_url", "base_ulr"));
        assert!(error.contains("provider[0].base_ulr") && error.contains("base_url"), "{error}");
    }

    /// Its type refuses what the table does not have: that is what the schema says it is closed by.
    #[test]
    fn every_table_is_closed() {
        fn open<'s>(schema: &'s serde_json::Value, found: &mut Vec<&'s serde_json::Value>) {
            if schema.get("properties").is_some() && schema["additionalProperties"] != false {
                found.push(schema);
            }
            let parts = schema.as_object().into_iter().flat_map(|object| object.values());
            parts.chain(schema.as_array().into_iter().flatten()).for_each(|part| open(part, found));
        }
        let (schema, mut found) = (Config::schema(), Vec::new());
        open(&schema, &mut found);
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn a_table_in_the_place_of_a_list_is_told_how_lists_are_written() {
        let error = refused("[provider]\nname = 'up'\n");
        assert!(error.contains("line 1") && error.contains("[[…]]"), "{error}");
    }

    #[test]
    fn an_inline_secret_is_refused_and_not_shown() {
        let error = refused(&CONTRACT.replace("${env:UP_KEY}", "sk-abcdef"));
        assert!(error.contains("reference") && !error.contains("sk-abcdef"), "{error}");
    }

    #[test]
    fn a_model_without_its_provider_is_refused() {
        let error = refused(&CONTRACT.replace("provider = \"up\"", "provider = \"upp\""));
        assert!(error.contains("model[0].provider") && error.contains("up"), "{error}");
    }
}
