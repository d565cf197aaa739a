//! The parameters of a request, bounded, each at most once (RFC 6749, 3.1).

use super::error::OAuthError;

/// More bytes are not looked at.
pub const BYTES_MAX: usize = 16 * 1024;
const COUNT_MAX: usize = 64;
/// Longer values are refused.
pub const VALUE_BYTES_MAX: usize = 8 * 1024;

/// Parameters of a query or a form.
#[derive(Clone, Default)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Reads `application/x-www-form-urlencoded`.
    ///
    /// # Errors
    /// When there are too many, one stands twice, or something is not text.
    pub fn parse(bytes: &[u8]) -> Result<Self, OAuthError> {
        if bytes.len() > BYTES_MAX {
            return Err(OAuthError::request("the request is too long"));
        }
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(bytes) {
            // What is not UTF-8 was replaced by this.
            if name.contains('\u{fffd}') || value.contains('\u{fffd}') || value.chars().any(char::is_control) {
                return Err(OAuthError::request("a parameter is not plain text"));
            }
            if value.len() > VALUE_BYTES_MAX || pairs.len() >= COUNT_MAX {
                return Err(OAuthError::request("a parameter is too long, or there are too many"));
            }
            if pairs.iter().any(|(known, _)| *known == name) {
                return Err(OAuthError::request("a parameter stands twice"));
            }
            pairs.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(pairs))
    }

    /// The value of this name; an empty one counts as absent.
    pub fn value(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// With another value in the place of one.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let others = self.0.iter().filter(|(own, _)| own != name).cloned();
        Self(others.chain([(name.to_owned(), value.to_owned())]).collect())
    }

    /// The value of this name.
    ///
    /// # Errors
    /// When it is missing.
    pub fn need(&self, name: &str, why: &'static str) -> Result<&str, OAuthError> {
        self.value(name).ok_or_else(|| OAuthError::request(why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_stands_once_and_is_plain_text() {
        assert_eq!(Params::parse(b"a=1&b=x%20y&c=").unwrap().value("b"), Some("x y"));
        assert_eq!(Params::parse(b"c=").unwrap().value("c"), None);
        for text in ["a=1&a=2", "a=1&%61=1", "a=%ff", "a=%00", "a=%0d%0a"] {
            assert!(Params::parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(Params::parse(&[b'a'; BYTES_MAX + 1]).is_err());
    }
}
