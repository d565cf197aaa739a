//! k-anonymity and l-diversity of records: how well each one hides among others.
//!
//! A record of an export names nobody, and its age, postcode and sex together still may. Records with the same values of such
//! *quasi-identifiers* are a class; k is the size of the smallest. Within a class that has one diagnosis only, everybody's is
//! known: l is the smallest number of values that a *sensitive* field has in a class.
//!
//! Sources: Sweeney, "k-anonymity" (2002); Machanavajjhala et al., "l-diversity" (2007).
//!
//! Invariant: a record that lacks a field counts with "nothing" there, it is never left out.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

/// So many of the smallest classes are listed.
const LISTED: usize = 5;
/// What stands for a missing value.
const NOTHING: &str = "";

/// What a field of a record must not be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It is no object.
    #[error("is no JSON object")]
    NoObject,
    /// Values that consist of others have no equal.
    #[error("field `{0}` is a list or an object: name one of its fields as `{0}.field`")]
    Compound(String),
}

/// Records as they are counted.
#[derive(Debug)]
pub struct Records {
    identifiers: Vec<String>,
    sensitive: Vec<String>,
    classes: BTreeMap<Vec<String>, Class>,
    found: BTreeSet<String>,
}

#[derive(Debug, Default)]
struct Class {
    records: u64,
    /// By sensitive field.
    values: Vec<BTreeSet<String>>,
}

/// What was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The size of the smallest class; 0 where there is no record.
    pub k: u64,
    /// How many records there are.
    pub records: u64,
    /// How many classes.
    pub classes: u64,
    /// Records in classes that are smaller than asked for.
    pub records_below: u64,
    /// By sensitive field, the smallest number of values in a class.
    pub l: BTreeMap<String, u64>,
    /// By quasi-identifier, what k would be without it.
    pub k_without: BTreeMap<String, u64>,
    /// Fields that no record has.
    pub unknown_fields: Vec<String>,
    /// The smallest classes.
    pub smallest: Vec<Small>,
}

/// A small class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Small {
    /// By quasi-identifier.
    pub values: BTreeMap<String, String>,
    /// How many records have them.
    pub records: u64,
}

impl Records {
    /// Counts by these fields; a dot leads into an object.
    pub const fn new(identifiers: Vec<String>, sensitive: Vec<String>) -> Self {
        Self { identifiers, sensitive, classes: BTreeMap::new(), found: BTreeSet::new() }
    }

    /// Counts a record.
    ///
    /// # Errors
    /// When it is no object, or a field is no single value.
    pub fn add(&mut self, record: &Value) -> Result<(), Unusable> {
        if !record.is_object() {
            return Err(Unusable::NoObject);
        }
        let key = self.identifiers.iter().map(|field| value(record, field)).collect::<Result<Vec<_>, _>>()?;
        let sensitive = self.sensitive.iter().map(|field| value(record, field)).collect::<Result<Vec<_>, _>>()?;
        for (field, value) in self.identifiers.iter().zip(&key).chain(self.sensitive.iter().zip(&sensitive)) {
            if value != NOTHING && !self.found.contains(field) {
                self.found.insert(field.clone());
            }
        }
        let class = self.classes.entry(key).or_default();
        class.records += 1;
        class.values.resize_with(self.sensitive.len(), BTreeSet::new);
        for (values, value) in class.values.iter_mut().zip(sensitive) {
            values.insert(value);
        }
        Ok(())
    }

    /// What was counted, where classes of `asked` records and more are large enough.
    pub fn report(&self, asked: u64) -> Report {
        let sizes = || self.classes.values().map(|class| class.records);
        let mut smallest: Vec<_> = self.classes.iter().collect();
        smallest.sort_by_key(|(_, class)| class.records);
        let small = |(key, class): (&Vec<String>, &Class)| Small {
            values: self.identifiers.iter().cloned().zip(key.iter().cloned()).collect(),
            records: class.records,
        };
        let all = self.identifiers.iter().chain(&self.sensitive);
        Report {
            k: sizes().min().unwrap_or(0),
            records: sizes().sum(),
            classes: self.classes.len() as u64,
            records_below: sizes().filter(|size| *size < asked).sum(),
            l: self.sensitive.iter().enumerate().map(|(at, field)| (field.clone(), self.diversity(at))).collect(),
            k_without: (0..self.identifiers.len())
                .map(|at| (self.identifiers[at].clone(), self.k_without(at)))
                .collect(),
            unknown_fields: all.filter(|field| !self.found.contains(*field)).cloned().collect(),
            smallest: smallest.into_iter().take(LISTED).map(small).collect(),
        }
    }

    fn diversity(&self, sensitive: usize) -> u64 {
        self.classes.values().map(|class| class.values[sensitive].len() as u64).min().unwrap_or(0)
    }

    fn k_without(&self, left_out: usize) -> u64 {
        let mut sizes = BTreeMap::<Vec<&str>, u64>::new();
        for (key, class) in &self.classes {
            let rest = key.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, value)| value.as_str());
            *sizes.entry(rest.collect()).or_default() += class.records;
        }
        sizes.into_values().min().unwrap_or(0)
    }
}

/// A value as text, by the path of its field.
fn value(record: &Value, field: &str) -> Result<String, Unusable> {
    let found = record.get(field).or_else(|| field.split('.').try_fold(record, |inside, name| inside.get(name)));
    match found {
        None | Some(Value::Null) => Ok(NOTHING.to_owned()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(single @ (Value::Bool(_) | Value::Number(_))) => Ok(single.to_string()),
        Some(Value::Array(_) | Value::Object(_)) => Err(Unusable::Compound(field.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn records(rows: &[Value]) -> Records {
        let mut records = Records::new(vec!["age".to_owned(), "place.code".to_owned()], vec!["illness".to_owned()]);
        rows.iter().for_each(|row| records.add(row).unwrap());
        records
    }

    fn row(age: &str, code: u32, illness: &str) -> Value {
        json!({ "age": age, "place": { "code": code }, "illness": illness, "name": "?" })
    }

    #[test]
    fn the_smallest_class_and_its_values_are_told() {
        let rows = [row("30-39", 1, "flu"), row("30-39", 1, "flu"), row("40-49", 1, "flu"), row("40-49", 2, "cold")];
        let report = records(&rows).report(2);
        assert_eq!((report.k, report.records, report.classes, report.records_below), (1, 4, 3, 2));
        assert_eq!(report.l["illness"], 1);
        assert_eq!((report.k_without["age"], report.k_without["place.code"]), (1, 2));
        assert_eq!(report.smallest[0].values["place.code"], "1");
        assert_eq!(report.smallest.iter().map(|small| small.records).collect::<Vec<_>>(), [1, 1, 2]);
    }

    #[test]
    fn what_a_record_lacks_is_a_value_of_its_own_and_a_field_nobody_has_is_told() {
        let report = records(&[json!({ "age": 1 }), json!({ "age": null }), row("1", 3, "flu")]).report(5);
        assert_eq!((report.k, report.classes), (1, 3));
        let report = records(&[json!({ "age": 1 }), json!({ "age": 1 })]).report(2);
        assert_eq!((report.k, report.unknown_fields), (2, vec!["place.code".to_owned(), "illness".to_owned()]));
        assert_eq!(records(&[]).report(2).k, 0);
    }

    #[test]
    fn what_has_no_equal_is_refused() {
        let mut records = Records::new(vec!["place".to_owned()], Vec::new());
        assert_eq!(records.add(&row("1", 1, "")), Err(Unusable::Compound("place".to_owned())));
        assert_eq!(records.add(&json!([1])), Err(Unusable::NoObject));
    }
}
