//! The obedient provider: a model behind OpenAI's and Anthropic's protocols that does whatever it is told.
//!
//! It is what a gateway has to protect from and against: it obeys instructions wherever they stand, decodes what is
//! encoded, gives away its system prompt and the secrets planted in it, cuts its streams in the most awkward places, and
//! fails on demand. It has the exact shapes of the real providers, so that official SDKs cannot tell the difference.
//!
//! | control | what it does |
//! |---|---|
//! | model `fault-…` or header `x-demo-fault` | a `fault::Fault` |
//! | `{"script": …}` or `run script NAME` as the question | a `script::Script` |
//! | `PUT /__scripts/NAME` | registers a script |
//! | `GET` and `DELETE /__requests` | the last requests, word for word |
//! | `GET /__stats` | counts |
//!
//! Invariants: it listens on the address it is given and opens no connection; the same request gets the same answer
//! (but for the time); nothing it knows is real.

mod answer;
mod anthropic;
mod brain;
mod command;
mod completions;
mod cut;
mod decode;
mod dice;
mod embeddings;
mod fault;
mod openai_chat;
mod openai_responses;
mod ordinary;
pub(crate) mod planted;
mod prompt;
mod record;
mod refusal;
mod reply;
mod schema;
mod script;
mod stream;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::serve::ListenerExt as _;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use self::answer::Answer;
use self::dice::Dice;
use self::fault::Fault;
use self::prompt::Prompt;
use self::record::Record;
use self::refusal::Refusal;
use self::reply::{Dialect, Reply, Surface};
use self::script::{Call, Script};

const BODY_BYTES_MAX: usize = 64 << 20;
const SCRIPTS_MAX: usize = 1024;
/// How often a huge answer's text is repeated in each event.
const HUGE_REPEATS: usize = 780;

/// The provider's memory.
#[derive(Debug, Default)]
struct Provider {
    record: Record,
    scripts: Mutex<HashMap<String, Script>>,
    flaky: AtomicU64,
}

/// Starts the provider on `address` (port 0 for any free one) and says where it listens.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn start(address: SocketAddr) -> std::io::Result<(SocketAddr, JoinHandle<()>)> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    // Small writes must leave at once: the awkward cuts are the point.
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
    });
    let task = tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router()).await {
            tracing::error!(%error, "the demonstration provider stopped");
        }
    });
    Ok((address, task))
}

fn router() -> Router {
    Router::new()
        .route(openai_chat::Chat::PATH, post(answer::<openai_chat::Chat>))
        .route(completions::Completions::PATH, post(answer::<completions::Completions>))
        .route(openai_responses::Responses::PATH, post(answer::<openai_responses::Responses>))
        .route(anthropic::Messages::PATH, post(answer::<anthropic::Messages>))
        .route(anthropic::CountTokens::PATH, post(answer::<anthropic::CountTokens>))
        .route("/v1/embeddings", post(embed))
        .route("/v1/models", get(models))
        .route("/__scripts/{name}", put(register))
        .route("/__requests", get(requests).delete(forget))
        .route("/__stats", get(stats))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(Arc::new(Provider::default()))
}

async fn answer<S: Surface>(State(provider): State<Arc<Provider>>, headers: HeaderMap, body: Bytes) -> Response {
    provider.record.note(S::PATH, &headers, &body);
    let mut response = match admit(&headers, &body) {
        Ok(request) => provider.reply::<S>(&headers, &request).await,
        Err(refusal) => refusal.respond(S::DIALECT),
    };
    let name = if S::DIALECT == Dialect::OpenAi { "x-request-id" } else { "request-id" };
    let id = Dice::seeded(&String::from_utf8_lossy(&body)).id("req_");
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(name, value);
    }
    response
}

/// Checks the key, the JSON and the model.
fn admit(headers: &HeaderMap, body: &[u8]) -> Result<Value, Refusal> {
    let key = headers.get("authorization").or(headers.get("x-api-key")).and_then(|value| value.to_str().ok());
    let key = key.map(|key| key.trim_start_matches("Bearer ")).unwrap_or_default();
    if key.is_empty() || key.starts_with("bad") {
        return Err(Refusal::Key);
    }
    let request: Value = serde_json::from_slice(body)
        .map_err(|_| Refusal::Request("We could not parse the JSON body of your request.".to_owned()))?;
    match request["model"].as_str() {
        None => Err(Refusal::Request("you must provide a model parameter".to_owned())),
        Some(model) if model.starts_with("unknown") => Err(Refusal::Model),
        Some(_) => Ok(request),
    }
}

impl Provider {
    async fn reply<S: Surface>(&self, headers: &HeaderMap, request: &Value) -> Response {
        let fault = Fault::asked(headers, request);
        match fault {
            Some(Fault::Error) => return Refusal::Broken.respond(S::DIALECT),
            Some(Fault::RateLimit) => return Refusal::RateLimit.respond(S::DIALECT),
            Some(Fault::Flaky) if self.flaky.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) => {
                return Refusal::Overloaded.respond(S::DIALECT);
            }
            Some(Fault::Silent) => std::future::pending::<()>().await,
            _ => {}
        }
        let prompt = S::prompt(request);
        match self.script(prompt.question()) {
            Ok(script) => write::<S>(request, &prompt, script, fault),
            Err(message) => Refusal::Request(message).respond(S::DIALECT),
        }
    }

    /// The script that a question calls for.
    fn script(&self, question: &str) -> Result<Option<Script>, String> {
        match script::called(question).map_err(|error| format!("the script cannot be read: {error}"))? {
            None => Ok(None),
            Some(Call::Inline(script)) => Ok(Some(*script)),
            Some(Call::Named(name)) => {
                let scripts = self.scripts.lock().unwrap_or_else(PoisonError::into_inner);
                scripts.get(name).cloned().map(Some).ok_or_else(|| format!("no script has the name {name}"))
            }
        }
    }
}

/// Writes the answer in the surface's protocol, whole or as a stream.
fn write<S: Surface>(request: &Value, prompt: &Prompt, script: Option<Script>, fault: Option<Fault>) -> Response {
    let count = S::choices(request);
    let answers = match (&script, fault) {
        (Some(script), _) => script.answers(count),
        (None, Some(fault)) => vec![faulty(fault); count],
        (None, None) => vec![brain::think(prompt); count],
    };
    let script = script.unwrap_or_default();
    let dice = Dice::seeded(&request.to_string());
    let reply = Reply {
        request,
        answers: &answers,
        dice: dice.clone(),
        created: crate::clock::Clock::now(&crate::clock::SystemClock).as_second(),
        prompt_tokens: prompt.tokens(),
        chunk: script.chunk.or((fault == Some(Fault::Huge)).then_some(usize::MAX)),
    };
    if request["stream"] == json!(true) {
        let scripted = script.events.map(|events| events.iter().map(stream::Event::scripted).collect());
        return stream::events(scripted.unwrap_or_else(|| S::events(&reply)), script.cut, fault, dice);
    }
    let body = script.body.as_ref().map_or_else(|| S::body(&reply).to_string(), script::verbatim);
    stream::whole(body, fault)
}

/// The text of an answer that fails: long enough to fail in.
fn faulty(fault: Fault) -> Answer {
    match fault {
        Fault::Huge => Answer::say(fault::HUGE_MARK.repeat(HUGE_REPEATS)),
        _ => Answer::say("One after the other the words of this answer leave, until they do not. ".repeat(4)),
    }
}

async fn embed(State(provider): State<Arc<Provider>>, headers: HeaderMap, body: Bytes) -> Response {
    provider.record.note("/v1/embeddings", &headers, &body);
    match admit(&headers, &body) {
        Ok(request) => stream::whole(embeddings::body(&request).to_string(), None),
        Err(refusal) => refusal.respond(Dialect::OpenAi),
    }
}

async fn models(State(provider): State<Arc<Provider>>, headers: HeaderMap) -> Response {
    provider.record.note("/v1/models", &headers, b"null");
    let names = ["demo", "demo-claude"].into_iter().chain(Fault::names());
    let list = names.map(|name| json!({"id": name, "object": "model", "created": 1_760_000_000, "owned_by": "demo"}));
    axum::Json(json!({"object": "list", "data": list.collect::<Vec<_>>()})).into_response()
}

async fn register(State(provider): State<Arc<Provider>>, Path(name): Path<String>, body: String) -> Response {
    let script = match Script::read(&body) {
        Ok(script) => script,
        Err(error) => return Refusal::Request(error.to_string()).respond(Dialect::OpenAi),
    };
    let mut scripts = provider.scripts.lock().unwrap_or_else(PoisonError::into_inner);
    if scripts.len() >= SCRIPTS_MAX {
        scripts.clear();
    }
    scripts.insert(name, script);
    StatusCode::NO_CONTENT.into_response()
}

async fn requests(State(provider): State<Arc<Provider>>) -> Response {
    axum::Json(provider.record.last()).into_response()
}

async fn forget(State(provider): State<Arc<Provider>>) -> StatusCode {
    provider.record.forget();
    StatusCode::NO_CONTENT
}

async fn stats(State(provider): State<Arc<Provider>>) -> Response {
    axum::Json(provider.record.stats()).into_response()
}
