//! Which of a classifier's labels speak of an attack.
//!
//! Invariant: every label is known to speak of one or not. What is unclear is refused, never guessed.

use crate::folder::Broken;

/// Names of labels that speak of an attack, without case and separators.
const ATTACK: &[&str] = &[
    "attack",
    "injection",
    "promptinjection",
    "jailbreak",
    "malicious",
    "harmful",
    "unsafe",
    "indirectinjection",
    "instructionoverride",
    "label1",
];
/// Names of labels that speak of none.
const HARMLESS: &[&str] =
    &["benign", "safe", "legit", "legitimate", "harmless", "normal", "clean", "noinjection", "noattack", "label0"];

/// Which columns of the logits speak of an attack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attack {
    is_attack: Vec<bool>,
}

impl Attack {
    /// Reads it off the names, or takes the operator's word.
    ///
    /// # Errors
    /// When a name says nothing, names contradict each other, or the operator names no label of the model.
    pub(crate) fn of(labels: &[String], chosen: &[String]) -> Result<Self, Broken> {
        let is_attack = if chosen.is_empty() { by_name(labels)? } else { by_choice(labels, chosen)? };
        // With both kinds, or there is nothing to tell apart.
        if is_attack.iter().all(|attack| *attack) || !is_attack.contains(&true) {
            return Err(unclear(labels));
        }
        Ok(Self { is_attack })
    }

    /// One of the labels, by the order of the logits.
    pub(crate) fn speaks(&self, column: usize) -> bool {
        self.is_attack.get(column).copied().unwrap_or(false)
    }

    /// The labels on one side.
    pub(crate) fn side(&self, labels: &[String], attack: bool) -> Vec<String> {
        let zipped = labels.iter().zip(&self.is_attack);
        zipped.filter(|(_, is_attack)| **is_attack == attack).map(|(label, _)| label.clone()).collect()
    }
}

fn by_name(labels: &[String]) -> Result<Vec<bool>, Broken> {
    let plain: Vec<String> = labels.iter().map(|label| plain(label)).collect();
    // `LABEL_0` and `LABEL_1` are the names of those that were not named; of more than two nobody knows.
    if plain.iter().any(|label| label.starts_with("label")) && plain != ["label0", "label1"] {
        return Err(unclear(labels));
    }
    let side = |label: &String| match (ATTACK.contains(&label.as_str()), HARMLESS.contains(&label.as_str())) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    };
    plain.iter().map(|label| side(label).ok_or_else(|| unclear(labels))).collect()
}

fn by_choice(labels: &[String], chosen: &[String]) -> Result<Vec<bool>, Broken> {
    let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    if let Some(unknown) = chosen.iter().find(|name| !labels.iter().any(|label| same(label, name))) {
        return Err(Broken::UnknownLabel { label: unknown.clone(), known: labels.join(", ") });
    }
    Ok(labels.iter().map(|label| chosen.iter().any(|name| same(label, name))).collect())
}

fn plain(label: &str) -> String {
    label.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn unclear(labels: &[String]) -> Broken {
    Broken::UnclearLabels(labels.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(labels: &[&str], chosen: &[&str]) -> Result<Vec<bool>, Broken> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        Attack::of(&owned(labels), &owned(chosen)).map(|attack| attack.is_attack)
    }

    #[test]
    fn the_names_that_models_use_are_understood() {
        assert_eq!(of(&["SAFE", "INJECTION"], &[]), Ok(vec![false, true]));
        assert_eq!(of(&["LABEL_0", "LABEL_1"], &[]), Ok(vec![false, true]));
        assert_eq!(of(&["BENIGN", "MALICIOUS"], &[]), Ok(vec![false, true]));
        assert_eq!(of(&["INJECTION", "JAILBREAK", "BENIGN"], &[]), Ok(vec![true, true, false]));
        assert_eq!(of(&["jailbreak", "benign"], &[]), Ok(vec![true, false]));
    }

    #[test]
    fn what_is_unclear_is_refused_and_never_guessed() {
        for labels in [
            &["LABEL_0", "LABEL_1", "LABEL_2"][..],
            &["LABEL_1", "LABEL_0"],
            &["positive", "negative"],
            &["SAFE", "other"],
            &["SAFE", "BENIGN"],
            &["INJECTION", "JAILBREAK"],
            &["LABEL_0", "INJECTION"],
        ] {
            assert!(matches!(of(labels, &[]), Err(Broken::UnclearLabels(_))), "{labels:?}");
        }
    }

    #[test]
    fn the_operator_has_the_last_word() {
        assert_eq!(of(&["LABEL_0", "LABEL_1", "LABEL_2"], &["label_2", "LABEL_1"]), Ok(vec![false, true, true]));
        assert_eq!(of(&["SAFE", "INJECTION"], &["SAFE"]), Ok(vec![true, false]));
        assert!(matches!(of(&["SAFE", "INJECTION"], &["EVIL"]), Err(Broken::UnknownLabel { .. })));
        assert!(matches!(of(&["SAFE", "INJECTION"], &["SAFE", "INJECTION"]), Err(Broken::UnclearLabels(_))));
    }
}
