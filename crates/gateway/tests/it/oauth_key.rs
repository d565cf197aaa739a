//! Clients that prove themselves by signing (`private_key_jwt`), and every way to forge that.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256};
use http::StatusCode;
use portcullis::auth::jwt::jose::{Algorithm, PrivateKey, encode};
use portcullis::auth::oauth2::authenticate::ASSERTION;
use portcullis::auth::oauth2::client::{CREDENTIALS, Method, NewClient};
use portcullis::auth::oauth2::client_key::KeySet;
use portcullis::clock::Clock as _;
use serde_json::{Value, json};

use crate::app::Reply;
use crate::oauth::{CALLBACK, ISSUER, Provider, challenge, form, new};

/// A client with a key of its own.
pub(crate) struct Signer {
    pub(crate) id: String,
    key: PrivateKey,
}

impl Signer {
    /// Registers one.
    pub(crate) async fn register(provider: &Provider, algorithm: Algorithm) -> Self {
        let key = PrivateKey::read(algorithm, &PrivateKey::generate(algorithm).unwrap()).unwrap();
        let jwks = KeySet::of(&json!({ "keys": [key.public().unwrap().jwk()] })).unwrap();
        let new = NewClient { jwks: Some(jwks), ..new("Signer", Method::Key) };
        let made = provider.app().app().oauth().create_client(new, "cli").await.unwrap();
        assert!(made.client_secret.is_none(), "there is nothing to be stolen here");
        Self { id: made.client.id, key }
    }

    fn header(&self) -> Value {
        json!({ "alg": self.key.algorithm().name() })
    }

    fn claims(&self, provider: &Provider) -> Value {
        let now = provider.app().clock.now().as_second();
        let jti = uuid::Uuid::now_v7().to_string();
        json!({ "iss": self.id, "sub": self.id, "aud": ISSUER, "iat": now, "exp": now + 60, "jti": jti })
    }

    pub(crate) fn assertion(&self, provider: &Provider) -> String {
        self.key.sign(&self.header(), &self.claims(provider)).unwrap()
    }
}

async fn ask(provider: &Provider, path: &str, assertion: &str, more: &[(&str, &str)]) -> Reply {
    let own = [("client_assertion_type", ASSERTION), ("client_assertion", assertion)];
    provider.post(path, &[&own[..], more].concat()).await
}

const TOKEN: &[(&str, &str)] = &[("grant_type", CREDENTIALS), ("scope", "inference")];

/// As [`denied`], an hour later: an address that fails often has to wait, which is not the subject here. What is shown has to
/// be of then.
async fn refused(provider: &Provider, assertion: &str, what: &str) {
    provider.app().clock.pass(3_600);
    denied(provider, assertion, what).await;
}

async fn denied(provider: &Provider, assertion: &str, what: &str) {
    let reply = ask(provider, "/oauth2/token", assertion, TOKEN).await;
    assert_eq!((reply.status, &reply.json()["error"]), (StatusCode::UNAUTHORIZED, &json!("invalid_client")), "{what}");
}

#[tokio::test]
async fn a_client_signs_at_every_endpoint_and_needs_no_secret() {
    let provider = Provider::start().await;
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let signer = Signer::register(&provider, algorithm).await;
        let reply = ask(&provider, "/oauth2/token", &signer.assertion(&provider), TOKEN).await;
        assert_eq!(reply.status, StatusCode::OK, "{algorithm:?}: {}", reply.text());
        let token = reply.json()["access_token"].as_str().unwrap().to_owned();
        let about = [("token", token.as_str()), ("client_id", signer.id.as_str())];
        let seen = ask(&provider, "/oauth2/introspect", &signer.assertion(&provider), &about).await.json();
        assert_eq!(seen["active"], true, "{seen}");
        let reply = ask(&provider, "/oauth2/revoke", &signer.assertion(&provider), &about).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let seen = ask(&provider, "/oauth2/introspect", &signer.assertion(&provider), &about).await.json();
        assert_eq!(seen["active"], false);
        let challenge = challenge();
        let request = [
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        let pushed = ask(&provider, "/oauth2/par", &signer.assertion(&provider), &request).await;
        assert_eq!(pushed.status, StatusCode::CREATED, "{}", pushed.text());
        let begun = ask(&provider, "/oauth2/device", &signer.assertion(&provider), &[("scope", "openid")]).await;
        assert_eq!(begun.status, StatusCode::OK, "{}", begun.text());
    }
}

#[tokio::test]
async fn rsa_keys_verify_with_the_algorithm_they_are_for() {
    let provider = Provider::start().await;
    let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
    // In DER the modulus of 2048 bits stands behind nine bytes.
    let n = encode(&key.public_key().as_ref()[9..265]);
    for (algorithm, other) in [("PS256", "RS256"), ("RS256", "PS256")] {
        let jwks = json!({ "keys": [{ "kty": "RSA", "alg": algorithm, "n": n, "e": "AQAB", "kid": "a" }] });
        let new = NewClient { jwks: Some(KeySet::of(&jwks).unwrap()), ..new("RSA", Method::Key) };
        let id = provider.app().app().oauth().create_client(new, "cli").await.unwrap().client.id;
        let sign = |named: &str, with: &str| {
            let now = provider.app().clock.now().as_second();
            let jti = uuid::Uuid::now_v7().to_string();
            let aud = format!("{ISSUER}/oauth2/token");
            let claims = json!({ "iss": id, "sub": id, "aud": aud, "exp": now + 60, "jti": jti });
            let header = json!({ "alg": named, "kid": "a" });
            let signed = format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
            let mut signature = vec![0; key.public_modulus_len()];
            let random = SystemRandom::new();
            match with {
                "PS256" => key.sign(&RSA_PSS_SHA256, &random, signed.as_bytes(), &mut signature).unwrap(),
                _ => key.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).unwrap(),
            }
            format!("{signed}.{}", encode(&signature))
        };
        let reply = ask(&provider, "/oauth2/token", &sign(algorithm, algorithm), TOKEN).await;
        assert_eq!(reply.status, StatusCode::OK, "{algorithm}: {}", reply.text());
        denied(&provider, &sign(other, other), "a genuine signature of another algorithm").await;
        denied(&provider, &sign(algorithm, other), "a signature of another algorithm under the right name").await;
    }
}

#[tokio::test]
async fn v10_4_10_an_assertion_is_taken_once_on_all_nodes_together() {
    let provider = Provider::start().await;
    let signer = Signer::register(&provider, Algorithm::EdDsa).await;
    let (other, server) = provider.app().beside().await;
    let assertion = signer.assertion(&provider);
    let pairs = [&[("client_assertion_type", ASSERTION), ("client_assertion", assertion.as_str())], TOKEN].concat();
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let there = format!("{other}/oauth2/token");
    let here = format!("{}/oauth2/token", provider.app().base);
    let asked = [&here, &there, &here, &there].map(|url| provider.app().send_form(url, &kind, form(&pairs)));
    let replies = futures_util::future::join_all(asked).await;
    let taken = replies.iter().filter(|reply| reply.status == StatusCode::OK).count();
    assert_eq!(taken, 1, "{replies:?}");
    denied(&provider, &assertion, "a replay").await;
    let reasons: Vec<Value> =
        provider.app().entries("oauth.refused").await.iter().map(|entry| entry["detail"]["reason"].clone()).collect();
    assert!(reasons.contains(&json!("client_assertion_replayed")), "{reasons:?}");
    server.shutdown().await.unwrap();
}

#[tokio::test]
async fn rfc_7523_3_claims_that_do_not_hold_are_refused() {
    let provider = Provider::start().await;
    let signer = Signer::register(&provider, Algorithm::EdDsa).await;
    let other = Signer::register(&provider, Algorithm::EdDsa).await;
    let wrong: &[(&str, &dyn Fn(i64) -> Value)] = &[
        ("aud", &|_| json!([ISSUER])),
        ("aud", &|_| json!([ISSUER, "https://evil.example"])),
        ("aud", &|_| json!("https://evil.example")),
        ("aud", &|_| json!(format!("{ISSUER}/"))),
        ("aud", &|_| json!(format!("{ISSUER}/oauth2/par"))),
        ("aud", &|_| Value::Null),
        ("iss", &|_| json!(other.id)),
        ("iss", &|_| Value::Null),
        ("sub", &|_| json!(other.id)),
        ("exp", &|now| json!(now - 31)),
        ("exp", &|now| json!(now + 400)),
        ("exp", &|_| json!(i64::MAX)),
        ("exp", &|now| json!(now.to_string())),
        ("exp", &|_| Value::Null),
        ("iat", &|now| json!(now + 100)),
        ("nbf", &|now| json!(now + 100)),
        ("jti", &|_| Value::Null),
        ("jti", &|_| json!("")),
        ("jti", &|_| json!("a".repeat(257))),
    ];
    for (name, value) in wrong {
        // That much passes before it is sent.
        let now = provider.app().clock.now().as_second() + 3_600;
        let mut claims = signer.claims(&provider);
        (claims["iat"], claims["exp"]) = (json!(now), json!(now + 60));
        claims[*name] = value(now);
        let assertion = signer.key.sign(&signer.header(), &claims).unwrap();
        refused(&provider, &assertion, &format!("{name} = {}", claims[*name])).await;
    }
    let reply = ask(&provider, "/oauth2/token", &signer.assertion(&provider), TOKEN).await;
    assert_eq!(reply.status, StatusCode::OK, "the genuine one is still taken: {}", reply.text());
}

#[tokio::test]
async fn rfc_8725_headers_and_keys_that_an_assertion_brings_are_not_believed() {
    let provider = Provider::start().await;
    let signer = Signer::register(&provider, Algorithm::EdDsa).await;
    let mallory = PrivateKey::read(Algorithm::EdDsa, &PrivateKey::generate(Algorithm::EdDsa).unwrap()).unwrap();
    let fresh = || {
        let mut claims = signer.claims(&provider);
        claims["iat"] = Value::Null;
        claims["exp"] = json!(provider.app().clock.now().as_second() + 3_660);
        claims
    };
    for (name, value) in [
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("ES256")),
        ("kid", json!("../../dev/null")),
        ("kid", json!("' OR 1=1 --")),
        ("jku", json!("https://evil.example/jwks")),
        ("x5u", json!("https://evil.example/cert")),
        ("jwk", json!(mallory.public().unwrap().jwk())),
        ("crit", json!(["exp"])),
        ("typ", json!("at+jwt")),
        ("typ", json!("dpop+jwt")),
    ] {
        let mut header = signer.header();
        header[name] = value.clone();
        refused(&provider, &signer.key.sign(&header, &fresh()).unwrap(), &format!("{name} = {value}")).await;
    }
    refused(&provider, &mallory.sign(&signer.header(), &fresh()).unwrap(), "another key").await;
    let genuine = signer.key.sign(&signer.header(), &fresh()).unwrap();
    let (signed, _) = genuine.rsplit_once('.').unwrap();
    refused(&provider, &format!("{signed}.AAAA"), "another signature").await;
    refused(&provider, &format!("{signed}."), "no signature").await;
    refused(&provider, "a.b.c", "no token").await;
}

#[tokio::test]
async fn what_a_replaced_key_signs_is_not_taken_any_more() {
    let provider = Provider::start().await;
    let signer = Signer::register(&provider, Algorithm::EdDsa).await;
    let next = PrivateKey::read(Algorithm::Es256, &PrivateKey::generate(Algorithm::Es256).unwrap()).unwrap();
    let jwks = KeySet::of(&json!({ "keys": [next.public().unwrap().jwk()] })).unwrap();
    let oauth = provider.app().app().oauth();
    assert!(oauth.replace_keys(&provider.public.client.id, jwks.clone(), "cli").await.is_err(), "it does not sign");
    oauth.replace_keys(&signer.id, jwks, "cli").await.unwrap();
    denied(&provider, &signer.assertion(&provider), "the old key").await;
    let next = Signer { id: signer.id, key: next };
    assert_eq!(ask(&provider, "/oauth2/token", &next.assertion(&provider), TOKEN).await.status, StatusCode::OK);
    assert_eq!(provider.app().entries("oauth.client_rotated").await.len(), 1);
}

#[tokio::test]
async fn a_client_that_signs_has_no_other_way_in_and_no_other_client_has_this_one() {
    let provider = Provider::start().await;
    let signer = Signer::register(&provider, Algorithm::EdDsa).await;
    let turned_away = async |pairs: Vec<(&str, &str)>| {
        let reply = provider.post("/oauth2/token", &[&pairs[..], TOKEN].concat()).await;
        assert!(matches!(reply.status, StatusCode::UNAUTHORIZED | StatusCode::BAD_REQUEST), "{}", reply.text());
    };
    let assertion = signer.assertion(&provider);
    let (id, secret) = (&provider.secret.client.id, provider.secret.client_secret.as_deref().unwrap());
    turned_away(vec![("client_id", &signer.id)]).await;
    turned_away(vec![("client_id", &signer.id), ("client_secret", secret)]).await;
    turned_away(vec![("client_assertion", &assertion)]).await;
    turned_away(vec![("client_assertion_type", "urn:other"), ("client_assertion", &assertion)]).await;
    turned_away(vec![("client_id", id), ("client_assertion_type", ASSERTION), ("client_assertion", &assertion)]).await;
    let both = vec![
        ("client_secret", secret),
        ("client_id", &signer.id),
        ("client_assertion_type", ASSERTION),
        ("client_assertion", &assertion),
    ];
    turned_away(both).await;
    let reply = ask(&provider, "/oauth2/token", &assertion, TOKEN).await;
    assert_eq!(reply.status, StatusCode::OK, "none of that used it up: {}", reply.text());
    let stored = provider.app().app().db().fetch_all("SELECT * FROM oauth_assertion", Vec::new()).await.unwrap();
    assert_eq!(stored.len(), 1, "what is not signed is not stored");
}

#[tokio::test]
async fn the_command_line_takes_public_keys_and_refuses_private_ones() {
    let app = crate::app::TestApp::start().await;
    let file = app.data.path().join("jwks.json");
    let run = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let (path, json) = (file.display().to_string(), "--json");
        let args = ["client", "create", "--name", "App", "--redirect", CALLBACK, "--jwks", &path, json];
        let output = crate::session::portcullis(&app, &args, "");
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), said)
    };
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    let (ok, said) = run(&json!({ "keys": [key] }).to_string());
    assert!(ok && said.contains("private_key_jwt") && !said.contains("client_secret"), "{said}");
    let id = serde_json::from_str::<Value>(&said).unwrap()["id"].as_str().unwrap().to_owned();
    let path = file.display().to_string();
    let replaced = crate::session::portcullis(&app, &["client", "replace-keys", &id, "--jwks", &path], "");
    assert!(replaced.status.success(), "{}", String::from_utf8_lossy(&replaced.stderr));
    let mut private = key;
    private["d"] = json!("AAAA");
    let (ok, said) = run(&json!({ "keys": [private] }).to_string());
    assert!(!ok && said.contains("--jwks") && said.contains("private"), "{said}");
}
