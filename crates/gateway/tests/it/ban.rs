//! Addresses that offend again and again are kept out, longer each time, and operators can say so or take it back.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::raw::{Raw, chat_over};

const ATTACKER: &str = "127.0.0.66";

async fn start() -> TestApp {
    TestApp::with("[server.ban]\nallow = []\npoints_max = 20\n").await
}

/// Whether anything is answered to this address.
async fn is_served(app: &TestApp, address: &str) -> bool {
    let mut raw = Raw::from(app, address).await;
    raw.send(chat_over(&app.key, "")).await;
    raw.text().await.starts_with("HTTP/1.1 200")
}

/// Breaks the protocol until banned; how often that took.
async fn offend(app: &TestApp, address: &str) -> usize {
    for round in 1..50 {
        let mut raw = Raw::from(app, address).await;
        raw.send("NONSENSE\r\n\r\n").await;
        if raw.text().await.is_empty() {
            return round;
        }
    }
    panic!("fifty offences are no ban");
}

async fn bans(app: &TestApp) -> Vec<Value> {
    app.admin(Method::GET, "/admin/v1/bans", &Value::Null).await.json().as_array().cloned().unwrap()
}

fn seconds(ban: &Value) -> i64 {
    let at = |name: &str| ban[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    at("since").duration_until(at("until")).as_secs()
}

#[tokio::test]
async fn an_address_that_breaks_the_protocol_again_and_again_is_kept_out_and_longer_each_time() {
    let app = start().await;
    app.clock.stop();
    for length in [60, 240, 960] {
        let rounds = offend(&app, ATTACKER).await;
        assert!((4..=6).contains(&rounds), "20 points at 5 each: {rounds}");
        assert!(!is_served(&app, ATTACKER).await && is_served(&app, "127.0.0.1").await);
        let bans = bans(&app).await;
        assert_eq!((bans.len(), seconds(&bans[0])), (1, length));
        assert_eq!((bans[0]["address"].as_str(), bans[0]["reason"].as_str()), (Some(ATTACKER), Some("protocol")));
        app.clock.pass(length + 1);
        assert!(is_served(&app, ATTACKER).await, "it ended by itself");
    }
    let entries = app.entries("address.banned").await;
    assert_eq!(entries.len(), 3);
    assert!(!entries[0].to_string().contains(ATTACKER), "the address is sealed: {}", entries[0]);
    let metrics = app.metrics().await;
    for line in [
        "portcullis_bans_made_total{why=\"protocol\"} 3",
        "portcullis_connections_cut_total{why=\"protocol\"}",
        "portcullis_connections_turned_total{why=\"banned\"}",
    ] {
        assert!(metrics.contains(line), "{line}");
    }
}

#[tokio::test]
async fn an_operator_bans_and_lets_in_again() {
    let app = start().await;
    let ban = json!({ "address": ATTACKER, "seconds": 600, "reason": "ticket 7" });
    let reply = app.admin(Method::POST, "/admin/v1/bans", &ban).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert!(!is_served(&app, ATTACKER).await);
    let end = json!({ "address": ATTACKER });
    assert_eq!(app.admin(Method::POST, "/admin/v1/bans/end", &end).await.status, StatusCode::OK);
    assert!(is_served(&app, ATTACKER).await && bans(&app).await.is_empty());
    assert_eq!(app.admin(Method::POST, "/admin/v1/bans/end", &end).await.status, StatusCode::NOT_FOUND);
    let entries = (app.entries("address.banned").await, app.entries("address.unbanned").await);
    assert_eq!((entries.0.len(), entries.1.len()), (1, 1));
    assert!(entries.0[0].to_string().contains("ticket 7"));
}

#[tokio::test]
async fn what_is_no_address_or_no_time_is_refused_by_name() {
    let app = start().await;
    for (ban, field) in [
        (json!({ "address": "everybody" }), "address"),
        (json!({ "address": "10.0.0.0/8" }), "address"),
        (json!({ "address": ATTACKER, "seconds": 0 }), "seconds"),
        (json!({ "address": ATTACKER, "seconds": 40_000_000 }), "seconds"),
        (json!({ "address": ATTACKER, "reason": "a\nb" }), "reason"),
        (json!({ "address": ATTACKER, "for": 5 }), "for"),
    ] {
        let reply = app.admin(Method::POST, "/admin/v1/bans", &ban).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{ban}");
        assert!(reply.text().contains(field), "{}", reply.text());
    }
    assert!(bans(&app).await.is_empty());
}

#[tokio::test]
async fn loopback_is_never_banned_by_itself_unless_the_configuration_says_so() {
    let app = TestApp::with("[server.ban]\npoints_max = 20\n").await;
    for _ in 0..30 {
        let mut raw = Raw::from(&app, ATTACKER).await;
        raw.send("NONSENSE\r\n\r\n").await;
        assert!(raw.text().await.starts_with("HTTP/1.1 400"));
    }
    assert!(bans(&app).await.is_empty() && is_served(&app, ATTACKER).await);
}
