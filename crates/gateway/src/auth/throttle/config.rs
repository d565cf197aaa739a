//! Settings of the throttle.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Attempts to log in: how many are free, and how long the next one waits. Taken over at the start, not by a reload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ThrottleConfig {
    /// Failures of one account from one address before each next attempt waits; the wait doubles from 1 s to 15 min.
    pub pair_free: u32,
    /// Failures of one account from all unknown browsers together before each next attempt waits, at most a minute. A
    /// solved proof of work goes past this wait, so that nobody can shut a user out.
    pub account_free: u32,
    /// Failures from one address (IPv6: one /64) before each next attempt waits, at most 15 min.
    pub address_free: u32,
    /// Failures in a browser that its user logged in with before. It has this budget of its own, whatever others do, and
    /// after it that of everybody.
    pub device_free: u32,
    /// Failures within a minute, on all nodes together, from which on unknown browsers have to bring a proof of work if more than
    /// four of five attempts fail.
    pub spraying_failures: u32,
    /// The difficulty of a proof of work, in leading zero bits; each bit doubles the work.
    pub proof_bits: u32,
}

impl Default for ThrottleConfig {
    fn default() -> Self {
        Self {
            pair_free: 3,
            account_free: 10,
            address_free: 20,
            device_free: 10,
            spraying_failures: 100,
            proof_bits: 18,
        }
    }
}

impl ThrottleConfig {
    /// One sentence for every broken rule, naming the field.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let counts = [
            ("pair_free", self.pair_free),
            ("account_free", self.account_free),
            ("address_free", self.address_free),
            ("device_free", self.device_free),
        ];
        for (name, free) in counts {
            if !(1..=100).contains(&free) {
                problems.push(format!("{name}: must be between 1 and 100, but is {free}"));
            }
        }
        if self.spraying_failures == 0 {
            problems.push("spraying_failures: must be above 0".to_owned());
        }
        if !(8..=26).contains(&self.proof_bits) {
            problems.push(format!("proof_bits: must be between 8 and 26, but is {}", self.proof_bits));
        }
        problems
    }
}
