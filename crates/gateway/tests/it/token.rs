//! Access tokens: what is taken, and every forgery that `jwt_tool` makes.

use aws_lc_rs::hmac;
use http::{Method, StatusCode};
use portcullis::app::State;
use portcullis::auth::jwt::access::Claims;
use portcullis::auth::jwt::jose::{Algorithm, Compact, PrivateKey, encode};
use portcullis::auth::jwt::revocation::Subject;
use portcullis::auth::key::SCOPES;
use portcullis::auth::session::NewSession;
use portcullis::data::encryption::Place;
use serde_json::{Value, json};

use crate::app::{Reply, TestApp, ada, chat};

/// The key that signs, as somebody has it who broke into the process.
pub(crate) async fn stolen_key(app: &TestApp) -> (String, PrivateKey) {
    let rows = app.app().db().fetch_all("SELECT kid, sealed FROM signing_key", Vec::new()).await.unwrap();
    let (kid, sealed) = (rows[0].text("kid").unwrap(), rows[0].blob("sealed").unwrap());
    let place = Place { table: "signing_key", column: "sealed", row: kid, tenant: "" };
    let pkcs8 = app.app().sealer().open_sealed(&place, sealed).unwrap();
    (kid.to_owned(), PrivateKey::read(Algorithm::EdDsa, &pkcs8).unwrap())
}

/// Header and claims of a token.
fn parts(token: &str) -> (Value, Value) {
    let parts = Compact::split(token).unwrap();
    (serde_json::from_slice(&parts.header).unwrap(), serde_json::from_slice(&parts.payload).unwrap())
}

fn with(base: &Value, name: &str, value: Value) -> Value {
    let mut changed = base.clone();
    match value {
        Value::Null => drop(changed.as_object_mut().unwrap().remove(name)),
        value => changed[name] = value,
    }
    changed
}

/// A token of these parts with any bytes as its signature.
fn unsigned(header: &str, claims: &str, signature: &[u8]) -> String {
    format!("{}.{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()), encode(signature))
}

async fn refused(app: &TestApp, token: &str, what: &str) -> Reply {
    let reply = app.models(token).await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{what}: {}", reply.text());
    reply
}

#[tokio::test]
async fn an_access_token_is_taken_where_a_key_is() {
    let app = TestApp::start().await;
    let issued = app.login(&["inference"]).await;
    let url = format!("{}/v1/chat/completions", app.base);
    let body = chat("Repeat after me: a quiet afternoon").to_string();
    let reply = app.send(Method::POST, &url, Some(&issued.access_token), &[], body).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let entry = app.entries("exchange.allowed").await.remove(0);
    assert_eq!((&entry["actor"], &entry["tenant"]), (&json!("usr_ada"), &json!("default")));
    let claims = parts(&issued.access_token).1;
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 1_800);
    let url = format!("{}/admin/v1/policies", app.admin);
    let reply = app.send(Method::GET, &url, Some(&issued.access_token), &[], "").await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN, "without the scope `admin`");
    let scopes = SCOPES.iter().map(ToString::to_string).collect();
    let admin = NewSession { user: app.person("default", "admin").await, scopes, ..ada() };
    let admin = app.login_as(admin).await;
    let reply = app.send(Method::GET, &url, Some(&admin.access_token), &[], "").await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
}

#[tokio::test]
async fn v9_1_1_v9_1_2_v9_1_3_forged_headers_and_signatures_are_refused() {
    let app = TestApp::start().await;
    let issued = app.login(&["inference"]).await;
    let (header, claims) = parts(&issued.access_token);
    let (kid, key) = stolen_key(&app).await;
    let genuine = issued.access_token.rsplit_once('.').unwrap().0;
    let signature = Compact::split(&issued.access_token).unwrap().signature;
    for none in ["none", "None", "NONE", "nOnE", "", "null"] {
        let header = with(&header, "alg", json!(none)).to_string();
        refused(&app, &unsigned(&header, &claims.to_string(), b"x"), none).await;
        refused(&app, &format!("{}.{}.", encode(header.as_bytes()), encode(claims.to_string().as_bytes())), none).await;
    }
    let public = key.public().unwrap();
    for secret in [serde_json::to_vec(&public.jwk()).unwrap(), public.jwk().x.into_bytes(), Vec::new()] {
        let header = with(&header, "alg", json!("HS256"));
        let signed = format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), signed.as_bytes());
        refused(&app, &format!("{signed}.{}", encode(tag.as_ref())), "HS256 with the public key").await;
    }
    for other in ["ES256", "RS256", "EdDsa", "Ed25519"] {
        let token = key.sign(&with(&header, "alg", json!(other)), &claims).unwrap();
        refused(&app, &token, other).await;
    }
    for id in ["../../../../dev/null", "' UNION SELECT 'a", "|whoami", "", "http://evil.example/k", &kid[1..]] {
        let token = key.sign(&with(&header, "kid", json!(id)), &claims).unwrap();
        refused(&app, &token, id).await;
    }
    for (name, value) in [
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/c.pem")),
        ("x5c", json!(["MII"])),
        ("jwk", json!(public.jwk())),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("typ", json!("JWT")),
        ("typ", json!("dpop+jwt")),
        ("typ", json!("AT+JWT")),
        ("typ", Value::Null),
        ("kid", Value::Null),
        ("alg", Value::Null),
    ] {
        let token = key.sign(&with(&header, name, value), &claims).unwrap();
        refused(&app, &token, name).await;
    }
    let mallory = PrivateKey::read(Algorithm::EdDsa, &PrivateKey::generate(Algorithm::EdDsa).unwrap()).unwrap();
    refused(&app, &mallory.sign(&header, &claims).unwrap(), "another key under our name").await;
    let own = with(&header, "kid", json!(mallory.public().unwrap().thumbprint()));
    refused(&app, &mallory.sign(&own, &claims).unwrap(), "another key under its own name").await;
    let twice = format!(r#"{{"alg":"none","alg":"EdDSA","typ":"at+jwt","kid":"{kid}"}}"#);
    refused(&app, &unsigned(&twice, &claims.to_string(), &signature), "a header that says it twice").await;
    let admin = with(&claims, "scope", json!("inference admin")).to_string();
    refused(&app, &unsigned(&header.to_string(), &admin, &signature), "other claims under the same signature").await;
    for token in [
        genuine.to_owned(),
        format!("{genuine}."),
        format!("{}=", issued.access_token),
        format!("{}.{}", issued.access_token, encode(&signature)),
        format!("{}.{}", genuine, encode(&[0; 64])),
        "a.b.c".to_owned(),
        "..".to_owned(),
    ] {
        refused(&app, &token, &token).await;
    }
    assert_eq!(app.models(&issued.access_token).await.status, StatusCode::OK, "the genuine one is still taken");
    let kinds: Vec<Value> = app.entries("token.rejected").await.iter().map(|e| e["detail"]["reason"].clone()).collect();
    for reason in ["header", "form", "type", "key", "algorithm", "signature"] {
        assert!(kinds.contains(&json!(reason)), "{reason} in {kinds:?}");
    }
    assert!(kinds.len() < 20, "a flood of forgeries is no flood of entries: {kinds:?}");
}

#[tokio::test]
async fn v9_2_1_v9_2_2_v9_2_3_claims_that_do_not_hold_are_refused() {
    let app = TestApp::start().await;
    let issued = app.login(&["inference"]).await;
    let (header, claims) = parts(&issued.access_token);
    let (_, key) = stolen_key(&app).await;
    assert_eq!(app.models(&key.sign(&header, &claims).unwrap()).await.status, StatusCode::OK, "signed by the same key");
    let now = claims["iat"].as_i64().unwrap();
    for (name, value) in [
        ("exp", json!(now - 31)),
        ("exp", json!(0)),
        ("exp", json!(-1)),
        ("exp", json!((now + 1_000).to_string())),
        ("exp", json!(1e300)),
        ("exp", Value::Null),
        ("nbf", json!(now + 100)),
        ("nbf", json!("soon")),
        ("iat", json!(now + 100)),
        ("iat", Value::Null),
        ("aud", json!("https://other.example")),
        ("aud", json!([claims["aud"]])),
        ("aud", Value::Null),
        ("iss", json!("https://evil.example")),
        ("iss", Value::Null),
        ("sub", Value::Null),
        ("sid", Value::Null),
        ("cnf", json!({ "jkt": "AAAA" })),
        ("cnf", json!({ "x5t#S256": "AAAA" })),
        ("cnf", json!({ "kid": "AAAA" })),
    ] {
        let token = key.sign(&header, &with(&claims, name, value.clone())).unwrap();
        refused(&app, &token, &format!("{name} = {value}")).await;
    }
    let text = claims.to_string();
    let twice = text.replacen('{', r#"{"sub":"usr_root","#, 1);
    let signed = format!("{}.{}", encode(header.to_string().as_bytes()), encode(twice.as_bytes()));
    // Signed as it is: only a parser that refuses members that stand twice notices.
    let raw = key.sign(&header, &serde_json::value::RawValue::from_string(twice).unwrap()).unwrap();
    assert!(raw.starts_with(signed.split('.').next().unwrap()));
    refused(&app, &raw, "a claim that stands twice").await;
    let huge = key.sign(&header, &with(&claims, "pad", json!("a".repeat(9_000)))).unwrap();
    refused(&app, &huge, "9 KiB").await;
    app.clock.pass(1_831);
    let reply = refused(&app, &issued.access_token, "after half an hour, though it was verified before").await;
    assert!(reply.text().contains("has expired"), "{}", reply.text());
    assert_eq!(reply.header("www-authenticate"), "Bearer error=\"invalid_token\"");
    let metrics = app.metrics().await;
    assert!(metrics.contains("portcullis_tokens_rejected_total{reason=\"expired\"}"), "{metrics}");
}

#[tokio::test]
async fn v10_3_1_a_token_of_another_audience_or_installation_is_refused() {
    let app = TestApp::start().await;
    let mut config = app.config.clone();
    config.auth.jwt.audience = Some("https://other.example".into());
    let other = State::open_at(&config, app.data.path(), app.clock.clone()).await.unwrap();
    let issued = other.tokens.begin(&ada(), "test").await.unwrap();
    refused(&app, &issued.access_token, "another audience, signed by our key").await;
    let stranger = TestApp::start().await;
    refused(&app, &stranger.login(&["inference"]).await.access_token, "another installation").await;
    other.close().await.unwrap();
}

#[tokio::test]
async fn v7_4_5_a_revocation_is_seen_by_every_process_within_a_second() {
    let app = TestApp::start().await;
    let (other, server) = app.beside().await;
    let url = format!("{other}/v1/models");
    let there = async |token: &str| app.send(Method::GET, &url, Some(token), &[], "").await.status;
    for subject in ["sid", "user", "client", "tenant", "all"] {
        let issued = app.login(&["inference"]).await;
        assert_eq!(there(&issued.access_token).await, StatusCode::OK, "{subject}: in the other's memory");
        let body = match subject {
            "sid" => json!({ "sid": issued.session_id }),
            "user" => json!({ "user": "usr_ada" }),
            "client" => json!({ "client": "console" }),
            "tenant" => json!({ "tenant": "default" }),
            _ => json!({ "all": true }),
        };
        let reply = app.admin(Method::POST, "/admin/v1/tokens/revoke", &body).await;
        assert_eq!(reply.status, StatusCode::OK, "{subject}: {}", reply.text());
        let begun = std::time::Instant::now();
        assert_eq!(app.models(&issued.access_token).await.status, StatusCode::UNAUTHORIZED, "{subject}: here, at once");
        assert_eq!(app.refresh(&issued.refresh_token).await.status, StatusCode::BAD_REQUEST, "{subject}: no refresh");
        while there(&issued.access_token).await != StatusCode::UNAUTHORIZED {
            assert!(begun.elapsed().as_millis() < 1_000, "{subject}: there, within a second");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let again = app.login(&["inference"]).await;
        assert_eq!(
            app.models(&again.access_token).await.status,
            StatusCode::OK,
            "{subject}: a new login holds at once"
        );
    }
    server.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_revocation_names_one_subject() {
    let app = TestApp::start().await;
    for body in [json!({}), json!({ "sid": "a", "user": "b" }), json!({ "user": "" }), json!({ "everyone": true })] {
        let reply = app.admin(Method::POST, "/admin/v1/tokens/revoke", &body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{body}: {}", reply.text());
    }
    let reply = app.admin(Method::POST, "/admin/v1/tokens/revoke", &json!({ "sid": "ses_none" })).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND, "{}", reply.text());
}

#[tokio::test]
async fn keys_rotate_without_a_gap_and_an_emergency_ends_them_at_once() {
    let app = TestApp::start().await;
    let (other, server) = app.beside().await;
    let set = async || app.send(Method::GET, &format!("{}/.well-known/jwks.json", app.base), None, &[], "").await;
    let kids = |reply: &Reply| -> Vec<String> {
        let keys = reply.json()["keys"].as_array().unwrap().clone();
        assert!(keys.iter().all(|key| key["alg"] == "EdDSA" && key["use"] == "sig" && key.get("d").is_none()));
        keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    };
    let kid = |token: &str| parts(token).0["kid"].as_str().unwrap().to_owned();
    let first = app.login(&["inference"]).await;
    let reply = set().await;
    assert_eq!((kids(&reply), reply.header("cache-control")), (vec![kid(&first.access_token)], "public, max-age=300"));
    let keys = &app.app().tokens.keys;
    let next = keys.rotate(false, "test").await.unwrap();
    assert_eq!(kids(&set().await).len(), 2, "the next key is published");
    assert!(keys.rotate(false, "test").await.is_err(), "one rotation at a time");
    assert_eq!(kid(&app.login(&["inference"]).await.access_token), kid(&first.access_token), "and does not sign yet");
    app.clock.pass(301);
    let second = app.login(&["inference"]).await;
    assert_eq!(kid(&second.access_token), next.kid, "now it does");
    assert_eq!(app.models(&first.access_token).await.status, StatusCode::OK, "the old one is still believed");
    app.clock.pass(1_831);
    assert_eq!(kids(&set().await), vec![next.kid], "until all it signed has expired");
    let third = app.login(&["inference"]).await;
    assert_eq!(app.models(&third.access_token).await.status, StatusCode::OK);
    keys.rotate(true, "test").await.unwrap();
    let begun = std::time::Instant::now();
    assert_eq!(app.models(&third.access_token).await.status, StatusCode::UNAUTHORIZED, "here, at once");
    let url = format!("{other}/v1/models");
    while app.send(Method::GET, &url, Some(&third.access_token), &[], "").await.status != StatusCode::UNAUTHORIZED {
        assert!(begun.elapsed().as_millis() < 1_000, "there, within a second");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let reply = app.refresh(&third.refresh_token).await;
    let renewed = reply.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(app.models(&renewed).await.status, StatusCode::OK, "sessions go on");
    assert_eq!(app.entries("signing_key.rotated").await.len(), 3);
    server.shutdown().await.unwrap();
}

#[tokio::test]
async fn es256_keys_sign_and_verify_too() {
    let app = TestApp::with("[auth.jwt]\nalgorithm = 'ES256'").await;
    let issued = app.login(&["inference"]).await;
    assert_eq!(parts(&issued.access_token).0["alg"], "ES256");
    assert_eq!(app.models(&issued.access_token).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_is_stored_and_logged_holds_no_token() {
    let app = TestApp::start().await;
    let issued = app.login_as(NewSession { address: Some("203.0.113.77".into()), ..ada() }).await;
    app.models(&issued.access_token).await;
    app.refresh(&issued.refresh_token).await;
    assert!(!format!("{issued:?}").contains(&issued.refresh_token));
    let audit = json!(app.audit().await).to_string();
    let mac = issued.refresh_token.rsplit_once('.').unwrap().1.to_owned();
    let signature = issued.access_token.rsplit_once('.').unwrap().1.to_owned();
    assert!(!audit.contains(&mac) && !audit.contains(&signature) && !audit.contains("203.0.113.77"), "{audit}");
    let data = app.stop().await;
    for entry in std::fs::read_dir(data.path()).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_file() {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for secret in [mac.as_str(), signature.as_str(), "203.0.113.77"] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} in {}", path.display());
        }
    }
}

#[tokio::test]
async fn a_token_explains_itself_check_by_check() {
    let app = TestApp::start().await;
    let issued = app.login(&["inference"]).await;
    let tokens = &app.app().tokens;
    let explained = tokens.explain(&issued.access_token);
    assert_eq!(explained.claims.map(|claims: Claims| claims.sub), Some("usr_ada".into()));
    tokens.revoke(&Subject::Session(issued.session_id.clone()), "test", "test").await.unwrap();
    let explained = tokens.explain(&issued.access_token);
    assert_eq!(explained.failed.as_deref(), Some("it was revoked"));
    assert_eq!(explained.passed.last(), Some(&"time"));
    assert_eq!(tokens.explain("a.b").failed.as_deref(), Some("it is not a signed token"));
}
