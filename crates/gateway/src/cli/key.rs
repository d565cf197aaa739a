//! `portcullis key`: API keys.

use std::process::ExitCode;

use jiff::{SignedDuration, Timestamp};

use super::Place;
use super::output::{BAD, DIM, GOOD, STRONG, WARN, json_pretty, line};
use crate::app::State;
use crate::auth::key::{KeyInfo, LIFE, NewKey};

/// Make, list, rotate and revoke API keys.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Make a key. It is shown once.
    Create(Create),
    /// List all keys. The keys themselves are nowhere.
    List {
        /// Print the list as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make a key in the place of another, which stays valid for the overlap.
    Rotate {
        /// The id of the key to replace.
        id: String,
        /// How long the old key stays valid (`24h`, `30m`, `0s`).
        #[arg(long, default_value = "24h")]
        overlap: SignedDuration,
        #[command(flatten)]
        form: Form,
    },
    /// Revoke a key. Running gateways notice within a second.
    Revoke {
        /// The id of the key.
        id: String,
    },
}

#[derive(Debug, clap::Args)]
struct Create {
    /// A name for people, and for `scope` in policies.
    #[arg(long)]
    name: String,
    /// Whose key it is: the id of a user (`usr_…`) or a service account (`svc_…`). It can do at most what they can, and
    /// stops with them. Left out, it is yours, the operator's of this machine.
    #[arg(long)]
    owner: Option<String>,
    /// The app that the key belongs to.
    #[arg(long)]
    app: Option<String>,
    /// What the key may do: `inference`, `admin`, or names of actions (`audit.read`; docs/roles.txt lists them).
    #[arg(long, value_delimiter = ',', default_value = "inference")]
    scopes: Vec<String>,
    /// The models that the key may use; all when left out. A `*` at the end stands for any rest.
    #[arg(long, value_delimiter = ',')]
    models: Option<Vec<String>>,
    /// When the key ends: a time (`2027-01-31T00:00:00Z`), a span from now (`720h`), or `never`; after 90 days when left
    /// out.
    #[arg(long, value_parser = end)]
    expires: Option<End>,
    #[command(flatten)]
    form: Form,
}

/// How a key is shown.
#[derive(Debug, clap::Args)]
struct Form {
    /// Print the key alone.
    #[arg(long, short)]
    quiet: bool,
    /// Print the key as JSON.
    #[arg(long, conflicts_with = "quiet")]
    json: bool,
}

/// When a key ends.
#[derive(Debug, Clone, Copy)]
enum End {
    At(Timestamp),
    In(SignedDuration),
    Never,
}

fn end(text: &str) -> Result<End, String> {
    if text == "never" {
        return Ok(End::Never);
    }
    let at = text.parse().map(End::At);
    at.or_else(|_| text.parse().map(End::In))
        .map_err(|_| "neither a time, nor a span such as `720h`, nor `never`".to_owned())
}

pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<ExitCode> {
    let state = State::open(&place.load()?, &place.data).await?;
    let done = act(&state, args.verb).await;
    state.close().await?;
    done.map(|()| ExitCode::SUCCESS)
}

async fn act(state: &State, verb: Verb) -> anyhow::Result<()> {
    match verb {
        Verb::Create(create) => {
            let expires_at = match create.expires.unwrap_or(End::In(LIFE)) {
                End::At(at) => Some(at),
                End::In(span) => Some(state.clock.now().checked_add(span)?),
                End::Never => None,
            };
            let new = NewKey {
                name: create.name,
                owner: create.owner,
                app: create.app,
                scopes: create.scopes,
                models: create.models,
                expires_at,
                given: None,
            };
            show(&state.keys.create(new).await?, &create.form)
        }
        Verb::List { json: true } => json_pretty(&state.keys.list().await?),
        Verb::List { json: false } => {
            let now = state.clock.now();
            state.keys.list().await?.iter().try_for_each(|key| list_one(key, now))
        }
        Verb::Rotate { id, overlap, form } => show(&state.keys.rotate(&id, overlap).await?, &form),
        Verb::Revoke { id } => {
            state.keys.revoke(&id).await?;
            line(format_args!("{GOOD}revoked{GOOD:#} {id}"))
        }
    }
}

fn show(key: &str, form: &Form) -> anyhow::Result<()> {
    if form.json {
        return json_pretty(&serde_json::json!({ "key": key }));
    }
    if form.quiet {
        return line(key);
    }
    line(format_args!("{STRONG}{key}{STRONG:#}"))?;
    line(format_args!("{DIM}it is not shown again: only a hash of it is stored{DIM:#}"))
}

fn list_one(key: &KeyInfo, now: Timestamp) -> anyhow::Result<()> {
    let (style, state) = match (key.revoked_at, key.expires_at) {
        (Some(_), _) => (BAD, "revoked".to_owned()),
        (None, Some(at)) if at <= now => (BAD, "ended".to_owned()),
        (None, Some(at)) => (WARN, format!("ends {at:.0}")),
        (None, None) => (GOOD, "never ends".to_owned()),
    };
    let models = key.models.as_ref().map_or("all models".to_owned(), |models| models.join(","));
    let used = key.last_used_at.map_or("never used".to_owned(), |at| format!("used {at:.0}"));
    line(format_args!(
        "{}  {style}{state:<26}{style:#} {STRONG}{}{STRONG:#}  {}  {DIM}of {}; {used}; {}; {models}{DIM:#}",
        key.id,
        key.name,
        key.hint,
        key.owner,
        key.scopes.join(",")
    ))
}
