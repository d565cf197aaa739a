//! `portcullis pin`: pins of the gateway's key, for apps that check them.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use rcgen::KeyPair;

use super::Place;
use super::output::{BAD, DIM, GOOD, STRONG, WARN, json_pretty, line};
use crate::api::https::acme::Folder;
use crate::api::https::certificate::{Certificate, read};
use crate::api::https::config::TlsConfig;
use crate::api::https::pin::form::{Form, Host, render};
use crate::api::https::pin::{Book, Pin, PinError, Set};
use crate::app::State;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::event::catalogue;
use crate::infra::secrets::SecretRef;

/// Who did it, as the audit log names it.
const CLI: &str = "cli";
/// The backup key, in the data folder.
const BACKUP: &str = "pin-backup.key";

/// Publish pins of the gateway's key for apps, and keep them whole when the key changes.
///
/// A published set binds: the gateway does not start, and a reload is refused, with a key that is missing in it. Rotate to
/// the backup key, which every set has.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Make a backup key, the next one to be served, and print its pin. Move it to a safe place.
    Backup {
        /// Where it goes; never over a file that is there. Without it, `pin-backup.key` in the data folder.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Print the pins of the served and of the backup key, in a form that apps read.
    Show {
        #[command(flatten)]
        what: What,
    },
    /// As `show`, and record that apps will have them.
    Publish {
        #[command(flatten)]
        what: What,
    },
    /// List the sets that were published.
    List {
        /// Print the list as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Say whether apps would go on with the served key, or with another one. The exit code is 1 when not.
    Check {
        /// The certificate that is to be served.
        #[arg(long, value_name = "FILE", conflicts_with = "key")]
        certificate: Option<PathBuf>,
        /// The key that is to be served.
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
    },
    /// Say that no app has a set any more, so that the key may change without it.
    Retire {
        /// The id of the set (`pins_…`).
        id: String,
    },
}

#[derive(Debug, clap::Args)]
struct What {
    /// Who checks the pins.
    #[arg(long, value_enum, default_value_t = Form::Json)]
    format: Form,
    /// The host that apps connect to. Without it, the first name of the certificate.
    #[arg(long)]
    host: Option<String>,
    /// The backup key in PEM. Without it, `pin-backup.key` in the data folder.
    #[arg(long, value_name = "FILE", conflicts_with = "backup_pin")]
    backup_key: Option<PathBuf>,
    /// The pin of a backup key that is kept elsewhere.
    #[arg(long, value_name = "BASE64")]
    backup_pin: Option<Pin>,
    /// From when on apps do not look at the set any more (`2027-11-28T00:00:00Z`): Android's `expiration`, and with
    /// no other format.
    #[arg(long)]
    until: Option<Timestamp>,
}

pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<ExitCode> {
    let config = place.load()?;
    match args.verb {
        Verb::Backup { out } => backup(&out.unwrap_or_else(|| place.data.join(BACKUP))),
        Verb::Show { what } => show(&what, &set(&what, place, &config)?),
        Verb::Publish { what } => {
            let set = set(&what, place, &config)?;
            let state = State::open(&config, &place.data).await?;
            let done = publish(&state, set).await;
            state.close().await?;
            show(&what, &done?)
        }
        Verb::List { json } => list(&Book::open(&place.data)?, json),
        Verb::Check { certificate, key } => check(place, &config, certificate.as_deref(), key),
        Verb::Retire { id } => {
            let state = State::open(&config, &place.data).await?;
            let done = retire(&state, &id).await;
            state.close().await?;
            done?;
            line(format_args!("{GOOD}retired{GOOD:#} {id}"))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn backup(path: &Path) -> anyhow::Result<ExitCode> {
    let key = KeyPair::generate().context("a key cannot be made")?.serialize_pem();
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let written = made.and_then(|mut file| file.write_all(key.as_bytes()).and_then(|()| file.sync_all()));
    written.with_context(|| format!("the backup key {} cannot be written", path.display()))?;
    line(format_args!("{STRONG}{}{STRONG:#}", Pin::of_key(&key.into())?))?;
    line(format_args!("{DIM}{}: keep it where the gateway is not, until it is served{DIM:#}", path.display()))?;
    Ok(ExitCode::SUCCESS)
}

fn show(what: &What, set: &Set) -> anyhow::Result<ExitCode> {
    line(render(what.format, set)?.trim_end())?;
    Ok(ExitCode::SUCCESS)
}

fn list(book: &Book, json: bool) -> anyhow::Result<ExitCode> {
    if json {
        json_pretty(&book.sets)?;
        return Ok(ExitCode::SUCCESS);
    }
    let now = SystemClock.now();
    for set in &book.sets {
        let (style, state) = match (set.retired_at, set.until) {
            (Some(at), _) => (DIM, format!("retired {at:.0}")),
            (None, Some(until)) if until <= now => (DIM, format!("ended {until:.0}")),
            (None, Some(until)) => (WARN, format!("binds until {until:.0}")),
            (None, None) => (WARN, "binds".to_owned()),
        };
        line(format_args!("{STRONG}{}{STRONG:#}  {style}{state}{style:#}  {}", set.id, set.host))?;
        for pin in &set.pins {
            line(format_args!("    {pin}"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn check(place: &Place, config: &Config, certificate: Option<&Path>, key: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let pin = match (certificate, key) {
        (Some(path), _) => of_file(path)?.pin,
        (None, Some(path)) => Pin::of_key(&SecretRef::File(path).resolve_all()?)?,
        (None, None) => served(place, config)?.pin,
    };
    match Book::open(&place.data)?.check(&pin, SystemClock.now()) {
        Ok(()) => {
            line(format_args!("{GOOD}good{GOOD:#} {pin} is in every published set that binds"))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(broken @ PinError::Broken { .. }) => {
            line(format_args!("{BAD}broken{BAD:#} {broken}"))?;
            Ok(ExitCode::FAILURE)
        }
        Err(error) => Err(error.into()),
    }
}

/// The pins that are to be shown, the served key's first.
fn set(what: &What, place: &Place, config: &Config) -> anyhow::Result<Set> {
    if what.until.is_some() && what.format != Form::Android {
        bail!("--until: Android alone stops looking at pins on a day; others hold to them for ever");
    }
    let served = served(place, config)?;
    let backup = match (&what.backup_pin, &what.backup_key) {
        (Some(pin), _) => pin.clone(),
        (None, path) => {
            let path = path.clone().unwrap_or_else(|| place.data.join(BACKUP));
            let key = SecretRef::File(path).resolve_all().context("there is no backup key: `portcullis pin backup`")?;
            Pin::of_key(&key)?
        }
    };
    let named = what.host.clone().or_else(|| served.names.first().cloned());
    let host: Host = named.context("the certificate has no name: say --host")?.parse()?;
    if backup == served.pin {
        return Err(PinError::NoBackup.into());
    }
    Ok(Set {
        id: String::new(),
        host: host.as_str().to_owned(),
        pins: vec![served.pin, backup],
        published_at: SystemClock.now(),
        until: what.until,
        retired_at: None,
    })
}

/// What the configuration has served.
fn served(place: &Place, config: &Config) -> anyhow::Result<Certificate> {
    match &config.server.tls {
        None => bail!("there is no [server.tls]: nothing has a key to pin"),
        Some(TlsConfig { certificate: Some(path), .. }) => of_file(path),
        Some(_) => match Folder::new(&place.data).identity()? {
            Some(identity) => Ok(identity.certificate),
            None => bail!("the ACME server has issued no certificate yet"),
        },
    }
}

fn of_file(path: &Path) -> anyhow::Result<Certificate> {
    let chain = read("certificate", path)?;
    let first = chain.first().and_then(|first| Certificate::parse(first));
    first.with_context(|| format!("{} begins with no X.509 certificate", path.display()))
}

async fn publish(state: &State, set: Set) -> anyhow::Result<Set> {
    let mut book = Book::open(&state.data)?;
    state.journal.append_durable(&catalogue::pins_published(state.clock.now(), CLI, &set)).await?;
    Ok(book.publish(set)?.clone())
}

async fn retire(state: &State, id: &str) -> anyhow::Result<()> {
    let mut book = Book::open(&state.data)?;
    if book.sets.iter().all(|set| set.id != id) {
        return Err(PinError::Unknown(id.chars().take(64).collect()).into());
    }
    let now = state.clock.now();
    state.journal.append_durable(&catalogue::pins_retired(now, CLI, id)).await?;
    Ok(book.retire(id, now)?)
}
