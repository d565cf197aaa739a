//! What a match does: to variables, to the engine's switches, to the request.

use crate::operator::{Captured, Surround, integer};
use crate::report::{Finding, Verdict, printable};
use crate::rule::{AllowScope, Change, Control, Effect, Link, Mode, Phase, Rule};
use crate::template::Template;
use crate::value::Slot;
use crate::variable::Store;

use super::Transaction;
use super::collection::Entry;
use super::evaluate::Seen;

/// The status of a refusal whose rule names none.
const STATUS: u16 = 403;

/// What of a message or logdata is kept, in bytes.
const TEXT_MAX: usize = 512;

impl Transaction {
    /// Keeps the groups of a match as `TX:0` to `TX:9`; those it does not have are gone.
    pub(super) fn capture(&mut self, groups: Captured) {
        let mut groups = groups.into_iter();
        for digit in b'0'..=b'9' {
            match groups.next() {
                Some(group) => self.stores.set(Store::Tx, &[digit], group.into_vec()),
                None => self.stores.unset(Store::Tx, &[digit]),
            }
        }
    }

    /// Fills `GEO` with what is known about an address.
    pub(super) fn fill_geo(&mut self, slot: Slot) {
        let address = String::from_utf8_lossy(self.values.bytes(slot)).into_owned();
        let known = self.connection.surroundings.locate(&address).unwrap_or_default();
        self.collections.geo.clear();
        for (name, value) in known {
            let entry = Entry::new(self.values.add(name.into_bytes()), self.values.add(value.into_bytes()));
            self.collections.geo.push(entry);
        }
    }

    /// Makes the changes of a link that matched.
    pub(super) fn apply_changes(&mut self, link: &Link) {
        for change in &link.changes {
            self.change(change);
        }
        for control in &link.controls {
            self.control(control);
        }
    }

    fn change(&mut self, change: &Change) {
        match change {
            Change::Set { store, name, value } => {
                let value = self.expand(value);
                let name = self.name(name);
                self.stores.set(*store, &name, value);
            }
            Change::Add { store, name, value } => self.add(*store, name, value, 1),
            Change::Subtract { store, name, value } => self.add(*store, name, value, -1),
            Change::Unset { store, name } => {
                let name = self.name(name);
                self.stores.unset(*store, &name);
            }
            Change::Expire { store, name, seconds } => {
                let seconds = u64::try_from(integer(&self.expand(seconds))).unwrap_or(0);
                let name = self.name(name);
                self.stores.expire(*store, &name, seconds);
            }
            Change::Open { store, key } => {
                let key = self.expand(key);
                let variables = self.connection.surroundings.load(*store, &key);
                self.stores.open(*store, key, variables);
            }
        }
    }

    fn add(&mut self, store: Store, name: &Template, value: &Template, sign: i64) {
        let amount = integer(&self.expand(value));
        let name = self.name(name);
        let before = self.stores.get(store, &name).map_or(0, integer);
        let after = before.saturating_add(amount.saturating_mul(sign));
        self.stores.set(store, &name, after.to_string().into_bytes());
    }

    fn name(&self, template: &Template) -> Vec<u8> {
        match template.fixed() {
            Some(name) => name.to_vec(),
            None => self.expand(template).to_ascii_lowercase(),
        }
    }

    fn control(&mut self, control: &Control) {
        match control {
            Control::Mode(mode) => self.flow.mode = *mode,
            Control::RequestBodyAccess(on) => self.flow.request_body = *on,
            Control::ResponseBodyAccess(on) => self.flow.response_body = *on,
            Control::ForceRequestBody(on) => self.flow.force_request_body = *on,
            Control::Processor(processor) => self.flow.processor = Some(*processor),
            Control::Remove(rules) => self.removed.push(rules.clone()),
            Control::RemoveTarget(rules, target) => self.removed_targets.push((rules.clone(), target.clone())),
            Control::Audit => {}
        }
    }

    /// Reports a rule that matched and does what it says; false when the phase ends.
    pub(super) fn conclude(&mut self, rule: &Rule, seen: Seen) -> bool {
        let refuses = rule.effect == Effect::Deny && self.flow.mode == Mode::On && rule.phase != Phase::Logging;
        if rule.is_logged || refuses || rule.about.message.is_some() {
            let finding = self.finding(rule, seen);
            self.findings.push(finding);
        }
        if refuses {
            self.flow.refusal = Some(Verdict::Deny { rule: rule.id, status: rule.status.unwrap_or(STATUS) });
            return false;
        }
        let Effect::Allow(scope) = rule.effect else { return self.flow.mode != Mode::Off };
        self.flow.allowed_until = match scope {
            AllowScope::Transaction => u8::MAX,
            AllowScope::Request => Phase::ResponseHeaders as u8,
            AllowScope::Phase => 0,
        };
        false
    }

    fn finding(&self, rule: &Rule, seen: Seen) -> Finding {
        let text = |template: &Option<Template>| {
            template.as_ref().map(|template| printable(&self.expand(template), TEXT_MAX)).unwrap_or_default()
        };
        Finding {
            rule: rule.id,
            phase: rule.phase as u8,
            message: text(&rule.about.message),
            logdata: text(&rule.about.logdata),
            severity: rule.about.severity,
            tags: rule.about.tags.iter().map(ToString::to_string).collect(),
            variable: seen.variable,
            entry: printable(&seen.entry, 64),
            paranoia: crate::engine::level(rule),
            file: rule.file.to_string(),
            line: rule.line,
            is_logged: rule.is_logged,
        }
    }

    /// Hands the stores that outlive the request to the surroundings.
    pub(super) fn save_stores(&mut self) {
        let surroundings = self.connection.surroundings.clone();
        self.stores.close(|store, key, variables| surroundings.save(store, key, variables));
    }
}
