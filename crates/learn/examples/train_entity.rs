//! Makes `crates/guard/models/entity.pcm`: `cargo run --release -p learn --example train_entity -- LISTS CORPUS[=TIMES]… OUT`.
//!
//! LISTS is a folder that `entity/lists.py` and `entity/groups.py` wrote, a CORPUS a file that `entity/corpora.py` wrote. One text in ten of each
//! corpus is kept aside, all of it with `=0`, and how well names are found in those is printed.

#![allow(clippy::print_stdout, reason = "an example speaks to its terminal")]

use std::error::Error;
use std::fs;
use std::path::Path;

use guard::entity::{Draft, Kind, Model};
use learn::entity::fit::{Settings, fit};
use learn::entity::list::{Items, Lists};
use learn::entity::measure::{Measured, Spans};
use learn::entity::row::{Row, kind};
use learn::entity::write::Writer;
use learn::random::Random;

/// Texts written from the grammar.
const WRITTEN: usize = 60_000;
const SETTINGS: Settings = Settings { epochs: 8, cost: 80, unlisted: 0.1, caseless: 0.06, caution: 0.0, seed: 1 };
/// How often a text of a corpus counts, unless `=TIMES` behind its name says otherwise.
const CORPUS_TIMES: usize = 3;
const QUESTIONS: &[&str] = &[
    "Please tell Jane Roe that the parcel arrived.",
    "Send it to 12 Elm Street, Leeds LS1 4AB by Monday.",
    "The report was late and nobody liked it.",
    "She joined Rowan Freight Ltd in Portugal.",
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, corpora @ .., out] = arguments.as_slice() else { return Err("LISTS CORPUS… OUT".into()) };
    let mut learned = Vec::new();
    let mut aside: Vec<(String, Vec<Row>)> = Vec::new();
    for corpus in corpora {
        let (corpus, times) = corpus
            .split_once('=')
            .map_or(Ok((corpus.as_str(), CORPUS_TIMES)), |(name, times)| times.parse().map(|times| (name, times)))?;
        let rows = read(Path::new(corpus))?;
        let (kept, taken): (Vec<_>, Vec<_>) =
            rows.into_iter().enumerate().partition(|(at, _)| times == 0 || at / 20 % 10 == 9);
        let taken: Vec<Row> = taken.into_iter().map(|(_, row)| row).collect();
        learned.extend(std::iter::repeat_n(taken, times).flatten());
        aside.push((corpus.to_owned(), kept.into_iter().map(|(_, row)| row).collect()));
    }
    let filter = lists(Path::new(folder))?.filter(learned.iter().map(|row| row.text.as_str()));
    let writer = Writer::new(lists(Path::new(folder))?).map_err(|wrong| wrong.0)?;
    let written = |seed, count| -> Result<Vec<Row>, String> {
        let mut random = Random::new(seed);
        (0..count).map(|_| writer.write(&mut random).map_err(|wrong| wrong.0)).collect()
    };
    aside.push(("written".to_owned(), written(2, 2_000)?));
    learned.extend(written(1, WRITTEN)?);
    let weights = fit(&learned, &filter, SETTINGS, &|step| println!("{step}"));
    let draft = Draft {
        version: "2026-11-29.2".to_owned(),
        transitions: weights.transitions,
        table: weights.table,
        lists: filter,
    };
    let model = draft.untested();
    for (name, rows) in &aside {
        print(name, &model, rows);
    }
    for question in QUESTIONS {
        println!("{question} {:?}", model.tag(question));
    }
    fs::write(out, draft.write(QUESTIONS).map_err(|broken| broken.to_string())?)?;
    Ok(())
}

fn read(path: &Path) -> Result<Vec<Row>, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

fn lists(folder: &Path) -> Result<Lists, Box<dyn Error>> {
    let items = |name: &str| fs::read_to_string(folder.join(name)).map(|text| Items::read(&text));
    Ok(Lists {
        given: items("given.tsv")?,
        family: items("family.tsv")?,
        town: items("town.tsv")?,
        village: items("village.tsv")?,
        organization: items("organization.tsv")?,
        country: items("country.tsv")?,
        company: items("company.tsv")?,
        address: items("address.tsv")?,
        street: items("street.tsv")?,
        group: groups(&fs::read_to_string(folder.join("group.tsv"))?)?,
    })
}

fn groups(text: &str) -> Result<Vec<(u8, String)>, Box<dyn Error>> {
    let pairs = text.lines().filter_map(|line| line.split_once('\t'));
    pairs.map(|(group, word)| Ok((group.parse()?, word.to_owned()))).collect()
}

fn print(name: &str, model: &Model, rows: &[Row]) {
    let spans = |row: &Row| -> Spans {
        let labels = row.spans.iter().filter_map(|label| Some((label.span(), kind(&label.label)?)));
        labels.map(|(span, kind)| (span, format!("{kind:?}"))).collect()
    };
    let found = |row: &Row| -> Spans {
        model.tag(&row.text).into_iter().map(|entity| (entity.span, format!("{:?}", entity.kind))).collect()
    };
    let pairs: Vec<(Spans, Spans)> = rows.iter().map(|row| (spans(row), found(row))).collect();
    let measured = Measured::of(pairs.iter().map(|(labelled, found)| (labelled, found)));
    println!("{name}: F1 {:.3}", measured.all().f1());
    for label in Kind::ALL.iter().map(|kind| format!("{kind:?}")) {
        let Some(counts) = measured.labels.get(&label) else { continue };
        println!("  {label:<13} {:.3} {:.3} {:.3}", counts.precision(), counts.recall(), counts.f1());
    }
}
