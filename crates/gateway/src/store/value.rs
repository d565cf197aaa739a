//! Values on their way into and out of a database, the same for both.

use super::StoreError;

/// One value: what both databases have in common.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A whole number; times are seconds or microseconds since 1970, by the column's name.
    Int(i64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
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
    /// When there is no such column or it holds something else.
    pub fn text(&self, name: &'static str) -> Result<&str, StoreError> {
        match self.value(name)? {
            Value::Text(text) => Ok(text),
            _ => Err(StoreError::Column(name)),
        }
    }

    /// A text column that may be null.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn text_or_null(&self, name: &'static str) -> Result<Option<&str>, StoreError> {
        match self.value(name)? {
            Value::Null => Ok(None),
            _ => self.text(name).map(Some),
        }
    }

    /// A whole number.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn int(&self, name: &'static str) -> Result<i64, StoreError> {
        match self.value(name)? {
            Value::Int(int) => Ok(*int),
            _ => Err(StoreError::Column(name)),
        }
    }

    /// A whole number that may be null.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn int_or_null(&self, name: &'static str) -> Result<Option<i64>, StoreError> {
        match self.value(name)? {
            Value::Null => Ok(None),
            _ => self.int(name).map(Some),
        }
    }

    /// Bytes.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn blob(&self, name: &'static str) -> Result<&[u8], StoreError> {
        match self.value(name)? {
            Value::Blob(bytes) => Ok(bytes),
            _ => Err(StoreError::Column(name)),
        }
    }

    fn value(&self, name: &'static str) -> Result<&Value, StoreError> {
        self.columns.iter().find(|(column, _)| column == name).map(|(_, value)| value).ok_or(StoreError::Column(name))
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Blob(value.to_vec())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
