//! Where a request really comes from: what is counted, recorded and banned behind proxies.

use std::time::Duration;

use http::Method;
use portcullis::infra::network::address::ForwardedHeader;
use serde_json::Value;

use crate::app::TestApp;
use crate::limit::limit;
use crate::raw::{Raw, chat_over};

const PROXY: &str = "127.0.0.9";

async fn behind(proxy_protocol: bool, header: ForwardedHeader) -> TestApp {
    let by_address = limit("address", "requests", 100.0, "window_s = 60\nper = ['address']");
    let short = "[server.limits]\nhandshake_timeout_s = 1\n";
    TestApp::altered(&format!("{by_address}{short}"), |config| {
        config.server.trusted_proxies = vec![PROXY.parse().unwrap(), "10.0.0.0/8".parse().unwrap()];
        config.server.proxy_protocol = proxy_protocol;
        config.server.forwarded_header = header;
    })
    .await
}

/// The addresses that the limit counted.
async fn counted(app: &TestApp) -> Vec<String> {
    let shown = app.admin(Method::GET, "/admin/v1/limits/address", &Value::Null).await.json();
    let counters = shown["counters"].as_array().unwrap();
    let mut names: Vec<String> =
        counters.iter().map(|counter| counter["counter"].as_str().unwrap().replace("address=", "")).collect();
    names.sort();
    names
}

/// Asks from an address with these headers; the status line.
async fn ask(app: &TestApp, from: &str, first: &str, headers: &str) -> String {
    let mut raw = Raw::from(app, from).await;
    raw.send(format!("{first}{}", chat_over(&app.key, headers))).await;
    raw.text().await.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn only_a_trusted_proxy_says_where_a_request_comes_from() {
    let app = behind(false, ForwardedHeader::XForwardedFor).await;
    for (from, headers) in [
        ("127.0.0.1", "X-Forwarded-For: 198.51.100.1\r\n"),
        (PROXY, "X-Forwarded-For: 203.0.113.200, 198.51.100.2\r\n"),
        (PROXY, "X-Forwarded-For: 203.0.113.200\r\nX-Forwarded-For: 198.51.100.3, 10.1.1.1\r\n"),
        (PROXY, "Forwarded: for=203.0.113.201\r\nX-Forwarded-For: 2001:db8:1:2::3\r\n"),
    ] {
        assert_eq!(ask(&app, from, "", headers).await, "HTTP/1.1 200 OK", "{headers}");
    }
    assert_eq!(counted(&app).await, ["127.0.0.1", "198.51.100.2", "198.51.100.3", "2001:db8:1:2::/64"]);
}

#[tokio::test]
async fn forwarded_is_believed_where_it_is_configured_and_then_alone() {
    let app = behind(false, ForwardedHeader::Forwarded).await;
    ask(&app, PROXY, "", "Forwarded: for=203.0.113.200, for=\"198.51.100.4:99\"\r\nX-Forwarded-For: 1.1.1.1\r\n").await;
    assert_eq!(counted(&app).await, ["198.51.100.4"]);
}

#[tokio::test]
async fn a_proxy_header_names_the_client_of_the_connection() {
    let app = behind(true, ForwardedHeader::XForwardedFor).await;
    let first = "PROXY TCP4 198.51.100.5 127.0.0.1 4711 443\r\n";
    // The client is no proxy of ours, whatever it writes.
    assert_eq!(ask(&app, PROXY, first, "X-Forwarded-For: 1.1.1.1\r\n").await, "HTTP/1.1 200 OK");
    let first = "PROXY TCP4 10.0.0.7 127.0.0.1 4711 443\r\n";
    assert_eq!(ask(&app, PROXY, first, "X-Forwarded-For: 198.51.100.6\r\n").await, "HTTP/1.1 200 OK");
    assert_eq!(ask(&app, PROXY, "PROXY UNKNOWN\r\n", "").await, "HTTP/1.1 200 OK");
    let mut raw = Raw::from(&app, PROXY).await;
    let mut first = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c".to_vec();
    first.extend_from_slice(&[198, 51, 100, 7, 127, 0, 0, 1, 1, 1, 1, 1]);
    raw.send(&first).await;
    raw.send(chat_over(&app.key, "")).await;
    assert!(raw.text().await.starts_with("HTTP/1.1 200"));
    assert_eq!(counted(&app).await, ["127.0.0.9", "198.51.100.5", "198.51.100.6", "198.51.100.7"]);
}

#[tokio::test]
async fn without_a_proxy_header_of_a_trusted_proxy_a_connection_is_closed() {
    let app = behind(true, ForwardedHeader::XForwardedFor).await;
    let good = "PROXY TCP4 198.51.100.5 127.0.0.1 4711 443\r\n";
    assert_eq!(ask(&app, "127.0.0.1", good, "").await, "", "not a trusted proxy");
    for bad in ["", "PROXY TCP4 198.51.100.5\r\n", "PROXY TCP4 ::1 ::1 1 1\r\n", "proxy unknown\r\n"] {
        assert_eq!(ask(&app, PROXY, bad, "").await, "", "{bad}");
    }
    let mut silent = Raw::from(&app, PROXY).await;
    silent.send("PROXY TC").await;
    assert_eq!(silent.text().await, "", "half a header ends when its time is over");
    assert!(counted(&app).await.is_empty());
    assert!(app.metrics().await.contains("portcullis_connections_turned_total{why=\"unproxied\"} 6"));
}

#[tokio::test]
async fn the_firewall_and_bans_see_the_same_address() {
    let app = TestApp::altered("[server.ban]\npoints_max = 20\n", |config| {
        config.server.trusted_proxies = vec![PROXY.parse().unwrap()];
    })
    .await;
    app.clock.stop();
    let attack =
        "GET /v1/models?q=%3Cscript%3Ealert(1)%3C/script%3E HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n";
    for _ in 0..2 {
        let mut raw = Raw::from(&app, PROXY).await;
        raw.send(format!("{attack}X-Forwarded-For: 198.51.100.9\r\n\r\n")).await;
        let answer = raw.text().await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    }
    let bans = app.admin(Method::GET, "/admin/v1/bans", &Value::Null).await.json();
    assert_eq!((bans[0]["address"].as_str(), bans.as_array().map(Vec::len)), (Some("198.51.100.9"), Some(1)));
    // Behind the same proxy others are served, and the banned one is not.
    assert_eq!(ask(&app, PROXY, "", "X-Forwarded-For: 198.51.100.10\r\n").await, "HTTP/1.1 200 OK");
    let mut banned = Raw::from(&app, PROXY).await;
    banned.send(chat_over(&app.key, "X-Forwarded-For: 198.51.100.9\r\n")).await;
    let answer = banned.text().await.to_lowercase();
    assert!(answer.starts_with("http/1.1 403") && answer.contains("address_banned"), "{answer}");
    assert!(answer.contains("retry-after: ") && answer.contains("connection: close"), "{answer}");
    tokio::time::timeout(Duration::from_secs(30), app.stop()).await.expect("it stops");
}

#[tokio::test]
async fn the_throttle_of_logins_sees_the_same_address() {
    let app = TestApp::altered("[auth.throttle]\naddress_free = 2\n", |config| {
        config.server.trusted_proxies = vec![PROXY.parse().unwrap()];
    })
    .await;
    app.clock.stop();
    let mut statuses = Vec::new();
    for (number, client) in ["198.51.100.20", "198.51.100.20", "198.51.100.20", "198.51.100.21"].iter().enumerate() {
        let body = format!("{{\"email\":\"user{number}@example.com\",\"password\":\"wrong\"}}");
        let mut raw = Raw::from(&app, PROXY).await;
        raw.send(format!(
            "POST /auth/v1/login HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Connection: close\r\nX-Forwarded-For: 203.0.113.{number}, {client}\r\n\r\n{body}",
            body.len()
        ))
        .await;
        statuses.push(raw.text().await[9..12].to_owned());
    }
    assert_eq!(statuses, ["401", "401", "429", "401"]);
}
