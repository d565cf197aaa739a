//! `portcullis user`: people and service accounts.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use super::Place;
use super::output::{BAD, DIM, GOOD, STRONG, WARN, json_pretty, line};
use crate::app::State;
use crate::auth::user::{NewUser, Status, UserInfo};
use crate::event::DEFAULT_TENANT;

/// Who did it, as the audit log names it.
const CLI: &str = "cli";

/// Invite, list, deactivate and import users.
///
/// A person is invited by mail and chooses a password; nobody else ever sees or sets it. Links go out as `[mail]` says
/// and lead to `auth.public_url`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Invite somebody. The link in the letter works once, within 7 days; inviting again sends another.
    Invite(Invite),
    /// Make a service account, which has no password: it is for API keys.
    Service(Service),
    /// List all users.
    List {
        /// Print the list as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show one user.
    Show {
        /// The id of the user (`usr_…`).
        id: String,
        /// Print the user as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Keep a user out. All sessions end.
    Deactivate {
        /// The id of the user.
        id: String,
    },
    /// Let a user in again who was kept out.
    Reactivate {
        /// The id of the user.
        id: String,
    },
    /// Give a user a role, or take one away.
    #[command(subcommand)]
    Role(Role),
    /// Send a link to choose another password, within 15 minutes. The old one stays valid until then.
    Recover {
        /// The id of the user.
        id: String,
    },
    /// Send a link that proves the e-mail address.
    Verify {
        /// The id of the user.
        id: String,
    },
    /// Look at, or take away, the second factors of a user.
    #[command(subcommand)]
    Factor(FactorVerb),
    /// Import users with the hashes of their passwords.
    ///
    /// One JSON object a line: `{"email": "ada@example.com", "name": "Ada", "roles": ["user"], "hash": "$2b$12$…"}`.
    /// Hashes are bcrypt, Argon2id, scrypt or PBKDF2; each is made anew at the first login.
    Import {
        /// The file.
        file: PathBuf,
        /// The id of the tenant.
        #[arg(long, default_value = DEFAULT_TENANT)]
        tenant: String,
        /// Print the outcome as JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, clap::Subcommand)]
enum Role {
    /// Give a user a role. All sessions end; the next login has it.
    Add {
        /// The id of the user.
        id: String,
        /// The role: owner, admin, analyst, reviewer, auditor, developer, app, user.
        role: String,
    },
    /// Take a role from a user. All sessions end, and keys of the user lose it within a second.
    Remove {
        /// The id of the user.
        id: String,
        /// The role.
        role: String,
    },
}

#[derive(Debug, clap::Subcommand)]
enum FactorVerb {
    /// List the second factors of a user.
    List {
        /// The id of the user.
        id: String,
        /// Print the list as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Remove all second factors of a user who has lost them. All sessions end.
    ///
    /// Make sure first that it is really the user who asks: afterwards the password alone is enough, or, for a role that
    /// asks for a second factor, to set a new one up.
    Reset {
        /// The id of the user.
        id: String,
    },
}

#[derive(Debug, clap::Args)]
struct Invite {
    /// The e-mail address.
    email: String,
    /// The name.
    #[arg(long)]
    name: String,
    /// The roles: owner, admin, analyst, reviewer, auditor, developer, app, user.
    #[arg(long, value_delimiter = ',', default_value = "user")]
    roles: Vec<String>,
    /// The id of the tenant.
    #[arg(long, default_value = DEFAULT_TENANT)]
    tenant: String,
    /// The id of the team.
    #[arg(long)]
    team: Option<String>,
    /// Print the user as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct Service {
    /// The name.
    name: String,
    /// The roles.
    #[arg(long, value_delimiter = ',', default_value = "app")]
    roles: Vec<String>,
    /// The id of the tenant.
    #[arg(long, default_value = DEFAULT_TENANT)]
    tenant: String,
    /// The id of the team.
    #[arg(long)]
    team: Option<String>,
    /// Print the account as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<ExitCode> {
    let state = State::open(&place.load()?, &place.data).await?;
    let done = act(&state, args.verb).await;
    state.close().await?;
    done
}

async fn act(state: &State, verb: Verb) -> anyhow::Result<ExitCode> {
    let users = &state.users;
    match verb {
        Verb::Invite(Invite { email, name, roles, tenant, team, json }) => {
            let user = users.invite(&NewUser { tenant, team, email, name, roles }, CLI).await?;
            show(&user, json, "invited")?;
        }
        Verb::Service(Service { name, roles, tenant, team, json }) => {
            let new = NewUser { tenant, team, email: String::new(), name, roles };
            show(&users.create_service(&new, CLI).await?, json, "made")?;
        }
        Verb::List { json: true } => json_pretty(&users.list().await?)?,
        Verb::List { json: false } => users.list().await?.iter().try_for_each(list_one)?,
        Verb::Show { id, json } => show_whole(state, &id, json).await?,
        Verb::Deactivate { id } => {
            users.deactivate(&id, CLI).await?;
            line(format_args!("{GOOD}deactivated{GOOD:#} {id}"))?;
        }
        Verb::Reactivate { id } => {
            users.reactivate(&id, CLI).await?;
            line(format_args!("{GOOD}reactivated{GOOD:#} {id}"))?;
        }
        Verb::Role(Role::Add { id, role }) => show(&users.add_role(&id, &role, CLI).await?, false, "given")?,
        Verb::Role(Role::Remove { id, role }) => show(&users.remove_role(&id, &role, CLI).await?, false, "taken")?,
        Verb::Recover { id } => {
            users.recover(&users.show(&id).await?, CLI).await?;
            line(format_args!("{GOOD}sent{GOOD:#} a link to {id}"))?;
        }
        Verb::Verify { id } => {
            users.send_verification(&users.show(&id).await?, CLI).await?;
            line(format_args!("{GOOD}sent{GOOD:#} a link to {id}"))?;
        }
        Verb::Factor(verb) => factor(state, verb).await?,
        Verb::Import { file, tenant, json } => return import(state, &file, &tenant, json).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn factor(state: &State, verb: FactorVerb) -> anyhow::Result<()> {
    match verb {
        FactorVerb::List { id, json } => {
            let (factors, left) = state.factors.list(&state.users.show(&id).await?).await?;
            if json {
                return json_pretty(&serde_json::json!({ "factors": factors, "recovery_codes_left": left }));
            }
            for own in factors {
                let used = own.used_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
                let kept = if own.backed_up == Some(true) { ", in a backup" } else { "" };
                let (id, kind, name) = (&own.id, own.kind(), &own.name);
                line(format_args!("{id}  {STRONG}{name}{STRONG:#}  {kind}{kept}  {DIM}used: {used}{DIM:#}"))?;
            }
            line(format_args!("{left} recovery codes left"))
        }
        FactorVerb::Reset { id } => {
            state.factors.reset(&state.users.show(&id).await?, CLI).await?;
            line(format_args!("{GOOD}removed{GOOD:#} all second factors of {id}"))
        }
    }
}

async fn import(state: &State, file: &std::path::Path, tenant: &str, json: bool) -> anyhow::Result<ExitCode> {
    let lines = BufReader::new(File::open(file).with_context(|| format!("{} cannot be read", file.display()))?);
    let report = state.users.import(lines, tenant, CLI).await?;
    let code = if report.refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    if json {
        json_pretty(&report)?;
        return Ok(code);
    }
    line(format_args!("{GOOD}imported{GOOD:#} {}", report.imported))?;
    for (number, why) in &report.refused {
        line(format_args!("{BAD}refused{BAD:#} line {number}: {why}"))?;
    }
    Ok(code)
}

/// One user, with the identities at outside providers.
async fn show_whole(state: &State, id: &str, json: bool) -> anyhow::Result<()> {
    let user = state.users.show(id).await?;
    let identities = state.outside.list(id).await?;
    if json {
        let mut whole = serde_json::to_value(&user)?;
        whole["identities"] = serde_json::to_value(&identities)?;
        return json_pretty(&whole);
    }
    list_one(&user)?;
    for own in identities {
        let used = own.used_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
        line(format_args!(
            "  {}  {STRONG}{}{STRONG:#}  {}  {DIM}used: {used}{DIM:#}",
            own.id, own.provider, own.subject
        ))?;
    }
    Ok(())
}

fn show(user: &UserInfo, json: bool, verb: &str) -> anyhow::Result<()> {
    if json {
        return json_pretty(user);
    }
    if !verb.is_empty() {
        line(format_args!("{GOOD}{verb}{GOOD:#} {}", user.id))?;
    }
    list_one(user)
}

fn list_one(user: &UserInfo) -> anyhow::Result<()> {
    let style = match user.status {
        Status::Active => GOOD,
        Status::Invited => WARN,
        Status::Deactivated => BAD,
    };
    line(format_args!(
        "{}  {style}{:<11}{style:#} {STRONG}{}{STRONG:#}  {}  {DIM}{}; {}{DIM:#}",
        user.id,
        user.status.name(),
        user.name,
        user.email.as_deref().unwrap_or("-"),
        user.roles.join(","),
        user.tenant
    ))
}
