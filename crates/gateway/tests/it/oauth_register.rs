//! Clients that nobody of here registered: by RFC 7591, and by the address of a document about them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::response::Response;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{Reply, TestApp};
use crate::listener::Listener;
use crate::oauth::{Browser, CALLBACK, Provider, VERIFIER, parameter};

async fn register(provider: &Provider, token: Option<&str>, body: &Value) -> Reply {
    let url = format!("{}/oauth2/register", provider.app().base);
    provider.app().send(Method::POST, &url, token, &[], body.to_string()).await
}

fn metadata() -> Value {
    json!({
        "client_name": "Agent",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
        "scope": "openid inference admin",
        "software_id": "what is not understood is ignored",
    })
}

fn cli(app: &TestApp, args: &[&str]) -> Value {
    let output = crate::session::portcullis(app, args, "");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}{}", String::from_utf8_lossy(&output.stderr)))
}

/// Goes through the code flow as a client, and says what the page of consent showed.
async fn flow(provider: &Provider, client: &str) -> (String, Value) {
    let browser = Browser::new(provider.app());
    let request = provider.request(&[("client_id", client), ("scope", "openid inference admin")]);
    let page = browser.open(&format!("/oauth2/authorize?{request}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    let consent = browser.log_in(&page, crate::user::PASSWORD).await;
    let sent = browser.submit(&consent, &[("decision", "allow")]).await;
    let code = parameter(sent.header("location"), "code").unwrap_or_else(|| panic!("{}", sent.text()));
    let pairs = [("client_id", client), ("code_verifier", VERIFIER)];
    let reply = provider.exchange(&code, &pairs).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    (consent.text(), reply.json())
}

#[tokio::test]
async fn by_default_nobody_registers_and_no_document_is_fetched() {
    let provider = Provider::start().await;
    let reply = register(&provider, None, &metadata()).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND, "{}", reply.text());
    let own = Browser::new(provider.app()).open("/.well-known/oauth-authorization-server").await.json();
    assert!(own.get("registration_endpoint").is_none());
    assert_eq!(own["client_id_metadata_document_supported"], false);
    let site = Listener::saying(200).await;
    let request = provider.request(&[("client_id", &format!("{}/client.json", site.base))]);
    let reply = Browser::new(provider.app()).open(&format!("/oauth2/authorize?{request}")).await;
    assert_eq!((reply.status, site.heard().len()), (StatusCode::BAD_REQUEST, 0), "{}", reply.text());
}

#[tokio::test]
async fn rfc_7591_a_client_registers_with_a_token_of_an_operator_as_often_as_that_says() {
    let provider = Provider::with("auth.oauth.registration = 'token'\n").await;
    let app = provider.app();
    let invited = cli(app, &["client", "invite", "--uses", "2", "--json"]);
    let token = invited["initial_access_token"].as_str().unwrap();
    assert!(token.starts_with("pci_") && token.len() == 47);
    for wrong in [None, Some("pci_wrong"), Some("")] {
        let reply = register(&provider, wrong, &metadata()).await;
        assert_eq!((reply.status, &reply.json()["error"]), (StatusCode::UNAUTHORIZED, &json!("invalid_token")));
    }
    let mut broken = metadata();
    broken["redirect_uris"] = json!(["http://app.example/cb"]);
    assert_eq!(register(&provider, Some(token), &broken).await.status, StatusCode::BAD_REQUEST);
    let body = metadata();
    let replies = futures_util::future::join_all((0..4).map(|_| register(&provider, Some(token), &body))).await;
    let made: Vec<&Reply> = replies.iter().filter(|reply| reply.status == StatusCode::CREATED).collect();
    assert_eq!(made.len(), 2, "what was refused has used nothing up, and nobody shares a use");
    let body = made[0].json();
    assert_eq!((made[0].header("cache-control"), &body["scope"]), ("no-store", &json!("openid inference")));
    assert!(body.get("client_secret").is_none() && body["client_id_issued_at"].is_i64(), "{body}");
    let (page, tokens) = flow(&provider, body["client_id"].as_str().unwrap()).await;
    assert!(page.contains("This app registered itself"), "{page}");
    assert_eq!(tokens["scope"], "openid inference", "never `admin`");
    assert_eq!(app.entries("oauth.client_registered").await.len(), 2);
    assert_eq!(app.entries("oauth.invitation_created").await.len(), 1);
    let again = cli(app, &["client", "invite", "--json"]);
    let (id, token) = (again["id"].as_str().unwrap(), again["initial_access_token"].as_str().unwrap());
    assert_eq!(cli(app, &["client", "invitations", "--json"])[0]["id"], id);
    assert!(crate::session::portcullis(app, &["client", "withdraw", id], "").status.success());
    assert_eq!(register(&provider, Some(token), &metadata()).await.status, StatusCode::UNAUTHORIZED);
    let late = cli(app, &["client", "invite", "--hours", "1", "--json"]);
    app.clock.pass(3_601);
    let late = late["initial_access_token"].as_str().unwrap();
    assert_eq!(register(&provider, Some(late), &metadata()).await.status, StatusCode::UNAUTHORIZED, "too late");
    let stored = app.app().db().fetch_all("SELECT * FROM oauth_invitation", Vec::new()).await.unwrap();
    assert!(!format!("{stored:?}{}", json!(app.audit().await)).contains(token), "only a hash is kept");
}

#[tokio::test]
async fn rfc_9700_4_11_2_whoever_registers_an_address_has_nobody_sent_there_unasked() {
    let provider = Provider::with("auth.oauth.registration = 'open'\n").await;
    let made = register(&provider, None, &metadata()).await.json();
    let id = made["client_id"].as_str().unwrap();
    let browser = Browser::new(provider.app());
    for changes in [("prompt", "none"), ("response_type", "token"), ("code_challenge", ""), ("scope", "root")] {
        let request = provider.request(&[("client_id", id), changes]);
        let reply = browser.open(&format!("/oauth2/authorize?{request}")).await;
        assert_eq!((reply.status, reply.header("location")), (StatusCode::BAD_REQUEST, ""), "{changes:?}");
    }
}

#[tokio::test]
async fn rfc_7591_5_what_a_client_says_of_itself_is_checked_and_named() {
    let provider = Provider::with("auth.oauth.registration = 'open'\n").await;
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    let long = "a".repeat(65);
    for (name, value, code) in [
        ("redirect_uris", json!([]), "invalid_redirect_uri"),
        ("redirect_uris", json!(["https://*.example/cb"]), "invalid_redirect_uri"),
        ("redirect_uris", json!(["http://app.example/cb"]), "invalid_redirect_uri"),
        ("redirect_uris", json!(["javascript:alert(1)"]), "invalid_redirect_uri"),
        ("redirect_uris", json!("https://app.example/cb"), "invalid_client_metadata"),
        ("redirect_uris", json!(vec![CALLBACK; 17]), "invalid_redirect_uri"),
        ("grant_types", json!(["client_credentials"]), "invalid_client_metadata"),
        ("grant_types", json!(["urn:ietf:params:oauth:grant-type:token-exchange"]), "invalid_client_metadata"),
        ("grant_types", json!(["password"]), "invalid_client_metadata"),
        ("grant_types", json!(["refresh_token"]), "invalid_redirect_uri"),
        ("response_types", json!(["token"]), "invalid_client_metadata"),
        ("token_endpoint_auth_method", json!("tls_client_auth"), "invalid_client_metadata"),
        ("token_endpoint_auth_method", json!("private_key_jwt"), "invalid_client_metadata"),
        ("jwks", json!({ "keys": [key] }), "invalid_client_metadata"),
        ("jwks_uri", json!("https://evil.example/jwks"), "invalid_client_metadata"),
        ("software_statement", json!("a.b.c"), "unapproved_software_statement"),
        ("id_token_signed_response_alg", json!("none"), "invalid_client_metadata"),
        ("dpop_bound_access_tokens", json!(true), "invalid_client_metadata"),
        ("backchannel_logout_uri", json!("com.example:/x"), "invalid_client_metadata"),
        ("client_name", json!("Agent\u{202e}nimda"), "invalid_client_metadata"),
        ("client_name", json!("Port\u{200b}cullis"), "invalid_client_metadata"),
        ("client_name", json!(long), "invalid_client_metadata"),
        ("scope", json!("admin"), "invalid_client_metadata"),
    ] {
        provider.app().clock.pass(1_200);
        let mut body = metadata();
        body[name] = value.clone();
        let reply = register(&provider, None, &body).await;
        assert_eq!((reply.status, &reply.json()["error"]), (StatusCode::BAD_REQUEST, &json!(code)), "{name} = {value}");
    }
    let url = format!("{}/oauth2/register", provider.app().base);
    let form = provider.app().send_as("application/x-www-form-urlencoded", &url, "a=b".into()).await;
    assert_eq!(form.status, StatusCode::BAD_REQUEST, "no form of another site registers anything");
    let huge = register(&provider, None, &json!({ "client_name": "a".repeat(20_000) })).await;
    assert!(huge.status.is_client_error(), "{}", huge.status);
    provider.app().clock.pass(7_200);
    let mut keyed = metadata();
    keyed["token_endpoint_auth_method"] = json!("private_key_jwt");
    keyed["jwks"] = json!({ "keys": [key] });
    assert_eq!(register(&provider, None, &keyed).await.status, StatusCode::CREATED);
    let basic = json!({ "redirect_uris": [CALLBACK] });
    let made = register(&provider, None, &basic).await.json();
    assert_eq!(
        (&made["token_endpoint_auth_method"], &made["client_name"]),
        (&json!("client_secret_basic"), &json!("app.example"))
    );
    assert_eq!(made["client_secret_expires_at"], 0);
}

#[tokio::test]
async fn an_address_registers_so_many_and_what_is_not_used_is_removed() {
    let provider = Provider::with("auth.oauth.registration = 'open'\nauth.oauth.unused_days = 2\n").await;
    let app = provider.app();
    let used = register(&provider, None, &metadata()).await.json()["client_id"].as_str().unwrap().to_owned();
    flow(&provider, &used).await;
    let mut last = StatusCode::CREATED;
    for _ in 0..30 {
        last = register(&provider, None, &metadata()).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    let oauth = app.app().oauth();
    let strange = async || oauth.clients().await.unwrap().iter().filter(|client| client.is_strange()).count();
    assert!(strange().await > 15);
    app.clock.pass(86_401);
    oauth.remove_unused(&app.app().tokens).await.unwrap();
    assert_eq!(strange().await, 1, "those that were never used");
    app.clock.pass(86_400);
    oauth.remove_unused(&app.app().tokens).await.unwrap();
    assert_eq!(strange().await, 0);
    assert_eq!(oauth.clients().await.unwrap().len(), 2, "an operator's clients stay");
    let request = provider.request(&[("client_id", &used)]);
    let reply = Browser::new(app).open(&format!("/oauth2/authorize?{request}")).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
}

/// How a document differs from a right one.
type Change = fn(&mut Value);

const DOCUMENTS: &str = "auth.oauth.client_documents = true\nauth.oauth.danger_private_addresses = true\n";

/// A site with a document about itself, changed like this, and how often it was asked.
async fn site(change: impl Fn(&mut Value) + Send + Sync + 'static) -> (Listener, String) {
    let base = Arc::new(std::sync::OnceLock::<String>::new());
    let own = base.clone();
    let listener = Listener::start(move |heard| {
        let id = format!("{}{}", own.get().unwrap(), heard.path);
        let mut document = json!({
            "client_id": id,
            "client_name": "Editor",
            "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
            "token_endpoint_auth_method": "none",
        });
        change(&mut document);
        Response::builder().header("content-type", "application/json").body(Body::from(document.to_string())).unwrap()
    })
    .await;
    base.set(listener.base.clone()).unwrap();
    let id = format!("{}/client.json", listener.base);
    (listener, id)
}

#[tokio::test]
async fn a_client_is_what_the_document_at_its_id_says_and_the_page_shows_its_host() {
    let provider = Provider::with(DOCUMENTS).await;
    let (site, id) = site(|_| ()).await;
    let (page, tokens) = flow(&provider, &id).await;
    let host = site.base.trim_start_matches("http://");
    assert!(page.contains("published by") && page.contains(host), "{page}");
    assert_eq!(tokens["scope"], "openid inference");
    assert_eq!(site.heard().len(), 1, "fetched once, and kept");
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(provider.app().models(access).await.status, StatusCode::OK);
    let url = format!("{}/auth/v1/sessions", provider.app().base);
    let reply = provider.app().send(Method::GET, &url, Some(access), &[], "").await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN, "an app is not the person");
    assert_eq!(
        provider.app().refresh(tokens["refresh_token"].as_str().unwrap()).await.status,
        StatusCode::BAD_REQUEST,
        "nor is its token exchanged without its client"
    );
    let pairs = [
        ("grant_type", "refresh_token"),
        ("client_id", id.as_str()),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];
    assert_eq!(provider.post("/oauth2/token", &pairs).await.status, StatusCode::OK);
    let own = [("grant_type", "client_credentials"), ("client_id", id.as_str())];
    assert_eq!(provider.post("/oauth2/token", &own).await.json()["error"], "unauthorized_client");
    provider.app().clock.pass(601);
    provider.post("/oauth2/token", &pairs).await;
    assert_eq!(site.heard().len(), 2, "and fetched again when it is old");
    assert_eq!(provider.app().entries("oauth.client_fetched").await.len(), 2);
}

#[tokio::test]
async fn a_document_about_somebody_else_or_with_a_secret_or_too_long_is_no_client() {
    let provider = Provider::with(DOCUMENTS).await;
    let changes: [(&str, Change); 9] = [
        ("another id", |document| document["client_id"] = json!("https://app.example/client.json")),
        ("no id", |document| drop(document.as_object_mut().unwrap().remove("client_id"))),
        ("a secret", |document| document["client_secret"] = json!("x")),
        ("a method with a secret", |document| document["token_endpoint_auth_method"] = json!("client_secret_basic")),
        ("no addresses", |document| document["redirect_uris"] = json!([])),
        ("a wrong address", |document| document["redirect_uris"] = json!(["http://app.example/cb"])),
        ("too long", |document| document["pad"] = json!("a".repeat(10 * 1024))),
        ("a name that deceives", |document| document["client_name"] = json!("a\u{202e}b")),
        ("another address", |document| document["redirect_uris"] = json!(["https://other.example/cb"])),
    ];
    for (what, change) in changes {
        let (site, id) = site(change).await;
        let browser = Browser::new(provider.app());
        for _ in 0..3 {
            let request = provider.request(&[("client_id", &id)]);
            let reply = browser.open(&format!("/oauth2/authorize?{request}")).await;
            assert_eq!((reply.status, reply.header("location")), (StatusCode::BAD_REQUEST, ""), "{what}");
        }
        assert_eq!(site.heard().len(), 1, "{what}: what failed is not asked again at once");
    }
}

#[tokio::test]
async fn ssrf_documents_lead_nowhere_and_are_fetched_within_limits() {
    let provider = Provider::with("auth.oauth.client_documents = true\n").await;
    let inner = Listener::saying(200).await;
    let port = inner.base.rsplit_once(':').unwrap().1.to_owned();
    let browser = Browser::new(provider.app());
    for id in [
        format!("http://127.0.0.1:{port}/a"),
        format!("https://127.0.0.1:{port}/a"),
        format!("https://localhost:{port}/a"),
        format!("https://127.1:{port}/a"),
        format!("https://[::1]:{port}/a"),
        "https://169.254.169.254/latest".to_owned(),
        "https://10.0.0.1/a".to_owned(),
    ] {
        let reply = browser.open(&format!("/oauth2/authorize?{}", provider.request(&[("client_id", &id)]))).await;
        assert_eq!((reply.status, reply.header("location")), (StatusCode::BAD_REQUEST, ""), "{id}: {}", reply.text());
    }
    assert!(inner.heard().is_empty());
    let provider = Provider::with(DOCUMENTS).await;
    let hops = Arc::new(AtomicUsize::new(0));
    let (to, count) = (format!("{}/elsewhere", inner.base), hops.clone());
    let site = Listener::start(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        Response::builder().status(302).header("location", &to).body(Body::empty()).unwrap()
    })
    .await;
    let browser = Browser::new(provider.app());
    let mut last = StatusCode::OK;
    for at in 0..40 {
        let id = format!("{}/{at}", site.base);
        last = browser.open(&format!("/oauth2/authorize?{}", provider.request(&[("client_id", &id)]))).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS, "an address makes us fetch so many");
    assert!(hops.load(Ordering::SeqCst) <= 31 && inner.heard().is_empty(), "no redirect is followed");
}
