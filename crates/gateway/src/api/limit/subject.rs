//! Who asks, and which counter of a limit that is.

use std::fmt::Write as _;
use std::net::IpAddr;

use super::config::{Dimension, Only};
use crate::infra::network::address::Source;

/// Between the name of a limit and whose counter it is.
pub(super) const SEPARATOR: char = '\u{1f}';
/// The counter of all for whom there was no room.
pub(super) const EVERYBODY_ELSE: &str = "everybody else";
/// The counter of a limit that counts all together.
const ALL: &str = "all";
/// Bytes of a value that tell subjects apart.
const VALUE_BYTES_MAX: usize = 128;

/// Who asks for what.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// Where from.
    pub address: Option<IpAddr>,
    /// The id of the API key, or of the person.
    pub key: &'a str,
    /// The name of the key.
    pub key_name: &'a str,
    /// The id of the person.
    pub user: &'a str,
    /// Their team.
    pub team: Option<&'a str>,
    /// Their tenant.
    pub tenant: &'a str,
    /// The configured model.
    pub model: &'a str,
    /// The path of the route.
    pub route: &'a str,
}

impl Asker<'_> {
    /// Whether a limit applies.
    pub(super) fn is_among(&self, only: &Only) -> bool {
        let names = |list: &[String], values: &[&str]| {
            list.is_empty() || list.iter().any(|pattern| values.iter().any(|value| matches(pattern, value)))
        };
        names(&only.tenants, &[self.tenant])
            && names(&only.teams, self.team.as_slice())
            && names(&only.users, &[self.user])
            && names(&only.keys, &[self.key, self.key_name])
            && names(&only.models, &[self.model])
            && names(&only.routes, &[self.route])
    }

    /// Writes the name of the counter behind the name of the limit: `user=usr_ada,model=m`.
    pub(super) fn write(&self, per: &[Dimension], out: &mut String) {
        if per.is_empty() {
            out.push_str(ALL);
        }
        for (at, dimension) in per.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            let name = dimension.name();
            let value = match dimension {
                Dimension::Address => {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "{comma}{name}={}", Network(self.address));
                    continue;
                }
                Dimension::Key => self.key,
                Dimension::User => self.user,
                Dimension::Team => self.team.unwrap_or("none"),
                Dimension::Tenant => self.tenant,
                Dimension::Model => self.model,
                Dimension::Route => self.route,
            };
            out.push_str(comma);
            out.push_str(name);
            out.push('=');
            out.push_str(value.get(..VALUE_BYTES_MAX).unwrap_or(value));
        }
    }
}

impl Dimension {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Key => "key",
            Self::User => "user",
            Self::Team => "team",
            Self::Tenant => "tenant",
            Self::Model => "model",
            Self::Route => "route",
        }
    }
}

/// Where somebody asks from, where that is known.
struct Network(Option<IpAddr>);

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(address) => Source::from(address).fmt(f),
            None => f.write_str("none"),
        }
    }
}

/// Whether a pattern names a value; a `*` at its end stands for any rest.
pub(super) fn matches(pattern: &str, value: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == value, |beginning| value.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asker(address: &str) -> Asker<'static> {
        Asker {
            address: Some(address.parse().unwrap()),
            key: "key_1",
            key_name: "app",
            user: "usr_ada",
            team: None,
            tenant: "default",
            model: "m",
            route: "/v1/messages",
        }
    }

    fn check(address: &str, per: &[Dimension], expected: &str) {
        let mut out = String::new();
        asker(address).write(per, &mut out);
        assert_eq!(out, expected);
    }

    #[test]
    fn a_counter_is_named_by_what_requests_agree_in() {
        check("192.0.2.7", &[], "all");
        check("192.0.2.7", &[Dimension::Address], "address=192.0.2.7");
        check("::ffff:192.0.2.7", &[Dimension::Address], "address=192.0.2.7");
        check("2001:db8:1:2:3:4:5:6", &[Dimension::Address], "address=2001:db8:1:2::/64");
        check("2001:db8:1:2:ffff::1", &[Dimension::Address], "address=2001:db8:1:2::/64");
        check("192.0.2.7", &[Dimension::User, Dimension::Model], "user=usr_ada,model=m");
        check("192.0.2.7", &[Dimension::Team, Dimension::Route], "team=none,route=/v1/messages");
    }

    #[test]
    fn a_limit_applies_to_those_that_every_list_names() {
        let asker = asker("192.0.2.7");
        let list = |name: &str| vec![name.to_owned()];
        assert!(asker.is_among(&Only::default()));
        assert!(asker.is_among(&Only { keys: list("app"), models: list("*"), ..Only::default() }));
        assert!(asker.is_among(&Only { keys: list("key_1"), routes: list("/v1/*"), ..Only::default() }));
        assert!(!asker.is_among(&Only { keys: list("app"), models: list("n"), ..Only::default() }));
        assert!(!asker.is_among(&Only { teams: list("*"), ..Only::default() }), "who is in no team is in none of them");
    }
}
