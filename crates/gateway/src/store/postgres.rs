//! PostgreSQL.

use std::net::IpAddr;
use std::str::FromStr as _;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow, PgSslMode};
use sqlx::{Column as _, PgPool, Row as _, TypeInfo as _, ValueRef as _};

use super::{StoreError, Value, Write, migrate};

const CONNECTIONS: u32 = 8;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

super::driver! { PgPool, PgArguments, PgRow }

/// Connects.
pub(super) async fn open(address: &SecretString, allows_plaintext: bool) -> Result<PgPool, StoreError> {
    let options = protected(address, allows_plaintext)?.application_name("portcullis");
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(CONNECT_TIMEOUT)
        .connect_with(options)
        .await
        .map_err(StoreError::Open)?;
    migrate::postgres().run(&pool).await?;
    Ok(pool)
}

/// How to connect. What is not on this machine must show a certificate that is checked, where the operator does not take the
/// danger: what tries TLS first and goes on without it (`prefer`, the driver's default) ends with who answers first.
fn protected(address: &SecretString, allows_plaintext: bool) -> Result<PgConnectOptions, StoreError> {
    let options = PgConnectOptions::from_str(address.expose_secret()).map_err(StoreError::Address)?;
    if allows_plaintext || options.get_socket().is_some() || is_here(options.get_host()) {
        return Ok(options);
    }
    match options.get_ssl_mode() {
        PgSslMode::VerifyFull | PgSslMode::VerifyCa => Ok(options),
        PgSslMode::Prefer => Ok(options.ssl_mode(PgSslMode::VerifyFull)),
        PgSslMode::Disable | PgSslMode::Allow | PgSslMode::Require => Err(StoreError::PostgresPlain),
    }
}

fn is_here(host: &str) -> bool {
    host.starts_with('/') || host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

fn value(row: &PgRow, index: usize) -> Result<Value, sqlx::Error> {
    let raw = row.try_get_raw(index)?;
    if raw.is_null() {
        return Ok(Value::Text(None));
    }
    match raw.type_info().name() {
        "TEXT" | "VARCHAR" => row.try_get(index).map(Value::Text),
        "BYTEA" => row.try_get(index).map(Value::Blob),
        "INT4" => row.try_get::<i32, _>(index).map(|int| Value::Int(Some(int.into()))),
        _ => row.try_get(index).map(Value::Int),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str, allows_plaintext: bool, expected: &str) {
        let options = protected(&address.to_owned().into(), allows_plaintext);
        let said = options.map_or_else(|error| error.to_string(), |options| format!("{:?}", options.get_ssl_mode()));
        assert!(said.contains(expected), "{address}: {said}");
    }

    #[test]
    fn beyond_this_machine_a_certificate_is_checked() {
        check("postgres://a:b@db.example/x", false, "VerifyFull");
        check("postgres://a:b@db.example/x?sslmode=prefer", false, "VerifyFull");
        check("postgres://a:b@db.example/x?sslmode=verify-ca", false, "VerifyCa");
        for mode in ["disable", "allow", "require"] {
            check(&format!("postgres://a:b@db.example/x?sslmode={mode}"), false, "danger_plaintext");
        }
        check("postgres://a:b@db.example/x?sslmode=disable", true, "Disable");
        check("postgres://a:b@127.0.0.1/x", false, "Prefer");
        check("postgres://a:b@localhost/x", false, "Prefer");
    }
}
