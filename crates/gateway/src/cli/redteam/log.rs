//! What was asked and what came of it, so that a campaign that was interrupted goes on.
//!
//! JSON lines: first what the campaign is, then a line a query. A line that was cut while it was written, and failures at the
//! end, are left out: those queries are asked again.
//!
//! Invariants: a log of other settings, goals or targets is refused; only its owner reads it, for it holds answers.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use aws_lc_rs::digest;
use learn::campaign::{Goal, Outcome, Settings, Verdict};
use serde::{Deserialize, Serialize};

/// A larger log is not read.
const BYTES_MAX: u64 = 512 << 20;

/// The log of one campaign.
#[derive(Debug)]
pub(super) struct Log {
    file: File,
    known: VecDeque<Line>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    program: String,
    target: String,
    settings: Settings,
    goals: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    prompt: String,
    verdict: Verdict,
}

impl Log {
    /// Opens a log, or begins one.
    ///
    /// # Errors
    /// When it cannot be read or written, or is of another campaign.
    pub(super) fn open(path: &Path, target: &str, settings: &Settings, goals: &[Goal]) -> anyhow::Result<Self> {
        let named = || format!("--resume: {}", path.display());
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
        let mut file = file.with_context(named)?;
        anyhow::ensure!(file.metadata()?.len() <= BYTES_MAX, "{}: larger than 512 MiB", named());
        let mut text = String::new();
        file.read_to_string(&mut text).with_context(named)?;
        let head = Head {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            target: target.to_owned(),
            settings: settings.clone(),
            goals: short_hash(&serde_json::to_string(goals)?),
        };
        let (known, kept_bytes) = read(&text, &head).with_context(named)?;
        file.set_len(kept_bytes)?;
        file.seek(SeekFrom::End(0))?;
        let mut log = Self { file, known };
        if kept_bytes == 0 {
            log.append(&head)?;
        }
        Ok(log)
    }

    /// What came of the next query, when it was asked before.
    ///
    /// # Errors
    /// When the log says that another prompt came here.
    pub(super) fn known(&mut self, prompt: &str) -> anyhow::Result<Option<Verdict>> {
        let Some(line) = self.known.pop_front() else { return Ok(None) };
        anyhow::ensure!(line.prompt == short_hash(prompt), "--resume: the log is of another campaign: begin a new one");
        Ok(Some(line.verdict))
    }

    /// Adds a query.
    pub(super) fn note(&mut self, prompt: &str, verdict: &Verdict) -> anyhow::Result<()> {
        self.append(&Line { prompt: short_hash(prompt), verdict: verdict.clone() })
    }

    fn append(&mut self, value: &impl Serialize) -> anyhow::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.file.write_all(&line).context("--resume: the log cannot be written")
    }
}

/// The lines that count, and how many bytes of the file they and the head are.
fn read(text: &str, head: &Head) -> anyhow::Result<(VecDeque<Line>, u64)> {
    let mut lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let Some(first) = lines.next() else {
        anyhow::ensure!(text.is_empty(), "it is no log of a campaign");
        return Ok((VecDeque::new(), 0));
    };
    let known: Head = serde_json::from_str(first).context("it is no log of a campaign")?;
    anyhow::ensure!(
        &known == head,
        "it is the log of a campaign with another target, other settings, goals or program"
    );
    let (mut found, mut kept, mut bytes, mut kept_bytes) = (VecDeque::new(), 0, first.len(), first.len());
    for (at, line) in lines.enumerate() {
        let read: Line = serde_json::from_str(line).with_context(|| format!("line {}", at + 2))?;
        bytes += line.len();
        let is_failure = read.verdict.outcome == Outcome::Failed;
        found.push_back(read);
        if !is_failure {
            (kept, kept_bytes) = (found.len(), bytes);
        }
    }
    found.truncate(kept);
    Ok((found, kept_bytes as u64))
}

fn short_hash(text: &str) -> String {
    digest::digest(&digest::SHA256, text.as_bytes()).as_ref()[..12].iter().map(|byte| format!("{byte:02x}")).collect()
}
