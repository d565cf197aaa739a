//! Passkeys on the pages: what the script of a page does, done by hand, and what is tried on it.

use http::StatusCode;
use portcullis::auth::oauth2::client::{Method as ClientMethod, NewClient};
use serde_json::{Value, json};

use crate::app::Reply;
use crate::authenticator::{Authenticator, Key, ORIGIN};
use crate::mfa::text;
use crate::oauth::{self, Browser, CALLBACK, hidden};
use crate::user::{House, PASSWORD};

const ADA: &str = "ada@example.com";
const OWN: [(&str, &str); 2] = [("origin", ORIGIN), ("sec-fetch-site", "same-origin")];
const LOGIN: &str = "/auth/v1/login/passkey/options";
const FACTOR: &str = "/auth/v1/login/factor/options";
const ENROL: &str = "/auth/v1/login/enrol";

/// The value of the first hidden field of this name.
fn field(page: &Reply, name: &str) -> String {
    let found = hidden(&page.text()).into_iter().find(|(own, _)| own == name);
    found.unwrap_or_else(|| panic!("no {name}: {}", page.text())).1
}

fn is_let_in(browser: &Browser<'_>) -> bool {
    browser.cookie("__Host-portcullis-access").is_some()
}

/// What the script is told to ask.
async fn question(browser: &Browser<'_>, path: &str, body: &str) -> Value {
    let csrf = browser.cookie("__Host-portcullis-csrf").unwrap_or_default();
    let reply = browser.ask(path, &[OWN[0], OWN[1], ("x-csrf-token", &csrf)], body).await;
    assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
    reply.json()["publicKey"].clone()
}

/// Sends the form of a passkey.
async fn send(browser: &Browser<'_>, path: &str, csrf: &str, passkey: &Value, more: &[(&str, &str)]) -> Reply {
    let passkey = passkey.to_string();
    browser.post(path, &OWN, &[&[("csrf", csrf), ("passkey", passkey.as_str())], more].concat()).await
}

/// Address and password.
async fn by_password<'h>(house: &'h House) -> (Browser<'h>, Reply) {
    let browser = Browser::new(&house.app);
    let csrf = field(&browser.open("/login").await, "csrf");
    let entered = browser.post("/login", &OWN, &[("csrf", &csrf), ("email", ADA), ("password", PASSWORD)]).await;
    let page = browser.follow(entered).await;
    (browser, page)
}

#[tokio::test]
async fn a_passkey_on_the_login_page_lets_in_and_ends_the_session_before() {
    let house = House::with_passkeys("").await;
    house.user(ADA).await;
    let browser = Browser::new(&house.app);
    let page = browser.open("/login").await;
    assert!(page.text().contains("Log in with a passkey") && page.text().contains(" hidden data-passkey="));
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'sha256-") && policy.contains("connect-src 'self'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    let csrf = field(&page, "csrf");
    browser.post("/login", &OWN, &[("csrf", &csrf), ("email", ADA), ("password", PASSWORD)]).await;
    let before = browser.cookie("__Host-portcullis-access").unwrap();
    let mut authenticator = house.passkey(ADA).await;
    let asked = question(&browser, LOGIN, "{}").await;
    let reply = send(&browser, "/login", &csrf, &authenticator.get(&asked), &[]).await;
    assert_eq!((reply.status, reply.header("location")), (StatusCode::SEE_OTHER, "/account"), "{}", reply.text());
    assert_ne!(browser.cookie("__Host-portcullis-access").unwrap(), before);
    assert!(browser.cookie("__Host-device").is_some(), "the browser is known now");
    assert!(browser.cookie("__Host-portcullis-passkey").is_none(), "the question is forgotten");
    assert!(browser.open("/account").await.text().contains("Your account"));
    let old = Browser::new(&house.app);
    old.plant("__Host-portcullis-access", &before);
    assert_eq!(old.open("/account").await.header("location"), "/login", "the session before is over");
}

/// An app of this tenant asks: the page, its form's token, and the name of what is asked.
async fn asked_by_app(house: &House, browser: &Browser<'_>, tenant: &str) -> (Reply, String, String) {
    let app = NewClient { tenant: tenant.to_owned(), ..oauth::new("App", ClientMethod::None) };
    let client = house.app.app().oauth().create_client(app, "cli").await.unwrap().client.id;
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let query = format!(
        "client_id={client}&redirect_uri={CALLBACK}&response_type=code&scope=openid&state=s\
         &code_challenge={challenge}&code_challenge_method=S256"
    );
    let page = browser.open(&format!("/oauth2/authorize?{query}")).await;
    let (csrf, flow) = (field(&page, "csrf"), field(&page, "flow"));
    (page, csrf, flow)
}

#[tokio::test]
async fn an_app_that_waits_goes_on_after_a_passkey_of_its_tenant_only() {
    let house = House::with_passkeys("").await;
    house.user(ADA).await;
    let mut authenticator = house.passkey(ADA).await;
    let other = house.app.app().users().create_tenant("other", "cli").await.unwrap().id;
    for (tenant, is_own) in [(other.as_str(), false), ("default", true)] {
        let browser = Browser::new(&house.app);
        let (page, csrf, flow) = asked_by_app(&house, &browser, tenant).await;
        assert!(page.header("content-security-policy").contains("form-action 'self' https://app.example;"));
        let assertion = authenticator.get(&question(&browser, LOGIN, "{}").await);
        let led = send(&browser, "/oauth2/login", &csrf, &assertion, &[("flow", &flow)]).await;
        assert_eq!(is_let_in(&browser), is_own, "{}", led.text());
        if is_own {
            assert_eq!(led.header("location"), format!("/oauth2/continue?flow={flow}"), "{}", led.text());
            assert!(browser.follow(led).await.text().contains("Allow access?"));
        } else {
            assert!(led.text().contains("The passkey was not taken"), "{}", led.text());
        }
    }
}

#[tokio::test]
async fn a_passkey_of_a_login_page_counts_once_and_in_its_browser_and_from_this_site() {
    let house = House::with_passkeys("").await;
    house.user(ADA).await;
    let mut authenticator = house.passkey(ADA).await;
    let (browser, thief) = (Browser::new(&house.app), Browser::new(&house.app));
    let csrf = field(&browser.open("/login").await, "csrf");
    let thief_csrf = field(&thief.open("/login").await, "csrf");
    question(&thief, LOGIN, "{}").await;
    let assertion = authenticator.get(&question(&browser, LOGIN, "{}").await);
    let cookie = browser.cookie("__Host-portcullis-passkey").unwrap();
    for headers in [
        &[("origin", "https://evil.example")][..],
        &[("origin", "null")],
        &[("origin", ORIGIN), ("sec-fetch-site", "cross-site")],
    ] {
        let pairs = [("csrf", csrf.as_str()), ("passkey", &assertion.to_string())];
        assert_eq!(browser.post("/login", headers, &pairs).await.status, StatusCode::FORBIDDEN, "{headers:?}");
    }
    for token in ["", thief_csrf.as_str()] {
        assert_eq!(send(&browser, "/login", token, &assertion, &[]).await.status, StatusCode::FORBIDDEN, "{token}");
    }
    let stolen = send(&thief, "/login", &thief_csrf, &assertion, &[]).await;
    assert_eq!(stolen.status, StatusCode::UNAUTHORIZED, "a question of another browser");
    assert!(stolen.text().contains("The passkey was not taken") && stolen.text().contains("role=\"alert\""));
    assert!(!is_let_in(&thief) && !is_let_in(&browser));
    assert_eq!(send(&browser, "/login", &csrf, &assertion, &[]).await.status, StatusCode::SEE_OTHER);
    let again = Browser::new(&house.app);
    for (name, value) in [("__Host-portcullis-passkey", &cookie), ("__Host-portcullis-flow", &browser_name(&browser))] {
        again.plant(name, value);
    }
    let replayed = send(&again, "/login", &csrf, &assertion, &[]).await;
    assert_eq!(replayed.status, StatusCode::UNAUTHORIZED, "{}", replayed.text());
    assert!(!is_let_in(&again), "even with all that the browser had");
    assert_eq!(house.reasons().await, ["challenge", "challenge"]);
    let garbage = send(&again, "/login", &csrf, &json!({ "id": 7 }), &[]).await;
    assert_eq!(garbage.status, StatusCode::BAD_REQUEST, "{}", garbage.text());
}

fn browser_name(browser: &Browser<'_>) -> String {
    browser.cookie("__Host-portcullis-flow").unwrap()
}

#[tokio::test]
async fn the_challenge_in_a_cookie_is_for_the_script_of_its_own_page_only() {
    let house = House::with_passkeys("").await;
    house.user(ADA).await;
    let mut authenticator = house.passkey(ADA).await;
    let (browser, page) = by_password(&house).await;
    let held = browser.cookie("__Host-portcullis-challenge").unwrap();
    assert!(page.text().contains("data-passkey=\"/auth/v1/login/factor/options\""), "{}", page.text());
    assert!(!page.text().contains("name=\"code\""), "there is no authenticator app");
    assert!(!page.text().contains(&held), "no page holds the challenge");
    for (headers, status) in [
        (&[][..], StatusCode::BAD_REQUEST),
        (&[("sec-fetch-site", "none")], StatusCode::BAD_REQUEST),
        (&[("sec-fetch-site", "same-site")], StatusCode::FORBIDDEN),
        (&[("origin", ORIGIN), ("sec-fetch-site", "cross-site")], StatusCode::FORBIDDEN),
        (&[("origin", "https://evil.example")], StatusCode::FORBIDDEN),
    ] {
        assert_eq!(browser.ask(FACTOR, headers, "{}").await.status, status, "{headers:?}");
    }
    // Of the two cookies one alone, and with that of another browser, is nothing.
    let (thief, own_page) = by_password(&house).await;
    let own = thief.cookie("__Host-portcullis-challenge").unwrap();
    thief.plant("__Host-portcullis-challenge", &held);
    assert_eq!(thief.ask(FACTOR, &OWN, "{}").await.status, StatusCode::UNAUTHORIZED);
    let stranger = Browser::new(&house.app);
    assert_eq!(stranger.ask(FACTOR, &OWN, "{}").await.status, StatusCode::UNAUTHORIZED);
    stranger.plant("__Host-portcullis-challenge", &held);
    assert_eq!(stranger.ask(FACTOR, &OWN, "{}").await.status, StatusCode::UNAUTHORIZED);
    // What was asked of one login answers no other one, even of the same person.
    let assertion = authenticator.get(&question(&browser, FACTOR, "{}").await);
    thief.plant("__Host-portcullis-challenge", &own);
    let crossed = send(&thief, "/login/factor", &field(&own_page, "csrf"), &assertion, &[]).await;
    assert_eq!(crossed.status, StatusCode::UNAUTHORIZED, "{}", crossed.text());
    assert!(crossed.text().contains("The passkey was not taken") && !is_let_in(&thief));
    let cookies = ["challenge", "factor", "flow"].map(|name| format!("__Host-portcullis-{name}"));
    let kept: Vec<String> = cookies.iter().map(|name| browser.cookie(name).unwrap()).collect();
    let entered = send(&browser, "/login/factor", &field(&page, "csrf"), &assertion, &[]).await;
    assert_eq!(entered.header("location"), "/account", "{}", entered.text());
    let again = Browser::new(&house.app);
    cookies.iter().zip(&kept).for_each(|(name, value)| again.plant(name, value));
    let replayed = send(&again, "/login/factor", &field(&page, "csrf"), &assertion, &[]).await;
    assert!(replayed.text().contains("Begin again") && !is_let_in(&again), "{}", replayed.text());
}

#[tokio::test]
async fn a_role_that_needs_a_factor_sets_up_a_passkey_on_the_way_and_sees_the_codes_once() {
    let house = House::with_passkeys("").await;
    house.user_as(ADA, &["admin"]).await;
    let (browser, page) = by_password(&house).await;
    assert!(page.text().contains("Set up a passkey") && page.text().contains("<svg"), "a choice: {}", page.text());
    for body in ["{}", "{\"kind\": \"totp\"}"] {
        let key = browser.ask(ENROL, &OWN, body).await;
        assert_eq!(key.status, StatusCode::BAD_REQUEST, "a cookie shows nobody a key: {}", key.text());
    }
    let mut authenticator = Authenticator::new(Key::ec());
    let asked = question(&browser, ENROL, "{\"kind\":\"passkey\"}").await;
    let made = authenticator.create(&asked);
    let mut lying = Authenticator::new(Key::ec());
    lying.origin = "https://evil.example".to_owned();
    let refused = send(&browser, "/login/enrolment", &field(&page, "csrf"), &lying.create(&asked), &[]).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(refused.text().contains("The passkey was not taken") && refused.text().contains("<svg"));
    let codes = send(&browser, "/login/enrolment", &field(&page, "csrf"), &made, &[]).await;
    assert_eq!(codes.text().matches("<li>").count(), 10, "{}", codes.text());
    let account = browser.open("/account").await.text();
    assert!(account.contains("Recovery codes left: 10.") && account.contains("on one device only"), "{account}");
    assert_eq!(browser.open("/login/enrolment").await.header("location"), "/login", "the challenge is used up");
}

#[tokio::test]
async fn a_role_with_passkeys_only_is_offered_nothing_else() {
    let house = House::with_passkeys("auth.mfa.passkey_required_for = ['admin']").await;
    house.user_as(ADA, &["admin"]).await;
    let (browser, page) = by_password(&house).await;
    assert!(page.text().contains("Set up a passkey") && !page.text().contains("<svg"), "{}", page.text());
    assert!(page.text().contains("data-passkey-needed"), "who has no script is told so");
    let mut authenticator = Authenticator::new(Key::ec());
    let made = authenticator.create(&question(&browser, ENROL, "{\"kind\":\"passkey\"}").await);
    let codes = send(&browser, "/login/enrolment", &field(&page, "csrf"), &made, &[]).await;
    assert_eq!(codes.text().matches("<li>").count(), 10, "{}", codes.text());
    let (_, page) = by_password(&house).await;
    assert!(page.text().contains("data-passkey-needed") && !page.text().contains("code\""), "{}", page.text());
    let confirm = browser.open("/account/confirm").await.text();
    assert!(confirm.contains("data-passkey-needed") && !confirm.contains("name=\"password\""), "{confirm}");
}

#[tokio::test]
async fn v7_5_3_passkeys_are_added_renamed_and_removed_by_who_showed_lately_who_they_are() {
    let house = House::with_passkeys("").await;
    let ada = house.user(ADA).await;
    let (browser, account) = by_password(&house).await;
    let csrf = field(&account, "csrf");
    let page = browser.open("/account/passkey").await;
    assert!(page.text().contains("data-creates") && page.header("content-security-policy").contains("script-src"));
    let mut authenticator = Authenticator::new(Key::ec());
    let options = "/auth/v1/factors/passkey";
    let unnamed = authenticator.create(&question(&browser, options, "{}").await);
    let refused = send(&browser, "/account/passkey", &csrf, &unnamed, &[]).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.text().contains("aria-invalid") && refused.text().contains("1 to 64"), "{}", refused.text());
    let made = authenticator.create(&question(&browser, options, "{}").await);
    let codes = send(&browser, "/account/passkey", &csrf, &made, &[("name", "<b>laptop</b>")]).await;
    assert_eq!(codes.text().matches("<li>").count(), 10, "{}", codes.text());
    // The session has one factor now where there are two.
    let id = house.app.app().factors().list(&ada).await.unwrap().0[0].id.clone();
    for (path, pairs) in [
        ("/account/factors/rename", &[("id", id.as_str()), ("name", "mine")][..]),
        ("/account/factors/remove", &[("id", id.as_str())]),
        ("/account/passkey", &[("name", "another")]),
    ] {
        let reply = browser.post(path, &OWN, &[&[("csrf", csrf.as_str())], pairs].concat()).await;
        assert!(reply.header("location").starts_with("/account/confirm?next="), "{path}: {}", reply.text());
    }
    assert_eq!(browser.open("/account/passkey").await.header("location"), "/account/confirm?next=passkey");
    let page = browser.open("/account/confirm?next=passkey").await;
    let assertion = authenticator.get(&question(&browser, "/auth/v1/step-up/options", "{}").await);
    let shown = send(&browser, "/account/confirm", &field(&page, "csrf"), &assertion, &[("next", "passkey")]).await;
    assert_eq!(shown.header("location"), "/account/passkey", "{}", shown.text());
    let csrf = field(&browser.open("/account").await, "csrf");
    let replayed = send(&browser, "/account/confirm", &csrf, &assertion, &[]).await;
    assert_eq!(replayed.status, StatusCode::UNAUTHORIZED, "it was for the session before");
    let own = |path: &'static str, pairs: Vec<(&'static str, String)>| {
        let (browser, csrf) = (&browser, csrf.clone());
        async move {
            let mut all = vec![("csrf", csrf.as_str())];
            all.extend(pairs.iter().map(|(name, value)| (*name, value.as_str())));
            browser.post(path, &OWN, &all).await
        }
    };
    let long = own("/account/factors/rename", vec![("id", id.clone()), ("name", "n".repeat(65))]).await;
    assert!(long.text().contains("1 to 64") && long.text().contains("&lt;b&gt;laptop&lt;/b&gt;"), "{}", long.text());
    own("/account/factors/rename", vec![("id", id.clone()), ("name", "old laptop".into())]).await;
    let account = browser.open("/account").await.text();
    assert!(account.contains("old laptop") && account.contains("last used"), "{account}");
    own("/account/factors/remove", vec![("id", id.clone())]).await;
    assert!(browser.open("/account").await.text().contains("There is none yet"));
}

#[tokio::test]
async fn nobody_renames_the_factor_of_somebody_else() {
    let house = House::with_passkeys("").await;
    let ada = house.user(ADA).await;
    let eve = house.user("eve@example.com").await;
    house.passkey("eve@example.com").await;
    let id = house.app.app().factors().list(&eve).await.unwrap().0[0].id.clone();
    let (browser, account) = by_password(&house).await;
    let pairs = [("csrf", field(&account, "csrf")), ("id", id), ("name", "gotcha".to_owned())];
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post("/account/factors/rename", &OWN, &pairs).await;
    assert_eq!(house.app.app().factors().list(&eve).await.unwrap().0[0].name, "my laptop");
    assert!(house.app.app().factors().list(&ada).await.unwrap().0.is_empty());
    assert_eq!(text(&house.enter(ADA).await, "token_type"), "Bearer", "nothing else has changed");
}

#[tokio::test]
async fn only_pages_that_need_it_carry_the_script() {
    let house = House::with_passkeys("").await;
    house.user(ADA).await;
    house.passkey(ADA).await;
    let (browser, _) = by_password(&house).await;
    for (path, has_one) in [("/login", true), ("/login/factor", true), ("/recovery", false), ("/invitation", false)] {
        let page = browser.open(path).await;
        assert_eq!(page.text().contains("<script>"), has_one, "{path}");
        assert_eq!(page.header("content-security-policy").contains("script-src"), has_one, "{path}");
    }
    for path in ["/login?tenant=", "/login/factor?flow=", "/account/confirm?next=", "/account/passkey?name="] {
        let page = browser.open(&format!("{path}%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E")).await.text();
        assert!(!page.contains("alert(1)"), "{path}: {page}");
    }
    let off = House::start("").await;
    let page = Browser::new(&off.app).open("/login").await;
    assert!(!page.text().contains("passkey") && !page.text().contains("<script"), "{}", page.text());
}
