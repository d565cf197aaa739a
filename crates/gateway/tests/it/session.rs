//! Sessions: listed, ended, renewed; and the command line.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use http::{Method, StatusCode};
use portcullis::auth::session::NewSession;
use serde_json::{Value, json};

use crate::app::{TestApp, ada};

async fn call(app: &TestApp, method: Method, path: &str, token: &str) -> (StatusCode, Value) {
    let reply = app.send(method, &format!("{}{path}", app.base), Some(token), &[], "").await;
    (reply.status, reply.json())
}

#[tokio::test]
async fn v7_4_1_logout_ends_access_and_refresh_at_once() {
    let app = TestApp::start().await;
    let issued = app.login(&["inference"]).await;
    let url = format!("{}/auth/v1/logout", app.base);
    let reply = app.send(Method::POST, &url, Some(&issued.access_token), &[], "").await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert!(reply.header("clear-site-data").contains("cookies"));
    assert_eq!(app.models(&issued.access_token).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.refresh(&issued.refresh_token).await.status, StatusCode::BAD_REQUEST);
    let ended = app.entries("session.ended").await.remove(0);
    assert_eq!((&ended["actor"], &ended["detail"]["reason"]), (&json!("usr_ada"), &json!("logout")));
}

#[tokio::test]
async fn v7_5_2_a_person_sees_and_ends_their_own_sessions_only() {
    let app = TestApp::start().await;
    let here = app.login_as(NewSession { agent: Some("Firefox".into()), address: Some("203.0.113.7".into()), ..ada() });
    let here = here.await;
    let there = app.login(&["inference"]).await;
    let bobs = app.login_as(NewSession { user: "usr_bob".into(), ..ada() }).await;
    let (status, body) = call(&app, Method::GET, "/auth/v1/sessions", &here.access_token).await;
    assert_eq!((status, body["sessions"].as_array().unwrap().len()), (StatusCode::OK, 2), "{body}");
    assert_eq!(body["current"], json!(here.session_id));
    let all = body["sessions"].as_array().unwrap();
    let own = all.iter().find(|session| session["id"] == json!(here.session_id)).unwrap();
    assert_eq!((&own["agent"], &own["address"]), (&json!("Firefox"), &json!("203.0.113.7")));
    for id in [bobs.session_id.as_str(), "ses_none"] {
        let (status, _) = call(&app, Method::DELETE, &format!("/auth/v1/sessions/{id}"), &here.access_token).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{id}");
    }
    let path = format!("/auth/v1/sessions/{}", there.session_id);
    assert_eq!(call(&app, Method::DELETE, &path, &here.access_token).await.0, StatusCode::OK);
    assert_eq!(app.models(&there.access_token).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.models(&bobs.access_token).await.status, StatusCode::OK);
    let reply = app.admin(Method::GET, "/admin/v1/sessions?user=usr_bob", &Value::Null).await;
    assert_eq!(reply.json().as_array().map(Vec::len), Some(1), "{}", reply.text());
    let reply = app.admin(Method::DELETE, &format!("/admin/v1/sessions/{}", bobs.session_id), &Value::Null).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_eq!(app.models(&bobs.access_token).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_key_is_no_person() {
    let app = TestApp::start().await;
    for key in [&app.key, &app.admin_key] {
        assert_eq!(call(&app, Method::GET, "/auth/v1/sessions", key).await.0, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn v7_2_4_a_step_up_begins_a_new_session_and_ends_the_old_one() {
    let app = TestApp::start().await;
    let before = app.login(&["inference"]).await;
    let stronger = NewSession { amr: vec!["pwd".into(), "otp".into()], ..ada() };
    let tokens = &app.app().tokens;
    let after = tokens.renew(&before.session_id, &stronger, "usr_ada").await.unwrap();
    assert_ne!(after.session_id, before.session_id);
    assert_eq!(app.models(&before.access_token).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.models(&after.access_token).await.status, StatusCode::OK);
    let bobs = NewSession { user: "usr_bob".into(), ..ada() };
    assert!(tokens.renew(&after.session_id, &bobs, "usr_bob").await.is_err(), "nobody takes another's session over");
    assert!(tokens.renew(&before.session_id, &stronger, "usr_ada").await.is_err(), "nor one that has ended");
}

#[tokio::test]
async fn a_session_that_breaks_a_rule_is_not_begun() {
    let app = TestApp::start().await;
    for (new, what) in [
        (NewSession { user: "ada".into(), ..ada() }, "user"),
        (NewSession { user: "usr_".into(), ..ada() }, "user"),
        (NewSession { user: "usr_a b".into(), ..ada() }, "user"),
        (NewSession { tenant: String::new(), ..ada() }, "tenant"),
        (NewSession { client: "c".repeat(200), ..ada() }, "client"),
        (NewSession { scopes: vec!["root".into()], ..ada() }, "scopes"),
        (NewSession { scopes: Vec::new(), ..ada() }, "scopes"),
    ] {
        let error = app.app().tokens.begin(&new, "test").await.unwrap_err().to_string();
        assert!(error.starts_with(what), "{error}");
    }
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_done() {
    let app = TestApp::start().await;
    let issued = app.login(&["inference"]).await;
    let (_, other) = app.beside().await;
    // The other process can still write its store, but no entry.
    let theirs = other.app();
    theirs.journal.close().await.unwrap();
    let tokens = &theirs.tokens;
    assert!(tokens.begin(&ada(), "test").await.is_err());
    assert!(tokens.refresh(&issued.refresh_token, None).await.is_err());
    let subject = portcullis::auth::jwt::revocation::Subject::User("usr_ada".into());
    assert!(tokens.revoke(&subject, "test", "test").await.is_err());
    assert!(tokens.keys.rotate(true, "test").await.is_err());
    assert_eq!(app.app().tokens.list(None).await.unwrap().len(), 1, "no session was begun");
    assert_eq!(app.models(&issued.access_token).await.status, StatusCode::OK, "nor ended");
    assert_eq!(app.refresh(&issued.refresh_token).await.status, StatusCode::OK);
    assert_eq!(app.entries("refresh.replayed").await.len(), 0, "and the counter had not moved");
}

/// Runs the command on the data of a gateway that runs.
pub(crate) fn portcullis(app: &TestApp, args: &[&str], input: &str) -> Output {
    let config = app.data.path().join("cli.toml");
    let store = std::fs::read_to_string(app.data.path().join("store.url")).ok();
    let store =
        store.map(|_| format!("[store]\npostgres = \"${{file:{}}}\"\n", app.data.path().join("store.url").display()));
    std::fs::write(&config, store.unwrap_or_default()).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(["--config", config.to_str().unwrap(), "--data", app.data.path().to_str().unwrap()])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[tokio::test]
async fn the_command_line_issues_explains_lists_and_revokes() {
    let app = TestApp::start().await;
    let run = |args: &[&str], input: &str| {
        let output = portcullis(&app, args, input);
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), said)
    };
    let (ok, said) = run(&["token", "issue", "--user", "usr_eve", "--scopes", "inference,admin"], "");
    assert!(ok, "{said}");
    let issued: Value = serde_json::from_str(&said).unwrap();
    let access = issued["access_token"].as_str().unwrap();
    // The gateway reads the key that the command made before long.
    app.app().tokens.poll().await.unwrap();
    assert_eq!(app.models(access).await.status, StatusCode::OK);
    let (ok, said) = run(&["token", "verify"], access);
    assert!(ok && said.contains("signature") && said.contains("usr_eve"), "{said}");
    let (ok, said) = run(&["token", "verify", "--json"], &access.replace("eyJ", "eyK"));
    assert!(!ok && said.contains("header"), "{said}");
    let (ok, said) = run(&["session", "list", "--user", "usr_eve", "--json"], "");
    assert!(ok && said.contains(issued["session_id"].as_str().unwrap()), "{said}");
    let (ok, said) = run(&["token", "keys", "list", "--json"], "");
    assert!(ok && said.contains("\"active\""), "{said}");
    let (ok, said) = run(&["token", "revoke", "--user", "usr_eve"], "");
    assert!(ok && said.contains("revoked"), "{said}");
    let (ok, said) = run(&["token", "revoke"], "");
    assert!(!ok && said.contains("--all"), "{said}");
    let (ok, said) = run(&["session", "revoke", "ses_none"], "");
    assert!(!ok && said.contains("no session"), "{said}");
    let (ok, said) = run(&["token", "keys", "rotate", "--emergency", "--json"], "");
    assert!(ok && said.contains("\"kid\""), "{said}");
    app.app().tokens.poll().await.unwrap();
    assert_eq!(app.models(access).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.entries("token.issued").await.len(), 1);
    let created = app.entries("session.created").await.remove(0);
    assert_eq!((&created["actor"], &created["detail"]["user"]), (&json!("cli"), &json!("usr_eve")));
}
