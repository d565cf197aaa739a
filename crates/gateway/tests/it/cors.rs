//! Pages of other origins: who may call from a browser, and what a page that may not learns.

use http::{Method, StatusCode};

use crate::app::{Reply, TestApp, chat};
use crate::limit::limit;

const APP: &str = "https://app.example.com";
const EVIL: &str = "https://app.example.com.evil.org";

async fn start(more: &str) -> TestApp {
    TestApp::with(&format!("[cors]\norigins = ['{APP}', 'https://*.preview.example.com']\n{more}\n")).await
}

async fn preflight(app: &TestApp, origin: &str, path: &str, more: &[(&str, &str)]) -> Reply {
    let mut headers = vec![
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type,x-stainless-lang,x-evil"),
    ];
    headers.extend_from_slice(more);
    app.send(Method::OPTIONS, &format!("{}{path}", app.base), None, &headers, "").await
}

async fn ask(app: &TestApp, origin: &str, stream: bool, key: &str) -> Reply {
    let mut body = chat("Say hello");
    body["stream"] = stream.into();
    let url = format!("{}/v1/chat/completions", app.base);
    app.send(Method::POST, &url, Some(key), &[("origin", origin)], body.to_string()).await
}

fn listed(reply: &Reply, header: &str) -> Vec<String> {
    reply.header(header).split(", ").map(ToOwned::to_owned).collect()
}

#[tokio::test]
async fn a_preflight_is_answered_before_anybody_is_asked_who_they_are() {
    let app = start("").await;
    for origin in [APP, "https://pr-7.preview.example.com"] {
        let reply = preflight(&app, origin, "/v1/chat/completions", &[]).await;
        assert_eq!((reply.status, reply.body.len()), (StatusCode::NO_CONTENT, 0));
        assert_eq!(reply.header("access-control-allow-origin"), origin);
        assert_eq!(reply.header("access-control-allow-methods"), "POST");
        assert_eq!(reply.header("access-control-max-age"), "600");
        assert_eq!(reply.header("access-control-allow-credentials"), "");
        let headers = listed(&reply, "access-control-allow-headers");
        assert!(
            ["authorization", "content-type", "x-stainless-lang"]
                .iter()
                .all(|name| headers.iter().any(|own| own == name))
        );
        assert!(!headers.iter().any(|name| name == "x-evil"));
        let vary = reply.header("vary");
        for name in ["origin", "access-control-request-method", "access-control-request-headers"] {
            assert!(vary.contains(name), "{vary}");
        }
    }
    assert!(app.entries("exchange.denied").await.is_empty(), "nobody asked for anything yet");
}

#[tokio::test]
async fn an_origin_that_is_not_listed_is_never_repeated() {
    let app = start("").await;
    for origin in
        [EVIL, "null", "https://preview.example.com", "https://a.b.preview.example.com", "http://app.example.com"]
    {
        let reply = preflight(&app, origin, "/v1/chat/completions", &[]).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{origin}");
        let key = app.key.clone();
        let asked = ask(&app, origin, false, &key).await;
        assert_eq!(asked.status, StatusCode::OK, "CORS is no access control: the page only cannot read it");
        for reply in [reply, asked] {
            assert!(
                !reply.headers.keys().any(|name| name.as_str().starts_with("access-control-")),
                "{:?}",
                reply.headers
            );
            assert!(reply.header("vary").contains("origin"), "a cache must not give it to the listed origin");
        }
    }
}

#[tokio::test]
async fn answers_streams_and_refusals_can_be_read_by_the_page() {
    let app = start(&limit("few", "requests", 2.0, "window_s = 60\nper = ['key']")).await;
    app.clock.stop();
    let key = app.key.clone();
    let (plain, stream) = (ask(&app, APP, false, &key).await, ask(&app, APP, true, &key).await);
    let (limited, unknown) = (ask(&app, APP, false, &key).await, ask(&app, APP, false, "pc-none").await);
    let missing = app.send(Method::GET, &format!("{}/v1/nothing", app.base), None, &[("origin", APP)], "").await;
    let statuses = [&plain, &stream, &limited, &unknown, &missing].map(|reply| reply.status.as_u16());
    assert_eq!(statuses, [200, 200, 429, 401, 404]);
    for reply in [&plain, &stream, &limited, &unknown, &missing] {
        assert_eq!(reply.header("access-control-allow-origin"), APP);
        assert!(reply.header("vary").contains("origin"));
        assert!(
            listed(reply, "access-control-expose-headers").contains(&"x-request-id".to_owned()),
            "{:?}",
            reply.headers
        );
    }
    assert!(stream.header("content-type").starts_with("text/event-stream"));
    for name in ["x-ratelimit-remaining-requests", "ratelimit", "retry-after"] {
        assert!(listed(&limited, "access-control-expose-headers").contains(&name.to_owned()), "{name}");
    }
}

#[tokio::test]
async fn pages_for_people_and_the_admin_plane_are_not_shared() {
    let app = start("").await;
    for path in ["/login", "/account", "/scim/v2/Users", "/oauth2/authorize"] {
        let reply = preflight(&app, APP, path, &[]).await;
        assert!(reply.status.is_client_error() && reply.header("access-control-allow-origin").is_empty(), "{path}");
    }
    let url = format!("{}/admin/v1/keys", app.admin);
    let reply =
        app.send(Method::OPTIONS, &url, None, &[("origin", APP), ("access-control-request-method", "GET")], "").await;
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (StatusCode::NOT_FOUND, ""));
}

#[tokio::test]
async fn private_networks_and_credentials_are_let_by_configuration_only() {
    let asks = [("access-control-request-private-network", "true")];
    let app = start("").await;
    let reply = preflight(&app, APP, "/v1/models", &asks).await;
    assert_eq!(reply.header("access-control-allow-private-network"), "");
    let app = start("private_network = true\ncredentials = true\nmax_age_s = 7200\nheaders = ['x-team']").await;
    let reply = preflight(&app, APP, "/v1/models", &asks).await;
    assert_eq!(reply.header("access-control-allow-private-network"), "true");
    assert_eq!(reply.header("access-control-allow-credentials"), "true");
    assert_eq!((reply.header("access-control-max-age"), reply.header("access-control-allow-methods")), ("7200", "GET"));
    assert!(listed(&reply, "access-control-allow-headers").contains(&"x-team".to_owned()));
    let evil = preflight(&app, EVIL, "/v1/models", &asks).await;
    assert_eq!(
        (evil.header("access-control-allow-private-network"), evil.header("access-control-allow-credentials")),
        ("", "")
    );
}

#[tokio::test]
async fn without_origins_nothing_is_said_and_a_star_repeats_nobody() {
    let app = TestApp::start().await;
    let reply = preflight(&app, APP, "/v1/models", &[]).await;
    assert_eq!(
        (reply.status, reply.header("access-control-allow-origin"), reply.header("vary")),
        (StatusCode::NOT_FOUND, "", "")
    );
    let app = TestApp::with("[cors]\norigins = ['*']\n").await;
    let key = app.key.clone();
    let reply = ask(&app, EVIL, false, &key).await;
    assert_eq!((reply.header("access-control-allow-origin"), reply.header("vary")), ("*", ""));
}
