//! Policies: from findings to a verdict (`model.response.policy`, `input.prompt.filter`).
//!
//! A policy is a list of lines; the first line that takes a finding decides. Compiling one resolves every line to the
//! rules it selects, once, so that a decision is a table look-up.
//!
//! Invariants: a policy's version changes when anything in it or in the rule catalogue changes; a shadow policy never
//! changes what passes; with no policy in the configuration that applies, the shipped default does.

pub mod config;
pub mod revision;
pub mod scope;
pub mod select;
pub mod store;
pub mod verdict;

use std::collections::HashMap;
use std::sync::Arc;

use aws_lc_rs::digest;
use guard::rule::Matcher;
use guard::{Finding, Rule};

use config::{
    Action, BlockAnswer, Mask, Mode, OnError, Origin, PolicyConfig, RuleConfig, Scan, Sink, Stage, StreamMode,
};
use scope::Asked;
use verdict::Decision;

/// The shipped default policy, as text.
pub const DEFAULT_POLICY: &str = include_str!("default.toml");

/// The longest name of a policy.
const NAME_BYTES_MAX: usize = 128;

/// A policy ready to decide.
#[derive(Debug)]
pub struct Policy {
    /// As written.
    pub config: PolicyConfig,
    /// Changes with the policy and with the catalogue; 12 hex digits.
    pub version: String,
    /// Its lines, and behind them those that its sinks stand for.
    rules: Vec<RuleConfig>,
    lines: HashMap<(&'static str, Stage), Vec<usize>>,
}

/// The policies of one configuration.
#[derive(Debug)]
pub struct PolicySet {
    policies: Vec<Arc<Policy>>,
    default: Arc<Policy>,
}

impl Policy {
    /// Resolves every line to its rules.
    pub fn compile(config: PolicyConfig) -> Self {
        let mut lines: HashMap<(&'static str, Stage), Vec<usize>> = HashMap::new();
        let rules: Vec<RuleConfig> = config.rules.iter().cloned().chain(config.sinks.iter().map(line_of)).collect();
        for (index, line) in rules.iter().enumerate() {
            for rule in guard::rules().filter(|rule| select::selects(&line.select, rule)) {
                for stage in &line.stages {
                    lines.entry((rule.id, *stage)).or_default().push(index);
                }
            }
        }
        let version = version(&config);
        Self { config, version, rules, lines }
    }

    /// What the policy does about a finding. `origin` is whose text it is on the way in, and `None` on the way out.
    pub fn decide(&self, finding: &Finding, stage: Stage, origin: Option<Origin>) -> Option<Decision> {
        let line = self.line(finding.rule, stage, origin, finding.score)?;
        if line.action == Action::Allow {
            return None;
        }
        let action = match self.config.mode {
            Mode::Enforce => line.action,
            Mode::Shadow => Action::Flag,
        };
        Some(Decision {
            rule: finding.rule.id,
            category: finding.rule.category,
            stage,
            action,
            mask: line.mask,
            score: finding.score,
            span: finding.span.clone(),
        })
    }

    /// Whether a rule that could not run stops the request.
    pub fn fails_closed(&self, rule: &Rule, stage: Stage, origin: Option<Origin>) -> bool {
        self.config.mode == Mode::Enforce
            && self
                .line(rule, stage, origin, 1.0)
                .is_some_and(|line| line.on_error == OnError::Block && line.action > Action::Flag)
    }

    /// Whether a finding of the rule would be more than recorded.
    pub fn acts_on(&self, rule: &Rule, stage: Stage, origin: Option<Origin>) -> bool {
        self.config.mode == Mode::Enforce
            && self.line(rule, stage, origin, 1.0).is_some_and(|line| line.action > Action::Flag)
    }

    /// The rules that have a line for one of these stages which does anything.
    pub fn rules(&self, stages: &[Stage]) -> Vec<&'static Rule> {
        let scans = |rule: &&Rule| !matches!(rule.matcher, Matcher::Transformer | Matcher::Contract);
        guard::rules().filter(scans).filter(|rule| self.strongest(rule, stages).is_some()).collect()
    }

    /// What the policy does about a breach of what was agreed on, of this score. What a policy agrees on is meant:
    /// without a line that takes it, a breach is blocked. Nothing of a call can be masked, so that a mask blocks too.
    pub fn breach(&self, rule: &'static Rule, (stage, score): (Stage, f32)) -> Option<Decision> {
        let action = self.line(rule, stage, None, score).map_or(Action::Block, |line| line.action);
        let action = match (self.config.mode, action) {
            (_, Action::Allow) => return None,
            (Mode::Shadow, _) => Action::Flag,
            (Mode::Enforce, Action::Mask) => Action::Block,
            (Mode::Enforce, action) => action,
        };
        let (mask, category) = (Mask::Label, rule.category);
        Some(Decision { rule: rule.id, category, stage, action, mask, score, span: 0..0 })
    }

    /// The same for what is only agreed on where a line asks for it.
    pub fn asked_breach(&self, rule: &'static Rule, (stage, score): (Stage, f32)) -> Option<Decision> {
        self.line(rule, stage, None, score)?;
        self.breach(rule, (stage, score))
    }

    /// Whether a breach that could not be judged stops the answer.
    pub fn breach_fails_closed(&self, rule: &'static Rule, stage: Stage) -> bool {
        let line = self.line(rule, stage, None, 1.0);
        self.config.mode == Mode::Enforce
            && !self.config.only_annotates()
            && line.is_none_or(|line| line.on_error == OnError::Block && line.action > Action::Flag)
    }

    /// Whether an answer waits for its end, because it is stopped when it breaks its schema.
    pub fn holds_answers(&self) -> bool {
        let asked = self.asks(&guard::answer::schema::RULE, Stage::Output);
        self.config.mode == Mode::Enforce && !self.config.only_annotates() && asked > Some(Action::Flag)
    }

    /// The most severe thing that a line does about a rule at a stage.
    pub fn asks(&self, rule: &'static Rule, stage: Stage) -> Option<Action> {
        self.strongest(rule, &[stage]).map(|line| line.action)
    }

    /// Whether a line that does something may take findings of the rule in this place.
    pub fn wants(&self, rule: &Rule, stage: Stage, origin: Option<Origin>) -> bool {
        self.line(rule, stage, origin, 1.0).is_some_and(|line| line.action > Action::Allow)
    }

    /// Whether a line names the rule, whatever it does about it.
    pub fn names(&self, rule: &Rule) -> bool {
        self.rules.iter().any(|line| select::selects(&line.select, rule))
    }

    /// How a stream treats a rule: held, buffered or only observed.
    pub fn stream_mode(&self, rule: &Rule, stages: &[Stage]) -> Option<StreamMode> {
        let line = self.strongest(rule, stages)?;
        let harmless = self.config.mode == Mode::Shadow || line.action <= Action::Flag;
        Some(if harmless { StreamMode::Observe } else { line.stream })
    }

    /// Whether the policy inspects anything at all.
    pub fn is_on(&self) -> bool {
        self.rules.iter().any(|line| line.action > Action::Allow) || self.config.tool.judges_definitions()
    }

    /// Whether masked text may be a pseudonym that turns back.
    pub fn uses_pseudonyms(&self) -> bool {
        self.rules.iter().any(|line| line.mask == Mask::Pseudonym && line.action == Action::Mask)
    }

    /// What of the policy made a decision, as its file names it: `rule[2]`, `sinks`, or the section that a breach is one of.
    pub fn line_named(&self, decision: &Decision, origin: Option<Origin>) -> String {
        match self.place_of_line(decision.rule, decision.stage, origin, decision.score) {
            Some(index) if index < self.config.rules.len() => format!("rule[{index}]"),
            Some(_) => "sinks".to_owned(),
            None => decision.category.split('.').next().unwrap_or_default().to_owned(),
        }
    }

    /// Whether a finding is a link to a host that the policy lets answers link to.
    pub fn lets_link(&self, decision: &Decision, text: &str) -> bool {
        decision.category.starts_with("link.")
            && select::links_only_to(&self.config.link_hosts, &text[decision.span.clone()])
    }

    fn strongest(&self, rule: &Rule, stages: &[Stage]) -> Option<&RuleConfig> {
        let lines = stages.iter().filter_map(|stage| self.lines.get(&(rule.id, *stage)));
        // Behind a line that lets all of it pass, others have no say.
        let lets_all_pass =
            |line: &&RuleConfig| line.action == Action::Allow && line.threshold <= 0.0 && line.provenance.is_empty();
        lines
            .flat_map(|lines| lines.iter().map(|index| &self.rules[*index]).take_while(|line| !lets_all_pass(line)))
            .filter(|line| line.action > Action::Allow)
            .max_by_key(|line| line.action)
    }

    fn line(&self, rule: &Rule, stage: Stage, origin: Option<Origin>, score: f32) -> Option<&RuleConfig> {
        self.place_of_line(rule.id, stage, origin, score).map(|index| &self.rules[index])
    }

    fn place_of_line(&self, rule: &'static str, stage: Stage, origin: Option<Origin>, score: f32) -> Option<usize> {
        let lines = self.lines.get(&(rule, stage))?;
        lines.iter().copied().find(|index| {
            let line = &self.rules[*index];
            let theirs = origin.is_none_or(|origin| line.provenance.is_empty() || line.provenance.contains(&origin));
            theirs && score >= line.threshold
        })
    }
}

/// The line that a sink stands for, behind all others: what it would run does not leave.
fn line_of(sink: &Sink) -> RuleConfig {
    RuleConfig {
        select: sink.category().to_owned(),
        stages: vec![Stage::Output],
        provenance: Vec::new(),
        action: Action::Block,
        threshold: 0.5,
        stream: StreamMode::Hold,
        mask: Mask::default(),
        on_error: OnError::default(),
    }
}

impl PolicySet {
    /// Compiles the policies of a configuration and the default behind them.
    pub fn new(configs: impl IntoIterator<Item = PolicyConfig>) -> Self {
        let policies = configs.into_iter().map(|config| Arc::new(Policy::compile(config))).collect();
        Self { policies, default: Arc::new(Policy::compile(default_policy())) }
    }

    /// The first policy whose scope covers what is asked; the default when none does.
    pub fn pick(&self, asked: Asked<'_>) -> &Arc<Policy> {
        self.policies.iter().find(|policy| policy.config.scope.covers(asked)).unwrap_or(&self.default)
    }

    /// Those of a configuration and those that are stored: these stand before, and in the place of one of the same name.
    pub fn of(stored: &[PolicyConfig], in_file: &[PolicyConfig]) -> Self {
        let in_file = in_file.iter().filter(|policy| stored.iter().all(|other| other.name != policy.name));
        Self::new(stored.iter().chain(in_file).cloned())
    }

    /// All of them, the default last.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Policy>> {
        self.policies.iter().chain(std::iter::once(&self.default))
    }
}

/// The shipped default policy.
///
/// # Panics
/// When the text shipped with the program is broken, which a test rules out.
pub fn default_policy() -> PolicyConfig {
    toml::from_str(DEFAULT_POLICY).expect("the shipped default policy parses")
}

/// One sentence for every broken rule of a policy, beginning with the field.
pub fn problems(policy: &PolicyConfig) -> Vec<String> {
    let mut problems = Vec::new();
    if policy.name.is_empty() || policy.name == "default" {
        problems.push("name: must not be empty, and `default` is the shipped one".to_owned());
    }
    if policy.name.len() > NAME_BYTES_MAX {
        problems.push(format!("name: must be at most {NAME_BYTES_MAX} bytes long"));
    }
    problems.extend(policy.scope.problems());
    problems.extend(policy.tool.problems());
    problems.extend(policy.conversation.problems());
    problems.extend(policy.moderation.problems());
    for (index, line) in policy.rules.iter().enumerate() {
        if !guard::rules().any(|rule| select::selects(&line.select, rule)) {
            problems.push(format!("rule[{index}].match: `{}` selects no rule (see docs/rules.md)", line.select));
        }
        if line.stages.is_empty() {
            problems.push(format!("rule[{index}].stages: must name at least one stage"));
        }
        if !(0.0..=1.0).contains(&line.threshold) {
            problems.push(format!("rule[{index}].threshold: must be between 0 and 1"));
        }
        let is_personal = ["pii", "PI", "entity", "EN"].iter().any(|beginning| line.select.starts_with(beginning));
        if !matches!(line.mask, Mask::Label | Mask::Remove) && !is_personal {
            problems.push(format!(
                "rule[{index}].mask: only `label` and `remove` are for more than personal data (`pii…`, `entity…`)"
            ));
        }
    }
    problems
}

fn version(config: &PolicyConfig) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(toml::to_string(config).unwrap_or_default().as_bytes());
    for rule in guard::rules() {
        context.update(rule.id.as_bytes());
    }
    context.update(env!("CARGO_PKG_VERSION").as_bytes());
    context.finish().as_ref()[..6].iter().map(|byte| format!("{byte:02x}")).collect()
}

impl PolicyConfig {
    /// Whether blocked content passes with a note.
    pub fn only_annotates(&self) -> bool {
        self.block_answer == BlockAnswer::Annotate
    }

    /// Whether this text is inspected at all.
    pub fn inspects(&self, origin: Origin, is_latest_turn: bool) -> bool {
        match self.scan {
            Scan::All => true,
            Scan::Untrusted => origin != Origin::Operator,
            Scan::LatestTurn => origin != Origin::Operator && is_latest_turn,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_default_parses_and_selects_rules() {
        let config = default_policy();
        for line in &config.rules {
            assert!(guard::rules().any(|rule| select::selects(&line.select, rule)), "{}", line.select);
        }
        assert!(Policy::compile(config).is_on());
    }

    #[test]
    fn a_policy_without_lines_is_off() {
        let config: PolicyConfig = toml::from_str("name = 'off'").unwrap();
        assert!(!Policy::compile(config).is_on());
    }

    #[test]
    fn the_version_changes_with_the_policy() {
        let one: PolicyConfig = toml::from_str("name = 'a'").unwrap();
        let two: PolicyConfig = toml::from_str("name = 'a'\nscan = 'all'").unwrap();
        assert_ne!(Policy::compile(one).version, Policy::compile(two).version);
    }
}
