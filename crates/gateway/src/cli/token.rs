//! `portcullis token`: access and refresh tokens of people, and the keys that sign them.

use std::io::Read as _;
use std::process::ExitCode;

use super::Place;
use super::output::{BAD, DIM, GOOD, STRONG, WARN, json_pretty, line};
use crate::app::State;
use crate::auth::jwt::Explained;
use crate::auth::jwt::binding::Binding;
use crate::auth::jwt::keys::{KeyState, SigningKeyInfo};
use crate::auth::jwt::revocation::Subject;
use crate::auth::session::NewSession;
use crate::event::catalogue;

/// Who acts, as the audit log names them.
const CLI: &str = "cli";

/// Issue, explain and revoke tokens of people; rotate the keys that sign them.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Begin a session and print its access and refresh token as JSON.
    Issue(Issue),
    /// Read an access token from standard input and say what each check finds.
    Verify {
        /// Print what is found as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Revoke all tokens of somebody, and end their sessions. Running gateways refuse them within a second.
    Revoke(Revoke),
    /// The keys that sign access tokens.
    Keys {
        #[command(subcommand)]
        verb: Keys,
    },
}

#[derive(Debug, clap::Args)]
struct Issue {
    /// The person (`usr_…`).
    #[arg(long)]
    user: String,
    /// What the tokens may be used for.
    #[arg(long, value_delimiter = ',', default_value = "inference")]
    scopes: Vec<String>,
    /// Whose the person is.
    #[arg(long, default_value = crate::event::DEFAULT_TENANT)]
    tenant: String,
    /// The client that the tokens are for.
    #[arg(long, default_value = CLI)]
    client: String,
    /// The thumbprint of a DPoP key: only its holder can use the tokens.
    #[arg(long, value_name = "THUMBPRINT")]
    bind_jkt: Option<String>,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Revoke {
    /// One session.
    #[arg(long)]
    sid: Option<String>,
    /// One person.
    #[arg(long)]
    user: Option<String>,
    /// One client.
    #[arg(long)]
    client: Option<String>,
    /// One tenant.
    #[arg(long)]
    tenant: Option<String>,
    /// Everybody.
    #[arg(long)]
    all: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Keys {
    /// List all keys, oldest first.
    List {
        /// Print the list as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make the next key. It signs once others can have read it; what the last one signed stays valid.
    Rotate {
        /// A key is out: sign with a new one at once, and revoke all others.
        #[arg(long)]
        emergency: bool,
        /// Print the new key as JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<ExitCode> {
    let state = State::open(&place.load()?, &place.data).await?;
    let done = act(&state, args.verb).await;
    state.close().await?;
    done
}

async fn act(state: &State, verb: Verb) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::Issue(issue) => {
            let new = session(issue);
            let event = catalogue::token_issued(state.clock.now(), &new.user, &new.client, &new.scopes).by(CLI);
            state.journal.append_durable(&event).await?;
            json_pretty(&state.tokens.begin(&new, CLI).await?)?;
        }
        Verb::Verify { json } => return verify(state, json),
        Verb::Revoke(revoke) => {
            let subject = subject(revoke);
            state.tokens.revoke(&subject, "revoked by an operator", CLI).await?;
            line(format_args!("{GOOD}revoked{GOOD:#} {} {}", subject.kind(), subject.id()))?;
        }
        Verb::Keys { verb: Keys::List { json } } => {
            let keys = state.tokens.keys.list().await?;
            if json { json_pretty(&keys)? } else { keys.iter().try_for_each(show)? }
        }
        Verb::Keys { verb: Keys::Rotate { emergency, json } } => {
            let key = state.tokens.keys.rotate(emergency, CLI).await?;
            if json { json_pretty(&key)? } else { show(&key)? }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn session(issue: Issue) -> NewSession {
    NewSession {
        user: issue.user,
        tenant: issue.tenant,
        client: issue.client,
        scopes: issue.scopes,
        binding: issue.bind_jkt.map(Binding::Key),
        ..NewSession::default()
    }
}

fn subject(revoke: Revoke) -> Subject {
    let Revoke { sid, user, client, tenant, all: _ } = revoke;
    let named = sid.map(Subject::Session).or(user.map(Subject::User)).or(client.map(Subject::Client));
    // The command line lets exactly one through.
    named.or(tenant.map(Subject::Tenant)).unwrap_or(Subject::All)
}

fn verify(state: &State, json: bool) -> anyhow::Result<ExitCode> {
    let mut text = String::new();
    std::io::stdin().take(64 * 1024).read_to_string(&mut text)?;
    let explained = state.tokens.explain(text.trim());
    let code = if explained.failed.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    if json {
        json_pretty(&explained)?;
    } else {
        explain(&explained)?;
    }
    Ok(code)
}

fn explain(explained: &Explained) -> anyhow::Result<()> {
    explained.passed.iter().try_for_each(|check| line(format_args!("{GOOD}ok{GOOD:#}    {check}")))?;
    if let Some(failed) = &explained.failed {
        return line(format_args!("{BAD}no{BAD:#}    {failed}"));
    }
    json_pretty(&explained.claims)?;
    line("")
}

fn show(key: &SigningKeyInfo) -> anyhow::Result<()> {
    let (style, state) = match key.state {
        KeyState::Next => (WARN, "next"),
        KeyState::Active => (GOOD, "active"),
        KeyState::Retiring => (WARN, "retiring"),
        KeyState::Ended => (DIM, "ended"),
        KeyState::Revoked => (BAD, "revoked"),
    };
    let algorithm = key.algorithm.name();
    line(format_args!(
        "{STRONG}{}{STRONG:#}  {style}{state:<8}{style:#}  {algorithm}  {DIM}signs from {:.0}{DIM:#}",
        key.kid, key.active_at
    ))
}
