//! Addresses as the network layer sees them: ranges that are trusted, and sources that are counted and banned.
//!
//! Invariant: an IPv4 address and the same one mapped into IPv6 are one address here.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bits of an IPv6 address that one customer of a provider has for all their machines.
const V6_SOURCE_BITS: u8 = 64;

/// A range of addresses: `10.0.0.0/8`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Range {
    base: IpAddr,
    bits: u8,
}

/// Why a text is no range of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// Neither an address nor one with a length.
    #[error("`{0}` is no address and no range such as 10.0.0.0/8")]
    Form(String),
    /// An IPv4 address written as IPv6, which never fits: addresses are looked at in their own form.
    #[error("`{0}` is an IPv4 address in IPv6; write it as IPv4")]
    Mapped(String),
    /// The address has bits behind the length.
    #[error("`{0}` has bits set behind its length; the range is `{1}`")]
    Bits(String, String),
}

impl Range {
    /// Whether an address is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.base.is_ipv4() && masked(address, self.bits) == self.base
    }

    /// The first of its addresses.
    pub fn base(&self) -> IpAddr {
        self.base
    }

    /// Whether every address of its family is in it.
    pub fn is_everything(&self) -> bool {
        self.bits == 0
    }

    /// Whether it is one address alone.
    pub fn is_single(&self) -> bool {
        self.bits == if self.base.is_ipv4() { 32 } else { 128 }
    }
}

impl FromStr for Range {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<Self, RangeError> {
        let form = || RangeError::Form(text.chars().take(64).collect());
        let (base, bits) = text.split_once('/').map_or((text, None), |(base, bits)| (base, Some(bits)));
        let base: IpAddr = base.parse().map_err(|_| form())?;
        if base.to_canonical() != base {
            return Err(RangeError::Mapped(text.chars().take(64).collect()));
        }
        let longest = if base.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(longest), str::parse).map_err(|_| form())?;
        if bits > longest {
            return Err(form());
        }
        let range = Self { base: masked(base, bits), bits };
        if range.base == base { Ok(range) } else { Err(RangeError::Bits(text.to_owned(), range.to_string())) }
    }
}

impl TryFrom<String> for Range {
    type Error = RangeError;

    fn try_from(text: String) -> Result<Self, RangeError> {
        text.parse()
    }
}

impl From<Range> for String {
    fn from(range: Range) -> Self {
        range.to_string()
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.bits)
    }
}

/// Where something comes from, as it is counted and banned: an IPv4 address, or the /64 of an IPv6 one, since whoever has
/// one of its addresses has all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Source(IpAddr);

impl Source {
    /// The address, or the first of the /64.
    pub fn address(self) -> IpAddr {
        self.0
    }
}

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            v4 @ IpAddr::V4(_) => Self(v4),
            v6 @ IpAddr::V6(_) => Self(masked(v6, V6_SOURCE_BITS)),
        }
    }
}

impl FromStr for Source {
    type Err = RangeError;

    /// Reads an address, or what [`Source`] writes.
    fn from_str(text: &str) -> Result<Self, RangeError> {
        let address = text.strip_suffix("/64").filter(|base| base.contains(':')).unwrap_or(text);
        let address: IpAddr = address.parse().map_err(|_| RangeError::Form(text.chars().take(64).collect()))?;
        Ok(address.into())
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(v4) => v4.fmt(f),
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                write!(f, "{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        }
    }
}

/// The header in which trusted proxies say whose request they pass on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

fn masked(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => IpAddr::V4((v4.to_bits() & u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0)).into()),
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(range: &str, address: &str, expected: bool) {
        let range: Range = range.parse().unwrap();
        assert_eq!(range.contains(address.parse().unwrap()), expected, "{range} {address}");
    }

    #[test]
    fn a_range_contains_its_addresses_and_no_others() {
        check("10.0.0.0/8", "10.255.1.2", true);
        check("10.0.0.0/8", "11.0.0.0", false);
        check("10.0.0.0/8", "::ffff:10.1.2.3", true);
        check("192.0.2.7", "192.0.2.7", true);
        check("192.0.2.7", "192.0.2.8", false);
        check("0.0.0.0/0", "203.0.113.9", true);
        check("0.0.0.0/0", "2001:db8::1", false);
        check("2001:db8::/32", "2001:db8:ffff::1", true);
        check("2001:db8::/32", "2001:db9::1", false);
        check("::/0", "::1", true);
    }

    #[test]
    fn what_is_no_range_is_refused_with_the_reason() {
        let refused = |text: &str| text.parse::<Range>().unwrap_err().to_string();
        assert!(refused("10.0.0.0/33").contains("no address"));
        assert!(refused("10.0.0.0/8/8").contains("no address"));
        assert!(refused("proxy.internal").contains("no address"));
        assert!(refused("10.0.0.1/8").contains("10.0.0.0/8"));
        assert!(refused("::ffff:10.0.0.0/104").contains("write it as IPv4"));
    }

    #[test]
    fn a_source_of_ipv6_is_its_64() {
        let source = |text: &str| Source::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(source("2001:db8:1:2:3::4"), source("2001:db8:1:2:ffff::9"));
        assert_ne!(source("2001:db8:1:2::4"), source("2001:db8:1:3::4"));
        assert_eq!(source("::ffff:192.0.2.1"), source("192.0.2.1"));
        assert_eq!(source("2001:db8:1:2::4").to_string(), "2001:db8:1:2::/64");
        assert_eq!("2001:db8:1:2::/64".parse::<Source>().unwrap(), source("2001:db8:1:2::9"));
        assert!("192.0.2.0/24".parse::<Source>().is_err());
    }
}
