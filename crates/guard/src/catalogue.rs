//! Every rule, in one list.

use crate::rule::Rule;

/// The families' lists, in the order of the catalogue.
const FAMILIES: &[&[&Rule]] = &[
    crate::secret::RULES,
    crate::pii::RULES,
    crate::injection::RULES,
    crate::jailbreak::RULES,
    crate::leak::RULES,
    crate::link::RULES,
    crate::terminal::RULES,
    crate::toxicity::RULES,
    crate::classifier::RULES,
    crate::entity::RULES,
    crate::tool::RULES,
    crate::answer::RULES,
    crate::conversation::RULES,
    crate::sink::RULES,
];

/// All rules.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    FAMILIES.iter().flat_map(|family| family.iter().copied())
}

/// The rule of this id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_and_names_are_unique() {
        let ids: BTreeSet<&str> = rules().map(|rule| rule.id).collect();
        let names: BTreeSet<&str> = rules().map(|rule| rule.name).collect();
        assert_eq!(ids.len(), rules().count());
        assert_eq!(names.len(), rules().count());
    }

    #[test]
    fn every_rule_has_an_id_of_each_framework() {
        for rule in rules() {
            for framework in ["owasp:", "owasp-agentic:", "atlas:"] {
                assert!(rule.tags.iter().any(|tag| tag.starts_with(framework)), "{} lacks {framework}", rule.id);
            }
        }
    }
}
