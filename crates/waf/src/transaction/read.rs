//! Reading variables: for a rule's targets, and for macros.

use crate::operator::Surround;
use crate::rule::{Selector, Target};
use crate::template::{Piece, Template};
use crate::value::Slot;
use crate::variable::{Store, Variable};

use super::Transaction;
use super::collection::Entry;

/// A value a rule looks at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) variable: Variable,
    /// The entry's name; `None` for a variable that is no collection.
    pub(super) name: Option<Slot>,
    pub(super) value: Slot,
}

impl Transaction {
    /// Appends the values of a target that `exclusions` do not leave out. With a level in `quiet`, those are left out too
    /// that match no rule of that level.
    pub(super) fn collect(
        &mut self,
        (target, quiet): (&Target, Option<u8>),
        exclusions: &[Target],
        out: &mut Vec<Candidate>,
    ) {
        let before = out.len();
        let quiet = quiet.filter(|_| !target.is_count).map(usize::from);
        if quiet.is_some_and(|level| !self.hush(target.variable, level)) {
            return;
        }
        if let Some((lists, is_names)) = self.collections.entries(target.variable) {
            let variable = target.variable;
            let is_loud = |entry: &&Entry| !quiet.is_some_and(|level| entry.known.is_silent(level));
            let entries = lists.into_iter().flatten().filter(is_loud);
            for entry in entries.filter(|entry| self.is_selected(entry, target, exclusions)) {
                let value = if is_names { entry.name } else { entry.value };
                out.push(Candidate { variable, name: Some(entry.name), value });
            }
        } else {
            let leaves_out =
                |exclusion: &Target| exclusion.leaves_out(target.variable, b"") && exclusion.selector == Selector::All;
            if !exclusions.iter().any(leaves_out) {
                self.collect_other(target, exclusions, out);
            }
        }
        if target.is_count {
            let count = out.len() - before;
            out.truncate(before);
            let value = self.values.add(count.to_string().into_bytes());
            out.push(Candidate { variable: target.variable, name: None, value });
        }
    }

    fn is_selected(&self, entry: &Entry, target: &Target, exclusions: &[Target]) -> bool {
        let name = self.values.bytes(entry.name);
        target.selector.selects(name) && !exclusions.iter().any(|exclusion| exclusion.leaves_out(target.variable, name))
    }

    /// Collects from what is not a list of entries.
    fn collect_other(&mut self, target: &Target, exclusions: &[Target], out: &mut Vec<Candidate>) {
        let variable = target.variable;
        match variable {
            Variable::Store(store) => self.collect_store(store, target, exclusions, out),
            Variable::MatchedVars | Variable::MatchedVarsNames => {
                for index in 0..self.matched.len() {
                    let (name, value) = self.matched[index].clone();
                    if !target.selector.selects(name.as_bytes()) {
                        continue;
                    }
                    let name = self.values.add(name.into_bytes());
                    let value = if variable == Variable::MatchedVars { value } else { name };
                    out.push(Candidate { variable, name: Some(name), value });
                }
            }
            _ => {
                if let Some(value) = self.scalar(variable) {
                    out.push(Candidate { variable, name: None, value });
                }
            }
        }
    }

    fn collect_store(&mut self, store: Store, target: &Target, exclusions: &[Target], out: &mut Vec<Candidate>) {
        let variable = target.variable;
        let pairs: Vec<(Vec<u8>, Vec<u8>)> = match &target.selector {
            Selector::Name(name) => {
                self.stores.get(store, name).map(|value| (name.to_vec(), value.to_vec())).into_iter().collect()
            }
            selector => {
                let all = self.stores.all(store).filter(|(name, _)| selector.selects(name));
                all.map(|(name, value)| (name.to_vec(), value.to_vec())).collect()
            }
        };
        for (name, value) in pairs {
            if exclusions.iter().any(|exclusion| exclusion.leaves_out(variable, &name)) {
                continue;
            }
            let name = Some(self.values.add(name));
            let value = self.values.add(value);
            out.push(Candidate { variable, name, value });
        }
    }

    /// A variable with one value.
    fn scalar(&mut self, variable: Variable) -> Option<Slot> {
        match variable {
            Variable::MatchedVar => self.matched.last().map(|(_, value)| *value),
            Variable::MatchedVarName => {
                let name = self.matched.last()?.0.clone();
                Some(self.values.add(name.into_bytes()))
            }
            Variable::ReqbodyProcessor => {
                let name = self.flow.processor.map_or("", |processor| processor.name());
                Some(self.values.add(name.as_bytes()))
            }
            _ => self.collections.scalar(variable),
        }
    }

    /// The first value of a target, for a macro.
    fn first(&self, target: &Target) -> Option<&[u8]> {
        if let Some((lists, is_names)) = self.collections.entries(target.variable) {
            let entry =
                lists.into_iter().flatten().find(|entry| target.selector.selects(self.values.bytes(entry.name)))?;
            return Some(self.values.bytes(if is_names { entry.name } else { entry.value }));
        }
        match (target.variable, &target.selector) {
            (Variable::Store(store), Selector::Name(name)) => self.stores.get(store, name),
            (Variable::MatchedVar | Variable::MatchedVars, _) => {
                self.matched.last().map(|(_, value)| self.values.bytes(*value))
            }
            (Variable::MatchedVarName | Variable::MatchedVarsNames, _) => {
                self.matched.last().map(|(name, _)| name.as_bytes())
            }
            (Variable::ReqbodyProcessor, _) => {
                Some(self.flow.processor.map_or("", |processor| processor.name()).as_bytes())
            }
            (variable, _) => self.collections.scalar(variable).map(|slot| self.values.bytes(slot)),
        }
    }
}

impl Surround for Transaction {
    fn expand(&self, template: &Template) -> Vec<u8> {
        let mut out = Vec::new();
        for piece in template.pieces() {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text),
                Piece::Variable(Target { variable: Variable::Rule, selector: Selector::Name(name), .. }) => {
                    if name.eq_ignore_ascii_case(b"id") {
                        out.extend_from_slice(self.flow.rule.to_string().as_bytes());
                    }
                }
                Piece::Variable(target) => out.extend_from_slice(self.first(target).unwrap_or_default()),
            }
        }
        out
    }

    fn locate(&self, address: &[u8]) -> bool {
        std::str::from_utf8(address).is_ok_and(|address| self.connection.surroundings.locate(address).is_some())
    }

    fn is_listed(&self, zone: &str, address: &[u8]) -> bool {
        std::str::from_utf8(address).is_ok_and(|address| self.connection.surroundings.is_listed(zone, address))
    }
}
