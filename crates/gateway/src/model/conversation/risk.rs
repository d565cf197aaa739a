//! The findings of a conversation, turn by turn.

use crate::model::policy::verdict::Decision;

/// What a finding weighs one message later.
const FADING: f32 = 0.9;

/// What the turns of one conversation weigh.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Risk {
    /// The best score of each turn that has one.
    turns: Vec<(u32, f32)>,
    /// The newest turn, found or not.
    newest: u32,
    /// The newest turn has a finding.
    is_new: bool,
}

impl Risk {
    /// Takes the decisions on a text of a turn.
    pub fn note(&mut self, turn: Option<u32>, is_latest: bool, decisions: &[Decision]) {
        let Some(turn) = turn else { return };
        self.newest = self.newest.max(turn);
        let leads = |decision: &&Decision| ["injection", "jailbreak"].iter().any(|family| is_of(decision, family));
        let Some(best) = decisions.iter().filter(leads).map(|decision| decision.score).reduce(f32::max) else {
            return;
        };
        self.is_new |= is_latest;
        match self.turns.iter_mut().find(|(known, _)| *known == turn) {
            Some((_, score)) => *score = score.max(best),
            None => self.turns.push((turn, best)),
        }
    }

    /// The sum over all turns, the older the less.
    pub fn sum(&self) -> f32 {
        let fade = |turn: u32| FADING.powi(i32::try_from(self.newest - turn).unwrap_or(i32::MAX));
        self.turns.iter().map(|(turn, score)| score * fade(*turn)).sum()
    }

    /// Whether the newest turn has a finding.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// Whether several turns have one: a single text is judged by itself.
    pub fn is_of_several(&self) -> bool {
        self.turns.len() > 1
    }
}

fn is_of(decision: &Decision, family: &str) -> bool {
    decision.category.strip_prefix(family).is_some_and(|rest| rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::policy::config::{Action, Mask, Stage};

    fn found(category: &'static str, score: f32) -> Decision {
        let (action, mask, stage) = (Action::Flag, Mask::Label, Stage::Input);
        Decision { rule: "IN001", category, stage, action, mask, score, span: 0..0 }
    }

    #[test]
    fn turns_add_up_and_fade() {
        let mut risk = Risk::default();
        risk.note(Some(0), false, &[found("injection.override", 0.6), found("jailbreak.persona", 0.5)]);
        risk.note(Some(1), false, &[found("pii.email", 1.0)]);
        risk.note(Some(2), true, &[found("jailbreak.persona", 0.5)]);
        risk.note(None, true, &[found("jailbreak.persona", 0.9)]);
        assert!((risk.sum() - (0.6 * 0.81 + 0.5)).abs() < 1e-6, "{}", risk.sum());
        assert!(risk.is_new() && risk.is_of_several());
        risk.note(Some(40), true, &[]);
        assert!(risk.sum() < 0.05, "{}", risk.sum());
    }
}
