//! `portcullis access`: who may do what, why, and what nobody uses.

use std::process::ExitCode;

use serde_json::json;

use super::Place;
use super::output::{BAD, DIM, GOOD, STRONG, json_pretty, line};
use crate::app::State;
use crate::auth::key::KeyInfo;
use crate::auth::user::UserInfo;
use crate::data::access::{Action, Decided, Kind, Proposal, Resource, Unused};

/// Explain decisions, list permissions, and find those that nobody uses.
///
/// Decisions are those of the built-in roles and of `access.policies`, as the gateway would make them now.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Say whether somebody may do something, and which policies decided. The exit code is 1 when they may not.
    Explain {
        /// The id of a user (`usr_…`), a service account (`svc_…`) or an API key.
        principal: String,
        /// The action (`model.infer`; docs/roles.txt lists them).
        action: String,
        /// On what: an id or a name, or `Kind::id` where the action takes several kinds.
        resource: String,
        /// The tenant of the resource; that of who asks when left out.
        #[arg(long)]
        tenant: Option<String>,
        /// Print the decision as JSON.
        #[arg(long)]
        json: bool,
    },
    /// List what somebody may do in their own tenant.
    List {
        /// The id of a user, a service account or an API key.
        principal: String,
        /// Print the list as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show what active users and valid keys may do and did not do, and propose what would be enough.
    ///
    /// Every proposal is tried on the recorded uses before it is shown.
    Unused {
        /// For how many days.
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(i64).range(1..=3650))]
        days: i64,
        /// Print the report as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Whose permissions.
enum Subject {
    User(UserInfo),
    Key(KeyInfo),
}

pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<ExitCode> {
    let state = State::open(&place.load()?, &place.data).await?;
    let done = act(&state, args.verb).await;
    state.close().await?;
    done
}

async fn act(state: &State, verb: Verb) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::Explain { principal, action, resource, tenant, json } => {
            let subject = subject(state, &principal).await?;
            let Some(action) = Action::of(&action) else {
                anyhow::bail!("there is no action `{action}`: docs/roles.txt lists them");
            };
            explain(state, &subject, action, (&resource, tenant.as_deref()), json)
        }
        Verb::List { principal, json } => {
            let actions = match subject(state, &principal).await? {
                Subject::User(user) => state.access.allowed_to_user(&user),
                Subject::Key(key) => state.access.allowed_to_key(&key),
            };
            if json {
                json_pretty(&actions)?;
            } else {
                actions
                    .iter()
                    .try_for_each(|action| line(format_args!("{:<20} {DIM}{}{DIM:#}", action.name(), action.what())))?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Verb::Unused { days, json } => {
            let reports = unused(state, days).await?;
            if json {
                json_pretty(&reports)?;
            } else {
                reports.iter().try_for_each(|report| show(report, days))?;
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn subject(state: &State, id: &str) -> anyhow::Result<Subject> {
    if id.starts_with("usr_") || id.starts_with("svc_") {
        return Ok(Subject::User(state.users.show(id).await?));
    }
    let key = state.keys.list().await?.into_iter().find(|key| key.id == id);
    key.map(Subject::Key).ok_or_else(|| anyhow::anyhow!("there is neither a user nor an API key `{id}`"))
}

fn explain(
    state: &State,
    subject: &Subject,
    action: Action,
    (resource, tenant): (&str, Option<&str>),
    json: bool,
) -> anyhow::Result<ExitCode> {
    let (kind, id) = match resource.split_once("::") {
        None => (action.kind(), resource),
        Some((kind, id)) => {
            (Kind::of(kind).ok_or_else(|| anyhow::anyhow!("there is no kind `{kind}`"))?, id.trim_matches('"'))
        }
    };
    let own = match subject {
        Subject::User(user) => &user.tenant,
        Subject::Key(key) => &key.tenant,
    };
    // A user's tenant is known; of other things, the operator says it.
    let known = (kind == Kind::User).then(|| state.users.tenant_of(id)).flatten();
    let tenant = tenant.or(known.as_deref()).unwrap_or_else(|| kind.tenant(own));
    let resource = Resource::new(kind, id, tenant);
    let decided = match subject {
        Subject::User(user) => state.access.explain_user(user, action, &resource),
        Subject::Key(key) => state.access.explain_key(key, action, &resource),
    };
    let why = why(&decided);
    if json {
        json_pretty(&json!({
            "allowed": decided.is_allowed, "action": action, "resource": format!("{}::{id}", kind.name()),
            "tenant": tenant, "policies": decided.policies, "errors": decided.errors, "why": why,
        }))?;
    } else {
        let (style, word) = if decided.is_allowed { (GOOD, "allow") } else { (BAD, "deny") };
        line(format_args!("{style}{word}{style:#}  {action} on {}::{id} of {tenant}", kind.name()))?;
        decided.policies.iter().chain(&decided.errors).try_for_each(|policy| line(format_args!("  {policy}")))?;
        line(format_args!("{DIM}{why}{DIM:#}"))?;
    }
    Ok(if decided.is_allowed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn why(decided: &Decided) -> &'static str {
    let is = |name: &str| decided.policies.iter().any(|policy| policy.ends_with(name));
    match decided.is_allowed {
        true => "these policies permit it, and none forbids it",
        false if !decided.errors.is_empty() => "a policy failed, and what cannot be decided is denied",
        false if is("builtin#scope") => "no scope of the key covers it",
        false if is("builtin#models") => "the key's list of models does not name it",
        false if is("builtin#standing") => "the key or its user is not valid",
        false if decided.policies.is_empty() => "no policy permits it",
        false => "these policies forbid it, and no other can permit what they forbid",
    }
}

async fn unused(state: &State, days: i64) -> anyhow::Result<Vec<Unused>> {
    let mut reports = Vec::new();
    for user in state.users.list().await? {
        if user.status == crate::auth::user::Status::Active {
            reports.push(state.access.unused_by_user(&user, days).await?);
        }
    }
    let now = state.clock.now();
    for key in state.keys.list().await?.iter().filter(|key| key.is_valid_at(now)) {
        reports.push(state.access.unused_by_key(key, days).await?);
    }
    Ok(reports)
}

fn show(report: &Unused, days: i64) -> anyhow::Result<()> {
    let scopes = report.scopes.as_ref().map_or(String::new(), |scopes| format!("; scopes {}", scopes.join(",")));
    line(format_args!("{STRONG}{}{STRONG:#}  {DIM}{}{scopes}{DIM:#}", report.principal, report.roles.join(",")))?;
    let names = |actions: &[Action]| actions.iter().map(|action| action.name()).collect::<Vec<_>>().join(" ");
    line(format_args!("  used in {days} days: {}", names(&report.used)))?;
    let unused: Vec<Action> = report.unused.iter().map(|(action, _)| *action).collect();
    line(format_args!("  not used: {}", names(&unused)))?;
    match &report.proposal {
        None => line(format_args!("  {GOOD}nothing can be spared{GOOD:#}"))?,
        Some(Proposal::Role(role)) => line(format_args!("  enough: the role `{role}`"))?,
        Some(Proposal::Scopes(scopes)) => line(format_args!("  enough: `--scopes {}`", scopes.join(",")))?,
        Some(Proposal::Policy(text)) => line(format_args!("  enough: no role, and this policy\n{text}"))?,
        Some(Proposal::Nothing) => line("  enough: nothing; it can be taken away")?,
    }
    match &report.replay {
        None => Ok(()),
        Some(replay) => line(format_args!(
            "  {DIM}tried on {} recorded uses: {} used accesses lost{DIM:#}",
            replay.replayed,
            replay.lost.len()
        )),
    }
}
