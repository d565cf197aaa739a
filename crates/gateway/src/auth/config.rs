//! Settings of authentication.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::jwt::config::JwtConfig;

/// Settings of authentication.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AuthConfig {
    /// Access and refresh tokens.
    pub jwt: JwtConfig,
}
