//! Refresh tokens over HTTP: races, retries, lost answers and thieves.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use http::StatusCode;
use portcullis::auth::jwt::Presentation;
use serde_json::{Value, json};

use crate::app::{Reply, TestApp};

fn token(reply: &Reply, name: &str) -> String {
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    reply.json()[name].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_refresh_rotates() {
    let app = TestApp::start().await;
    let mut held = app.login(&["inference"]).await.refresh_token;
    for _ in 0..5 {
        let reply = app.refresh(&held).await;
        assert_eq!(reply.header("cache-control"), "no-store");
        let next = token(&reply, "refresh_token");
        assert_ne!(next, held);
        assert_eq!(app.models(&token(&reply, "access_token")).await.status, StatusCode::OK);
        held = next;
    }
    assert_eq!(app.entries("token.refreshed").await.len(), 5);
}

#[tokio::test]
async fn fifty_at_once_get_one_successor_and_nobody_is_logged_out() {
    let app = TestApp::start().await;
    let (_, server) = app.beside().await;
    let issued = app.login(&["inference"]).await;
    let here = (0..25).map(|_| async { token(&app.refresh(&issued.refresh_token).await, "refresh_token") });
    let tokens = &server.app().tokens;
    let there = (0..25).map(|_| async { tokens.refresh(&issued.refresh_token, None).await.unwrap().refresh_token });
    let (here, there) = tokio::join!(join_all(here), join_all(there));
    let successors: BTreeSet<String> = here.into_iter().chain(there).collect();
    assert_eq!(successors.len(), 1, "{successors:?}");
    let successor = successors.first().unwrap();
    assert_eq!(app.refresh(successor).await.status, StatusCode::OK, "the session lives on");
    server.shutdown().await.unwrap();
}

#[tokio::test]
async fn two_tabs_within_the_grace_get_the_same_successor() {
    let app = TestApp::start().await;
    let issued = app.login(&["inference"]).await;
    let first = app.refresh(&issued.refresh_token).await;
    assert_eq!(app.models(&token(&first, "access_token")).await.status, StatusCode::OK, "the first tab goes on");
    app.clock.pass(9);
    let second = app.refresh(&issued.refresh_token).await;
    assert_eq!(token(&second, "refresh_token"), token(&first, "refresh_token"));
    assert_eq!(app.entries("refresh.replayed").await.len(), 1);
}

#[tokio::test]
async fn an_answer_that_was_lost_is_given_again_after_a_crash_and_hours() {
    let app = TestApp::start().await;
    let issued = app.login(&["inference"]).await;
    let lost = token(&app.refresh(&issued.refresh_token).await, "refresh_token");
    // The process ends between the store and the answer; another one serves the retry.
    let app = TestApp::on(app.stop().await, "").await;
    app.clock.pass(3 * 3_600);
    let reply = app.refresh(&issued.refresh_token).await;
    assert_eq!(token(&reply, "refresh_token"), lost);
    assert_eq!(app.entries("refresh.recovered").await.len(), 1);
    // Other tabs wake up at the same time, and one of them uses its token already.
    assert_eq!(app.models(&token(&reply, "access_token")).await.status, StatusCode::OK);
    assert_eq!(token(&app.refresh(&issued.refresh_token).await, "refresh_token"), lost);
}

#[tokio::test]
async fn v10_4_5_a_reused_refresh_token_ends_the_session() {
    let app = TestApp::start().await;
    let (owner, bystander) = (app.login(&["inference"]).await, app.login(&["inference"]).await);
    let thiefs = app.refresh(&owner.refresh_token).await;
    let access = token(&thiefs, "access_token");
    assert_eq!(app.models(&access).await.status, StatusCode::OK, "the thief was first");
    app.clock.pass(11);
    let reply = app.refresh(&owner.refresh_token).await;
    assert_eq!((reply.status, &reply.json()["error"]["code"]), (StatusCode::BAD_REQUEST, &json!("invalid_grant")));
    assert_eq!(app.models(&access).await.status, StatusCode::UNAUTHORIZED, "its access tokens end at once");
    assert_eq!(app.models(&owner.access_token).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.refresh(&token(&thiefs, "refresh_token")).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(app.refresh(&bystander.refresh_token).await.status, StatusCode::OK, "another device goes on");
    let events = app.entries("refresh.reused").await;
    assert_eq!(events.len(), 1);
    assert_eq!((&events[0]["severity"], &events[0]["actor"]), (&json!("warning"), &json!("usr_ada")));
    assert_eq!(events[0]["detail"]["session"], json!(owner.session_id));
}

#[tokio::test]
async fn a_token_two_behind_is_reuse_even_within_the_grace() {
    let app = TestApp::start().await;
    let issued = app.login(&["inference"]).await;
    let second = token(&app.refresh(&issued.refresh_token).await, "refresh_token");
    assert_eq!(app.refresh(&second).await.status, StatusCode::OK);
    assert_eq!(app.refresh(&issued.refresh_token).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(app.entries("refresh.reused").await.len(), 1);
}

#[tokio::test]
async fn an_owner_and_a_thief_never_both_get_through_whatever_their_order() {
    let app = TestApp::start().await;
    let tokens = &app.app().tokens;
    for seed in 1..=24_u64 {
        let first = app.login(&["inference"]).await;
        let mut held = [first.refresh_token.clone(), first.refresh_token];
        let (mut got_through, mut dice) = ([false; 2], seed);
        for _ in 0..12 {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (who, is_lost) = (usize::from(dice >> 40 & 1 == 1), dice >> 42 & 7 == 0);
            app.clock.pass(11 + (dice >> 48 & 1_023) as i64);
            let Ok(issued) = tokens.refresh(&held[who], None).await else { break };
            if is_lost {
                continue;
            }
            assert!(tokens.verify(&issued.access_token, Presentation::default()).await.is_ok(), "seed {seed}");
            held[who] = issued.refresh_token;
            got_through[who] = true;
            assert_ne!(got_through, [true, true], "seed {seed}: both got through");
        }
    }
    assert!(app.entries("refresh.reused").await.len() >= 20, "and mostly somebody was noticed");
}

#[tokio::test]
async fn v7_3_1_v7_3_2_v10_4_8_a_session_ends_when_idle_and_in_any_case() {
    let app = TestApp::start().await;
    let idle = app.login(&["inference"]).await;
    app.clock.pass(7 * 86_400);
    assert_eq!(app.refresh(&idle.refresh_token).await.status, StatusCode::BAD_REQUEST, "not used for seven days");
    let mut held = app.login(&["inference"]).await.refresh_token;
    for _ in 0..4 {
        app.clock.pass(6 * 86_400);
        held = token(&app.refresh(&held).await, "refresh_token");
    }
    app.clock.pass(6 * 86_400);
    let reply = app.refresh(&held).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "thirty days old: {}", reply.text());
}

#[tokio::test]
async fn forged_refresh_tokens_reach_no_store() {
    let app = TestApp::start().await;
    let issued = app.login(&["inference"]).await;
    let (named, mac) = issued.refresh_token.rsplit_once('.').unwrap();
    let ahead = named.replace(".0", ".1");
    for forged in [
        String::new(),
        "pcr_v1".into(),
        format!("{ahead}.{mac}"),
        format!("{named}.{}", "A".repeat(43)),
        format!("{}.{mac}", named.replace("pcr_v1", "pcr_v0")),
        format!("{}%00", issued.refresh_token),
        issued.access_token.clone(),
        app.login(&["inference"]).await.refresh_token.replace("ses_", "ses-"),
        "a".repeat(3_000),
    ] {
        let reply = app.refresh(&forged).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{forged}: {}", reply.text());
        assert_eq!(reply.json()["error"]["code"], "invalid_grant", "{forged}");
    }
    let other = TestApp::start().await;
    assert_eq!(app.refresh(&other.login(&["inference"]).await.refresh_token).await.status, StatusCode::BAD_REQUEST);
    let bad =
        ["[]", "{\"refresh_token\":1}", "{\"refresh_token\":\"a\",\"refresh_token\":\"b\"}", "{\"scope\":\"admin\"}"];
    for body in bad {
        let url = format!("{}/auth/v1/token/refresh", app.base);
        let reply = app.send(http::Method::POST, &url, None, &[], body).await;
        assert_eq!(
            (reply.status, &reply.json()["error"]["code"]),
            (StatusCode::BAD_REQUEST, &json!("invalid_request"))
        );
    }
    assert_eq!(app.refresh(&issued.refresh_token).await.status, StatusCode::OK, "and none of it did any harm");
    assert_eq!(app.entries("refresh.reused").await, Vec::<Value>::new());
}
