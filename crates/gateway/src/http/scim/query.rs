//! What a request asks for: a filter, a page, attributes.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::filter::{self, Condition, short};
use super::problem::Problem;

const COUNT: i64 = 100;
/// Resources on a page at most.
pub(super) const COUNT_MAX: i64 = 200;

/// What a request asks for.
#[derive(Debug)]
pub(super) struct Query {
    /// Where these routes are, as the identity provider knows them.
    pub(super) base: String,
    start: i64,
    count: i64,
    parameters: BTreeMap<String, String>,
}

impl Query {
    /// Reads the query of an address.
    pub(super) fn of(query: Option<&str>, base: String) -> Result<Self, Problem> {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned();
        let parameters: BTreeMap<String, String> =
            pairs.map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
        let number = |name: &str| {
            let bad = || Problem::bad("invalidValue", format!("{name}: must be a number"));
            parameters
                .get(&name.to_ascii_lowercase())
                .map(|text| text.trim().parse::<i64>().map_err(|_| bad()))
                .transpose()
        };
        let start = number("startIndex")?.unwrap_or(1).clamp(1, 1 << 40);
        let count = number("count")?.unwrap_or(COUNT).clamp(0, COUNT_MAX);
        Ok(Self { base, start, count, parameters })
    }

    /// The conditions of the filter; none when there is none.
    pub(super) fn filter(&self) -> Result<Vec<Condition>, Problem> {
        self.parameters.get("filter").map_or(Ok(Vec::new()), |text| filter::parse(text))
    }

    pub(super) fn start(&self) -> i64 {
        self.start
    }

    pub(super) fn offset(&self) -> i64 {
        self.start - 1
    }

    pub(super) fn count(&self) -> i64 {
        self.count
    }

    /// Leaves out what is not asked for. `schemas` and `id` always stay.
    pub(super) fn project(&self, resource: Map<String, Value>) -> Map<String, Value> {
        let names = |parameter: &str| -> Option<Vec<String>> {
            let text = self.parameters.get(parameter).filter(|text| !text.trim().is_empty())?;
            Some(text.split(',').take(64).map(|name| short(name.trim())).collect())
        };
        let (wanted, unwanted) = (names("attributes"), names("excludedattributes").unwrap_or_default());
        let mut left = Map::new();
        for (name, mut value) in resource {
            let lower = name.to_ascii_lowercase();
            let inside = |list: &[String]| {
                let parts = list.iter().filter_map(|other| other.strip_prefix(&lower)?.strip_prefix('.'));
                parts.map(str::to_owned).collect::<Vec<_>>()
            };
            if !["schemas", "id"].contains(&lower.as_str()) {
                if let Some(wanted) = wanted.as_ref().filter(|wanted| !wanted.contains(&lower)) {
                    let parts = inside(wanted);
                    if parts.is_empty() {
                        continue;
                    }
                    keep(&mut value, &|part| parts.contains(part));
                }
                if unwanted.contains(&lower) {
                    continue;
                }
                let parts = inside(&unwanted);
                keep(&mut value, &|part| !parts.contains(part));
            }
            left.insert(name, value);
        }
        left
    }
}

fn keep(value: &mut Value, is_kept: &impl Fn(&String) -> bool) {
    match value {
        Value::Object(parts) => parts.retain(|name, _| is_kept(&name.to_ascii_lowercase())),
        Value::Array(items) => items.iter_mut().for_each(|item| keep(item, is_kept)),
        _ => {}
    }
}
