//! Every route against everybody: no key, a wrong key, a key without the scope, a key with it.

use http::{Method, StatusCode};
use portcullis::http::router::{Access, Plane, ROUTES};
use serde_json::Value;

use crate::app::TestApp;

/// What a route must answer, by who asks: nobody, a stranger, a key for prompts, an administrator.
fn expected(access: Access) -> [bool; 4] {
    match access {
        Access::Open => [true, true, true, true],
        // A key is nobody's: `session` and `token` show who may.
        Access::Person => [false, false, false, false],
        Access::Inference => [false, false, true, true],
        Access::Admin => [false, false, false, true],
    }
}

#[tokio::test]
async fn every_route_refuses_who_may_not() {
    let app = TestApp::start().await;
    let stranger = "pc-0000000000000000000000000000000000000000000000";
    for route in ROUTES {
        let base = if route.plane == Plane::Data { &app.base } else { &app.admin };
        let url = format!(
            "{base}{}",
            route.path.replace("{model}", "m").replace("{name}", "default").replace("{id}", "ses_a")
        );
        let keys = [None, Some(stranger), Some(app.key.as_str()), Some(app.admin_key.as_str())];
        for (key, may) in keys.into_iter().zip(expected(route.access)) {
            let reply = app.send(route.method.clone(), &url, key, &[], "{}").await;
            let refused = matches!(reply.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
            assert_eq!(!refused, may, "{} {} {:?} {}", route.method, route.path, key.map(|_| "key"), reply.text());
        }
    }
}

/// Every open route, and why it is open.
const OPEN: &[(&str, &str)] = &[
    ("/livez", "for the supervisor; on loopback"),
    ("/readyz", "for the load balancer; on loopback"),
    ("/metrics", "for the collector; on loopback"),
    ("/openapi.json", "a document; on loopback"),
    ("/.well-known/jwks.json", "public keys"),
    ("/auth/v1/token/refresh", "the refresh token is the proof"),
    ("/auth/v1/login", "who comes has a password and nothing else yet; throttled"),
    ("/auth/v1/recovery", "who comes has lost the password; answers everybody the same; throttled"),
    ("/auth/v1/recovery/complete", "the mailed token is the proof; throttled"),
    ("/auth/v1/invitation/accept", "the mailed token is the proof; throttled"),
    ("/auth/v1/email/verify", "the mailed token is the proof; throttled"),
    ("/auth/v1/password/change", "the current password is the proof; throttled like a login"),
    ("/.well-known/oauth-authorization-server", "a document"),
    ("/.well-known/openid-configuration", "a document"),
    ("/.well-known/oauth-protected-resource", "a document"),
    ("/oauth2/authorize", "asks who comes to log in; answers registered addresses only"),
    ("/oauth2/continue", "the random name of what a person is asked; shows a page"),
    ("/oauth2/login", "a password; throttled; a token of the page against forgery"),
    ("/oauth2/consent", "the cookie of a login, and a token of the page against forgery"),
    ("/oauth2/token", "the client proves itself, and what it exchanges is the proof; throttled"),
    ("/oauth2/revoke", "the client proves itself; only its own tokens"),
    ("/oauth2/introspect", "the client proves itself with a secret; only tokens of its tenant"),
    ("/oauth2/par", "the client proves itself"),
    ("/oauth2/device", "the client proves itself"),
    ("/device", "shows a page"),
    ("/device", "a code that a device shows; throttled; a token of the page against forgery"),
    ("/oauth2/logout", "an ID token, or a page that asks"),
    ("/oauth2/logout", "the cookie of a login, and a token of the page against forgery"),
    ("/auth/v1/password/strength", "before the first password there is no login; reveals nothing; throttled"),
];

#[test]
fn every_open_route_is_on_the_list_with_its_reason() {
    let open = ROUTES.iter().filter(|route| route.access == Access::Open);
    let mut found: Vec<&str> = open.map(|route| route.path).collect();
    let mut listed: Vec<&str> = OPEN.iter().map(|(path, _)| *path).collect();
    listed.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, listed);
}

#[tokio::test]
async fn a_route_of_one_plane_is_not_on_the_other() {
    let app = TestApp::start().await;
    let on_data = app.send(Method::GET, &format!("{}/metrics", app.base), Some(&app.admin_key), &[], "").await;
    assert_eq!(on_data.status, StatusCode::NOT_FOUND);
    let on_admin = app.send(Method::POST, &format!("{}/v1/messages", app.admin), Some(&app.admin_key), &[], "{}").await;
    assert_eq!(on_admin.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_key_reaches_only_the_models_on_its_list() {
    let app = TestApp::start().await;
    let new = portcullis::auth::key::NewKey {
        name: "narrow".into(),
        scopes: vec!["inference".into()],
        models: Some(vec!["claude".into()]),
        ..Default::default()
    };
    let key = app.app().keys.create(new).await.unwrap();
    let url = format!("{}/v1/chat/completions", app.base);
    let reply = app.send(Method::POST, &url, Some(&key), &[], crate::app::chat("hello").to_string()).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN, "{}", reply.text());
    assert_eq!(reply.json()["error"]["code"], "permission_denied");
    let models = app.send(Method::GET, &format!("{}/v1/models", app.base), Some(&key), &[], "").await.json();
    assert_eq!(models["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn two_keys_that_differ_are_refused() {
    let app = TestApp::start().await;
    let url = format!("{}/v1/models", app.base);
    let reply = app.send(Method::GET, &url, Some(&app.key), &[("x-api-key", "pc-other")], "").await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    assert_ne!(reply.json()["error"]["message"], Value::Null);
}
