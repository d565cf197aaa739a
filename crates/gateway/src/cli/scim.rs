//! `portcullis scim`: provisioning by identity providers.

use std::process::ExitCode;

use jiff::SignedDuration;

use super::Place;
use super::output::{BAD, DIM, GOOD, STRONG, WARN, json_pretty, line};
use crate::app::State;
use crate::auth::scim::TokenInfo;
use crate::event::DEFAULT_TENANT;

/// Who did it, as the audit log names it.
const CLI: &str = "cli";

/// Let an identity provider make, change and deactivate users and groups (SCIM 2.0).
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Make, list and revoke the tokens of identity providers.
    #[command(subcommand)]
    Token(Token),
}

#[derive(Debug, clap::Subcommand)]
enum Token {
    /// Make a token. It is shown once, and opens `/scim/v2` for one tenant and nothing else.
    Create {
        /// The id of the tenant.
        #[arg(long, default_value = DEFAULT_TENANT)]
        tenant: String,
        /// A name for people.
        #[arg(long, default_value = "identity provider")]
        name: String,
        /// How long it is valid, at most 3 years (`8760h` is one).
        #[arg(long, default_value = "8760h")]
        expires: SignedDuration,
        /// Print the token alone.
        #[arg(long, short)]
        quiet: bool,
        /// Print the token as JSON.
        #[arg(long, conflicts_with = "quiet")]
        json: bool,
    },
    /// List all tokens. The tokens themselves are nowhere.
    List {
        /// Print the list as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Revoke a token, at once.
    Revoke {
        /// The id of the token (`scim_…`).
        id: String,
    },
}

pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<ExitCode> {
    let state = State::open(&place.load()?, &place.data).await?;
    let Verb::Token(verb) = args.verb;
    let done = act(&state, verb).await;
    state.close().await?;
    done.map(|()| ExitCode::SUCCESS)
}

async fn act(state: &State, verb: Token) -> anyhow::Result<()> {
    match verb {
        Token::Create { tenant, name, expires, quiet, json } => {
            let (token, info) = state.scim.create_token(&tenant, &name, expires, CLI).await?;
            if json {
                return json_pretty(
                    &serde_json::json!({ "id": info.id, "token": token, "expires_at": info.expires_at }),
                );
            }
            if quiet {
                return line(token);
            }
            line(format_args!("{STRONG}{token}{STRONG:#}"))?;
            line(format_args!("{DIM}it is not shown again: only a hash of it is stored{DIM:#}"))
        }
        Token::List { json: true } => json_pretty(&state.scim.tokens().await?),
        Token::List { json: false } => {
            let now = state.clock.now();
            state.scim.tokens().await?.iter().try_for_each(|token| list_one(token, now))
        }
        Token::Revoke { id } => {
            state.scim.revoke_token(&id, CLI).await?;
            line(format_args!("{GOOD}revoked{GOOD:#} {id}"))
        }
    }
}

fn list_one(token: &TokenInfo, now: jiff::Timestamp) -> anyhow::Result<()> {
    let (style, state) = match token.revoked_at {
        Some(_) => (BAD, "revoked".to_owned()),
        None if token.expires_at <= now => (BAD, "ended".to_owned()),
        None => (WARN, format!("ends {:.0}", token.expires_at)),
    };
    let used = token.used_at.map_or("never used".to_owned(), |at| format!("used {at:.0}"));
    line(format_args!(
        "{}  {style}{state:<26}{style:#} {STRONG}{}{STRONG:#}  {}  {DIM}of {}; {used}{DIM:#}",
        token.id, token.name, token.hint, token.tenant
    ))
}
