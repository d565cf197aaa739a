//! Values on their way into and out of a database, the same for both.

use super::StoreError;

/// One value, or the lack of one: what both databases have in common.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A whole number; times are seconds or microseconds since 1970, by the column's name.
    Int(Option<i64>),
    /// Text.
    Text(Option<String>),
    /// Bytes.
    Blob(Option<Vec<u8>>),
}

/// One row of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub(super) columns: Vec<(String, Value)>,
}

/// Builds the arguments of a statement: `args![tenant, 7, bytes]`.
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$(crate::store::Value::from($value)),*] };
}
pub(crate) use args;

impl Row {
    /// A text column.
    ///
    /// # Errors
    /// When there is no such column, or it is null or holds something else.
    pub fn text(&self, name: &'static str) -> Result<&str, StoreError> {
        self.text_or_null(name)?.ok_or(StoreError::Column(name))
    }

    /// A text column that may be null.
    ///
    /// # Errors
    /// When there is no such column or it holds something else.
    pub fn text_or_null(&self, name: &'static str) -> Result<Option<&str>, StoreError> {
        match self.value(name)? {
            Value::Text(text) => Ok(text.as_deref()),
            Value::Int(None) | Value::Blob(None) => Ok(None),
            _ => Err(StoreError::Column(name)),
        }
    }

    /// A whole number.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn int(&self, name: &'static str) -> Result<i64, StoreError> {
        self.int_or_null(name)?.ok_or(StoreError::Column(name))
    }

    /// A whole number that may be null.
    ///
    /// # Errors
    /// As [`Row::text_or_null`].
    pub fn int_or_null(&self, name: &'static str) -> Result<Option<i64>, StoreError> {
        match self.value(name)? {
            Value::Int(int) => Ok(*int),
            Value::Text(None) | Value::Blob(None) => Ok(None),
            _ => Err(StoreError::Column(name)),
        }
    }

    /// Bytes.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn blob(&self, name: &'static str) -> Result<&[u8], StoreError> {
        match self.value(name)? {
            Value::Blob(Some(bytes)) => Ok(bytes),
            _ => Err(StoreError::Column(name)),
        }
    }

    fn value(&self, name: &'static str) -> Result<&Value, StoreError> {
        self.columns.iter().find(|(column, _)| column == name).map(|(_, value)| value).ok_or(StoreError::Column(name))
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(str::to_owned))
    }
}

impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(Some(value))
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Blob(Some(value.to_vec()))
    }
}
