//! One try: a goal, what is done to its prompt, and what came of it.

use serde::{Deserialize, Serialize};

use super::goal::Goal;
use crate::mutate::{Family, catalogue, named};
use crate::random::Random;

/// Mutators that may be stacked.
pub const CHAIN_MAX: usize = 3;
/// A step that would make a prompt longer than this is left out.
const PROMPT_BYTES_MAX: usize = 32 << 10;

/// One mutator with its numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its name in the catalogue.
    pub mutator: String,
    /// What its choices begin with.
    pub seed: u64,
}

/// Mutators one after the other: first what is said around the attack, then how it is written.
pub type Chain = Vec<Step>;

/// What came of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The goal was reached.
    Reached,
    /// There was an answer, and the goal is not in it.
    Answered,
    /// It was stopped or refused by a status.
    Stopped,
    /// There was no answer that could be read.
    Failed,
}

/// What came of a try, and what the search may know of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// In a word.
    pub outcome: Outcome,
    /// From 0, stopped with certainty, to 1, reached.
    pub closeness: f32,
    /// The beginning of the answer, or why there is none.
    pub said: String,
}

/// The mutator with fresh numbers that a search adds.
pub(super) fn step(random: &mut Random) -> Step {
    let all: Vec<&str> = catalogue().map(|mutator| mutator.name).collect();
    Step { mutator: (*random.pick(&all)).to_owned(), seed: random.next() >> 12 }
}

/// A chain with one step more, or another in its place when it is full.
pub(super) fn longer(chain: &[Step], random: &mut Random) -> Chain {
    let mut longer = chain.to_vec();
    if longer.len() >= CHAIN_MAX {
        let at = random.below(longer.len());
        longer[at] = step(random);
    } else {
        longer.push(step(random));
    }
    ordered(longer)
}

/// What is said around the attack comes first: a decoder then sees one message.
pub(super) fn ordered(mut chain: Chain) -> Chain {
    chain.sort_by_key(|step| !family(step).is_some_and(Family::is_approach));
    chain
}

fn family(step: &Step) -> Option<Family> {
    named(&step.mutator).map(|mutator| mutator.family)
}

/// The first family that is said around the attack, and the first that disguises it.
pub fn cell(chain: &[Step]) -> (Option<Family>, Option<Family>) {
    let first = |is_approach: bool| chain.iter().filter_map(family).find(|family| family.is_approach() == is_approach);
    (first(true), first(false))
}

/// The prompt that a chain makes of a goal, and the steps that fitted.
pub fn render(goal: &Goal, chain: Chain) -> (String, Chain) {
    let mut prompt = goal.prompt.clone();
    let mut fitted = Chain::new();
    for step in chain {
        let Some(mutator) = named(&step.mutator) else { continue };
        let next = format!("{}{}", mutator.request, mutator.apply(&prompt, &mut Random::new(step.seed)));
        if next.len() <= PROMPT_BYTES_MAX {
            prompt = next;
            fitted.push(step);
        }
    }
    (prompt, fitted)
}
