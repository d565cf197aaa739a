//! TLS on the data plane: what is refused, what a reload takes over, and tokens that are bound to a certificate.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use portcullis::auth::jwt::binding::Binding;
use portcullis::auth::session::NewSession;
use portcullis::config::Config;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore};
use serde_json::json;

use crate::app::{Reply, TestApp, ada};

pub(crate) struct Authority(pub(crate) CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key.
pub(crate) struct Shown {
    pub(crate) der: CertificateDer<'static>,
    pub(crate) pem: String,
    pub(crate) key: KeyPair,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        // Some clients take a certificate with the name of its issuer for one that signed itself.
        params.distinguished_name.push(DnType::CommonName, "authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn issue(&self, name: &str) -> Shown {
        self.issue_for(KeyPair::generate().unwrap(), name)
    }

    pub(crate) fn issue_for(&self, key: KeyPair, name: &str) -> Shown {
        let certificate = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &self.0).unwrap();
        Shown { der: certificate.der().clone(), pem: certificate.pem(), key }
    }

    /// Puts a certificate for 127.0.0.1 and its key where the gateway reads them.
    pub(crate) fn serve(&self, folder: &Path) -> Shown {
        let shown = self.issue("127.0.0.1");
        std::fs::write(folder.join("tls.pem"), &shown.pem).unwrap();
        std::fs::write(folder.join("tls.key"), shown.key.serialize_pem()).unwrap();
        shown
    }

    pub(crate) fn client(&self, own: Option<&Shown>) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let builder = builder.with_root_certificates(roots);
        match own {
            None => builder.with_no_client_auth(),
            Some(own) => {
                let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(own.key.serialize_der()));
                builder.with_client_auth_cert(vec![own.der.clone()], key).unwrap()
            }
        }
    }
}

/// A gateway with TLS from files in its data folder.
pub(crate) async fn start(authority: &Authority, more: &str) -> TestApp {
    let data = tempfile::tempdir().unwrap();
    authority.serve(data.path());
    std::fs::write(data.path().join("clients.pem"), authority.0.pem()).unwrap();
    let folder = data.path().display().to_string();
    let tls = format!(
        "\n[server.tls]\ncertificate = '{folder}/tls.pem'\nkey = '${{file:{folder}/tls.key}}'\n{}",
        more.replace("FOLDER", &folder)
    );
    TestApp::on(data, &tls).await
}

/// Asks over TLS; the error of a handshake or of a connection that was ended.
pub(crate) async fn ask(
    app: &TestApp,
    client: ClientConfig,
    asked: (Method, &str),
    token: &str,
    body: &str,
) -> Result<Reply, String> {
    let bearer = format!("Bearer {token}");
    ask_with(app, client, asked, &[("authorization", &bearer), ("content-type", "application/json")], body).await
}

/// As [`ask`], with these headers and no others.
pub(crate) async fn ask_with(
    app: &TestApp,
    client: ClientConfig,
    asked: (Method, &str),
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Reply, String> {
    let connector =
        HttpsConnectorBuilder::new().with_tls_config(client).https_only().enable_http1().enable_http2().build();
    let address = app.base.replace("http://", "https://");
    let mut request = Request::builder().method(asked.0).uri(format!("{address}{}", asked.1));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let client = Client::builder(TokioExecutor::new()).build(connector);
    let response = client.request(request.body(Full::new(Bytes::from(body.to_owned()))).unwrap()).await;
    let (parts, body) = response.map_err(|error| format!("{error:?}"))?.into_parts();
    let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
    Ok(Reply { status: parts.status, headers: parts.headers, body })
}

/// What an address over TLS answers.
pub(crate) async fn fetch(client: ClientConfig, address: &str) -> Bytes {
    let connector = HttpsConnectorBuilder::new().with_tls_config(client).https_only().enable_http1().build();
    let client = Client::builder(TokioExecutor::new()).build(connector);
    let response = client.request(Request::get(address).body(Full::new(Bytes::new())).unwrap()).await.unwrap();
    response.into_body().collect().await.unwrap().to_bytes()
}

pub(crate) const MODELS: (Method, &str) = (Method::GET, "/v1/models");

#[tokio::test]
async fn api_https_tls_serves_1_3_with_the_hybrid_key_exchange_and_nothing_older() {
    let authority = Authority::new();
    let app = start(&authority, "").await;
    assert_eq!(ask(&app, authority.client(None), MODELS, &app.key, "").await.unwrap().status, StatusCode::OK);

    let address = app.base.trim_start_matches("http://").to_owned();
    let stream = tokio::net::TcpStream::connect(&address).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(authority.client(None)));
    let stream = connector.connect("127.0.0.1".try_into().unwrap(), stream).await.unwrap();
    let connection = stream.get_ref().1;
    assert_eq!(connection.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));
    let group = connection.negotiated_key_exchange_group().unwrap().name();
    assert_eq!(group, rustls::NamedGroup::X25519MLKEM768);

    let older = tokio::task::spawn_blocking(move || {
        let mut openssl = Command::new("openssl");
        openssl.args(["s_client", "-connect", &address, "-tls1_2"]).stdin(std::process::Stdio::null());
        openssl.output().expect("openssl, which the test command installs")
    });
    let older = older.await.unwrap();
    let said = String::from_utf8_lossy(&older.stderr).into_owned();
    assert!(!older.status.success() && said.contains("alert"), "{said}");
}

#[tokio::test]
async fn who_speaks_plainly_to_tls_is_not_answered() {
    let app = start(&Authority::new(), "").await;
    let (mut stream, mut got) =
        (tokio::net::TcpStream::connect(app.base.trim_start_matches("http://")).await.unwrap(), Vec::new());
    tokio::io::AsyncWriteExt::write_all(&mut stream, b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut got).await;
    assert!(!got.starts_with(b"HTTP"), "{got:?}");
}

#[tokio::test]
async fn api_https_hsts_is_said_over_tls_only() {
    let authority = Authority::new();
    let app = start(&authority, "hsts_subdomains = true\nhsts_preload = true\n").await;
    let reply = ask(&app, authority.client(None), MODELS, &app.key, "").await.unwrap();
    assert_eq!(reply.header("strict-transport-security"), "max-age=63072000; includeSubDomains; preload");
    let plain = TestApp::start().await;
    let reply = plain.send(Method::GET, &format!("{}/v1/models", plain.base), Some(&plain.key), &[], "").await;
    assert!(!reply.headers.contains_key("strict-transport-security"));
}

#[tokio::test]
async fn a_reload_takes_a_new_certificate_over_and_keeps_the_last_good_one() {
    let (first, second) = (Authority::new(), Authority::new());
    let app = start(&first, "").await;
    second.serve(app.data.path());
    let old = ask(&app, first.client(None), MODELS, &app.key, "").await;
    assert!(old.is_ok(), "nothing changes before the reload: {old:?}", old = old.err());
    app.app().reload("test").await.unwrap();
    assert!(ask(&app, first.client(None), MODELS, &app.key, "").await.is_err());
    assert!(ask(&app, second.client(None), MODELS, &app.key, "").await.is_ok());

    std::fs::write(app.data.path().join("tls.key"), KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let refused = app.app().reload("test").await.unwrap_err().to_string();
    assert!(refused.contains("server.tls"), "{refused}");
    assert!(ask(&app, second.client(None), MODELS, &app.key, "").await.is_ok());
}

#[tokio::test]
async fn a_token_bound_to_a_certificate_is_of_no_use_without_it() {
    let authority = Authority::new();
    let app = start(&authority, "client_ca = 'FOLDER/clients.pem'\n").await;
    let (own, other) = (authority.issue("client"), authority.issue("thief"));
    let issued = app.login_as(NewSession { binding: Some(Binding::to_certificate(&own.der)), ..ada() }).await;

    let with = async |shown: Option<&Shown>| {
        ask(&app, authority.client(shown), MODELS, &issued.access_token, "").await.unwrap().status
    };
    assert_eq!(with(Some(&own)).await, StatusCode::OK);
    assert_eq!(with(Some(&other)).await, StatusCode::UNAUTHORIZED);
    assert_eq!(with(None).await, StatusCode::UNAUTHORIZED);

    // A refresh needs it too, and what it brings is bound again.
    let body = json!({ "refresh_token": issued.refresh_token }).to_string();
    let refresh = async |shown: &Shown| {
        ask(&app, authority.client(Some(shown)), (Method::POST, "/auth/v1/token/refresh"), "", &body).await.unwrap()
    };
    assert_eq!(refresh(&other).await.status, StatusCode::BAD_REQUEST);
    let again = refresh(&own).await;
    assert_eq!(again.status, StatusCode::OK, "{}", again.text());
    let next = again.json()["access_token"].as_str().unwrap().to_owned();
    let models =
        async |shown: Option<&Shown>| ask(&app, authority.client(shown), MODELS, &next, "").await.unwrap().status;
    assert_eq!((models(Some(&own)).await, models(None).await), (StatusCode::OK, StatusCode::UNAUTHORIZED));
}

#[tokio::test]
async fn every_connection_of_a_client_shows_its_certificate_anew() {
    let authority = Authority::new();
    let app = start(&authority, "client_ca = 'FOLDER/clients.pem'\n").await;
    let own = authority.issue("client");
    let client = Arc::new(authority.client(Some(&own)));
    for _ in 0..3 {
        let stream = tokio::net::TcpStream::connect(app.base.trim_start_matches("http://")).await.unwrap();
        let connector = tokio_rustls::TlsConnector::from(client.clone());
        let mut stream = connector.connect("127.0.0.1".try_into().unwrap(), stream).await.unwrap();
        // A ticket would come before the answer.
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            .await
            .unwrap();
        tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut Vec::new()).await.unwrap();
        assert_eq!(stream.get_ref().1.handshake_kind(), Some(rustls::HandshakeKind::Full));
    }
}

#[tokio::test]
async fn certificates_of_clients_are_from_the_authority_and_there_when_they_must_be() {
    let authority = Authority::new();
    let app = start(&authority, "client_ca = 'FOLDER/clients.pem'\nclient_required = true\n").await;
    let (own, foreign) = (authority.issue("client"), Authority::new().issue("client"));
    assert!(ask(&app, authority.client(Some(&own)), MODELS, &app.key, "").await.is_ok());
    assert!(ask(&app, authority.client(Some(&foreign)), MODELS, &app.key, "").await.is_err());
    assert!(ask(&app, authority.client(None), MODELS, &app.key, "").await.is_err());
}

#[test]
fn plaintext_beyond_loopback_and_halves_of_settings_are_refused() {
    let check = |text: &str, expected: &str| {
        let refused = Config::parse(text, Path::new("test.toml")).map(|_| ()).unwrap_err();
        let said = format!("{refused} {refused:?}");
        assert!(said.contains(expected), "{said}");
    };
    check("[server]\nlisten = '0.0.0.0:8080'", "server.danger_plaintext");
    let tls = "[server.tls]\ncertificate = 'a'\nkey = '${file:b}'\n";
    check(&format!("{tls}client_required = true"), "server.tls.client_required");
    check(&format!("{tls}hsts_preload = true"), "server.tls.hsts_preload");
    check("[server.tls]\ncertificate = 'a'\nkey = 'b'", "reference");
    assert!(Config::parse("[server]\nlisten = '0.0.0.0:8080'\ndanger_plaintext = true", Path::new("t")).is_ok());
}
