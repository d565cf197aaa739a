//! `infra.network.waf`: rules in front of both listeners.
//!
//! The engine is the crate `waf`; here are the rules it runs: the built-in ones, those that `portcullis waf import` brought
//! into the data folder, or those of `waf.rules`. The layer that asks it is `http::shield`.
//!
//! Invariants: rules that do not load completely stop the start, and a reload that brings such rules changes nothing. What
//! the rules matched is recorded by rule and variable, never with the text.

pub mod config;
pub mod load;
mod prompt;
mod setup;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use waf::Engine;

use config::{WafConfig, WafMode};
use load::{Error, Files};
pub use prompt::is_prompt;

/// Where `portcullis waf import` puts rules, in the data folder.
pub const FOLDER: &str = "waf";
/// One audit entry in so many seconds stands for all refusals of a rule.
const ENTRY_EVERY_S: i64 = 10;

/// The rules that are on.
#[derive(Debug)]
pub struct Waf {
    config: WafConfig,
    engine: Option<Arc<Engine>>,
    tally: Mutex<HashMap<u32, Count>>,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    entered_at: i64,
    since: u64,
}

/// The files of the rules that a configuration asks for, with the configuration's own rules in their place.
///
/// # Errors
/// When a file cannot be read.
pub fn files(config: &WafConfig, data: &Path) -> Result<Files, Error> {
    let imported = data.join(FOLDER);
    let chosen = config.rules.clone().or_else(|| imported.is_dir().then_some(imported));
    let mut files = Files::default();
    match chosen {
        Some(path) => {
            files.add_setup(&path)?;
            files.push("[waf] (configuration)", &setup::text(config));
            files.add_rules(&path)?;
        }
        None => {
            files.push("[waf] (configuration)", &setup::text(config));
            files.push("own.conf (built in)", waf::OWN);
        }
    }
    Ok(files)
}

impl Waf {
    /// Loads and compiles the rules.
    ///
    /// # Errors
    /// When a rule cannot be honoured or a file cannot be read.
    pub fn open(config: &WafConfig, data: &Path) -> Result<Self, Error> {
        let is_on = config.mode != WafMode::Off || config.routes.iter().any(|route| route.mode != WafMode::Off);
        let engine = if is_on { Some(files(config, data)?.compile()?) } else { None };
        Ok(Self { config: config.clone(), engine, tally: Mutex::default() })
    }

    /// The engine for a path and whether what it refuses is refused; `None` when no rule runs there.
    pub fn at(&self, path: &str) -> Option<(&Arc<Engine>, bool)> {
        match self.config.mode_of(path) {
            WafMode::Off => None,
            mode => self.engine.as_ref().map(|engine| (engine, mode == WafMode::Enforce)),
        }
    }

    /// Whether rules read what models write.
    pub fn reads_model_answers(&self) -> bool {
        self.config.model_answers
    }

    /// Counts a refusal; says how many an audit entry stands for, when it is time for one.
    pub fn count(&self, rule: u32, now: i64) -> Option<u64> {
        let mut counts = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(rule).or_insert(Count { entered_at: now - ENTRY_EVERY_S, since: 0 });
        count.since += 1;
        if now - count.entered_at < ENTRY_EVERY_S {
            return None;
        }
        count.entered_at = now;
        Some(std::mem::take(&mut count.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_becomes_rules_that_load() {
        let exclusion = |path: Option<&str>, target: Option<&str>| config::WafExclusion {
            path: path.map(str::to_owned),
            rules: vec![300_200],
            target: target.map(str::to_owned),
        };
        let exclusions = vec![
            exclusion(None, None),
            exclusion(Some("/v1/*"), Some("ARGS:/^json\\.x/")),
            exclusion(Some("/v1/models"), Some("ARGS:q")),
        ];
        let data = tempfile::tempdir().unwrap();
        let config = WafConfig { exclusions, ..WafConfig::default() };
        let waf = Waf::open(&config, data.path()).unwrap();
        assert!(waf.at("/v1/models").is_some_and(|(engine, enforces)| engine.rules() > 20 && enforces));
        let off = WafConfig { mode: WafMode::Off, ..WafConfig::default() };
        assert!(Waf::open(&off, data.path()).unwrap().at("/").is_none());
    }

    #[test]
    fn rules_that_cannot_be_honoured_stop_the_start() {
        let data = tempfile::tempdir().unwrap();
        std::fs::create_dir(data.path().join(FOLDER)).unwrap();
        std::fs::write(data.path().join(FOLDER).join("a.conf"), "SecRule ARGS \"@inspectFile x\" \"id:1\"").unwrap();
        let error = Waf::open(&WafConfig::default(), data.path()).unwrap_err().to_string();
        assert!(error.contains("a.conf:1") && error.contains("inspectFile"), "{error}");
    }

    #[test]
    fn a_flood_of_refusals_makes_one_entry_in_ten_seconds() {
        let data = tempfile::tempdir().unwrap();
        let waf = Waf::open(&WafConfig::default(), data.path()).unwrap();
        assert_eq!(waf.count(1, 100), Some(1));
        assert!((0..500).all(|_| waf.count(1, 105).is_none()));
        assert_eq!((waf.count(2, 105), waf.count(1, 110)), (Some(1), Some(501)));
    }
}
