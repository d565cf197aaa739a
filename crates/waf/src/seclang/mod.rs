//! The rule language: files in, rules out.
//!
//! Reading happens file by file, in order; every directive, operator, variable, transformation and action that is not
//! known is an error with its file and line. There is no way to skip one.
//!
//! `SecRuleUpdate…` and `SecRuleRemove…` are collected and applied when everything is read, so their place does not matter.

mod action;
mod control;
mod line;
pub(crate) mod target;

use std::sync::Arc;

use crate::error::LoadError;
use crate::operator::Operator;
use crate::rule::{About, Effect, Link, Phase, Rule, Rules, Target};
use crate::settings::Settings;
use crate::transform::Transform;
use crate::value::{Chain, Chains};

use action::{Actions, Disruption};
use line::Directive;
use target::Targets;

/// A rule file: the name that errors carry, and its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The file's name.
    pub name: &'a str,
    /// What is in it.
    pub text: &'a [u8],
}

/// Gives the contents of a data file: the name of the rule file, and the name it mentions.
pub type ReadData<'a> = dyn FnMut(&str, &str) -> Result<Vec<u8>, String> + 'a;

/// A rule or a place to skip to.
#[derive(Debug)]
pub(crate) enum Item {
    Rule(Box<Rule>),
    Marker(Box<str>),
}

/// What `SecRuleUpdate…` and `SecRuleRemove…` change.
#[derive(Debug)]
enum Update {
    Remove(Rules),
    Targets(Rules, Arc<Targets>),
    Actions(Rules, Box<Actions>),
}

/// Rules as they were read, before they are made into an engine.
#[derive(Debug, Default)]
pub struct RuleSet {
    pub(crate) items: Vec<Item>,
    pub(crate) chains: Chains,
    pub(crate) settings: Settings,
    updates: Vec<Update>,
    defaults: [Defaults; 5],
    /// True when the last rule ended in `chain`.
    is_open: bool,
}

/// What `SecDefaultAction` says about a phase.
#[derive(Clone, Debug, Default)]
struct Defaults {
    effect: Option<Effect>,
    status: Option<u16>,
    log: Option<bool>,
    transforms: Vec<Transform>,
}

impl RuleSet {
    /// Reads rule files in order.
    ///
    /// # Errors
    /// At the first thing that the engine cannot honour.
    pub fn parse(sources: &[Source<'_>], read: &mut ReadData<'_>) -> Result<Self, LoadError> {
        let mut set = Self::default();
        for source in sources {
            set.read(source, read)?;
        }
        set.apply_updates();
        Ok(set)
    }

    /// How many rules there are; a chain is one.
    pub fn len(&self) -> usize {
        self.items.iter().filter(|item| matches!(item, Item::Rule(_))).count()
    }

    /// True when there is no rule.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn read(&mut self, source: &Source<'_>, read: &mut ReadData<'_>) -> Result<(), LoadError> {
        let at = |line: usize, problem: String| LoadError { file: source.name.to_owned(), line, problem };
        let file: Arc<str> = source.name.into();
        let directives = line::directives(source.text).map_err(|(line, problem)| at(line, problem))?;
        let mut last = 0;
        for directive in directives {
            last = directive.line;
            self.directive(&directive, &file, read).map_err(|problem| at(directive.line, problem))?;
        }
        if self.is_open {
            return Err(at(last, "the file ends inside of a chain".to_owned()));
        }
        Ok(())
    }

    fn directive(&mut self, directive: &Directive, file: &Arc<str>, read: &mut ReadData<'_>) -> Result<(), String> {
        let arguments = &directive.arguments;
        let name = directive.name.to_ascii_lowercase();
        if self.is_open && name != "secrule" && name != "secaction" {
            return Err(format!("{} inside of a chain", directive.name));
        }
        match (name.as_str(), arguments.as_slice()) {
            ("secrule", [targets, operator]) => self.rule(directive, file, targets, operator, b"", read),
            ("secrule", [targets, operator, actions]) => self.rule(directive, file, targets, operator, actions, read),
            ("secaction", [actions]) => self.action(directive, file, actions),
            ("secmarker", [marker]) => {
                self.items.push(Item::Marker(text(marker)?.into()));
                Ok(())
            }
            ("secdefaultaction", [actions]) => self.default_action(actions),
            _ if self.update(&name, arguments)? => Ok(()),
            _ if self.settings.read(&directive.name, arguments)? => Ok(()),
            _ => Err(format!("the directive {} with {} arguments is not supported", directive.name, arguments.len())),
        }
    }

    fn rule(
        &mut self,
        directive: &Directive,
        file: &Arc<str>,
        targets: &[u8],
        operator: &[u8],
        actions: &[u8],
        read: &mut ReadData<'_>,
    ) -> Result<(), String> {
        let targets = target::targets(targets)?;
        if targets.included.is_empty() {
            return Err("the rule has no target".to_owned());
        }
        let operator = Operator::parse(operator, &mut |name| read(file, name))?;
        self.add(directive.line, file, Some((targets, operator)), action::actions(actions)?)
    }

    fn action(&mut self, directive: &Directive, file: &Arc<str>, actions: &[u8]) -> Result<(), String> {
        self.add(directive.line, file, None, action::actions(actions)?)
    }

    /// Adds a rule, or the next link of the one that is open.
    fn add(
        &mut self,
        line: usize,
        file: &Arc<str>,
        test: Option<(Targets, (Operator, bool))>,
        mut actions: Actions,
    ) -> Result<(), String> {
        let was_open = std::mem::replace(&mut self.is_open, actions.is_chained);
        let phase = match (was_open, self.items.last()) {
            (true, Some(Item::Rule(rule))) => rule.phase,
            _ => actions.phase.unwrap_or(Phase::RequestBody),
        };
        let link = self.link(phase, test, &mut actions)?;
        if was_open {
            let Some(Item::Rule(rule)) = self.items.last_mut() else {
                return Err("a chain without a beginning".to_owned());
            };
            rule.links.push(link);
            return Ok(());
        }
        let rule = self.begin(phase, line, file, link, actions)?;
        self.items.push(Item::Rule(Box::new(rule)));
        Ok(())
    }

    fn link(
        &mut self,
        phase: Phase,
        test: Option<(Targets, (Operator, bool))>,
        actions: &mut Actions,
    ) -> Result<Link, String> {
        let mut transforms = self.defaults[phase.index()].transforms.clone();
        if actions.drops_default_transforms {
            transforms.clear();
        }
        transforms.extend(actions.transforms.take().unwrap_or_default());
        let chain = self.chains.intern(&transforms).ok_or("too many transformation chains")?;
        let (targets, operator, is_negated) = match test {
            Some((targets, (operator, is_negated))) => (targets, operator, is_negated),
            None => (Targets::default(), Operator::Always, false),
        };
        Ok(Link {
            targets: targets.included,
            exclusions: targets.excluded,
            operator,
            is_negated,
            chain,
            is_multi_match: actions.is_multi_match && chain != Chain::NONE,
            captures: actions.captures,
            changes: std::mem::take(&mut actions.changes),
            controls: std::mem::take(&mut actions.controls),
            probe: None,
            group: None,
        })
    }

    fn begin(&self, phase: Phase, line: usize, file: &Arc<str>, link: Link, actions: Actions) -> Result<Rule, String> {
        let id = actions.id.ok_or("the rule has no id")?;
        if self.items.iter().any(|item| matches!(item, Item::Rule(rule) if rule.id == id)) {
            return Err(format!("there is another rule with the id {id}"));
        }
        let defaults = &self.defaults[phase.index()];
        let effect = match actions.effect {
            Some(Disruption::Own(effect)) => effect,
            // Without a default, to block is to deny.
            Some(Disruption::Block) => defaults.effect.unwrap_or(Effect::Deny),
            None => defaults.effect.unwrap_or(Effect::Pass),
        };
        Ok(Rule {
            id,
            phase,
            links: vec![link],
            about: About {
                message: actions.message,
                logdata: actions.logdata,
                severity: actions.severity,
                tags: actions.tags,
            },
            effect,
            status: actions.status.or(defaults.status),
            skip: actions.skip,
            is_logged: actions.log.or(defaults.log).unwrap_or(true),
            file: file.clone(),
            line,
        })
    }

    fn default_action(&mut self, actions: &[u8]) -> Result<(), String> {
        let actions = action::actions(actions)?;
        let phase = actions.phase.ok_or("SecDefaultAction needs a phase")?;
        let effect = match actions.effect {
            Some(Disruption::Own(effect)) => Some(effect),
            Some(Disruption::Block) => return Err("block cannot be a default action".to_owned()),
            None => None,
        };
        self.defaults[phase.index()] = Defaults {
            effect,
            status: actions.status,
            log: actions.log,
            transforms: actions.transforms.unwrap_or_default(),
        };
        Ok(())
    }

    /// Reads `SecRuleUpdate…` and `SecRuleRemove…`; false when the directive is neither.
    fn update(&mut self, name: &str, arguments: &[Vec<u8>]) -> Result<bool, String> {
        let words = arguments.iter().map(|argument| text(argument)).collect::<Result<Vec<_>, _>>()?;
        let update = match (name, words.as_slice()) {
            ("secruleremovebyid", ids) if !ids.is_empty() => Update::Remove(control::ids(&ids.join(" "))?),
            ("secruleremovebytag", [tag]) => Update::Remove(control::by_tag(tag)?),
            ("secruleremovebymsg", [message]) => Update::Remove(control::by_message(message)?),
            ("secruleupdatetargetbyid", [ids, targets]) => Update::Targets(control::ids(ids)?, updated(targets)?),
            ("secruleupdatetargetbytag", [tag, targets]) => Update::Targets(control::by_tag(tag)?, updated(targets)?),
            ("secruleupdatetargetbymsg", [message, targets]) => {
                Update::Targets(control::by_message(message)?, updated(targets)?)
            }
            ("secruleupdateactionbyid", [ids, actions]) => {
                Update::Actions(control::ids(ids)?, Box::new(action::actions(actions.as_bytes())?))
            }
            _ => return Ok(false),
        };
        self.updates.push(update);
        Ok(true)
    }

    fn apply_updates(&mut self) {
        for update in std::mem::take(&mut self.updates) {
            if let Update::Remove(rules) = &update {
                self.items.retain(|item| !matches!(item, Item::Rule(rule) if rules.include(rule.id, &rule.about)));
                continue;
            }
            for item in &mut self.items {
                if let Item::Rule(rule) = item {
                    update.apply(rule);
                }
            }
        }
    }
}

impl Update {
    fn apply(&self, rule: &mut Rule) {
        match self {
            Update::Targets(rules, targets) if rules.include(rule.id, &rule.about) => {
                // Only the first link of a chain is meant, as in the reference.
                let link = &mut rule.links[0];
                let new = |own: &[Target], target: &&Target| !own.iter().any(|known| same(known, target));
                let included: Vec<Target> =
                    targets.included.iter().filter(|target| new(&link.targets, target)).cloned().collect();
                link.targets.extend(included);
                link.exclusions.extend(targets.excluded.iter().cloned());
            }
            Update::Actions(rules, actions) if rules.include(rule.id, &rule.about) => {
                if let Some(Disruption::Own(effect)) = actions.effect {
                    rule.effect = effect;
                }
                rule.status = actions.status.or(rule.status);
                rule.is_logged = actions.log.unwrap_or(rule.is_logged);
                rule.about.severity = actions.severity.or(rule.about.severity);
                rule.about.tags.extend(actions.tags.iter().cloned());
                if let Some(message) = &actions.message {
                    rule.about.message = Some(message.clone());
                }
            }
            _ => {}
        }
    }
}

fn same(one: &Target, two: &Target) -> bool {
    one.variable == two.variable && one.selector == two.selector && one.is_count == two.is_count
}

/// Updated targets may be separated by commas.
fn updated(targets: &str) -> Result<Arc<Targets>, String> {
    let mut all = Targets::default();
    for part in targets.split(',') {
        let part = target::targets(part.as_bytes())?;
        all.included.extend(part.included);
        all.excluded.extend(part.excluded);
    }
    Ok(Arc::new(all))
}

fn text(argument: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(argument).map_err(|_| "an argument is not text".to_owned())
}

#[cfg(test)]
mod tests;
