//! The path of a prompt, in the order it is walked: [`admit`], [`inspect`], [`upstream`], [`deliver`].

pub mod admit;
pub mod agreement;
mod allowance;
mod answers;
pub mod authenticate;
pub mod config;
mod conversation;
mod definitions;
pub mod deliver;
pub mod engine;
pub mod escalate;
pub mod evaluate;
pub mod exchange;
pub mod inspect;
mod joined;
pub mod models;
pub mod output;
pub mod pressure;
mod relay;
pub mod replay;
pub mod upstream;

use std::sync::Arc;
use std::time::Instant;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use wire::{Dialect, Surface};

use crate::api::limit::LimitError;
use crate::app::App;
use crate::error::{Failure, stamp};
use crate::http::body::{Body, full};
use crate::http::header;
use crate::http::peer::Peer;
use crate::model::moderation;
use crate::model::policy::config::{BlockAnswer, PolicyConfig};
use exchange::Exchange;
use inspect::Findings;

/// Answers one prompt.
pub async fn handle(app: Arc<App>, surface: Surface, request: Request<Incoming>) -> Response<Body> {
    let mut exchange = Some(Exchange::begin(&app, surface));
    let mut softly = None;
    match walk(&app, surface, request, &mut exchange, &mut softly).await {
        Ok(response) => response,
        Err(failure) => {
            let exchange = exchange.unwrap_or_else(|| Exchange::begin(&app, surface));
            refuse(surface, exchange, &failure, softly)
        }
    }
}

/// Walks the path. What leaves early leaves the exchange behind, to be closed with the failure.
async fn walk(
    app: &Arc<App>,
    surface: Surface,
    request: Request<Incoming>,
    exchange: &mut Option<Exchange>,
    softly: &mut Option<Softly>,
) -> Result<Response<Body>, Failure> {
    let under_way = exchange.as_mut().ok_or(Failure::Unrecorded)?;
    if let Some(Peer(address)) = request.extensions().get() {
        under_way.record.sealed.push(("address", address.to_string()));
    }
    let admitted = admit::admit(app, surface, request, under_way).await?;
    *softly = Softly::of(&admitted.engine.policy.config, &admitted.request);
    if surface == Surface::Moderations {
        return moderation::answer(under_way, &admitted);
    }
    let admit::Admitted { engine, identity, permit, targets, request, headers } = admitted;
    let shape = deliver::Shape::of(&engine);
    let protected = inspect::protected(app, &engine, &identity, &request);
    let begun = Instant::now();
    let mut agreement = agreement::Agreement::of(&engine, &request);
    let mut findings = Findings::default();
    let asked_by = (&*identity, &*protected);
    let cleared = inspect::inspect(app, &engine, asked_by, request, headers, &mut findings).await;
    under_way.worked(begun.elapsed());
    under_way.inspected(&findings);
    agreement.distrusts(findings.is_risky);
    let cleared = cleared?;
    under_way.sent();
    let asked = Instant::now();
    let reservation = under_way.reservation().ok_or(Failure::Unrecorded)?;
    let tokens_max = reservation.output_tokens_max();
    let gives_way = app.gate.rules().overload.yields(&identity.name);
    let mut answer = app.upstream.send((&permit, reservation), &cleared, &targets, gives_way).await?;
    under_way.occupy(answer.slot.take());
    under_way.record.retries = answer.retried;
    under_way.answered(&answer.target, answer.response.status().as_u16(), asked.elapsed());
    let masker = app.masker(&identity.tenant);
    let filter = output::OutputFilter::new(engine, protected, findings.restores, masker)
        .ending_after(tokens_max)
        .agreed(agreement);
    deliver::deliver(surface, shape, answer, filter, exchange).await
}

/// How a refusal is said when the policy wants a soft one.
struct Softly {
    text: String,
    model: String,
    is_stream: bool,
}

impl Softly {
    fn of(policy: &PolicyConfig, request: &wire::Request) -> Option<Self> {
        let is_generated = request.surface().can_stream();
        (policy.block_answer == BlockAnswer::Refusal && is_generated).then(|| Self {
            text: policy.refusal_text.clone(),
            model: request.model().to_owned(),
            is_stream: request.stream(),
        })
    }
}

/// Closes the exchange with the failure and says so, softly when the policy wants that and a policy blocked.
fn refuse(surface: Surface, mut exchange: Exchange, failure: &Failure, softly: Option<Softly>) -> Response<Body> {
    let unrecorded = exchange.fail(failure).err();
    let failure = unrecorded.as_ref().unwrap_or(failure);
    let id = exchange.id().to_owned();
    let dialect = surface.dialect();
    let mut response = match (failure, softly) {
        (Failure::Blocked { .. } | Failure::Held { .. }, Some(softly)) => {
            soft_refusal(surface, &softly, &id, exchange.record.time.as_second())
        }
        _ => failure.answer(dialect, &id),
    };
    let allowances = match failure {
        Failure::Limited(LimitError::Refused(refused)) => &refused.allowances,
        _ => exchange.allowances(),
    };
    allowance::say(response.headers_mut(), dialect, allowances, exchange.now());
    annotate(response.headers_mut(), &exchange);
    response
}

fn soft_refusal(surface: Surface, softly: &Softly, id: &str, created: i64) -> Response<Body> {
    let origin = wire::Origin { model: &softly.model, id, created: created.unsigned_abs() };
    let mut response = Response::new(full(wire::refusal_answer(surface, &origin, &softly.text, softly.is_stream)));
    *response.status_mut() = StatusCode::OK;
    let kind = if softly.is_stream { "text/event-stream; charset=utf-8" } else { "application/json" };
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    stamp(&mut response, id);
    response
}

/// Says in headers what was found and decided: rule ids, never text.
pub(crate) fn annotate(headers: &mut HeaderMap, exchange: &Exchange) {
    let insert = |headers: &mut HeaderMap, name, text: &str| {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(name, value);
        }
    };
    if !exchange.record.policy.is_empty() {
        insert(headers, header::VERDICT, exchange.record.verdict());
    }
    insert(headers, header::OVERHEAD, &exchange.record.overhead_us.to_string());
    let rules = exchange.record.rules();
    if !rules.is_empty() {
        insert(headers, header::RULES, &rules.join(","));
    }
}

/// The protocol that a request without a surface is answered in.
pub fn dialect<B>(request: &Request<B>) -> Dialect {
    let headers = request.headers();
    if headers.contains_key("anthropic-version") || request.uri().path().starts_with("/v1/messages") {
        Dialect::Anthropic
    } else {
        Dialect::OpenAi
    }
}
