//! Settings of reversible pseudonyms.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long a pseudonym can be turned back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PseudonymConfig {
    /// Days after its last use until a mapping is erased.
    pub expiry_days: u32,
}

impl Default for PseudonymConfig {
    fn default() -> Self {
        Self { expiry_days: 30 }
    }
}
