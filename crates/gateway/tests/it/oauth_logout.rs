//! Back-channel logout: clients are told however a login ends, once, in time, and never anywhere they should not be.

use axum::body::Body;
use axum::response::Response;
use http::{Method, StatusCode};
use portcullis::auth::jwt::jose::{Compact, Jwk, PublicKey};
use portcullis::auth::oauth2::client::{Method as AuthMethod, NewClient, Origin};
use portcullis::auth::oauth2::logout::Told;
use serde_json::{Value, json};

use crate::listener::Listener;
use crate::oauth::{Browser, CALLBACK, ISSUER, Provider, VERIFIER, form, new, parameter};
use crate::user::PASSWORD;

/// A person who logged in at a client that wants to be told.
struct Visit<'p> {
    provider: &'p Provider,
    browser: Browser<'p>,
    client: String,
    tokens: Value,
}

impl<'p> Visit<'p> {
    async fn at(provider: &'p Provider, uri: &str, origin: Origin) -> Self {
        let new = NewClient { backchannel_logout_uri: Some(uri.into()), origin, ..new("Shop", AuthMethod::None) };
        let client = provider.app().app().oauth().create_client(new, "cli").await.unwrap().client.id;
        let browser = Browser::new(provider.app());
        let mut visit = Self { provider, browser, client, tokens: Value::Null };
        visit.tokens = visit.enter(&[]).await;
        visit
    }

    async fn enter(&self, changes: &[(&str, &str)]) -> Value {
        let client = [("client_id", self.client.as_str())];
        let request = self.provider.request(&[&client, changes].concat());
        let code = parameter(&self.browser.allow(&request).await, "code").unwrap();
        let pairs = [("code_verifier", VERIFIER), ("redirect_uri", CALLBACK), client[0]];
        let reply = self.provider.exchange(&code, &pairs).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        reply.json()
    }

    fn sid(&self) -> String {
        claims(self.tokens["id_token"].as_str().unwrap())["sid"].as_str().unwrap().to_owned()
    }

    async fn log_out(&self) {
        let page = self.browser.open("/oauth2/logout").await;
        assert_eq!(self.browser.submit(&page, &[]).await.status, StatusCode::OK);
    }
}

fn claims(token: &str) -> Value {
    serde_json::from_slice(&Compact::split(token).unwrap().payload).unwrap()
}

fn token(body: &str) -> String {
    body.strip_prefix("logout_token=").unwrap_or_else(|| panic!("{body}")).to_owned()
}

/// Lets the provider tell what is due; the job of the running gateway does the same once a second.
async fn tell(provider: &Provider) -> Vec<Told> {
    let app = provider.app().app();
    app.oauth().tell_logouts(&app.tokens).await.unwrap()
}

async fn kinds(provider: &Provider, kind: &str) -> usize {
    provider.app().entries(kind).await.len()
}

#[tokio::test]
async fn a_client_is_told_with_a_token_that_is_nothing_else() {
    let (provider, shop) = (Provider::start().await, Listener::saying(200).await);
    let visit = Visit::at(&provider, &format!("{}/bcl?x=1", shop.base), Origin::Operator).await;
    assert!(tell(&provider).await.is_empty() && shop.heard().is_empty(), "nothing has ended");
    visit.log_out().await;
    tell(&provider).await;
    let heard = shop.wait(1).await.remove(0);
    assert_eq!(heard.path, "/bcl?x=1");
    let token = token(&heard.body);
    let parts = Compact::split(&token).unwrap();
    let header: Value = serde_json::from_slice(&parts.header).unwrap();
    let keys = visit.browser.open("/.well-known/jwks.json").await.json();
    let jwk: Jwk = serde_json::from_value(keys["keys"][0].clone()).unwrap();
    assert!(PublicKey::of(&jwk).unwrap().verifies(parts.signed, &parts.signature));
    assert_eq!((&header["typ"], &header["kid"]), (&json!("logout+jwt"), &keys["keys"][0]["kid"]));
    let (said, id) = (claims(&token), claims(visit.tokens["id_token"].as_str().unwrap()));
    assert_eq!((&said["iss"], &said["aud"]), (&json!(ISSUER), &json!(visit.client)));
    assert_eq!((&said["sub"], &said["sid"]), (&id["sub"], &id["sid"]));
    assert_eq!(said["events"], json!({ "http://schemas.openid.net/event/backchannel-logout": {} }));
    assert_eq!(said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap(), 120);
    assert!(said.get("nonce").is_none() && said["jti"].is_string());
    assert_eq!(provider.app().models(&token).await.status, StatusCode::UNAUTHORIZED, "it opens nothing");
    let hint = form(&[("id_token_hint", &token)]);
    assert_eq!(visit.browser.open(&format!("/oauth2/logout?{hint}")).await.status, StatusCode::BAD_REQUEST);
    assert!(tell(&provider).await.is_empty(), "once");
    assert_eq!(kinds(&provider, "oauth.logout_delivered").await, 1);
    let metadata = visit.browser.open("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["backchannel_logout_supported"], true);
    assert_eq!(metadata["backchannel_logout_session_supported"], true);
}

#[tokio::test]
async fn a_client_is_told_however_the_login_ends() {
    let (provider, shop) = (Provider::start().await, Listener::saying(204).await);
    let uri = format!("{}/bcl", shop.base);
    let app = provider.app();
    for (at, way) in ["by the app", "revoked", "password", "role", "kept out"].into_iter().enumerate() {
        let visit = Visit::at(&provider, &uri, Origin::Operator).await;
        let user = claims(visit.tokens["id_token"].as_str().unwrap())["sub"].as_str().unwrap().to_owned();
        match way {
            "by the app" => {
                let hint = form(&[("id_token_hint", visit.tokens["id_token"].as_str().unwrap())]);
                visit.browser.open(&format!("/oauth2/logout?{hint}")).await;
            }
            "revoked" => {
                let body = json!({ "sid": visit.sid() });
                let reply = app.admin(Method::POST, "/admin/v1/tokens/revoke", &body).await;
                assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
            }
            "password" => {
                let new = "granite pelican sonnet";
                for (old, new) in [(PASSWORD, new), (new, PASSWORD)] {
                    let body = json!({ "email": "ada@example.com", "current": old, "new": new });
                    let reply = provider.house.post("/auth/v1/password/change", &body).await;
                    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
                }
            }
            "role" => drop(app.app().users().add_role(&user, "developer", "cli").await.unwrap()),
            _ => app.app().users().deactivate(&user, "cli").await.unwrap(),
        }
        tell(&provider).await;
        let said = claims(&token(&shop.wait(at + 1).await[at].body));
        assert_eq!(said["sid"], json!(visit.sid()), "{way}");
    }
}

#[tokio::test]
async fn a_client_that_does_not_answer_is_told_again_with_growing_pauses_and_then_given_up() {
    let (provider, shop) = (Provider::start().await, Listener::saying(500).await);
    let visit = Visit::at(&provider, &format!("{}/bcl", shop.base), Origin::Operator).await;
    visit.log_out().await;
    let mut seen = 0;
    for pause_s in [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400] {
        tell(&provider).await;
        seen += 1;
        shop.wait(seen).await;
        assert!(tell(&provider).await.is_empty(), "not before {pause_s} s have passed");
        provider.app().clock.pass(pause_s);
    }
    assert_eq!(kinds(&provider, "oauth.logout_failed").await, 0);
    tell(&provider).await;
    shop.wait(9).await;
    for _ in 0..500 {
        if kinds(&provider, "oauth.logout_failed").await > 0 {
            break;
        }
    }
    assert_eq!(kinds(&provider, "oauth.logout_failed").await, 1);
    provider.app().clock.pass(86_400);
    assert!(tell(&provider).await.is_empty(), "nobody tries any more");
}

#[tokio::test]
async fn two_nodes_tell_once_and_a_node_that_was_down_tells_late() {
    let (provider, shop) = (Provider::start().await, Listener::saying(200).await);
    let visit = Visit::at(&provider, &format!("{}/bcl", shop.base), Origin::Operator).await;
    visit.log_out().await;
    let (_, server) = provider.app().beside().await;
    let other = server.app().clone();
    let _ = tokio::join!(tell(&provider), async { other.oauth().tell_logouts(&other.tokens).await.unwrap() });
    shop.wait(1).await;
    let late = Visit::at(&provider, &format!("{}/late", shop.base), Origin::Operator).await;
    server.shutdown().await.unwrap();
    late.log_out().await;
    tell(&provider).await;
    assert_eq!(shop.wait(2).await[1].path, "/late");
}

#[tokio::test]
async fn a_login_that_is_renewed_by_the_same_person_has_not_ended() {
    let (provider, shop) = (Provider::start().await, Listener::saying(200).await);
    let visit = Visit::at(&provider, &format!("{}/bcl", shop.base), Origin::Operator).await;
    provider.app().clock.pass(60);
    visit.enter(&[("prompt", "login")]).await;
    tell(&provider).await;
    assert!(shop.heard().is_empty(), "{:?}", shop.heard());
    visit.log_out().await;
    tell(&provider).await;
    let said: Vec<Value> = shop.wait(2).await.iter().map(|heard| claims(&token(&heard.body))["sid"].clone()).collect();
    assert!(said.contains(&json!(visit.sid())), "the client knows it by its first name: {said:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_a_stranger_does_not_lead_into_the_network() {
    let provider = Provider::start().await;
    let inner = Listener::saying(200).await;
    let to = format!("{}/inner", inner.base);
    let shop =
        Listener::start(move |_| Response::builder().status(307).header("location", &to).body(Body::empty()).unwrap())
            .await;
    let visit = Visit::at(&provider, &format!("{}/bcl", shop.base), Origin::Operator).await;
    visit.log_out().await;
    assert!(tell(&provider).await.iter().all(|told| *told == Told::Delayed));
    shop.wait(1).await;
    let stranger = Visit::at(&provider, &format!("{}/bcl", inner.base), Origin::Registered).await;
    stranger.log_out().await;
    for _ in 0..3 {
        assert!(tell(&provider).await.iter().all(|told| *told == Told::Delayed));
        provider.app().clock.pass(700);
    }
    assert!(inner.heard().is_empty(), "{:?}", inner.heard());
}

#[tokio::test]
async fn where_a_client_is_told_is_checked_when_it_is_registered() {
    let provider = Provider::start().await;
    for uri in [
        "http://shop.example/bcl",
        "com.example.app:/bcl",
        "https://shop.example/bcl#f",
        "https://u@shop.example/",
        "x",
    ] {
        let new = NewClient { backchannel_logout_uri: Some(uri.into()), ..new("Shop", AuthMethod::None) };
        let refused = provider.app().app().oauth().create_client(new, "cli").await;
        assert!(refused.is_err_and(|error| error.to_string().contains("--backchannel-logout")), "{uri}");
    }
}
