//! # What it finds
//! A public IPv6 address.
//!
//! # Why it matters
//! The first half names a household, the second often a device.
//!
//! # Example
//! `2a02:8109:9a40:1c2f::17`
//!
//! # Limits and sources
//! Only global unicast space; documentation addresses (2001:db8) and link-local ones are clean.

use std::net::Ipv6Addr;

use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "PI085",
    name: "ipv6",
    family: Family::Pii,
    category: "pii.ip",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: r"(?i)\b(?:200[13]|240[0-9a-f]|26[0-3][0-9a-f]|280[0-9a-f]|2a[01][0-9a-f]|2c0f)(?::[0-9a-f]{0,4}){2,7}",
        anchor: Anchor::Literals(&["2001:", "2003:", "240", "260", "261", "262", "263", "280", "2a0", "2a1", "2c0f:"]),
        longest: 39,
        verify,
    }),
};

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let found = if found.ends_with("::") { found } else { found.trim_end_matches(':') };
    let address: Ipv6Addr = found.parse().ok()?;
    let segments = address.segments();
    // 2001::/23 is for protocols and 2001:db8::/32 for documentation.
    let is_special = segments[0] == 0x2001 && (segments[1] < 0x0200 || segments[1] == 0x0db8);
    let is_joined = candidate.before().ends_with([':', '.', '-'])
        || candidate.next().is_some_and(|next| next.is_alphanumeric() || next == ':' || next == '-');
    if is_special || is_joined || segments[1..].iter().all(|segment| *segment == 0) {
        return None;
    }
    Some(Hit { trim: (0, candidate.matched().len() - found.len()), ..Hit::new(0.85, Evidence::Checksum) })
}
