//! Every route against everybody, and the models and keys that narrow it. What each role may do stands in `docs/roles.txt`.

use std::collections::HashMap;

use http::{Method, StatusCode};
use portcullis::auth::key::NewKey;
use portcullis::auth::user::ROLES;
use portcullis::data::access::{Action, matrix};
use portcullis::http::router::{Access, Plane, ROUTES, Route, Target};
use serde_json::{Value, json};
use wire::Surface;

use crate::app::TestApp;

/// The table that people review: action → roles that may.
fn table() -> HashMap<String, Vec<String>> {
    let text = include_str!("../../../../docs/roles.txt");
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let roles: Vec<&str> = lines.next().unwrap().split_whitespace().skip(1).collect();
    let row = |line: &str| {
        let mut cells = line.split_whitespace();
        let action = cells.next().unwrap().to_owned();
        let may = roles.iter().zip(cells).filter(|(_, cell)| *cell == "yes").map(|(role, _)| (*role).to_owned());
        (action, may.collect())
    };
    lines.map(row).collect()
}

#[test]
fn v8_1_1_the_table_of_roles_is_fresh() {
    assert_eq!(include_str!("../../../../docs/roles.txt"), matrix(), "run `cargo xtask docs`");
}

/// Who comes.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Asker {
    Nobody,
    Stranger,
    /// A key of the operator for something that no route asks for.
    NoScope,
    /// A key of the operator for everything.
    Operator,
    /// A key of somebody in this role.
    KeyOf(&'static str),
    /// Somebody in this role.
    Person(&'static str),
    /// An owner, of another tenant.
    Foreigner,
}

/// What the route asks for: nothing, when it is open or about the person themselves.
fn asked(route: &Route) -> Option<Action> {
    match route.target {
        Target::Prompt(Surface::Moderations) => Some(Action::ModerationUse),
        Target::Prompt(_) => Some(Action::ModelInfer),
        Target::Models | Target::Model => Some(Action::ModelList),
        Target::Admin(handler) => handler.action(),
        Target::Account(_)
        | Target::Login(_)
        | Target::Factor(_)
        | Target::OAuth(_)
        | Target::Outside(_)
        | Target::Scim(_)
        | Target::Site(_) => None,
    }
}

fn expected(route: &Route, asker: Asker, table: &HashMap<String, Vec<String>>) -> bool {
    let may = |role: &str| {
        let action = asked(route).expect("a route that is neither open nor personal asks for something");
        table[action.name()].iter().any(|own| own == role)
    };
    match (route.access, asker) {
        (Access::Open, _) => true,
        // The token of an identity provider opens these, and no other key or token.
        (Access::Scim, _) => false,
        (_, Asker::Nobody | Asker::Stranger | Asker::NoScope) => false,
        (Access::Person, Asker::Person(_) | Asker::Foreigner) => true,
        (Access::Person, _) => false,
        (_, Asker::Operator) => true,
        (_, Asker::KeyOf(role) | Asker::Person(role)) => may(role),
        // What there is one of for the whole installation is the tenant `default`'s.
        (_, Asker::Foreigner) => {
            let action = asked(route).map(Action::name).unwrap_or_default();
            may("owner")
                && !["policy.", "config.", "limit.", "ban.", "firewall."]
                    .iter()
                    .any(|shared| action.starts_with(shared))
        }
    }
}

#[tokio::test]
async fn v8_2_1_v8_3_1_every_route_refuses_who_may_not() {
    let (app, table) = (TestApp::start().await, table());
    let other = app.app().users().create_tenant("other", "test").await.unwrap().id;
    let mut askers = vec![Asker::Nobody, Asker::Stranger, Asker::NoScope, Asker::Operator, Asker::Foreigner];
    askers.extend(ROLES.iter().flat_map(|role| [Asker::KeyOf(role), Asker::Person(role)]));
    for asker in askers {
        let (user, tenant) = match asker {
            Asker::KeyOf(role) | Asker::Person(role) => (app.person("default", role).await, "default"),
            Asker::Foreigner => (app.person(&other, "owner").await, other.as_str()),
            _ => (String::new(), ""),
        };
        let mut held = match asker {
            Asker::Nobody => None,
            Asker::Stranger => Some("pc-0000000000000000000000000000000000000000000000".to_owned()),
            Asker::NoScope => {
                let scopes = vec!["tenant.create".into()];
                Some(
                    app.app().keys.create(NewKey { name: "narrow".into(), scopes, ..NewKey::default() }).await.unwrap(),
                )
            }
            Asker::Operator => Some(app.admin_key.clone()),
            Asker::KeyOf(_) => Some(app.key_of(&user).await),
            Asker::Person(_) | Asker::Foreigner => Some(app.token_of(&user, tenant).await),
        };
        for route in ROUTES {
            if route.access == Access::Person && matches!(asker, Asker::Person(_) | Asker::Foreigner) {
                // One of these routes ends the session.
                held = Some(app.token_of(&user, tenant).await);
            }
            let refused = refused(&app, route, held.as_deref()).await;
            assert_eq!(!refused, expected(route, asker, &table), "{asker:?}: {} {}", route.method, route.path);
            if route.path.ends_with("/logout") && !user.is_empty() && !matches!(asker, Asker::KeyOf(_)) {
                held = Some(app.token_of(&user, tenant).await);
            }
        }
    }
}

async fn refused(app: &TestApp, route: &Route, held: Option<&str>) -> bool {
    let base = if route.plane == Plane::Data { &app.base } else { &app.admin };
    let path = route.path.replace("{model}", "m").replace("{name}", "default").replace("{provider}", "none");
    let body = match route.target {
        Target::Prompt(_) => json!({
            "model": "m", "max_tokens": 5, "messages": [{ "role": "user", "content": "hello" }],
            "input": "hello", "prompt": "hello",
        }),
        _ => json!({}),
    };
    // There is no such session, so that nobody ends another's.
    let url = format!("{base}{}", path.replace("{id}", "ses_none"));
    let reply = app.send(route.method.clone(), &url, held, &[], body.to_string()).await;
    matches!(reply.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}

#[test]
fn every_handler_of_the_admin_plane_that_is_not_open_names_its_action() {
    for route in ROUTES.iter().filter(|route| matches!(route.target, Target::Admin(_))) {
        assert_eq!(asked(route).is_none(), route.access == Access::Open, "{}", route.path);
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
    ("/auth/v1/login/factor", "the challenge is the proof of the password; five tries"),
    ("/auth/v1/login/factor/options", "the challenge is the proof of the password; a random question"),
    ("/auth/v1/login/passkey/options", "a random question, the same for everybody; throttled"),
    ("/auth/v1/login/passkey", "the passkey is the proof; throttled"),
    ("/auth/v1/login/enrol", "the challenge is the proof of the password"),
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
    ("/oauth2/register", "off, or an initial access token, or whoever comes where the operator says so; throttled"),
    ("/oauth2/par", "the client proves itself"),
    ("/oauth2/device", "the client proves itself"),
    ("/challenge", "the work of a browser is the proof; off unless the operator says so"),
    ("/device", "shows a page"),
    ("/device", "a code that a device shows; throttled; a token of the page against forgery"),
    ("/oauth2/logout", "an ID token, or a page that asks"),
    ("/oauth2/logout", "the cookie of a login, and a token of the page against forgery"),
    ("/auth/v1/outside/start/{provider}", "leads to a configured provider and nowhere else; throttled"),
    ("/auth/v1/outside/callback/{provider}", "the provider's signed answer to this browser's own question; throttled"),
    ("/login", "shows a page"),
    ("/login", "a password; throttled; a token of the page against forgery"),
    ("/login/factor", "shows a page, or leads to the login"),
    ("/login/factor", "the challenge in a cookie is the proof of the password; five tries"),
    ("/login/enrolment", "the challenge in a cookie is the proof of the password"),
    ("/login/enrolment", "the challenge in a cookie is the proof of the password; five tries"),
    ("/invitation", "shows a page; moves a token out of the address"),
    ("/invitation", "the mailed token is the proof; throttled"),
    ("/recovery", "shows a page; moves a token out of the address"),
    ("/recovery", "who comes has lost the password; answers everybody the same; throttled"),
    ("/recovery/password", "shows a page"),
    ("/recovery/password", "the mailed token is the proof; throttled"),
    ("/verification", "shows a page; moves a token out of the address"),
    ("/verification", "the mailed token is the proof; throttled"),
    ("/account", "leads to the login who has no cookie of one; forms carry a token against forgery"),
    ("/account/sessions/end", "leads to the login who has no cookie of one; forms carry a token against forgery"),
    ("/account/apps", "leads to the login who has no cookie of one; forms carry a token against forgery"),
    ("/account/factors/remove", "leads to the login who has no cookie of one; forms carry a token against forgery"),
    ("/account/outside/link", "leads to the login who has no cookie of one; forms carry a token against forgery"),
    ("/account/outside/unlink", "leads to the login who has no cookie of one; forms carry a token against forgery"),
    ("/account/factors/rename", "leads to the login who has no cookie of one; forms carry a token against forgery"),
    ("/account/codes", "leads to the login who has no cookie of one; forms carry a token against forgery"),
    ("/account/passkey", "leads to the login who has no cookie of one; forms carry a token against forgery"),
    ("/account/passkey", "leads to the login who has no cookie of one; forms carry a token against forgery"),
    ("/account/authenticator", "leads to the login who has no cookie of one; forms carry a token against forgery"),
    ("/account/authenticator", "leads to the login who has no cookie of one; forms carry a token against forgery"),
    (
        "/account/authenticator/confirm",
        "leads to the login who has no cookie of one; forms carry a token against forgery",
    ),
    ("/account/password", "leads to the login who has no cookie of one; forms carry a token against forgery"),
    ("/account/password", "leads to the login who has no cookie of one; forms carry a token against forgery"),
    ("/account/confirm", "leads to the login who has no cookie of one; forms carry a token against forgery"),
    ("/account/confirm", "leads to the login who has no cookie of one; forms carry a token against forgery"),
    ("/account/logout", "leads to the login who has no cookie of one; forms carry a token against forgery"),
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
    let new = NewKey {
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
