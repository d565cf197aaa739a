//! What a campaign comes to, as numbers.
//!
//! Invariant: tries without an answer that could be read count as tries of nothing: neither as reached nor as withstood.

use std::collections::BTreeMap;

use serde::Serialize;

use super::attempt::{Outcome, Step, cell};
use super::{Attempt, Campaign, Strategy};
use crate::mutate::{Family, named};

/// How many of the tries that were answered reached their goal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Tries that were answered or stopped.
    pub tried: usize,
    /// Those that reached their goal.
    pub reached: usize,
}

/// A row and a column of the heat map: the family that is said around the attack, and the one that disguises it.
pub type Cell = (&'static str, &'static str);

/// What happened to one goal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GoalFigure {
    /// Its name.
    pub id: String,
    /// Its place in the OWASP list for LLM applications.
    pub owasp: String,
    /// Its technique in MITRE ATLAS, and those of the disguises of the try that reached it.
    pub atlas: Vec<String>,
    /// The tries.
    pub count: Count,
    /// Tries without an answer.
    pub failed: usize,
    /// The shortest chain that reached it; of several the first.
    pub reached_by: Option<Reach>,
}

/// The try that reached a goal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reach {
    /// Tries at this goal up to it.
    pub tries: usize,
    /// Who chose it.
    pub strategy: Strategy,
    /// What was done to the prompt.
    pub chain: Vec<Step>,
    /// The prompt.
    pub prompt: String,
    /// The beginning of the answer.
    pub said: String,
}

/// All figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Queries that were asked.
    pub queries: usize,
    /// Queries without an answer that could be read.
    pub failed: usize,
    /// Of all answered queries.
    pub count: Count,
    /// Goals that were reached, of those that were answered at all.
    pub goals_reached: Count,
    /// By goal.
    pub goals: Vec<GoalFigure>,
    /// By search.
    pub strategies: BTreeMap<&'static str, Count>,
    /// By mutator.
    pub mutators: BTreeMap<&'static str, Count>,
    /// By what is said around the attack and how it is disguised.
    #[serde(serialize_with = "as_list")]
    pub heat: BTreeMap<Cell, Count>,
    /// By search and disguise.
    #[serde(serialize_with = "as_list")]
    pub heat_of_strategies: BTreeMap<Cell, Count>,
}

fn as_list<S: serde::Serializer>(cells: &BTreeMap<Cell, Count>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(cells.iter().map(|((row, column), count)| (row, column, count)))
}

impl Count {
    fn add(&mut self, outcome: Outcome) {
        if outcome != Outcome::Failed {
            self.tried += 1;
            self.reached += usize::from(outcome == Outcome::Reached);
        }
    }

    /// The share that was reached; of nothing, 0.
    pub fn share(&self) -> f64 {
        self.reached as f64 / self.tried.max(1) as f64
    }
}

impl Figures {
    /// The figures of a campaign so far.
    pub fn of(campaign: &Campaign) -> Self {
        let attempts = campaign.attempts();
        let goals: Vec<GoalFigure> = (0..campaign.goals().len()).map(|goal| GoalFigure::of(campaign, goal)).collect();
        let answered: Vec<&GoalFigure> = goals.iter().filter(|goal| goal.count.tried > 0).collect();
        let reached = answered.iter().filter(|goal| goal.reached_by.is_some()).count();
        let mut figures = Self {
            queries: attempts.len(),
            failed: attempts.iter().filter(|attempt| attempt.verdict.outcome == Outcome::Failed).count(),
            count: Count::default(),
            goals_reached: Count { tried: answered.len(), reached },
            goals,
            strategies: BTreeMap::new(),
            mutators: BTreeMap::new(),
            heat: BTreeMap::new(),
            heat_of_strategies: BTreeMap::new(),
        };
        attempts.iter().for_each(|attempt| figures.add(attempt));
        figures
    }

    fn add(&mut self, Attempt { plan, verdict }: &Attempt) {
        let (approach, disguise) = cell(&plan.chain);
        let name = |family: Option<Family>| family.map_or("plain", Family::name);
        self.count.add(verdict.outcome);
        self.strategies.entry(plan.strategy.name()).or_default().add(verdict.outcome);
        self.heat.entry((name(approach), name(disguise))).or_default().add(verdict.outcome);
        self.heat_of_strategies.entry((plan.strategy.name(), name(disguise))).or_default().add(verdict.outcome);
        for mutator in plan.chain.iter().filter_map(|step| named(&step.mutator)) {
            self.mutators.entry(mutator.name).or_default().add(verdict.outcome);
        }
    }
}

impl GoalFigure {
    fn of(campaign: &Campaign, at: usize) -> Self {
        let goal = &campaign.goals()[at];
        let tries: Vec<&Attempt> = campaign.attempts().iter().filter(|attempt| attempt.plan.goal == at).collect();
        let reached = tries.iter().enumerate().filter(|(_, attempt)| attempt.verdict.outcome == Outcome::Reached);
        let shortest = reached.min_by_key(|(_, attempt)| attempt.plan.chain.len());
        let mut count = Count::default();
        tries.iter().for_each(|attempt| count.add(attempt.verdict.outcome));
        let mut atlas = vec![goal.atlas.clone()];
        let steps = shortest.iter().flat_map(|(_, attempt)| &attempt.plan.chain);
        for technique in steps.filter_map(|step| named(&step.mutator)).map(|mutator| mutator.family.atlas()) {
            if !atlas.iter().any(|known| known == technique) {
                atlas.push(technique.to_owned());
            }
        }
        Self {
            id: goal.id.clone(),
            owasp: goal.owasp.clone(),
            atlas,
            failed: tries.len() - count.tried,
            count,
            reached_by: shortest.map(|(place, attempt)| Reach {
                tries: place + 1,
                strategy: attempt.plan.strategy,
                chain: attempt.plan.chain.clone(),
                prompt: attempt.plan.prompt.clone(),
                said: attempt.verdict.said.clone(),
            }),
        }
    }
}
