//! Settings of passwords.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::infra::secrets::SecretRef;

/// The lowest cost that is taken.
const COST_MIN: u32 = 12;
/// One more doubles the time; beyond this a login takes seconds.
const COST_MAX: u32 = 16;

/// How passwords are hashed, and which are taken. Taken over at the start, not by a reload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordConfig {
    /// The cost of bcrypt, 12 to 16. Older hashes are renewed at the next login.
    pub cost: u32,
    /// Peppers, as references to secrets of at least 16 characters; the last one is in use, the others still verify.
    /// Without any, one that is derived from the master key.
    pub peppers: Vec<SecretRef>,
    /// Fewest characters. There are no rules about kinds of characters (ASVS V6.2.5).
    pub min_chars: usize,
    /// The lowest score of zxcvbn, 3 or 4.
    pub min_score: u8,
    /// Words of this installation that do not count in a password: products, projects, places (ASVS V6.1.2). The name of
    /// the organisation and the user's own data never count.
    pub context_words: Vec<String>,
    /// Passwords that may wait to be hashed; beyond, the answer is 429.
    pub queue_max: usize,
}

impl Default for PasswordConfig {
    fn default() -> Self {
        Self {
            cost: COST_MIN,
            peppers: Vec::new(),
            min_chars: 12,
            min_score: 3,
            context_words: Vec::new(),
            queue_max: 32,
        }
    }
}

impl PasswordConfig {
    /// One sentence for every broken rule, naming the field.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !(COST_MIN..=COST_MAX).contains(&self.cost) {
            problems.push(format!("cost: must be between {COST_MIN} and {COST_MAX}, but is {}", self.cost));
        }
        if !(8..=64).contains(&self.min_chars) {
            problems.push(format!("min_chars: must be between 8 and 64, but is {}", self.min_chars));
        }
        if !(3..=4).contains(&self.min_score) {
            problems.push(format!("min_score: must be 3 or 4, but is {}", self.min_score));
        }
        if self.queue_max == 0 {
            problems.push("queue_max: must be above 0".to_owned());
        }
        problems
    }
}
