//! How well labelled spans are found.
//!
//! A span that was found counts as right when it has the label of one that is labelled and the two overlap by at least half
//! of what they cover together; each counts once. What was found of labels that the set does not use is not counted: nobody
//! said whether it is there.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Spans of one text: where, and under which label.
pub type Spans = Vec<(Range<usize>, String)>;

/// Counts of one label, or of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Spans that are labelled.
    pub labelled: usize,
    /// Spans that were found.
    pub found: usize,
    /// Those found that are right.
    pub right: usize,
    /// Those right ones that agree to the byte.
    pub exact: usize,
    /// The same in bytes, whatever spans they are cut into.
    pub bytes: Bytes,
}

/// Bytes under one label, or all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bytes {
    /// That are labelled.
    pub labelled: usize,
    /// That were found.
    pub found: usize,
    /// That were found and are labelled.
    pub right: usize,
}

impl Counts {
    /// The share of what was found that is right.
    pub fn precision(self) -> f64 {
        share(self.right, self.found)
    }

    /// The share of what is labelled that was found.
    pub fn recall(self) -> f64 {
        share(self.right, self.labelled)
    }

    /// The harmonic mean of both.
    pub fn f1(self) -> f64 {
        share(2 * self.right, self.found + self.labelled)
    }

    /// The same, where only spans count that agree to the byte.
    pub fn exact_f1(self) -> f64 {
        share(2 * self.exact, self.found + self.labelled)
    }

    /// F1 of bytes: sets differ in whether a street, its number and its town are one span or three.
    pub fn byte_f1(self) -> f64 {
        share(2 * self.bytes.right, self.bytes.found + self.bytes.labelled)
    }

    fn add(&mut self, other: Self) {
        self.bytes.labelled += other.bytes.labelled;
        self.bytes.found += other.bytes.found;
        self.bytes.right += other.bytes.right;
        self.labelled += other.labelled;
        self.found += other.found;
        self.right += other.right;
        self.exact += other.exact;
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Counts of a set, label by label.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measured {
    /// By label.
    pub labels: BTreeMap<String, Counts>,
    /// Bytes that are labelled, and those of them that anything was found in, under whatever label.
    pub bytes: (usize, usize),
}

impl Measured {
    /// All labels as one: the micro average.
    pub fn all(&self) -> Counts {
        let mut all = Counts::default();
        self.labels.values().for_each(|counts| all.add(*counts));
        all
    }

    /// The share of labelled bytes that anything was found in: what masking would have hidden.
    pub fn covered(&self) -> f64 {
        share(self.bytes.1, self.bytes.0)
    }

    /// Measures a set: for each text what is labelled, and what was found.
    pub fn of<'s>(texts: impl Iterator<Item = (&'s Spans, &'s Spans)> + Clone) -> Self {
        let mut measured = Self::default();
        for (labelled, _) in texts.clone() {
            for (_, label) in labelled {
                measured.labels.entry(label.clone()).or_default().labelled += 1;
            }
        }
        for (labelled, found) in texts {
            measured.add(labelled, found);
        }
        measured
    }

    fn add(&mut self, labelled: &Spans, found: &Spans) {
        let mut is_taken = vec![false; labelled.len()];
        for (span, label) in found {
            let Some(counts) = self.labels.get_mut(label) else { continue };
            counts.found += 1;
            let fits = |at: &usize| !is_taken[*at] && labelled[*at].1 == *label && is_same(&labelled[*at].0, span);
            if let Some(at) = (0..labelled.len()).find(fits) {
                is_taken[at] = true;
                counts.right += 1;
                counts.exact += usize::from(labelled[at].0 == *span);
            }
        }
        for (label, counts) in &mut self.labels {
            let (is, was) = (covered(labelled, label), covered(found, label));
            counts.bytes.labelled += is.len();
            counts.bytes.found += was.len();
            counts.bytes.right += is.intersection(&was).count();
        }
        for (span, _) in labelled {
            self.bytes.0 += span.len();
            self.bytes.1 += span.clone().filter(|byte| found.iter().any(|(found, _)| found.contains(byte))).count();
        }
    }
}

/// The bytes of a text under one label.
fn covered(spans: &Spans, label: &str) -> BTreeSet<usize> {
    spans.iter().filter(|(_, other)| other == label).flat_map(|(span, _)| span.clone()).collect()
}

/// Whether two spans overlap by at least half of what they cover together.
fn is_same(one: &Range<usize>, other: &Range<usize>) -> bool {
    let shared = one.end.min(other.end).saturating_sub(one.start.max(other.start));
    2 * shared >= one.len() + other.len() - shared && shared > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(spans: &[(Range<usize>, &str)]) -> Spans {
        spans.iter().map(|(span, label)| (span.clone(), (*label).to_owned())).collect()
    }

    #[test]
    fn a_span_is_right_once_and_under_its_own_label() {
        let labelled = spans(&[(0..10, "PERSON"), (20..30, "PERSON"), (40..50, "PLACE")]);
        let found =
            spans(&[(0..10, "PERSON"), (1..10, "PERSON"), (22..40, "PERSON"), (40..48, "PLACE"), (60..70, "PHONE")]);
        let measured = Measured::of([(&labelled, &found)].into_iter());
        let bytes = |labelled, found, right| Bytes { labelled, found, right };
        let person = Counts { labelled: 2, found: 3, right: 1, exact: 1, bytes: bytes(20, 28, 18) };
        assert_eq!(measured.labels["PERSON"], person);
        let place = Counts { labelled: 1, found: 1, right: 1, exact: 0, bytes: bytes(10, 8, 8) };
        assert_eq!(measured.labels["PLACE"], place);
        assert_eq!((measured.all().right, measured.all().found), (2, 4));
        assert_eq!(measured.bytes, (30, 26));
        assert!(!measured.labels.contains_key("PHONE"));
    }

    #[test]
    fn nothing_to_find_is_no_division_by_zero() {
        assert_eq!(Measured::of(std::iter::empty()).all().f1(), 0.0);
    }
}
