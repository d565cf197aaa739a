//! Faults on demand: what providers do on a bad day, chosen by the model's name or the `x-demo-fault` header.
//!
//! Invariant: a fault is chosen by the request alone, except [`Fault::Flaky`], which fails every other time.

use http::HeaderMap;
use serde_json::Value;

/// The header that chooses a fault.
const HEADER: &str = "x-demo-fault";

/// A way to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Answers 500.
    Error,
    /// Answers 429 with `Retry-After`.
    RateLimit,
    /// Answers 503 every other time.
    Flaky,
    /// Sends a little, then nothing more, and keeps the connection.
    Stall,
    /// Never sends so much as a status line.
    Silent,
    /// Sends a stream with a broken event in it, or a plain answer that is not JSON.
    Malformed,
    /// Breaks the connection after ten tokens, or in the middle of a plain answer.
    Break,
    /// Sends an answer of [`HUGE_BYTES`].
    Huge,
    /// Waits [`SLOW_MS`] before each event.
    Slow,
}

/// The text that is repeated until a huge answer is long enough.
pub(super) const HUGE_MARK: &str = "all work and no play ";
/// The length of a huge answer.
pub(super) const HUGE_BYTES: usize = 200_000_000;
/// The wait before each event of a slow answer.
pub(super) const SLOW_MS: u64 = 50;

const NAMES: [(&str, Fault); 9] = [
    ("fault-500", Fault::Error),
    ("fault-429", Fault::RateLimit),
    ("fault-flaky", Fault::Flaky),
    ("fault-stall", Fault::Stall),
    ("fault-silent", Fault::Silent),
    ("fault-malformed-sse", Fault::Malformed),
    ("fault-500-after-10", Fault::Break),
    ("fault-huge", Fault::Huge),
    ("fault-slow", Fault::Slow),
];

impl Fault {
    /// The fault a request asks for.
    pub(super) fn asked(headers: &HeaderMap, request: &Value) -> Option<Self> {
        let header = headers.get(HEADER).and_then(|value| value.to_str().ok());
        let name = header.or(request["model"].as_str())?;
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, fault)| *fault)
    }

    /// The names that choose faults, for the list of models.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(model: &str, header: Option<&'static str>, expected: Option<Fault>) {
        let mut headers = HeaderMap::new();
        header.map(|name| headers.insert(HEADER, http::HeaderValue::from_static(name)));
        assert_eq!(Fault::asked(&headers, &json!({ "model": model })), expected);
    }

    #[test]
    fn the_model_or_the_header_chooses() {
        check("demo", None, None);
        check("fault-500", None, Some(Fault::Error));
        check("fault-500-after-10", None, Some(Fault::Break));
        check("demo", Some("fault-huge"), Some(Fault::Huge));
    }
}
