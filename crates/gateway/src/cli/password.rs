//! `portcullis password`: judging passwords, and the set of breached ones.

use std::fs::File;
use std::io::{BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::Place;
use super::output::{BAD, DIM, GOOD, json_pretty, line};
use crate::app::State;
use crate::auth::password::{Context, PASSWORD_BYTES_MAX, PasswordError, import};

/// Judge a password, or bring in a set of breached ones.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Read a password from standard input and say whether it would be taken, and why not.
    ///
    /// Length, zxcvbn's estimate, own data and breached passwords count; kinds of characters do not. A line break at the
    /// end is not part of it. The command fails when the password would be refused.
    Check {
        /// The e-mail address of whose it would be: it does not count in the password.
        #[arg(long)]
        email: Option<String>,
        /// The name of whose it would be.
        #[arg(long)]
        name: Option<String>,
        /// Print the outcome as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make the filter of breached passwords from a file of `SHA1HEX:count` lines, in any order.
    ///
    /// The published Pwned Passwords have this form. The filter takes 18 to 24 bits a password, the import 8 bytes a
    /// password of free space in the data folder. A running gateway takes it over at its next start.
    ImportBreached {
        /// The file.
        file: PathBuf,
        /// Leave out passwords that were seen less often.
        #[arg(long, default_value_t = 1, value_name = "COUNT")]
        seen_min: u64,
        /// Print the outcome as JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<ExitCode> {
    match args.verb {
        Verb::Check { email, name, json } => check(place, Context { email, name, organisation: None }, json).await,
        Verb::ImportBreached { file, seen_min, json } => import_breached(&place.data, &file, seen_min, json),
    }
}

async fn check(place: &Place, context: Context, json: bool) -> anyhow::Result<ExitCode> {
    let mut text = Zeroizing::new(String::new());
    let limit = PASSWORD_BYTES_MAX as u64 + 2;
    std::io::stdin().take(limit).read_to_string(&mut text).context("standard input holds no text")?;
    let password = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
    let state = State::open(&place.load()?, &place.data).await?;
    let judged = state.passwords.judge(&SecretString::from(password), context).await;
    state.close().await?;
    let (score, weak) = match judged {
        Ok(score) => (score, None),
        Err(PasswordError::Weak(weak)) => (weak.score, Some(weak)),
        Err(error) => return Err(error.into()),
    };
    if json {
        json_pretty(&serde_json::json!({
            "accepted": weak.is_none(), "score": score, "rule": weak.as_ref().map(|weak| weak.rule),
            "reason": weak.as_ref().map(|weak| &weak.reason),
            "suggestions": weak.as_ref().map(|weak| &weak.suggestions), "breached": state.passwords.breached(),
        }))?;
    } else {
        explain(score, weak.as_ref(), state.passwords.breached())?;
    }
    Ok(if weak.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn explain(score: u8, weak: Option<&crate::auth::password::Weak>, breached: Option<u64>) -> anyhow::Result<()> {
    match weak {
        None => line(format_args!("{GOOD}accepted{GOOD:#}  score {score} of 4"))?,
        Some(weak) => {
            line(format_args!("{BAD}refused{BAD:#}  {weak}  (score {score} of 4)"))?;
            weak.suggestions.iter().try_for_each(|suggestion| line(format_args!("  {suggestion}")))?;
        }
    }
    match breached {
        Some(count) => line(format_args!("{DIM}checked against {count} breached passwords{DIM:#}")),
        None => line(format_args!(
            "{DIM}checked against the built-in list only; `portcullis password import-breached FILE` adds more{DIM:#}"
        )),
    }
}

fn import_breached(data: &Path, file: &Path, seen_min: u64, json: bool) -> anyhow::Result<ExitCode> {
    if !data.is_dir() {
        anyhow::bail!("there is no data folder {}: `portcullis init` makes one", data.display());
    }
    let lines = File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let report = |lines| {
        // Nobody may be there to read it.
        let _ = writeln!(anstream::stderr().lock(), "{DIM}{lines} lines{DIM:#}");
    };
    let made = import(BufReader::with_capacity(1 << 20, lines), data, seen_min, report)
        .with_context(|| format!("{} was not imported", file.display()))?;
    if json {
        json_pretty(&made)?;
    } else {
        line(format_args!("{GOOD}ready{GOOD:#}  {} breached passwords, {} bytes", made.passwords, made.bytes))?;
        line(format_args!("{DIM}a running gateway takes it over at its next start{DIM:#}"))?;
    }
    Ok(ExitCode::SUCCESS)
}
