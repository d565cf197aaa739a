//! What is dangerous asks for somebody who showed lately, and strongly enough, who they are.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Method, StatusCode};
use portcullis::auth::jwt::binding::Binding;
use portcullis::auth::session::NewSession;
use serde_json::{Value, json};

use crate::app::{Reply, ada};
use crate::mfa::{outcome, text};
use crate::user::{House, PASSWORD};

const ADA: &str = "ada@example.com";
const STALE: &str = "insufficient_user_authentication";

fn assert_stale(reply: &Reply, acr: &str) {
    assert_eq!(outcome(reply), (StatusCode::UNAUTHORIZED, STALE.to_owned()), "{}", reply.text());
    let expected = format!("Bearer error=\"{STALE}\", acr_values=\"{acr}\", max_age=\"600\"");
    assert_eq!(reply.header("www-authenticate"), expected);
}

#[tokio::test]
async fn v7_5_1_factors_are_changed_by_who_showed_lately_who_they_are() {
    let house = House::start("").await;
    house.user(ADA).await;
    let weak = text(&house.enter(ADA).await, "access_token");
    let (phone, _) = house.phone(ADA).await;
    let strong = text(&house.enter_with(ADA, &phone).await, "access_token");
    let listed = house.own(Method::GET, "/auth/v1/factors", &strong, &Value::Null).await.json();
    let remove = format!("/auth/v1/factors/{}", listed["factors"][0]["id"].as_str().unwrap());
    let changes = [
        (Method::POST, "/auth/v1/factors/totp", json!({})),
        (Method::POST, "/auth/v1/factors/totp/confirm", json!({ "factor": "fct_x", "code": "000000" })),
        (Method::POST, "/auth/v1/factors/recovery-codes", json!({})),
        (Method::DELETE, remove.as_str(), Value::Null),
    ];
    for (method, path, body) in &changes {
        // A session from before there was a factor is not enough.
        assert_stale(&house.own(method.clone(), path, &weak, body).await, "aal2");
    }
    house.app.clock.pass(601);
    for (method, path, body) in &changes {
        assert_stale(&house.own(method.clone(), path, &strong, body).await, "aal2");
    }
    let both = json!({ "password": PASSWORD, "code": phone.code(&house, 0) });
    let renewed = house.own(Method::POST, "/auth/v1/step-up", &strong, &both).await;
    assert_eq!((renewed.status, &renewed.json()["acr"]), (StatusCode::OK, &json!("aal2")), "{}", renewed.text());
    let token = text(&renewed, "access_token");
    assert_eq!(house.app.models(&strong).await.status, StatusCode::UNAUTHORIZED, "the old session ends (V7.2.4)");
    house.forget_letters();
    let removed = house.own(Method::DELETE, &remove, &token, &Value::Null).await;
    assert_eq!(removed.status, StatusCode::OK, "{}", removed.text());
    assert_eq!(house.app.entries("factor.removed").await.len(), 1);
    for _ in 0..100 {
        if house.letters().iter().any(|letter| letter.contains("A second factor was removed")) {
            assert!(house.enter(ADA).await.json()["access_token"].is_string(), "nothing is asked for any more");
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("V6.3.7: the owner was not told");
}

#[tokio::test]
async fn v7_5_3_a_step_up_asks_for_every_factor_and_five_tries_end_it() {
    let house = House::start("").await;
    house.user(ADA).await;
    let (phone, codes) = house.phone(ADA).await;
    let token = text(&house.enter_with(ADA, &phone).await, "access_token");
    let up = async |body: Value| house.own(Method::POST, "/auth/v1/step-up", &token, &body).await;
    let code = phone.code(&house, 0);
    for (body, expected) in [
        (json!({ "code": code }), "invalid_body"),
        (json!({ "password": "not the right one", "code": code }), "invalid_credentials"),
        (json!({ "password": PASSWORD }), "invalid_code"),
        (json!({ "password": PASSWORD, "code": code, "recovery_code": codes[0] }), "invalid_code"),
        (json!({ "password": PASSWORD, "code": code, "acr": "aal2" }), "invalid_body"),
    ] {
        assert_eq!(outcome(&up(body.clone()).await).1, expected, "{body}");
    }
    for _ in 0..5 {
        assert_eq!(outcome(&up(json!({ "password": PASSWORD, "code": "000000" })).await).1, "invalid_code");
    }
    let dead = up(json!({ "password": PASSWORD, "code": code })).await;
    assert_eq!(outcome(&dead), (StatusCode::UNAUTHORIZED, "invalid_challenge".to_owned()));
    assert_eq!(house.app.models(&token).await.status, StatusCode::OK, "the session itself goes on");
}

#[tokio::test]
async fn a_step_up_keeps_what_tokens_are_bound_to() {
    let house = House::start("").await;
    let user = house.user(ADA).await;
    let binding = Binding::parse("jkt:0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I").unwrap();
    let new = NewSession { user: user.id.to_string(), binding: Some(binding), ..ada() };
    let before = house.app.login_as(new).await;
    let tokens = &house.app.app().tokens;
    let after = tokens.step_up(&before.session_id, vec!["pwd".into()], "aal1", "test").await.unwrap();
    assert_eq!((before.token_type, after.token_type), ("DPoP", "DPoP"));
    assert_ne!(before.session_id, after.session_id);
    assert!(tokens.step_up(&before.session_id, vec!["pwd".into()], "aal2", "test").await.is_err(), "it has ended");
}

#[tokio::test]
async fn v9_1_1_a_forged_acr_is_worth_nothing() {
    let house = House::start("").await;
    house.user(ADA).await;
    let weak = text(&house.enter(ADA).await, "access_token");
    house.phone(ADA).await;
    let parts: Vec<&str> = weak.split('.').collect();
    let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    assert_eq!(claims["acr"], "aal1");
    claims["acr"] = json!("aal2");
    let forged = format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(claims.to_string()), parts[2]);
    let reply = house.own(Method::POST, "/auth/v1/factors/recovery-codes", &forged, &json!({})).await;
    assert_eq!(outcome(&reply), (StatusCode::UNAUTHORIZED, "invalid_token".to_owned()));
}

#[tokio::test]
async fn v3_5_1_another_site_enrols_nothing_and_steps_nobody_up() {
    let house = House::start("").await;
    house.user(ADA).await;
    let reply = house.login(ADA, PASSWORD).await;
    let pairs = reply.headers.get_all("set-cookie").iter().filter_map(|line| line.to_str().unwrap().split(';').next());
    let jar = pairs.collect::<Vec<_>>().join("; ");
    let csrf = jar.split("__Host-portcullis-csrf=").nth(1).unwrap().split(';').next().unwrap().to_owned();
    let post = async |path: &str, headers: &[(&str, &str)], body: Value| {
        let mut all = vec![("cookie", jar.as_str())];
        all.extend_from_slice(headers);
        house.post_with(path, &all, &body).await
    };
    let (own, same) = (("origin", "http://127.0.0.1:8080"), ("sec-fetch-site", "same-origin"));
    let token = ("x-csrf-token", csrf.as_str());
    for path in ["/auth/v1/factors/totp", "/auth/v1/factors/recovery-codes", "/auth/v1/step-up"] {
        for headers in [
            &[][..],
            &[own, same],
            &[("origin", "https://evil.example"), token],
            &[own, ("sec-fetch-site", "cross-site"), token],
        ] {
            let reply = post(path, headers, json!({ "password": PASSWORD })).await;
            assert_eq!(outcome(&reply), (StatusCode::FORBIDDEN, "cross_site".to_owned()), "{path}");
        }
    }
    let reply = post("/auth/v1/factors/totp", &[own, same, token], json!({ "name": "phone" })).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let stepped = post("/auth/v1/step-up", &[own, same, token], json!({ "password": PASSWORD })).await;
    assert_eq!(stepped.status, StatusCode::OK, "{}", stepped.text());
    assert!(stepped.json()["access_token"].is_null(), "page script sees none: {}", stepped.text());
    assert_eq!(stepped.headers.get_all("set-cookie").iter().count(), 3);
}

#[tokio::test]
async fn v7_5_2_other_sessions_are_ended_by_who_showed_lately_who_they_are() {
    let house = House::start("").await;
    house.user(ADA).await;
    let here = house.enter(ADA).await;
    let there = text(&house.enter(ADA).await, "session_id");
    let token = text(&here, "access_token");
    house.app.clock.pass(601);
    let other = format!("/auth/v1/sessions/{there}");
    assert_stale(&house.own(Method::DELETE, &other, &token, &Value::Null).await, "aal1");
    let renewed = house.own(Method::POST, "/auth/v1/step-up", &token, &json!({ "password": PASSWORD })).await;
    let token = text(&renewed, "access_token");
    assert_eq!(house.own(Method::DELETE, &other, &token, &Value::Null).await.status, StatusCode::OK);
    house.app.clock.pass(601);
    let own = format!("/auth/v1/sessions/{}", text(&renewed, "session_id"));
    assert_eq!(house.own(Method::DELETE, &own, &token, &Value::Null).await.status, StatusCode::OK, "one's own, always");
}

#[tokio::test]
async fn v6_2_3_who_has_a_second_factor_changes_the_password_with_it() {
    let house = House::start("").await;
    house.user(ADA).await;
    house.user("eve@example.com").await;
    let weak = text(&house.enter(ADA).await, "access_token");
    let eves = text(&house.enter("eve@example.com").await, "access_token");
    let (phone, _) = house.phone(ADA).await;
    let strong = text(&house.enter_with(ADA, &phone).await, "access_token");
    let body = json!({ "email": ADA, "current": PASSWORD, "new": "seven plain herons over the weir" });
    let path = "/auth/v1/password/change";
    assert_stale(&house.post(path, &body).await, "aal2");
    for token in [&weak, &eves] {
        assert_stale(&house.own(Method::POST, path, token, &body).await, "aal2");
    }
    let wrong = json!({ "email": ADA, "current": "not the right one", "new": "seven plain herons over the weir" });
    assert_eq!(outcome(&house.post(path, &wrong).await).1, "invalid_credentials", "which tells nothing of factors");
    let changed = house.own(Method::POST, path, &strong, &body).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    assert_eq!(house.app.models(&strong).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn v8_4_2_a_person_changes_policies_after_a_step_up_and_a_key_by_its_scope() {
    let house = House::start("").await;
    house.user_as(ADA, &["admin"]).await;
    let challenge = house.challenge(ADA).await;
    let enrolment = house.post("/auth/v1/login/enrol", &json!({ "challenge": challenge })).await;
    let phone = crate::mfa::Phone::new(&text(&enrolment, "secret"));
    let token = text(&house.answer(&challenge, &phone.code(&house, 0)).await, "access_token");
    let put = async |key: &str| {
        let policy = json!({ "name": "mine" });
        let url = format!("{}/admin/v1/policies/mine", house.app.admin);
        house.app.send(Method::PUT, &url, Some(key), &[], policy.to_string()).await
    };
    let reply = put(&token).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    house.app.clock.pass(601);
    assert_stale(&put(&token).await, "aal2");
    let url = format!("{}/admin/v1/policies", house.app.admin);
    assert_eq!(house.app.send(Method::GET, &url, Some(&token), &[], "").await.status, StatusCode::OK, "reading may");
    assert_eq!(put(&house.app.admin_key).await.status, StatusCode::OK);
    let both = json!({ "password": PASSWORD, "code": phone.code(&house, 0) });
    let renewed = house.own(Method::POST, "/auth/v1/step-up", &token, &both).await;
    assert_eq!(put(&text(&renewed, "access_token")).await.status, StatusCode::OK);
}
