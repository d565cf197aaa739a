//! Which values of this transaction match no rule.

use crate::engine::Step;
use crate::rule::Link;
use crate::silence::{LEVELS, Place, SCALARS, Shown};
use crate::value::Slot;
use crate::variable::Variable;

use super::Transaction;
use super::collection::Entry;

const LISTS: [Place; 4] = [Place::ArgsGet, Place::ArgsPost, Place::Headers, Place::Cookies];

/// How far values have been looked up.
#[derive(Debug, Default)]
pub(super) struct Quiet {
    /// By list and level: how many entries.
    settled: [[usize; LEVELS]; LISTS.len()],
    /// Variables with one value: which levels were asked for, and which do not match it.
    scalars: [(u8, u8); SCALARS.len()],
}

impl Quiet {
    /// Whether a variable with one value matches no rule of a level.
    pub(super) fn is_silent(&self, variable: Variable, level: usize) -> bool {
        let index = SCALARS.iter().position(|scalar| *scalar == variable);
        index.is_some_and(|index| self.scalars[index].1 & 1 << level != 0)
    }

    /// Forgets what was known of a variable, since it has another value.
    pub(super) fn forget(&mut self, variable: Variable) {
        if let Some(index) = SCALARS.iter().position(|scalar| *scalar == variable) {
            self.scalars[index] = (0, 0);
        }
    }

    /// Forgets what was known of the arguments in the body, since they are others.
    pub(super) fn forget_arguments(&mut self) {
        for (settled, place) in self.settled.iter_mut().zip(LISTS) {
            if place == Place::ArgsPost {
                *settled = [0; LEVELS];
            }
        }
    }
}

impl Transaction {
    /// Finds out which values behind a variable match no rule of a level.
    pub(super) fn hush(&mut self, variable: Variable, level: usize) {
        for (index, place) in LISTS.into_iter().enumerate().filter(|(_, place)| place.shows(variable).is_some()) {
            let from = self.quiet.settled[index][level];
            let count = self.list(place).len();
            self.quiet.settled[index][level] = count;
            for at in from..count {
                let Entry { name, value, .. } = self.list(place)[at];
                if self.is_silent(place, level, (Some(name), value)) {
                    self.list(place)[at].silent |= 1 << level;
                }
            }
        }
        if let Some(index) = SCALARS.iter().position(|scalar| *scalar == variable)
            && self.quiet.scalars[index].0 & 1 << level == 0
            && let Some(value) = self.collections.scalar(variable)
        {
            let is_silent = self.is_silent(Place::Scalar(variable), level, (None, value));
            let (asked, silent) = &mut self.quiet.scalars[index];
            *asked |= 1 << level;
            *silent |= u8::from(is_silent) << level;
        }
    }

    fn list(&mut self, place: Place) -> &mut [Entry] {
        match place {
            Place::ArgsGet => &mut self.collections.args_get,
            Place::ArgsPost => &mut self.collections.args_post,
            Place::Headers => &mut self.collections.headers,
            Place::Cookies => &mut self.collections.cookies,
            Place::Scalar(_) => &mut [],
        }
    }

    fn is_silent(&mut self, place: Place, level: usize, (name, value): (Option<Slot>, Slot)) -> bool {
        let engine = self.engine.clone();
        let name_bytes = name.map(|name| self.values.bytes(name)).unwrap_or_default();
        let key = engine.silence.key(place, level, name_bytes, self.values.bytes(value));
        engine.silence.get(key).unwrap_or_else(|| {
            let steps = engine.phases.iter().flatten().filter(|step| usize::from(step.level) == level);
            let is_silent = steps.flat_map(links).all(|link| !self.would_match(link, place, (name, value)));
            engine.silence.put(key, is_silent);
            is_silent
        })
    }

    fn would_match(&mut self, link: &Link, place: Place, (name, value): (Option<Slot>, Slot)) -> bool {
        let name_bytes = name.map(|name| self.values.bytes(name).to_vec()).unwrap_or_default();
        let shown: Vec<Shown> = link.looks_at(place, &name_bytes).collect();
        shown.into_iter().any(|shown| {
            let seen = if shown == Shown::Name { name.unwrap_or(value) } else { value };
            if link.is_multi_match {
                return self.stages(seen, link.chain).into_iter().any(|slot| self.test(link, slot).is_some());
            }
            let engine = self.engine.clone();
            let slot = self.values.apply(&engine.chains, seen, link.chain);
            self.test(link, slot).is_some()
        })
    }
}

fn links(step: &Step) -> impl Iterator<Item = &Link> {
    step.rule.links.iter().filter(|link| link.is_pure())
}
