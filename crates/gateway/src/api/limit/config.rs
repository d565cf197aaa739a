//! Settings of limits.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::amount::{AMOUNT_MAX, NANOS, Unit};
use super::subject::matches;
use super::window::Period;

const LIMITS_MAX: usize = 64;
const NAME_BYTES_MAX: usize = 64;
const WINDOW_S_MAX: u64 = 31 * 86_400;

/// One limit. A request has to fit into all limits that apply to it, or into none: what one refuses, the others do not
/// count. A reload keeps what was counted under the same name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitConfig {
    /// The name that clients, events and metrics know it by.
    pub name: String,
    /// What is counted: `requests`, `tokens` (read and written), `input_tokens`, `output_tokens`, `money` (by the prices of
    /// the models), or `concurrent` (requests and streams under way).
    pub unit: Unit,
    /// How much of it at most. Whole numbers, but for money.
    pub max: f64,
    /// Within how many seconds, at any time. Every unit but `concurrent` needs this or `period`.
    #[serde(default)]
    pub window_s: Option<u64>,
    /// From midnight to midnight (`day`), or by the month. Stored, so that a restart does not forget it.
    #[serde(default)]
    pub period: Option<Period>,
    /// The time zone that the period begins in (`Europe/Berlin`); UTC without it.
    #[serde(default)]
    pub zone: Option<String>,
    /// Whose requests are counted together: those that agree in all of these. With none, everybody's.
    #[serde(default)]
    pub per: Vec<Dimension>,
    /// Which requests it applies to. With none, all.
    #[serde(default)]
    pub only: Only,
    /// How a window is counted: `sliding`, or `gcra`, which lets pass evenly after a burst.
    #[serde(default)]
    pub algorithm: Algorithm,
    /// What may pass at once under `gcra`; `max` without it.
    #[serde(default)]
    pub burst: Option<f64>,
    /// `shadow` counts and reports what it would refuse, and refuses nothing.
    #[serde(default)]
    pub mode: LimitMode,
    /// At which percentages of a period's `max` an event tells; once each.
    #[serde(default = "alerts")]
    pub alerts: Vec<u8>,
}

/// Something that requests can agree in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Dimension {
    /// The client's address; of IPv6 the /64, since that is what one customer has.
    Address,
    /// The API key; for a person, who has none, the person.
    Key,
    /// The person, also behind their API keys. A key that no person has is a user of its own.
    User,
    /// Their team. All without one are counted together.
    Team,
    /// Their tenant.
    Tenant,
    /// The model, as the configuration names it.
    Model,
    /// The route.
    Route,
}

/// Which requests a limit applies to: those that every list names that is not empty. A `*` at the end stands for any rest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Only {
    /// Tenants, by id.
    pub tenants: Vec<String>,
    /// Teams, by id.
    pub teams: Vec<String>,
    /// Users, by id.
    pub users: Vec<String>,
    /// API keys, by id or name.
    pub keys: Vec<String>,
    /// Models, as the configuration names them.
    pub models: Vec<String>,
    /// Routes, by path.
    pub routes: Vec<String>,
}

/// How a window is counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// What was counted within the window, to 1 %.
    #[default]
    Sliding,
    /// A level that drains evenly.
    Gcra,
}

/// Whether a limit refuses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LimitMode {
    /// It does.
    #[default]
    Enforce,
    /// It says what it would refuse.
    Shadow,
}

/// How limits are counted on this node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LimiterConfig {
    /// Counters kept in memory, about 200 bytes each and at most 2.5 KiB. When all are in use, requests of those who have
    /// none are counted together, in one counter a limit. Taken over at the start.
    pub counters_max: usize,
    /// The gateways that count together in Redis. While it is lost each lets pass this share of every limit.
    pub nodes: u32,
    /// What holds while Redis is lost: `divide` counts on each node for itself, `refuse` answers 503.
    pub without_redis: WithoutRedis,
}

/// What holds while Redis is lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WithoutRedis {
    /// Each node counts for itself and lets pass its share, rounded down.
    #[default]
    Divide,
    /// Nothing that a limit applies to passes.
    Refuse,
}

impl Default for LimiterConfig {
    fn default() -> Self {
        Self { counters_max: 65_536, nodes: 2, without_redis: WithoutRedis::Divide }
    }
}

impl LimiterConfig {
    /// One sentence for every broken rule, naming the field.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !(64..=4_194_304).contains(&self.counters_max) {
            problems.push(format!("counters_max: must be between 64 and 4194304, but is {}", self.counters_max));
        }
        if !(1..=1_000).contains(&self.nodes) {
            problems.push(format!("nodes: must be between 1 and 1000, but is {}", self.nodes));
        }
        problems
    }
}

/// One sentence for every broken rule of all limits, naming the field.
pub fn problems(limits: &[LimitConfig]) -> Vec<String> {
    let mut problems = Vec::new();
    if limits.len() > LIMITS_MAX {
        problems.push(format!("limit: must be at most {LIMITS_MAX}, but there are {}", limits.len()));
    }
    let mut names = BTreeSet::new();
    for (index, limit) in limits.iter().enumerate() {
        problems.extend(limit.problems().into_iter().map(|problem| format!("limit[{index}].{problem}")));
        if !names.insert(&limit.name) {
            problems.push(format!("limit.name: `{}` stands twice", limit.name));
        }
    }
    problems
}

impl LimitConfig {
    /// Whether it may apply to a model.
    pub fn names_model(&self, model: &str) -> bool {
        self.only.models.is_empty() || self.only.models.iter().any(|pattern| matches(pattern, model))
    }

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let is_name =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.');
        if self.name.is_empty() || self.name.len() > NAME_BYTES_MAX || !self.name.bytes().all(is_name) {
            problems.push(format!(
                "name: must be 1 to {NAME_BYTES_MAX} of a-z, 0-9, `-`, `_` and `.`, but is `{}`",
                self.name
            ));
        }
        self.amounts(&mut problems);
        self.time(&mut problems);
        if self.per.iter().collect::<BTreeSet<_>>().len() != self.per.len() {
            problems.push("per: names something twice".to_owned());
        }
        problems
    }

    fn amounts(&self, problems: &mut Vec<String>) {
        let mut check = |field: &str, value: f64| match amount(self.unit, value) {
            Some(0) => problems.push(format!("{field}: must be above 0")),
            Some(_) => {}
            None if self.unit == Unit::Money => problems
                .push(format!("{field}: must be an amount of money up to {}, but is {value}", AMOUNT_MAX / NANOS)),
            None => problems.push(format!("{field}: must be a whole number up to {AMOUNT_MAX}, but is {value}")),
        };
        check("max", self.max);
        if let Some(burst) = self.burst {
            check("burst", burst);
            if self.algorithm != Algorithm::Gcra {
                problems.push("burst: is of use with algorithm = \"gcra\" only".to_owned());
            }
        }
    }

    fn time(&self, problems: &mut Vec<String>) {
        match (self.unit, self.window_s, self.period) {
            (Unit::Concurrent, None, None) => {}
            (Unit::Concurrent, ..) => {
                problems.push(
                    "unit: `concurrent` counts what is under way, and takes no window_s and no period".to_owned(),
                );
            }
            (_, None, None) => problems.push("window_s: is missing (or `period`)".to_owned()),
            (_, Some(_), Some(_)) => problems.push("period: cannot stand beside window_s".to_owned()),
            (_, Some(window_s), None) if !(1..=WINDOW_S_MAX).contains(&window_s) => {
                problems.push(format!("window_s: must be between 1 and {WINDOW_S_MAX}, but is {window_s}"));
            }
            _ => {}
        }
        if self.algorithm == Algorithm::Gcra && self.window_s.is_none() {
            problems.push("algorithm: `gcra` needs window_s".to_owned());
        }
        if let Some(zone) = &self.zone {
            if self.period.is_none() {
                problems.push("zone: is of no use without period".to_owned());
            }
            if TimeZone::get(zone).is_err() {
                let zone: String = zone.chars().take(64).collect();
                problems.push(format!("zone: there is no time zone `{zone}` (`Europe/Berlin` is one)"));
            }
        }
        if self.period.is_some() && self.per.contains(&Dimension::Address) {
            problems.push("per: a period is stored, and addresses are not: use window_s".to_owned());
        }
        if self.alerts.iter().any(|percent| !(1..=100).contains(percent)) {
            problems.push("alerts: must be percentages between 1 and 100".to_owned());
        }
    }
}

/// A configured number in the unit's own whole numbers.
pub(super) fn amount(unit: Unit, value: f64) -> Option<u64> {
    let scaled = if unit == Unit::Money { (value * NANOS as f64).round() } else { value };
    let fits = scaled.fract() == 0.0 && (0.0..=AMOUNT_MAX as f64).contains(&scaled);
    // Whole, not negative and below 2^53: exact.
    fits.then_some(scaled as u64)
}

fn alerts() -> Vec<u8> {
    vec![50, 80, 100]
}
