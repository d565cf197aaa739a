//! State: one database behind one type, SQLite in the data folder or PostgreSQL by one setting.
//!
//! A statement is a literal of the program, so nothing that a client sends can become part of one (`input.sql`); values
//! travel beside it. Statements are written once, in the dialect that both databases share: `$1`, `ON CONFLICT`, no
//! vendor functions. Only the migrations differ.
//!
//! Invariants: what [`Db::write`] is given takes effect as a whole or not at all, and is on the disk when it returns;
//! SQLite has one writer.

mod driver;
mod migrate;
mod postgres;
pub mod redis;
mod sqlite;
mod value;

use std::path::Path;

use secrecy::SecretString;
use sqlx::{PgPool, SqlitePool};

use driver::driver;

/// Begins a command for [`redis::Redis::ask`].
pub(crate) use ::redis::cmd as redis_command;
pub(crate) use value::args;
pub use value::{Row, Value};

/// The database.
#[derive(Debug, Clone)]
pub struct Db(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Sqlite { write: SqlitePool, read: SqlitePool },
    Postgres(PgPool),
}

/// Something to be written: one statement with its values.
#[derive(Debug, Clone)]
pub struct Write(pub &'static str, pub Vec<Value>);

/// Why the store failed. Never holds a value.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address of the database is not one.
    #[error("store.postgres does not resolve to a PostgreSQL address (`postgres://user@host/database`)")]
    Address(#[source] sqlx::Error),
    /// Somebody in between could read along.
    #[error(
        "store.postgres is elsewhere and without a certificate that is checked: leave sslmode out or take verify-full, or set store.danger_plaintext"
    )]
    PostgresPlain,
    /// The database could not be reached or opened.
    #[error("the database cannot be opened")]
    Open(#[source] sqlx::Error),
    /// The tables could not be brought up to date.
    #[error("the database could not be migrated")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A statement failed.
    #[error("a statement failed")]
    Statement(#[from] sqlx::Error),
    /// The address of Redis is not one.
    #[error("redis.url does not resolve to an address of Redis (`rediss://user:password@host:6379/0`)")]
    RedisAddress,
    /// Its password would cross the network for all to read.
    #[error("redis.url is elsewhere and without TLS: use rediss://, or set redis.danger_plaintext")]
    RedisPlain,
    /// Redis refused, or the connection broke.
    #[error("Redis failed")]
    Redis(#[from] ::redis::RedisError),
    /// Redis said nothing in the time it has.
    #[error("Redis did not answer in time")]
    RedisSilent,
    /// A column is missing or of another type.
    #[error("the column `{0}` is missing or of another type")]
    Column(&'static str),
}

impl StoreError {
    /// Whether a key is taken that was to be written.
    pub fn is_taken(&self) -> bool {
        matches!(self, Self::Statement(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}

impl Db {
    /// Opens PostgreSQL at `postgres`, or SQLite in the folder `data`, and brings the tables up to date. `allows_plaintext`:
    /// whether PostgreSQL may be elsewhere without TLS.
    ///
    /// # Errors
    /// When it cannot be opened, or was made by a newer version.
    pub async fn open(data: &Path, postgres: Option<SecretString>, allows_plaintext: bool) -> Result<Self, StoreError> {
        match postgres {
            Some(address) => postgres::open(&address, allows_plaintext).await.map(|pool| Self(Kind::Postgres(pool))),
            None => {
                let (write, read) = sqlite::open(&data.join("portcullis.db")).await?;
                Ok(Self(Kind::Sqlite { write, read }))
            }
        }
    }

    /// The name of the database's kind, for people.
    pub fn kind(&self) -> &'static str {
        match self.0 {
            Kind::Sqlite { .. } => "SQLite",
            Kind::Postgres(_) => "PostgreSQL",
        }
    }

    /// Reads rows.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn fetch_all(&self, statement: &'static str, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        match &self.0 {
            Kind::Sqlite { read, .. } => sqlite::fetch_all(read, statement, values).await,
            Kind::Postgres(pool) => postgres::fetch_all(pool, statement, values).await,
        }
    }

    /// Writes, and says how many rows were changed.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn execute(&self, statement: &'static str, values: Vec<Value>) -> Result<u64, StoreError> {
        match &self.0 {
            Kind::Sqlite { write, .. } => sqlite::execute(write, statement, values).await,
            Kind::Postgres(pool) => postgres::execute(pool, statement, values).await,
        }
    }

    /// Writes everything in one transaction.
    ///
    /// # Errors
    /// When one of them fails; then none took effect.
    pub async fn write(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        self.write_counting(writes).await.map(|_| ())
    }

    /// As [`Db::write`], and says how many rows the last one changed.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn write_counting(&self, writes: Vec<Write>) -> Result<u64, StoreError> {
        match &self.0 {
            // Boxed, or its state would be part of every request's.
            Kind::Sqlite { write, .. } => Box::pin(sqlite::write(write, writes)).await,
            Kind::Postgres(pool) => Box::pin(postgres::write(pool, writes)).await,
        }
    }

    /// Closes all connections.
    pub async fn close(&self) {
        match &self.0 {
            Kind::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Kind::Postgres(pool) => pool.close().await,
        }
    }
}
