//! Settings of sharing with pages of other origins.

use http::HeaderName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::origin::Pattern;

/// The longest that a browser is told to remember the answer to a preflight; browsers cap it themselves (two hours to a day).
const MAX_AGE_MAX_S: u32 = 86_400;

/// Which pages of other origins may call the data plane from a browser. With no origins, none may.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CorsConfig {
    /// Origins as browsers write them (`https://app.example.com`). `https://*.example.com` stands for every host one name
    /// below. `*` alone stands for all origins, and then never with credentials.
    pub origins: Vec<String>,
    /// Whether pages may send cookies. API keys and tokens in headers do not need it.
    pub credentials: bool,
    /// How long a browser may remember the answer to a preflight, in seconds.
    pub max_age_s: u32,
    /// Request headers that pages may send beyond those that SDKs do.
    pub headers: Vec<String>,
    /// Whether pages of public addresses may call a gateway at a private one (`Access-Control-Request-Private-Network`).
    pub private_network: bool,
}

impl Default for CorsConfig {
    fn default() -> Self {
        Self { origins: Vec::new(), credentials: false, max_age_s: 600, headers: Vec::new(), private_network: false }
    }
}

impl CorsConfig {
    /// One sentence for every broken rule, naming the field.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (index, text) in self.origins.iter().enumerate() {
            match text.parse::<Pattern>() {
                Err(error) => problems.push(format!("origins[{index}]: {error}")),
                Ok(Pattern::Any) if self.credentials => problems.push(format!(
                    "origins[{index}]: `*` with credentials would let every page act for whoever looks at it"
                )),
                Ok(pattern) if self.credentials && pattern.is_plain() => problems.push(format!(
                    "origins[{index}]: with credentials needs https, since anybody on the way can change a page sent without"
                )),
                Ok(_) => {}
            }
        }
        for (index, name) in self.headers.iter().enumerate() {
            if name.parse::<HeaderName>().is_err() {
                problems.push(format!("headers[{index}]: `{}` is no name of a header", short(name)));
            }
        }
        if self.max_age_s > MAX_AGE_MAX_S {
            problems.push(format!("max_age_s: must be at most {MAX_AGE_MAX_S}"));
        }
        problems
    }
}

fn short(text: &str) -> String {
    text.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(origins: &[&str], credentials: bool, expected: Option<&str>) {
        let origins = origins.iter().map(ToString::to_string).collect();
        let problems = CorsConfig { origins, credentials, ..CorsConfig::default() }.problems();
        match expected {
            None => assert!(problems.is_empty(), "{problems:?}"),
            Some(expected) => assert!(problems.iter().any(|problem| problem.contains(expected)), "{problems:?}"),
        }
    }

    #[test]
    fn mistakes_are_refused_and_name_their_field() {
        check(&["https://app.example.com", "https://*.example.com", "http://localhost:3000"], true, None);
        check(&["*"], false, None);
        check(&["*"], true, Some("origins[0]: `*` with credentials"));
        check(&["http://app.example.com"], false, None);
        check(&["http://app.example.com"], true, Some("origins[0]: with credentials needs https"));
        check(&["https://a.example", "https://app.example.com/"], false, Some("origins[1]"));
        let config = CorsConfig { headers: vec!["x bad".to_owned()], max_age_s: 90_000, ..CorsConfig::default() };
        assert_eq!(config.problems().len(), 2);
    }
}
