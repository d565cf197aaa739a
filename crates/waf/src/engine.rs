//! Rules ready to run.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::LoadError;
use crate::interest::Interests;
use crate::prefilter::{Prefilter, Probe};
use crate::recall::Recall;
use crate::rule::{Link, Phase, Rule, Skip, Target};
use crate::seclang::{Item, RuleSet};
use crate::settings::Settings;
use crate::silence::Silence;
use crate::value::{Chain, Chains};
use crate::variable::Variable;

/// A compiled rule set, for any number of transactions at a time.
#[derive(Debug)]
pub struct Engine {
    pub(crate) phases: [Vec<Step>; 5],
    pub(crate) chains: Chains,
    pub(crate) prefilter: Prefilter,
    pub(crate) groups: Vec<Group>,
    pub(crate) settings: Settings,
    /// True when a rule looks at `PROMPT`.
    pub(crate) reads_prompts: bool,
    /// Who is asked about a value that is new.
    pub(crate) interests: Interests,
    /// Values that match no rule.
    pub(crate) silence: Silence,
    /// Requests that match no rule.
    pub(crate) recall: Recall,
}

/// A rule of a phase, and where a match may lead.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) rule: Rule,
    /// Its paranoia level; 0 for none.
    pub(crate) level: u8,
    /// The step to go on with after a match, when it is not the next one.
    pub(crate) next: Option<usize>,
}

/// Links that share a set of patterns and a transformation chain: one look at all their values rules most of them out.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) set: u16,
    /// Their paranoia level.
    pub(crate) level: u8,
    pub(crate) chain: Chain,
    /// Every target of every link, without their exclusions.
    pub(crate) targets: Vec<Target>,
}

impl RuleSet {
    /// Compiles the rules.
    ///
    /// # Errors
    /// When a rule skips to a place that does not exist, or there are more patterns than the automata hold.
    pub fn compile(self) -> Result<Arc<Engine>, LoadError> {
        let RuleSet { items, chains, settings, .. } = self;
        let reads_prompts = items.iter().any(|item| matches!(item, Item::Rule(rule) if reads(rule, Variable::Prompt)));
        let phases = phases(items)?;
        let mut engine = Engine {
            recall: Recall::new(&phases, reads_prompts),
            phases,
            chains,
            prefilter: Prefilter::default(),
            groups: Vec::new(),
            settings,
            reads_prompts,
            interests: Interests::default(),
            silence: Silence::default(),
        };
        engine.build_sets().map_err(|problem| LoadError { file: "all rules".to_owned(), line: 0, problem })?;
        engine.interests = Interests::new(&engine.phases);
        Ok(Arc::new(engine))
    }
}

impl Engine {
    /// How many rules there are; a chain is one.
    pub fn rules(&self) -> usize {
        self.phases.iter().map(Vec::len).sum()
    }

    /// Whether any rule is about answers, phase 3 or 4.
    pub fn looks_at_answers(&self) -> bool {
        [Phase::ResponseHeaders, Phase::ResponseBody].iter().any(|phase| !self.phases[phase.index()].is_empty())
    }

    /// The settings of the rule files.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Where each rule is written: id, file, line.
    pub fn listing(&self) -> impl Iterator<Item = (u32, &str, usize)> {
        self.phases.iter().flatten().map(|step| (step.rule.id, &*step.rule.file, step.rule.line))
    }

    /// Puts the patterns of each phase and paranoia level into one set, so that levels that are off cost nothing.
    fn build_sets(&mut self) -> Result<(), String> {
        let mut groups: BTreeMap<(u16, usize), u16> = BTreeMap::new();
        for phase in Phase::ALL {
            let levels: Vec<u8> = self.phases[phase.index()].iter().map(|step| step.level).collect();
            for wanted in 0..=4 {
                let steps = self.phases[phase.index()].iter().zip(&levels).filter(|(_, level)| **level == wanted);
                let patterns: Vec<_> = steps
                    .flat_map(|(step, _)| &step.rule.links)
                    .filter(|link| is_probed(link))
                    .filter_map(|link| link.operator.pattern()?.hir())
                    .collect();
                if patterns.is_empty() {
                    continue;
                }
                let set = self.prefilter.add(&patterns)?;
                let steps = self.phases[phase.index()].iter_mut().zip(&levels).filter(|(_, level)| **level == wanted);
                let links = steps.flat_map(|(step, _)| &mut step.rule.links).filter(|link| is_probed(link));
                number(links, (set, wanted), &self.chains, &mut groups, &mut self.groups)?;
            }
        }
        Ok(())
    }
}

/// Gives each link its place in the set, and its group.
fn number<'a>(
    links: impl Iterator<Item = &'a mut Link>,
    (set, level): (u16, u8),
    chains: &Chains,
    known: &mut BTreeMap<(u16, usize), u16>,
    groups: &mut Vec<Group>,
) -> Result<(), String> {
    for (index, link) in links.enumerate() {
        let pattern = u16::try_from(index).map_err(|_| "too many patterns".to_owned())?;
        link.probe = Some(Probe { set, pattern });
        if link.is_multi_match {
            continue;
        }
        let number = *known.entry((set, chains.index(link.chain))).or_insert_with(|| {
            groups.push(Group { set, level, chain: link.chain, targets: Vec::new() });
            (groups.len() - 1) as u16
        });
        link.group = Some(number);
        let group = &mut groups[usize::from(number)];
        for target in &link.targets {
            if !group.targets.iter().any(|known| known.variable == target.variable && known.selector == target.selector)
            {
                group.targets.push(target.clone());
            }
        }
    }
    Ok(())
}

/// True when a set of patterns can answer for the link: its values are fixed before its phase begins.
fn is_probed(link: &Link) -> bool {
    let is_fixed = |target: &Target| !target.variable.is_changing() && !target.is_count;
    !link.is_negated
        && link.operator.pattern().is_some_and(|pattern| pattern.hir().is_some())
        && link.targets.iter().all(is_fixed)
}

fn reads(rule: &Rule, variable: Variable) -> bool {
    rule.links.iter().flat_map(|link| &link.targets).any(|target| target.variable == variable)
}

/// The paranoia level a rule is tagged with; 0 without one.
pub(crate) fn level(rule: &Rule) -> u8 {
    let level = rule.about.tags.iter().find_map(|tag| tag.strip_prefix("paranoia-level/")?.parse().ok());
    level.unwrap_or(0).min(4)
}

/// Sorts rules into phases and resolves where they skip to.
fn phases(items: Vec<Item>) -> Result<[Vec<Step>; 5], LoadError> {
    let mut phases: [Vec<Step>; 5] = Default::default();
    // For each phase: a name, and the step behind it.
    let mut places: [Vec<(Box<str>, usize)>; 5] = Default::default();
    for item in items {
        match item {
            Item::Marker(name) => {
                for (places, steps) in places.iter_mut().zip(&phases) {
                    places.push((name.clone(), steps.len()));
                }
            }
            Item::Rule(rule) => {
                let index = rule.phase.index();
                phases[index].push(Step { level: level(&rule), rule: *rule, next: None });
                let name = phases[index].last().map(|step| step.rule.id.to_string()).unwrap_or_default();
                places[index].push((name.into(), phases[index].len()));
            }
        }
    }
    for (steps, places) in phases.iter_mut().zip(&places) {
        for (index, step) in steps.iter_mut().enumerate() {
            step.next = target(&step.rule, index, places)?;
        }
    }
    Ok(phases)
}

fn target(rule: &Rule, index: usize, places: &[(Box<str>, usize)]) -> Result<Option<usize>, LoadError> {
    match &rule.skip {
        None => Ok(None),
        Some(Skip::Count(count)) => Ok(Some(index + 1 + count)),
        Some(Skip::After(name)) => {
            let place = places.iter().find(|(known, behind)| known == name && *behind > index);
            place.map(|(_, behind)| Some(*behind)).ok_or_else(|| LoadError {
                file: rule.file.to_string(),
                line: rule.line,
                problem: format!("skipAfter:{name} leads nowhere"),
            })
        }
    }
}
