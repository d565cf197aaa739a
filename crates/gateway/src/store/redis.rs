//! Redis, for what several nodes share and may lose: nothing stands only there that must not be forgotten.
//!
//! Invariants: outside loopback it is spoken to over TLS alone, unless the operator takes the danger; an answer is waited
//! for no longer than the time set; errors and `Debug` show neither the address nor the password.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, ConnectionAddr, FromRedisValue, IntoConnectionInfo as _};
use redis::{RedisError, TlsCertificates};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;

use super::StoreError;

/// How to reach it.
#[derive(Debug, Clone, Default)]
pub struct RedisOptions {
    /// The authority of its certificate, as PEM; without it, those of the system.
    pub ca: Option<Vec<u8>>,
    /// Time for an answer.
    pub timeout: Duration,
    /// Whether it may be elsewhere without TLS.
    pub allows_plaintext: bool,
}

/// What Redis says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedisInfo {
    /// Its version.
    pub version: String,
    /// Whether it throws keys away when its memory is full.
    pub evicts: bool,
}

/// A connection that is made when it is needed, and again when it is lost.
pub struct Redis {
    client: Client,
    config: AsyncConnectionConfig,
    /// The connection that all commands share, while it holds.
    held: Mutex<Option<MultiplexedConnection>>,
    timeout: Duration,
}

impl Redis {
    /// Takes the address; nothing is sent yet.
    ///
    /// # Errors
    /// When it is no address, or one that needs TLS and has none.
    pub fn new(address: &SecretString, options: RedisOptions) -> Result<Self, StoreError> {
        let info = address.expose_secret().into_connection_info().map_err(|_| StoreError::RedisAddress)?;
        let client = match info.addr() {
            ConnectionAddr::TcpTls { insecure: false, .. } => {
                let certificates = TlsCertificates { client_tls: None, root_cert: options.ca };
                Client::build_with_tls(info, certificates)
            }
            ConnectionAddr::Tcp(host, _) if options.allows_plaintext || is_loopback(host) => Client::open(info),
            ConnectionAddr::Tcp(..) => return Err(StoreError::RedisPlain),
            _ => return Err(StoreError::RedisAddress),
        };
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(options.timeout))
            .set_response_timeout(Some(options.timeout));
        Ok(Self { client: client?, config, held: Mutex::default(), timeout: options.timeout })
    }

    /// Sends a command.
    ///
    /// # Errors
    /// When there is no answer in time, or another one than was asked for. It may have been done all the same.
    pub async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        // Making the connection counts too. Boxed, or its state would be part of every request's.
        match tokio::time::timeout(self.timeout, Box::pin(self.asked(command))).await {
            Ok(answer) => Ok(answer?),
            Err(_) => {
                // Whoever does not answer gets a new connection when asked again.
                *self.held.lock().await = None;
                Err(StoreError::RedisSilent)
            }
        }
    }

    async fn asked<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, RedisError> {
        let (mut connection, is_new) = self.connected().await?;
        let answer = command.query_async(&mut connection).await;
        let is_broken = answer.as_ref().is_err_and(RedisError::is_unrecoverable_error);
        if !is_broken {
            return answer;
        }
        *self.held.lock().await = None;
        if is_new {
            return answer;
        }
        // Redis may have been started anew since the last question.
        let (mut connection, _) = self.connected().await?;
        command.query_async(&mut connection).await
    }

    /// The connection, and whether it was made just now.
    async fn connected(&self) -> Result<(MultiplexedConnection, bool), RedisError> {
        let mut held = self.held.lock().await;
        if let Some(connection) = &*held {
            return Ok((connection.clone(), false));
        }
        let made = self.client.get_multiplexed_async_connection_with_config(&self.config).await?;
        *held = Some(made.clone());
        Ok((made, true))
    }

    /// Asks it about itself.
    ///
    /// # Errors
    /// As [`Redis::ask`].
    pub async fn info(&self) -> Result<RedisInfo, StoreError> {
        let text: String = self.ask(&redis::cmd("INFO")).await?;
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            line.unwrap_or_default().trim().to_owned()
        };
        let evicts = field("maxmemory") != "0" && !matches!(field("maxmemory_policy").as_str(), "noeviction" | "");
        Ok(RedisInfo { version: field("redis_version"), evicts })
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.trim_matches(['[', ']']).parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redis").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check(address: &str, allows_plaintext: bool, expected: &str) {
        let options = RedisOptions { allows_plaintext, timeout: Duration::from_millis(10), ..RedisOptions::default() };
        let made = Redis::new(&address.to_owned().into(), options);
        let said = made.map_or_else(|error| error.to_string(), |redis| format!("{redis:?}"));
        assert!(said.contains(expected) && !said.contains("secret"), "{address}: {said}");
    }

    #[tokio::test]
    async fn a_password_travels_over_tls_or_not_at_all() {
        check("redis://:secret@127.0.0.1:1", false, "Redis {").await;
        check("redis://:secret@[::1]:1", false, "Redis {").await;
        check("redis://:secret@redis.example.com", false, "danger_plaintext").await;
        check("redis://:secret@redis.example.com", true, "Redis {").await;
        check("rediss://:secret@redis.example.com/#insecure", true, "rediss://").await;
        check("http://:secret@redis.example.com", true, "rediss://").await;
        check("unix:///run/secret", true, "rediss://").await;
        check("rediss://:secret@redis.example.com", false, "Redis {").await;
    }

    #[tokio::test]
    async fn who_does_not_answer_is_not_waited_for() {
        // A listener that never says anything.
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("redis://{}", silent.local_addr().unwrap());
        let options = RedisOptions { timeout: Duration::from_millis(50), ..RedisOptions::default() };
        let redis = Redis::new(&address.into(), options).unwrap();
        assert!(redis.ask::<String>(&redis::cmd("PING")).await.is_err());
    }
}
