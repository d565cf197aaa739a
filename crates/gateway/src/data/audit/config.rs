//! What the audit log keeps.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of the audit log.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AuditConfig {
    /// Whether entries carry prompt and answer text.
    pub content: AuditContent,
}

/// What of the text an entry carries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuditContent {
    /// No prompt and no answer text at all.
    #[default]
    None,
    /// The request as it came and the answer as it went to the client, sealed; 1 MiB of each at most.
    Sealed,
}
