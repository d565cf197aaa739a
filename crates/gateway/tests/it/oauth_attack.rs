//! Attacks on the OAuth provider, by the sections of RFC 9700 and the modules of OpenID's conformance suite.

use http::{Method, StatusCode};
use portcullis::auth::oauth2::client::{CODE, DEVICE, EXCHANGE, Method as AuthMethod, NewClient, REFRESH};
use serde_json::{Value, json};

use crate::app::{Reply, TestApp};
use crate::oauth::{Browser, CALLBACK, ISSUER, Provider, VERIFIER, challenge, form, hidden, new, parameter};
use crate::user::PASSWORD;

async fn shown_not_sent(browser: &Browser<'_>, request: &str, what: &str) {
    let reply = browser.open(&format!("/oauth2/authorize?{request}")).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{what}: {}", reply.text());
    assert_eq!(reply.header("location"), "", "{what}");
    assert!(reply.header("content-type").starts_with("text/html"), "{what}");
}

fn refused(reply: &Reply, error: &str) {
    assert_eq!((reply.status, &reply.json()["error"]), (StatusCode::BAD_REQUEST, &json!(error)), "{}", reply.text());
}

async fn reasons(app: &TestApp) -> Vec<String> {
    let entries = app.entries("oauth.refused").await;
    entries.iter().map(|entry| entry["detail"]["reason"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn rfc_9700_4_1_v10_4_1_a_redirect_address_in_any_other_spelling_is_shown_and_not_sent() {
    let provider = Provider::start().await;
    let browser = Browser::new(provider.app());
    for uri in [
        "https://app.example/cb/",
        "https://APP.example/cb",
        "HTTPS://app.example/cb",
        "https://app.example/CB",
        "https://app.example/cb?x=1",
        "https://app.example/cb#f",
        "https://app.example/x/../cb",
        "https://app.example/./cb",
        "https://app.example:443/cb",
        "https://app.example:444/cb",
        "https://u@app.example/cb",
        "https://app.example@evil.example/cb",
        "https://app.example.evil.example/cb",
        "https://evil.example/https://app.example/cb",
        "https://app.example/c%62",
        "http://app.example/cb",
        "//app.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://127.0.0.1/cb/x",
        "http://localhost/cb",
        "javascript:alert(1)",
        "com.example.app:/cb2",
        "",
    ] {
        shown_not_sent(&browser, &provider.request(&[("redirect_uri", uri)]), uri).await;
    }
    let twice = format!("{}&redirect_uri=https%3A%2F%2Fevil.example", provider.request(&[]));
    shown_not_sent(&browser, &twice, "two addresses").await;
    let request = provider.request(&[("client_id", "oac_unknown")]);
    shown_not_sent(&browser, &request, "oidcc-ensure-client-is-known").await;
    assert!(reasons(provider.app()).await.contains(&"redirect_uri".to_owned()));
    for uri in ["http://127.0.0.1:51004/cb", "com.example.app:/cb"] {
        let reply = browser.open(&format!("/oauth2/authorize?{}", provider.request(&[("redirect_uri", uri)]))).await;
        assert_eq!(reply.status, StatusCode::OK, "rfc_8252: {uri}: {}", reply.text());
    }
}

#[tokio::test]
async fn rfc_9700_4_8_v10_4_6_pkce_is_not_downgraded() {
    let provider = Provider::start().await;
    let browser = Browser::new(provider.app());
    for (changes, error) in [
        (&[("code_challenge", "")][..], "invalid_request"),
        (&[("code_challenge_method", "plain")], "invalid_request"),
        (&[("code_challenge_method", "")], "invalid_request"),
        (&[("code_challenge_method", "s256")], "invalid_request"),
        (&[("code_challenge", VERIFIER), ("code_challenge_method", "plain")], "invalid_request"),
        (&[("code_challenge", "short")], "invalid_request"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("response_type", "code id_token")], "unsupported_response_type"),
        (&[("response_type", "")], "invalid_request"),
        (&[("response_mode", "fragment")], "invalid_request"),
        (&[("request", "a.b.c")], "request_not_supported"),
        (&[("request_uri", "https://evil.example/r")], "request_uri_not_supported"),
        (&[("scope", "openid root")], "invalid_scope"),
        (&[("resource", "https://evil.example")], "invalid_target"),
        (&[("prompt", "none login")], "invalid_request"),
        (&[("max_age", "-1")], "invalid_request"),
        (&[("prompt", "none")], "login_required"),
    ] {
        let reply = browser.open(&format!("/oauth2/authorize?{}", provider.request(changes))).await;
        let location = reply.header("location");
        assert_eq!(parameter(location, "error").as_deref(), Some(error), "{changes:?}: {}", reply.text());
        assert_eq!(parameter(location, "iss").as_deref(), Some(ISSUER), "rfc_9700_4_4: {changes:?}");
        assert!(location.starts_with(CALLBACK) && parameter(location, "code").is_none(), "{changes:?}");
    }
    for (changes, what) in [
        (&[("code_verifier", "")][..], "missing"),
        (&[("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXX")], "wrong"),
        (&[("code_verifier", &challenge())], "the challenge itself"),
    ] {
        let code = provider.code().await;
        refused(&provider.exchange(&code, changes).await, "invalid_grant");
        // Whoever saw the code has one try.
        refused(&provider.exchange(&code, &[]).await, "invalid_grant");
        assert!(reasons(provider.app()).await.contains(&"pkce".to_owned()), "{what}");
    }
}

#[tokio::test]
async fn rfc_9700_4_5_v10_4_2_a_code_that_comes_again_ends_what_it_issued() {
    let provider = Provider::start().await;
    let code = provider.code().await;
    let tokens = provider.exchange(&code, &[]).await.json();
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(provider.app().models(access).await.status, StatusCode::OK);
    refused(&provider.exchange(&code, &[]).await, "invalid_grant");
    assert_eq!(provider.app().models(access).await.status, StatusCode::UNAUTHORIZED);
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let client = provider.public.client.id.as_str();
    let pairs = [("grant_type", REFRESH), ("client_id", client), ("refresh_token", refresh)];
    refused(&provider.post("/oauth2/token", &pairs).await, "invalid_grant");
    assert_eq!(provider.app().entries("oauth.code_reused").await.len(), 1);
}

#[tokio::test]
async fn of_two_exchanges_at_once_none_or_one_holds() {
    let provider = Provider::start().await;
    let code = provider.code().await;
    let replies = futures_util::future::join_all((0..4).map(|_| provider.exchange(&code, &[]))).await;
    for reply in replies.iter().filter(|reply| reply.status == StatusCode::OK) {
        let access = reply.json()["access_token"].as_str().unwrap().to_owned();
        assert_eq!(provider.app().models(&access).await.status, StatusCode::UNAUTHORIZED, "it was reused");
    }
    assert!(replies.iter().filter(|reply| reply.status == StatusCode::OK).count() <= 1);
}

#[tokio::test]
async fn rfc_9700_4_5_v10_4_3_a_code_is_of_one_client_address_login_and_minute() {
    let provider = Provider::start().await;
    let (id, secret) = (&provider.secret.client.id, provider.secret.client_secret.as_deref().unwrap());
    let code = provider.code().await;
    let other = [("client_id", id.as_str()), ("client_secret", secret)];
    refused(&provider.exchange(&code, &other).await, "invalid_grant");
    refused(&provider.exchange(&code, &[]).await, "invalid_grant");
    for uri in ["", "https://app.example/cb/", "com.example.app:/cb"] {
        let code = provider.code().await;
        refused(&provider.exchange(&code, &[("redirect_uri", uri)]).await, "invalid_grant");
    }
    let code = provider.code().await;
    provider.app().clock.pass(61);
    refused(&provider.exchange(&code, &[]).await, "invalid_grant");
    let browser = Browser::new(provider.app());
    let location = browser.allow(&provider.request(&[])).await;
    let ended = browser.open("/oauth2/logout").await;
    let ended = browser.submit(&ended, &[]).await;
    assert_eq!(ended.status, StatusCode::OK, "{}", ended.text());
    refused(&provider.exchange(&parameter(&location, "code").unwrap(), &[]).await, "invalid_grant");
}

#[tokio::test]
async fn rfc_9700_4_7_v10_2_1_forms_of_other_sites_browsers_and_pages_do_nothing() {
    let provider = Provider::start().await;
    let browser = Browser::new(provider.app());
    let page = browser.open(&format!("/oauth2/authorize?{}", provider.request(&[]))).await;
    let fields = hidden(&page.text());
    let (flow, csrf) = (fields[0].1.as_str(), fields[1].1.as_str());
    let own = [("origin", ISSUER)];
    let login =
        |csrf: &'static str| vec![("flow", flow), ("csrf", csrf), ("email", "ada@example.com"), ("password", PASSWORD)];
    for csrf in ["", "AAAA"] {
        let reply = browser.post("/oauth2/login", &own, &login(csrf)).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{}", reply.text());
    }
    let right = [("flow", flow), ("csrf", csrf), ("email", "ada@example.com"), ("password", PASSWORD)];
    for headers in [
        &[("origin", "https://evil.example")][..],
        &[("origin", "null")],
        &[("origin", ISSUER), ("sec-fetch-site", "cross-site")],
    ] {
        assert_eq!(browser.post("/oauth2/login", headers, &right).await.status, StatusCode::FORBIDDEN, "{headers:?}");
    }
    let stranger = Browser::new(provider.app());
    stranger.open(&format!("/oauth2/authorize?{}", provider.request(&[]))).await;
    assert_eq!(stranger.post("/oauth2/login", &own, &right).await.status, StatusCode::FORBIDDEN, "another browser");
    let consent = browser.log_in(&page, PASSWORD).await;
    let reply = browser.post("/oauth2/consent", &own, &[("flow", flow), ("csrf", csrf), ("decision", "allow")]).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN, "the token of another page");
    let denied = browser.submit(&consent, &[("decision", "deny")]).await;
    assert_eq!(parameter(denied.header("location"), "error").as_deref(), Some("access_denied"));
    let again = browser.submit(&consent, &[("decision", "allow")]).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST, "one answer to each question");
}

#[tokio::test]
async fn rfc_9700_4_16_v3_4_6_pages_are_not_framed_run_no_script_and_leak_no_address() {
    let provider = Provider::start().await;
    let browser = Browser::new(provider.app());
    let login = browser.open(&format!("/oauth2/authorize?{}", provider.request(&[]))).await;
    let consent = browser.log_in(&login, PASSWORD).await;
    let wrong = browser.open("/oauth2/authorize").await;
    for page in [&login, &consent, &wrong, &browser.open("/device").await] {
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("script-src") && !page.text().contains("<script"), "{policy}");
        assert_eq!((page.header("x-frame-options"), page.header("referrer-policy")), ("DENY", "same-origin"));
        assert_eq!(page.header("cache-control"), "no-store");
    }
    assert!(consent.header("content-security-policy").contains("form-action 'self' https://app.example;"));
    let sent = browser.submit(&consent, &[("decision", "allow")]).await;
    assert_eq!((sent.status, sent.header("referrer-policy")), (StatusCode::SEE_OTHER, "no-referrer"));
}

#[tokio::test]
async fn a_wrong_password_stays_on_the_page_and_a_new_login_ends_the_old_one() {
    let provider = Provider::start().await;
    let browser = Browser::new(provider.app());
    let page = browser.open(&format!("/oauth2/authorize?{}", provider.request(&[]))).await;
    let wrong = browser.log_in(&page, "not the right one").await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(wrong.text().contains("role=\"alert\"") && wrong.header("location").is_empty());
    browser.allow(&provider.request(&[])).await;
    for changes in [&[("prompt", "login")], &[("max_age", "60")]] {
        provider.app().clock.pass(120);
        let page = browser.open(&format!("/oauth2/authorize?{}", provider.request(changes))).await;
        assert!(page.text().contains("name=\"password\""), "oidcc-prompt-login, oidcc-max-age-1: {changes:?}");
        let reply = browser.log_in(&page, PASSWORD).await;
        assert!(reply.header("location").contains("code="), "{}", reply.text());
    }
    let replaced = provider.app().entries("session.ended").await;
    assert_eq!(replaced.iter().filter(|entry| entry["detail"]["reason"] == "renewed").count(), 2);
}

#[tokio::test]
async fn v10_4_11_a_refresh_gives_its_own_client_what_was_granted_and_no_more() {
    let provider = Provider::start().await;
    let tokens = provider.tokens().await;
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let client = provider.public.client.id.as_str();
    let pairs = [("grant_type", REFRESH), ("client_id", client), ("refresh_token", refresh), ("scope", "openid admin")];
    refused(&provider.post("/oauth2/token", &pairs).await, "invalid_scope");
    let (id, secret) = (&provider.secret.client.id, provider.secret.client_secret.as_deref().unwrap());
    let pairs = [("grant_type", REFRESH), ("client_id", id), ("client_secret", secret), ("refresh_token", refresh)];
    refused(&provider.post("/oauth2/token", &pairs).await, "invalid_grant");
    let about = [("client_id", id.as_str()), ("client_secret", secret), ("token", refresh)];
    refused(&provider.post("/oauth2/revoke", &about).await, "unauthorized_client");
    let admin = Browser::new(provider.app()).allow(&provider.request(&[("scope", "openid admin")])).await;
    let granted = provider.exchange(&parameter(&admin, "code").unwrap(), &[]).await.json();
    assert_eq!(granted["scope"], "openid", "a user's roles do not allow `admin`");
}

#[tokio::test]
async fn an_app_that_acts_for_a_person_is_not_the_person() {
    let provider = Provider::start().await;
    let tokens = provider.tokens().await;
    let access = tokens["access_token"].as_str().unwrap().to_owned();
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let reply = provider.app().refresh(refresh).await;
    assert_eq!(
        reply.status,
        StatusCode::BAD_REQUEST,
        "nor is its token exchanged without its client: {}",
        reply.text()
    );
    let cookie = format!("__Host-portcullis-refresh={refresh}");
    let url = format!("{}/oauth2/authorize?{}", provider.app().base, provider.request(&[("prompt", "none")]));
    let reply = provider.app().send(Method::GET, &url, None, &[("cookie", &cookie)], "").await;
    assert_eq!(parameter(reply.header("location"), "error").as_deref(), Some("login_required"));
    for path in ["/auth/v1/sessions", "/auth/v1/consents"] {
        let url = format!("{}{path}", provider.app().base);
        let reply = provider.app().send(Method::GET, &url, Some(&access), &[], "").await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path}: {}", reply.text());
        let cookie = format!("__Host-portcullis-access={access}");
        let reply = provider.app().send(Method::GET, &url, None, &[("cookie", &cookie)], "").await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path}: {}", reply.text());
    }
    assert!(provider.app().entries("refresh.reused").await.is_empty());
    let cookie = format!("__Host-portcullis-access={access}");
    let url = format!("{}/oauth2/authorize?{}", provider.app().base, provider.request(&[("prompt", "none")]));
    let reply = provider.app().send(Method::GET, &url, None, &[("cookie", &cookie)], "").await;
    assert_eq!(parameter(reply.header("location"), "error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn v10_4_14_tokens_are_not_explained_to_another_tenant_or_a_public_client() {
    let provider = Provider::start().await;
    let access = provider.tokens().await["access_token"].as_str().unwrap().to_owned();
    let (app, public) = (provider.app(), provider.public.client.id.as_str());
    let tenant = app.app().users().create_tenant("other", "cli").await.unwrap();
    let foreign = NewClient { tenant: tenant.id, ..new("Spy", AuthMethod::Post) };
    let spy = app.app().oauth().create_client(foreign, "cli").await.unwrap();
    let secret = spy.client_secret.unwrap();
    let about = [("client_id", spy.client.id.as_str()), ("client_secret", secret.as_str()), ("token", access.as_str())];
    assert_eq!(provider.post("/oauth2/introspect", &about).await.json(), json!({ "active": false }));
    let about = [("client_id", public), ("token", access.as_str())];
    assert_eq!(provider.post("/oauth2/introspect", &about).await.status, StatusCode::UNAUTHORIZED);
    assert!(reasons(app).await.contains(&"introspection_of_another_tenant".to_owned()));
    // Nor do its people come in by a client of the other tenant.
    let request = provider.request(&[("client_id", &spy.client.id)]);
    let browser = Browser::new(app);
    let page = browser.open(&format!("/oauth2/authorize?{request}")).await;
    assert_eq!(browser.log_in(&page, PASSWORD).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn v10_4_10_a_client_proves_itself_as_registered_or_waits() {
    let provider = Provider::start().await;
    let (id, secret) = (provider.secret.client.id.as_str(), provider.secret.client_secret.as_deref().unwrap());
    let grant = ("grant_type", "client_credentials");
    for pairs in [
        vec![grant],
        vec![grant, ("client_id", id)],
        vec![grant, ("client_id", id), ("client_secret", "pcs_wrong")],
        vec![grant, ("client_id", "oac_none"), ("client_secret", secret)],
        vec![grant, ("client_id", provider.public.client.id.as_str()), ("client_secret", secret)],
    ] {
        let reply = provider.post("/oauth2/token", &pairs).await;
        assert_eq!((reply.status, &reply.json()["error"]), (StatusCode::UNAUTHORIZED, &json!("invalid_client")));
    }
    let pairs = [grant, ("client_id", id), ("client_secret", "pcs_wrong")];
    let mut last = StatusCode::OK;
    for _ in 0..25 {
        last = provider.post("/oauth2/token", &pairs).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    let right = [grant, ("client_id", id), ("client_secret", secret)];
    let reply = provider.post("/oauth2/token", &right).await;
    assert_eq!(reply.status, StatusCode::OK, "an attacker keeps nobody out: {}", reply.text());
    let text = serde_json::to_string(&provider.app().audit().await).unwrap();
    assert!(!text.contains(secret) && !text.contains("pcs_wrong"), "no secret gets into the log");
}

#[tokio::test]
async fn a_forged_id_token_hint_and_an_unregistered_address_log_nobody_out() {
    let provider = Provider::start().await;
    let browser = Browser::new(provider.app());
    let location = browser.allow(&provider.request(&[])).await;
    let tokens = provider.exchange(&parameter(&location, "code").unwrap(), &[]).await.json();
    let hint = tokens["id_token"].as_str().unwrap();
    let forged = format!("{}x", &hint[..hint.len() - 1]);
    let access = tokens["access_token"].as_str().unwrap();
    for (hint, uri) in [
        (forged.as_str(), "https://app.example/out"),
        (access, "https://app.example/out"),
        (hint, "https://evil.example/out"),
        (hint, "https://app.example/out/"),
        ("", "https://app.example/out"),
    ] {
        let query = form(&[("id_token_hint", hint), ("post_logout_redirect_uri", uri)]);
        let reply = browser.open(&format!("/oauth2/logout?{query}")).await;
        assert_eq!((reply.status, reply.header("location")), (StatusCode::BAD_REQUEST, ""), "{uri}");
    }
    assert_eq!(provider.app().models(access).await.status, StatusCode::OK);
    let page = browser.open("/oauth2/logout").await;
    assert!(page.text().contains("Do you want to log out?"), "without a hint the person is asked");
    let reply = browser.post("/oauth2/logout", &[("origin", ISSUER)], &[("csrf", "AAAA")]).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn rfc_8628_5_1_user_codes_are_not_tried_out() {
    let provider = Provider::start().await;
    let browser = Browser::new(provider.app());
    let mut last = StatusCode::OK;
    for _ in 0..12 {
        let page = browser.open("/device").await;
        last = browser.submit(&page, &[("user_code", "BCDF-GHJK")]).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    let (id, secret) = (provider.secret.client.id.as_str(), provider.secret.client_secret.as_deref().unwrap());
    let client = provider.public.client.id.as_str();
    let begun = provider.post("/oauth2/device", &[("client_id", client), ("scope", "openid")]).await.json();
    let code = begun["device_code"].as_str().unwrap();
    let other = [("grant_type", DEVICE), ("client_id", id), ("client_secret", secret), ("device_code", code)];
    refused(&provider.post("/oauth2/token", &other).await, "invalid_grant");
    provider.app().clock.pass(601);
    let own = [("grant_type", DEVICE), ("client_id", client), ("device_code", code)];
    refused(&provider.post("/oauth2/token", &own).await, "expired_token");
}

#[tokio::test]
async fn rfc_8628_5_4_a_link_behind_the_code_works_in_the_browser_that_entered_it_only() {
    let provider = Provider::start().await;
    let client = provider.public.client.id.as_str();
    let begun = provider.post("/oauth2/device", &[("client_id", client), ("scope", "openid")]).await.json();
    let attacker = Browser::new(provider.app());
    let page = attacker.open("/device").await;
    let entered = attacker.submit(&page, &[("user_code", begun["user_code"].as_str().unwrap())]).await;
    let link = entered.header("location").to_owned();
    let victim = Browser::new(provider.app());
    victim.allow(&provider.request(&[])).await;
    let reply = victim.open(&link).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{}", reply.text());
}

#[tokio::test]
async fn rfc_8252_8_6_a_native_app_is_asked_about_each_time() {
    let provider = Provider::start().await;
    let browser = Browser::new(provider.app());
    for uri in ["com.example.app:/cb", "http://127.0.0.1:5000/cb"] {
        let request = provider.request(&[("redirect_uri", uri)]);
        browser.allow(&request).await;
        let again = browser.open(&format!("/oauth2/authorize?{request}")).await;
        assert!(again.text().contains("value=\"allow\""), "{uri}: {}", again.text());
    }
}

#[tokio::test]
async fn what_is_stored_holds_no_secret_and_no_code() {
    let provider = Provider::start().await;
    let code = provider.code().await;
    let secret = provider.secret.client_secret.as_deref().unwrap();
    let rows = provider.app().app().db();
    for statement in ["SELECT * FROM oauth_client", "SELECT * FROM oauth_code", "SELECT * FROM oauth_flow"] {
        let text = format!("{:?}", rows.fetch_all(statement, Vec::new()).await.unwrap());
        assert!(!text.contains(secret) && !text.contains(&code), "{statement}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_form_or_says_something_twice_is_refused() {
    let provider = Provider::start().await;
    let url = format!("{}/oauth2/token", provider.app().base);
    let reply = provider.app().send(Method::POST, &url, None, &[], json!({ "grant_type": CODE }).to_string()).await;
    refused(&reply, "invalid_request");
    let twice = "grant_type=a&grant_type=b".to_owned();
    refused(&provider.app().send_as("application/x-www-form-urlencoded", &url, twice).await, "invalid_request");
    assert_ne!(reply.json()["error_description"], Value::Null);
}

#[tokio::test]
async fn rfc_8693_an_agent_acts_for_somebody_with_no_more_and_no_longer() {
    let provider = Provider::start().await;
    let access = provider.tokens().await["access_token"].as_str().unwrap().to_owned();
    let grants = vec![EXCHANGE.to_owned()];
    let agent = NewClient { grants, redirect_uris: Vec::new(), ..new("Agent", AuthMethod::Post) };
    let agent = provider.app().app().oauth().create_client(agent, "cli").await.unwrap();
    let secret = agent.client_secret.unwrap();
    let exchange = |token: String, scope: &'static str| {
        let kind = "urn:ietf:params:oauth:token-type:access_token";
        let (id, secret, provider) = (agent.client.id.clone(), secret.clone(), &provider);
        async move {
            let pairs = [
                ("grant_type", EXCHANGE),
                ("client_id", id.as_str()),
                ("client_secret", secret.as_str()),
                ("subject_token", token.as_str()),
                ("subject_token_type", kind),
                ("scope", scope),
            ];
            provider.post("/oauth2/token", &pairs).await
        }
    };
    provider.app().clock.pass(600);
    let reply = exchange(access.clone(), "inference").await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let delegated = reply.json()["access_token"].as_str().unwrap().to_owned();
    let claims = provider.app().app().tokens.claims(&delegated).await.unwrap();
    let subject = provider.app().app().tokens.claims(&access).await.unwrap();
    assert_eq!((&claims.sub, claims.exp), (&subject.sub, subject.exp), "no longer");
    assert_eq!(claims.act.unwrap().sub, agent.client.id);
    assert_eq!(provider.app().models(&delegated).await.status, StatusCode::OK);
    for scope in ["admin", "inference admin", "profile"] {
        refused(&exchange(access.clone(), scope).await, "invalid_scope");
    }
    refused(&exchange(delegated.clone(), "openid").await, "invalid_scope");
    refused(&exchange(format!("{access}x"), "inference").await, "invalid_grant");
    let second = exchange(access.clone(), "inference").await.json()["access_token"].as_str().unwrap().to_owned();
    let by_agent = [("client_id", agent.client.id.as_str()), ("client_secret", secret.as_str()), ("token", &second)];
    assert_eq!(provider.post("/oauth2/revoke", &by_agent).await.status, StatusCode::OK);
    assert_eq!(provider.app().models(&second).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(provider.app().models(&delegated).await.status, StatusCode::OK, "an agent ends its own token only");
    let own = [("client_id", provider.public.client.id.as_str()), ("token", access.as_str())];
    assert_eq!(provider.post("/oauth2/revoke", &own).await.status, StatusCode::OK);
    assert_eq!(provider.app().models(&delegated).await.status, StatusCode::UNAUTHORIZED, "it ends with its session");
    assert_eq!(provider.app().entries("oauth.token_exchanged").await.len(), 2);
}
