//! The pages that people see: logging in with a second factor, links in letters, one's account; and what is tried on them.

use http::StatusCode;
use portcullis::auth::user::Purpose;
use portcullis::http::router::{ROUTES, Target};
use portcullis::http::site::Handler;

use crate::app::Reply;
use crate::mfa::Phone;
use crate::oauth::{Browser, CALLBACK, ISSUER, Provider, hidden, parameter};
use crate::user::{House, PASSWORD};

const ADA: &str = "ada@example.com";
const OTHER_PASSWORD: &str = "granite pelican sonnet";
const OWN: [(&str, &str); 2] = [("origin", ISSUER), ("sec-fetch-site", "same-origin")];

/// The value of the first hidden field of this name.
fn field(page: &Reply, name: &str) -> String {
    let found = hidden(&page.text()).into_iter().find(|(own, _)| own == name);
    found.unwrap_or_else(|| panic!("no {name}: {}", page.text())).1
}

/// The key that an enrolment page shows.
fn secret(page: &Reply) -> String {
    let text = page.text();
    let key = text.split("<code>").nth(1).unwrap_or_else(|| panic!("no key: {text}")).split('<').next().unwrap();
    key.replace(' ', "")
}

async fn logged_in(house: &House) -> Browser<'_> {
    let browser = Browser::new(&house.app);
    let account = browser.log_in(&browser.open("/login").await, PASSWORD).await;
    assert!(account.text().contains("Your account"), "{}", account.text());
    browser
}

/// Sends a form of one's own pages.
async fn own(browser: &Browser<'_>, path: &str, pairs: &[(&str, &str)]) -> Reply {
    let csrf = field(&browser.open("/account").await, "csrf");
    let all = [&[("csrf", csrf.as_str())], pairs].concat();
    browser.post(path, &OWN, &all).await
}

#[tokio::test]
async fn after_the_password_a_page_asks_for_the_code_and_the_app_gets_its_answer() {
    let provider = Provider::start().await;
    let (phone, codes) = provider.house.phone(ADA).await;
    for by_recovery in [false, true] {
        let browser = Browser::new(provider.app());
        let page = browser.open(&format!("/oauth2/authorize?{}", provider.request(&[]))).await;
        let asked = browser.log_in(&page, PASSWORD).await;
        assert!(asked.text().contains("action=\"/login/factor\""), "{}", asked.text());
        assert!(browser.cookie("__Host-portcullis-access").is_none(), "no session yet");
        assert!(asked.header("content-security-policy").contains("form-action 'self' https://app.example;"));
        let wrong = browser.submit(&asked, &[("code", "000000")]).await;
        assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
        assert!(wrong.text().contains("aria-invalid=\"true\"") && wrong.text().contains("role=\"alert\""));
        let code = phone.code(&provider.house, 0);
        let right = if by_recovery { ("recovery_code", codes[0].as_str()) } else { ("code", code.as_str()) };
        let mut reply = browser.follow(browser.submit(&wrong, &[right]).await).await;
        if reply.text().contains("value=\"allow\"") {
            reply = browser.submit(&reply, &[("decision", "allow")]).await;
        }
        assert!(reply.header("location").starts_with(CALLBACK), "{}", reply.text());
        assert!(browser.cookie("__Host-portcullis-challenge").is_none(), "used up and forgotten");
        let tokens = provider.exchange(&parameter(reply.header("location"), "code").unwrap(), &[]).await;
        assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.text());
        provider.app().clock.pass(30);
    }
}

#[tokio::test]
async fn who_has_to_have_a_factor_sets_it_up_on_the_way_and_sees_the_codes_once() {
    let house = House::start("").await;
    house.user_as(ADA, &["admin"]).await;
    let browser = Browser::new(&house.app);
    let page = browser.log_in(&browser.open("/login").await, PASSWORD).await;
    assert!(page.text().contains("<svg") && page.text().contains("role=\"img\""), "{}", page.text());
    let phone = Phone::new(&secret(&page));
    let wrong = browser.submit(&page, &[("code", "000000")]).await;
    assert_eq!((wrong.status, secret(&wrong)), (StatusCode::UNAUTHORIZED, secret(&page)), "the same key");
    let codes = browser.submit(&wrong, &[("code", &phone.code(&house, 0))]).await;
    assert_eq!(codes.text().matches("<li>").count(), 10, "{}", codes.text());
    assert_eq!(codes.header("cache-control"), "no-store");
    assert!(browser.open("/account").await.text().contains("Recovery codes left: 10."));
    let again = browser.open("/login/enrolment").await;
    assert_eq!(again.header("location"), "/login", "the challenge is used up: {}", again.text());
}

#[tokio::test]
async fn who_knows_the_password_too_is_not_shown_the_key_that_somebody_else_sets_up() {
    let house = House::start("").await;
    house.user_as(ADA, &["admin"]).await;
    let (eve, ada) = (Browser::new(&house.app), Browser::new(&house.app));
    eve.log_in(&eve.open("/login").await, PASSWORD).await;
    let page = ada.log_in(&ada.open("/login").await, PASSWORD).await;
    let spied = eve.open("/login/enrolment").await;
    assert_eq!(spied.status, StatusCode::UNAUTHORIZED);
    assert!(!spied.text().contains(&secret(&page)) && !spied.text().contains("<svg"), "{}", spied.text());
}

#[tokio::test]
async fn v6_6_3_a_challenge_of_a_page_dies_after_five_tries_and_is_worth_nothing_in_another_browser() {
    let house = House::start("").await;
    house.user(ADA).await;
    let (phone, _) = house.phone(ADA).await;
    let browser = Browser::new(&house.app);
    let page = browser.log_in(&browser.open("/login").await, PASSWORD).await;
    let thief = Browser::new(&house.app);
    thief.open("/login").await;
    thief.plant("__Host-portcullis-challenge", &browser.cookie("__Host-portcullis-challenge").unwrap());
    let stolen = thief.open("/login/factor").await;
    assert!(stolen.status == StatusCode::UNAUTHORIZED && !stolen.text().contains("<form"), "{}", stolen.text());
    thief.plant("__Host-portcullis-challenge", &browser.cookie("__Host-portcullis-challenge").unwrap());
    // The page is for anybody who has a challenge of their own, and its form with it.
    thief.plant("__Host-portcullis-flow", &browser.cookie("__Host-portcullis-flow").unwrap());
    let refused = thief.submit(&page, &[("code", &phone.code(&house, 0))]).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{}", refused.text());
    assert!(thief.cookie("__Host-portcullis-access").is_none());
    for _ in 0..5 {
        browser.submit(&page, &[("code", "000000")]).await;
    }
    let dead = browser.submit(&page, &[("code", &phone.code(&house, 0))]).await;
    assert!(dead.text().contains("Begin again"), "{}", dead.text());
    assert!(browser.cookie("__Host-portcullis-access").is_none());
}

#[tokio::test]
async fn a_role_whose_time_is_over_is_told_so() {
    let house = House::start("[auth.mfa]\nenrolment_grace_s = 0\n").await;
    house.user_as(ADA, &["admin"]).await;
    let browser = Browser::new(&house.app);
    let page = browser.log_in(&browser.open("/login").await, PASSWORD).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.text().contains("An administrator can open it again"), "{}", page.text());
}

#[tokio::test]
async fn v6_4_1_opening_a_mailed_link_uses_nothing_up_and_leaves_no_token_in_an_address() {
    let house = House::start("").await;
    let user = house.invite(ADA).await;
    house.app.app().users().send_verification(&user, "cli").await.unwrap();
    let invitation = house.token(Purpose::Invitation, 2).await;
    let verification = house.token(Purpose::Verification, 2).await;
    for _ in 0..3 {
        // Scanners of mail.
        for path in [format!("/invitation?token={invitation}"), format!("/verification?token={verification}")] {
            let scanner = Browser::new(&house.app);
            let reply = scanner.open(&path).await;
            let (clean, _) = path.split_once('?').unwrap();
            assert_eq!((reply.status, reply.header("location")), (StatusCode::SEE_OTHER, clean));
            assert_eq!((reply.header("referrer-policy"), reply.header("cache-control")), ("no-referrer", "no-store"));
            let page = scanner.follow(reply).await;
            assert!(page.status == StatusCode::OK && !page.text().contains(&invitation), "{}", page.text());
            assert!(!page.text().contains(&verification));
        }
    }
    let browser = Browser::new(&house.app);
    let page = browser.follow(browser.open(&format!("/verification?token={verification}")).await).await;
    let done = browser.submit(&page, &[]).await;
    assert!(done.text().contains("is confirmed"), "{}", done.text());
    let page = browser.follow(browser.open(&format!("/invitation?token={invitation}")).await).await;
    let weak = browser.submit(&page, &[("new_password", "Password123!")]).await;
    assert_eq!(weak.status, StatusCode::BAD_REQUEST);
    assert!(weak.text().contains("can be guessed") && weak.text().contains("aria-describedby"), "{}", weak.text());
    let saved = browser.submit(&weak, &[("new_password", PASSWORD)]).await;
    assert!(saved.text().contains("Password saved"), "{}", saved.text());
    assert!(
        browser.cookie("__Host-portcullis-invitation").is_none()
            && browser.cookie("__Host-portcullis-access").is_none()
    );
    let again = browser.follow(browser.open(&format!("/invitation?token={invitation}")).await).await;
    let used = browser.submit(&again, &[("new_password", OTHER_PASSWORD)]).await;
    assert!(used.status == StatusCode::BAD_REQUEST && used.text().contains("not valid"), "{}", used.text());
    let audit = serde_json::json!(house.app.audit().await).to_string();
    assert!(!audit.contains(&invitation) && !audit.contains(&verification));
    logged_in(&house).await;
}

#[tokio::test]
async fn v6_4_3_a_lost_password_is_replaced_by_mail_and_nobody_learns_who_has_an_account() {
    let house = House::start("").await;
    house.user(ADA).await;
    let browser = Browser::new(&house.app);
    let mut answers = Vec::new();
    for email in ["nobody@example.com", "no address", ADA] {
        let page = browser.open("/recovery").await;
        let reply = browser.submit(&page, &[("email", email)]).await;
        answers.push((reply.status, reply.text()));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    let token = house.token(Purpose::Recovery, 1).await;
    let page = browser.follow(browser.open(&format!("/recovery?token={token}")).await).await;
    let saved = browser.submit(&page, &[("new_password", OTHER_PASSWORD)]).await;
    assert!(saved.text().contains("Password saved"), "{}", saved.text());
    assert!(browser.cookie("__Host-portcullis-access").is_none(), "it lets nobody in");
    let account = browser.log_in(&browser.open("/login").await, OTHER_PASSWORD).await;
    assert!(account.text().contains("Your account"), "{}", account.text());
}

#[tokio::test]
async fn one_ends_ones_own_sessions_and_nobody_elses() {
    let house = House::start("").await;
    house.user(ADA).await;
    house.user("eve@example.com").await;
    let (first, second) = (logged_in(&house).await, logged_in(&house).await);
    let page = first.open("/account").await;
    let id = field(&page, "id");
    let eve = Browser::new(&house.app);
    let login = eve.open("/login").await;
    eve.follow(eve.submit(&login, &[("email", "eve@example.com"), ("password", PASSWORD)]).await).await;
    assert_eq!(own(&eve, "/account/sessions/end", &[("id", &id)]).await.status, StatusCode::NOT_FOUND);
    assert!(second.open("/account").await.text().contains("Your account"));
    assert_eq!(own(&first, "/account/sessions/end", &[("id", &id)]).await.header("location"), "/account");
    assert_eq!(second.open("/account").await.header("location"), "/login");
    let out = own(&first, "/account/logout", &[]).await;
    assert!(out.text().contains("You are logged out") && !out.header("clear-site-data").is_empty());
    assert_eq!(first.open("/account").await.header("location"), "/login");
}

#[tokio::test]
async fn v7_5_3_factors_and_passwords_change_only_for_who_showed_lately_who_they_are() {
    let house = House::start("").await;
    house.user(ADA).await;
    let browser = logged_in(&house).await;
    let begun = own(&browser, "/account/authenticator", &[("name", "<b>phone</b>")]).await;
    let (phone, factor) = (Phone::new(&secret(&begun)), field(&begun, "factor"));
    let code = phone.code(&house, 0);
    let codes = own(&browser, "/account/authenticator/confirm", &[("factor", &factor), ("code", &code)]).await;
    assert_eq!(codes.text().matches("<li>").count(), 10);
    house.app.clock.pass(30);
    // The session has one factor now where there are two.
    for (path, pairs) in [
        ("/account/codes", &[][..]),
        ("/account/factors/remove", &[("id", factor.as_str())]),
        ("/account/authenticator", &[("name", "another")]),
        ("/account/authenticator/confirm", &[("factor", "fct_x"), ("code", "000000")]),
        ("/account/password", &[("current", PASSWORD), ("new_password", OTHER_PASSWORD)]),
    ] {
        let reply = own(&browser, path, pairs).await;
        assert!(reply.header("location").starts_with("/account/confirm?next="), "{path}: {}", reply.text());
    }
    for (wanted, leads) in [("password", "/account/password"), ("//evil.example", "/account")] {
        let page = browser.open(&format!("/account/confirm?next={wanted}")).await;
        assert!(!page.text().contains("evil"), "{}", page.text());
        let without = browser.submit(&page, &[("password", PASSWORD)]).await;
        assert_eq!(without.status, StatusCode::UNAUTHORIZED, "a password alone is not enough");
        let code = phone.code(&house, 0);
        let shown = browser.submit(&page, &[("password", PASSWORD), ("code", &code)]).await;
        assert_eq!(shown.header("location"), leads, "{}", shown.text());
        house.app.clock.pass(30);
    }
    let account = browser.open("/account").await;
    assert!(account.text().contains("&lt;b&gt;phone&lt;/b&gt;"), "escaped: {}", account.text());
    assert_eq!(own(&browser, "/account/codes", &[]).await.text().matches("<li>").count(), 10);
    let wrong = own(&browser, "/account/password", &[("current", "wrong"), ("new_password", OTHER_PASSWORD)]).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    let changed = own(&browser, "/account/password", &[("current", PASSWORD), ("new_password", OTHER_PASSWORD)]).await;
    assert!(changed.text().contains("all sessions are ended"), "{}", changed.text());
    assert_eq!(browser.open("/account").await.header("location"), "/login");
}

#[tokio::test]
async fn a_factor_is_removed_and_the_last_one_of_a_role_that_needs_one_stays() {
    let house = House::start("").await;
    house.user_as(ADA, &["admin"]).await;
    let browser = Browser::new(&house.app);
    let page = browser.log_in(&browser.open("/login").await, PASSWORD).await;
    let phone = Phone::new(&secret(&page));
    browser.submit(&page, &[("code", &phone.code(&house, 0))]).await;
    let account = browser.open("/account").await;
    let id = field(&account, "id");
    let stays = own(&browser, "/account/factors/remove", &[("id", &id)]).await;
    assert!(
        stays.status == StatusCode::CONFLICT && stays.text().contains("Add another one before"),
        "{}",
        stays.text()
    );
    let begun = own(&browser, "/account/authenticator", &[("name", "tablet")]).await;
    let (tablet, factor) = (Phone::new(&secret(&begun)), field(&begun, "factor"));
    let code = tablet.code(&house, 0);
    let added = own(&browser, "/account/authenticator/confirm", &[("factor", &factor), ("code", &code)]).await;
    assert_eq!(added.header("location"), "/account", "{}", added.text());
    assert_eq!(own(&browser, "/account/factors/remove", &[("id", &id)]).await.header("location"), "/account");
    assert!(!browser.open("/account").await.text().contains(&id));
}

/// All forms of the pages. The work of a browser is none, and has tests of its own.
fn forms() -> impl Iterator<Item = &'static str> {
    let is_form = |target: &Target| matches!(target, Target::Site(handler) if *handler != Handler::Challenge);
    ROUTES
        .iter()
        .filter(move |route| is_form(&route.target) && route.method == http::Method::POST)
        .map(|route| route.path)
}

#[tokio::test]
async fn v3_5_1_a_form_of_another_site_browser_session_or_page_does_nothing() {
    let house = House::start("").await;
    house.user(ADA).await;
    let (browser, other) = (logged_in(&house).await, logged_in(&house).await);
    let tokens = [
        String::new(),
        "AAAA".to_owned(),
        field(&other.open("/account").await, "csrf"),
        field(&Browser::new(&house.app).open("/login").await, "csrf"),
    ];
    let mut seen = 0;
    for path in forms() {
        for token in &tokens {
            let reply = browser.post(path, &OWN, &[("csrf", token), ("email", ADA), ("password", PASSWORD)]).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path} {token}: {}", reply.text());
            seen += 1;
        }
        let own_token = field(&browser.open("/account").await, "csrf");
        for headers in [
            &[("origin", "https://evil.example")][..],
            &[("origin", "null")],
            &[("origin", ISSUER), ("sec-fetch-site", "cross-site")],
            &[("origin", ISSUER), ("sec-fetch-site", "same-site")],
        ] {
            let reply = browser.post(path, headers, &[("csrf", &own_token), ("password", PASSWORD)]).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path} {headers:?}");
        }
    }
    assert!(seen > 40, "{seen}");
    assert!(browser.open("/account").await.text().contains("Your account"), "nothing was done");
    // Logging somebody in as somebody else.
    let victim = Browser::new(&house.app);
    let page = browser.open("/recovery").await;
    let pairs = [("csrf", field(&page, "csrf")), ("email", ADA.to_owned()), ("password", PASSWORD.to_owned())];
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(victim.post("/login", &OWN, &pairs).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn v8_2_1_ones_own_pages_are_for_the_cookies_of_a_login_only() {
    let provider = Provider::start().await;
    let app_token = provider.tokens().await["access_token"].as_str().unwrap().to_owned();
    let (key, admin_key) = (provider.app().key.clone(), provider.app().admin_key.clone());
    let by_cookie = |token: &str| ("cookie", format!("__Host-portcullis-access={token}"));
    let by_header = |token: &str| ("authorization", format!("Bearer {token}"));
    let person = provider.house.enter(ADA).await.json()["access_token"].as_str().unwrap().to_owned();
    for (asker, (name, value), is_let_in) in [
        ("nobody", ("accept", String::new()), false),
        ("an app, by cookie", by_cookie(&app_token), false),
        ("an app, by header", by_header(&app_token), false),
        ("a key", by_header(&key), false),
        ("an operator", by_cookie(&admin_key), false),
        ("a person, by header", by_header(&person), false),
        ("a stranger", by_cookie("a.b.c"), false),
        ("a person", by_cookie(&person), true),
    ] {
        for route in
            ROUTES.iter().filter(|route| route.path.starts_with("/account") && route.method == http::Method::GET)
        {
            let url = format!("{}{}", provider.app().base, route.path);
            let reply = provider.app().send(http::Method::GET, &url, None, &[(name, &value)], "").await;
            assert_eq!(reply.header("location") != "/login", is_let_in, "{asker}: {}", route.path);
            assert_eq!(reply.text().contains(ADA), is_let_in && route.path == "/account", "{asker}: {}", route.path);
        }
    }
}

#[tokio::test]
async fn v3_4_6_no_page_is_framed_runs_script_or_repeats_markup_that_it_was_given() {
    // Many of the forms are attempts, and waits are not what this is about. Nor is the firewall in front.
    let house =
        House::start("[waf]\nmode = 'off'\n[auth.throttle]\npair_free = 100\naccount_free = 100\naddress_free = 100")
            .await;
    house.user(ADA).await;
    let mut browser = logged_in(&house).await;
    let evil = "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    let mut seen = 0;
    for route in ROUTES.iter().filter(|route| matches!(route.target, Target::Site(_))) {
        for name in ["token", "tenant", "flow", "next", "email", "code", "id", "user_code", "x"] {
            let path = format!("{}?{name}={evil}", route.path);
            let reply = match route.method {
                http::Method::GET => browser.open(&path).await,
                _ => {
                    let csrf = field(&browser.open("/account").await, "csrf");
                    let pairs = [("csrf", csrf.as_str()), (name, "\"><script>alert(1)</script>")];
                    browser.post(&path, &OWN, &pairs).await
                }
            };
            assert!(!reply.text().contains("<script"), "{path}: {}", reply.text());
            assert!(!reply.header("location").contains("script"), "{path}: {}", reply.header("location"));
            if reply.status != StatusCode::SEE_OTHER {
                let policy = reply.header("content-security-policy");
                assert!(
                    policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
                    "{path}"
                );
                assert!(!policy.contains("script-src") && !policy.contains("unsafe"), "{policy}");
                assert_eq!(reply.header("x-frame-options"), "DENY", "{path}");
            }
            assert_eq!(
                (reply.header("cache-control"), reply.header("x-content-type-options")),
                ("no-store", "nosniff")
            );
            if !reply.header("clear-site-data").is_empty() {
                browser = logged_in(&house).await;
            }
            seen += 1;
        }
    }
    assert!(seen > 200, "{seen}");
}

#[tokio::test]
async fn v7_2_4_a_session_that_was_there_before_ends_with_a_login() {
    let house = House::start("").await;
    house.user(ADA).await;
    let browser = logged_in(&house).await;
    let before = browser.cookie("__Host-portcullis-access").unwrap();
    let page = Browser::new(&house.app).open("/login").await;
    assert!(page.text().contains("action=\"/login\""));
    // Somebody else sits down: the page is asked for without the cookies, which are still there.
    let login = browser.open_without_session("/login").await;
    browser.follow(browser.submit(&login, &[("email", ADA), ("password", PASSWORD)]).await).await;
    assert_ne!(browser.cookie("__Host-portcullis-access").unwrap(), before);
    assert_eq!(house.app.models(&before).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn pages_speak_german_and_lead_on_from_another_site() {
    let house = House::start("").await;
    let url = |path: &str| format!("{}{path}", house.app.base);
    for path in ["/login", "/recovery"] {
        let german = [("accept-language", "de-AT, en;q=0.5")];
        let page = house.app.send(http::Method::GET, &url(path), None, &german, "").await;
        assert!(
            page.text().contains("<html lang=\"de\">") && page.text().contains("E-Mail-Adresse"),
            "{}",
            page.text()
        );
    }
    for path in ["/login", "/account"] {
        let led = [("sec-fetch-site", "cross-site")];
        let page = house.app.send(http::Method::GET, &url(path), None, &led, "").await;
        assert!(page.text().contains("http-equiv=\"refresh\""), "{}", page.text());
    }
}

/// Whether the page has a way out that is in sight.
fn has_logout(page: &Reply) -> bool {
    let text = page.text();
    text.contains("action=\"/account/logout\"") || text.contains("<a href=\"/oauth2/logout\">Log out</a>")
}

#[tokio::test]
async fn v7_4_4_every_page_behind_a_login_says_how_to_log_out() {
    let provider = Provider::start().await;
    let browser = logged_in(&provider.house).await;
    let consent = browser.open(&format!("/oauth2/authorize?{}", provider.request(&[]))).await;
    assert!(consent.text().contains("value=\"allow\"") && has_logout(&consent), "{}", consent.text());
    let mut seen = 0;
    for route in ROUTES.iter().filter(|route| route.path.starts_with("/account") && route.method == http::Method::GET) {
        let page = browser.open(route.path).await;
        if route.path == "/account/passkey" && page.status == StatusCode::SEE_OTHER {
            // Passkeys are off at an address without a name: this leads back.
            continue;
        }
        assert!(page.status == StatusCode::OK && has_logout(&page), "{}: {}", route.path, page.text());
        seen += 1;
    }
    assert!(seen >= 4, "{seen}");
    let begun = own(&browser, "/account/authenticator", &[("name", "phone")]).await;
    let (phone, factor) = (Phone::new(&secret(&begun)), field(&begun, "factor"));
    let wrong = own(&browser, "/account/authenticator/confirm", &[("factor", &factor), ("code", "000000")]).await;
    let code = phone.code(&provider.house, 0);
    let codes = own(&browser, "/account/authenticator/confirm", &[("factor", &factor), ("code", &code)]).await;
    for page in [&begun, &wrong, &codes] {
        assert!(has_logout(page), "{}", page.text());
    }
    // And it works.
    let out = browser.submit(&browser.open("/oauth2/logout").await, &[]).await;
    assert!(out.text().contains("You are logged out"), "{}", out.text());
    assert_eq!(browser.open("/account").await.header("location"), "/login");
    assert!(!has_logout(&browser.open("/login").await), "nobody is logged in there");
}

#[tokio::test]
async fn v10_7_3_v10_4_9_one_sees_narrows_and_takes_back_what_apps_may_do() {
    let provider = Provider::start().await;
    let (app, client) = (provider.app(), provider.public.client.id.as_str());
    let browser = Browser::new(app);
    assert!(!browser.log_in(&browser.open("/login").await, PASSWORD).await.text().contains("Apps that act"));
    let tokens = async || {
        let location = browser.allow(&provider.request(&[])).await;
        let reply = provider.exchange(&parameter(&location, "code").unwrap(), &[]).await;
        reply.json()["access_token"].as_str().unwrap_or_else(|| panic!("{}", reply.text())).to_owned()
    };
    let first = tokens().await;
    let account = browser.open("/account").await.text();
    assert!(account.contains("Apps that act for you") && account.contains("Phone &lt;b&gt;app&lt;/b&gt;"), "{account}");
    assert!(account.contains("send prompts to models on your account"), "{account}");
    // Nothing is lost while everything stays ticked, and nothing is won by ticking more.
    let all = [("keep-openid", "on"), ("keep-email", "on"), ("keep-inference", "on"), ("keep-admin", "on")];
    let change =
        async |pairs: &[(&str, &str)]| own(&browser, "/account/apps", &[&[("client", client)], pairs].concat()).await;
    assert_eq!(change(&all).await.header("location"), "/account");
    assert_eq!(app.models(&first).await.status, StatusCode::OK);
    change(&all[..2]).await;
    assert_eq!(app.models(&first).await.status, StatusCode::UNAUTHORIZED, "its sessions end");
    let user = app.app().users().list().await.unwrap().remove(0);
    let left = app.app().oauth().consents(user.id.as_str()).await.unwrap();
    assert_eq!(left[0].scopes, ["openid", "email"]);
    let again = browser.open(&format!("/oauth2/authorize?{}", provider.request(&[("prompt", "none")]))).await;
    assert!(again.header("location").contains("error=consent_required"), "{}", again.text());
    // Somebody else's are out of reach.
    provider.house.user("eve@example.com").await;
    let eve = Browser::new(app);
    let login = eve.open("/login").await;
    eve.follow(eve.submit(&login, &[("email", "eve@example.com"), ("password", PASSWORD)]).await).await;
    own(&eve, "/account/apps", &[("client", client), ("decision", "withdraw")]).await;
    assert_eq!(app.app().oauth().consents(user.id.as_str()).await.unwrap().len(), 1);
    let second = tokens().await;
    change(&[&all[..], &[("decision", "withdraw")]].concat()).await;
    assert_eq!(app.models(&second).await.status, StatusCode::UNAUTHORIZED);
    assert!(!browser.open("/account").await.text().contains("Apps that act"));
    let revoked = app.entries("oauth.consent_revoked").await;
    assert_eq!((revoked.len(), &revoked[1]["detail"]["scopes"]), (2, &serde_json::json!(["inference"])));
    assert_eq!(revoked[0]["actor"], user.id.as_str());
}

#[tokio::test]
async fn v10_7_2_the_page_of_consent_says_who_what_where_and_for_how_long() {
    let provider = Provider::with("[auth.jwt]\nrefresh_absolute_s = 1000000\n").await;
    let browser = logged_in(&provider.house).await;
    let page = browser.open(&format!("/oauth2/authorize?{}", provider.request(&[]))).await.text();
    for said in [
        "Phone &lt;b&gt;app&lt;/b&gt;",
        "see your e-mail address",
        "send prompts to models on your account",
        ADA,
        "The answer goes to",
        "until you take it back on your account page",
        "After 12 days at most",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
}
