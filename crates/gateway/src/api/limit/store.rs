//! The table of budgets.

use crate::store::{Db, StoreError, Write, args};

/// What was used of a budget in one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// The name of the limit.
    pub(super) limit: String,
    /// Whose it is.
    pub(super) counter: String,
    /// When the period began, in seconds since 1970.
    pub(super) starts_at: i64,
    /// What was used.
    pub(super) used: i64,
}

/// Adds what was used since the last time, all in one transaction.
pub(super) async fn add(db: &Db, rows: &[Row], now_s: i64) -> Result<(), StoreError> {
    let statement = "INSERT INTO limit_budget (limit_name, counter, starts_at, used, changed_at) \
                     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (limit_name, counter, starts_at) \
                     DO UPDATE SET used = limit_budget.used + excluded.used, changed_at = excluded.changed_at";
    let write =
        |row: &Row| Write(statement, args![row.limit.as_str(), row.counter.as_str(), row.starts_at, row.used, now_s]);
    db.write(rows.iter().map(write).collect()).await
}

/// What changed since then, here or on other nodes.
pub(super) async fn changed_since(db: &Db, since_s: i64) -> Result<Vec<Row>, StoreError> {
    let statement = "SELECT limit_name, counter, starts_at, used FROM limit_budget WHERE changed_at >= $1";
    let rows = db.fetch_all(statement, args![since_s]).await?;
    let read = |row: &crate::store::Row| {
        Ok(Row {
            limit: row.text("limit_name")?.to_owned(),
            counter: row.text("counter")?.to_owned(),
            starts_at: row.int("starts_at")?,
            used: row.int("used")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Notes that a percentage was told, and says whether nobody had told it before.
pub(super) async fn tell(db: &Db, row: &Row, percent: u8) -> Result<bool, StoreError> {
    let statement = "UPDATE limit_budget SET told = $4 \
                     WHERE limit_name = $1 AND counter = $2 AND starts_at = $3 AND told < $4";
    let values = args![row.limit.as_str(), row.counter.as_str(), row.starts_at, i64::from(percent)];
    Ok(db.execute(statement, values).await? == 1)
}

/// Forgets what was used in a period.
pub(super) async fn reset(db: &Db, row: &Row, now_s: i64) -> Result<(), StoreError> {
    let statement = "UPDATE limit_budget SET used = 0, told = 0, changed_at = $4 \
                     WHERE limit_name = $1 AND counter = $2 AND starts_at = $3";
    let values = args![row.limit.as_str(), row.counter.as_str(), row.starts_at, now_s];
    db.execute(statement, values).await.map(|_| ())
}

/// Forgets periods that began before then.
pub(super) async fn sweep(db: &Db, before_s: i64) -> Result<u64, StoreError> {
    db.execute("DELETE FROM limit_budget WHERE starts_at < $1", args![before_s]).await
}
