//! Logging in with an outside provider, attacked: by a provider that lies, by other sites, by people with an identity of
//! their own. Names are those of the relying party's modules of the OpenID Foundation's conformance suite, where there is one.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::oauth::parameter;
use crate::outside::{Book, CREATE, Op, SECRET, SUBJECT, Signer, Site, config, new_rsa_key, rsa_key};
use crate::user::House;

impl Site {
    /// Logs in with a provider that does something; it has to be refused for a reason, with a page that says nothing of it.
    async fn refuses(&self, change: impl FnOnce(&mut Book), status: StatusCode, reason: &str) {
        self.op.honest_again();
        self.op.change(change);
        // So that the refusal is entered, and what failed before is asked again.
        self.house.app.clock.pass(61);
        let browser = self.browser();
        let reply = self.log_in(&browser).await;
        let page = reply.text();
        assert_eq!((reply.status, self.reasons().await.first().map(String::as_str)), (status, Some(reason)), "{page}");
        assert!(reply.headers.get("set-cookie").is_none(), "{reason}");
        assert_eq!(self.session(&browser).await, Value::Null, "{reason}");
        assert!(!page.contains(SUBJECT) && !page.contains("token") && !page.contains("account"), "{page}");
    }

    async fn refuses_token(&self, change: impl FnOnce(&mut Book), reason: &str) {
        self.refuses(change, StatusCode::FORBIDDEN, reason).await;
    }
}

#[tokio::test]
async fn oidcc_client_test_invalid_iss_missing_sub_invalid_aud_missing_iat_and_other_claims() {
    let site = Site::start(CREATE).await;
    let slash = format!("{}/", site.op.issuer);
    for (claims, reason) in [
        (json!({ "iss": "https://evil.example" }), "id_token_issuer"),
        (json!({ "iss": slash }), "id_token_issuer"),
        (json!({ "iss": null }), "id_token_claims"),
        (json!({ "sub": null }), "id_token_subject"),
        (json!({ "aud": "another" }), "id_token_audience"),
        (json!({ "aud": ["gate way", "another"], "azp": "gate way" }), "id_token_audience"),
        (json!({ "azp": "another" }), "id_token_audience"),
        (json!({ "iat": null }), "id_token_claims"),
        (json!({ "exp": null }), "id_token_claims"),
        (json!({ "exp": 1_000_000 }), "id_token_expired"),
        (json!({ "iat": 99_999_999_999_i64 }), "id_token_not_yet_valid"),
        (json!({ "nbf": 99_999_999_999_i64 }), "id_token_not_yet_valid"),
    ] {
        site.refuses_token(|book| book.claims = claims, reason).await;
    }
    assert_eq!(site.users().await.len(), 0);
}

#[tokio::test]
async fn oidcc_client_test_nonce_invalid_and_invalid_athash() {
    let site = Site::start(CREATE).await;
    for (claims, reason) in [
        (json!({ "nonce": "another" }), "id_token_nonce"),
        (json!({ "nonce": null }), "id_token_nonce"),
        (json!({ "at_hash": "77QmUPtjPfzWtF2AnpK9RQ" }), "id_token_hash"),
        (json!({ "c_hash": "77QmUPtjPfzWtF2AnpK9RQ" }), "id_token_hash"),
    ] {
        site.refuses_token(|book| book.claims = claims, reason).await;
    }
}

#[tokio::test]
async fn oidcc_client_test_idtoken_sig_none_invalid_sig_rs256_invalid_sig_hs256_and_other_headers() {
    let site = Site::start(CREATE).await;
    let modulus = |book: &Book| book.keys[0]["n"].as_str().unwrap().as_bytes().to_vec();
    site.refuses_token(|book| book.signer = Signer::None, "id_token_form").await;
    for alg in ["none", "None", "nOnE", "HS256", "RS1", "ES512"] {
        site.refuses_token(|book| book.header = json!({ "alg": alg }), "id_token_algorithm").await;
    }
    // A public key, or the client's own secret, taken for a shared one; also under the name of an allowed algorithm.
    site.refuses_token(|book| book.signer = Signer::Shared(modulus(book)), "id_token_algorithm").await;
    site.refuses_token(|book| book.signer = Signer::Shared(SECRET.into()), "id_token_algorithm").await;
    let dressed = |book: &mut Book| {
        book.signer = Signer::Shared(modulus(book));
        book.header = json!({ "alg": "RS256" });
    };
    site.refuses_token(dressed, "id_token_signature").await;
    site.refuses_token(|book| book.header = json!({ "alg": "PS256" }), "id_token_signature").await;
    site.refuses_token(|book| book.header = json!({ "alg": "ES256" }), "id_token_key").await;
    site.refuses_token(|book| book.signer = Signer::Rsa(new_rsa_key(), "RS256"), "id_token_signature").await;
    // Keys are kept for an hour.
    site.house.app.clock.pass(3_600);
    site.refuses_token(|book| book.keys[0]["alg"] = "PS256".into(), "id_token_key").await;
    site.house.app.clock.pass(3_600);
    for header in [json!({ "crit": ["exp"] }), json!({ "typ": "at+jwt" }), json!({ "typ": "logout+jwt" })] {
        site.refuses_token(|book| book.header = header, "id_token_header").await;
    }
    // What a token brings along itself is not looked at.
    let own =
        json!({ "kid": "mine", "jwk": crate::outside::rsa_jwk(&rsa_key(), "mine"), "jku": "http://127.0.0.1:1/" });
    site.refuses_token(|book| book.header = own, "id_token_key").await;
    let twice = |token: String| format!("{token}.{}", "e30");
    site.refuses_token(|book| book.spoil = Some(twice), "id_token_form").await;
    let changed = |token: String| {
        let parts: Vec<&str> = token.split('.').collect();
        let payload = String::from_utf8(portcullis::auth::jwt::jose::decode(parts[1]).unwrap()).unwrap();
        let payload = payload.replace(SUBJECT, "eve");
        format!("{}.{}.{}", parts[0], portcullis::auth::jwt::jose::encode(payload.as_bytes()), parts[2])
    };
    site.refuses_token(|book| book.spoil = Some(changed), "id_token_signature").await;
}

#[tokio::test]
async fn oidcc_client_test_userinfo_invalid_sub_and_what_the_id_token_says_stands() {
    let site = Site::start(CREATE).await;
    site.refuses_token(|book| book.userinfo = json!({ "sub": "another" }), "user_info_subject").await;
    site.refuses(|book| book.userinfo = json!({ "sub": null }), StatusCode::BAD_GATEWAY, "unavailable").await;
    site.op.honest_again();
    site.op.change(|book| {
        book.claims = json!({ "name": "Ada", "email": "a@b.example" });
        book.userinfo = json!({ "name": "Eve", "iss": "https://evil.example" });
    });
    let browser = site.browser();
    site.log_in(&browser).await;
    assert_eq!(site.user(&site.session(&browser).await).await.name, "Ada");
}

#[tokio::test]
async fn oidcc_client_test_discovery_issuer_mismatch_and_endpoints_that_lead_elsewhere() {
    let site = Site::start(CREATE).await;
    for (metadata, reason) in [
        (json!({ "issuer": "https://evil.example" }), "metadata"),
        (json!({ "issuer": format!("{}/", site.op.issuer) }), "metadata"),
        (json!({ "token_endpoint": "http://169.254.169.254/latest/meta-data" }), "metadata"),
        (json!({ "jwks_uri": "file:///etc/passwd" }), "metadata"),
        (json!({ "authorization_endpoint": "javascript:alert(1)" }), "metadata"),
        (json!({ "userinfo_endpoint": "http://user@127.0.0.1/" }), "metadata"),
        (json!({ "token_endpoint": null }), "unavailable"),
    ] {
        site.op.honest_again();
        site.op.change(|book| book.metadata = metadata.clone());
        site.house.app.clock.pass(86_400);
        let reply = site.browser().open("/auth/v1/outside/start/corp").await;
        assert_eq!(reply.status, StatusCode::BAD_GATEWAY, "{metadata}: {}", reply.text());
        assert_eq!(site.reasons().await[0], reason, "{metadata}");
    }
}

#[tokio::test]
async fn a_provider_that_says_too_much_nothing_or_points_elsewhere_is_not_followed() {
    let site = Site::start(CREATE).await;
    let (gateway, unavailable) = (StatusCode::BAD_GATEWAY, "unavailable");
    for path in ["token", "jwks", "userinfo"] {
        let large = format!("{{\"keys\":[],\"sub\":\"{}\"}}", "x".repeat(300_000));
        for (status, body) in [(200, large), (302, "{}".to_owned()), (500, "{}".to_owned()), (200, "<html>".to_owned())]
        {
            // Keys are kept for an hour.
            site.house.app.clock.pass(86_400);
            let instead = |book: &mut Book| drop(book.instead.insert(path, (status, body)));
            site.refuses(instead, gateway, unavailable).await;
        }
    }
    for path in ["token", "jwks", "userinfo"] {
        site.house.app.clock.pass(86_400);
        let began = std::time::Instant::now();
        site.refuses(|book| book.stalled = Some(path), gateway, unavailable).await;
        assert!(began.elapsed() < std::time::Duration::from_secs(4), "{path}");
    }
    let denied =
        |book: &mut Book| drop(book.instead.insert("token", (400, json!({ "error": "no\nsuch" }).to_string())));
    site.refuses_token(denied, "code").await;
    site.refuses_token(|book| book.token = json!({ "id_token": null }), "id_token_form").await;
    site.refuses(|book| book.token = json!({ "token_type": "dpop" }), gateway, unavailable).await;
}

#[tokio::test]
async fn while_a_provider_cannot_say_what_it_is_what_it_said_before_holds_for_a_day() {
    let site = Site::start(CREATE).await;
    assert_eq!(site.log_in(&site.browser()).await.status, StatusCode::OK);
    site.op.change(|book| drop(book.instead.insert(".well-known/openid-configuration", (503, String::new()))));
    site.house.app.clock.pass(3_600);
    assert_eq!(site.log_in(&site.browser()).await.status, StatusCode::OK);
    site.house.app.clock.pass(86_400);
    for _ in 0..3 {
        let reply = site.browser().open("/auth/v1/outside/start/corp").await;
        assert_eq!(reply.status, StatusCode::BAD_GATEWAY);
    }
    assert_eq!(site.op.hits(".well-known/openid-configuration"), 3, "it is not asked again at once");
}

#[tokio::test]
async fn csrf_an_answer_to_another_browser_or_for_the_second_time_lets_nobody_in() {
    let site = Site::start(CREATE).await;
    let (eve, ada) = (site.browser(), site.browser());
    // Eve stops before the end and has Ada's browser finish: Ada would be logged in as Eve.
    let back = site.op.agree(&site.leave(&eve, "").await, "code-1", &[]);
    assert_eq!(ada.open(&back).await.status, StatusCode::BAD_REQUEST);
    site.leave(&ada, "").await;
    assert_eq!(ada.open(&back).await.status, StatusCode::BAD_REQUEST, "also with a cookie of her own");
    assert_eq!(site.session(&ada).await, Value::Null);
    assert_eq!(site.reasons().await, ["browser"], "one entry for both");
    // Nor has Eve's own login been ended by that.
    assert_eq!(eve.open(&back).await.status, StatusCode::OK);
    assert_eq!(eve.open(&back).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(site.reasons().await[0], "state");
    for query in ["", "?code=x", "?state=x&code=y", "?state=a&state=b", "?error=access_denied", "?state=%00"] {
        let reply = site.browser().open(&format!("/auth/v1/outside/callback/corp{query}")).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{query}");
    }
    // After ten minutes it is too late.
    let back = site.op.agree(&site.leave(&ada, "").await, "code-2", &[]);
    site.house.app.clock.pass(600);
    assert_eq!(ada.open(&back).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_cookie_of_a_login_is_host_bound_and_what_protects_it_stands_in_no_store() {
    let site = Site::start(CREATE).await;
    let browser = site.browser();
    let reply = browser.open("/auth/v1/outside/start/corp").await;
    let cookie = reply.header("set-cookie").to_owned();
    assert!(cookie.starts_with("__Host-portcullis-outside="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Max-Age=600; Secure; HttpOnly; SameSite=Lax"), "{cookie}");
    let location = reply.header("location");
    let state = parameter(location, "state").unwrap();
    let value = cookie.split('=').nth(1).unwrap().split(';').next().unwrap();
    let files = std::fs::read_dir(site.house.app.data.path()).unwrap();
    for file in files.map(|file| file.unwrap().path()).filter(|path| path.is_file()) {
        let bytes = std::fs::read(&file).unwrap();
        for secret in [state.as_str(), value, &parameter(location, "nonce").unwrap()] {
            let is_there = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!is_there, "{} holds {secret}", file.display());
        }
    }
    // Another login in the same browser does not end the first.
    site.leave(&browser, "").await;
    let back = site.op.agree(location, "code-1", &[]);
    assert_eq!(browser.open(&back).await.status, StatusCode::OK);
}

#[tokio::test]
async fn mix_up_an_answer_counts_at_the_address_of_its_own_provider_only() {
    let (honest, evil) = (Op::start().await, Op::start().await);
    let more = format!("{}{}", config(&honest, "corp", CREATE), config(&evil, "evil", CREATE));
    let site = Site { house: House::start(&more).await, op: honest };
    let browser = site.browser();
    // Ada began with the evil provider, which sent her on to the honest one; its code comes to the evil one's address.
    let at_evil = browser.open("/auth/v1/outside/start/evil").await;
    let at_honest = site.leave(&browser, "").await;
    let back = site.op.agree(&at_honest, "code-1", &[]);
    let crossed = back.replace("/callback/corp", "/callback/evil");
    assert_eq!(browser.open(&crossed).await.status, StatusCode::BAD_REQUEST);
    assert_eq!((site.reasons().await[0].as_str(), evil.hits("token")), ("provider", 0), "the code went nowhere");
    // The code of the honest provider under the state of the evil login goes to the evil provider only when it comes to its
    // address, and there it is worth nothing: the verifier is another one.
    let state = parameter(at_evil.header("location"), "state").unwrap();
    let injected = format!("/auth/v1/outside/callback/corp?state={state}&code=code-1");
    assert_eq!(browser.open(&injected).await.status, StatusCode::BAD_REQUEST);
    assert_eq!((site.op.hits("token"), evil.hits("token")), (0, 0));
}

#[tokio::test]
async fn v6_8_1_the_same_subject_at_another_provider_is_another_person() {
    let (corp, evil) = (Op::start().await, Op::start().await);
    let more = format!("{}{}", config(&corp, "corp", CREATE), config(&evil, "evil", CREATE));
    let site = Site { house: House::start(&more).await, op: corp };
    let clock = site.house.app.clock.clone();
    for op in [&site.op, &evil] {
        let clock = clock.clone();
        op.change(|book| book.clock = clock);
    }
    let (ada, eve) = (site.browser(), site.browser());
    site.log_in(&ada).await;
    let to_evil = eve.open("/auth/v1/outside/start/evil").await;
    // It calls itself what the other one calls Ada, and says her address.
    evil.change(|book| book.claims = json!({ "sub": SUBJECT, "email": "ada@example.com", "email_verified": true }));
    eve.open(&evil.agree(to_evil.header("location"), "code-1", &[])).await;
    let (of_ada, of_eve) = (site.session(&ada).await, site.session(&eve).await);
    assert!(of_ada["user"].is_string() && of_eve["user"].is_string(), "{of_ada} {of_eve}");
    assert_ne!(of_ada["user"], of_eve["user"]);
    // Nor may it sign in the other one's name.
    let again = site.browser();
    let to_evil = again.open("/auth/v1/outside/start/evil").await;
    evil.change(|book| book.claims = json!({ "iss": site.op.issuer, "sub": SUBJECT }));
    let refused = again.open(&evil.agree(to_evil.header("location"), "code-2", &[])).await;
    assert_eq!((refused.status, site.reasons().await[0].as_str()), (StatusCode::FORBIDDEN, "id_token_issuer"));
    assert_eq!(site.users().await.len(), 2);
}

#[tokio::test]
async fn v7_6_2_a_link_on_another_site_begins_no_login_before_somebody_agrees() {
    let site = Site::start(CREATE).await;
    let path = "/auth/v1/outside/start/corp?fresh=true";
    let url = format!("{}{path}", site.house.app.base);
    for by in ["cross-site", "same-site"] {
        let page = site.house.app.send(Method::GET, &url, None, &[("sec-fetch-site", by)], "").await;
        assert_eq!((page.status, page.header("location"), page.header("set-cookie")), (StatusCode::OK, "", ""), "{by}");
        assert!(
            page.text().contains(&format!("href=\"{path}\"")) && !page.text().contains("refresh"),
            "{}",
            page.text()
        );
    }
    for by in ["same-origin", "none"] {
        let reply = site.house.app.send(Method::GET, &url, None, &[("sec-fetch-site", by)], "").await;
        assert!(reply.header("location").starts_with(&site.op.issuer), "{by}: {}", reply.text());
    }
}

#[tokio::test]
async fn v10_2_3_a_provider_is_asked_for_the_configured_scopes_and_no_more() {
    for (more, scopes) in [("scopes = ['openid']\n", "openid"), ("", "openid profile email")] {
        let site = Site::start(&format!("{CREATE}{more}")).await;
        let location = site.leave(&site.browser(), "").await;
        assert_eq!(parameter(&location, "scope").as_deref(), Some(scopes));
    }
}

#[tokio::test]
async fn rfc_9207_an_answer_says_whose_it_is_where_the_provider_promised_so() {
    let site = Site::start(CREATE).await;
    let promised = json!({ "authorization_response_iss_parameter_supported": true });
    for (metadata, issuer, status) in [
        (json!({}), None, StatusCode::OK),
        (json!({}), Some("https://evil.example".to_owned()), StatusCode::FORBIDDEN),
        (promised.clone(), None, StatusCode::FORBIDDEN),
        (promised.clone(), Some(format!("{}/", site.op.issuer)), StatusCode::FORBIDDEN),
        (promised, Some(site.op.issuer.clone()), StatusCode::OK),
    ] {
        site.op.change(|book| book.metadata = metadata.clone());
        site.house.app.clock.pass(3_600);
        let browser = site.browser();
        let location = site.leave(&browser, "").await;
        let more: Vec<_> = issuer.iter().map(|issuer| ("iss", issuer.as_str())).collect();
        let reply = browser.open(&site.op.agree(&location, "code-1", &more)).await;
        assert_eq!(reply.status, status, "{metadata} {issuer:?}");
    }
    assert_eq!(site.reasons().await[0], "answer_issuer");
}

#[tokio::test]
async fn code_injection_a_code_of_another_login_is_worth_nothing() {
    let site = Site::start(CREATE).await;
    let (eve, ada) = (site.browser(), site.browser());
    // Eve has seen Ada's code and puts it into a login of her own.
    site.op.agree(&site.leave(&ada, "").await, "of-ada", &[]);
    let own = site.op.agree(&site.leave(&eve, "").await, "of-eve", &[]);
    let reply = eve.open(&own.replace("of-eve", "of-ada")).await;
    assert_eq!((reply.status, site.reasons().await), (StatusCode::FORBIDDEN, vec!["code".to_owned()]));
    assert_eq!(site.users().await.len(), 0);
}

#[tokio::test]
async fn open_redirect_nobody_is_led_anywhere_but_to_the_provider_and_our_own_pages() {
    let site = Site::start(CREATE).await;
    for query in ["?flow=https://evil.example", "?flow=//evil.example", "?flow=flw_none", "?flow=flw_a%26x"] {
        let reply = site.browser().open(&format!("/auth/v1/outside/start/corp{query}")).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{query}: {}", reply.text());
    }
    let browser = site.browser();
    let location = site.leave(&browser, "?redirect_uri=https://evil.example&return_to=https://evil.example").await;
    assert!(!location.contains("evil"), "{location}");
    let page = browser.open(&site.op.agree(&location, "code-1", &[("return_to", "https://evil.example")])).await;
    assert!(!page.text().contains("evil") && page.header("location").is_empty());
    for name in ["", "..%2f", "CORP", "corp/x", "%00"] {
        let reply = site.browser().open(&format!("/auth/v1/outside/start/{name}")).await;
        // Two of them the web application firewall knows already.
        let expected = if name.contains('%') { StatusCode::FORBIDDEN } else { StatusCode::NOT_FOUND };
        assert_eq!(reply.status, expected, "{name}");
    }
}

#[tokio::test]
async fn take_over_by_an_address_that_is_not_verified_or_not_believed() {
    for (more, claims) in [
        // Nobody said that this provider is trusted for addresses.
        ("", json!({ "email": "ada@example.com", "email_verified": true })),
        ("trust_email = true\n", json!({ "email": "ada@example.com", "email_verified": false })),
        ("trust_email = true\n", json!({ "email": "ada@example.com" })),
        ("trust_email = true\n", json!({ "email": "ada@example.com", "email_verified": "yes" })),
        ("trust_email = true\n", json!({ "email": " ", "email_verified": true })),
    ] {
        let site = Site::start(more).await;
        let ada = site.house.user("ada@example.com").await;
        site.refuses_token(|book| book.claims = claims.clone(), "unknown_person").await;
        let house = Site::start(&format!("{CREATE}{more}")).await;
        house.house.user("ada@example.com").await;
        house.op.change(|book| book.claims = claims.clone());
        let browser = house.browser();
        house.log_in(&browser).await;
        let session = house.session(&browser).await;
        if session != Value::Null {
            let user = house.user(&session).await;
            assert!(user.email.is_none() && user.roles == ["user"], "another account, without the address: {claims}");
        }
        assert_eq!(site.house.app.app().users().show(ada.id.as_str()).await.unwrap().epoch, 1);
    }
}

#[tokio::test]
async fn take_over_ahead_an_account_that_has_not_proved_its_address_does_not_get_its_owner() {
    let site = Site::start(&format!("{CREATE}trust_email = true\n")).await;
    // Eve imported or made an account with Ada's address and knows its password; Ada comes by her organisation.
    let line = json!({
        "email": "ada@example.com",
        "hash": "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPga31lW.",
    });
    site.house.app.app().users().import(line.to_string().as_bytes(), "default", "test").await.unwrap();
    let claims = json!({ "email": "ada@example.com", "email_verified": true });
    site.refuses_token(|book| book.claims = claims, "address_not_proved").await;
}

#[tokio::test]
async fn who_was_invited_comes_in_by_a_proved_address_and_is_told() {
    let site = Site::start("trust_email = true\n").await;
    let ada = site.house.invite("ada@example.com").await;
    site.op.change(|book| book.claims = json!({ "email": "Ada@Example.com", "email_verified": true }));
    let browser = site.browser();
    site.log_in(&browser).await;
    let user = site.user(&site.session(&browser).await).await;
    assert_eq!((&user.id, user.verified_at.is_some()), (&ada.id, true));
    // The address changes hands at the provider; the identity does not.
    site.op.change(|book| book.claims = json!({ "email": "eve@example.com", "email_verified": true }));
    let again = site.browser();
    site.log_in(&again).await;
    assert_eq!(site.session(&again).await["user"], ada.id.as_str());
    site.refuses_token(
        |book| book.claims = json!({ "sub": "another", "email": "eve@example.com", "email_verified": true }),
        "unknown_person",
    )
    .await;
    for _ in 0..500 {
        if site.house.letters().iter().any(|letter| letter.contains("A login was linked to your account")) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the owner was not told");
}

#[tokio::test]
async fn who_is_kept_out_stays_out_and_the_page_is_that_of_a_stranger() {
    let site = Site::start("trust_email = true\n").await;
    let ada = site.house.user("ada@example.com").await;
    let claims = json!({ "email": "ada@example.com", "email_verified": true });
    site.op.change(|book| book.claims = claims.clone());
    assert_eq!(site.log_in(&site.browser()).await.status, StatusCode::OK);
    site.house.app.app().users().deactivate(ada.id.as_str(), "cli").await.unwrap();
    site.refuses_token(|book| book.claims = claims.clone(), "deactivated").await;
    site.op.change(|book| book.claims = json!({ "email": "nobody@example.com", "email_verified": true, "sub": "n" }));
    let stranger = site.log_in(&site.browser()).await;
    site.op.change(|book| book.claims = claims);
    let known = site.log_in(&site.browser()).await;
    assert_eq!((known.status, known.text()), (stranger.status, stranger.text()));
}

#[tokio::test]
async fn domains_and_roles_that_are_not_named_let_nobody_in_or_up() {
    let rules = "trust_email = true\nemail_domains = ['corp.example']\n\
                 roles = [{ claim = 'groups', value = 'staff', role = 'developer' }]\nrole = 'user'\n";
    let site = Site::start(&format!("{CREATE}{rules}")).await;
    for email in ["eve@evil.example", "eve@corp.example.evil.example", "eve@sub.corp.example"] {
        let claims = json!({ "email": email, "email_verified": true });
        site.refuses_token(|book| book.claims = claims, "email_domain").await;
    }
    site.refuses_token(|book| book.claims = json!({ "email": "eve@corp.example" }), "email_domain").await;
    site.op.honest_again();
    site.op.change(|book| {
        book.claims = json!({
            "email": "ada@corp.example", "email_verified": true,
            "groups": ["owner", "admin", "staffx"], "roles": ["owner"], "role": "owner",
        });
    });
    let browser = site.browser();
    site.log_in(&browser).await;
    let user = site.user(&site.session(&browser).await).await;
    assert_eq!((user.roles, user.email.as_deref()), (vec!["user".to_owned()], Some("ada@corp.example")));
}

#[tokio::test]
async fn the_last_owner_stays_one_and_who_has_no_role_left_stays_out() {
    let rules = "allow_owner = true\nrole = 'user'\nroles = [{ claim = 'groups', value = 'boss', role = 'owner' },\n\
                 { claim = 'groups', value = 'all', role = 'user' }]\ntrust_mfa = true\n";
    let site = Site::start(&format!("{CREATE}{rules}")).await;
    site.op.change(|book| book.claims = json!({ "groups": ["boss"], "amr": ["mfa"] }));
    let browser = site.browser();
    site.log_in(&browser).await;
    assert_eq!(site.user(&site.session(&browser).await).await.roles, ["owner"]);
    site.op.change(|book| book.claims = json!({ "groups": [], "amr": ["mfa"] }));
    site.log_in(&site.browser()).await;
    assert_eq!(site.users().await[0].roles, ["owner"], "a tenant keeps an owner");
    let other = |book: &mut Book| {
        book.claims = json!({ "sub": "other", "groups": [] });
        book.userinfo = json!({ "sub": "other" });
    };
    site.refuses_token(other, "no_role").await;
    assert_eq!(site.users().await.len(), 1, "and no account is made");
}

#[tokio::test]
async fn linking_needs_a_session_shown_lately_this_very_browser_and_an_identity_of_nobody_else() {
    let site = Site::start("").await;
    let ada = site.house.user("ada@example.com").await;
    let eve = site.house.user("eve@example.com").await;
    let app = &site.house.app;
    let token = async |user: &str| app.token_of(user, "default").await;
    let link = async |token: &str| site.house.own(Method::POST, "/auth/v1/outside/link/corp", token, &json!({})).await;
    // An old login has to be shown again.
    let old = token(ada.id.as_str()).await;
    app.clock.pass(601);
    assert_eq!(link(&old).await.status, StatusCode::UNAUTHORIZED);
    // Eve begins a link and has Ada's browser finish it: Ada's identity would open Eve's account.
    let begun = link(&token(eve.id.as_str()).await).await;
    let back = site.op.agree(begun.json()["location"].as_str().unwrap(), "code-1", &[]);
    let adas = site.browser();
    assert_eq!(adas.open(&back).await.status, StatusCode::BAD_REQUEST);
    // Without the token of the page, a cookie alone links nothing.
    let plain = site.browser();
    let forged = plain.post("/auth/v1/outside/link/corp", &[("origin", "https://evil.example")], &[]).await;
    assert!(matches!(forged.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN));
    // One identity, one account.
    finish(&site, &link(&token(ada.id.as_str()).await).await, StatusCode::OK).await;
    finish(&site, &link(&token(eve.id.as_str()).await).await, StatusCode::FORBIDDEN).await;
    assert_eq!(site.reasons().await[0], "linked_elsewhere");
    // What was begun before a change of the account is over.
    let begun = link(&token(ada.id.as_str()).await).await;
    app.app().users().add_role(ada.id.as_str(), "reviewer", "cli").await.unwrap();
    finish(&site, &begun, StatusCode::FORBIDDEN).await;
    // So is what was begun from a session that its owner has ended since.
    let stolen = app.token_of(ada.id.as_str(), "default").await;
    let begun = link(&stolen).await;
    site.house.own(Method::POST, "/auth/v1/logout", &stolen, &Value::Null).await;
    site.op.change(|book| book.claims = json!({ "sub": "thief" }));
    finish(&site, &begun, StatusCode::FORBIDDEN).await;
    assert_eq!(app.app().outside().list(ada.id.as_str()).await.unwrap().len(), 1);
    // Others' identities cannot be unlinked.
    let id = app.app().outside().list(ada.id.as_str()).await.unwrap()[0].id.clone();
    let path = format!("/auth/v1/outside/{id}");
    let reply = site.house.own(Method::DELETE, &path, &token(eve.id.as_str()).await, &json!({})).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
}

/// Ends a link in the browser that it was begun in.
async fn finish(site: &Site, begun: &crate::app::Reply, expected: StatusCode) {
    let browser = site.browser();
    browser.keep(begun);
    let back = site.op.agree(begun.json()["location"].as_str().unwrap(), "code-1", &[]);
    let reply = browser.open(&back).await;
    assert_eq!(reply.status, expected, "{}", reply.text());
}

#[tokio::test]
async fn the_only_way_in_is_not_unlinked_by_its_owner_but_by_an_operator_who_ends_the_sessions() {
    let site = Site::start(CREATE).await;
    let browser = site.browser();
    site.log_in(&browser).await;
    let user = site.session(&browser).await["user"].as_str().unwrap().to_owned();
    let app = &site.house.app;
    let id = app.app().outside().list(&user).await.unwrap()[0].id.clone();
    let token = app.token_of(&user, "default").await;
    let reply = site.house.own(Method::DELETE, &format!("/auth/v1/outside/{id}"), &token, &json!({})).await;
    assert_eq!((reply.status, reply.json()["error"]["code"].as_str()), (StatusCode::CONFLICT, Some("last_way_in")));
    // Who was kept out and is let in again still has this way.
    app.app().users().deactivate(&user, "cli").await.unwrap();
    app.app().users().reactivate(&user, "cli").await.unwrap();
    assert_eq!(site.log_in(&browser).await.status, StatusCode::OK);
    app.app().outside().unlink_any(&id, "cli").await.unwrap();
    assert_eq!(site.session(&browser).await, Value::Null);
}

#[tokio::test]
async fn who_has_to_log_in_anew_did_and_who_did_not_is_refused() {
    let site = Site::start(CREATE).await;
    let now = |site: &Site| {
        use portcullis::clock::Clock as _;
        site.house.app.clock.now().as_second()
    };
    for (offset, status) in [
        (Some(0), StatusCode::OK),
        (Some(-50), StatusCode::OK),
        (Some(-3_600), StatusCode::FORBIDDEN),
        (None, StatusCode::FORBIDDEN),
    ] {
        let at = offset.map(|offset| now(&site) + offset);
        site.op.change(|book| book.claims = json!({ "auth_time": at }));
        let browser = site.browser();
        let location = site.leave(&browser, "?fresh=true").await;
        assert!(location.contains("prompt=login&max_age=0"), "{location}");
        let reply = browser.open(&site.op.agree(&location, "code-1", &[])).await;
        assert_eq!(reply.status, status, "{offset:?}");
    }
    // Otherwise a session says when the person logged in there, so that what is dangerous asks again.
    let before = now(&site) - 7_200;
    site.op.change(|book| book.claims = json!({ "auth_time": before }));
    let browser = site.browser();
    site.log_in(&browser).await;
    let at: jiff::Timestamp = site.session(&browser).await["auth_time"].as_str().unwrap().parse().unwrap();
    assert_eq!(at.as_second(), before);
}

#[tokio::test]
async fn one_address_cannot_begin_logins_without_end() {
    let site = Site::start(CREATE).await;
    let browser = site.browser();
    let mut last = StatusCode::OK;
    for _ in 0..400 {
        last = browser.open("/auth/v1/outside/callback/corp?state=x&code=y").await.status;
        if last == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(site.house.app.entries("outside.refused").await.len(), 1, "one entry stands for all");
}

#[test]
fn settings_that_are_not_safe_are_refused_by_name() {
    let check = |more: &str, field: &str| {
        let base = "auth.public_url = 'https://ai.example'\n[[auth.outside]]\nclient_id = 'gate'\n";
        let rest = |name: &str, line: &str| if more.contains(&format!("{name} =")) { "" } else { line }.to_owned();
        let text = format!(
            "{base}{}{}{more}",
            rest("name", "name = 'corp'\n"),
            rest("issuer", "issuer = 'https://id.example'\n")
        );
        let error = portcullis::config::Config::parse(&text, std::path::Path::new("p.toml"));
        let error = error.map(|_| String::new()).unwrap_or_else(|error| error.to_string());
        assert_eq!(error.contains("auth.outside[0]."), !field.is_empty(), "{more}: {error}");
        assert!(error.contains(field), "{more}: {error}");
    };
    check("", "");
    check("issuer = 'http://id.example'", "issuer");
    check("issuer = 'https://id.example?x'", "issuer");
    check("name = 'Corp Login'", "name");
    check("scopes = ['email']", "scopes");
    check("role = 'owner'", "role");
    check("role = 'king'", "role");
    check("roles = [{ claim = 'g', value = 'v', role = 'owner' }]", "roles[0].role");
    check("allow_owner = true\nroles = [{ claim = 'g', value = 'v', role = 'owner' }]", "");
    check("roles = [{ claim = '', value = 'v', role = 'user' }]", "roles[0]");
    check("email_domains = ['corp.example']", "email_domains");
    check("trust_email = true\nemail_domains = ['@corp.example']", "email_domains");
    check("mfa_acr = ['x']", "mfa_acr");
    check("timeout_ms = 60000", "timeout_ms");
}
