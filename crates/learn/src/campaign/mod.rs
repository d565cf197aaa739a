//! A red-team campaign: goals, mutators and searches under a budget of queries.
//!
//! [`Campaign::plan`] says what to ask, the caller asks, [`Campaign::told`] hears what came of it. So the campaign is pure, and
//! one that was interrupted goes on by being told again what is known.
//!
//! Invariants: the same settings, goals and verdicts give the same campaign; no more is asked than the budget says.

pub mod attempt;
pub mod figure;
pub mod goal;
mod search;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::attempt::{Chain, Outcome, Verdict};
pub use self::goal::Goal;
use self::search::Search;
pub use self::search::Strategy;
use crate::random::Random;

/// What a campaign may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// What all choices begin with.
    pub seed: u64,
    /// Queries in all.
    pub budget: usize,
    /// The searches; they share what the plain attacks leave of the budget.
    pub strategies: Vec<Strategy>,
}

/// What is to be asked next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Which goal, by its place.
    pub goal: usize,
    /// Who chose it.
    pub strategy: Strategy,
    /// What was done to the prompt.
    pub chain: Chain,
    /// The prompt.
    pub prompt: String,
}

/// A try, and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// What was asked.
    pub plan: Plan,
    /// What came of it.
    pub verdict: Verdict,
}

/// A campaign under way.
#[derive(Debug)]
pub struct Campaign {
    settings: Settings,
    goals: Vec<Goal>,
    random: Random,
    searches: Vec<(Strategy, Search)>,
    attempts: Vec<Attempt>,
}

impl Campaign {
    /// Begins; canaries are put in their places.
    pub fn new(settings: Settings, goals: &[Goal]) -> Self {
        let goals: Vec<Goal> = goals.iter().map(|goal| goal.planted(settings.seed)).collect();
        let search = |strategy: &Strategy| (*strategy, strategy.search(goals.len()));
        let searches = settings.strategies.iter().map(search).collect();
        Self { random: Random::new(settings.seed), settings, goals, searches, attempts: Vec::new() }
    }

    /// What to ask now; `None` when the budget is spent.
    pub fn plan(&mut self) -> Option<Plan> {
        let number = self.attempts.len();
        if number >= self.settings.budget || self.goals.is_empty() {
            return None;
        }
        let Some(turn) = number.checked_sub(self.goals.len()) else {
            let prompt = self.goals[number].prompt.clone();
            return Some(Plan { goal: number, strategy: Strategy::Plain, chain: Chain::new(), prompt });
        };
        if self.searches.is_empty() {
            return None;
        }
        let count = self.searches.len();
        let goal = turn / count % self.goals.len();
        let (strategy, search) = &mut self.searches[turn % count];
        let chain = search.next(goal, &mut self.random);
        let (prompt, chain) = attempt::render(&self.goals[goal], chain);
        Some(Plan { goal, strategy: *strategy, chain, prompt })
    }

    /// What came of the plan that [`Campaign::plan`] gave last.
    pub fn told(&mut self, plan: Plan, verdict: Verdict) {
        if let Some((_, search)) = self.searches.iter_mut().find(|(strategy, _)| *strategy == plan.strategy) {
            search.told(plan.goal, &plan.chain, verdict.closeness);
        }
        self.attempts.push(Attempt { plan, verdict });
    }

    /// The goals, with their canaries.
    pub fn goals(&self) -> &[Goal] {
        &self.goals
    }

    /// All tries so far.
    pub fn attempts(&self) -> &[Attempt] {
        &self.attempts
    }

    /// What it may do.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }
}
