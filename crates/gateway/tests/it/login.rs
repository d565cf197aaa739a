//! The door for passwords, attacked.

use http::{Method, StatusCode};
use serde_json::json;

use crate::user::{House, PASSWORD};

fn ids_out(text: &str) -> String {
    text.split("(request id").next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn v6_3_8_unknown_wrong_and_deactivated_are_one_answer() {
    let house = House::start("auth.throttle.pair_free = 100\nauth.throttle.account_free = 100").await;
    let eve = house.user("eve@example.com").await;
    house.user("ada@example.com").await;
    house.app.app().users().deactivate(eve.id.as_str(), "cli").await.unwrap();
    let mut answers = Vec::new();
    for (email, password) in [
        ("ada@example.com", "not the right one"),
        ("nobody@example.com", PASSWORD),
        ("eve@example.com", PASSWORD),
        ("", PASSWORD),
    ] {
        let reply = house.login(email, password).await;
        answers.push((reply.status, ids_out(&reply.text()), reply.headers.len()));
    }
    assert_eq!(answers[0].0, StatusCode::UNAUTHORIZED);
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

#[tokio::test]
async fn a_good_login_answers_the_user_and_a_device_cookie_and_is_recorded() {
    let house = House::start("").await;
    let user = house.user("ada@example.com").await;
    let reply = house.login(" Ada@Example.com", PASSWORD).await;
    assert_eq!((reply.status, &reply.json()["user"]), (StatusCode::OK, &json!(user.id)));
    let cookies: Vec<&str> = reply.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
    assert_eq!(cookies.len(), 4, "access, refresh, proof against forgery, device: {cookies:?}");
    let cookie = cookies.iter().find(|line| line.starts_with("__Host-device=v1.")).unwrap();
    for rule in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"] {
        assert!(cookie.contains(rule), "{rule}: {cookie}");
    }
    assert_eq!(reply.header("cache-control"), "no-store");
    let entries = house.app.audit().await;
    let entry = entries.iter().find(|entry| entry["kind"] == "login.succeeded").unwrap();
    assert_eq!(entry["actor"], json!(user.id));
    let all = json!(entries).to_string();
    assert!(!all.contains("ada@") && !all.contains("127.0.0.1") && !all.contains(PASSWORD), "{all}");
}

#[tokio::test]
async fn a_tenant_is_an_id_and_nothing_to_write_into_the_log() {
    let house = House::start("").await;
    for tenant in ["", "x".repeat(65).as_str(), "default\", \"kind\": \"forged", "te nant", "\u{202e}"] {
        let body = json!({ "tenant": tenant, "email": "ada@example.com", "password": PASSWORD });
        let reply = house.post("/auth/v1/login", &body).await;
        assert_eq!((reply.status, &reply.json()["error"]["code"]), (StatusCode::BAD_REQUEST, &json!("invalid_body")));
    }
    let metrics = house.app.metrics().await;
    assert!(metrics.contains("portcullis_logins_total{outcome=\"invalid_body\"} 5"), "{metrics}");
}

#[tokio::test]
async fn pages_of_other_sites_and_bodies_that_are_no_json_are_refused() {
    let house = House::start("").await;
    let body = json!({ "email": "ada@example.com", "password": PASSWORD }).to_string();
    for path in [
        "/auth/v1/login",
        "/auth/v1/recovery",
        "/auth/v1/recovery/complete",
        "/auth/v1/invitation/accept",
        "/auth/v1/email/verify",
        "/auth/v1/password/change",
        "/auth/v1/password/strength",
    ] {
        let url = format!("{}{path}", house.app.base);
        let cross = [("origin", "https://evil.example")];
        let reply = house.app.send(Method::POST, &url, None, &cross, body.clone()).await;
        assert_eq!((reply.status, &reply.json()["error"]["code"]), (StatusCode::FORBIDDEN, &json!("cross_site")));
        let fetched = [("sec-fetch-site", "cross-site")];
        let reply = house.app.send(Method::POST, &url, None, &fetched, body.clone()).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path}");
        let reply = house.app.send(Method::POST, &url, None, &[], format!("{body:20000}")).await;
        assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        let reply = house.app.send(Method::POST, &url, None, &[], "{\"password\": 12345678901234}").await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(!reply.text().contains("12345678901234"), "{}", reply.text());
    }
    let reply = house.plain("/auth/v1/login", &body).await;
    assert_eq!(reply.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "a form of another site can send this");
}

#[tokio::test]
async fn strength_is_explained_before_anything_is_set() {
    let house = House::start("").await;
    let judge = async |password: &str| {
        house
            .post("/auth/v1/password/strength", &json!({ "password": password, "email": "ada@example.com" }))
            .await
            .json()
    };
    assert_eq!(judge(PASSWORD).await, json!({ "accepted": true, "score": 4 }));
    let weak = judge("password1234").await;
    assert_eq!((&weak["accepted"], &weak["rule"]), (&json!(false), &json!("guessable")), "{weak}");
    assert!(weak["suggestions"].as_array().is_some_and(|all| !all.is_empty()), "{weak}");
}

#[tokio::test]
async fn v7_2_1_a_login_begins_a_session_and_its_tokens_are_in_cookies_or_where_they_were_asked_for() {
    let house = House::start("").await;
    house.user("ada@example.com").await;
    let app = &house.app;
    let reply = house.login("ada@example.com", PASSWORD).await;
    assert!(reply.json()["access_token"].is_null(), "page script sees none: {}", reply.text());
    let pairs = reply.headers.get_all("set-cookie").iter().filter_map(|line| line.to_str().unwrap().split(';').next());
    let jar = pairs.collect::<Vec<_>>().join("; ");
    let url = format!("{}/auth/v1/sessions", app.base);
    let own = app.send(Method::GET, &url, None, &[("cookie", &jar), ("sec-fetch-site", "same-origin")], "").await;
    assert_eq!(own.json()["current"], reply.json()["session_id"], "{}", own.text());
    let body = json!({ "email": "ada@example.com", "password": PASSWORD, "tokens": "body" });
    let url = format!("{}/auth/v1/login", app.base);
    let reply = app.send_as("application/json", &url, body.to_string()).await;
    let token = reply.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(app.models(&token).await.status, StatusCode::OK);
    assert!(reply.headers.get_all("set-cookie").iter().all(|line| line.to_str().unwrap().starts_with("__Host-device")));
}

#[tokio::test]
async fn v7_4_2_a_user_who_is_kept_out_is_out_of_every_session_at_once() {
    let house = House::start("").await;
    let user = house.user("ada@example.com").await;
    let app = &house.app;
    let body = json!({ "email": "ada@example.com", "password": PASSWORD, "tokens": "body" });
    let url = format!("{}/auth/v1/login", app.base);
    let issued = app.send_as("application/json", &url, body.to_string()).await.json();
    let (access, refresh) = (issued["access_token"].as_str().unwrap(), issued["refresh_token"].as_str().unwrap());
    assert_eq!(app.models(access).await.status, StatusCode::OK);
    app.app().users().deactivate(user.id.as_str(), "cli").await.unwrap();
    assert_eq!(app.models(access).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.refresh(refresh).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(app.app().tokens.sessions.list(Some(user.id.as_str())).await.unwrap().len(), 0);
}

#[tokio::test]
async fn v7_4_3_a_new_password_ends_every_session() {
    let house = House::start("").await;
    house.user("ada@example.com").await;
    let app = &house.app;
    let body = json!({ "email": "ada@example.com", "password": PASSWORD, "tokens": "body" });
    let url = format!("{}/auth/v1/login", app.base);
    let issued = app.send_as("application/json", &url, body.to_string()).await.json();
    let change = json!({ "email": "ada@example.com", "current": PASSWORD, "new": "seven plain herons over the weir" });
    let url = format!("{}/auth/v1/password/change", app.base);
    let changed = app.send_as("application/json", &url, change.to_string()).await;
    assert_eq!(changed.status, StatusCode::OK);
    assert_eq!(app.models(issued["access_token"].as_str().unwrap()).await.status, StatusCode::UNAUTHORIZED);
}
