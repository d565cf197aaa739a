//! The policy that is tried, among those in force.

use std::path::Path;

use anyhow::{Context as _, bail, ensure};

use crate::model::policy::config::PolicyConfig;
use crate::model::policy::{PolicySet, problems, store};

/// Reads a policy from a file: one alone, in TOML or JSON, or one of the `[[policy]]` of a configuration.
pub(super) fn read(file: &Path, name: Option<&str>) -> anyhow::Result<PolicyConfig> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let is_json = file.extension().is_some_and(|extension| extension == "json");
    let policies = if is_json { of_json(&text) } else { of_toml(&text) };
    let policies = policies.with_context(|| format!("{} is not a policy", file.display()))?;
    let names = || policies.iter().map(|policy: &PolicyConfig| policy.name.as_str()).collect::<Vec<_>>().join(", ");
    let policy = match (name, policies.as_slice()) {
        (Some(name), all) => all
            .iter()
            .find(|policy| policy.name == name)
            .with_context(|| format!("{} has no policy `{name}` (it has {})", file.display(), names()))?,
        (None, [one]) => one,
        (None, []) => bail!("{} has no policy in it", file.display()),
        (None, _) => bail!("{} has several policies: say which with --name ({})", file.display(), names()),
    };
    let problems = problems(policy);
    ensure!(problems.is_empty(), "{}: policy `{}`: {}", file.display(), policy.name, problems.join("; "));
    Ok(policy.clone())
}

fn of_json(text: &str) -> anyhow::Result<Vec<PolicyConfig>> {
    Ok(vec![serde_json::from_str(text)?])
}

fn of_toml(text: &str) -> anyhow::Result<Vec<PolicyConfig>> {
    let table: toml::Table = text.parse()?;
    match table.get("policy") {
        Some(policies) => Ok(policies.clone().try_into()?),
        // Read from the text, so that an error names the line.
        None => Ok(vec![toml::from_str(text)?]),
    }
}

/// What would be in force with the candidate: in the place of the policy of its name, or stored as a new one.
pub(super) fn among(stored: &[PolicyConfig], in_file: &[PolicyConfig], candidate: &PolicyConfig) -> PolicySet {
    let (mut stored, mut in_file) = (stored.to_vec(), in_file.to_vec());
    let mut known = stored.iter_mut().chain(&mut in_file);
    match known.find(|policy| policy.name == candidate.name) {
        Some(before) => *before = candidate.clone(),
        None => {
            stored.push(candidate.clone());
            store::in_order(&mut stored);
        }
    }
    PolicySet::of(&stored, &in_file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, more: &str) -> PolicyConfig {
        toml::from_str(&format!("name = '{name}'\n{more}")).unwrap()
    }

    #[test]
    fn a_candidate_stands_where_the_policy_of_its_name_stands() {
        let order = |stored: &[PolicyConfig], in_file: &[PolicyConfig], candidate: &PolicyConfig| -> Vec<String> {
            among(stored, in_file, candidate).iter().map(|policy| policy.config.name.clone()).collect()
        };
        let (file, new) = ([named("b", ""), named("c", "")], named("a", ""));
        assert_eq!(order(&[], &file, &named("c", "canary = true")), ["b", "c", "default"]);
        assert_eq!(order(&[], &file, &new), ["a", "b", "c", "default"]);
        assert_eq!(order(&[named("d", "")], &file, &new), ["a", "d", "b", "c", "default"]);
    }

    #[test]
    fn a_file_holds_one_policy_or_says_which() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("policies.toml");
        std::fs::write(&file, "[server]\nlisten = 'x'\n[[policy]]\nname = 'a'\n[[policy]]\nname = 'b'\n").unwrap();
        assert_eq!(read(&file, Some("b")).unwrap().name, "b");
        assert!(read(&file, None).unwrap_err().to_string().contains("--name (a, b)"));
        assert!(read(&file, Some("c")).unwrap_err().to_string().contains("has no policy `c`"));
        std::fs::write(&file, "name = 'alone'\n").unwrap();
        assert_eq!(read(&file, None).unwrap().name, "alone");
        std::fs::write(&file, "name = 'alone'\nscope = { roles = ['boss'] }\n").unwrap();
        assert!(read(&file, None).unwrap_err().to_string().contains("scope.roles: `boss`"));
    }
}
