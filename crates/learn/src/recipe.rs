//! From labelled texts to a model: what each head learns from, and how its scores are calibrated.
//!
//! Data sets are one-sided: attacks of one style, harmless texts of another. So sources are balanced against each other,
//! texts are written where none were found ([`crate::grammar`]), attacks are also placed inside harmless texts, and scores
//! are calibrated on sources that the scoring model did not see.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use guard::classifier::gram::PLACE_BITS;
use guard::classifier::model::Calibration;
use guard::classifier::{Head, Source, sentences};

use crate::calibrate::{HARMFUL_SHARE, Outcome, RARE_SHARE, REFUSED_SHARE, calibrate};
use crate::fit::{Example, Settings, Weights, canonical, fit, whole, windows};
use crate::fold::{Fold, folds};
use crate::grammar::Grammar;
use crate::mutate::{compose, spelling};
use crate::random::Random;
use crate::row::Row;

/// What one head learned.
#[derive(Debug)]
pub struct Learned {
    /// Which.
    pub head: Head,
    /// Its weights, from all sources.
    pub weights: Weights,
    /// For prompts, documents and answers.
    pub calibration: [Calibration; 3],
    /// By source: margins from a model that did not learn from it.
    pub unseen: BTreeMap<String, Vec<Outcome>>,
}

/// A text that was written for training.
struct Written {
    source: &'static str,
    grammar: &'static str,
    count: usize,
}

const ATTACK: Written = Written { source: "own_attack", grammar: include_str!("../grammar/attack.txt"), count: 4_000 };
const ATTACK_LANGUAGES: Written =
    Written { source: "own_attack_languages", grammar: include_str!("../grammar/attack_languages.txt"), count: 4_000 };
const LANGUAGES: Written =
    Written { source: "own_languages", grammar: include_str!("../grammar/languages.txt"), count: 4_000 };
const DIALOGUE: Written =
    Written { source: "own_dialogue", grammar: include_str!("../grammar/dialogue.txt"), count: 3_000 };
const FORMAT: Written = Written { source: "own_format", grammar: include_str!("../grammar/format.txt"), count: 5_000 };
const TRIGGER: Written =
    Written { source: "own_trigger", grammar: include_str!("../grammar/trigger.txt"), count: 5_000 };
const SOUNDING: Written =
    Written { source: "own_unsafe_sounding", grammar: include_str!("../grammar/unsafe_sounding.txt"), count: 1_500 };
const SHORT: Written = Written { source: "own_short", grammar: include_str!("../grammar/short.txt"), count: 5_000 };
const TOXIC: Written = Written { source: "own_toxic", grammar: include_str!("../grammar/toxic.txt"), count: 14_000 };
const GENTLE: Written = Written { source: "own_gentle", grammar: include_str!("../grammar/gentle.txt"), count: 14_000 };
const INTIMATE: Written =
    Written { source: "own_intimate", grammar: include_str!("../grammar/intimate.txt"), count: 10_000 };
const REFUSAL: Written =
    Written { source: "own_refusal", grammar: include_str!("../grammar/refusal.txt"), count: 12_000 };
const COMPLIANCE: Written =
    Written { source: "own_compliance", grammar: include_str!("../grammar/compliance.txt"), count: 12_000 };

/// Attacks placed inside harmless texts.
const PLACED: usize = 3_000;
/// Texts that are disguised in addition, of each label.
const DISGUISED: usize = 2_500;
/// Harmless prompts that the head for refusals draws from.
const ORDINARY: usize = 12_000;
/// Harmless prompts that the heads for toxicity see too: they would otherwise know short messages only.
const ORDINARY_TOXICITY: usize = 24_000;

/// The rows that a head learns from: those given, and those written for it.
pub fn rows(head: Head, given: &[Row]) -> Vec<Row> {
    let known = |row: &&Row| row.labels[head as usize].is_some();
    let mut rows: Vec<Row> = given.iter().filter(known).cloned().collect();
    match head {
        Head::Injection => {
            for attack in [&ATTACK, &ATTACK_LANGUAGES] {
                rows.extend(written(attack, |text| Row::of(head, text, true, attack.source)));
            }
            for harmless in [&FORMAT, &TRIGGER, &SOUNDING, &SHORT, &LANGUAGES, &DIALOGUE] {
                rows.extend(written(harmless, |text| Row::of(head, text, false, harmless.source)));
            }
            rows.extend(placed(&rows));
            rows.extend(disguised(&rows, head));
        }
        Head::Hate | Head::Harassment | Head::Threat | Head::Sexual | Head::SelfHarm => {
            rows.extend(written(&TOXIC, |text| of_kind(&text, TOXIC.source)));
            rows.extend(written(&INTIMATE, |text| of_kind(&text, INTIMATE.source)));
            rows.extend(written(&GENTLE, |text| Row::of_kind(text, "", GENTLE.source)));
            rows.extend(written(&SOUNDING, |text| Row::of_kind(text, "", SOUNDING.source)));
            rows.extend(written(&SHORT, |text| Row::of_kind(text, "", SHORT.source)));
            rows.extend(ordinary(given, ORDINARY_TOXICITY));
            rows.retain(|row| row.labels[head as usize].is_some());
        }
        Head::Refusal => {
            rows.extend(written(&REFUSAL, |text| Row::of(head, text, true, REFUSAL.source)));
            rows.extend(written(&COMPLIANCE, |text| Row::of(head, text, false, COMPLIANCE.source)));
            rows.extend(
                ordinary(given, ORDINARY).into_iter().step_by(4).map(|row| Row::of(head, row.text, false, &row.source)),
            );
        }
    }
    rows
}

/// Learns one head and calibrates it on what the scoring model did not see. `told` hears of every step.
///
/// Attacks are scored by models that did not learn from their source, harmless prompts are those of `held_out`, which
/// nothing learns from. Heads whose data comes from one source are calibrated on texts left out of it.
pub fn learn(head: Head, given: &[Row], held_out: &[Row], told: &(dyn Fn(&str) + Sync)) -> Learned {
    let rows = rows(head, given);
    let examples = examples(head, &rows);
    told(&format!("{head:?}: {} texts", rows.len()));
    let weights = fit(&examples, |_| true, settings(head));
    let folds = folds(head, &rows);
    let mut unseen: BTreeMap<String, Vec<Outcome>> = std::thread::scope(|scope| {
        let halves = folds.chunks(folds.len().div_ceil(2).max(1)).map(|half| {
            let (examples, rows) = (&examples, &rows);
            scope.spawn(move || {
                half.iter().flat_map(|fold| scored(head, (rows, examples), fold, told)).collect::<Vec<_>>()
            })
        });
        let halves: Vec<_> = halves.collect();
        let mut by_source: BTreeMap<String, Vec<Outcome>> = BTreeMap::new();
        for (source, outcome) in halves.into_iter().flat_map(|half| half.join().unwrap_or_default()) {
            by_source.entry(source).or_default().push(outcome);
        }
        by_source
    });
    // What is no attack is ordinary, for the heads for toxicity too.
    let lane = if Head::TOXICITY.contains(&head) { Head::Injection } else { head } as usize;
    for row in held_out.iter().filter(|row| row.labels[lane] == Some(false)) {
        let canonical = canonical(&row.text);
        let read = (windows(head, &canonical), judged_sentences(head, &canonical));
        let outcome = outcome(head, &weights, (&read.0, &read.1), false, row.text.len());
        unseen.entry(row.source.clone()).or_default().push(outcome);
    }
    let calibration = calibrations(head, &unseen);
    Learned { head, weights, calibration, unseen }
}

pub(crate) fn settings(head: Head) -> Settings {
    match head {
        Head::Injection => Settings { epochs: 4, rate: 0.35, l1: 0.3, l2: 1.0, seed: 7, orders: 3 },
        Head::Refusal => Settings { epochs: 4, rate: 0.3, l1: 0.3, l2: 1.0, seed: 7, orders: 1 },
        // Sources differ more than their sizes make up for, so weights are held closer to nothing.
        _ => Settings { epochs: 4, rate: 0.3, l1: 0.3, l2: 5.0, seed: 7, orders: 1 },
    }
}

/// Examples whose weights balance sources by the root of their size, and harmless against harmful texts.
pub(crate) fn examples(head: Head, rows: &[Row]) -> Vec<Example> {
    /// Harmless texts count for more: there are more kinds of them than any data holds.
    const HARMLESS: f32 = 1.5;
    let label = |row: &Row| row.labels[head as usize] == Some(true);
    let mut sizes: BTreeMap<(&str, bool), f32> = BTreeMap::new();
    for row in rows {
        *sizes.entry((&row.source, label(row))).or_default() += 1.0;
    }
    let total =
        |of: bool| sizes.iter().filter(|((_, label), _)| *label == of).map(|(_, size)| size.sqrt()).sum::<f32>();
    let (harmful, harmless) = (total(true), total(false) / HARMLESS);
    let names: Vec<&str> = sizes.keys().map(|(name, _)| *name).collect::<BTreeSet<_>>().into_iter().collect();
    let half = rows.len() as f32 / 2.0;
    let example = |row: &Row| {
        let label = label(row);
        let size = sizes[&(row.source.as_str(), label)];
        let weight = half / size.sqrt() / if label { harmful } else { harmless };
        let source = names.binary_search(&row.source.as_str()).unwrap_or(0);
        let rest = match head {
            _ if !label => 1.0,
            // A refusal goes on to explain itself, and that is no compliance.
            Head::Refusal => 0.7,
            _ => 0.2,
        };
        let canonical = canonical(&row.text);
        let (mut windows, sentences) = (windows(head, &canonical), judged_sentences(head, &canonical));
        if head == Head::Refusal {
            // Only whole windows are asked.
            windows.truncate(whole(&windows));
        }
        Example { windows, sentences, label, weight, rest, source, is_hidden: row.is_hidden }
    };
    rows.iter().map(example).collect()
}

/// The outcomes of a fold, each with its source.
fn scored(
    head: Head,
    (rows, examples): (&[Row], &[Example]),
    fold: &Fold,
    told: &(dyn Fn(&str) + Sync),
) -> Vec<(String, Outcome)> {
    told(&format!("{head:?}: without {}", fold.name));
    let seen: Vec<Example> =
        examples.iter().zip(&fold.hidden).filter(|(_, hidden)| !**hidden).map(|(example, _)| example.clone()).collect();
    let weights = fit(&seen, |_| true, settings(head));
    let own = rows
        .iter()
        .zip(examples)
        .zip(&fold.scored)
        .filter(|((_, example), scored)| **scored && !example.windows.is_empty())
        // An answer that refuses first and complies then is right either way.
        .filter(|((row, _), _)| head != Head::Refusal || !row.is_hidden);
    own.map(|((row, example), _)| {
        (
            row.source.clone(),
            outcome(head, &weights, (&example.windows, &example.sentences), example.label, row.text.len()),
        )
    })
    .collect()
}

/// The sentences of a text, for the head that judges runs of them.
fn judged_sentences(head: Head, canonical: &str) -> Vec<Vec<u32>> {
    if head == Head::Injection { sentences(canonical) } else { Vec::new() }
}

/// A text as its windows and its sentences.
type Read<'e> = (&'e [Vec<u32>], &'e [Vec<u32>]);

fn outcome(head: Head, weights: &Weights, (windows, sentences): Read<'_>, label: bool, bytes: usize) -> Outcome {
    let margin = match head {
        _ if windows.is_empty() => weights.bias,
        Head::Refusal => weights.opening(windows),
        _ => weights.worst(windows).max(weights.worst_run(sentences)),
    };
    Outcome { margin, label, weight: 1.0, bytes }
}

/// Every source counts by the root of its size. Documents are calibrated on long texts alone.
fn calibrations(head: Head, unseen: &BTreeMap<String, Vec<Outcome>>) -> [Calibration; 3] {
    const LONG_BYTES: usize = 320;
    let weighted = |takes: &dyn Fn(&Outcome) -> bool| -> Vec<Outcome> {
        let mut all = Vec::new();
        for of_source in unseen.values() {
            for label in [true, false] {
                let of: Vec<&Outcome> =
                    of_source.iter().filter(|outcome| outcome.label == label && takes(outcome)).collect();
                let weight = 1.0 / (of.len().max(1) as f64).sqrt();
                all.extend(of.into_iter().map(|outcome| Outcome { weight, ..*outcome }));
            }
        }
        all
    };
    let share = match head {
        Head::Hate | Head::Harassment => HARMFUL_SHARE,
        Head::Injection | Head::Threat | Head::Sexual | Head::SelfHarm => RARE_SHARE,
        Head::Refusal => REFUSED_SHARE,
    };
    let prompts = calibrate(&weighted(&|_| true), share);
    let mut calibration = [prompts; 3];
    if head == Head::Injection {
        calibration[Source::Document as usize] = calibrate(&weighted(&|outcome| outcome.bytes > LONG_BYTES), share);
    }
    calibration
}

fn written(what: &Written, row: impl Fn(String) -> Row) -> Vec<Row> {
    let Ok(grammar) = Grammar::parse(what.grammar) else { return Vec::new() };
    let mut random = Random::new(11);
    let mut seen = HashSet::new();
    let texts = (0..what.count).filter_map(|_| grammar.write(&mut random).ok());
    texts.filter(|text| seen.insert(text.clone())).map(row).collect()
}

/// `kind: text`, as the grammars for toxicity write it.
fn of_kind(text: &str, source: &str) -> Row {
    let (kind, text) = text.split_once(": ").unwrap_or(("", text));
    Row::of_kind(text.to_owned(), kind, source)
}

/// Short attacks inside pieces of harmless texts, within one window.
fn placed(rows: &[Row]) -> Vec<Row> {
    const WINDOW: usize = 300;
    let is_attack = |row: &&Row| row.labels[Head::Injection as usize] == Some(true);
    let attacks: Vec<&Row> =
        rows.iter().filter(is_attack).filter(|row| !row.is_hidden && row.text.len() < 260).collect();
    let documents: Vec<&str> = rows
        .iter()
        .filter(|row| !is_attack(row))
        .map(|row| row.text.as_str())
        .filter(|text| text.len() > WINDOW)
        .collect();
    let mut random = Random::new(5);
    let count = if attacks.is_empty() || documents.is_empty() { 0 } else { PLACED };
    let place = |_| {
        let (attack, document) = (*random.pick(&attacks), *random.pick(&documents));
        let around = (WINDOW - attack.text.len()) / 2;
        let at = document.floor_char_boundary(random.below(document.len()));
        let before = &document[document.ceil_char_boundary(at.saturating_sub(around))..at];
        let after = &document[at..document.floor_char_boundary((at + around).min(document.len()))];
        Row { text: format!("{before} {} {after}", attack.text), ..attack.clone() }
    };
    (0..count).map(place).collect()
}

/// Some texts of each label in disguise, so that a disguise by itself says nothing.
fn disguised(rows: &[Row], head: Head) -> Vec<Row> {
    let mut random = Random::new(23);
    let mut out = Vec::new();
    for label in [true, false] {
        let of: Vec<&Row> =
            rows.iter().filter(|row| row.labels[head as usize] == Some(label) && !row.is_hidden).collect();
        for _ in 0..if of.is_empty() { 0 } else { DISGUISED } {
            let row = *random.pick(&of);
            let text = &row.text[..row.text.floor_char_boundary(600)];
            out.push(Row { text: compose(text, spelling::MUTATORS, &mut random), ..row.clone() });
        }
    }
    out
}

/// Harmless prompts, for heads that would otherwise only see short messages.
fn ordinary(given: &[Row], most: usize) -> Vec<Row> {
    let is_harmless = |row: &&Row| row.labels[Head::Injection as usize] == Some(false) && row.source != "hh_harmless";
    let harmless: Vec<&Row> = given.iter().filter(is_harmless).collect();
    let mut random = Random::new(31);
    let count = if harmless.is_empty() { 0 } else { most };
    (0..count).map(|_| *random.pick(&harmless)).map(|row| Row::of_kind(row.text.clone(), "", &row.source)).collect()
}

/// Bytes of weights that a head takes.
pub const PLANE_BYTES: usize = 1 << PLACE_BITS;
