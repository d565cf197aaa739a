//! Reads a folder of training data: `injection/`, `toxicity/` and `refusal/`, each with `.jsonl` and `.csv` files.
//!
//! Files named `dev…` are never learned from. `licences.toml` in the folder names the licence of each source.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use aws_lc_rs::digest;
use learn::row::{Row, Topic, csv, json_lines};

/// What a folder holds.
#[derive(Debug, Default)]
pub struct Data {
    /// All rows.
    pub rows: Vec<Row>,
    /// Files with the first digits of their SHA-256, in the order they were read.
    pub files: Vec<(PathBuf, String)>,
    /// Licences by source.
    pub licences: BTreeMap<String, String>,
}

const TOPICS: [(&str, Topic); 3] =
    [("injection", Topic::Injection), ("toxicity", Topic::Toxicity), ("refusal", Topic::Refusal)];

impl Data {
    /// Adds what `folder` holds.
    ///
    /// # Errors
    /// When a file cannot be read; names it and the line.
    pub fn read(&mut self, folder: &Path) -> anyhow::Result<()> {
        for (name, topic) in TOPICS {
            for path in files(&folder.join(name))? {
                let (rows, hash) = read_file(&path, topic)?;
                self.rows.extend(rows);
                self.files.push((PathBuf::from(name).join(path.file_name().unwrap_or_default()), hash));
            }
        }
        let licences = folder.join("licences.toml");
        if licences.exists() {
            self.licences.extend(toml::from_str::<BTreeMap<String, String>>(&fs::read_to_string(licences)?)?);
        }
        Ok(())
    }
}

/// Reads one file, with the first digits of its SHA-256.
///
/// # Errors
/// When it cannot be read; names it and the line.
pub fn read_file(path: &Path, topic: Topic) -> anyhow::Result<(Vec<Row>, String)> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    let hash = digest::digest(&digest::SHA256, &bytes).as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let text = String::from_utf8_lossy(&bytes);
    let rows = if path.extension().is_some_and(|ending| ending == "csv") {
        csv(&text, &path.file_stem().unwrap_or_default().to_string_lossy())
    } else {
        json_lines(topic, &text)
    };
    rows.map(|rows| (rows, hash))
        .map_err(|wrong| anyhow::anyhow!("{}, line {}: {}", path.display(), wrong.line, wrong.reason))
}

fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let is_data = path.extension().is_some_and(|ending| ending == "jsonl" || ending == "csv");
        let is_dev = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("dev"));
        if is_data && !is_dev {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
