//! Settings of access control.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who may do what, beside the built-in roles.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AccessConfig {
    /// A folder with `*.cedar` files of your own. Each is validated against the schema at the start and at a reload.
    pub policies: Option<PathBuf>,
}
