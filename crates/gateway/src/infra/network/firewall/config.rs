//! Settings of the packet filter.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::infra::network::address::Range;

/// Who may send packets to the gateway's ports, for `portcullis firewall`. The gateway itself changes no packet filter.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FirewallConfig {
    /// Addresses that are never kept out, whatever else says so. Trusted proxies are not either.
    pub allow: Vec<Range>,
    /// Addresses that are always kept out. `0.0.0.0/0` and `::/0` keep out everybody who is not in `allow`.
    pub block: Vec<Range>,
}

impl FirewallConfig {
    /// One sentence for every broken rule, naming the field.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (index, range) in self.allow.iter().enumerate().filter(|(_, range)| range.is_everything()) {
            problems.push(format!("allow[{index}]: {range} would keep out nobody, bans or not"));
        }
        if self.allow.is_empty() && self.block.iter().any(Range::is_everything) {
            problems.push("block: would keep out everybody; allow must name who may come".to_owned());
        }
        problems
    }
}
