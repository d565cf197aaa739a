//! Which values of this transaction match no rule.

use crate::interest::{LinkAt, Sweep};
use crate::silence::{Known, LEVELS, LISTS, Place, SCALARS, Shown};
use crate::value::Slot;
use crate::variable::Variable;

use super::Transaction;
use super::collection::Entry;

/// How far values have been looked up.
#[derive(Debug, Default)]
pub(super) struct Quiet {
    /// By list and level: how many entries.
    settled: [[usize; LEVELS]; LISTS.len()],
    /// How many of these some rule of the level may match.
    loud: [[usize; LEVELS]; LISTS.len()],
    /// What is known of the variables with one value, and by which key.
    scalars: [(u128, Known); SCALARS.len()],
}

impl Quiet {
    /// Forgets what was known of a variable, since it has another value.
    pub(super) fn forget(&mut self, variable: Variable) {
        if let Some(index) = SCALARS.iter().position(|scalar| *scalar == variable) {
            self.scalars[index] = (0, Known::NOTHING);
        }
    }

    /// Forgets what was known of the arguments in the body, since they are others.
    pub(super) fn forget_arguments(&mut self) {
        for index in (0..LISTS.len()).filter(|index| LISTS[*index] == Place::ArgsPost) {
            (self.settled[index], self.loud[index]) = ([0; LEVELS], [0; LEVELS]);
        }
    }
}

impl Transaction {
    /// Finds out which values behind a variable match no rule of a level; says whether there may be others.
    pub(super) fn hush(&mut self, variable: Variable, level: usize) -> bool {
        let (mut is_list, mut loud) = (false, 0);
        for (index, place) in LISTS.into_iter().enumerate().filter(|(_, place)| place.shows(variable).is_some()) {
            is_list = true;
            let from = self.quiet.settled[index][level];
            let count = self.list(place).len();
            self.quiet.settled[index][level] = count;
            for at in from..count {
                let Entry { name, value, key, known } = self.list(place)[at];
                let (key, known) = self.ask(place, level, (Some(name), value), (key, known));
                let entry = &mut self.list(place)[at];
                (entry.key, entry.known) = (key, known);
                self.quiet.loud[index][level] += usize::from(!known.is_silent(level));
            }
            loud += self.quiet.loud[index][level];
        }
        if is_list {
            return loud > 0;
        }
        if let Some(index) = SCALARS.iter().position(|scalar| *scalar == variable)
            && let Some(value) = self.collections.scalar(variable)
        {
            let known = self.quiet.scalars[index];
            let known = self.ask(Place::Scalar(variable), level, (None, value), known);
            self.quiet.scalars[index] = known;
            return !known.1.is_silent(level);
        }
        true
    }

    /// Asks the rules of every level about a request header, so that it is known whether any may match it.
    pub(crate) fn ask_about_header(&mut self, name: &[u8]) {
        for at in 0..self.collections.headers.len() {
            let Entry { name: own, value, mut key, mut known } = self.collections.headers[at];
            if !self.values.bytes(own).eq_ignore_ascii_case(name) {
                continue;
            }
            for level in 0..LEVELS {
                (key, known) = self.ask(Place::Headers, level, (Some(own), value), (key, known));
            }
            let entry = &mut self.collections.headers[at];
            (entry.key, entry.known) = (key, known);
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

    /// What is known of a value once the rules of a level were asked.
    fn ask(
        &mut self,
        place: Place,
        level: usize,
        (name, value): (Option<Slot>, Slot),
        (mut key, mut known): (u128, Known),
    ) -> (u128, Known) {
        if known.is_asked(level) {
            return (key, known);
        }
        let engine = self.engine.clone();
        if key == 0 {
            let name = name.map(|name| self.values.bytes(name)).unwrap_or_default();
            key = engine.silence.key(place, name, self.values.bytes(value));
            known = engine.silence.get(key);
        }
        if !known.is_asked(level) {
            let interest = engine.interests.of(level, place);
            let entry = (place, name, value);
            let is_silent = !interest.sweeps.iter().any(|sweep| self.sweep_matches(sweep, entry))
                && !interest.alone.iter().any(|link| self.would_match(*link, entry));
            engine.silence.learn(key, level, is_silent);
            known.learn(level, is_silent);
        }
        (key, known)
    }

    fn sweep_matches(&mut self, sweep: &Sweep, entry: (Place, Option<Slot>, Slot)) -> bool {
        let (_, name, value) = entry;
        let engine = self.engine.clone();
        let seen = if sweep.shown == Shown::Name { name.unwrap_or(value) } else { value };
        let slot = self.values.apply(&engine.chains, seen, sweep.chain);
        let (bytes, hits) = self.values.hits(slot);
        sweep.may_match(engine.prefilter.ask(sweep.set, bytes, hits))
            && sweep.links.iter().any(|link| self.would_match(*link, entry))
    }

    fn would_match(&mut self, link: LinkAt, (place, name, value): (Place, Option<Slot>, Slot)) -> bool {
        let engine = self.engine.clone();
        let link = link.of(&engine.phases);
        let mut sides = [None; 2];
        let name_bytes = name.map(|name| self.values.bytes(name)).unwrap_or_default();
        for shown in link.looks_at(place, name_bytes) {
            sides[shown as usize] = Some(if shown == Shown::Name { name.unwrap_or(value) } else { value });
        }
        sides.into_iter().flatten().any(|seen| {
            if link.is_multi_match {
                return self.stages(seen, link.chain).into_iter().any(|slot| self.test(link, slot).is_some());
            }
            let slot = self.values.apply(&engine.chains, seen, link.chain);
            self.test(link, slot).is_some()
        })
    }
}
