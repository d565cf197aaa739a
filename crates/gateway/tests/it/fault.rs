//! Providers and clients on a bad day: everything ends well-formed, is settled and recorded.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::app::{TestApp, chat};

fn ask(model: &str, stream: bool) -> Value {
    let mut body = chat("Tell me about tides");
    body["model"] = model.into();
    body["stream"] = stream.into();
    body
}

async fn settled(app: &TestApp) {
    let snapshot = app.app().ledger.snapshot();
    assert_eq!((snapshot.under_way, snapshot.reserved_tokens), (0, 0), "{snapshot:?}");
}

#[tokio::test]
async fn a_provider_that_fails_is_tried_again_and_its_error_handed_on() {
    let app = TestApp::start().await;
    let reply = app.post("/v1/chat/completions", &ask("fault-500", false)).await;
    assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR, "{}", reply.text());
    assert!(reply.json()["error"]["message"].is_string());
    assert_eq!(app.reached().await.as_array().map(Vec::len), Some(2), "one try and one more");
    let flaky = app.post("/v1/chat/completions", &ask("fault-flaky", false)).await;
    assert_eq!(flaky.status, StatusCode::OK, "{}", flaky.text());
    settled(&app).await;
}

#[tokio::test]
async fn a_model_falls_back_to_another() {
    let app = TestApp::start().await;
    let reply = app.post("/v1/chat/completions", &ask("sturdy", false)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
}

#[tokio::test]
async fn retry_after_is_handed_on() {
    let app = TestApp::start().await;
    let reply = app.post("/v1/chat/completions", &ask("fault-429", false)).await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS, "{}", reply.text());
    assert!(!reply.header("retry-after").is_empty(), "{:?}", reply.headers);
}

#[tokio::test]
async fn a_silent_provider_is_a_timeout() {
    let app = TestApp::start().await;
    let reply = app.post("/v1/chat/completions", &ask("fault-silent", false)).await;
    assert_eq!(reply.status, StatusCode::GATEWAY_TIMEOUT, "{}", reply.text());
    assert_eq!(reply.header("x-should-retry"), "false");
    settled(&app).await;
}

#[tokio::test]
async fn a_stream_that_stalls_breaks_or_is_malformed_ends_with_an_error_event() {
    let app = TestApp::start().await;
    for model in ["fault-stall", "fault-500-after-10", "fault-malformed-sse"] {
        let reply = app.post("/v1/chat/completions", &ask(model, true)).await;
        assert_eq!(reply.status, StatusCode::OK, "{model}");
        let text = reply.text();
        assert!(text.contains("\"error\""), "{model}: {text}");
        assert!(text.ends_with("\n\n"), "{model}: ends with a whole event");
        let entry = app.audit().await[0].to_string();
        assert!(entry.contains("failed"), "{model}: {entry}");
    }
    settled(&app).await;
}

#[tokio::test]
async fn an_answer_of_two_hundred_megabytes_does_not_fill_the_memory() {
    let app = TestApp::start().await;
    let before = resident_kib();
    let reply = app.post("/v1/chat/completions", &ask("fault-huge", false)).await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY, "{}", reply.text());
    let grown = resident_kib().saturating_sub(before);
    // The provider lives in this process too, and holds its answer of 200 MB, twice at most.
    assert!(grown < 900_000, "{grown} KiB");
    settled(&app).await;
}

pub(crate) fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_a_settled_and_complete_entry() {
    let app = TestApp::start().await;
    let body = ask("fault-slow", true).to_string();
    let address = app.base.trim_start_matches("http://").to_owned();
    let mut socket = TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        app.key,
        body.len()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut first = [0; 256];
    assert!(socket.read(&mut first).await.unwrap() > 0);
    drop(socket);
    let gone = async {
        while app.app().ledger.snapshot().under_way > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), gone).await.expect("the exchange ends with its client");
    let entry = app.audit().await[0].clone();
    assert!(entry.to_string().contains("cancelled"), "{entry}");
    settled(&app).await;
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_a_bad_gateway() {
    let app = TestApp::with(
        "[[provider]]\nname = 'gone'\nkind = 'openai'\nbase_url = 'http://127.0.0.1:1/v1'\nretries = 0\n\
         [[model]]\nname = 'lost'\nprovider = 'gone'",
    )
    .await;
    let reply = app.post("/v1/chat/completions", &ask("lost", false)).await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY, "{}", reply.text());
    assert_eq!(reply.json()["error"]["code"], json!("upstream_unreachable"));
}
