//! Running rules: which values, which of them match, and what follows from it.

use crate::engine::Step;
use crate::operator::{Captured, NumberTest, Operator, integer};
use crate::prefilter::Bits;
use crate::rule::{Link, Phase, Rule, Selector, Target};
use crate::value::{Chain, Slot};
use crate::variable::Variable;

use super::Transaction;
use super::read::Candidate;

/// What a rule matched last: for the report.
pub(super) struct Seen {
    pub(super) variable: &'static str,
    pub(super) entry: Vec<u8>,
}

impl Transaction {
    /// Runs the rules of a phase until its end or a refusal.
    pub(super) fn run_phase(&mut self, phase: Phase) {
        let engine = self.engine.clone();
        let steps: &[Step] = &engine.phases[phase.index()];
        let mut at = 0;
        while let Some(step) = steps.get(at) {
            at += 1;
            let rule = &step.rule;
            if !self.removed.is_empty() && self.removed.iter().any(|rules| rules.include(rule.id, &rule.about)) {
                continue;
            }
            let Some(seen) = self.matches(rule, step.level) else { continue };
            let goes_on = self.conclude(rule, seen);
            if !goes_on {
                return;
            }
            at = step.next.unwrap_or(at);
        }
    }

    /// Runs the links of a rule; `None` when one of them does not match.
    fn matches(&mut self, rule: &Rule, level: u8) -> Option<Seen> {
        self.flow.rule = rule.id;
        if !self.matched.is_empty() {
            self.matched.clear();
        }
        let mut seen = None;
        for link in &rule.links {
            seen = Some(self.link(rule, link, level)?);
        }
        seen
    }

    /// Runs one link on all its values; changes are made for each value that matches.
    fn link(&mut self, rule: &Rule, link: &Link, level: u8) -> Option<Seen> {
        if link.targets.is_empty() {
            self.apply_changes(link);
            return Some(Seen { variable: "", entry: Vec::new() });
        }
        if self.is_ruled_out(link) {
            return None;
        }
        let candidates = self.candidates(rule, link, level);
        let mut seen = None;
        for &candidate in &candidates {
            if link.is_multi_match {
                for slot in self.stages(candidate.value, link.chain) {
                    self.candidate(link, candidate, slot, &mut seen);
                }
            } else {
                let slot = self.values.apply(&self.engine.chains, candidate.value, link.chain);
                self.candidate(link, candidate, slot, &mut seen);
            }
        }
        self.scratch = candidates;
        seen
    }

    fn candidates(&mut self, rule: &Rule, link: &Link, level: u8) -> Vec<Candidate> {
        let quiet = link.is_pure().then_some(level);
        let mut candidates = std::mem::take(&mut self.scratch);
        candidates.clear();
        let removed: Vec<Target> = self
            .removed_targets
            .iter()
            .filter(|(rules, _)| rules.include(rule.id, &rule.about))
            .map(|(_, target)| target.clone())
            .collect();
        if removed.is_empty() {
            link.targets.iter().for_each(|target| self.collect((target, quiet), &link.exclusions, &mut candidates));
        } else {
            let exclusions = [link.exclusions.as_slice(), &removed].concat();
            link.targets.iter().for_each(|target| self.collect((target, quiet), &exclusions, &mut candidates));
        }
        candidates
    }

    fn candidate(&mut self, link: &Link, candidate: Candidate, slot: Slot, seen: &mut Option<Seen>) {
        let Some(groups) = self.test(link, slot) else { return };
        let entry = candidate.name.map(|name| self.values.bytes(name).to_vec()).unwrap_or_default();
        let variable = candidate.variable.name();
        let name = match candidate.name {
            Some(_) if matches!(candidate.variable, Variable::MatchedVars | Variable::MatchedVarsNames) => {
                String::from_utf8_lossy(&entry).into_owned()
            }
            Some(_) => format!("{variable}:{}", String::from_utf8_lossy(&entry)),
            None => variable.to_owned(),
        };
        self.matched.push((name, slot));
        if link.captures {
            self.capture(groups);
        }
        if matches!(link.operator, Operator::Geo) {
            self.fill_geo(slot);
        }
        self.apply_changes(link);
        *seen = Some(Seen { variable, entry });
    }

    /// Asks the operator about a transformed value; the groups when the link matches.
    pub(super) fn test(&mut self, link: &Link, slot: Slot) -> Option<Captured> {
        if let Some(probe) = link.probe {
            let (bytes, hits) = self.values.hits(slot);
            if !self.engine.prefilter.ask(probe.set, bytes, hits).has(probe.pattern) {
                return None;
            }
        }
        let captures = link.captures && !link.is_negated;
        let found = link.operator.evaluate(self.values.bytes(slot), captures, self);
        if link.is_negated { found.is_none().then(Vec::new) } else { found }
    }

    /// The value and every different outcome on the way through the chain.
    pub(super) fn stages(&mut self, value: Slot, chain: Chain) -> Vec<Slot> {
        let mut stages = vec![value];
        for step in self.engine.chains.steps(chain) {
            let slot = self.values.apply(&self.engine.chains, value, step);
            if stages.last() != Some(&slot) {
                stages.push(slot);
            }
        }
        stages
    }

    /// True when the link cannot match, by a look that is cheaper than running it.
    fn is_ruled_out(&mut self, link: &Link) -> bool {
        match (link.group, link.probe) {
            (Some(group), Some(probe)) => !self.union(group).has(probe.pattern),
            _ => self.is_false(link),
        }
    }

    /// Which patterns occur in any value of a group.
    fn union(&mut self, group: u16) -> &Bits {
        let index = usize::from(group);
        if self.unions[index].is_none() {
            let bits = self.unite(group);
            self.unions[index] = Some(bits);
        }
        self.unions[index].as_ref().expect("it was just made")
    }

    fn unite(&mut self, group: u16) -> Bits {
        let engine = self.engine.clone();
        let group = &engine.groups[usize::from(group)];
        let mut bits = Bits::None;
        let mut candidates = std::mem::take(&mut self.scratch);
        candidates.clear();
        for target in &group.targets {
            self.collect((target, Some(group.level)), &[], &mut candidates);
        }
        for candidate in &candidates {
            let slot = self.values.apply(&engine.chains, candidate.value, group.chain);
            let (bytes, hits) = self.values.hits(slot);
            bits.add(engine.prefilter.ask(group.set, bytes, hits));
        }
        self.scratch = candidates;
        bits
    }

    /// Decides the commonest test of all, one variable of a store against a number, without making a value of it.
    fn is_false(&self, link: &Link) -> bool {
        let ([target], Operator::Number(test, template)) = (link.targets.as_slice(), &link.operator) else {
            return false;
        };
        let (Variable::Store(store), Selector::Name(name)) = (target.variable, &target.selector) else { return false };
        if link.chain != Chain::NONE || !link.exclusions.is_empty() || !self.removed_targets.is_empty() {
            return false;
        }
        let value = self.stores.get(store, name);
        let number = match (value, target.is_count) {
            (value, true) => i64::from(value.is_some()),
            (Some(value), false) => integer(value),
            (None, false) => return true,
        };
        self.compare(*test, number, template) == link.is_negated
    }

    fn compare(&self, test: NumberTest, number: i64, template: &crate::template::Template) -> bool {
        match template.fixed() {
            Some(text) => test.holds(number, integer(text)),
            None => test.holds(number, integer(&crate::operator::Surround::expand(self, template))),
        }
    }
}
