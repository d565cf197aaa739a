//! The way out: what somebody may try to make the gateway connect to, and where a name may lead.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::{Method, StatusCode, Uri};
use portcullis::config::Config;
use portcullis::infra::mail::{Letter, outbox};
use portcullis::infra::network::egress::host::Host;
use portcullis::infra::network::egress::{Egress, EgressError, Found, Reach, Resolve, Target};
use portcullis::infra::outbound::{Ask, Outbound};
use serde_json::json;
use tokio::net::TcpListener;

use crate::app::TestApp;
use crate::listener::Listener;

/// A resolver that answers every question otherwise: the next of its answers, and the last one for ever.
#[derive(Debug)]
struct Liar {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    asked: AtomicUsize,
}

impl Liar {
    fn saying(answers: &[&[&str]]) -> Arc<Self> {
        let answer = |ips: &&[&str]| ips.iter().map(|ip| ip.parse().unwrap()).collect();
        Arc::new(Self { answers: Mutex::new(answers.iter().map(answer).collect()), asked: AtomicUsize::new(0) })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Resolve for Liar {
    fn resolve<'f>(&'f self, _: &'f Host, port: u16) -> Found<'f> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        let found = answer.unwrap_or_default().into_iter().map(|ip| SocketAddr::new(ip, port)).collect();
        Box::pin(async move { Ok::<_, io::Error>(found) })
    }
}

fn config(lines: &str) -> Config {
    Config::parse(lines, Path::new("test.toml")).unwrap()
}

/// The way out of a configuration that names `https://model.example` as a provider.
fn way(resolver: Arc<Liar>, lines: &str) -> Arc<Egress> {
    let provider = "[[provider]]\nname = 'up'\nkind = 'openai'\nbase_url = 'https://model.example/v1'\n";
    Arc::new(Egress::new(config(&format!("{lines}\n{provider}")).egress_rules()).resolved_by(resolver))
}

fn target(text: &str) -> Target {
    Target::of(&format!("https://{text}/").parse::<Uri>().unwrap()).unwrap()
}

async fn outcome(egress: &Egress, host: &str, reach: Reach) -> String {
    match egress.addresses(&target(host), reach).await {
        Ok(addresses) => format!("{addresses:?}"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn a_name_that_leads_to_an_address_which_is_not_public_is_refused() {
    for ip in [
        "127.0.0.1",
        "10.0.0.7",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "168.63.129.16",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "fe80::1",
        "fd00:ec2::254",
        "ff02::1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1",
        "2002:a9fe:a9fe::",
        "2001::1",
    ] {
        let egress = way(Liar::saying(&[&[ip]]), "");
        let said = outcome(&egress, "model.example", Reach::Configured).await;
        assert!(said.contains("egress.allow_networks"), "{ip}: {said}");
        let mixed = way(Liar::saying(&[&["93.184.216.34", ip]]), "");
        let said = outcome(&mixed, "model.example", Reach::Configured).await;
        assert!(said.contains("egress.allow_networks"), "beside a public one, {ip}: {said}");
    }
    let egress = way(Liar::saying(&[&["93.184.216.34"]]), "");
    assert_eq!(outcome(&egress, "model.example", Reach::Configured).await, "[93.184.216.34:443]");
    let crowd = vec!["93.184.216.34"; 33];
    let said = outcome(&way(Liar::saying(&[&crowd]), ""), "model.example", Reach::Configured).await;
    assert!(said.contains("more than 32"), "{said}");
}

#[tokio::test]
async fn a_listed_network_is_for_hosts_that_somebody_listed_and_never_hands_out_credentials() {
    let check = async |lines: &str, ip: &str, (host, reach): (&str, Reach), expected: bool| {
        let egress = way(Liar::saying(&[&[ip]]), lines);
        let said = outcome(&egress, host, reach).await;
        assert_eq!(said.starts_with('['), expected, "{lines} {ip} {host} {reach:?}: {said}");
    };
    let (model, app) = (("model.example", Reach::Configured), ("app.example", Reach::Listed));
    let ten = "egress.allow_networks = ['10.0.0.0/8']";
    check(ten, "10.0.0.7", model, true).await;
    check(ten, "::ffff:10.0.0.7", model, true).await;
    check(ten, "192.168.0.1", model, false).await;
    check(ten, "10.0.0.7", app, false).await;
    check(&format!("{ten}\negress.allow = ['*']"), "10.0.0.7", app, false).await;
    check(&format!("{ten}\negress.allow = ['*']"), "93.184.216.34", app, true).await;
    check(&format!("{ten}\negress.allow = ['*', '*.example']"), "10.0.0.7", app, true).await;
    check(&format!("{ten}\negress.allow = ['app.example']"), "10.0.0.7", app, true).await;
    check(&format!("{ten}\negress.allow = ['app.example:8443']"), "10.0.0.7", app, false).await;
    check(ten, "10.0.0.7", ("app.example", Reach::Registered), false).await;
    // Metadata services need a line of their own.
    let local = "egress.allow_networks = ['169.254.0.0/16', 'fd00::/8', '64:ff9b::/96']";
    check(local, "169.254.1.1", model, true).await;
    check(local, "169.254.169.254", model, false).await;
    check(local, "fd00:ec2::254", model, false).await;
    check(local, "64:ff9b::a9fe:a9fe", model, false).await;
    check(local, "64:ff9b::a00:1", model, false).await;
    check(local, "64:ff9b::5db8:d822", model, true).await;
    check("egress.allow_networks = ['169.254.169.254']", "169.254.169.254", model, true).await;
}

#[tokio::test]
async fn strangers_lead_to_listed_hosts_alone_and_not_to_those_of_the_configuration() {
    let public = Liar::saying(&[&["93.184.216.34"]]);
    let egress = way(public.clone(), "telemetry.otlp_endpoint = 'http://127.0.0.1:4318'");
    for host in ["model.example", "app.example", "127.0.0.1:4318", "93.184.216.34", "[::1]"] {
        let said = outcome(&egress, host, Reach::Listed).await;
        assert!(said.contains("egress.allow = ["), "{host}: {said}");
    }
    assert_eq!(public.asked(), 0, "nobody is asked for the addresses of a host that nobody listed");
    // Its own host and port, and nothing beside them.
    for (host, expected) in [("127.0.0.1:4318", true), ("127.0.0.1:6379", false), ("model.example:8443", false)] {
        let said = outcome(&egress, host, Reach::Configured).await;
        assert_eq!(said.starts_with('['), expected, "{host}: {said}");
    }
    let said = outcome(&way(public, "egress.allow = ['*']"), "127.0.0.1", Reach::Listed).await;
    assert!(said.contains("not a public address"), "{said}");
}

#[tokio::test]
async fn dns_rebinding_the_address_that_was_looked_at_is_the_one_that_is_dialled() {
    let good = Listener::saying(200).await;
    let port = good.base.rsplit_once(':').unwrap().1.to_owned();
    let evil = TcpListener::bind(format!("127.0.0.2:{port}")).await.unwrap();
    let liar = Liar::saying(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let lines = format!("egress.allow = ['rebind.example:{port}']\negress.allow_networks = ['127.0.0.1']");
    let egress = way(liar.clone(), &lines);
    let outbound = Outbound::new(egress);
    // TLS fails, since the listener speaks none; what matters is where the connection went.
    let uri = format!("https://rebind.example:{port}/");
    assert!(outbound.ask(ask(&uri)).await.unwrap_err().to_string().contains("cannot be reached"));
    assert_eq!(liar.asked(), 1, "one look, no second one that could say something else");
    // The next connection is looked at anew, and refused.
    assert!(outbound.ask(ask(&uri)).await.unwrap_err().to_string().contains("private network"));
    let came = tokio::time::timeout(Duration::from_millis(50), evil.accept()).await;
    assert!(came.is_err(), "nobody came where the name led afterwards");
}

fn ask(uri: &str) -> Ask<'_> {
    let timeout = Duration::from_secs(5);
    Ask { method: Method::GET, uri, body: String::new(), reach: Reach::Listed, bytes_max: 1_024, timeout }
}

#[tokio::test]
async fn a_provider_whose_name_leads_inside_is_not_asked_and_the_operator_learns_which_setting_it_needs() {
    let port = AtomicUsize::new(0);
    let named = |config: &mut Config| {
        let provider = &mut config.providers[0];
        port.store(provider.base_url.parse::<Uri>().unwrap().port_u16().unwrap().into(), Ordering::SeqCst);
        provider.base_url = provider.base_url.replace("127.0.0.1", "model.example");
    };
    let app = TestApp::resolved_by(Liar::saying(&[&["127.0.0.1"]]), "", named).await;
    let reply = app.chat("hello").await;
    assert_eq!(
        (reply.status, &reply.json()["error"]["code"]),
        (StatusCode::BAD_GATEWAY, &json!("upstream_not_allowed"))
    );
    assert!(!reply.text().contains("127.0.0.1") && !reply.text().contains("model.example"), "{}", reply.text());
    assert_eq!(app.reached().await, json!([]), "and no retry came through");
    let entries = app.entries("egress.refused").await;
    assert_eq!(entries.len(), 1);
    let detail = &entries[0]["detail"];
    let target = format!("model.example:{}", port.load(Ordering::SeqCst));
    assert_eq!((&detail["why"], &detail["address"]), (&json!("private"), &json!("127.0.0.1")), "{detail}");
    assert_eq!((&detail["target"], &detail["named_by"]), (&json!(target), &json!("configured")), "{detail}");
    let metrics = app.metrics().await;
    assert!(metrics.contains("egress_refused_total{why=\"private\"} 1"), "{metrics}");
    let lines = "egress.allow_networks = ['127.0.0.0/8']";
    let app = TestApp::resolved_by(Liar::saying(&[&["127.0.0.1"]]), lines, named).await;
    assert_eq!(app.chat("hello").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_redirect_is_never_followed() {
    let inner = Listener::saying(200).await;
    let to = inner.base.clone();
    let site = Listener::start(move |_| {
        Response::builder()
            .status(307)
            .header("location", format!("{to}/v1/chat/completions"))
            .body(Body::empty())
            .unwrap()
    });
    let site = site.await;
    // A provider.
    let base = format!("{}/v1", site.base);
    let app = TestApp::altered("egress.allow = ['127.0.0.1']", |config| config.providers[0].base_url = base).await;
    let reply = app.chat("hello").await;
    assert!(!reply.status.is_success() && reply.header("location").is_empty(), "{} {}", reply.status, reply.text());
    assert_eq!(site.heard().len(), 1);
    // What a stranger named.
    let rules = config("egress.allow = ['127.0.0.1']").egress_rules();
    let answer = Outbound::new(Arc::new(Egress::new(rules))).ask(ask(&site.base)).await.unwrap();
    assert_eq!(answer.status, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!((site.heard().len(), inner.heard().len()), (2, 0));
}

#[tokio::test]
async fn a_mail_server_is_looked_at_like_everybody_else() {
    let config = config("mail.smtp = 'smtp://mail.example'");
    let egress = Egress::new(config.egress_rules()).resolved_by(Liar::saying(&[&["10.0.0.25"]]));
    let letter = Letter { to: "ada@example.com".into(), subject: "A link", text: "x".into() };
    let error = outbox(&config.mail, &Arc::new(egress)).unwrap().send(letter).await.unwrap_err();
    let cause = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<EgressError>());
    assert!(matches!(cause, Some(EgressError::Private { .. })), "{error:?}");
}

#[tokio::test]
async fn what_clients_register_is_asked_only_where_it_is_listed() {
    let inner = Listener::saying(200).await;
    let app = TestApp::with(&format!("telemetry.otlp_endpoint = '{}'", inner.base)).await;
    let outbound = Outbound::new(Arc::new(Egress::new(app.config.egress_rules())));
    for uri in [inner.base.as_str(), app.provider.as_str(), "https://app.example/logout"] {
        let said = outbound.ask(ask(uri)).await.unwrap_err().to_string();
        assert!(said.contains("egress.allow"), "{uri}: {said}");
    }
    assert!(inner.heard().is_empty());
}

#[test]
fn settings_that_would_open_everything_or_nothing_are_refused() {
    for (lines, expected) in [
        ("egress.allow_networks = ['0.0.0.0/0']", "egress.allow_networks[0]: 0.0.0.0/0 would let names lead anywhere"),
        ("egress.allow_networks = ['::/0']", "egress.allow_networks[0]: ::/0 would let names lead anywhere"),
        ("egress.allow_networks = ['10.0.0.1/8']", "10.0.0.0/8"),
        ("egress.allow = ['127.1']", "must be a host"),
        ("egress.allow = ['https://a.example']", "must be a host"),
        ("telemetry.otlp_endpoint = 'https://0x7f.1'", "telemetry.otlp_endpoint: `0x7f.1` is not a plain host"),
        ("mail.smtp = 'smtp://2130706433'", "mail.smtp"),
    ] {
        let error = Config::parse(lines, Path::new("test.toml")).unwrap_err().to_string();
        assert!(error.contains(expected), "{lines}: {error}");
    }
}

#[tokio::test]
async fn doctor_connects_as_the_gateway_would_and_says_what_clients_need() {
    let site = Listener::saying(200).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("portcullis.toml");
    let doctor = |lines: &str| {
        let more = "auth.public_url = 'https://gate.example'\nauth.oauth.client_documents = true";
        std::fs::write(&file, format!("{more}\n{lines}\ntelemetry.otlp_endpoint = '{}'\n", site.base)).unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_portcullis"));
        command.arg("--config").arg(&file).arg("--data").arg(folder.path().join("data")).args(["doctor", "--json"]);
        let found: serde_json::Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
        let says = |what: &str| found.as_array().unwrap().iter().find(|one| one["what"] == what).cloned().unwrap();
        (says("telemetry.otlp_endpoint"), says("egress"))
    };
    let (collector, egress) = doctor("");
    assert_eq!(collector["health"], "good", "{collector}");
    assert_eq!(egress["health"], "warning", "{egress}");
    assert!(egress["says"].as_str().unwrap().contains("egress.allow"), "{egress}");
    let (_, egress) = doctor("egress.allow = ['*.partner.example']\negress.allow_networks = ['10.0.0.0/8']");
    assert_eq!(
        (&egress["health"], &egress["says"]),
        (&json!("good"), &json!("besides what is configured: *.partner.example, 10.0.0.0/8"))
    );
}
