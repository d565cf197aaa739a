//! SQLite: one file, one writer, readers beside it.

use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{Column as _, Row as _, SqlitePool, TypeInfo as _, ValueRef as _};

use super::{StoreError, Value, Write, migrate};

const READERS: u32 = 4;
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

super::driver! { SqlitePool, SqliteArguments, SqliteRow }

/// Opens the writer and the readers.
pub(super) async fn open(file: &Path) -> Result<(SqlitePool, SqlitePool), StoreError> {
    // The files beside it take over its mode.
    std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(file)
        .map_err(|error| StoreError::Open(sqlx::Error::Io(error)))?;
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT);
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.clone())
        .await
        .map_err(StoreError::Open)?;
    migrate::sqlite().run(&write).await?;
    let read = SqlitePoolOptions::new()
        .max_connections(READERS)
        .min_connections(1)
        .connect_with(options.read_only(true))
        .await
        .map_err(StoreError::Open)?;
    Ok((write, read))
}

fn value(row: &SqliteRow, index: usize) -> Result<Value, sqlx::Error> {
    let raw = row.try_get_raw(index)?;
    if raw.is_null() {
        return Ok(Value::Text(None));
    }
    match raw.type_info().name() {
        "TEXT" => row.try_get(index).map(Value::Text),
        "BLOB" => row.try_get(index).map(Value::Blob),
        _ => row.try_get(index).map(Value::Int),
    }
}
