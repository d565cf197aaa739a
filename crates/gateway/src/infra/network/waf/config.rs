//! Settings of the web application firewall.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Rules in front of both listeners. Without imported rules the built-in ones are on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WafConfig {
    /// What happens to a request that the rules refuse.
    pub mode: WafMode,
    /// A rule file or a folder of them, in the place of what `portcullis waf import` brought.
    pub rules: Option<PathBuf>,
    /// How suspicious the rules are, 1 to 4. Each level finds more, and more that is honest.
    pub paranoia: u8,
    /// The score at which a request is refused. One critical finding is worth 5.
    pub threshold: u32,
    /// Whether rules about the bodies of answers also read what models write. Text of a model is full of what such rules
    /// look for, and has detectors of its own.
    pub model_answers: bool,
    /// Routes with another mode. The longest path that fits counts.
    #[serde(rename = "route")]
    pub routes: Vec<WafRoute>,
    /// What rules do not look at.
    #[serde(rename = "exclusion")]
    pub exclusions: Vec<WafExclusion>,
}

/// What happens to a request that the rules refuse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WafMode {
    /// It is refused.
    #[default]
    Enforce,
    /// It is counted and recorded, and goes on.
    Shadow,
    /// No rule runs.
    Off,
}

/// A route with another mode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WafRoute {
    /// The path; a `*` at the end stands for any rest.
    pub path: String,
    /// Its mode.
    pub mode: WafMode,
}

/// Something that rules do not look at.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WafExclusion {
    /// The path; a `*` at the end stands for any rest. Without it, every path.
    pub path: Option<String>,
    /// The rules, by id.
    pub rules: Vec<u32>,
    /// What they do not look at, as rules spell it (`ARGS:json.metadata.note`). Without it, they do not run.
    pub target: Option<String>,
}

impl Default for WafConfig {
    fn default() -> Self {
        Self {
            mode: WafMode::Enforce,
            rules: None,
            paranoia: 1,
            threshold: 5,
            model_answers: false,
            routes: Vec::new(),
            exclusions: Vec::new(),
        }
    }
}

impl WafConfig {
    /// One sentence for every broken rule, naming the field.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !(1..=4).contains(&self.paranoia) {
            problems.push("paranoia: must be between 1 and 4".to_owned());
        }
        if self.threshold == 0 {
            problems.push("threshold: must be above 0, or every request is refused".to_owned());
        }
        for (index, route) in self.routes.iter().enumerate() {
            if !is_path(&route.path) {
                problems.push(format!("route[{index}].path: must begin with `/` and hold no space or quote"));
            }
        }
        for (index, exclusion) in self.exclusions.iter().enumerate() {
            problems.extend(exclusion.problems().into_iter().map(|problem| format!("exclusion[{index}].{problem}")));
        }
        problems
    }

    /// The mode of a path.
    pub fn mode_of(&self, path: &str) -> WafMode {
        let fitting = self.routes.iter().filter(|route| fits(&route.path, path));
        fitting.max_by_key(|route| route.path.len()).map_or(self.mode, |route| route.mode)
    }
}

impl WafExclusion {
    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.rules.is_empty() {
            problems.push("rules: must name at least one rule".to_owned());
        }
        if self.path.as_deref().is_some_and(|path| !is_path(path)) {
            problems.push("path: must begin with `/` and hold no space or quote".to_owned());
        }
        if self.target.as_deref().is_some_and(|target| target.is_empty() || !is_plain(target)) {
            problems.push(
                "target: must be a variable as rules spell it, without space, comma, semicolon or quote".to_owned(),
            );
        }
        problems
    }
}

/// Whether a path fits a pattern whose last character may be `*`.
fn fits(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => path.starts_with(beginning),
        None => pattern == path,
    }
}

fn is_path(path: &str) -> bool {
    path.starts_with('/') && is_plain(path)
}

/// Nothing that could end a word of the rule language.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'\\,;%".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_path_that_fits_decides() {
        let route = |path: &str, mode| WafRoute { path: path.to_owned(), mode };
        let routes = vec![route("/v1/*", WafMode::Shadow), route("/v1/embeddings", WafMode::Off)];
        let config = WafConfig { routes, ..WafConfig::default() };
        assert_eq!(config.mode_of("/v1/messages"), WafMode::Shadow);
        assert_eq!(config.mode_of("/v1/embeddings"), WafMode::Off);
        assert_eq!(config.mode_of("/scim/v2/Users"), WafMode::Enforce);
    }

    #[test]
    fn what_could_break_out_of_a_rule_is_refused() {
        let exclusion = |target: &str| WafExclusion { rules: vec![1], target: Some(target.to_owned()), path: None };
        assert!(exclusion("ARGS:json.note").problems().is_empty());
        assert_eq!(exclusion("ARGS:x\" \"id:1").problems().len(), 1);
        assert_eq!(exclusion("ARGS:x;ARGS").problems().len(), 1);
        assert_eq!(WafExclusion::default().problems().len(), 1);
    }
}
