//! One decision on all limits of a request, on counters that are locked: it fits into all, or none counts it.

use super::refusal::{Allowance, Refused, Until};
use super::table::{Claim, Locked};

/// A limit that refused, or would have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Note {
    /// Which claim.
    pub(super) at: usize,
    /// Whether it is the first time in a while.
    pub(super) is_news: bool,
}

/// What is locked, and when; `share` is how many nodes share each limit without speaking to each other.
pub(super) struct Moment {
    pub(super) now_ms: u64,
    pub(super) share: u64,
}

/// Counts all claims, or none.
pub(super) fn decide(
    claims: &[Claim],
    locked: &mut Locked<'_>,
    moment: &Moment,
    notes: &mut Vec<Note>,
) -> Result<Vec<Allowance>, Box<Refused>> {
    let mut worst: Option<(Until, usize)> = None;
    for (at, claim) in claims.iter().enumerate() {
        let Some(until) = misses(claim, at, locked, moment) else { continue };
        let is_news = locked.counter(at).refused(moment.now_ms, until);
        notes.push(Note { at, is_news });
        if !claim.rule.is_shadow && worst.is_none_or(|(longest, _)| until > longest) {
            worst = Some((until, at));
        }
    }
    if let Some((until, at)) = worst {
        let Claim { rule, amount, .. } = &claims[at];
        let allowances = allowances(claims, locked, moment);
        return Err(Box::new(Refused { rule: rule.clone(), asked: *amount, until, allowances }));
    }
    for (at, claim) in claims.iter().enumerate() {
        locked.counter(at).take(claim.rule.unit, moment.now_ms, claim.amount);
    }
    Ok(allowances(claims, locked, moment))
}

/// When a claim may fit that does not now.
fn misses(claim: &Claim, at: usize, locked: &mut Locked<'_>, moment: &Moment) -> Option<Until> {
    let room = (claim.rule.max, moment.share);
    let wait = locked.counter(at).fits(moment.now_ms, claim.amount, room).err()?;
    Some(match wait {
        _ if claim.amount > claim.rule.max / moment.share => Until::Never,
        Some(ms) => Until::Passed(ms),
        None => Until::Free,
    })
}

fn allowances(claims: &[Claim], locked: &mut Locked<'_>, moment: &Moment) -> Vec<Allowance> {
    let enforced = claims.iter().enumerate().filter(|(_, claim)| !claim.rule.is_shadow);
    enforced
        .map(|(at, claim)| {
            let standing = locked.counter(at).standing(moment.now_ms);
            let max = if claim.rule.is_budget() { claim.rule.max } else { claim.rule.max / moment.share };
            Allowance {
                rule: claim.rule.clone(),
                remaining: max.saturating_sub(standing.level),
                reset_ms: standing.reset_ms,
            }
        })
        .collect()
}
