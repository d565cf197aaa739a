//! `portcullis client`: clients of the OAuth provider.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

use super::Place;
use super::output::{DIM, GOOD, STRONG, json_pretty, line};
use crate::app::State;
use crate::auth::jwt::revocation::Subject;
use crate::auth::oauth2::client::{Client, DEVICE, EXCHANGE, Method, NewClient, Origin, Registered};
use crate::auth::oauth2::client_key::KeySet;
use crate::auth::oauth2::invitation::Invitation;

/// Who acts, as the audit log names them.
const CLI: &str = "cli";

/// Register, list and remove clients of the OAuth provider.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Register a client. A secret is shown once.
    Create(Create),
    /// List all clients, oldest first.
    List {
        /// Print the list as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show a client.
    Show {
        /// Its id.
        id: String,
        /// Print it as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Remove a client; its sessions and tokens end.
    Delete {
        /// Its id.
        id: String,
    },
    /// Let somebody register clients over HTTP (`auth.oauth.registration = "token"`). The token is shown once.
    Invite {
        /// Whose the clients will be.
        #[arg(long, default_value = "default")]
        tenant: String,
        /// How many clients may be registered.
        #[arg(long, default_value_t = 1)]
        uses: i64,
        /// How long it holds.
        #[arg(long, default_value_t = 24)]
        hours: i64,
        /// Print it as JSON.
        #[arg(long)]
        json: bool,
    },
    /// List invitations that hold.
    Invitations {
        /// Print the list as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Take an invitation back.
    Withdraw {
        /// Its id.
        id: String,
    },
    /// Give a client that signs other public keys; what the old ones sign is not taken any more.
    ReplaceKeys {
        /// Its id.
        id: String,
        /// A file with its public keys, as a JWK set.
        #[arg(long, value_name = "FILE")]
        jwks: PathBuf,
    },
    /// Give a client another secret; the old one ends at once.
    RotateSecret {
        /// Its id.
        id: String,
        /// Print it as JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, clap::Args)]
struct Create {
    /// A name, which people see when they are asked.
    #[arg(long)]
    name: String,
    /// Whose it is; only people of this tenant can use it.
    #[arg(long, default_value = "default")]
    tenant: String,
    /// It cannot keep a secret: an app on a phone, a desktop, or in a browser.
    #[arg(long)]
    public: bool,
    /// Send the secret in the form rather than in `Authorization`.
    #[arg(long, conflicts_with = "public")]
    secret_post: bool,
    /// It signs with a key instead of having a secret: a file with its public keys, as a JWK set.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["public", "secret_post"])]
    jwks: Option<PathBuf>,
    /// It shows a certificate instead of having a secret: the DNS name in it (`server.tls.client_ca` says from whom).
    #[arg(long, value_name = "NAME", conflicts_with_all = ["public", "secret_post", "jwks"])]
    certificate_name: Option<String>,
    /// Where answers may go, exactly. Can be repeated.
    #[arg(long = "redirect")]
    redirects: Vec<String>,
    /// Where people may be sent after a logout, exactly. Can be repeated.
    #[arg(long = "logout-redirect")]
    logouts: Vec<String>,
    /// Where it is told that a login ended (OpenID Back-Channel Logout).
    #[arg(long = "backchannel-logout", value_name = "URL")]
    backchannel_logout: Option<String>,
    /// What it may exchange for tokens; `device` and `exchange` are short for the grants of RFC 8628
    /// and RFC 8693.
    #[arg(long, value_delimiter = ',', default_value = "authorization_code,refresh_token")]
    grants: Vec<String>,
    /// What it may ask for.
    #[arg(long, value_delimiter = ',', default_value = "openid,inference")]
    scopes: Vec<String>,
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
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
            is_tenant(state, &create.tenant).await?;
            let json = create.json;
            registered(&state.oauth.create_client(new(create)?, CLI).await?, json)
        }
        Verb::List { json: true } => json_pretty(&state.oauth.clients().await?),
        Verb::List { json: false } => state.oauth.clients().await?.iter().try_for_each(show),
        Verb::Show { id, json: true } => json_pretty(&state.oauth.client(&id).await?),
        Verb::Show { id, json: false } => show(&state.oauth.client(&id).await?),
        Verb::Delete { id } => {
            state.oauth.delete_client(&id, CLI).await?;
            state.tokens.revoke(&Subject::Client(id.clone()), "client_deleted", CLI).await?;
            line(format_args!("{GOOD}removed{GOOD:#} {id}"))
        }
        Verb::Invite { tenant, uses, hours, json } => {
            is_tenant(state, &tenant).await?;
            let invited = state.oauth.invite(&tenant, (uses, hours), CLI).await?;
            if json {
                return json_pretty(&invited);
            }
            invitation(&invited.invitation)?;
            line(format_args!("{STRONG}{}{STRONG:#}", invited.initial_access_token))?;
            line(format_args!("{DIM}it is not shown again: only a hash of it is stored{DIM:#}"))
        }
        Verb::Invitations { json: true } => json_pretty(&state.oauth.invitations().await?),
        Verb::Invitations { json: false } => state.oauth.invitations().await?.iter().try_for_each(invitation),
        Verb::Withdraw { id } => {
            state.oauth.withdraw_invitation(&id, CLI).await?;
            line(format_args!("{GOOD}withdrawn{GOOD:#} {id}"))
        }
        Verb::ReplaceKeys { id, jwks } => show(&state.oauth.replace_keys(&id, keys(&jwks)?, CLI).await?),
        Verb::RotateSecret { id, json } => registered(&state.oauth.rotate_secret(&id, CLI).await?, json),
    }
}

async fn is_tenant(state: &State, id: &str) -> anyhow::Result<()> {
    if state.users.tenants().await?.iter().any(|tenant| tenant.id == id) {
        return Ok(());
    }
    anyhow::bail!("there is no tenant `{id}`; `portcullis tenant list` shows those that exist")
}

fn invitation(invitation: &Invitation) -> anyhow::Result<()> {
    let Invitation { id, tenant, uses_left, ends_at, .. } = invitation;
    line(format_args!("{id}  {tenant}  {uses_left} left  {DIM}until {ends_at}{DIM:#}"))
}

fn new(create: Create) -> anyhow::Result<NewClient> {
    let long = |grant: String| match grant.as_str() {
        "device" => DEVICE.to_owned(),
        "exchange" => EXCHANGE.to_owned(),
        _ => grant,
    };
    let jwks = create.jwks.as_deref().map(keys).transpose()?;
    Ok(NewClient {
        tenant: create.tenant,
        name: create.name,
        auth_method: match (create.public, create.secret_post) {
            _ if jwks.is_some() => Method::Key,
            _ if create.certificate_name.is_some() => Method::Certificate,
            (true, _) => Method::None,
            (false, true) => Method::Post,
            (false, false) => Method::Basic,
        },
        redirect_uris: create.redirects,
        logout_uris: create.logouts,
        grants: create.grants.into_iter().map(long).collect(),
        scopes: create.scopes,
        jwks,
        certificate_name: create.certificate_name,
        backchannel_logout_uri: create.backchannel_logout,
        origin: Origin::Operator,
    })
}

fn keys(file: &Path) -> anyhow::Result<KeySet> {
    let text = std::fs::read_to_string(file).with_context(|| format!("--jwks: {} cannot be read", file.display()))?;
    KeySet::parse(&text).map_err(|why| anyhow::anyhow!("--jwks: {}: {why}", file.display()))
}

fn registered(registered: &Registered, json: bool) -> anyhow::Result<()> {
    if json {
        return json_pretty(registered);
    }
    show(&registered.client)?;
    let Some(secret) = &registered.client_secret else { return Ok(()) };
    line(format_args!("{STRONG}{secret}{STRONG:#}"))?;
    line(format_args!("{DIM}it is not shown again: only a hash of it is stored{DIM:#}"))
}

fn show(client: &Client) -> anyhow::Result<()> {
    line(format_args!(
        "{}  {STRONG}{}{STRONG:#}  {}  {}  {DIM}{}; {}{DIM:#}",
        client.id,
        client.name,
        client.auth_method.name(),
        client.scopes.join(","),
        client.grants.join(","),
        client.redirect_uris.join(" ")
    ))
}
