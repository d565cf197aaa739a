//! PostgreSQL.

use std::str::FromStr as _;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::{Column as _, PgPool, Row as _, TypeInfo as _, ValueRef as _};

use super::{StoreError, Value, Write, migrate};

const CONNECTIONS: u32 = 8;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

super::driver! { PgPool, PgArguments, PgRow }

/// Connects.
pub(super) async fn open(address: &SecretString) -> Result<PgPool, StoreError> {
    let options = PgConnectOptions::from_str(address.expose_secret())
        .map_err(StoreError::Address)?
        .application_name("portcullis");
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(CONNECT_TIMEOUT)
        .connect_with(options)
        .await
        .map_err(StoreError::Open)?;
    migrate::postgres().run(&pool).await?;
    Ok(pool)
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
