//! Whoever has shown nothing cannot fill the store, however much they ask.

use http::StatusCode;
use portcullis::store::Db;

use crate::oauth::{Browser, CALLBACK, Provider, challenge, hidden, parameter};
use crate::user::PASSWORD;

async fn rows(db: &Db) -> usize {
    let mut count = 0;
    for statement in [
        "SELECT id FROM oauth_flow",
        "SELECT client_id FROM oauth_code",
        "SELECT client_id FROM oauth_device",
        "SELECT id FROM oauth_client",
        "SELECT sid FROM oauth_login",
        "SELECT ends_at FROM oauth_assertion",
        "SELECT failures FROM throttle",
    ] {
        count += db.fetch_all(statement, Vec::new()).await.unwrap().len();
    }
    count
}

#[tokio::test]
async fn a_flood_of_requests_stores_nothing() {
    let provider = Provider::start().await;
    let db = provider.app().app().db();
    let before = rows(db).await;
    let browser = Browser::new(provider.app());
    for changes in [&[][..], &[("prompt", "none")], &[("client_id", "oac_unknown")], &[("scope", "root")]] {
        let request = format!("/oauth2/authorize?{}", provider.request(changes));
        for _ in 0..100 {
            browser.open(&request).await;
        }
    }
    assert_eq!(rows(db).await, before);
    let location = browser.allow(&provider.request(&[])).await;
    assert!(parameter(&location, "code").is_some(), "and who means it is served: {location}");
}

#[tokio::test]
async fn pushed_requests_of_an_address_have_an_end_and_make_room_by_themselves() {
    let provider = Provider::start().await;
    let challenge = challenge();
    let pairs = [
        ("client_id", provider.public.client.id.as_str()),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    for _ in 0..600 {
        assert_eq!(provider.post("/oauth2/par", &pairs).await.status, StatusCode::CREATED);
    }
    let reply = provider.post("/oauth2/par", &pairs).await;
    assert_eq!((reply.status, reply.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "60"), "{}", reply.text());
    let (id, secret) = (&provider.secret.client.id, provider.secret.client_secret.as_deref().unwrap());
    let proved = [&pairs[1..], &[("client_id", id.as_str()), ("client_secret", secret)]].concat();
    assert_eq!(provider.post("/oauth2/par", &proved).await.status, StatusCode::CREATED, "a client that proves itself");
    let location = Browser::new(provider.app()).allow(&provider.request(&[])).await;
    assert!(parameter(&location, "code").is_some(), "people still log in: {location}");
    provider.app().clock.pass(61);
    assert_eq!(provider.post("/oauth2/par", &pairs).await.status, StatusCode::CREATED);
    provider.app().app().oauth().sweep_waiting().await.unwrap();
    let left = provider.app().app().db().fetch_all("SELECT id FROM oauth_flow", Vec::new()).await.unwrap();
    assert!(left.len() <= 2, "{}", left.len());
}

#[tokio::test]
async fn devices_of_an_address_have_an_end() {
    let provider = Provider::start().await;
    let pairs = [("client_id", provider.public.client.id.as_str()), ("scope", "openid")];
    for _ in 0..600 {
        assert_eq!(provider.post("/oauth2/device", &pairs).await.status, StatusCode::OK);
    }
    assert_eq!(provider.post("/oauth2/device", &pairs).await.status, StatusCode::TOO_MANY_REQUESTS);
    provider.app().clock.pass(601);
    assert_eq!(provider.post("/oauth2/device", &pairs).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_travels_with_the_browser_is_sealed_ends_and_is_answered_once() {
    let (provider, stranger) = (Provider::start().await, Provider::start().await);
    let browser = Browser::new(provider.app());
    let page = browser.open(&format!("/oauth2/authorize?{}", provider.request(&[]))).await;
    let flow = hidden(&page.text())[0].1.clone();
    assert!(flow.starts_with("flw_") && !flow.contains(&provider.public.client.id), "{flow}");
    let foreign = Browser::new(stranger.app()).open(&format!("/oauth2/authorize?{}", stranger.request(&[]))).await;
    let foreign = hidden(&foreign.text())[0].1.clone();
    let mut changed = flow.clone().into_bytes();
    changed[40] ^= 1;
    for (what, flow) in [
        ("changed", String::from_utf8_lossy(&changed).into_owned()),
        ("cut", flow[..flow.len() - 4].to_owned()),
        ("of another installation", foreign),
        ("stored by others", "par_x".to_owned()),
        ("nothing", "flw_".to_owned()),
    ] {
        let reply = browser.open(&format!("/oauth2/continue?flow={flow}")).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{what}: {}", reply.text());
    }
    let consent = browser.log_in(&page, PASSWORD).await;
    let replies =
        [browser.submit(&consent, &[("decision", "allow")]), browser.submit(&consent, &[("decision", "allow")])];
    let replies = futures_util::future::join_all(replies).await;
    let sent = replies.iter().filter(|reply| reply.header("location").contains("code=")).count();
    assert_eq!(sent, 1, "one answer, also when both come at once");
    let page = browser.open(&format!("/oauth2/authorize?{}", provider.request(&[("scope", "openid profile")]))).await;
    provider.app().clock.pass(601);
    let late = browser.submit(&page, &[("decision", "allow")]).await;
    assert_eq!(late.status, StatusCode::BAD_REQUEST, "{}", late.text());
    for (name, value) in [("state", "s".repeat(2_049)), ("nonce", "n".repeat(513))] {
        let reply = browser.open(&format!("/oauth2/authorize?{}", provider.request(&[(name, &value)]))).await;
        assert_eq!(parameter(reply.header("location"), "error").as_deref(), Some("invalid_request"), "{name}");
    }
    // The longest that is taken travels, there and back.
    let long = "\"".repeat(2_048);
    let location = browser.allow(&provider.request(&[("state", &long), ("prompt", "login")])).await;
    assert_eq!(parameter(&location, "state"), Some(long));
}
