//! What a policy says about tools.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the model may do with tools. Breaches are blocked, unless a line of the policy takes the rule (`TL001`, `tool`)
/// and says otherwise. Names are compared without case, and `*` stands for any letters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ToolConfig {
    /// Tools that may be called. Empty stands for all that `deny` does not name.
    pub allow: Vec<String>,
    /// Tools that may not be called, also when `allow` names them.
    pub deny: Vec<String>,
    /// Holds calls to what the request declares: the tool itself, and the JSON Schema of its arguments.
    pub arguments: bool,
    /// Tools that may not be called once text from tools, documents or a hidden history is in the conversation.
    pub sensitive: Vec<String>,
    /// Tools whose results nobody else can write: they do not make a conversation untrusted.
    pub trusted: Vec<String>,
    /// Tools that send or fetch: addresses in their arguments must lead to `hosts`, and carry neither credentials nor the
    /// operator's prompt.
    pub egress: Vec<String>,
    /// Hosts that tools of `egress` may reach, and domains of the mail addresses that they may write to. A leading dot
    /// takes in subdomains.
    pub hosts: Vec<String>,
    /// Definitions that were looked at, by tool: `sha256:…` as `portcullis tool pin` prints them.
    pub pins: BTreeMap<String, String>,
    /// A request may not declare tools without a pin.
    pub pinned_only: bool,
}

/// Bytes of a pattern or host.
const ENTRY_BYTES_MAX: usize = 256;
/// Entries of a list.
const ENTRIES_MAX: usize = 1000;

impl ToolConfig {
    /// Whether calls are looked at.
    pub fn judges_calls(&self) -> bool {
        self.arguments
            || [&self.allow, &self.deny, &self.sensitive, &self.egress].into_iter().any(|list| !list.is_empty())
    }

    /// Whether definitions are compared with pins.
    pub fn judges_definitions(&self) -> bool {
        self.pinned_only || !self.pins.is_empty()
    }

    /// One sentence for every broken rule, beginning with the field.
    pub fn problems(&self) -> Vec<String> {
        let lists = [
            ("allow", &self.allow),
            ("deny", &self.deny),
            ("sensitive", &self.sensitive),
            ("trusted", &self.trusted),
            ("egress", &self.egress),
            ("hosts", &self.hosts),
        ];
        let mut problems = Vec::new();
        for (name, list) in lists {
            if list.len() > ENTRIES_MAX {
                problems.push(format!("tool.{name}: must have at most {ENTRIES_MAX} entries"));
            }
            for (index, entry) in list.iter().enumerate() {
                if entry.is_empty() || entry.len() > ENTRY_BYTES_MAX {
                    problems.push(format!("tool.{name}[{index}]: must have 1 to {ENTRY_BYTES_MAX} bytes"));
                }
            }
        }
        for (index, host) in self.hosts.iter().enumerate() {
            if host.contains(['/', ':', '@', '*']) || host.chars().any(char::is_whitespace) {
                problems.push(format!("tool.hosts[{index}]: `{host}` must be a host alone, like `.shop.example`"));
            }
        }
        if !self.hosts.is_empty() && self.egress.is_empty() {
            problems.push("tool.hosts: needs tool.egress, the tools that it is for".to_owned());
        }
        if !self.trusted.is_empty() && self.sensitive.is_empty() {
            problems.push("tool.trusted: needs tool.sensitive, the tools that it is for".to_owned());
        }
        for (name, pin) in &self.pins {
            let hex = pin.strip_prefix("sha256:").unwrap_or_default();
            if hex.len() != 64 || !hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
                problems.push(format!("tool.pins.{name}: must be `sha256:` and 64 lower-case hex digits"));
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_settings_are_named() {
        let config: ToolConfig = toml::from_str(
            "deny = ['']\nhosts = ['https://a.example/']\ntrusted = ['clock']\npins = { f = 'sha256:00' }",
        )
        .unwrap();
        let problems = config.problems().join("\n");
        for field in ["tool.deny[0]", "tool.hosts[0]", "tool.hosts: needs", "tool.trusted: needs", "tool.pins.f"] {
            assert!(problems.contains(field), "{field} in {problems}");
        }
        assert!(ToolConfig::default().problems().is_empty());
    }
}
