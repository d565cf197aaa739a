//! Browsers: cookies that page script cannot read, and requests that another site makes a browser send.

use http::{Method, StatusCode};

use crate::app::{Reply, TestApp};

/// What a browser holds.
struct Browser {
    cookies: String,
    token: String,
    origin: String,
}

impl Browser {
    async fn of(app: &TestApp) -> Self {
        let issued = app.login(&["inference"]).await;
        let token = app.app().csrf.token(&issued.session_id);
        let cookies = format!(
            "__Host-portcullis-access={}; __Host-portcullis-refresh={}; __Host-portcullis-csrf={token}",
            issued.access_token, issued.refresh_token
        );
        Self { cookies, token, origin: app.base.clone() }
    }

    async fn send(&self, app: &TestApp, method: Method, path: &str, headers: &[(&str, &str)]) -> Reply {
        let mut all = vec![("cookie", self.cookies.as_str())];
        all.extend_from_slice(headers);
        app.send(method, &format!("{}{path}", app.base), None, &all, "").await
    }

    /// As the pages of the gateway do.
    async fn own(&self, app: &TestApp, method: Method, path: &str) -> Reply {
        let own = [("origin", self.origin.as_str()), ("sec-fetch-site", "same-origin"), ("x-csrf-token", &self.token)];
        self.send(app, method, path, &own).await
    }
}

const CHANGES: [(&str, &str); 3] =
    [("POST", "/auth/v1/token/refresh"), ("POST", "/auth/v1/logout"), ("DELETE", "/auth/v1/sessions/ses_a")];

#[tokio::test]
async fn v3_5_1_what_another_site_sends_changes_nothing() {
    let app = TestApp::start().await;
    let browser = Browser::of(&app).await;
    let (origin, token) = (browser.origin.clone(), browser.token.clone());
    let stranger = app.app().csrf.token("ses_another");
    let (own, same, ours) = (("origin", &*origin), ("sec-fetch-site", "same-origin"), ("x-csrf-token", &*token));
    let forgeries: Vec<Vec<(&str, &str)>> = vec![
        vec![],
        vec![ours],
        vec![own, same],
        vec![own, same, ("x-csrf-token", "")],
        vec![own, same, ("x-csrf-token", &stranger)],
        vec![own, ("sec-fetch-site", "cross-site"), ours],
        vec![own, ("sec-fetch-site", "same-site"), ours],
        vec![own, ("sec-fetch-site", "none"), ours],
        vec![("origin", "https://evil.example"), ours],
        vec![("origin", "https://evil.example"), same, ours],
        vec![("origin", "null"), same, ours],
    ];
    for (method, path) in CHANGES {
        for forgery in &forgeries {
            let reply = browser.send(&app, method.parse().unwrap(), path, forgery).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{method} {path} {forgery:?}: {}", reply.text());
            assert_eq!(reply.json()["error"]["code"], "cross_site");
            assert!(!reply.headers.contains_key("set-cookie"));
        }
    }
    let reply = browser.send(&app, Method::GET, "/auth/v1/sessions", &[("sec-fetch-site", "cross-site")]).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN, "nor reads anything");
    let reply = browser.own(&app, Method::GET, "/auth/v1/sessions").await;
    assert_eq!(reply.status, StatusCode::OK, "the session is as it was: {}", reply.text());
}

#[tokio::test]
async fn a_bearer_token_is_not_affected_and_cookies_beside_it_are_not_looked_at() {
    let app = TestApp::start().await;
    let browser = Browser::of(&app).await;
    let other = app.login(&["inference"]).await;
    let bearer = format!("Bearer {}", other.access_token);
    let headers = [("authorization", bearer.as_str()), ("sec-fetch-site", "cross-site")];
    let reply = browser.send(&app, Method::POST, "/auth/v1/logout", &headers).await;
    assert_eq!((reply.status, reply.json()["ended"].as_str()), (StatusCode::OK, Some(other.session_id.as_str())));
    assert_eq!(browser.own(&app, Method::GET, "/auth/v1/sessions").await.status, StatusCode::OK);
    let headers = [("authorization", "Bearer a.b.c"), ("sec-fetch-site", "same-origin")];
    let reply = browser.send(&app, Method::GET, "/auth/v1/sessions", &headers).await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "a wrong credential does not fall back to the cookie");
}

#[tokio::test]
async fn v10_1_1_tokens_of_a_browser_are_never_readable_by_page_script() {
    let app = TestApp::start().await;
    let mut browser = Browser::of(&app).await;
    let reply = browser.own(&app, Method::POST, "/auth/v1/token/refresh").await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert!(!reply.text().contains("pcr_v1") && !reply.text().contains("eyJ"), "{}", reply.text());
    let lines: Vec<&str> = reply.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
    assert_eq!(lines.len(), 3);
    for line in &lines {
        assert!(line.starts_with("__Host-portcullis-") && line.contains("; Path=/;"), "{line}");
        assert!(line.contains("; Secure") && line.contains("; SameSite=Strict") && !line.contains("Domain"), "{line}");
        let is_secret = !line.starts_with("__Host-portcullis-csrf");
        assert_eq!(line.ends_with("; HttpOnly"), is_secret, "{line}");
    }
    browser.cookies = lines.iter().map(|line| line.split(';').next().unwrap()).collect::<Vec<_>>().join("; ");
    assert_eq!(browser.own(&app, Method::GET, "/auth/v1/sessions").await.status, StatusCode::OK);
    let reply = browser.own(&app, Method::POST, "/auth/v1/logout").await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let cleared =
        reply.headers.get_all("set-cookie").iter().filter(|line| line.to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(cleared.count(), 3);
    assert_eq!(browser.own(&app, Method::GET, "/auth/v1/sessions").await.status, StatusCode::UNAUTHORIZED);
    let reply = browser.own(&app, Method::POST, "/auth/v1/token/refresh").await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert_eq!(reply.headers.get_all("set-cookie").iter().count(), 3, "what is worth nothing is cleared");
}

#[tokio::test]
async fn a_cookie_is_no_credential_for_prompts_and_a_doubled_one_is_none_at_all() {
    let app = TestApp::start().await;
    let mut browser = Browser::of(&app).await;
    assert_eq!(browser.own(&app, Method::GET, "/v1/models").await.status, StatusCode::UNAUTHORIZED);
    browser.cookies = format!("{0}; {0}", browser.cookies);
    assert_eq!(browser.own(&app, Method::GET, "/auth/v1/sessions").await.status, StatusCode::UNAUTHORIZED);
}
