//! Certificates from an ACME server: Pebble, which fails on purpose now and then.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};
use portcullis::api::https::certificate::Certificate;
use portcullis::api::https::pin::{Book, Pin, Set};
use rcgen::KeyPair;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::app::TestApp;
use crate::tls::{Authority, Shown};

const NAME: &str = "gate.example";
/// So many of a hundred good nonces are refused: every fourth order or so meets three in a row.
const NONCES_REFUSED: &str = "30";

/// Pebble, and the name server that it asks; ended with the test.
struct Pebble {
    children: Vec<Child>,
    directory: SocketAddr,
    management: SocketAddr,
    authority: Authority,
    folder: tempfile::TempDir,
}

fn free() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

impl Pebble {
    /// The Pebble that the runner installed; it looks for challenges at `port`.
    async fn start(port: u16) -> Option<Self> {
        Self::with(port, &json!({ "externalAccountBindingRequired": false })).await
    }

    /// With more settings.
    async fn with(port: u16, more: &Value) -> Option<Self> {
        let program = crate::client::tool("PORTCULLIS_TEST_PEBBLE")?;
        let (directory, management, names) = (free(), free(), free());
        let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
        let Shown { pem, key, .. } = authority.issue("127.0.0.1");
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("pebble.pem"), pem).unwrap();
        std::fs::write(at("pebble.key"), key.serialize_pem()).unwrap();
        std::fs::write(at("authority.pem"), authority.0.pem()).unwrap();
        let mut config = json!({
            "listenAddress": directory.to_string(),
            "managementListenAddress": management.to_string(),
            "certificate": at("pebble.pem"),
            "privateKey": at("pebble.key"),
            "httpPort": port,
            "tlsPort": 1,
            "ocspResponderURL": "",
        });
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        std::fs::write(at("pebble.json"), json!({ "pebble": config }).to_string()).unwrap();
        let quiet = |command: &mut Command| command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let names_server = quiet(
            Command::new(program.with_file_name("pebble-challtestsrv"))
                .args([
                    "-defaultIPv4",
                    "127.0.0.1",
                    "-defaultIPv6",
                    "",
                    "-http01",
                    "",
                    "-https01",
                    "",
                    "-tlsalpn01",
                    "",
                ])
                .args(["-dns01", &names.to_string(), "-management", &free().to_string()]),
        );
        let pebble = quiet(
            Command::new(program)
                .arg("-config")
                .arg(at("pebble.json"))
                .args(["-strict", "-dnsserver", &names.to_string()])
                .env("PEBBLE_VA_NOSLEEP", "1")
                .env("PEBBLE_AUTHZREUSE", "0")
                .env("PEBBLE_WFE_NONCEREJECT", NONCES_REFUSED),
        );
        let server = Self { children: vec![names_server, pebble], directory, management, authority, folder };
        for _ in 0..500 {
            if TcpStream::connect(server.management).await.is_ok() {
                return Some(server);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("Pebble does not listen");
    }

    /// The settings of a gateway that asks this server.
    fn settings(&self, redirect: SocketAddr) -> String {
        format!(
            "[server.tls]\nredirect_listen = '{redirect}'\n[server.tls.acme]\ndirectory = 'https://{}/dir'\n\
             directory_ca = '{}'\ncontact = ['mailto:ops@gate.example']\ndomains = ['{NAME}']\nterms_agreed = true\n",
            self.directory,
            self.folder.path().join("authority.pem").display()
        )
    }

    /// A client that trusts what this server issues.
    async fn client(&self) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        let pem = crate::tls::fetch(self.authority.client(None), &format!("https://{}/roots/0", self.management)).await;
        roots.add(CertificateDer::from_pem_slice(&pem).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        builder.with_root_certificates(roots).with_no_client_auth()
    }

    fn kill(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Pebble {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What the gateway shows to a client; nothing while the handshake fails.
async fn shown(app: &TestApp, client: &ClientConfig) -> Option<(Certificate, Vec<u8>)> {
    let stream = TcpStream::connect(app.base.trim_start_matches("http://")).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(client.clone()));
    let stream = connector.connect(NAME.try_into().unwrap(), stream).await.ok()?;
    let der = stream.get_ref().1.peer_certificates()?.first()?.to_vec();
    Some((Certificate::parse(&der)?, der))
}

/// Waits for the next certificate.
async fn next(app: &TestApp, client: &ClientConfig, before: &[u8]) -> (Certificate, Vec<u8>) {
    for _ in 0..600 {
        if let Some(found) = shown(app, client).await.filter(|(_, der)| der != before) {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no certificate came: {:?}", app.entries("certificate.refused").await);
}

/// Waits until so many tries came to nothing.
async fn refusals(app: &TestApp, count: usize) -> Vec<Value> {
    for _ in 0..600 {
        let found = app.entries("certificate.refused").await;
        if found.len() >= count {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{count} tries did not fail");
}

/// Long enough for any certificate to need renewal, in the middle of its last third.
fn pass_to_renewal(app: &TestApp, certificate: &Certificate) {
    let lifetime = certificate.not_after.duration_since(certificate.not_before);
    let now = portcullis::clock::Clock::now(&*app.clock);
    let to = certificate.not_before + lifetime * 3 / 4;
    app.clock.pass(to.duration_since(now).as_secs());
}

#[tokio::test]
async fn a_certificate_is_issued_at_the_start_and_renewed_in_time_with_the_same_key() {
    let redirect = free();
    let Some(pebble) = Pebble::start(redirect.port()).await else { return };
    let app = TestApp::with(&pebble.settings(redirect)).await;
    let client = pebble.client().await;
    let (first, der) = next(&app, &client, &[]).await;
    assert_eq!(first.names, [NAME]);

    let challenge = format!("{}/.well-known/acme-challenge/x", app.redirect());
    assert_eq!(app.send(Method::GET, &challenge, None, &[], "").await.status, StatusCode::NOT_FOUND);
    use std::os::unix::fs::PermissionsExt as _;
    for file in ["acme", "acme/account.json", "acme/key.pem", "acme/served.pem"] {
        let mode = std::fs::metadata(app.data.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file}");
    }

    pass_to_renewal(&app, &first);
    let (second, der) = next(&app, &client, &der).await;
    assert_eq!(second.pin, first.pin, "pins hold over a renewal");
    assert_eq!(app.entries("certificate.issued").await.len(), 2);

    // A reload reads what was issued.
    app.app().reload("test").await.unwrap();
    assert_eq!(shown(&app, &client).await.unwrap().1, der);
}

#[tokio::test]
async fn by_tls_alpn_01_a_certificate_is_issued_without_another_port_and_nothing_of_the_challenge_stays() {
    let port = free().port();
    let only_tls = json!({ "externalAccountBindingRequired": false, "tlsPort": port });
    let Some(pebble) = Pebble::with(1, &only_tls).await else { return };
    let settings = pebble.settings(free());
    let (_, settings) = settings.split_once("redirect_listen").unwrap();
    let (_, settings) = settings.split_once('\n').unwrap();
    let app = TestApp::at(port, &format!("[server.tls]\n{settings}challenge = 'tls-alpn-01'\n")).await;
    let client = pebble.client().await;
    let (first, der) = next(&app, &client, &[]).await;
    assert_eq!(first.names, [NAME]);
    let mut late = client.clone();
    late.alpn_protocols = vec![b"acme-tls/1".to_vec()];
    assert!(shown(&app, &late).await.is_none(), "who comes for a challenge when there is none is refused");
    pass_to_renewal(&app, &first);
    let (second, _) = next(&app, &client, &der).await;
    assert_eq!(second.pin, first.pin);
}

#[tokio::test]
async fn while_the_server_fails_the_old_certificate_stays_and_tries_wait() {
    let redirect = free();
    let Some(mut pebble) = Pebble::start(redirect.port()).await else { return };
    let app = TestApp::with(&pebble.settings(redirect)).await;
    let client = pebble.client().await;
    let (first, der) = next(&app, &client, &[]).await;
    pebble.kill();
    pass_to_renewal(&app, &first);
    app.clock.stop();
    let failed = refusals(&app, 1).await;
    assert_eq!(failed[0]["detail"]["failures"], 1, "{failed:?}");
    assert_eq!(shown(&app, &client).await.unwrap().1, der);

    // Nothing happens before its time, however often is looked.
    for _ in 0..3 {
        app.app().renew_certificate().await.unwrap();
    }
    app.clock.pass(5 * 60 - 1);
    app.app().renew_certificate().await.unwrap();
    app.clock.pass(1);
    let failed = refusals(&app, 2).await;
    assert_eq!((failed.len(), &failed[0]["detail"]["failures"]), (2, &json!(2)));
    assert_eq!(shown(&app, &client).await.unwrap().1, der);
}

#[tokio::test]
async fn a_name_that_is_not_ours_gets_no_certificate_and_no_handshake() {
    let (redirect, elsewhere) = (free(), free());
    let Some(pebble) = Pebble::start(elsewhere.port()).await else { return };
    let app = TestApp::with(&pebble.settings(redirect)).await;
    let failed = refusals(&app, 1).await;
    let client = pebble.client().await;
    assert!(shown(&app, &client).await.is_none(), "without a certificate there is no answer");
    crate::https::shows(&app, "portcullis_tls_handshakes_failed_total{reason=\"unready\"} 1").await;
    assert!(!failed[0]["detail"]["why"].to_string().contains("PRIVATE"), "{failed:?}");
    assert!(app.data.path().join("acme/schedule.json").exists() && !app.data.path().join("acme/served.pem").exists());
}

#[tokio::test]
async fn another_key_is_taken_over_when_it_is_in_the_published_pins_and_refused_when_not() {
    let redirect = free();
    let Some(pebble) = Pebble::start(redirect.port()).await else { return };
    let app = TestApp::with(&pebble.settings(redirect)).await;
    let client = pebble.client().await;
    let (first, der) = next(&app, &client, &[]).await;
    let (backup, foreign) =
        (KeyPair::generate().unwrap().serialize_pem(), KeyPair::generate().unwrap().serialize_pem());
    let set = Set {
        id: String::new(),
        host: NAME.to_owned(),
        pins: vec![first.pin.clone(), Pin::of_key(&backup.clone().into()).unwrap()],
        published_at: first.not_before,
        until: None,
        retired_at: None,
    };
    Book::open(app.data.path()).unwrap().publish(set).unwrap();

    let key = app.data.path().join("acme/key.pem");
    std::fs::write(&key, foreign).unwrap();
    let failed = refusals(&app, 1).await;
    assert!(failed[0]["detail"]["why"].to_string().contains("pins_1"), "{failed:?}");
    assert_eq!(shown(&app, &client).await.unwrap().1, der, "the old one stays");
    app.app().reload("test").await.unwrap();

    std::fs::write(&key, &backup).unwrap();
    app.clock.pass(5 * 60);
    let (second, _) = next(&app, &client, &der).await;
    assert_eq!(second.pin, Pin::of_key(&backup.into()).unwrap());
}

#[tokio::test]
async fn where_the_server_asks_for_it_the_account_is_bound_to_one_at_its_operator() {
    let (redirect, key) = (free(), "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W");
    let required = json!({ "externalAccountBindingRequired": true, "externalAccountMACKeys": { "kid-1": key } });
    let Some(pebble) = Pebble::with(redirect.port(), &required).await else { return };
    let app = TestApp::with(&pebble.settings(redirect)).await;
    refusals(&app, 1).await;
    app.stop().await;

    let file = pebble.folder.path().join("account.key");
    std::fs::write(&file, key).unwrap();
    let account = format!("external_account = {{ id = 'kid-1', key = '${{file:{}}}' }}\n", file.display());
    let app = TestApp::with(&format!("{}{account}", pebble.settings(redirect))).await;
    next(&app, &pebble.client().await, &[]).await;
}
