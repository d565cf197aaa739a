//! Too much at once: what gives way, what is told, and what goes on.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::Value;

use crate::app::{Reply, TestApp, chat};
use crate::limit::ask;
use crate::raw::{Raw, chat_to};

/// A gateway before a provider that takes a minute to fall silent.
pub(crate) async fn start(more: &str) -> TestApp {
    TestApp::altered(more, |config| {
        for provider in &mut config.providers {
            provider.first_byte_timeout_ms = 60_000;
            provider.retries = 0;
        }
        let mut second = config.providers[0].clone();
        second.name = "second".to_owned();
        config.providers.push(second);
        let mut two = config.models[0].clone();
        two.name = "two".to_owned();
        two.fallback = vec!["other".to_owned()];
        let mut other = config.models[0].clone();
        (other.name, other.provider) = ("other".to_owned(), "second".to_owned());
        config.models.extend([two, other]);
    })
    .await
}

/// Prompts that wait at the provider for as long as they are kept.
pub(crate) async fn waiting(app: &TestApp, count: usize, key: &str) -> Vec<Raw> {
    let mut held = Vec::new();
    for _ in 0..count {
        let mut raw = Raw::from(app, "127.0.0.1").await;
        raw.send(chat_to("fault-silent", key, "")).await;
        held.push(raw);
    }
    held
}

pub(crate) async fn until_under_way(app: &TestApp, count: usize) {
    let line = format!("portcullis_provider_under_way{{provider=\"open\"}} {count}\n");
    for _ in 0..3_000 {
        if app.metrics().await.contains(&line) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{count} prompts are never under way");
}

fn check_shed(reply: &Reply, code: &str) {
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{}", reply.text());
    assert_eq!((reply.json()["error"]["code"].as_str(), reply.header("retry-after")), (Some(code), "1"));
    assert_eq!(reply.header("x-should-retry"), "true");
}

#[tokio::test]
async fn a_provider_that_is_full_is_passed_over_and_refused_at_once() {
    let app = start("[server.overload]\nprovider_max = 2\nprovider_min = 1\n").await;
    let held = waiting(&app, 2, &app.key).await;
    until_under_way(&app, 2).await;
    check_shed(&app.chat("Say hello").await, "provider_overloaded");
    let mut body = chat("Say hello");
    body["model"] = "two".into();
    let reply = app.post("/v1/chat/completions", &body).await;
    assert_eq!(reply.status, StatusCode::OK, "its fallback has room: {}", reply.text());
    let entries = app.entries("overload.shed").await;
    assert_eq!((entries.len(), entries[0]["detail"]["provider"].as_str()), (1, Some("open")), "{entries:?}");
    assert!(app.metrics().await.contains("portcullis_shed_total{why=\"provider\"} 2"));
    drop(held);
    until_under_way(&app, 0).await;
    assert_eq!(app.chat("Say hello").await.status, StatusCode::OK);
}

#[tokio::test]
async fn keys_that_give_way_leave_room_for_the_others() {
    let more =
        "[server.overload]\nprovider_max = 2\nprovider_min = 1\nyielding_keys = ['ap*']\nyielding_percent = 50\n";
    let app = start(more).await;
    let held = waiting(&app, 1, &app.admin_key).await;
    until_under_way(&app, 1).await;
    check_shed(&app.chat("Say hello").await, "provider_overloaded");
    assert_eq!(ask(&app, &app.admin_key, &chat("Say hello")).await.status, StatusCode::OK);
    drop(held);
}

#[tokio::test]
async fn a_full_gateway_refuses_prompts_first_and_the_admin_plane_never() {
    let app = start("[server.overload]\nrequests_max = 10\n").await;
    let held = waiting(&app, 9, &app.key).await;
    until_under_way(&app, 9).await;
    check_shed(&app.chat("Say hello").await, "gateway_overloaded");
    let page = app.send(Method::GET, &format!("{}/v1/models", app.base), Some(&app.key), &[], "").await;
    assert_eq!(page.status, StatusCode::OK, "what is small still has room");
    for path in ["/livez", "/readyz", "/metrics", "/admin/v1/bans"] {
        assert_eq!(app.admin(Method::GET, path, &Value::Null).await.status, StatusCode::OK, "{path}");
    }
    assert!(app.metrics().await.contains("portcullis_shed_total{why=\"gateway\"} 1"));
    assert_eq!(app.entries("overload.shed").await.len(), 1);
    drop(held);
    until_under_way(&app, 0).await;
    assert_eq!(app.chat("Say hello").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_provider_that_says_it_has_too_much_is_given_less_until_it_answers_in_time() {
    let app = start("[server.overload]\nprovider_max = 100\nprovider_min = 1\n").await;
    let mut body = chat("Say hello");
    body["model"] = "fault-429".into();
    for _ in 0..5 {
        app.post("/v1/chat/completions", &body).await;
    }
    assert!(app.metrics().await.contains("portcullis_provider_room{provider=\"open\"} 59\n"));
    let mut body = chat("Say hello");
    body["stream"] = true.into();
    for _ in 0..20 {
        assert_eq!(app.post("/v1/chat/completions", &body).await.status, StatusCode::OK);
    }
    let metrics = app.metrics().await;
    let room =
        metrics.lines().find_map(|line| line.strip_prefix("portcullis_provider_room{provider=\"open\"} ")).unwrap();
    assert!(room.parse::<u32>().unwrap() > 59, "{room}");
}
