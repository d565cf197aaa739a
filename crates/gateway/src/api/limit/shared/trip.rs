//! One request's way to Redis and back.

use std::sync::Arc;
use std::time::Duration;

use super::super::counter::Counter;
use super::super::decide::Note;
use super::super::lease::Full;
use super::super::refusal::{Allowance, Refused, Until};
use super::super::rule::Rule;
use super::super::table::{Claim, Locked, Table};
use super::script::{Item, Said};
use super::{Change, Shared};

/// How often a request asks again that was refused while others of this node were asking too: of them some may have been
/// refused as well, and left room.
const TRIES: u32 = 4;
/// How long it waits before, the first time.
const PAUSE: Duration = Duration::from_millis(2);
/// How long a refusal answers for those that come next.
const REFUSED_MS: u64 = 50;

/// What Redis, or what was got ahead, says to a request.
#[derive(Debug)]
pub(in super::super) enum Asked {
    /// All limits let it pass.
    Granted(Vec<Allowance>),
    /// One does not.
    Refused(Box<Refused>),
    /// There was no answer.
    Lost,
}

enum Step {
    Done(Asked),
    Ask { items: Vec<Item>, beside_others: bool },
}

/// What a request asks for while it waits; taken back when it goes away.
struct Pending<'p> {
    shared: &'p Shared,
    table: &'p Table,
    claims: &'p [Claim],
    /// Redis answered. When it did not, it may hold the claim all the same, and is told anew.
    is_answered: bool,
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        for claim in self.claims {
            self.table.with(&claim.key, |counter| {
                let lease = counter.lease.get_or_insert_default();
                lease.pending = lease.pending.saturating_sub(claim.amount);
                if !self.is_answered {
                    lease.claimed = u64::MAX;
                    self.shared.note_untold(counter, claim);
                }
            });
        }
    }
}

impl Shared {
    /// Counts all claims, or none.
    pub(in super::super) async fn admit(
        &self,
        table: &Table,
        claims: &mut [Claim],
        now_ms: impl Fn() -> u64,
        notes: &mut Vec<Note>,
    ) -> (Asked, Option<Change>) {
        let (mut change, mut tries) = (None, 0);
        loop {
            tries += 1;
            let (items, beside_others) = match self.prepare(table, claims, now_ms(), notes) {
                Step::Done(asked) => return (asked, change),
                Step::Ask { items, beside_others } => (items, beside_others),
            };
            let mut pending = Pending { shared: self, table, claims, is_answered: false };
            let answer = self.script.ask(&items).await;
            change = self.heard(&answer, table, now_ms()).or(change);
            let Ok((is_granted, said)) = answer else {
                return (Asked::Lost, change);
            };
            pending.is_answered = true;
            if is_granted {
                return (Asked::Granted(self.granted(&pending, &items, &said, now_ms(), notes)), change);
            }
            if tries < TRIES && beside_others {
                heard(&pending, &items, &said, now_ms());
                drop(pending);
                tokio::time::sleep(PAUSE * tries).await;
                continue;
            }
            return (Asked::Refused(self.refused(&pending, &items, &said, now_ms(), notes)), change);
        }
    }

    /// Decides what needs no question, and numbers the question for the rest.
    fn prepare(&self, table: &Table, claims: &mut [Claim], now_ms: u64, notes: &mut Vec<Note>) -> Step {
        let mut locked = table.lock(claims, now_ms);
        if let Some(refused) = known_refusal(claims, &mut locked, now_ms, notes) {
            return Step::Done(Asked::Refused(refused));
        }
        let is_ahead = claims.iter().enumerate().all(|(at, claim)| {
            let lease = locked.counter(at).lease.as_ref();
            lease.is_some_and(|lease| lease.claimed_ms > 0 && lease.spare >= claim.amount)
        });
        if is_ahead {
            let mut allowances = Vec::with_capacity(claims.len());
            for (at, claim) in claims.iter().enumerate() {
                let counter = locked.counter(at);
                let lease = counter.lease.get_or_insert_default();
                lease.spare -= claim.amount;
                lease.admitted(now_ms);
                self.take(counter, claim, now_ms);
                allowances.extend(allowance(&claim.rule, counter));
            }
            return Step::Done(Asked::Granted(allowances));
        }
        let mut beside_others = false;
        let mut items = Vec::with_capacity(claims.len());
        for (at, claim) in claims.iter().enumerate() {
            let counter = locked.counter(at);
            let lease = counter.lease.get_or_insert_default();
            beside_others |= lease.pending > 0;
            lease.pending = lease.pending.saturating_add(claim.amount);
            let ahead = lease.ahead(now_ms, claim.amount);
            items.push(Item::new(&self.script, claim, counter, (claim.amount, ahead), now_ms));
        }
        Step::Ask { items, beside_others }
    }

    fn granted(
        &self,
        pending: &Pending<'_>,
        items: &[Item],
        said: &[Said],
        now_ms: u64,
        notes: &mut Vec<Note>,
    ) -> Vec<Allowance> {
        let mut allowances = Vec::with_capacity(items.len());
        for (at, (claim, (item, said))) in pending.claims.iter().zip(items.iter().zip(said)).enumerate() {
            let Claim { rule, key, .. } = claim;
            let allowance = pending.table.with(key, |counter| {
                counter.heard(item.told(said.extra), said.seen(now_ms));
                let lease = counter.lease.get_or_insert_default();
                if lease.version == item.version {
                    lease.spare = lease.spare.saturating_add(said.extra);
                }
                lease.full = None;
                lease.admitted(now_ms);
                self.take(counter, claim, now_ms);
                if rule.is_shadow && said.level.saturating_add(item.claim()) > rule.max {
                    notes.push(Note { at, is_news: counter.refused(now_ms, Until::Free) });
                }
                allowance(rule, counter)
            });
            allowances.extend(allowance.flatten());
        }
        allowances
    }

    fn refused(
        &self,
        pending: &Pending<'_>,
        items: &[Item],
        said: &[Said],
        now_ms: u64,
        notes: &mut Vec<Note>,
    ) -> Box<Refused> {
        let mut worst: Option<(Until, usize)> = None;
        let mut allowances = Vec::with_capacity(items.len());
        for (at, (claim, (item, said))) in pending.claims.iter().zip(items.iter().zip(said)).enumerate() {
            let until = match said.wait_ms {
                Some(0) => None,
                Some(ms) => Some(Until::Passed(ms)),
                None => Some(Until::Free),
            };
            pending.table.with(&claim.key, |counter| {
                counter.heard(item.told(0), said.seen(now_ms));
                let lease = counter.lease.get_or_insert_default();
                if let Some(Until::Passed(ms)) = until {
                    let (until_ms, room_ms) = (now_ms + ms.min(REFUSED_MS), now_ms + ms);
                    lease.full = Some(Full { until_ms, amount: claim.amount, room_ms });
                }
                self.note_untold(counter, claim);
                if let Some(until) = until {
                    notes.push(Note { at, is_news: counter.refused(now_ms, until) });
                }
                allowances.extend(allowance(&claim.rule, counter));
            });
            if let Some(until) = until
                && worst.is_none_or(|(longest, _)| until > longest)
            {
                worst = Some((until, at));
            }
        }
        let (until, at) = worst.unwrap_or((Until::Free, 0));
        let Claim { rule, amount, .. } = &pending.claims[at];
        Box::new(Refused { rule: rule.clone(), asked: *amount, until, allowances })
    }

    fn take(&self, counter: &mut Counter, claim: &Claim, now_ms: u64) {
        counter.take(claim.rule.unit, now_ms, claim.amount);
        self.note_untold(counter, claim);
    }

    /// Lists a counter for the next telling.
    pub(in super::super) fn note_untold(&self, counter: &mut Counter, claim: &Claim) {
        let lease = counter.lease.get_or_insert_default();
        if !std::mem::replace(&mut lease.is_listed, true) {
            self.list(claim);
        }
    }
}

/// Takes in what Redis said, and nothing more.
fn heard(pending: &Pending<'_>, items: &[Item], said: &[Said], now_ms: u64) {
    for (claim, (item, said)) in pending.claims.iter().zip(items.iter().zip(said)) {
        pending.table.with(&claim.key, |counter| counter.heard(item.told(0), said.seen(now_ms)));
    }
}

/// A refusal that needs no question: what never fits, and what did not a moment ago.
fn known_refusal(
    claims: &[Claim],
    locked: &mut Locked<'_>,
    now_ms: u64,
    notes: &mut Vec<Note>,
) -> Option<Box<Refused>> {
    let mut found = None;
    for (at, claim) in claims.iter().enumerate().filter(|(_, claim)| !claim.rule.is_shadow) {
        let lease = locked.counter(at).lease.as_ref();
        let full = lease.and_then(|lease| lease.full);
        let full = full.filter(|full| now_ms < full.until_ms && claim.amount >= full.amount);
        let until = match full {
            _ if claim.amount > claim.rule.max => Until::Never,
            Some(full) => Until::Passed(full.room_ms.saturating_sub(now_ms)),
            None => continue,
        };
        notes.push(Note { at, is_news: locked.counter(at).refused(now_ms, until) });
        found = Some((until, at));
        break;
    }
    let (until, at) = found?;
    let rule = claims[at].rule.clone();
    let allowances = claims.iter().enumerate();
    let allowances = allowances.filter_map(|(at, claim)| allowance(&claim.rule, locked.counter(at))).collect();
    Some(Box::new(Refused { rule, asked: claims[at].amount, until, allowances }))
}

/// What is left by what Redis said last, and by what this node used and holds since.
fn allowance(rule: &Arc<Rule>, counter: &Counter) -> Option<Allowance> {
    let lease = counter.lease.as_ref()?;
    let seen = lease.seen?;
    if rule.is_shadow {
        return None;
    }
    let own = counter.held.saturating_add(lease.used.saturating_sub(lease.reported));
    let remaining = rule.max.saturating_sub(seen.level.saturating_add(own));
    Some(Allowance { rule: rule.clone(), remaining, reset_ms: seen.reset_ms })
}
