//! Attackers at the socket, one after the other, and each time the same question: is a client that behaves still served?
//!
//! The attackers come from other addresses of loopback than the client. Counts are asserted, never times: how fast the
//! client is served meanwhile is measured by `cargo xtask flood`.

mod attack;
mod measure;

use std::process::Stdio;
use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use tokio::task::JoinSet;

use crate::app::TestApp;
use crate::client;
use crate::raw::http2;
use crate::raw::{Raw, chat_over};
use crate::tls::{self, Authority};

/// Requests of the client that behaves, at least.
const HONEST: usize = 100;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const PRIORITY: u8 = 2;
/// Slow headers, slow bodies, slow reading, of as many connections as would take all that there are.
const SLOW: [&str; 3] = [
    "-H -c 150 -r 100 -i 2 -l 3 -u",
    "-B -c 150 -r 100 -i 2 -s 100000 -l 3 -u",
    "-X -c 150 -r 100 -w 1 -y 2 -n 2 -z 32 -k 3 -l 3 -u",
];
const ATTACKERS: [&str; 3] = ["127.0.0.71", "127.0.0.72", "127.0.0.73"];

/// A gateway that is quick to lose patience, and bans nobody, so that the attack goes on.
async fn start() -> TestApp {
    let limits =
        "[server.limits]\nper_address_max = 20\nhandshake_timeout_s = 1\nidle_timeout_s = 1\nstall_timeout_s = 1\n";
    let more = format!("{limits}[server.ban]\nenabled = false\n");
    TestApp::altered(&more, |config| {
        config.server.connections_max = 100;
        config.server.header_timeout_s = 1;
    })
    .await
}

/// Runs an attack from each address in so many connections, each so many times, and the client beside it for as long.
async fn under<F, A>(app: &TestApp, load: (usize, usize), attack: A) -> Served
where
    A: Fn(Raw) -> F + Clone + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let ask = async || {
        let mut honest = Raw::from(app, "127.0.0.1").await;
        honest.send(chat_over(&app.key, "")).await;
        honest.text().await.starts_with("HTTP/1.1 200")
    };
    beside(attackers(&app.base, load, attack), ask).await
}

/// An attack, under way.
fn attackers<F, A>(base: &str, (connections, times): (usize, usize), attack: A) -> JoinSet<()>
where
    A: Fn(Raw) -> F + Clone + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let mut attackers = JoinSet::new();
    for number in 0..connections * ATTACKERS.len() {
        let (base, attack) = (base.to_owned(), attack.clone());
        let address = ATTACKERS[number % ATTACKERS.len()];
        attackers.spawn(async move {
            // One that is turned away comes again at once.
            for _ in 0..times {
                if let Ok(raw) = Raw::connect(&base, address).await {
                    attack(raw).await;
                }
            }
        });
    }
    attackers
}

/// A client that asks for as long as the attack lasts.
async fn beside(mut attackers: JoinSet<()>, ask: impl AsyncFn() -> bool) -> Served {
    let mut served = Served::default();
    while !attackers.is_empty() || served.asked < HONEST {
        served.count(&ask).await;
        while let Some(ended) = attackers.try_join_next() {
            ended.unwrap();
        }
    }
    served
}

/// What became of the client that behaves.
#[derive(Default)]
struct Served {
    asked: usize,
    /// How long each request took that was served.
    times: Vec<Duration>,
    /// What the gateway took of a core meanwhile, where that was measured.
    cpu_percent: f64,
}

impl Served {
    /// Asks once more, and rests a little.
    async fn count(&mut self, ask: &impl AsyncFn() -> bool) {
        let begun = Instant::now();
        self.asked += 1;
        if ask().await {
            self.times.push(begun.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn assert_served(served: &Served) {
    let Served { asked, times, .. } = served;
    assert!(times.len() * 100 >= 99 * asked, "{} of {asked}", times.len());
}

/// What a metric counted for these reasons.
fn counted(metrics: &str, name: &str, whys: &[&str]) -> u64 {
    let count = |why: &&str| -> u64 {
        let line = format!("portcullis_{name}_total{{why=\"{why}\"}} ");
        metrics.lines().find_map(|text| text.strip_prefix(&line)).map_or(0, |count| count.parse().unwrap())
    };
    whys.iter().map(count).sum()
}

#[tokio::test]
async fn slow_headers_hold_no_place_for_long() {
    let app = start().await;
    assert_served(&under(&app, (30, 3), attack::slow_headers).await);
    let metrics = app.metrics().await;
    assert!(counted(&metrics, "connections_cut", &["slow_headers"]) >= 20, "{metrics}");
    assert!(counted(&metrics, "connections_turned", &["crowded"]) >= 10, "{metrics}");
}

#[tokio::test]
async fn connections_that_say_nothing_are_ended() {
    let app = start().await;
    assert_served(&under(&app, (30, 3), attack::silence).await);
    let mut half = Raw::from(&app, ATTACKERS[0]).await;
    half.send("PRI * HTTP/2").await;
    assert_eq!(half.text().await, "", "half of a preface");
    assert!(counted(&app.metrics().await, "connections_cut", &["idle"]) >= 20);
}

#[tokio::test]
async fn a_body_that_trickles_is_refused() {
    let app = start().await;
    let head = attack::long_body(&app.key);
    let again = head.clone();
    assert_served(&under(&app, (20, 3), move |raw| attack::trickle(raw, again.clone())).await);
    let mut slow = Raw::from(&app, ATTACKERS[0]).await;
    slow.send(head).await;
    let answer = slow.some().await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("request_timeout"), "{answer}");
}

#[tokio::test]
async fn who_asks_and_does_not_read_is_cut() {
    let app = start().await;
    assert_served(&under(&app, (1, 1), attack::unread).await);
    // An answer that waits in a buffer looks like silence; which of the two is noticed first does not matter.
    let metrics = app.metrics().await;
    assert!(counted(&metrics, "connections_cut", &["slow_reader", "slow_headers", "idle"]) >= 3, "{metrics}");
}

/// Runs a tool from a client's own address, and the client that behaves beside it until the tool has ended.
async fn under_tool(app: &TestApp, variable: &str, how: &str, path: &str) -> Option<Served> {
    let mut tool = std::process::Command::new(client::tool(variable)?);
    tool.args(how.split(' ')).arg(format!("{}{path}", app.base)).stdout(Stdio::null()).stderr(Stdio::null());
    let mut attackers = JoinSet::new();
    attackers.spawn_blocking(move || assert!(tool.status().is_ok(), "the tool starts"));
    let ask = async || {
        let mut honest = Raw::from(app, "127.0.0.99").await;
        honest.send(chat_over(&app.key, "")).await;
        honest.text().await.starts_with("HTTP/1.1 200")
    };
    Some(beside(attackers, ask).await)
}

#[tokio::test]
async fn slowhttptest_keeps_nobody_from_being_served() {
    let app = start().await;
    for how in SLOW {
        let Some(served) = under_tool(&app, "PORTCULLIS_TEST_SLOWHTTPTEST", how, "/v1/chat/completions").await else {
            return;
        };
        assert_served(&served);
    }
    let metrics = app.metrics().await;
    assert!(counted(&metrics, "connections_turned", &["crowded"]) >= 100, "{metrics}");
    assert!(counted(&metrics, "connections_cut", &["slow_headers", "idle", "slow_body"]) >= 20, "{metrics}");
}

#[tokio::test]
async fn h2load_keeps_nobody_from_being_served() {
    let app = start().await;
    let how = "-c 20 -m 50 -t 1 -D 3";
    let Some(served) = under_tool(&app, "PORTCULLIS_TEST_H2LOAD", how, "/v1/models").await else { return };
    assert_served(&served);
}

/// How an HTTP/2 attack of many frames ends: the client is served, and the connections are cut for what they are.
async fn check_flood(frames: Vec<u8>, rounds: usize) {
    let app = start().await;
    assert_served(&under(&app, (5, 5), move |raw| attack::frames(raw, frames.clone(), rounds)).await);
    let metrics = app.metrics().await;
    assert!(counted(&metrics, "connections_cut", &["flood", "protocol"]) >= 15, "{metrics}");
}

#[tokio::test]
async fn http2_rapid_resets_end_their_connection() {
    check_flood(attack::rapid_resets(), 1).await;
}

#[tokio::test]
async fn http2_continuations_without_end_end_their_connection() {
    check_flood(attack::continuations(false), 1).await;
    check_flood(attack::continuations(true), 1).await;
}

#[tokio::test]
async fn http2_control_frames_without_end_end_their_connection() {
    for (kind, stream, payload) in [(SETTINGS, 0, vec![]), (PING, 0, vec![7; 8]), (PRIORITY, 3, vec![0, 0, 0, 0, 9])] {
        check_flood(attack::control(kind, stream, payload), 100).await;
    }
}

#[tokio::test]
async fn an_hpack_bomb_is_refused_and_not_unpacked() {
    let app = start().await;
    let before = crate::fault::resident_kib();
    let served = under(&app, (5, 5), |mut raw| async move {
        raw.send([http2::opening(), attack::bomb()].concat()).await;
        assert!(!http2::statuses(&raw.rest().await).contains(&200), "it is not served");
    });
    assert_served(&served.await);
    let grown = crate::fault::resident_kib().saturating_sub(before);
    assert!(grown < 200 * 1024, "75 bombs of 46 MiB took {grown} KiB");
}

#[tokio::test]
async fn an_http2_client_that_gives_no_window_is_cut() {
    let app = start().await;
    assert_served(&under(&app, (5, 5), attack::no_window).await);
    assert!(counted(&app.metrics().await, "connections_cut", &["slow_reader"]) >= 15);
}

#[tokio::test]
async fn heads_that_are_too_large_are_refused_on_both_versions() {
    let app = start().await;
    let long = "a".repeat(9_000);
    let many: String = (0..101).map(|at| format!("X-{at}: 1\r\n")).collect();
    for (line, headers, expected) in [
        (format!("/v1/models?{long}"), String::new(), "414"),
        ("/v1/models".to_owned(), many, "431"),
        ("/v1/models".to_owned(), format!("X-A: {}\r\n", long.repeat(4)), "431"),
    ] {
        let mut raw = Raw::from(&app, ATTACKERS[0]).await;
        raw.send(format!("GET {line} HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n{headers}\r\n")).await;
        let answer = raw.text().await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {expected}")), "{answer}");
    }
}

#[tokio::test]
async fn a_compressed_body_is_refused_and_not_unpacked() {
    let app = start().await;
    let url = format!("{}/v1/chat/completions", app.base);
    for coding in ["gzip", "deflate", "br", "zstd", "gzip, gzip", "x-unknown"] {
        let reply = app.send(Method::POST, &url, Some(&app.key), &[("content-encoding", coding)], "{}").await;
        assert_eq!(reply.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{coding}");
        assert_eq!(reply.json()["error"]["code"], "unsupported_content_encoding");
    }
    let body = crate::app::chat("Say hello").to_string();
    let reply = app.send(Method::POST, &url, Some(&app.key), &[("content-encoding", "identity")], body).await;
    assert_eq!(reply.status, StatusCode::OK);
}

#[tokio::test]
async fn handshakes_that_stop_half_way_hold_no_place_for_long() {
    let authority = Authority::new();
    let more = "[server.limits]\nper_address_max = 20\nhandshake_timeout_s = 1\n[server.ban]\nenabled = false\n";
    let app = tls::start(&authority, more).await;
    let hello = attack::half_a_hello(authority.client(None));
    let ask = async || {
        tls::ask(&app, authority.client(None), tls::MODELS, &app.key, "")
            .await
            .is_ok_and(|reply| reply.status == StatusCode::OK)
    };
    let attackers = attackers(&app.base, (30, 3), move |raw| attack::said_and_waited(raw, hello.clone()));
    assert_served(&beside(attackers, ask).await);
    let metrics = app.metrics().await;
    assert!(counted(&metrics, "connections_cut", &["handshake"]) >= 20, "{metrics}");
    assert!(counted(&metrics, "connections_turned", &["crowded"]) >= 10, "{metrics}");
}
