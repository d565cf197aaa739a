//! The layer of the web application firewall, around the router of both listeners.
//!
//! Two looks at a request. The first is at the request line and the headers, before anything else reads them; for a request
//! without a body it is the only one. The second is at the body, when it is read, which is after its sender has shown who
//! they are: nobody without a credential makes the rules read a body. On the routes of prompts, which read the body before
//! they do anything, the first look is at what phase 1 knows, and the rest waits for the second. It happens in `body::read`, the one door through
//! which every body comes, so that no handler can forget it.
//!
//! The answer is looked at by `answer`, where the rule set has rules about answers.
//!
//! Invariant: a body that the rules refuse in `enforce` mode reaches no handler.

pub(super) mod answer;

use std::sync::{Arc, Mutex, PoisonError};

use http::header::HOST;
use http::{Extensions, Request};
use hyper::body::{Body as _, Incoming};
use waf::{Connection, Finding, Part, Verdict, Visit};

use super::peer::Peer;
use super::router::{self, Plane, Target};
use crate::app::App;
use crate::event::catalogue;
use crate::infra::network::waf::is_prompt;

/// Why a request was refused: the rule that said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request looks like an attack and was refused by rule {rule} of the web application firewall")]
pub struct Shielded {
    /// The rule's id.
    pub rule: u32,
    /// The status it asks for.
    pub status: u16,
}

/// A request whose body is still to be looked at, as its extension.
#[derive(Clone)]
pub(super) struct Shield(Arc<Held>);

struct Held {
    app: Arc<App>,
    visit: Mutex<Looked>,
    place: Place,
    /// Whether the rules may read the body of the answer.
    reads_answer: bool,
}

/// A request, and what is still to be looked at of it.
struct Looked {
    visit: Visit,
    /// Its body was not looked at yet.
    waits: bool,
    /// The rules would have refused it.
    is_refused: bool,
}

/// Where the request goes, and what a refusal does.
#[derive(Clone)]
struct Place {
    plane: &'static str,
    path: String,
    client: String,
    enforces: bool,
}

/// Looks at request line and headers, and prepares the look at the body. Gives back what looks at the answer, where rules
/// are about answers.
///
/// # Errors
/// When the rules refuse the request.
pub(super) fn enter(app: &Arc<App>, at: Plane, request: &mut Request<Incoming>) -> Result<Option<Shield>, Shielded> {
    let live = app.live();
    let path = request.uri().path().to_owned();
    let Some((engine, enforces)) = live.waf.at(&path) else { return Ok(None) };
    let client = request.extensions().get().map(|Peer(address)| address.to_canonical().to_string()).unwrap_or_default();
    let connection = Connection { client: client.clone(), time: app.clock.now().as_second(), ..Connection::default() };
    let mut visit = engine.visit(connection.clone());
    feed(&mut visit, request);
    let plane = if at == Plane::Data { "data" } else { "admin" };
    let place = Place { plane, path, client, enforces };
    let is_prompt = is_prompt_route(at, request);
    let reads_answer = !is_prompt || live.waf.reads_model_answers();
    let looks_at_answers = engine.looks_at_answers();
    let verdict = visit.request_headers_end();
    if verdict != Verdict::Pass || request.body().is_end_stream() {
        let verdict = without_body(&mut visit, verdict);
        conclude(app, &place, verdict, visit.findings())?;
        let looked = Looked { visit, waits: false, is_refused: verdict != Verdict::Pass };
        let held = Held { app: app.clone(), visit: Mutex::new(looked), place, reads_answer };
        return Ok(looks_at_answers.then(|| Shield(Arc::new(held))));
    }
    if !is_prompt {
        // Its handler may do without the body, so everything else is looked at now, and again together with the body.
        let mut early = engine.visit(connection);
        feed(&mut early, request);
        let verdict = early.request_headers_end();
        let verdict = without_body(&mut early, verdict);
        if verdict != Verdict::Pass {
            conclude(app, &place, verdict, early.findings())?;
            return Ok(None);
        }
    }
    let looked = Looked { visit, waits: true, is_refused: false };
    let shield = Shield(Arc::new(Held { app: app.clone(), visit: Mutex::new(looked), place, reads_answer }));
    request.extensions_mut().insert(shield.clone());
    Ok(looks_at_answers.then_some(shield))
}

fn without_body(visit: &mut Visit, verdict: Verdict) -> Verdict {
    if verdict == Verdict::Pass { visit.request_body(b"", &|_: &[Part]| false) } else { verdict }
}

/// Whether the route is one of prompts. These do nothing before they have read the body, but ask who its sender is.
fn is_prompt_route(plane: Plane, request: &Request<Incoming>) -> bool {
    let route = router::find(plane, request.method(), request.uri().path());
    route.is_some_and(|(route, _)| matches!(route.target, Target::Prompt(_)))
}

/// Looks at a body that was read.
///
/// # Errors
/// When the rules refuse it.
pub(super) fn look(extensions: &Extensions, body: &[u8]) -> Result<(), Shielded> {
    let Some(Shield(held)) = extensions.get() else { return Ok(()) };
    let mut looked = held.visit.lock().unwrap_or_else(PoisonError::into_inner);
    if !std::mem::take(&mut looked.waits) {
        return Ok(());
    }
    let path = held.place.path.as_str();
    let verdict = looked.visit.request_body(body, &|field: &[Part]| is_prompt(path, field));
    looked.is_refused = verdict != Verdict::Pass;
    // Malformed JSON is refused by the parser behind, which says where the fault is; no strict parser takes it.
    if looked.visit.is_malformed_json() && matches!(verdict, Verdict::Deny { status: 400, .. }) {
        return Ok(());
    }
    conclude(&held.app, &held.place, verdict, looked.visit.findings())
}

fn feed(visit: &mut Visit, request: &Request<Incoming>) {
    let uri = request.uri().path_and_query().map_or("/", |uri| uri.as_str());
    let version = format!("{:?}", request.version());
    visit.request_line(request.method().as_str().as_bytes(), uri.as_bytes(), version.as_bytes());
    // HTTP/2 says the host in the request line.
    if let Some(authority) = request.uri().authority().filter(|_| !request.headers().contains_key(HOST)) {
        visit.request_header(b"Host", authority.as_str().as_bytes());
    }
    for (name, value) in request.headers() {
        visit.request_header(name.as_str().as_bytes(), value.as_bytes());
    }
}

/// Counts and records what came of it.
fn conclude(app: &App, place: &Place, verdict: Verdict, findings: &[Finding]) -> Result<(), Shielded> {
    let Verdict::Deny { rule, status } = verdict else {
        app.metrics.shield(place.plane, "passed");
        return Ok(());
    };
    app.metrics.shield(place.plane, if place.enforces { "refused" } else { "shadow" });
    let findings: Vec<&Finding> = findings.iter().filter(|finding| finding.is_logged).collect();
    record(app, place, ("request", rule), &findings);
    if place.enforces { Err(Shielded { rule, status }) } else { Ok(()) }
}

/// Counts what matched, and makes an entry of it when it is time for one.
fn record(app: &App, place: &Place, (part, rule): (&'static str, u32), findings: &[&Finding]) {
    for finding in findings {
        app.metrics.shield_rule(finding.rule);
    }
    let now = app.clock.now();
    // What a rule blocks by score, its findings explain: entries are counted by the first of them.
    let first = findings.first().map_or(rule, |finding| finding.rule);
    let Some(count) = app.live().waf.count(first, now.as_second()) else { return };
    let matched: Vec<(u32, &str)> = findings.iter().map(|found| (found.rule, found.variable)).collect();
    let shielded = catalogue::Shielded {
        rule,
        matched: &matched,
        part,
        plane: place.plane,
        client: &place.client,
        enforced: place.enforces,
        count,
    };
    if let Err(error) = app.journal.append(&catalogue::request_shielded(now, shielded)) {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a refusal by the web application firewall was not recorded"
        );
    }
}
