//! Settings of the way out.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Target;
use super::host::Host;
use crate::infra::network::address::Range;

/// Whom the gateway may connect to, beyond the hosts that the configuration names elsewhere (providers, the mail server,
/// OpenID and ACME servers, the collector).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EgressConfig {
    /// More hosts: `app.example.com`, `app.example.com:8443`, `*.example.com`, an address, or `*` for every host at a public
    /// address. What OAuth clients registered themselves or stands in their documents is asked only at these.
    pub allow: Vec<Pattern>,
    /// Networks that names may lead into although they are not public (`10.0.0.0/8`); not for hosts that only `*` allows. A cloud's
    /// metadata service is only reached when it stands here as a single address.
    pub allow_networks: Vec<Range>,
}

/// Hosts that may be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Pattern {
    hosts: Hosts,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Hosts {
    All,
    Below(Host),
    One(Host),
}

/// Why a text names no hosts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` must be a host with or without a port, `*.` and a domain, or `*`")]
pub struct PatternError(String);

impl EgressConfig {
    /// One sentence for every broken rule, naming the field.
    pub fn problems(&self) -> Vec<String> {
        let whole = self.allow_networks.iter().enumerate().filter(|(_, range)| range.is_everything());
        whole.map(|(index, range)| format!("allow_networks[{index}]: {range} would let names lead anywhere")).collect()
    }
}

impl Pattern {
    /// Whether it allows every host.
    pub fn is_everything(&self) -> bool {
        self.hosts == Hosts::All
    }

    pub(super) fn fits(&self, target: &Target) -> bool {
        let fits = match &self.hosts {
            Hosts::All => true,
            Hosts::Below(domain) => target.host.is_below(domain),
            Hosts::One(host) => target.host == *host,
        };
        fits && self.port.is_none_or(|port| port == target.port)
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let wrong = || PatternError(text.chars().take(64).collect());
        if text == "*" {
            return Ok(Self { hosts: Hosts::All, port: None });
        }
        // An IPv6 address has colons of its own: with a port it stands in brackets.
        let split = text.rsplit_once(':').filter(|(host, _)| !host.contains(':') || host.ends_with(']'));
        let (host, port) = match split {
            Some((host, port)) => (host, Some(port.parse::<u16>().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let below = host.strip_prefix("*.");
        let host = Host::parse(below.unwrap_or(host)).ok_or_else(wrong)?;
        match (below, host.address()) {
            (Some(_), Some(_)) => Err(wrong()),
            (Some(_), None) => Ok(Self { hosts: Hosts::Below(host), port }),
            (None, _) => Ok(Self { hosts: Hosts::One(host), port }),
        }
    }
}

impl TryFrom<String> for Pattern {
    type Error = PatternError;

    fn try_from(text: String) -> Result<Self, PatternError> {
        text.parse()
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.to_string()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = match &self.hosts {
            Hosts::All => return f.write_str("*"),
            Hosts::Below(domain) => format!("*.{domain}"),
            Hosts::One(host) if host.address().is_some_and(|address| address.is_ipv6()) => format!("[{host}]"),
            Hosts::One(host) => host.to_string(),
        };
        match self.port {
            Some(port) => write!(f, "{host}:{port}"),
            None => f.write_str(&host),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_read_and_written() {
        for (text, expected) in [
            ("App.Example.com", "app.example.com"),
            ("app.example.com:8443", "app.example.com:8443"),
            ("*.example.com", "*.example.com"),
            ("10.0.0.5:80", "10.0.0.5:80"),
            ("::1", "[::1]"),
            ("[fd00::5]:443", "[fd00::5]:443"),
            ("*", "*"),
        ] {
            assert_eq!(text.parse::<Pattern>().map(|pattern| pattern.to_string()).as_deref(), Ok(expected), "{text}");
        }
        for text in ["", "*.", "*.10.0.0.1", "a.*.example", "https://a.example", "a:b", "a:70000", "127.1", "*:80:80"] {
            assert!(text.parse::<Pattern>().is_err(), "{text}");
        }
    }
}
