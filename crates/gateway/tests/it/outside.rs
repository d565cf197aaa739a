//! Logging in with an outside provider: what works. The provider is ours, and can be made to lie (`outside_attack`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair};
use aws_lc_rs::{hmac, rsa};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode as Status};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use http::{Method, StatusCode};
use portcullis::auth::jwt::jose::{Algorithm, PrivateKey, encode};
use portcullis::auth::user::UserInfo;
use portcullis::clock::Clock;
use portcullis::config::Config;
use serde_json::{Value, json};

use crate::app::{Reply, TestApp, TestClock};
use crate::mfa::Phone;
use crate::oauth::{Browser, form, parameter};
use crate::user::{House, PASSWORD};

pub(crate) const CLIENT: &str = "gate way";
pub(crate) const SECRET: &str = "s3cret:with/odd chars";
pub(crate) const SUBJECT: &str = "248289761001";

/// What an ID token is signed with.
#[derive(Clone)]
pub(crate) enum Signer {
    Rsa(Vec<u8>, &'static str),
    Curve(Vec<u8>, Algorithm),
    /// A shared secret, whatever that is.
    Shared(Vec<u8>),
    /// Not at all.
    None,
}

/// What the provider does. Fields that a test leaves alone are honest.
pub(crate) struct Book {
    pub(crate) metadata: Value,
    pub(crate) keys: Vec<Value>,
    pub(crate) signer: Signer,
    pub(crate) header: Value,
    /// Changes to the claims of the ID token; `null` removes one.
    pub(crate) claims: Value,
    pub(crate) userinfo: Value,
    /// Changes to the answer of the token endpoint.
    pub(crate) token: Value,
    /// What an endpoint answers instead.
    pub(crate) instead: HashMap<&'static str, (u16, String)>,
    /// Endpoints that never answer.
    pub(crate) stalled: Option<&'static str>,
    /// Changes the token after it was signed.
    pub(crate) spoil: Option<fn(String) -> String>,
    pub(crate) hits: HashMap<String, usize>,
    pub(crate) shown: String,
    codes: HashMap<String, (String, String)>,
    pub(crate) clock: Arc<TestClock>,
}

/// A provider.
pub(crate) struct Op {
    pub(crate) issuer: String,
    book: Arc<Mutex<Book>>,
}

/// An RSA key of this process, since they take long to make.
pub(crate) fn rsa_key() -> Vec<u8> {
    static KEY: OnceLock<Vec<u8>> = OnceLock::new();
    KEY.get_or_init(new_rsa_key).clone()
}

pub(crate) fn new_rsa_key() -> Vec<u8> {
    let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
    pair.as_der().unwrap().as_ref().to_vec()
}

pub(crate) fn rsa_jwk(pkcs8: &[u8], kid: &str) -> Value {
    let pair = RsaKeyPair::from_pkcs8(pkcs8).unwrap();
    // RSAPublicKey of RFC 8017: a sequence of two integers.
    let der = pair.public_key().as_ref();
    let (_, numbers) = der_value(der);
    let (n, rest) = der_value_and_rest(numbers);
    let (e, _) = der_value_and_rest(rest);
    let plain = |number: &[u8]| encode(number.strip_prefix(&[0]).unwrap_or(number));
    json!({ "kty": "RSA", "use": "sig", "kid": kid, "n": plain(n), "e": plain(e) })
}

fn der_value(der: &[u8]) -> (u8, &[u8]) {
    (der[0], der_value_and_rest(der).0)
}

/// The value of the first element, and what follows it.
fn der_value_and_rest(der: &[u8]) -> (&[u8], &[u8]) {
    let (length, from) = match usize::from(der[1]) {
        short @ 0..128 => (short, 2),
        long => {
            let count = long - 128;
            (der[2..2 + count].iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte)), 2 + count)
        }
    };
    der[from..].split_at(length)
}

impl Signer {
    fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
        let signature = match self {
            Self::Rsa(pkcs8, algorithm) => {
                let pair = RsaKeyPair::from_pkcs8(pkcs8).unwrap();
                let mut signature = vec![0; pair.public_modulus_len()];
                let padding = if *algorithm == "PS256" { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
                pair.sign(padding, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
                signature
            }
            Self::Curve(pkcs8, algorithm) => {
                return PrivateKey::read(*algorithm, pkcs8).unwrap().sign(header, claims).unwrap();
            }
            Self::Shared(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
                hmac::sign(&key, signed.as_bytes()).as_ref().to_vec()
            }
            Self::None => Vec::new(),
        };
        format!("{signed}.{}", encode(&signature))
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Rsa(_, name) => name,
            Self::Curve(_, algorithm) => algorithm.name(),
            Self::Shared(_) => "HS256",
            Self::None => "none",
        }
    }
}

/// Puts the members of one object over those of another; `null` removes.
fn over(base: &mut Value, changes: &Value) {
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(base.as_object_mut().unwrap().remove(name)),
            value => base[name] = value.clone(),
        }
    }
}

impl Book {
    fn honest(clock: Arc<TestClock>) -> Self {
        Self {
            metadata: json!({}),
            keys: vec![rsa_jwk(&rsa_key(), "one")],
            signer: Signer::Rsa(rsa_key(), "RS256"),
            header: json!({}),
            claims: json!({}),
            userinfo: json!({}),
            token: json!({}),
            instead: HashMap::new(),
            stalled: None,
            spoil: None,
            hits: HashMap::new(),
            shown: String::new(),
            codes: HashMap::new(),
            clock,
        }
    }

    fn answer(&mut self, issuer: &str, path: &str, headers: &HeaderMap, body: &str) -> (u16, String) {
        *self.hits.entry(path.to_owned()).or_default() += 1;
        if let Some(instead) = self.instead.get(path) {
            return instead.clone();
        }
        let (status, answer) = match path {
            ".well-known/openid-configuration" => (200, self.metadata(issuer)),
            "jwks" => (200, json!({ "keys": self.keys })),
            "token" => self.exchange(issuer, headers, body),
            "userinfo" if headers.get("authorization").is_some_and(|line| line == "Bearer access") => {
                let mut info = json!({ "sub": SUBJECT });
                over(&mut info, &self.userinfo);
                (200, info)
            }
            _ => (404, json!({ "error": "not_found" })),
        };
        (status, answer.to_string())
    }

    fn metadata(&self, issuer: &str) -> Value {
        let mut metadata = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize?v=1"),
            "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/jwks"),
            "userinfo_endpoint": format!("{issuer}/userinfo"),
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["RS256"],
        });
        over(&mut metadata, &self.metadata);
        metadata
    }

    fn exchange(&mut self, issuer: &str, headers: &HeaderMap, body: &str) -> (u16, Value) {
        let field = |name: &str| parameter(&format!("?{body}"), name).unwrap_or_default();
        self.shown = headers.get("authorization").map_or("", |line| line.to_str().unwrap()).to_owned();
        let verifier = encode(digest(&SHA256, field("code_verifier").as_bytes()).as_ref());
        let Some((nonce, challenge)) = self.codes.remove(&field("code")) else {
            return (400, json!({ "error": "invalid_grant" }));
        };
        if challenge != verifier {
            return (400, json!({ "error": "invalid_grant" }));
        }
        let now = self.clock.now().as_second();
        let mut claims = json!({
            "iss": issuer, "sub": SUBJECT, "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": nonce,
        });
        over(&mut claims, &self.claims);
        let mut header = json!({ "alg": self.signer.name(), "kid": "one" });
        over(&mut header, &self.header);
        let mut id_token = self.signer.sign(&header, &claims);
        if let Some(spoil) = self.spoil {
            id_token = spoil(id_token);
        }
        let mut answer = json!({ "access_token": "access", "token_type": "bearer", "id_token": id_token });
        over(&mut answer, &self.token);
        (200, answer)
    }
}

type Shared = State<(String, Arc<Mutex<Book>>)>;

async fn serve(State((issuer, book)): Shared, Path(path): Path<String>, headers: HeaderMap, body: String) -> Response {
    let is_stalled = book.lock().unwrap().stalled.is_some_and(|stalled| path.ends_with(stalled));
    if is_stalled {
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    let (status, answer) = book.lock().unwrap().answer(&issuer, &path, &headers, &body);
    let mut response = (Status::from_u16(status).unwrap(), answer).into_response();
    response.headers_mut().insert("content-type", "application/json".parse().unwrap());
    if (300..400).contains(&status) {
        response.headers_mut().insert("location", format!("{issuer}/jwks").parse().unwrap());
    }
    response
}

impl Op {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let book = Arc::new(Mutex::new(Book::honest(Arc::default())));
        let app = Router::new().route("/{*path}", any(serve)).with_state((issuer.clone(), book.clone()));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { issuer, book }
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Book)) {
        change(&mut self.book.lock().unwrap());
    }

    pub(crate) fn honest_again(&self) {
        let mut book = self.book.lock().unwrap();
        let (clock, hits) = (book.clock.clone(), std::mem::take(&mut book.hits));
        *book = Book { hits, ..Book::honest(clock) };
    }

    pub(crate) fn hits(&self, path: &str) -> usize {
        self.book.lock().unwrap().hits.get(path).copied().unwrap_or_default()
    }

    /// The person agrees: the address that the browser is sent back to, as a path of the gateway.
    pub(crate) fn agree(&self, location: &str, code: &str, more: &[(&str, &str)]) -> String {
        assert!(location.starts_with(&format!("{}/authorize?v=1&", self.issuer)), "{location}");
        let get = |name: &str| parameter(location, name).unwrap();
        assert_eq!((get("response_type"), get("code_challenge_method")), ("code".to_owned(), "S256".to_owned()));
        let asked = (get("nonce"), get("code_challenge"));
        self.book.lock().unwrap().codes.insert(code.to_owned(), asked);
        let state = get("state");
        let mut pairs = vec![("code", code), ("state", state.as_str())];
        pairs.extend(more);
        let redirect = get("redirect_uri");
        let path = redirect.strip_prefix("http://127.0.0.1:8080").unwrap();
        format!("{path}?{}", form(&pairs))
    }
}

/// A gateway with outside providers.
pub(crate) struct Site {
    pub(crate) house: House,
    pub(crate) op: Op,
}

impl Site {
    /// With one provider, `corp`, configured further.
    pub(crate) async fn start(more: &str) -> Self {
        let op = Op::start().await;
        let house = House::start(&config(&op, "corp", more)).await;
        let clock = house.app.clock.clone();
        op.change(|book| book.clock = clock);
        Self { house, op }
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser::new(&self.house.app)
    }

    /// Where a browser is sent.
    pub(crate) async fn leave(&self, browser: &Browser<'_>, query: &str) -> String {
        let reply = browser.open(&format!("/auth/v1/outside/start/corp{query}")).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
        reply.header("location").to_owned()
    }

    /// Leaves and comes back.
    pub(crate) async fn log_in(&self, browser: &Browser<'_>) -> Reply {
        let back = self.op.agree(&self.leave(browser, "").await, "code-1", &[]);
        browser.open(&back).await
    }

    /// Who is logged in in this browser, with how.
    pub(crate) async fn session(&self, browser: &Browser<'_>) -> Value {
        let sessions = browser.open("/auth/v1/sessions").await.json();
        let all = sessions["sessions"].as_array().cloned().unwrap_or_default();
        all.into_iter().find(|one| one["id"] == sessions["current"]).unwrap_or_default()
    }

    /// The user of this id.
    pub(crate) async fn user(&self, session: &Value) -> UserInfo {
        self.house.app.app().users().show(session["user"].as_str().expect("a session")).await.unwrap()
    }

    /// Reasons of refusals, newest first.
    pub(crate) async fn reasons(&self) -> Vec<String> {
        let entries = self.house.app.entries("outside.refused").await;
        entries.iter().map(|entry| entry["detail"]["reason"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) async fn users(&self) -> Vec<UserInfo> {
        self.house.app.app().users().list().await.unwrap()
    }
}

/// The section of a provider, with its secret in a file.
pub(crate) fn config(op: &Op, name: &str, more: &str) -> String {
    static SECRETS: OnceLock<tempfile::TempDir> = OnceLock::new();
    let file = SECRETS.get_or_init(|| tempfile::tempdir().unwrap()).path().join("secret");
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    let secret = if more.contains("client_auth = 'none'") {
        String::new()
    } else {
        format!("client_secret = '${{file:{}}}'\n", file.display())
    };
    let more = more.replace("client_auth = 'none'", "");
    format!(
        "[[auth.outside]]\nname = '{name}'\nlabel = 'Corp & Co'\nissuer = '{}'\nclient_id = '{CLIENT}'\n{secret}\
         timeout_ms = 1000\n{more}\n",
        op.issuer
    )
}

const CHALLENGE: &str = "__Host-portcullis-challenge";
pub(crate) const CREATE: &str = "create = true\n";

#[tokio::test]
async fn oidcc_client_test_somebody_new_comes_in_and_is_the_same_person_the_next_time() {
    let site = Site::start(CREATE).await;
    site.op.change(|book| {
        book.userinfo = json!({ "name": "Ada\nLovelace", "email": "ada@example.com", "email_verified": true })
    });
    let browser = site.browser();
    let reply = site.log_in(&browser).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_eq!(led_to(&reply), "/account");
    assert!(browser.open("/account").await.text().contains("Corp &amp; Co"));
    let session = site.session(&browser).await;
    assert_eq!((&session["amr"], &session["acr"]), (&json!(["fed"]), &json!("aal1")));
    let user = site.user(&session).await;
    assert_eq!((user.name.as_str(), user.roles.clone()), ("AdaLovelace", vec!["user".to_owned()]));
    // Nobody is trusted for addresses here.
    assert_eq!((user.email, user.verified_at), (None, None));
    let again = site.browser();
    site.log_in(&again).await;
    let second = site.session(&again).await;
    assert_eq!(second["user"], session["user"]);
    assert_ne!(second["id"], session["id"]);
    assert_eq!(site.users().await.len(), 1);
    let entry = &site.house.app.entries("outside.login").await[0];
    assert_eq!((&entry["actor"], &entry["detail"]["provider"]), (&session["user"], &json!("corp")));
    assert!(
        site.house
            .app
            .metrics()
            .await
            .contains("portcullis_outside_logins_total{provider=\"corp\",outcome=\"succeeded\"} 2")
    );
}

#[tokio::test]
async fn oidcc_client_test_idtoken_sig_each_algorithm_is_verified_by_a_key_of_its_own_kind() {
    let site = Site::start(CREATE).await;
    let ed = PrivateKey::generate(Algorithm::EdDsa).unwrap().to_vec();
    let ec = PrivateKey::generate(Algorithm::Es256).unwrap().to_vec();
    let jwk = |pkcs8: &[u8], algorithm, kid: &str| {
        let mut jwk = json!(PrivateKey::read(algorithm, pkcs8).unwrap().public().unwrap().jwk());
        jwk["kid"] = kid.into();
        jwk
    };
    let keys = vec![
        rsa_jwk(&rsa_key(), "rsa"),
        jwk(&ed, Algorithm::EdDsa, "ed"),
        jwk(&ec, Algorithm::Es256, "ec"),
        json!({ "kty": "EC", "crv": "P-521", "x": "AA", "y": "AA", "kid": "other", "alg": "ES512" }),
    ];
    for (signer, kid) in [
        (Signer::Rsa(rsa_key(), "RS256"), "rsa"),
        (Signer::Rsa(rsa_key(), "PS256"), "rsa"),
        (Signer::Curve(ed.clone(), Algorithm::EdDsa), "ed"),
        (Signer::Curve(ec.clone(), Algorithm::Es256), "ec"),
    ] {
        let name = signer.name();
        site.op.change(|book| (book.keys, book.signer, book.header) = (keys.clone(), signer, json!({ "kid": kid })));
        let reply = site.log_in(&site.browser()).await;
        assert_eq!(reply.status, StatusCode::OK, "{name}: {:?}", site.reasons().await);
    }
}

#[tokio::test]
async fn oidcc_client_test_client_secret_basic_post_and_none_are_shown_as_configured() {
    for (more, expected) in
        [("", "Basic "), ("client_auth = 'client_secret_post'\n", ""), ("client_auth = 'none'\n", "")]
    {
        let site = Site::start(&format!("{CREATE}{more}")).await;
        assert_eq!(site.log_in(&site.browser()).await.status, StatusCode::OK, "{more}");
        let mut shown = String::new();
        site.op.change(|book| shown = book.shown.clone());
        assert!(shown.starts_with(expected) && shown.is_empty() == expected.is_empty(), "{more}: {shown}");
        if !expected.is_empty() {
            use base64::Engine as _;
            let text = base64::engine::general_purpose::STANDARD.decode(&shown[6..]).unwrap();
            assert_eq!(String::from_utf8(text).unwrap(), "gate+way:s3cret%3Awith%2Fodd+chars");
        }
    }
}

#[tokio::test]
async fn oidcc_client_test_signing_key_rotation_a_new_key_is_read_at_once_and_an_unknown_one_once_a_minute() {
    let site = Site::start(CREATE).await;
    assert_eq!(site.log_in(&site.browser()).await.status, StatusCode::OK);
    assert_eq!(site.log_in(&site.browser()).await.status, StatusCode::OK);
    assert_eq!((site.op.hits("jwks"), site.op.hits(".well-known/openid-configuration")), (1, 1));
    let next = new_rsa_key();
    site.op.change(|book| {
        book.keys = vec![rsa_jwk(&next, "two")];
        (book.signer, book.header) = (Signer::Rsa(next.clone(), "RS256"), json!({ "kid": "two" }));
    });
    assert_eq!(site.log_in(&site.browser()).await.status, StatusCode::OK);
    assert_eq!(site.op.hits("jwks"), 2);
    // One that takes the name of another, or has none, is found as well.
    let third = new_rsa_key();
    site.op.change(|book| {
        book.keys = vec![rsa_jwk(&third, "two")];
        book.signer = Signer::Rsa(third.clone(), "RS256");
    });
    assert_eq!(site.log_in(&site.browser()).await.status, StatusCode::OK);
    assert_eq!(site.op.hits("jwks"), 3);
    // Keys that the provider does not publish make it be asked once, and then not for a minute.
    site.op.change(|book| book.header = json!({ "kid": "three" }));
    for _ in 0..5 {
        assert_eq!(site.log_in(&site.browser()).await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(site.op.hits("jwks"), 4);
    site.house.app.clock.pass(61);
    site.op.change(|book| book.keys = vec![rsa_jwk(&third, "three")]);
    assert_eq!(site.log_in(&site.browser()).await.status, StatusCode::OK);
    // A key that was withdrawn is not believed for longer than an hour.
    site.house.app.clock.pass(3_600);
    site.op.change(|book| book.keys = vec![]);
    assert_eq!(site.log_in(&site.browser()).await.status, StatusCode::FORBIDDEN);
    assert_eq!(site.reasons().await[0], "id_token_key");
}

#[tokio::test]
async fn oidcc_client_test_kid_absent_the_only_key_is_meant_and_of_several_none() {
    let site = Site::start(CREATE).await;
    site.op.change(|book| book.header = json!({ "kid": null }));
    assert_eq!(site.log_in(&site.browser()).await.status, StatusCode::OK);
    site.house.app.clock.pass(3_600);
    site.op.change(|book| book.keys.push(rsa_jwk(&new_rsa_key(), "two")));
    assert_eq!(site.log_in(&site.browser()).await.status, StatusCode::FORBIDDEN);
    assert_eq!(site.reasons().await, ["id_token_key"]);
}

#[tokio::test]
async fn roles_and_teams_follow_the_claims_at_each_login_and_a_change_ends_sessions() {
    let rules = "roles = [{ claim = 'groups', value = 'ops', role = 'analyst' },\n\
                 { claim = 'groups', value = 'dev', role = 'developer' }]\n\
                 teams = [{ claim = 'groups', value = 'dev', team = 'Builders' }]\n";
    let site = Site::start(&format!("{CREATE}{rules}")).await;
    let team = site.house.app.app().users().create_team("default", "Builders", "test").await.unwrap();
    site.op.change(|book| book.userinfo = json!({ "groups": ["ops", "dev", "owner"] }));
    let first = site.browser();
    site.log_in(&first).await;
    let user = site.user(&site.session(&first).await).await;
    assert_eq!(user.roles, ["user", "analyst", "developer"]);
    assert_eq!(user.team, Some(team.id));
    site.op.change(|book| book.claims = json!({ "groups": ["ops"] }));
    let second = site.browser();
    site.log_in(&second).await;
    let user = site.user(&site.session(&second).await).await;
    assert_eq!(user.roles, ["user", "analyst"]);
    assert_eq!(site.session(&first).await, Value::Null, "sessions of before have ended");
    assert_eq!(site.house.app.entries("role.revoked").await[0]["actor"], "outside:corp");
    // Roles that no rule is about stay, and a login without a change ends nothing.
    site.house.app.app().users().add_role(user.id.as_str(), "reviewer", "cli").await.unwrap();
    let third = site.browser();
    site.log_in(&third).await;
    site.log_in(&site.browser()).await;
    let user = site.user(&site.session(&third).await).await;
    assert_eq!(user.roles, ["user", "analyst", "reviewer"]);
}

#[tokio::test]
async fn an_app_goes_on_after_a_login_with_a_button() {
    use portcullis::auth::oauth2::client::Method as AuthMethod;
    let site = Site::start(&format!("{CREATE}trust_email = true\n")).await;
    let client = crate::oauth::new("App", AuthMethod::None);
    let made = site.house.app.app().oauth().create_client(client, "cli").await.unwrap();
    let query = form(&[
        ("response_type", "code"),
        ("client_id", &made.client.id),
        ("redirect_uri", crate::oauth::CALLBACK),
        ("scope", "openid inference"),
        ("code_challenge", &crate::oauth::challenge()),
        ("code_challenge_method", "S256"),
        ("state", "s"),
    ]);
    let browser = site.browser();
    let page = browser.open(&format!("/oauth2/authorize?{query}")).await.text();
    assert!(page.contains("Log in with Corp &amp; Co"), "{page}");
    let button = page.split("/auth/v1/outside/start/corp").nth(1).unwrap().split('"').next().unwrap();
    let back = site.op.agree(&site.leave(&browser, button).await, "code-1", &[]);
    let reply = browser.open(&back).await;
    let next = led_to(&reply);
    assert!(next.starts_with("/oauth2/continue?flow=flw_"), "{next}");
    let consent = browser.open(&next).await;
    let done = browser.submit(&consent, &[("decision", "allow")]).await;
    assert!(done.header("location").starts_with(crate::oauth::CALLBACK), "{}", done.text());
}

#[tokio::test]
async fn a_second_factor_of_ours_follows_unless_the_provider_is_trusted_to_have_asked_for_one() {
    for (more, claims, is_asked) in [
        ("", json!({ "amr": ["mfa"] }), true),
        ("trust_mfa = true\n", json!({ "amr": ["pwd"] }), true),
        ("trust_mfa = true\n", json!({ "amr": ["pwd", "mfa"] }), false),
        ("trust_mfa = true\nmfa_acr = ['phr']\n", json!({ "acr": "phr" }), false),
    ] {
        let site = Site::start(&format!("trust_email = true\n{more}")).await;
        site.house.user("ada@example.com").await;
        let (phone, _) = site.house.phone("ada@example.com").await;
        let mut all = json!({ "email": "ada@example.com", "email_verified": true });
        over(&mut all, &claims);
        site.op.change(|book| book.claims = all);
        let browser = site.browser();
        let reply = site.log_in(&browser).await;
        if !is_asked {
            let session = site.session(&browser).await;
            assert_eq!((&session["amr"], &session["acr"]), (&json!(["fed", "mfa"]), &json!("aal2")), "{more}");
            continue;
        }
        assert_eq!(site.session(&browser).await, Value::Null, "{more}");
        second_factor(&site, &browser, &reply, &phone).await;
    }
}

/// Shows the code on the page that is led to, after a wrong one.
async fn second_factor(site: &Site, browser: &Browser<'_>, reply: &Reply, phone: &Phone) {
    assert_eq!(led_to(reply), "/login/factor");
    let page = browser.open("/login/factor").await;
    let wrong = browser.submit(&page, &[("code", "000000")]).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED, "{}", wrong.text());
    let other = site.browser();
    other.plant(CHALLENGE, &browser.cookie(CHALLENGE).expect("a challenge"));
    let elsewhere = other.open("/login/factor").await;
    assert_eq!(elsewhere.status, StatusCode::UNAUTHORIZED, "a challenge is of one browser");
    assert_eq!(site.session(&other).await, Value::Null);
    let done = browser.submit(&wrong, &[("code", &phone.code(&site.house, 0))]).await;
    assert_eq!(done.header("location"), "/account", "{}", done.text());
    let session = site.session(browser).await;
    assert_eq!((&session["amr"], &session["acr"]), (&json!(["fed", "otp"]), &json!("aal2")));
}

/// Where a page leads by itself.
fn led_to(page: &Reply) -> String {
    let text = page.text();
    let next = text.split("0;url=").nth(1).unwrap_or_else(|| panic!("a page that leads on: {text}"));
    next.split('"').next().unwrap().replace("&amp;", "&")
}

#[tokio::test]
async fn who_has_to_set_up_a_second_factor_does_so_by_the_page_for_it() {
    let site = Site::start("trust_email = true\n").await;
    let ada = site.house.user("ada@example.com").await;
    site.house.app.app().users().add_role(ada.id.as_str(), "admin", "cli").await.unwrap();
    site.op.change(|book| book.claims = json!({ "email": "ada@example.com", "email_verified": true }));
    let browser = site.browser();
    let reply = site.log_in(&browser).await;
    assert_eq!(led_to(&reply), "/login/enrolment");
    assert_eq!(site.session(&browser).await, Value::Null);
    let page = browser.open("/login/enrolment").await.text();
    let key = page.split("<code>").nth(1).unwrap_or_else(|| panic!("a key: {page}")).split('<').next().unwrap();
    let phone = Phone::new(&key.replace(' ', ""));
    let page = browser.open("/login/enrolment").await;
    let codes = browser.submit(&page, &[("code", &phone.code(&site.house, 0))]).await;
    assert!(codes.text().contains("href=\"/account\""), "{}", codes.text());
    assert_eq!(site.session(&browser).await["amr"], json!(["fed", "otp"]));
}

#[tokio::test]
async fn the_login_page_has_buttons_and_a_login_ends_the_session_of_before() {
    let site = Site::start(CREATE).await;
    let browser = site.browser();
    let url = format!("{}/login", site.house.app.base);
    let german = site.house.app.send(Method::GET, &url, None, &[("accept-language", "de")], "").await;
    assert!(german.text().contains("Anmelden mit Corp &amp; Co"));
    let page = browser.open("/login").await.text();
    assert!(
        page.contains("href=\"/auth/v1/outside/start/corp\"") && page.contains("Log in with Corp &amp; Co"),
        "{page}"
    );
    assert!(!browser.open("/login?tenant=tnt_other").await.text().contains("Corp"), "providers are of one tenant");
    site.log_in(&browser).await;
    let before = site.session(&browser).await;
    // The cookies of a session do not come along from the provider; which it was is known from the beginning.
    let back = site.op.agree(&site.leave(&browser, "").await, "code-1", &[]);
    let reply = browser.open_without_session(&back).await;
    assert_eq!(led_to(&reply), "/account");
    let after = site.session(&browser).await;
    let sessions = browser.open("/auth/v1/sessions").await.json();
    assert_ne!(after["id"], before["id"]);
    assert_eq!(sessions["sessions"].as_array().unwrap().len(), 1, "{sessions}");
}

#[tokio::test]
async fn the_account_page_links_unlinks_and_asks_the_provider_anew() {
    let site = Site::start("").await;
    let ada = site.house.user("ada@example.com").await;
    let browser = site.browser();
    let account = browser.log_in(&browser.open("/login").await, PASSWORD).await;
    assert!(account.text().contains("None is linked yet."), "{}", account.text());
    let csrf = crate::oauth::hidden(&account.text()).into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    let own = [("origin", crate::oauth::ISSUER), ("sec-fetch-site", "same-origin")];
    let send = async |path: &str, csrf: &str, name: &str, value: &str| {
        browser.post(path, &own, &[("csrf", csrf), (name, value)]).await
    };
    let forged = send("/account/outside/link", "x", "provider", "corp").await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    let begun = send("/account/outside/link", &csrf, "provider", "corp").await;
    let linked = browser.open(&site.op.agree(&led_to(&begun), "code-1", &[])).await;
    assert!(linked.text().contains("href=\"/account\""), "{}", linked.text());
    let account = browser.open("/account").await.text();
    assert!(account.contains("Unlink: Corp &amp; Co"), "{account}");
    let id = site.house.app.app().outside().list(ada.id.as_str()).await.unwrap()[0].id.clone();
    // What is dangerous asks for a login of now.
    site.house.app.clock.pass(601);
    let stale = send("/account/outside/unlink", &csrf, "id", &id).await;
    assert_eq!(stale.header("location"), "/account/confirm?next=account");
    let confirm = browser.open("/account/confirm").await.text();
    assert!(confirm.contains("/auth/v1/outside/start/corp?fresh=true"), "{confirm}");
    let now = site.house.app.clock.now().as_second();
    site.op.change(|book| book.claims = json!({ "auth_time": now }));
    let back = site.op.agree(&site.leave(&browser, "?fresh=true").await, "code-2", &[]);
    assert_eq!(led_to(&browser.open(&back).await), "/account");
    let csrf = crate::oauth::hidden(&browser.open("/account").await.text()).remove(0).1;
    let gone = send("/account/outside/unlink", &csrf, "id", &id).await;
    assert_eq!(gone.header("location"), "/account", "{}", gone.text());
    assert!(browser.open("/account").await.text().contains("None is linked yet."));
}

#[tokio::test]
async fn an_identity_is_linked_from_a_session_listed_and_unlinked_again() {
    let site = Site::start("").await;
    let ada = site.house.user("ada@example.com").await;
    let token = site.house.app.token_of(ada.id.as_str(), "default").await;
    let own = async |method, path: &str| site.house.own(method, path, &token, &json!({})).await;
    let begun = own(Method::POST, "/auth/v1/outside/link/corp").await;
    assert_eq!(begun.status, StatusCode::OK, "{}", begun.text());
    let browser = site.browser();
    browser.keep(&begun);
    let back = site.op.agree(begun.json()["location"].as_str().unwrap(), "code-1", &[]);
    let linked = browser.open(&back).await;
    assert!(linked.text().contains("linked to your account"), "{}", linked.text());
    assert_eq!(site.session(&browser).await, Value::Null, "a link lets nobody in");
    let listed = own(Method::GET, "/auth/v1/outside").await.json();
    assert_eq!(listed["identities"][0]["subject"], SUBJECT);
    assert_eq!(listed["providers"], json!([{ "name": "corp", "label": "Corp & Co" }]));
    let browser = site.browser();
    site.log_in(&browser).await;
    assert_eq!(site.session(&browser).await["user"], ada.id.as_str());
    let id = listed["identities"][0]["id"].as_str().unwrap();
    assert_eq!(own(Method::DELETE, &format!("/auth/v1/outside/{id}")).await.status, StatusCode::OK);
    assert_eq!(own(Method::DELETE, &format!("/auth/v1/outside/{id}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.log_in(&site.browser()).await.status, StatusCode::FORBIDDEN);
    let kinds = ["outside.linked", "outside.unlinked"];
    for kind in kinds {
        assert_eq!(site.house.app.entries(kind).await.len(), 1, "{kind}");
    }
}

#[tokio::test]
async fn another_process_ends_what_one_began() {
    let site = Site::start(CREATE).await;
    let browser = site.browser();
    let back = site.op.agree(&site.leave(&browser, "").await, "code-1", &[]);
    let (base, _server) = site.house.app.beside().await;
    let cookie = browser.cookie_line();
    let url = format!("{base}{back}");
    let reply = site.house.app.send(Method::GET, &url, None, &[("cookie", &cookie)], "").await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    // It is used up in both.
    assert_eq!(browser.open(&back).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_command_line_says_what_does_not_fit_and_who_is_linked() {
    let site = Site::start(CREATE).await;
    let browser = site.browser();
    site.log_in(&browser).await;
    let user = site.session(&browser).await["user"].as_str().unwrap().to_owned();
    write_config(&site);
    let app = &site.house.app;
    let run = async |args: &[&str]| command(app, args).await;
    let listed = text(&run(&["outside", "list"]).await);
    assert!(listed.contains("corp") && listed.contains(&site.op.issuer), "{listed}");
    let good = run(&["outside", "check", "corp"]).await;
    assert!(good.status.success(), "{}", text(&good));
    assert!(text(&good).contains("/auth/v1/outside/callback/corp"), "{}", text(&good));
    site.op.change(|book| {
        book.metadata = json!({ "issuer": "https://evil.example", "response_types_supported": ["token"] })
    });
    let bad = run(&["outside", "check", "corp"]).await;
    assert!(!bad.status.success() && text(&bad).contains("evil.example"), "{}", text(&bad));
    let shown = text(&run(&["user", "show", &user]).await);
    assert!(shown.contains(SUBJECT) && shown.contains("oid_"), "{shown}");
}

#[tokio::test]
async fn a_gateway_does_not_start_without_a_secret_that_is_configured() {
    let text = "auth.public_url = 'https://ai.example'\n[[auth.outside]]\nname = 'corp'\nissuer = 'https://id.example'\n\
                client_id = 'gate'\nclient_secret = '${file:/nonexistent/secret}'\n";
    let folder = tempfile::tempdir().unwrap();
    let config = Config::parse(text, std::path::Path::new("p.toml")).unwrap();
    let state = portcullis::app::State::create(&config, folder.path()).await.unwrap();
    let error = portcullis::app::App::on(state, config, None).await.unwrap_err().to_string();
    assert!(error.contains("`corp`"), "{error}");
}

/// Runs the command with the running configuration.
async fn command(app: &TestApp, args: &[&str]) -> std::process::Output {
    let data = app.data.path();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.arg("--config").arg(data.join("portcullis.toml")).arg("--data").arg(data).args(args);
    // The provider that is asked runs in this process.
    tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap()
}

/// Writes the running configuration to where the commands of a test look for it.
fn write_config(site: &Site) {
    let text = toml::to_string(&site.house.app.config).unwrap();
    Config::parse(&text, std::path::Path::new("again.toml")).unwrap();
    std::fs::write(site.house.app.data.path().join("portcullis.toml"), text).unwrap();
}

fn text(output: &std::process::Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
