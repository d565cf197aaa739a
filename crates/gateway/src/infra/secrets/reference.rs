//! A reference to a secret, and how it is resolved.
//!
//! Invariants: a [`SecretRef`] never holds a secret; an error never shows what stood in a secret's place.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest secret that is read, in bytes.
const SECRET_BYTES_MAX: u64 = 16 * 1024;

/// Where a secret is to be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// `${env:NAME}`: an environment variable.
    Env(String),
    /// `${file:PATH}`: the first line of a file.
    File(PathBuf),
}

/// Why a secret could not be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Something else than a reference stood there.
    #[error("a secret must be a reference such as ${{env:NAME}} or ${{file:/path}}, not the secret itself")]
    Inline,
    /// The environment variable is not set, or empty.
    #[error("the environment variable {0} is not set or is empty")]
    Unset(String),
    /// The file could not be read.
    #[error("the secret file {path} cannot be read")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is too large or empty.
    #[error("the secret file {0} is empty or larger than 16 KiB")]
    Size(PathBuf),
    /// The secret has characters that a header cannot carry.
    #[error("the secret has characters that an HTTP header cannot carry (a line break?)")]
    NotAHeader,
}

impl SecretRef {
    /// Reads the secret.
    ///
    /// # Errors
    /// When the variable is unset or the file unreadable, empty or too large.
    #[expect(clippy::disallowed_methods, reason = "this is where the environment comes in")]
    pub fn resolve(&self) -> Result<SecretString, SecretError> {
        match self {
            Self::Env(name) => match std::env::var(name) {
                Ok(value) if !value.is_empty() => Ok(value.into()),
                _ => Err(SecretError::Unset(name.clone())),
            },
            Self::File(path) => read_first_line(path),
        }
    }

    /// As [`SecretRef::resolve`], with all lines of a file: keys in PEM have many.
    ///
    /// # Errors
    /// When the variable is unset or the file unreadable or too large.
    pub fn resolve_all(&self) -> Result<SecretString, SecretError> {
        match self {
            Self::Env(_) => self.resolve(),
            Self::File(path) => read(path),
        }
    }
}

fn read_first_line(path: &PathBuf) -> Result<SecretString, SecretError> {
    let text = read(path)?;
    match text.expose_secret().lines().next() {
        Some(line) if !line.is_empty() => Ok(line.to_owned().into()),
        _ => Err(SecretError::Size(path.clone())),
    }
}

fn read(path: &PathBuf) -> Result<SecretString, SecretError> {
    let failed = |source| SecretError::File { path: path.clone(), source };
    if std::fs::metadata(path).map_err(failed)?.len() > SECRET_BYTES_MAX {
        return Err(SecretError::Size(path.clone()));
    }
    Ok(std::fs::read_to_string(path).map_err(failed)?.into())
}

impl FromStr for SecretRef {
    type Err = SecretError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let inner = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).ok_or(SecretError::Inline)?;
        match inner.split_once(':') {
            Some(("env", name)) if is_variable_name(name) => Ok(Self::Env(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            _ => Err(SecretError::Inline),
        }
    }
}

fn is_variable_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "${{env:{name}}}"),
            Self::File(path) => write!(f, "${{file:{}}}", path.display()),
        }
    }
}

impl Serialize for SecretRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for SecretRef {
    fn schema_name() -> Cow<'static, str> {
        "SecretRef".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A reference to a secret, never the secret: ${env:NAME} or ${file:/path}",
            "pattern": r"^\$\{(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)\}$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<SecretRef>) {
        assert_eq!(text.parse::<SecretRef>().ok(), expected, "{text}");
    }

    #[test]
    fn only_references_are_taken() {
        check("${env:UP_KEY}", Some(SecretRef::Env("UP_KEY".into())));
        check("${file:/run/secrets/key}", Some(SecretRef::File("/run/secrets/key".into())));
        check("sk-live-something", None);
        check("${env:}", None);
        check("${env:9A}", None);
        check("${vault}", None);
        check("", None);
    }

    #[test]
    fn an_inline_secret_is_never_echoed() {
        let error = "sk-live-abc".parse::<SecretRef>().unwrap_err().to_string();
        assert!(!error.contains("sk-live"), "{error}");
    }
}
