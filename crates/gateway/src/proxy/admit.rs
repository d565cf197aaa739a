//! The first steps of the path: who asks, for what, and may they.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{HeaderMap, Request};
use hyper::body::Incoming;
use wire::{Dialect, Limits, Surface};

use super::authenticate::authenticate;
use super::config::{ModelConfig, ProviderKind};
use super::engine::Engine;
use super::exchange::Exchange;
use super::upstream::Target;
use crate::api::limit::{Asker, Demand, Price, Usage, estimate};
use crate::app::{App, Live};
use crate::auth::Identity;
use crate::data::access::{Action, Kind, Permit, Resource};
use crate::error::Failure;
use crate::http::peer::Peer;
use crate::http::{body, header};
use crate::input::harden;
use crate::model::policy::scope::Asked;

/// Who makes keys on the command line.
const CLI: &str = "cli";

/// A request that may be served.
pub struct Admitted {
    /// The policy with its detectors.
    pub engine: Arc<Engine>,
    /// Who asks.
    pub identity: Arc<Identity>,
    /// The proof that they may.
    pub permit: Permit,
    /// Who can serve it, in order. Empty for what is answered locally.
    pub targets: Vec<Target>,
    /// What they ask.
    pub request: wire::Request,
    /// What goes on to the provider.
    pub headers: HeaderMap,
}

/// Authenticates, reads, parses, authorizes and reserves.
///
/// # Errors
/// When any of these says no.
pub async fn admit(
    app: &Arc<App>,
    surface: Surface,
    request: Request<Incoming>,
    exchange: &mut Exchange,
) -> Result<Admitted, Failure> {
    let begun = Instant::now();
    let live = app.live();
    let server = &live.config.server;
    let stranger = stranger(surface, request.extensions().get().map(|Peer(address)| *address));
    if let Err(error) = app.ledger.knock(&stranger) {
        body::discard(request, server.body_bytes_max).await;
        return Err(error.into());
    }
    let identity = match authenticate(app, &request).await {
        Ok(identity) => identity,
        Err(failure) => {
            app.ledger.count_stranger(&stranger);
            body::discard(request, server.body_bytes_max).await;
            return Err(failure);
        }
    };
    exchange.record.actor = Some(identity.actor.clone());
    exchange.record.tenant.clone_from(&identity.tenant);
    let headers = header::onward(request.headers());
    exchange.worked(begun.elapsed());
    let timeout = Duration::from_secs(server.body_timeout_s);
    let bytes = body::read(request, server.body_bytes_max, timeout).await?;
    let begun = Instant::now();
    exchange.record.request_bytes = bytes.len() as u64;
    exchange.keep("request", &bytes);
    let limits = Limits { bytes: server.body_bytes_max, depth: server.json_depth_max, leaves: server.json_values_max };
    let body_bytes = bytes.len() as u64;
    let request = wire::Request::parse(surface, bytes, &limits)?;
    let (permit, targets) = permit((app, &live), &identity, surface, &request, exchange)?;
    let user = user(&identity);
    let standing = app.users().standing(user);
    let asker = Asker {
        key: &identity.actor,
        key_name: &identity.name,
        user,
        team: standing.as_ref().and_then(|standing| standing.team.as_deref()),
        tenant: &identity.tenant,
        model: &exchange.record.model,
        ..stranger
    };
    let roles = app.access.roles_held(&identity.actor, identity.owner.as_deref(), &identity.tenant);
    let engine = live
        .engine(Asked {
            key: &identity.name,
            app: identity.app.as_deref(),
            roles: &roles,
            model: request.model(),
            route: surface.path(),
        })
        .clone();
    exchange.record.policy.clone_from(&engine.policy.config.name);
    exchange.record.policy_version.clone_from(&engine.policy.version);
    let sent_bytes = body_bytes + harden::bytes_max(&engine.policy.config.harden, &request);
    let demand = demand(live.model(&exchange.record.model), &targets, &request, sent_bytes);
    let reservation = app.ledger.reserve(&permit, &asker, demand).await?;
    exchange.hold(reservation);
    exchange.worked(begun.elapsed());
    Ok(Admitted { engine, identity, permit, targets, request, headers })
}

/// Who asks before it is known who does.
fn stranger(surface: Surface, address: Option<IpAddr>) -> Asker<'static> {
    let route = surface.path();
    Asker { address, key: "", key_name: "", user: "", team: None, tenant: "", model: "", route }
}

/// The person behind a key or a token; a key that the command line made stands for itself.
fn user(identity: &Identity) -> &str {
    identity.owner.as_deref().filter(|owner| *owner != CLI).unwrap_or(&identity.actor)
}

/// What a request may use at most. What is answered here, or not written by a model, writes nothing.
fn demand(model: Option<&ModelConfig>, targets: &[Target], request: &wire::Request, body_bytes: u64) -> Demand {
    let (Some(model), false) = (model, request.surface() == Surface::CountTokens) else { return Demand::default() };
    let opaque = request.uninspectable().len() as u64;
    let writes = request.surface().can_stream();
    let choices = u64::from(request.choices());
    let output = estimate::output_tokens(request.output_tokens_max(), model.output_tokens_max, choices);
    let usage = Usage {
        input_tokens: estimate::input_tokens(body_bytes, opaque, model.bytes_per_token),
        output_tokens: if writes { output } else { 0 },
    };
    let price = targets.iter().map(|target| target.price).fold(Price::default(), Price::max);
    Demand { usage, price }
}

fn permit(
    (app, live): (&App, &Live),
    identity: &Identity,
    surface: Surface,
    request: &wire::Request,
    exchange: &mut Exchange,
) -> Result<(Permit, Vec<Target>), Failure> {
    if surface == Surface::Moderations {
        exchange.record.model = "portcullis".to_owned();
        let route = Resource::new(Kind::Route, surface.path(), &identity.tenant);
        return Ok((app.access.authorize(identity, Action::ModerationUse, &route)?, Vec::new()));
    }
    let asked = request.model();
    if asked.is_empty() {
        return Err(Failure::Request("`model` is required: `GET /v1/models` lists those that exist"));
    }
    // Authorization first: who may not use a model is not told whether it exists.
    let wanted = Resource::new(Kind::Model, asked, &identity.tenant);
    let permit = app.access.authorize(identity, Action::ModelInfer, &wanted)?;
    let model = live.model(asked).ok_or_else(|| Failure::NoModel(asked.chars().take(128).collect()))?;
    exchange.record.model.clone_from(&model.name);
    let speaks = match surface.dialect() {
        Dialect::OpenAi => ProviderKind::Openai,
        Dialect::Anthropic => ProviderKind::Anthropic,
    };
    let targets: Vec<Target> =
        live.targets(model, asked).into_iter().filter(|target| target.provider.kind == speaks).collect();
    if targets.is_empty() {
        return Err(Failure::WrongSurface { model: model.name.clone(), path: surface.path() });
    }
    Ok((permit, targets))
}
