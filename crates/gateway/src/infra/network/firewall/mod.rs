//! Rules for the packet filter of Linux (nftables): what is banned is dropped before it costs a connection.
//!
//! [`RuleSet`] is made from the settings and the bans in force, and written as the text that `nft -f` loads as one
//! transaction: it puts one table in the place of the one before and touches no other. The gateway does not load it itself, so that the
//! process which parses what strangers send has no right over packet filters.
//!
//! Invariants: only packets to the gateway's own ports are ever dropped; loopback, established connections and who is allowed
//! pass before anything is dropped; the text is made of addresses and numbers alone, never of what somebody else wrote.

pub mod config;

use std::fmt::{self, Display};
use std::net::IpAddr;

use aws_lc_rs::digest::{SHA256, digest};

use super::address::{Range, Source};

/// Bytes of what stands for the settings.
const DIGEST_BYTES: usize = 16;

/// The table that is replaced.
pub const TABLE: &str = "inet portcullis";

/// A source that is banned, and for how much longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BannedSource {
    /// Who.
    pub source: Source,
    /// Seconds until it is let in again.
    pub left_s: u64,
}

/// What the packet filter is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleSet {
    /// The gateway's ports.
    pub ports: Vec<u16>,
    /// Who is never kept out.
    pub allow: Vec<Range>,
    /// Who always is.
    pub block: Vec<Range>,
    /// Who is for a while.
    pub bans: Vec<BannedSource>,
}

impl RuleSet {
    /// What stands for everything but the bans, in the table's comment: by it is told whether what is loaded differs by more.
    pub fn settings(&self) -> String {
        let text = format!("{:?} {:?} {:?}", self.ports, self.allow, self.block);
        let hash = digest(&SHA256, text.as_bytes());
        hash.as_ref()[..DIGEST_BYTES].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether a table, as `nft` lists it, was made of the same settings.
    pub fn is_loaded(&self, listed: &str) -> bool {
        listed.contains(&self.comment())
    }

    fn comment(&self) -> String {
        format!("comment \"settings {}\"", self.settings())
    }
}

/// Whether a text has the form of what stands for settings.
pub fn is_digest(text: &str) -> bool {
    text.len() == 2 * DIGEST_BYTES && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

impl Display for RuleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Added first, so that deleting it never fails; all of it is one transaction.
        writeln!(f, "add table {TABLE}\ndelete table {TABLE}\ntable {TABLE} {{\n    {}", self.comment())?;
        let ports: Vec<String> = self.ports.iter().map(u16::to_string).collect();
        set(f, "ports", "inet_service;", &ports)?;
        for (version, kind) in [(4, "ipv4_addr"), (6, "ipv6_addr")] {
            let is_of = |address: IpAddr| address.is_ipv4() == (version == 4);
            let ranges = |all: &[Range]| -> Vec<String> {
                all.iter().filter(|range| is_of(range.base())).map(ToString::to_string).collect()
            };
            set(
                f,
                &format!("allowed{version}"),
                &format!("{kind}; flags interval; auto-merge;"),
                &ranges(&self.allow),
            )?;
            set(
                f,
                &format!("blocked{version}"),
                &format!("{kind}; flags interval; auto-merge;"),
                &ranges(&self.block),
            )?;
            let bans = self.bans.iter().filter(|ban| is_of(ban.source.address()));
            let bans: Vec<String> = bans.map(|ban| format!("{} timeout {}s", ban.source, ban.left_s.max(1))).collect();
            set(f, &format!("banned{version}"), &format!("{kind}; flags interval, timeout;"), &bans)?;
        }
        f.write_str(CHAIN)
    }
}

/// What is decided, in this order. `accept` ends this chain only: other tables still have their say.
const CHAIN: &str = r#"    chain input {
        type filter hook input priority filter - 10; policy accept;
        iifname "lo" accept
        tcp dport != @ports accept
        meta l4proto != tcp accept
        ct state established,related accept
        ip saddr @allowed4 accept
        ip6 saddr @allowed6 accept
        ip saddr @blocked4 counter drop
        ip6 saddr @blocked6 counter drop
        ip saddr @banned4 counter drop
        ip6 saddr @banned6 counter drop
    }
}
"#;

fn set(f: &mut fmt::Formatter<'_>, name: &str, kind: &str, elements: &[String]) -> fmt::Result {
    writeln!(f, "    set {name} {{\n        type {kind}")?;
    if !elements.is_empty() {
        writeln!(f, "        elements = {{ {} }}", elements.join(", "))?;
    }
    writeln!(f, "    }}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_set_is_written_for_nft() {
        let rules = RuleSet {
            ports: vec![8080, 80],
            allow: vec!["192.0.2.0/24".parse().unwrap(), "2001:db8::/32".parse().unwrap()],
            block: vec!["203.0.113.0/24".parse().unwrap()],
            bans: vec![
                BannedSource { source: "198.51.100.7".parse().unwrap(), left_s: 60 },
                BannedSource { source: "2001:db8:1:2::9".parse().unwrap(), left_s: 0 },
            ],
        };
        let text = rules.to_string();
        for line in [
            "add table inet portcullis\ndelete table inet portcullis\ntable inet portcullis {\n    comment \"settings ",
            "elements = { 8080, 80 }",
            "set allowed4 {\n        type ipv4_addr; flags interval; auto-merge;\n        elements = { 192.0.2.0/24 }",
            "elements = { 2001:db8::/32 }",
            "elements = { 203.0.113.0/24 }",
            "elements = { 198.51.100.7 timeout 60s }",
            "elements = { 2001:db8:1:2::/64 timeout 1s }",
            "set blocked6 {\n        type ipv6_addr; flags interval; auto-merge;\n    }",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        let settings = rules.settings();
        assert!(is_digest(&settings) && rules.is_loaded(&text) && !is_digest("settings") && !is_digest(&settings[1..]));
        let unbanned = RuleSet { bans: Vec::new(), ..rules.clone() };
        assert!(unbanned.is_loaded(&text), "bans come and go");
        for other in [
            RuleSet { ports: vec![8080], ..rules.clone() },
            RuleSet { allow: rules.block.clone(), ..rules.clone() },
            RuleSet { block: rules.allow.clone(), ..rules.clone() },
        ] {
            assert!(!other.is_loaded(&text), "{other:?}");
        }
        let at = |rule: &str| text.find(rule).unwrap();
        assert!(at("iifname \"lo\" accept") < at("drop") && at("dport != @ports accept") < at("drop"));
        assert!(at("@allowed6 accept") < at("drop") && at("established,related accept") < at("drop"));
    }
}
