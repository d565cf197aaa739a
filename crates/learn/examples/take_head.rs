//! Puts heads that were learned apart into one model: `cargo run -p learn --example take_head -- INTO FROM HEAD… OUT`.
//!
//! INTO and FROM are model files. OUT is INTO with these heads (`injection`, `hate`, …) of FROM, and its version. FROM may be a
//! model that was made before other heads of it were there, or before they learned from what they learn from now: only the
//! heads that are taken have to give their known answers.

use std::error::Error;
use std::fs;

use guard::classifier::model::Header;
use guard::classifier::{Draft, Head, Model};
use learn::pack::{replaced, unpacked};

/// Bytes before the header: the magic number and the length.
const BEFORE: usize = 12;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [into, from, heads @ .., out] = arguments.as_slice() else { return Err("INTO FROM HEAD… OUT".into()) };
    let mut model = Model::read(&fs::read(into)?).map_err(|broken| format!("{into}: {broken}"))?;
    let from = draft(&fs::read(from)?).ok_or("FROM is no model")?;
    let version = from.header.version.clone();
    let from = Model::untested(from)?;
    let mut file = Vec::new();
    for name in heads {
        let head: Head = serde_json::from_value(name.as_str().into())?;
        let (weights, calibration) = unpacked(&from, head);
        file = replaced(&version, &model, head, &weights, calibration)?;
        model = Model::read(&file)?;
    }
    fs::write(out, file)?;
    Ok(())
}

/// A file as it is, without asking what it knows.
fn draft(file: &[u8]) -> Option<Draft> {
    let len = u32::from_le_bytes(*file.get(BEFORE - 4..)?.first_chunk()?) as usize;
    let header: Header = serde_json::from_slice(file.get(BEFORE..BEFORE + len)?).ok()?;
    let planes = file.get(BEFORE + len..)?.chunks_exact(learn::recipe::PLANE_BYTES);
    let planes = planes.take(header.heads.len()).map(|plane| plane.iter().map(|byte| byte.cast_signed()).collect());
    Some(Draft { planes: planes.collect(), header })
}
