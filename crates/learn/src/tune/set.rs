//! From examples to a data set: checked, without duplicates, in two parts that share nothing.

use std::collections::BTreeMap;

use super::near::{Sketch, clusters};
use super::{Example, Role};
use crate::random::Random;

/// Prompts that overlap by this much, with answers alike, are the same example.
const SAME: f64 = 0.8;
/// Prompts that overlap by this much are on the same side of the split.
const AKIN: f64 = 0.5;
const TEXT_BYTES_MAX: usize = 32 << 10;

/// A data set.
#[derive(Debug, Default)]
pub struct Set {
    /// To learn from.
    pub train: Vec<Example>,
    /// To measure on.
    pub valid: Vec<Example>,
    /// How many were left out, by reason.
    pub left_out: BTreeMap<&'static str, usize>,
    /// How many groups of prompts that are nearly alike there are.
    pub clusters: usize,
}

impl Set {
    /// Checks examples, drops duplicates, and puts about `valid_share` of the clusters aside.
    pub fn of(examples: Vec<Example>, valid_share: f64, seed: u64) -> Self {
        let mut set = Self::default();
        let mut kept: Vec<(Example, Sketch, Sketch)> = Vec::new();
        for example in examples {
            if let Some(reason) = problem(&example) {
                *set.left_out.entry(reason).or_default() += 1;
                continue;
            }
            kept.push((example.clone(), Sketch::of(&example.asked()), Sketch::of(&example.chosen)));
        }
        let asked = |kept: &[(Example, Sketch, Sketch)]| kept.iter().map(|kept| kept.1.clone()).collect::<Vec<_>>();
        let same = clusters(&asked(&kept), SAME);
        let is_copy = |at: usize| same[at] != at && kept[same[at]].2.overlap(&kept[at].2) >= SAME;
        let copies: Vec<bool> = (0..kept.len()).map(is_copy).collect();
        let mut at = 0;
        kept.retain(|_| {
            at += 1;
            !copies[at - 1]
        });
        let dropped = copies.iter().filter(|copy| **copy).count();
        if dropped > 0 {
            set.left_out.insert("nearly the same as another", dropped);
        }
        set.split(kept, valid_share, seed);
        set
    }

    fn split(&mut self, kept: Vec<(Example, Sketch, Sketch)>, valid_share: f64, seed: u64) {
        let akin = clusters(&kept.iter().map(|kept| kept.1.clone()).collect::<Vec<_>>(), AKIN);
        let mut firsts: Vec<usize> = akin.clone();
        firsts.sort_unstable();
        firsts.dedup();
        self.clusters = firsts.len();
        let mut random = Random::new(seed);
        let aside: BTreeMap<usize, bool> =
            firsts.into_iter().map(|first| (first, random.chance(valid_share))).collect();
        for ((example, ..), first) in kept.into_iter().zip(akin) {
            if aside[&first] { self.valid.push(example) } else { self.train.push(example) }
        }
    }
}

/// Why an example cannot be learned from.
fn problem(example: &Example) -> Option<&'static str> {
    let texts =
        || example.prompt.iter().map(|message| &message.content).chain([&example.chosen]).chain(&example.rejected);
    if texts().any(|text| text.trim().is_empty()) {
        return Some("a text is empty");
    }
    if texts().any(|text| text.len() > TEXT_BYTES_MAX) {
        return Some("a text is longer than 32 KiB");
    }
    if example.prompt.last().is_none_or(|last| last.role != Role::User) {
        return Some("the prompt does not end with the person");
    }
    let is_same = |rejected: &String| rejected.trim() == example.chosen.trim();
    example.rejected.as_ref().is_some_and(is_same).then_some("both answers are the same")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tune::{Lesson, Message};

    fn example(asked: &str, chosen: &str) -> Example {
        Example {
            prompt: vec![Message::new(Role::User, asked)],
            chosen: chosen.to_owned(),
            rejected: None,
            lesson: Lesson::Answer,
            source: "test",
        }
    }

    #[test]
    fn what_cannot_be_learned_from_is_left_out_with_its_reason() {
        let good = example("how many legs does a spider have", "eight");
        let assistant_last = Example { prompt: vec![Message::new(Role::Assistant, "hi")], ..good.clone() };
        let same = Example { rejected: Some(" eight ".to_owned()), ..good.clone() };
        let long = example(&"a ".repeat(20_000), "b");
        let set = Set::of(vec![example("a", " "), assistant_last, same, long, good.clone(), good], 0.0, 1);
        assert_eq!(set.train.len(), 1);
        assert_eq!(set.left_out.len(), 5, "{:?}", set.left_out);
        assert_eq!(set.left_out["nearly the same as another"], 1);
    }

    #[test]
    fn prompts_that_are_nearly_alike_are_on_one_side() {
        let topics = ["spiders in the cellar", "boats on the lake", "snow on the roof", "bread in the oven"];
        let asked = |topic: &str, end: &str| {
            format!("please write a long and friendly letter about {topic} to the mayor of our town{end}")
        };
        let own: Vec<Example> = (0..40)
            .flat_map(|n| {
                let words: Vec<String> = (0..20).map(|w| format!("w{}", n * 20 + w)).collect();
                [
                    example(&words.join(" "), &format!("a{n}")),
                    example(&format!("{} x", words.join(" ")), &format!("b{n}")),
                ]
            })
            .collect();
        let set = Set::of(own, 0.3, 5);
        assert_eq!(set.clusters, 40);
        assert!(!set.valid.is_empty() && !set.train.is_empty());
        for valid in &set.valid {
            let sketch = Sketch::of(&valid.asked());
            assert!(set.train.iter().all(|train| Sketch::of(&train.asked()).overlap(&sketch) < AKIN));
        }
        let again = Set::of(topics.iter().map(|topic| example(&asked(topic, ""), topic)).collect(), 0.5, 2);
        assert!(again.train.is_empty() || again.valid.is_empty(), "one cluster is on one side");
    }
}
