//! What a policy says about conversations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What many mild findings are worth together. Breaches are blocked, unless a line of the policy takes the rule (`CV001`,
/// `CV002`) and says otherwise. Only a request whose newest turn has a finding itself is ever stopped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ConversationConfig {
    /// Findings of injections and jailbreaks in the turns of one conversation, together: the best score of each message, a
    /// tenth less for each message since. From this sum on the newest is one too many, and tools of
    /// `tool.sensitive` rest. 0 is off; 1.4 is about three mild ones.
    pub risk_max: f32,
    /// Requests of one key and end user that were blocked for what they say, within about `half_life_s`: from this number
    /// on it is probing. 0 is off.
    pub probing_max: u32,
    /// After how many seconds blocked requests count half.
    pub half_life_s: u32,
    /// So many of the latest messages of each author but the operator are also read as one text: an attack that was cut into
    /// turns shows there. What ends in an older message is taken out of the history. 0 is off, else 2 to 16.
    pub join_turns: u32,
}

impl Default for ConversationConfig {
    fn default() -> Self {
        Self { risk_max: 0.0, probing_max: 0, half_life_s: 600, join_turns: 0 }
    }
}

impl ConversationConfig {
    /// Whether anything is added up.
    pub fn is_on(&self) -> bool {
        self.risk_max > 0.0 || self.probing_max > 0
    }

    /// One sentence for every broken rule, beginning with the field.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !(self.risk_max == 0.0 || (0.5..=100.0).contains(&self.risk_max)) {
            problems.push("conversation.risk_max: must be 0, or between 0.5 and 100".to_owned());
        }
        if self.probing_max > 10_000 {
            problems.push("conversation.probing_max: must be at most 10000".to_owned());
        }
        if !(1..=86_400).contains(&self.half_life_s) {
            problems.push("conversation.half_life_s: must be between 1 and 86400".to_owned());
        }
        if self.join_turns == 1 || self.join_turns > 16 {
            problems.push("conversation.join_turns: must be 0, or between 2 and 16".to_owned());
        }
        problems
    }
}
