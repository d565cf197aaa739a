//! How the next try is chosen. A search is asked and told; it never queries anything itself.
//!
//! Invariant: the same numbers and the same verdicts lead to the same tries.

mod beam;
mod elites;
mod greedy;

use serde::{Deserialize, Serialize};

use self::beam::Beam;
use self::elites::Elites;
use self::greedy::Greedy;
use super::attempt::{CHAIN_MAX, Chain, longer, ordered, step};
use crate::random::Random;

/// A way to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// The attack as it is, once a goal.
    Plain,
    /// One to three mutators at random, without looking at verdicts.
    Random,
    /// Adds to the best chain so far.
    Greedy,
    /// Keeps the best few chains and extends each.
    Beam,
    /// Keeps the best chain of each pair of approach and disguise, and carries it from goal to goal (MAP-Elites: Mouret and
    /// Clune, "Illuminating search spaces by mapping elites", 2015).
    MapElites,
}

impl Strategy {
    /// Those that search.
    pub const SEARCHING: [Self; 4] = [Self::Random, Self::Greedy, Self::Beam, Self::MapElites];

    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Random => "random",
            Self::Greedy => "greedy",
            Self::Beam => "beam",
            Self::MapElites => "map-elites",
        }
    }

    pub(super) fn search(self, goals: usize) -> Search {
        match self {
            Self::Plain => Search::Plain,
            Self::Random => Search::Random,
            Self::Greedy => Search::Greedy(vec![Greedy::default(); goals]),
            Self::Beam => Search::Beam(vec![Beam::default(); goals]),
            Self::MapElites => Search::Elites(Elites::default()),
        }
    }
}

/// A search under way; goals take turns.
#[derive(Debug)]
pub(super) enum Search {
    Plain,
    Random,
    Greedy(Vec<Greedy>),
    Beam(Vec<Beam>),
    Elites(Elites),
}

impl Search {
    /// The next chain for a goal.
    pub(super) fn next(&mut self, goal: usize, random: &mut Random) -> Chain {
        match self {
            Self::Plain => Chain::new(),
            Self::Random => ordered((0..=random.below(CHAIN_MAX)).map(|_| step(random)).collect()),
            Self::Greedy(of) => of[goal].next(random),
            Self::Beam(of) => of[goal].next(random),
            Self::Elites(elites) => elites.next(random),
        }
    }

    /// What came of it.
    pub(super) fn told(&mut self, goal: usize, chain: &Chain, closeness: f32) {
        match self {
            Self::Plain | Self::Random => {}
            Self::Greedy(of) => of[goal].told(chain, closeness),
            Self::Beam(of) => of[goal].told(chain, closeness),
            Self::Elites(elites) => elites.told(chain, closeness),
        }
    }
}
