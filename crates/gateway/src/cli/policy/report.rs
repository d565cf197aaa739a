//! What trying a policy found, counted.

use std::collections::BTreeMap;

use serde::Serialize;

use super::traffic::Missing;
use crate::cli::output::{BAD, DIM, GOOD, STRONG, WARN, line};
use crate::proxy::replay::{Cause, Fate, Replayed};

const FATES: [Fate; 3] = [Fate::Allowed, Fate::Masked, Fate::Blocked];

/// What would change.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// The name of the candidate.
    pub(super) policy: String,
    /// Its version.
    pub(super) version: String,
    /// Where the traffic comes from, for people.
    pub(super) traffic: String,
    /// Exchanges and texts that were judged by both.
    pub(super) replayed: u64,
    /// Of these, those whose answer was judged too.
    pub(super) answers_judged: u64,
    /// Those that the candidate does not apply to.
    pub(super) not_covered: u64,
    /// Those that could not be judged, by reason.
    pub(super) not_replayed: BTreeMap<Missing, u64>,
    /// How many there are, by what becomes of them now and with the candidate.
    verdicts: BTreeMap<Fate, BTreeMap<Fate, u64>>,
    /// Those of which something else becomes.
    pub(super) changed: u64,
    /// What makes the difference, most often first.
    pub(super) reasons: Vec<Reason>,
    #[serde(skip)]
    examples_max: usize,
}

/// A rule and a line that make a difference.
#[derive(Debug, Serialize)]
pub(super) struct Reason {
    /// The policy that the line stands in: the candidate, or the one in force.
    policy: String,
    #[serde(flatten)]
    cause: Cause,
    /// How many it makes different.
    count: u64,
    /// Some of them: places in the audit log, or lines of the file.
    pub(super) examples: Vec<String>,
}

impl Report {
    pub(super) fn new((policy, version): (&str, &str), traffic: String, examples_max: usize) -> Self {
        let row = || FATES.into_iter().map(|fate| (fate, 0)).collect::<BTreeMap<_, _>>();
        Self {
            policy: policy.to_owned(),
            version: version.to_owned(),
            traffic,
            replayed: 0,
            answers_judged: 0,
            not_covered: 0,
            not_replayed: BTreeMap::new(),
            verdicts: FATES.into_iter().map(|fate| (fate, row())).collect(),
            changed: 0,
            reasons: Vec::new(),
            examples_max,
        }
    }

    /// Counts one that was judged by both: by the policy of this name that covers it now, and by the candidate.
    pub(super) fn judged(&mut self, id: &str, (policy, now): (&str, &Replayed), then: &Replayed) {
        self.replayed += 1;
        self.answers_judged += u64::from(now.judges_answer || then.judges_answer);
        *self.verdicts.entry(now.fate).or_default().entry(then.fate).or_default() += 1;
        if now.fate == then.fate {
            return;
        }
        self.changed += 1;
        // Of the stricter of both, since what lets pass has no line to name.
        let is_stricter = then.fate > now.fate;
        let policy = if is_stricter { self.policy.clone() } else { policy.to_owned() };
        for cause in if is_stricter { &then.causes } else { &now.causes } {
            self.note(&policy, cause, id);
        }
    }

    pub(super) fn missing(&mut self, why: Missing) {
        *self.not_replayed.entry(why).or_default() += 1;
    }

    fn note(&mut self, policy: &str, cause: &Cause, id: &str) {
        let known = self.reasons.iter().position(|reason| reason.policy == policy && reason.cause == *cause);
        let at = known.unwrap_or_else(|| {
            let (policy, cause) = (policy.to_owned(), cause.clone());
            self.reasons.push(Reason { policy, cause, count: 0, examples: Vec::new() });
            self.reasons.len() - 1
        });
        let reason = &mut self.reasons[at];
        reason.count += 1;
        if reason.examples.len() < self.examples_max {
            reason.examples.push(id.to_owned());
        }
    }

    /// Ends counting.
    pub(super) fn close(&mut self) {
        self.reasons.sort_by(|one, other| (other.count, &one.cause).cmp(&(one.count, &other.cause)));
    }

    /// Prints it for people.
    pub(super) fn print(&self) -> anyhow::Result<()> {
        line(format_args!("{STRONG}{}{STRONG:#}  version {}, on {}", self.policy, self.version, self.traffic))?;
        let replayed = if self.replayed > 0 { GOOD } else { WARN };
        line(format_args!(
            "{replayed}replayed{replayed:#} {}, {} of them with their answers",
            self.replayed, self.answers_judged
        ))?;
        for (why, count) in &self.not_replayed {
            line(format_args!("{WARN}not replayed{WARN:#} {count}: {}", why.why()))?;
        }
        if self.not_covered > 0 {
            line(format_args!("{DIM}not covered {}: the candidate does not apply to them{DIM:#}", self.not_covered))?;
        }
        if self.replayed == 0 {
            return Ok(());
        }
        self.print_verdicts()?;
        let changed = if self.changed > 0 { WARN } else { GOOD };
        line(format_args!("\n{changed}changed{changed:#} {}", self.changed))?;
        self.reasons.iter().try_for_each(Reason::print)
    }

    fn print_verdicts(&self) -> anyhow::Result<()> {
        line(format_args!("\n{DIM}now \\ then {:>9} {:>9} {:>9}{DIM:#}", "allowed", "masked", "blocked"))?;
        for (now, row) in &self.verdicts {
            let cells: Vec<String> = row
                .iter()
                .map(|(then, count)| {
                    let style = match then.cmp(now) {
                        _ if *count == 0 => DIM,
                        std::cmp::Ordering::Greater => BAD,
                        std::cmp::Ordering::Less => WARN,
                        std::cmp::Ordering::Equal => GOOD,
                    };
                    format!("{style}{count:>9}{style:#}")
                })
                .collect();
            line(format_args!("{:<10} {}", format!("{now:?}").to_lowercase(), cells.join(" ")))?;
        }
        Ok(())
    }
}

impl Reason {
    fn print(&self) -> anyhow::Result<()> {
        let Cause { rule, category, line: place, action } = &self.cause;
        let action = format!("{action:?}").to_lowercase();
        line(format_args!(
            "{:>7}  {STRONG}{rule}{STRONG:#} {category}  {action} by {place} of `{}`  {DIM}e.g. {}{DIM:#}",
            self.count,
            self.policy,
            self.examples.join(", ")
        ))
    }
}
