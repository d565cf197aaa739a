//! The tables of the provider.

pub(super) mod client;

use crate::store::{Row, StoreError};

/// A list as it is stored.
fn list(items: &[String]) -> String {
    serde_json::Value::from(items).to_string()
}

/// A list as it was stored.
fn texts(row: &Row, name: &'static str) -> Result<Vec<String>, StoreError> {
    serde_json::from_str(row.text(name)?).map_err(|_| StoreError::Column(name))
}
