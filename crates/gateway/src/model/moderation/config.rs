//! From which score on `/v1/moderations` flags a category.
//!
//! Scores are the same for everybody; what they are worth is the policy's to say. An audience stands for a table of
//! thresholds, and a threshold of the policy's own stands before it.
//!
//! Invariant: no audience is laxer on `sexual/minors` than [`Audience::General`].

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CATEGORIES;

/// What `/v1/moderations` flags. Lines of the policy have no say there, and thresholds have none elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ModerationConfig {
    /// Whom the texts are for: a table of thresholds.
    pub audience: Audience,
    /// The score from which a category is flagged, above 0 and at most 1, by OpenAI's names (`"sexual" = 0.3`). Stands
    /// before the audience's.
    pub thresholds: BTreeMap<String, f32>,
}

/// Whom texts are for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Anybody: what hardly any ordinary prompt has is flagged.
    #[default]
    General,
    /// Children: more is flagged, and more of it wrongly.
    Children,
    /// Adults who asked for it: sexual content has its score and no flag, but that about minors is flagged as for children.
    Adult,
}

/// No score is as high.
const NEVER: Thresholds = Thresholds { phrase: f32::INFINITY, learned: f32::INFINITY };

/// The scores from which a category is flagged: of a phrase, and of a learned rule.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Thresholds {
    phrase: f32,
    learned: f32,
}

impl ModerationConfig {
    /// Whether a category with these highest scores of phrases and of learned rules is flagged.
    pub(super) fn flags(&self, category: &str, (phrase, learned): (f32, f32)) -> bool {
        match self.thresholds.get(category) {
            Some(own) => phrase.max(learned) >= *own,
            None => {
                let thresholds = self.audience.thresholds(category);
                phrase >= thresholds.phrase || learned >= thresholds.learned
            }
        }
    }

    /// One sentence for every broken rule, beginning with the field.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (category, threshold) in &self.thresholds {
            if !CATEGORIES.contains(&category.as_str()) {
                let known = CATEGORIES.join(", ");
                problems.push(format!("moderation.thresholds: `{category}` is none of {known}"));
            }
            if !(*threshold > 0.0 && *threshold <= 1.0) {
                problems.push(format!(
                    "moderation.thresholds.\"{category}\": must be above 0 and at most 1, but is {threshold}"
                ));
            }
        }
        problems
    }
}

impl Audience {
    const fn thresholds(self, category: &str) -> Thresholds {
        let general = general(category);
        match (self, category.as_bytes()) {
            (Self::General, _) => general,
            // Reports and fiction count.
            (Self::Children, _) | (Self::Adult, b"sexual/minors") => {
                Thresholds { phrase: 0.3, learned: general.learned * 0.6 }
            }
            (Self::Adult, b"sexual") => NEVER,
            (Self::Adult, _) => general,
        }
    }
}

/// A phrase counts where it is no report and no fiction; a learned rule from the score that at most one in two hundred
/// ordinary prompts has that were set aside.
const fn general(category: &str) -> Thresholds {
    let learned = match category.as_bytes() {
        b"harassment" => 0.76,
        b"hate" => 0.45,
        b"self-harm" => 0.2,
        _ => 0.25,
    };
    Thresholds { phrase: 0.5, learned }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_are_never_flagged_less_and_adults_more_only_where_minors_are_concerned() {
        for category in CATEGORIES {
            let [general, children, adult] =
                [Audience::General, Audience::Children, Audience::Adult].map(|audience| audience.thresholds(category));
            assert!(children.phrase < general.phrase && children.learned < general.learned, "{category}");
            match category {
                "sexual" => assert!(adult.phrase > general.phrase && adult.learned > general.learned),
                "sexual/minors" => assert_eq!(adult, children),
                _ => assert_eq!(adult, general, "{category}"),
            }
        }
    }

    #[test]
    fn a_threshold_of_the_policys_own_stands_before_the_audiences() {
        let config: ModerationConfig = toml::from_str("audience = 'adult'\nthresholds = { sexual = 0.3 }").unwrap();
        assert!(config.flags("sexual", (0.0, 0.4)) && !config.flags("sexual", (0.2, 0.2)));
        assert!(!ModerationConfig::default().flags("sexual", (0.0, 0.2)));
    }

    #[test]
    fn broken_thresholds_are_named() {
        let config: ModerationConfig =
            toml::from_str("thresholds = { sexuel = 0.5, hate = 0.0, 'hate/threatening' = 1.5, violence = nan }")
                .unwrap();
        let problems = config.problems().join("\n");
        for part in
            ["`sexuel` is none of harassment,", "\"hate\": must", "\"hate/threatening\": must", "\"violence\": must"]
        {
            assert!(problems.contains(part), "{part} in {problems}");
        }
        assert!(ModerationConfig::default().problems().is_empty());
    }
}
