//! The OAuth provider: clients, the code flow by the pages, refresh, devices, clients that act for themselves, logout.

use std::cell::RefCell;
use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use http::{Method, StatusCode};
use portcullis::auth::jwt::jose::{Compact, encode};
use portcullis::auth::oauth2::client::{
    CODE, CREDENTIALS, DEVICE, Method as AuthMethod, NewClient, Origin, REFRESH, Registered,
};
use serde_json::{Value, json};

use crate::app::{Reply, TestApp};
use crate::user::{House, PASSWORD};

pub(crate) const ISSUER: &str = "http://127.0.0.1:8080";
pub(crate) const CALLBACK: &str = "https://app.example/cb";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A form, or the parameters of an address.
pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    pairs.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect::<Vec<_>>().join("&")
}

fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// The value of a parameter of an address.
pub(crate) fn parameter(address: &str, name: &str) -> Option<String> {
    let (_, query) = address.split_once('?')?;
    let found = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")))?;
    let mut bytes = Vec::new();
    let mut rest = found.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        if *first == b'%' {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&more[..2]).unwrap(), 16).unwrap());
            rest = &more[2..];
        } else {
            bytes.push(if *first == b'+' { b' ' } else { *first });
            rest = more;
        }
    }
    Some(String::from_utf8(bytes).unwrap())
}

pub(crate) fn challenge() -> String {
    encode(digest(&SHA256, VERIFIER.as_bytes()).as_ref())
}

/// A browser: keeps cookies, reads and sends the forms of pages.
pub(crate) struct Browser<'a> {
    app: &'a TestApp,
    cookies: RefCell<BTreeMap<String, String>>,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(app: &'a TestApp) -> Self {
        Self { app, cookies: RefCell::default() }
    }

    pub(crate) fn cookie_line(&self) -> String {
        self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    pub(crate) fn keep(&self, reply: &Reply) {
        for line in reply.headers.get_all("set-cookie") {
            let (name, rest) = line.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap_or_default();
            match value.is_empty() {
                true => self.cookies.borrow_mut().remove(name),
                false => self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned()),
            };
        }
    }

    pub(crate) async fn open(&self, path: &str) -> Reply {
        let cookies = self.cookie_line();
        let url = format!("{}{path}", self.app.base);
        let reply = self.app.send(Method::GET, &url, None, &[("cookie", &cookies)], "").await;
        self.keep(&reply);
        reply
    }

    /// The value of a cookie that is kept.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }

    /// Keeps a cookie that comes from elsewhere.
    pub(crate) fn plant(&self, name: &str, value: &str) {
        self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
    }

    /// Opens a page without the cookies of a session, which stay.
    pub(crate) async fn open_without_session(&self, path: &str) -> Reply {
        let kept = self.cookies.borrow().clone();
        self.cookies.borrow_mut().retain(|name, _| !name.ends_with("-access") && !name.ends_with("-refresh"));
        let reply = self.open(path).await;
        for (name, value) in kept {
            self.cookies.borrow_mut().entry(name).or_insert(value);
        }
        reply
    }

    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], pairs: &[(&str, &str)]) -> Reply {
        let cookies = self.cookie_line();
        let mut all = vec![("content-type", "application/x-www-form-urlencoded"), ("cookie", cookies.as_str())];
        all.extend(headers);
        let reply = self.app.send_form(&format!("{}{path}", self.app.base), &all, form(pairs)).await;
        self.keep(&reply);
        reply
    }

    /// Asks as the script of a page does.
    pub(crate) async fn ask(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let cookies = self.cookie_line();
        let all = [&[("cookie", cookies.as_str())], headers].concat();
        let url = format!("{}{path}", self.app.base);
        let reply = self.app.send(Method::POST, &url, None, &all, body.to_owned()).await;
        self.keep(&reply);
        reply
    }

    /// Sends the form of a page with more fields.
    pub(crate) async fn submit(&self, page: &Reply, pairs: &[(&str, &str)]) -> Reply {
        let text = page.text();
        // The first form, where there are more. One for passkeys is shown by script only.
        let forms = text.split("<form").skip(1).filter_map(|form| form.split("</form>").next());
        let text = forms.into_iter().find(|form| !form.contains("data-passkey")).unwrap_or_default();
        let action = text.split("action=\"").nth(1).unwrap_or_else(|| panic!("no form: {text}"));
        let action = action.split('"').next().unwrap();
        let hidden = hidden(text);
        let mut all: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        all.extend(pairs);
        self.post(action, &[("origin", ISSUER), ("sec-fetch-site", "same-origin")], &all).await
    }

    /// Follows redirects within the site.
    pub(crate) async fn follow(&self, mut reply: Reply) -> Reply {
        while reply.status == StatusCode::SEE_OTHER && reply.header("location").starts_with('/') {
            reply = self.open(reply.header("location")).await;
        }
        reply
    }

    pub(crate) async fn log_in(&self, page: &Reply, password: &str) -> Reply {
        let reply = self.submit(page, &[("email", "ada@example.com"), ("password", password)]).await;
        self.follow(reply).await
    }

    /// Logs in where that is asked, allows, and says where that leads.
    pub(crate) async fn allow(&self, request: &str) -> String {
        let mut reply = self.open(&format!("/oauth2/authorize?{request}")).await;
        if reply.text().contains("name=\"password\"") {
            reply = self.log_in(&reply, PASSWORD).await;
        }
        if reply.text().contains("value=\"allow\"") {
            reply = self.submit(&reply, &[("decision", "allow")]).await;
        }
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
        reply.header("location").to_owned()
    }
}

/// The hidden fields of a page.
pub(crate) fn hidden(text: &str) -> Vec<(String, String)> {
    let inputs = text.split("<input type=\"hidden\"").skip(1);
    let value = |part: &str, name: &str| {
        part.split(&format!("{name}=\"")).nth(1).unwrap_or_default().split('"').next().unwrap_or_default().to_owned()
    };
    inputs.map(|part| (value(part, " name"), value(part, " value"))).collect()
}

/// A provider with a user and two clients.
pub(crate) struct Provider {
    pub(crate) house: House,
    pub(crate) public: Registered,
    pub(crate) secret: Registered,
}

pub(crate) fn new(name: &str, auth_method: AuthMethod) -> NewClient {
    let mut grants = vec![CODE.to_owned(), REFRESH.to_owned(), DEVICE.to_owned()];
    if auth_method != AuthMethod::None {
        grants.push(CREDENTIALS.to_owned());
    }
    NewClient {
        tenant: "default".into(),
        name: name.into(),
        auth_method,
        redirect_uris: vec![
            CALLBACK.into(),
            "http://127.0.0.1/cb".into(),
            "http://127.0.0.1/callback".into(),
            "com.example.app:/cb".into(),
        ],
        logout_uris: vec!["https://app.example/out".into()],
        grants,
        scopes: ["openid", "profile", "email", "inference", "admin"].map(str::to_owned).to_vec(),
        jwks: None,
        certificate_name: None,
        backchannel_logout_uri: None,
        origin: Origin::Operator,
    }
}

impl Provider {
    pub(crate) async fn start() -> Self {
        Self::with("").await
    }

    /// With more settings.
    pub(crate) async fn with(more: &str) -> Self {
        let house = House::start(more).await;
        house.user("ada@example.com").await;
        let oauth = house.app.app().oauth();
        let public = oauth.create_client(new("Phone <b>app</b>", AuthMethod::None), "cli").await.unwrap();
        let secret = oauth.create_client(new("Server", AuthMethod::Post), "cli").await.unwrap();
        Self { house, public, secret }
    }

    pub(crate) fn app(&self) -> &TestApp {
        &self.house.app
    }

    /// The parameters of a request of the public client.
    pub(crate) fn request(&self, changes: &[(&str, &str)]) -> String {
        let challenge = challenge();
        let mut pairs = vec![
            ("client_id", self.public.client.id.as_str()),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid email inference"),
            ("state", "s t&a=te"),
            ("nonce", "n1"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        for (name, value) in changes {
            pairs.retain(|(own, _)| own != name);
            if !value.is_empty() {
                pairs.push((name, value));
            }
        }
        form(&pairs)
    }

    pub(crate) async fn post(&self, path: &str, pairs: &[(&str, &str)]) -> Reply {
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        self.app().send_form(&format!("{}{path}", self.app().base), &kind, form(pairs)).await
    }

    /// Exchanges a code of the public client.
    pub(crate) async fn exchange(&self, code: &str, changes: &[(&str, &str)]) -> Reply {
        let mut pairs = vec![
            ("grant_type", CODE),
            ("client_id", self.public.client.id.as_str()),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        for (name, value) in changes {
            pairs.retain(|(own, _)| own != name);
            if !value.is_empty() {
                pairs.push((name, value));
            }
        }
        self.post("/oauth2/token", &pairs).await
    }

    /// A code of the public client, by a browser that is new.
    pub(crate) async fn code(&self) -> String {
        let location = Browser::new(self.app()).allow(&self.request(&[])).await;
        parameter(&location, "code").unwrap_or_else(|| panic!("no code: {location}"))
    }

    pub(crate) async fn tokens(&self) -> Value {
        let reply = self.exchange(&self.code().await, &[]).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        reply.json()
    }
}

fn claims(token: &str) -> Value {
    serde_json::from_slice(&Compact::split(token).unwrap().payload).unwrap()
}

#[tokio::test]
async fn without_a_public_address_the_provider_is_off_and_says_so() {
    let app = TestApp::start().await;
    let url = format!("{}/.well-known/openid-configuration", app.base);
    let reply = app.send(Method::GET, &url, None, &[], "").await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    assert!(reply.text().contains("auth.public_url"), "{}", reply.text());
}

#[tokio::test]
async fn rfc_8414_and_9728_say_where_everything_is() {
    let provider = Provider::start().await;
    let browser = Browser::new(provider.app());
    for path in ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"] {
        let metadata = browser.open(path).await.json();
        assert_eq!(metadata["issuer"], ISSUER);
        assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
        assert_eq!(metadata["response_types_supported"], json!(["code"]));
        assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
    }
    let resource = browser.open("/.well-known/oauth-protected-resource").await.json();
    assert_eq!(resource["authorization_servers"], json!([ISSUER]));
    let reply = browser.open("/v1/models").await;
    let challenge = reply.header("www-authenticate");
    assert!(challenge.contains("resource_metadata=\"http://127.0.0.1:8080/.well-known/oauth-protected-resource\""));
    assert!(challenge.contains("scope=\"inference\""), "{challenge}");
}

#[tokio::test]
async fn a_person_logs_in_allows_and_the_app_gets_tokens() {
    let provider = Provider::start().await;
    let browser = Browser::new(provider.app());
    let page = browser.open(&format!("/oauth2/authorize?{}", provider.request(&[]))).await;
    assert!(page.text().contains("Phone &lt;b&gt;app&lt;/b&gt;"), "escaped: {}", page.text());
    let location = browser.allow(&provider.request(&[])).await;
    assert!(location.starts_with(&format!("{CALLBACK}?code=")), "{location}");
    assert_eq!(parameter(&location, "state").as_deref(), Some("s t&a=te"));
    assert_eq!(parameter(&location, "iss").as_deref(), Some(ISSUER), "rfc_9207");
    let reply = provider.exchange(&parameter(&location, "code").unwrap(), &[]).await;
    assert_eq!((reply.status, reply.header("cache-control")), (StatusCode::OK, "no-store"), "{}", reply.text());
    let tokens = reply.json();
    assert_eq!(tokens["scope"], "openid email inference");
    let id = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!((&id["iss"], &id["nonce"], &id["amr"]), (&json!(ISSUER), &json!("n1"), &json!(["pwd"])));
    assert_eq!(id["aud"], json!(provider.public.client.id));
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(claims(access)["iss"], ISSUER);
    assert_eq!(provider.app().models(access).await.status, StatusCode::OK);
    let url = format!("{}/oauth2/userinfo", provider.app().base);
    let info = provider.app().send(Method::GET, &url, Some(access), &[], "").await.json();
    assert_eq!((&info["sub"], &info["email"], &info["name"]), (&id["sub"], &json!("ada@example.com"), &Value::Null));
    // What was allowed once is not asked again.
    let again = browser.open(&format!("/oauth2/authorize?{}", provider.request(&[("prompt", "none")]))).await;
    assert!(again.header("location").contains("code="), "{}", again.text());
    let more = browser.open(&format!("/oauth2/authorize?{}", provider.request(&[("scope", "openid profile")]))).await;
    assert!(more.text().contains("value=\"allow\""), "more than was allowed is asked for");
    assert_eq!(provider.app().entries("oauth.consent_granted").await.len(), 1);
}

#[tokio::test]
async fn a_refresh_rotates_and_a_withdrawn_consent_ends_it() {
    let provider = Provider::start().await;
    let browser = Browser::new(provider.app());
    let location = browser.allow(&provider.request(&[])).await;
    let tokens = provider.exchange(&parameter(&location, "code").unwrap(), &[]).await.json();
    let client = provider.public.client.id.as_str();
    let first = tokens["refresh_token"].as_str().unwrap();
    let pairs = [("grant_type", REFRESH), ("client_id", client), ("refresh_token", first)];
    let second = provider.post("/oauth2/token", &pairs).await.json();
    assert_ne!(second["refresh_token"], tokens["refresh_token"]);
    let access = browser.cookies.borrow()["__Host-portcullis-access"].clone();
    let base = &provider.app().base;
    let url = format!("{base}/auth/v1/consents");
    let listed = provider.app().send(Method::GET, &url, Some(&access), &[], "").await.json();
    assert_eq!(listed["consents"][0]["client"], client);
    let reply = provider.app().send(Method::DELETE, &format!("{url}/{client}"), Some(&access), &[], "").await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let access = second["access_token"].as_str().unwrap();
    assert_eq!(provider.app().models(access).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_client_acts_for_itself_and_revokes_what_it_got() {
    let provider = Provider::start().await;
    let (id, secret) = (&provider.secret.client.id, provider.secret.client_secret.as_deref().unwrap());
    let own = [("client_id", id.as_str()), ("client_secret", secret)];
    let asked = [&own[..], &[("grant_type", CREDENTIALS), ("scope", "inference")]].concat();
    let reply = provider.post("/oauth2/token", &asked).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let access = reply.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!((&claims(&access)["sub"], claims(&access).get("sid")), (&json!(id), None));
    assert!(reply.json().get("refresh_token").is_none());
    assert_eq!(provider.app().models(&access).await.status, StatusCode::OK);
    let about = [&own[..], &[("token", access.as_str())]].concat();
    let seen = provider.post("/oauth2/introspect", &about).await.json();
    assert_eq!((&seen["active"], &seen["scope"]), (&json!(true), &json!("inference")));
    assert_eq!(provider.post("/oauth2/revoke", &about).await.status, StatusCode::OK);
    assert_eq!(provider.app().models(&access).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(provider.post("/oauth2/introspect", &about).await.json(), json!({ "active": false }));
}

#[tokio::test]
async fn a_pushed_request_is_served_once() {
    let provider = Provider::start().await;
    let client = provider.public.client.id.clone();
    let challenge = challenge();
    let pairs = [
        ("client_id", client.as_str()),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    let pushed = provider.post("/oauth2/par", &pairs).await;
    assert_eq!(pushed.status, StatusCode::CREATED, "{}", pushed.text());
    let uri = pushed.json()["request_uri"].as_str().unwrap().to_owned();
    let request = form(&[("client_id", &client), ("request_uri", &uri)]);
    let browser = Browser::new(provider.app());
    assert!(browser.allow(&request).await.contains("code="));
    let again = browser.open(&format!("/oauth2/authorize?{request}")).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST, "{}", again.text());
}

#[tokio::test]
async fn a_device_gets_what_a_person_allowed_elsewhere() {
    let provider = Provider::start().await;
    let client = provider.public.client.id.as_str();
    let begun = provider.post("/oauth2/device", &[("client_id", client), ("scope", "openid inference")]).await.json();
    let code = begun["device_code"].as_str().unwrap();
    let poll = [("grant_type", DEVICE), ("client_id", client), ("device_code", code)];
    assert_eq!(provider.post("/oauth2/token", &poll).await.json()["error"], "authorization_pending");
    assert_eq!(provider.post("/oauth2/token", &poll).await.json()["error"], "slow_down");
    let browser = Browser::new(provider.app());
    let page = browser.open("/device").await;
    let user_code = begun["user_code"].as_str().unwrap().to_lowercase().replace('-', " ");
    let reply = browser.submit(&page, &[("user_code", &user_code)]).await;
    let reply = browser.follow(reply).await;
    let reply = browser.log_in(&reply, PASSWORD).await;
    assert!(reply.text().contains("Go on only if you hold this device"), "{}", reply.text());
    let reply = browser.submit(&reply, &[("decision", "allow")]).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    provider.app().clock.pass(30);
    let tokens = provider.post("/oauth2/token", &poll).await;
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.text());
    let access = tokens.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(provider.app().models(&access).await.status, StatusCode::OK);
    provider.app().clock.pass(30);
    assert_eq!(provider.post("/oauth2/token", &poll).await.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn an_app_logs_a_person_out_and_leads_where_it_registered() {
    let provider = Provider::start().await;
    let browser = Browser::new(provider.app());
    let location = browser.allow(&provider.request(&[])).await;
    let tokens = provider.exchange(&parameter(&location, "code").unwrap(), &[]).await.json();
    let hint = tokens["id_token"].as_str().unwrap();
    let query =
        form(&[("id_token_hint", hint), ("post_logout_redirect_uri", "https://app.example/out"), ("state", "x")]);
    let reply = browser.open(&format!("/oauth2/logout?{query}")).await;
    assert_eq!(reply.header("location"), "https://app.example/out?state=x", "{}", reply.text());
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(provider.app().models(access).await.status, StatusCode::UNAUTHORIZED);
    let again = browser.open(&format!("/oauth2/authorize?{}", provider.request(&[("prompt", "none")]))).await;
    assert_eq!(parameter(again.header("location"), "error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn the_pages_speak_german_and_lead_on_from_another_site() {
    let provider = Provider::start().await;
    let url = format!("{}/oauth2/authorize?{}", provider.app().base, provider.request(&[]));
    let reply = provider.app().send(Method::GET, &url, None, &[("accept-language", "de-CH")], "").await;
    assert!(reply.text().contains("<html lang=\"de\">") && reply.text().contains("Anmelden"), "{}", reply.text());
    let reply = provider.app().send(Method::GET, &url, None, &[("sec-fetch-site", "cross-site")], "").await;
    assert!(reply.text().contains("http-equiv=\"refresh\""), "{}", reply.text());
}

#[tokio::test]
async fn the_command_line_registers_shows_rotates_and_removes() {
    let app = TestApp::start().await;
    let run = |args: &[&str]| {
        let output = crate::session::portcullis(&app, args, "");
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), said)
    };
    let (ok, said) = run(&["client", "create", "--name", "App", "--redirect", CALLBACK, "--json"]);
    assert!(ok, "{said}");
    let created: Value = serde_json::from_str(&said).unwrap();
    let (id, secret) = (created["id"].as_str().unwrap(), created["client_secret"].as_str().unwrap());
    assert!(secret.starts_with("pcs_") && secret.len() == 47, "{secret}");
    let (ok, said) = run(&["client", "list", "--json"]);
    assert!(ok && said.contains(id) && !said.contains(secret), "{said}");
    let (ok, said) = run(&["client", "rotate-secret", id, "--json"]);
    assert!(ok && said.contains("pcs_") && !said.contains(secret), "{said}");
    for wrong in ["http://app.example/cb", "https://app.example/*", "https://app.example/cb#f", "myapp:/cb"] {
        let (ok, said) = run(&["client", "create", "--name", "App", "--redirect", wrong]);
        assert!(!ok && said.contains("--redirect"), "{wrong}: {said}");
    }
    let (ok, said) = run(&["client", "delete", id]);
    assert!(ok, "{said}");
    assert!(!run(&["client", "show", id]).0);
    for kind in ["oauth.client_created", "oauth.client_rotated", "oauth.client_deleted"] {
        assert_eq!(app.entries(kind).await.len(), 1, "{kind}");
    }
}
