//! Tokens that are bound to a key: a copy of them is of no use.

use aws_lc_rs::digest::{SHA256, digest};
use http::{Method, StatusCode};
use portcullis::auth::jwt::binding::Binding;
use portcullis::auth::jwt::jose::{Algorithm, PrivateKey, encode};
use portcullis::auth::session::NewSession;
use portcullis::clock::Clock as _;
use serde_json::{Value, json};

use crate::app::{Reply, TestApp, ada};

/// A client with a key of its own.
pub(crate) struct Holder {
    key: PrivateKey,
    algorithm: Algorithm,
}

impl Holder {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        let key = PrivateKey::read(algorithm, &PrivateKey::generate(algorithm).unwrap()).unwrap();
        Self { key, algorithm }
    }

    pub(crate) fn session(&self) -> NewSession {
        NewSession { binding: Some(Binding::Key(self.key.public().unwrap().thumbprint())), ..ada() }
    }

    fn header(&self) -> Value {
        json!({ "typ": "dpop+jwt", "alg": self.algorithm, "jwk": self.key.public().unwrap().jwk() })
    }

    pub(crate) fn proof(&self, claims: &Value) -> String {
        self.key.sign(&self.header(), claims).unwrap()
    }
}

/// What a proof of `GET /v1/models` says.
pub(crate) fn claims(app: &TestApp, token: &str) -> Value {
    json!({
        "jti": uuid::Uuid::now_v7().to_string(),
        "htm": "GET",
        "htu": format!("{}/v1/models", app.base),
        "iat": app.clock.now().as_second(),
        "ath": encode(digest(&SHA256, token.as_bytes()).as_ref()),
    })
}

async fn ask(app: &TestApp, token: &str, proofs: &[&str]) -> Reply {
    let authorization = format!("DPoP {token}");
    let mut headers = vec![("authorization", authorization.as_str())];
    headers.extend(proofs.iter().map(|proof| ("dpop", *proof)));
    app.send(Method::GET, &format!("{}/v1/models", app.base), None, &headers, "").await
}

async fn refresh(app: &TestApp, token: &str, proof: Option<&str>) -> Reply {
    let headers: Vec<(&str, &str)> = proof.iter().map(|proof| ("dpop", *proof)).collect();
    let body = json!({ "refresh_token": token }).to_string();
    app.send(Method::POST, &format!("{}/auth/v1/token/refresh", app.base), None, &headers, body).await
}

#[tokio::test]
async fn v10_3_5_a_bound_token_is_taken_only_with_a_fresh_proof_of_its_key() {
    let app = TestApp::start().await;
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let holder = Holder::new(algorithm);
        let issued = app.login_as(holder.session()).await;
        assert_eq!(issued.token_type, "DPoP");
        let token = issued.access_token.as_str();
        let good = claims(&app, token);
        let proof = holder.proof(&good);
        assert_eq!(ask(&app, token, &[&proof]).await.status, StatusCode::OK, "{algorithm:?}");
        let refused = async |proofs: &[&str], what: &str| {
            let reply = ask(&app, token, proofs).await;
            assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{what}: {}", reply.text());
            assert!(reply.header("www-authenticate").starts_with("DPoP"), "{what}");
        };
        refused(&[&proof], "a replay").await;
        refused(&[], "no proof").await;
        let (one, two) = (holder.proof(&claims(&app, token)), holder.proof(&claims(&app, token)));
        refused(&[&one, &two], "two proofs").await;
        refused(&[&Holder::new(algorithm).proof(&claims(&app, token))], "another key").await;
        let now = app.clock.now().as_second();
        for (name, value) in [
            ("htm", json!("POST")),
            ("htm", json!("get")),
            ("htu", json!(format!("{}/v1/chat/completions", app.base))),
            ("htu", json!("https://evil.example/v1/models")),
            ("ath", json!("AAAA")),
            ("ath", Value::Null),
            ("iat", json!(now - 60)),
            ("iat", json!(now + 60)),
            ("iat", json!("now")),
            ("jti", Value::Null),
        ] {
            let mut changed = claims(&app, token);
            changed[name] = value.clone();
            refused(&[&holder.proof(&changed)], &format!("{name} = {value}")).await;
        }
        for (name, value) in [
            ("typ", json!("JWT")),
            ("alg", json!("none")),
            ("alg", json!("HS256")),
            ("crit", json!(["b64"])),
            ("jwk", json!({ "kty": "oct", "crv": "", "x": "AA" })),
        ] {
            let mut header = holder.header();
            header[name] = value.clone();
            refused(&[&holder.key.sign(&header, &claims(&app, token)).unwrap()], &format!("{name} = {value}")).await;
        }
        let mut private = holder.header();
        private["jwk"]["d"] = json!("AAAA");
        refused(&[&holder.key.sign(&private, &claims(&app, token)).unwrap()], "a private key in the header").await;
        let reply = app.models(token).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "as a bearer token: {}", reply.text());
    }
    let bearer = app.login(&["inference"]).await;
    let proof = Holder::new(Algorithm::EdDsa).proof(&claims(&app, &bearer.access_token));
    let reply = ask(&app, &bearer.access_token, &[&proof]).await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "a token that is bound to nothing, with a proof");
}

#[tokio::test]
async fn v10_4_14_a_bound_refresh_token_asks_for_its_key_too() {
    let app = TestApp::start().await;
    let holder = Holder::new(Algorithm::Es256);
    let issued = app.login_as(holder.session()).await;
    let proof = |holder: &Holder| {
        let mut claims = claims(&app, "");
        claims["htm"] = json!("POST");
        claims["htu"] = json!(format!("{}/auth/v1/token/refresh", app.base));
        holder.proof(&claims)
    };
    assert_eq!(refresh(&app, &issued.refresh_token, None).await.status, StatusCode::BAD_REQUEST, "a copied token");
    let thief = proof(&Holder::new(Algorithm::Es256));
    assert_eq!(refresh(&app, &issued.refresh_token, Some(&thief)).await.status, StatusCode::BAD_REQUEST);
    let own = proof(&holder);
    let reply = refresh(&app, &issued.refresh_token, Some(&own)).await;
    assert_eq!((reply.status, &reply.json()["token_type"]), (StatusCode::OK, &json!("DPoP")), "the owner goes on");
    let reply = refresh(&app, &issued.refresh_token, Some(&own)).await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "not with the same proof: {}", reply.text());
    let access = reply_token(&refresh(&app, &issued.refresh_token, Some(&proof(&holder))).await);
    let proof = holder.proof(&claims(&app, &access));
    assert_eq!(ask(&app, &access, &[&proof]).await.status, StatusCode::OK, "what was refreshed is bound as well");
}

#[tokio::test]
async fn a_proof_without_a_genuine_token_is_not_even_remembered() {
    let app = TestApp::start().await;
    let holder = Holder::new(Algorithm::EdDsa);
    let mut said = claims(&app, "");
    said["htm"] = json!("POST");
    said["htu"] = json!(format!("{}/auth/v1/token/refresh", app.base));
    let proof = holder.proof(&said);
    for _ in 0..2 {
        let reply = refresh(&app, "pcr_v1.ses_a.0.AAAA", Some(&proof)).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{}", reply.text());
    }
    let issued = app.login_as(holder.session()).await;
    assert_eq!(refresh(&app, &issued.refresh_token, Some(&proof)).await.status, StatusCode::OK, "it is still fresh");
}

fn reply_token(reply: &Reply) -> String {
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    reply.json()["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_nonce_is_asked_for_where_it_is_configured() {
    let app = TestApp::with("[auth.jwt]\ndpop_nonce = true").await;
    let holder = Holder::new(Algorithm::EdDsa);
    let token = app.login_as(holder.session()).await.access_token;
    let mut said = claims(&app, &token);
    let reply = ask(&app, &token, &[&holder.proof(&said)]).await;
    assert_eq!(reply.header("www-authenticate"), "DPoP error=\"use_dpop_nonce\"");
    said["nonce"] = json!(reply.header("dpop-nonce"));
    let proof = holder.proof(&said);
    assert_eq!(ask(&app, &token, &[&proof]).await.status, StatusCode::OK);
    app.clock.pass(300);
    let mut late = claims(&app, &token);
    late["nonce"] = said["nonce"].clone();
    assert_eq!(ask(&app, &token, &[&holder.proof(&late)]).await.status, StatusCode::UNAUTHORIZED, "an old nonce");
}

#[tokio::test]
async fn proofs_are_of_the_public_address_or_of_loopback() {
    let app = TestApp::with("[auth]\npublic_url = 'https://gate.example'").await;
    let holder = Holder::new(Algorithm::EdDsa);
    let scopes = vec!["inference".into(), "admin".into()];
    let token = app
        .login_as(NewSession { user: app.person("default", "admin").await, scopes, ..holder.session() })
        .await
        .access_token;
    let authorization = format!("DPoP {token}");
    let asked = async |url: String, htu: &str, host: &str| {
        let mut said = claims(&app, &token);
        said["htu"] = json!(htu);
        let proof = holder.proof(&said);
        let headers = [("authorization", authorization.as_str()), ("dpop", &proof), ("host", host)];
        app.send(Method::GET, &url, None, &headers, "").await.status
    };
    let models = format!("{}/v1/models", app.base);
    let policies = format!("{}/admin/v1/policies", app.admin);
    let host = app.admin.trim_start_matches("http://");
    assert_eq!(asked(models.clone(), "https://gate.example/v1/models", "gate.example").await, StatusCode::OK);
    assert_eq!(asked(policies.clone(), &policies, host).await, StatusCode::OK, "the admin plane");
    let evil = "https://evil.example/v1/models";
    assert_eq!(asked(models, evil, "evil.example").await, StatusCode::UNAUTHORIZED, "the host is not believed");
}

#[tokio::test]
async fn a_token_bound_to_a_certificate_is_refused_without_one() {
    let app = TestApp::start().await;
    let binding = Binding::to_certificate(b"a client's certificate in DER");
    let issued = app.login_as(NewSession { binding: Some(binding.clone()), ..ada() }).await;
    assert_eq!(app.models(&issued.access_token).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.refresh(&issued.refresh_token).await.status, StatusCode::BAD_REQUEST);
    assert!(app.app().tokens.refresh(&issued.refresh_token, Some(&binding)).await.is_ok());
    let presented = |proved| portcullis::auth::jwt::Presentation { is_dpop: false, proved: Some(proved) };
    assert!(app.app().tokens.verify(&issued.access_token, presented(&binding)).await.is_ok());
    let other = Binding::to_certificate(b"another one");
    assert!(app.app().tokens.verify(&issued.access_token, presented(&other)).await.is_err());
}
