//! The first steps of the path: who asks, for what, and may they.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{HeaderMap, Request};
use hyper::body::Incoming;
use wire::{Dialect, Limits, Surface};

use super::authenticate::authenticate;
use super::config::ProviderKind;
use super::engine::Engine;
use super::exchange::Exchange;
use super::upstream::Target;
use crate::app::{App, Live};
use crate::auth::Identity;
use crate::data::access::{Action, Kind, Permit, Resource};
use crate::error::Failure;
use crate::http::{body, header};
use crate::model::policy::Asked;

/// Bytes of text that a token stands for, in an estimate.
const BYTES_PER_TOKEN: u64 = 4;
/// Output tokens to reserve when the request names no limit.
const OUTPUT_TOKENS_GUESS: u64 = 1_024;

/// No estimate is larger, whatever a request asks for.
const ESTIMATE_MAX: u64 = 1 << 32;

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
    let identity = match authenticate(app, &request).await {
        Ok(identity) => identity,
        Err(failure) => {
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
    let estimate = bytes.len() as u64 / BYTES_PER_TOKEN;
    let request = wire::Request::parse(surface, bytes, &limits)?;
    let (permit, targets) = permit((app, &live), &identity, surface, &request, exchange)?;
    let output =
        request.output_tokens_max().unwrap_or(OUTPUT_TOKENS_GUESS).saturating_mul(u64::from(request.choices().max(1)));
    exchange.hold(app.ledger.reserve(&permit, estimate.saturating_add(output).min(ESTIMATE_MAX)));
    let engine = live
        .engine(Asked {
            key: &identity.name,
            app: identity.app.as_deref(),
            model: request.model(),
            route: surface.path(),
        })
        .clone();
    exchange.record.policy.clone_from(&engine.policy.config.name);
    exchange.record.policy_version.clone_from(&engine.policy.version);
    exchange.worked(begun.elapsed());
    Ok(Admitted { engine, identity, permit, targets, request, headers })
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
