//! Around TLS: the redirect listener, what browsers are told, what is counted and told, and TLS towards others.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Method, StatusCode};
use portcullis::auth::oauth2::client::{Method as AuthMethod, NewClient};
use portcullis::config::Config;
use rcgen::{CertificateParams, KeyPair};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, ServerConfig, SignatureScheme};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::app::TestApp;
use crate::oauth;
use crate::tls::{Authority, MODELS, Shown, ask, ask_with, start};

const REDIRECT: &str = "redirect_listen = '127.0.0.1:0'\nredirect_to = 'https://gate.example'\n";

/// Sends bytes and reads the answer to its end.
async fn raw(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address.trim_start_matches("http://")).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn api_https_hsts_plain_requests_are_sent_to_the_configured_origin_whatever_they_say() {
    let app = start(&Authority::new(), REDIRECT).await;
    let plain = app.redirect();
    for (line, expected) in [
        ("GET /v1/models?a=b", "https://gate.example/v1/models?a=b"),
        ("GET http://evil.example/x", "https://gate.example/x"),
        ("GET //evil.example/x", "https://gate.example//evil.example/x"),
        ("GET /%0d%0alocation:%20https://evil.example", "https://gate.example/%0d%0alocation:%20https://evil.example"),
        ("POST /v1/chat/completions", "https://gate.example/v1/chat/completions"),
        ("GET /metrics", "https://gate.example/metrics"),
    ] {
        let request = format!(
            "{line} HTTP/1.1\r\nhost: evil.example\r\nx-forwarded-host: evil.example\r\nconnection: close\r\n\r\n"
        );
        let answer = raw(&plain, &request).await;
        assert!(answer.starts_with("HTTP/1.1 308"), "{line}: {answer}");
        assert!(answer.contains(&format!("location: {expected}\r\n")), "{line}: {answer}");
        assert!(!answer.contains("strict-transport-security"), "only over TLS (RFC 6797, 7.2): {answer}");
    }
    let star = raw(&plain, "OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(star.starts_with("HTTP/1.1 404"), "{star}");
    let none =
        raw(&plain, "GET /.well-known/acme-challenge/abc HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(none.starts_with("HTTP/1.1 404"), "{none}");
}

#[tokio::test]
async fn a_credential_in_plain_text_is_refused_and_not_sent_on() {
    let app = start(&Authority::new(), REDIRECT).await;
    for header in ["authorization: Bearer pk_secret", "x-api-key: pk_secret", "cookie: __Host-session=secret"] {
        let request = format!(
            "POST /v1/messages HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{header}\r\ncontent-length: 0\r\n\r\n"
        );
        let answer = raw(&app.redirect(), &request).await;
        assert!(answer.starts_with("HTTP/1.1 403") && !answer.contains("secret"), "{header}: {answer}");
    }
}

#[tokio::test]
async fn every_answer_tells_browsers_what_they_may_not_do() {
    let app = TestApp::with("auth.public_url = 'http://127.0.0.1:8080'\n").await;
    let pages = [
        (&app.base, "/v1/models"),
        (&app.base, "/nowhere"),
        (&app.base, "/login"),
        (&app.base, "/.well-known/oauth-authorization-server"),
        (&app.base, "/?x=%3Cscript%3Ealert(1)%3C/script%3E"),
        (&app.admin, "/livez"),
        (&app.admin, "/metrics"),
        (&app.admin, "/openapi.json"),
        (&app.admin, "/admin/v1/keys"),
    ];
    for (base, path) in pages {
        let reply = app.send(Method::GET, &format!("{base}{path}"), None, &[], "").await;
        let policy = reply.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("x-frame-options"), "DENY", "{path}");
        assert!(matches!(reply.header("referrer-policy"), "no-referrer" | "same-origin"), "{path}");
        assert_eq!(reply.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(reply.header("cross-origin-resource-policy"), "same-origin", "{path}");
    }
}

/// Waits until the metrics have a line.
pub(crate) async fn shows(app: &TestApp, line: &str) {
    for _ in 0..200 {
        if app.metrics().await.contains(line) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{line} is not in {}", app.metrics().await);
}

#[tokio::test]
async fn handshakes_that_fail_are_counted_by_their_reason() {
    let (authority, foreign) = (Authority::new(), Authority::new());
    let app = start(&authority, "client_ca = 'FOLDER/clients.pem'\nclient_required = true\n").await;
    let failed = |reason: &str| format!("portcullis_tls_handshakes_failed_total{{reason=\"{reason}\"}} 1");

    assert!(ask(&app, authority.client(None), MODELS, "", "").await.is_err());
    shows(&app, &failed("no_certificate")).await;
    let stranger = foreign.issue("client");
    assert!(ask(&app, authority.client(Some(&stranger)), MODELS, "", "").await.is_err());
    shows(&app, &failed("bad_certificate")).await;
    assert!(ask(&app, foreign.client(None), MODELS, "", "").await.is_err());
    shows(&app, &failed("distrusted")).await;
    raw(&app.base, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    shows(&app, &failed("not_tls")).await;
    drop(TcpStream::connect(app.base.trim_start_matches("http://")).await.unwrap());
    shows(&app, &failed("closed")).await;
    let address = app.base.trim_start_matches("http://").to_owned();
    let older = move || Command::new("openssl").args(["s_client", "-connect", &address, "-tls1_2"]).output();
    tokio::task::spawn_blocking(older).await.unwrap().unwrap();
    shows(&app, &failed("incompatible")).await;
}

/// Puts a certificate that ends on a day where the gateway reads it.
fn serve_until(authority: &Authority, folder: &Path, year: i32) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    (params.not_before, params.not_after) = (rcgen::date_time_ymd(2026, 1, 1), rcgen::date_time_ymd(year, 1, 1));
    std::fs::write(folder.join("tls.pem"), params.signed_by(&key, &authority.0).unwrap().pem()).unwrap();
    std::fs::write(folder.join("tls.key"), key.serialize_pem()).unwrap();
}

#[tokio::test]
async fn the_end_of_a_certificate_is_shown_and_told_once_a_day() {
    let authority = Authority::new();
    let app = start(&authority, "").await;
    serve_until(&authority, app.data.path(), 2046);
    app.app().reload("test").await.unwrap();
    let end: jiff::Timestamp = "2046-01-01T00:00:00Z".parse().unwrap();
    // OpenMetrics writes the gauge as an integer.
    shows(&app, &format!("portcullis_tls_certificate_end_seconds{{plane=\"data\"}} {}", end.as_second())).await;
    assert_eq!(app.entries("certificate.ending").await.len(), 0);

    let left = end.duration_since(portcullis::clock::Clock::now(&*app.clock)).as_secs();
    app.clock.pass(left - 20 * 86_400);
    for _ in 0..3 {
        app.app().look_at_certificate().await.unwrap();
    }
    let told = app.entries("certificate.ending").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["detail"]["not_after"], "2046-01-01T00:00:00Z", "{}", told[0]);
    app.clock.pass(86_400);
    app.app().look_at_certificate().await.unwrap();
    assert_eq!(app.entries("certificate.ending").await.len(), 2);

    // Another one ends the warnings.
    serve_until(&authority, app.data.path(), 2050);
    app.app().reload("test").await.unwrap();
    app.clock.pass(86_400);
    app.app().look_at_certificate().await.unwrap();
    assert_eq!(app.entries("certificate.ending").await.len(), 2);
}

#[tokio::test]
async fn a_reload_that_is_refused_is_recorded_with_its_reason_and_without_the_key() {
    let authority = Authority::new();
    let app = start(&authority, "").await;
    std::fs::write(
        app.data.path().join("tls.key"),
        "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n",
    )
    .unwrap();
    let reply = app.admin(Method::POST, "/admin/v1/reload", &Value::Null).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{}", reply.text());
    let told = app.entries("config.refused").await;
    assert_eq!(told.len(), 1);
    let why = told[0]["detail"]["why"].to_string();
    assert!(why.contains("server.tls") && !why.contains("c2VjcmV0"), "{why}");
    assert!(ask(&app, authority.client(None), MODELS, &app.key, "").await.is_ok());
}

/// Takes any certificate, and keeps what was stapled to it.
#[derive(Debug)]
struct Stapled(Arc<Mutex<Vec<u8>>>);

impl ServerCertVerifier for Stapled {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        response: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        *self.0.lock().unwrap() = response.to_vec();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("TLS 1.2".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}

#[tokio::test]
async fn an_ocsp_response_is_stapled_and_a_reload_takes_the_next_one() {
    let (authority, data) = (Authority::new(), tempfile::tempdir().unwrap());
    let file = data.path().join("ocsp.der");
    std::fs::write(&file, b"first").unwrap();
    let app = start(&authority, &format!("ocsp_response = '{}'\n", file.display())).await;
    let stapled = async || {
        let got = Arc::new(Mutex::new(Vec::new()));
        let mut client = authority.client(None);
        client.dangerous().set_certificate_verifier(Arc::new(Stapled(got.clone())));
        ask(&app, client, MODELS, &app.key, "").await.unwrap();
        let response = got.lock().unwrap().clone();
        String::from_utf8(response).unwrap()
    };
    assert_eq!(stapled().await, "first");
    std::fs::write(&file, b"second").unwrap();
    app.app().reload("test").await.unwrap();
    assert_eq!(stapled().await, "second");
}

#[tokio::test]
async fn metadata_says_that_tokens_are_bound_to_certificates_where_clients_may_show_them() {
    let authority = Authority::new();
    let more = "client_ca = 'FOLDER/clients.pem'\n[auth]\npublic_url = 'https://gate.example'\n";
    let app = start(&authority, more).await;
    for path in ["/.well-known/oauth-authorization-server", "/.well-known/oauth-protected-resource"] {
        let reply = ask(&app, authority.client(None), (Method::GET, path), "", "").await.unwrap();
        assert_eq!(reply.json()["tls_client_certificate_bound_access_tokens"], true, "{}", reply.text());
    }
    let app = TestApp::with("auth.public_url = 'http://127.0.0.1:8080'\n").await;
    let reply =
        app.send(Method::GET, &format!("{}/.well-known/oauth-authorization-server", app.base), None, &[], "").await;
    assert_eq!(reply.json()["tls_client_certificate_bound_access_tokens"], false);
}

#[tokio::test]
async fn a_token_of_a_client_that_showed_a_certificate_is_a_bearer_token_of_that_certificate() {
    let authority = Authority::new();
    let more = "client_ca = 'FOLDER/clients.pem'\n[auth]\npublic_url = 'https://gate.example'\n";
    let app = start(&authority, more).await;
    let made = app.app().oauth().create_client(oauth::new("Server", AuthMethod::Post), "cli").await.unwrap();
    let (own, other) = (authority.issue("client"), authority.issue("other"));
    let body = oauth::form(&[
        ("grant_type", "client_credentials"),
        ("scope", "inference"),
        ("client_id", &made.client.id),
        ("client_secret", made.client_secret.as_deref().unwrap()),
    ]);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let token =
        ask_with(&app, authority.client(Some(&own)), (Method::POST, "/oauth2/token"), &form, &body).await.unwrap();
    assert_eq!(token.json()["token_type"], "Bearer", "{}", token.text());
    let token = token.json()["access_token"].as_str().unwrap().to_owned();
    let with =
        async |shown: Option<&Shown>| ask(&app, authority.client(shown), MODELS, &token, "").await.unwrap().status;
    assert_eq!(with(Some(&own)).await, StatusCode::OK);
    assert_eq!((with(Some(&other)).await, with(None).await), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
}

#[tokio::test]
async fn rfc_8705_2_1_a_client_is_whom_its_certificate_names_and_no_other_way_in_is_its_own() {
    let authority = Authority::new();
    let more = "client_ca = 'FOLDER/clients.pem'\n[auth]\npublic_url = 'https://gate.example'\n";
    let app = start(&authority, more).await;
    let named = NewClient {
        certificate_name: Some("billing.example".to_owned()),
        grants: vec!["client_credentials".to_owned()],
        redirect_uris: Vec::new(),
        ..oauth::new("Billing", AuthMethod::Certificate)
    };
    let made = app.app().oauth().create_client(named.clone(), "cli").await.unwrap();
    assert!(made.client_secret.is_none());
    let token = async |shown: Option<&Shown>, more: &[(&str, &str)]| {
        let mut pairs =
            vec![("grant_type", "client_credentials"), ("scope", "inference"), ("client_id", &*made.client.id)];
        pairs.extend(more);
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let body = oauth::form(&pairs);
        ask_with(&app, authority.client(shown), (Method::POST, "/oauth2/token"), &form, &body).await.unwrap()
    };
    let own = authority.issue("billing.example");
    let issued = token(Some(&own), &[]).await;
    assert_eq!(issued.status, StatusCode::OK, "{}", issued.text());
    let access = issued.json()["access_token"].as_str().unwrap().to_owned();
    let with =
        async |shown: Option<&Shown>| ask(&app, authority.client(shown), MODELS, &access, "").await.unwrap().status;
    assert_eq!((with(Some(&own)).await, with(None).await), (StatusCode::OK, StatusCode::UNAUTHORIZED));

    for name in ["other.example", "a.billing.example", "billing.example.evil", "*.example"] {
        let other = authority.issue(name);
        assert_eq!(token(Some(&other), &[]).await.json()["error"], "invalid_client", "{name}");
    }
    assert_eq!(token(None, &[]).await.json()["error"], "invalid_client");
    assert_eq!(token(Some(&own), &[("client_secret", "guess")]).await.json()["error"], "invalid_client");

    // A certificate does not stand in for a secret.
    let secret = app.app().oauth().create_client(oauth::new("billing.example", AuthMethod::Post), "cli").await.unwrap();
    let body = oauth::form(&[("grant_type", "client_credentials"), ("client_id", &secret.client.id)]);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let asked = (Method::POST, "/oauth2/token");
    let refused = ask_with(&app, authority.client(Some(&own)), asked, &form, &body).await.unwrap();
    assert_eq!(refused.json()["error"], "invalid_client");

    for name in ["", "*.example", "Billing.example", "10.0.0.1", "a..b", "-a.example"] {
        let wrong = NewClient { certificate_name: Some(name.to_owned()), ..named.clone() };
        assert!(app.app().oauth().create_client(wrong, "cli").await.is_err(), "{name}");
    }
    let none = NewClient { certificate_name: None, ..named };
    assert!(app.app().oauth().create_client(none, "cli").await.is_err());
}

/// A provider behind TLS of its own: what comes in is handed on to the plain one.
async fn behind_tls(shown: &Shown, provider: &str) -> SocketAddr {
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(shown.key.serialize_der()));
    let crypto = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(crypto).with_safe_default_protocol_versions().unwrap();
    let config = builder.with_no_client_auth().with_single_cert(vec![shown.der.clone()], key).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let (address, provider) = (listener.local_addr().unwrap(), provider.trim_start_matches("http://").to_owned());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, provider) = (acceptor.clone(), provider.clone());
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut onward = TcpStream::connect(provider).await.unwrap();
                let _ = copy_bidirectional(&mut stream, &mut onward).await;
            });
        }
    });
    address
}

#[tokio::test]
async fn data_encryption_transit_a_provider_shows_a_certificate_of_its_authority_or_gets_no_prompt() {
    let (own, foreign) = (Authority::new(), Authority::new());
    let upstream = TestApp::start().await;
    let address = behind_tls(&own.issue("127.0.0.1"), &upstream.provider).await;
    let folder = tempfile::tempdir().unwrap();
    let served = async |ca: Option<&Authority>| {
        let file = folder.path().join("ca.pem");
        if let Some(ca) = ca {
            std::fs::write(&file, ca.0.pem()).unwrap();
        }
        let app = TestApp::altered("", |config| {
            config.providers[0].base_url = format!("https://{address}/v1");
            config.providers[0].ca = ca.map(|_| file.clone());
        });
        app.await.chat("hello").await.status
    };
    upstream.forget().await;
    assert_eq!(served(None).await, StatusCode::BAD_GATEWAY, "the system does not know that authority");
    assert_eq!(served(Some(&foreign)).await, StatusCode::BAD_GATEWAY);
    assert_eq!(upstream.reached().await.as_array().map(Vec::len), Some(0), "nothing was sent");
    assert_eq!(served(Some(&own)).await, StatusCode::OK);
}

#[test]
fn plain_text_to_others_and_halves_of_settings_are_refused() {
    let provider = |more: &str| format!("[[provider]]\nname = 'p'\nkind = 'openai'\n{more}\n");
    let tls = "[server.tls]\ncertificate = 'a'\nkey = '${file:b}'\n";
    let acme = |more: &str| format!("[server.tls]\nredirect_listen = '127.0.0.1:1'\n[server.tls.acme]\n{more}\n");
    for (text, expected) in [
        (
            provider("base_url = 'http://models.example/v1'"),
            "provider[0].base_url: http:// beyond loopback needs danger_plaintext",
        ),
        (provider("base_url = 'http://127.0.0.1:1'\nca = 'x'"), "provider[0].ca"),
        ("telemetry.otlp_endpoint = 'http://collector.example:4318'".to_owned(), "telemetry.otlp_endpoint"),
        ("[server.tls]\nhsts_s = 1".to_owned(), "server.tls.certificate"),
        (format!("{tls}redirect_listen = '127.0.0.1:1'"), "server.tls.redirect_to"),
        (format!("{tls}redirect_listen = '127.0.0.1:8080'\nredirect_to = 'https://a'"), "server.tls.redirect_listen"),
        (format!("{tls}redirect_to = 'http://a'"), "server.tls.redirect_to"),
        (format!("{tls}redirect_to = 'https://a/b'"), "server.tls.redirect_to"),
        (format!("{tls}redirect_to = 'https://a@b'"), "server.tls.redirect_to"),
        (format!("{tls}hsts_preload = true\nhsts_subdomains = true\nhsts_s = 31535999"), "server.tls.hsts_preload"),
        (
            format!("{tls}[server.tls.acme]\ndomains = ['a.example']\nterms_agreed = true"),
            "server.tls.acme: stands beside",
        ),
        ("[server.tls.acme]\ndomains = ['a.example']\nterms_agreed = true".to_owned(), "server.tls.redirect_listen"),
        (acme("domains = ['a.example']"), "server.tls.acme.terms_agreed"),
        (acme("domains = []\nterms_agreed = true"), "server.tls.acme.domains"),
        (acme("domains = ['*.example']\nterms_agreed = true"), "`*.example`"),
        (acme("domains = ['10.0.0.1']\nterms_agreed = true"), "`10.0.0.1`"),
        (acme("domains = ['a.example']\nterms_agreed = true\ndirectory = 'http://a'"), "server.tls.acme.directory"),
        (acme("domains = ['a.example']\nterms_agreed = true\ncontact = ['ops@a']"), "server.tls.acme.contact"),
    ] {
        let refused = Config::parse(&text, Path::new("test.toml")).map(|_| ()).unwrap_err();
        let said = format!("{refused} {refused:?}");
        assert!(said.contains(expected), "{text}: {said}");
    }
    for text in [
        provider("base_url = 'http://models.example/v1'\ndanger_plaintext = true"),
        provider("base_url = 'http://localhost:11434/v1'"),
        acme("domains = ['a.example']\nterms_agreed = true"),
        format!("{tls}hsts_preload = true\nhsts_subdomains = true\nhsts_s = 31536000"),
    ] {
        Config::parse(&text, Path::new("test.toml")).unwrap_or_else(|error| panic!("{text}: {error} {error:?}"));
    }
}

#[tokio::test]
async fn doctor_tells_when_the_certificate_ends() {
    let (authority, data) = (Authority::new(), tempfile::tempdir().unwrap());
    authority.serve(data.path());
    let folder = data.path().display();
    let file = data.path().join("p.toml");
    let config = format!("[server.tls]\ncertificate = '{folder}/tls.pem'\nkey = '${{file:{folder}/tls.key}}'\n");
    std::fs::write(&file, config).unwrap();
    let doctor = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
        command.arg("--config").arg(&file).arg("--data").arg(data.path()).args(["doctor", "--json"]);
        let told: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
        told.as_array().unwrap().iter().find(|symptom| symptom["what"] == "TLS").unwrap().clone()
    };
    let told = doctor();
    assert_eq!(told["health"], "good", "{told}");
    assert!(told["says"].as_str().unwrap().contains("127.0.0.1 ends in "), "{told}");
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["gate.example".to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    std::fs::write(data.path().join("tls.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
    std::fs::write(data.path().join("tls.key"), key.serialize_pem()).unwrap();
    let told = doctor();
    assert_eq!(told["health"], "broken", "{told}");
}

#[tokio::test]
#[ignore = "takes a minute or two: `cargo xtask tls` installs testssl.sh and runs it"]
async fn testssl_finds_nothing_above_information() {
    let authority = Authority::new();
    let app = start(&authority, "hsts_subdomains = true\n").await;
    let (ca, found) = (app.data.path().join("authority.pem"), app.data.path().join("found.json"));
    std::fs::write(&ca, authority.0.pem()).unwrap();
    let mut testssl = Command::new("testssl");
    testssl.args(["--quiet", "--color", "0", "--warnings", "off", "--add-ca"]).arg(&ca).arg("--jsonfile").arg(&found);
    testssl.arg(app.base.trim_start_matches("http://"));
    tokio::task::spawn_blocking(move || testssl.output()).await.unwrap().expect("testssl.sh");
    let found: Vec<Value> = serde_json::from_slice(&std::fs::read(&found).unwrap()).unwrap();
    assert!(found.iter().any(|one| one["id"] == "TLS1_3"), "the scan came to its end");
    // A test's own certificate has no address for revocations and no end, and 127.0.0.1 no name server to ask.
    let ours = ["cert_revocation", "cert_validityPeriod", "DNS_CAArecord", "sessionresumption_ticket"];
    let bad: Vec<&Value> = found
        .iter()
        .filter(|one| !matches!(one["severity"].as_str(), Some("OK" | "INFO")))
        .filter(|one| !ours.iter().any(|id| one["id"] == *id))
        .collect();
    assert!(bad.is_empty(), "{bad:#?}");
}
