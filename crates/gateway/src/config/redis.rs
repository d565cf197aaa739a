//! Settings of Redis.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::infra::secrets::{SecretError, SecretRef};
use crate::store::StoreError;
use crate::store::redis::{Redis, RedisOptions};

/// Redis, for what several nodes count together: limits, attempts to log in, and proofs of possession that were used. Without
/// it each node counts limits for itself, and attempts are counted in the database; `limiter` says what holds for limits
/// while it does not answer. Taken over at the start, not by a reload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RedisConfig {
    /// Its address, as a reference (`${env:REDIS_URL}`): `rediss://user:password@host:6379/0`, or `redis://` on loopback.
    pub url: Option<SecretRef>,
    /// A PEM file with the authority that its certificate is from, in the place of those of the system.
    pub ca: Option<PathBuf>,
    /// Time for an answer, in milliseconds; after it Redis counts as lost.
    pub timeout_ms: u64,
    /// Talks to a Redis elsewhere than on loopback without TLS: whoever reads the network reads its password.
    pub danger_plaintext: bool,
}

impl Default for RedisConfig {
    fn default() -> Self {
        Self { url: None, ca: None, timeout_ms: 250, danger_plaintext: false }
    }
}

/// Why Redis cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum RedisError {
    /// Its address cannot be had.
    #[error("redis.url cannot be had")]
    Secret(#[from] SecretError),
    /// The authority cannot be read.
    #[error("redis.ca: {path} cannot be read")]
    Authority {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The address is wrong.
    #[error(transparent)]
    Address(#[from] StoreError),
}

impl RedisConfig {
    /// The Redis that is configured; it need not answer yet.
    ///
    /// # Errors
    /// When its address or its authority cannot be had or used.
    pub fn open(&self) -> Result<Option<Redis>, RedisError> {
        let Some(url) = &self.url else { return Ok(None) };
        let read =
            |path: &PathBuf| std::fs::read(path).map_err(|source| RedisError::Authority { path: path.clone(), source });
        let options = RedisOptions {
            ca: self.ca.as_ref().map(read).transpose()?,
            timeout: Duration::from_millis(self.timeout_ms),
            allows_plaintext: self.danger_plaintext,
        };
        Ok(Some(Redis::new(&url.resolve()?, options)?))
    }

    /// One sentence for every broken rule, naming the field.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !(10..=5_000).contains(&self.timeout_ms) {
            problems.push(format!("timeout_ms: must be between 10 and 5000, but is {}", self.timeout_ms));
        }
        if self.ca.is_some() && self.url.is_none() {
            problems.push("ca: is of no use without url".to_owned());
        }
        problems
    }
}
