//! What a flood of logins costs the prompts: the median time of a prompt while nobody logs in, and while a hundred
//! attempts a second arrive from many addresses for many accounts, each of which has to be hashed at cost 12 or shed.
//!
//! `cargo bench -p portcullis --bench login` starts the real binary before the obedient provider, measures in rounds of both
//! kinds, and prints the ratio of the medians. The load, the provider and the gateway share the machine's cores, so the
//! ratio is an upper bound; it says something on a machine without other work only.

#![allow(clippy::print_stdout, reason = "a bench speaks to its terminal")]

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use portcullis::cli::demo::provider;
use tokio::sync::Mutex;
use tokio::time::MissedTickBehavior;

const LOGINS_A_SECOND: u64 = 100;
const PROMPTS_A_SECOND: u64 = 50;
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(8);
/// What the plan asks for.
const RATIO_MAX: f64 = 1.3;
/// Made up, and of use here only.
const KEY: &str = "a-key-is-made-by-init";

struct Gateway {
    child: Child,
    base: String,
    key: String,
    _data: tempfile::TempDir,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr()).expect("a port").port()
}

fn portcullis(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.arg("-c").arg(folder.join("portcullis.toml")).arg("-d").arg(folder.join("data")).args(args);
    command.stdin(Stdio::null()).env_remove("PORTCULLIS_INIT_KEY");
    command
}

/// Starts the gateway, with throttles so wide that attempts reach the queue of hashes.
async fn start(provider: SocketAddr) -> Gateway {
    let data = tempfile::tempdir().expect("a folder");
    let port = free_port();
    std::fs::write(data.path().join("key"), KEY).expect("the provider's key");
    let config = format!(
        "[server]\nlisten = '127.0.0.1:{port}'\nadmin_listen = '127.0.0.1:{}'\n\
         [auth.throttle]\nspraying_failures = 1000000000\naddress_free = 100\n\
         [[provider]]\nname = 'open'\nkind = 'openai'\nbase_url = 'http://{provider}/v1'\nkey = '${{file:{}}}'\n\
         [[model]]\nname = 'm'\nprovider = 'open'\nupstream = 'demo'\n",
        free_port(),
        data.path().join("key").display()
    );
    std::fs::write(data.path().join("portcullis.toml"), config).expect("a configuration");
    run(portcullis(data.path(), &["init"]));
    let key = run(portcullis(data.path(), &["key", "create", "--name", "bench", "-q"])).trim().to_owned();
    let mut serve = portcullis(data.path(), &["serve"]);
    let child = serve.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the gateway starts");
    let gateway = Gateway { child, base: format!("http://127.0.0.1:{port}"), key, _data: data };
    for _ in 0..1_000 {
        if tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok() {
            return gateway;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the gateway does not listen");
}

fn run(mut command: Command) -> String {
    let output = command.output().expect("the command runs");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Prompts at a steady rate; their times in milliseconds.
async fn prompts(gateway: &Gateway) -> Vec<f64> {
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let body = r#"{"model":"m","messages":[{"role":"user","content":"Which planet has the most moons, and why?"}]}"#;
    let mut tick = tokio::time::interval(Duration::from_millis(1_000 / PROMPTS_A_SECOND));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (begun, mut times) = (Instant::now(), Vec::new());
    while begun.elapsed() < ROUND {
        tick.tick().await;
        let request = Request::post(format!("{}/v1/chat/completions", gateway.base))
            .header("authorization", format!("Bearer {}", gateway.key))
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from_static(body.as_bytes())))
            .expect("a request");
        let asked = Instant::now();
        let response = client.request(request).await.expect("an answer");
        assert!(response.status().is_success(), "{}", response.status());
        response.into_body().collect().await.expect("an answer to its end");
        times.push(asked.elapsed().as_secs_f64() * 1_000.0);
    }
    times
}

/// Attempts at a steady rate, whether or not they are answered, until it is dropped.
async fn logins(gateway: &Gateway, round: u64, statuses: Arc<Mutex<BTreeMap<u16, usize>>>) {
    let mut tick = tokio::time::interval(Duration::from_micros(1_000_000 / LOGINS_A_SECOND));
    let mut tasks = tokio::task::JoinSet::new();
    for number in round * 100_000.. {
        tick.tick().await;
        while tasks.try_join_next().is_some() {}
        let (url, statuses) = (format!("{}/auth/v1/login", gateway.base), statuses.clone());
        tasks.spawn(async move {
            let mut connector = HttpConnector::new();
            let ip = Ipv4Addr::new(127, 1, (number / 200 % 200) as u8, (number % 200 + 1) as u8);
            connector.set_local_address(Some(IpAddr::V4(ip)));
            let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
            let body = format!(r#"{{"email":"user{number}@example.com","password":"not the right one"}}"#);
            let request = Request::post(url).header("content-type", "application/json");
            let request = request.body(Full::new(Bytes::from(body))).expect("a request");
            let status = client.request(request).await.map_or(0, |response| response.status().as_u16());
            *statuses.lock().await.entry(status).or_default() += 1;
        });
    }
}

fn quantile(times: &mut [f64], at: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    times[((times.len() - 1) as f64 * at) as usize]
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let (address, _) = provider::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.expect("the provider");
    let gateway = start(address).await;
    prompts(&gateway).await;
    let (mut idle, mut loaded) = (Vec::new(), Vec::new());
    let statuses = Arc::new(Mutex::new(BTreeMap::new()));
    for round in 0..ROUNDS {
        let mut quiet = prompts(&gateway).await;
        let mut busy = tokio::select! {
            times = prompts(&gateway) => times,
            () = logins(&gateway, round as u64, statuses.clone()) => unreachable!("it goes on until it is dropped"),
        };
        println!(
            "round {round}: p50 {:.3} ms idle, {:.3} ms under load",
            quantile(&mut quiet, 0.5),
            quantile(&mut busy, 0.5)
        );
        idle.extend(quiet);
        loaded.extend(busy);
        // What is still hashed does not belong to the next round.
        tokio::time::sleep(Duration::from_secs(12)).await;
    }
    println!(
        "{} logins a second for {} s: {:?} (0: no answer)",
        LOGINS_A_SECOND,
        ROUND.as_secs() * ROUNDS as u64,
        statuses.lock().await
    );
    for (name, at) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
        let (idle, loaded) = (quantile(&mut idle, at), quantile(&mut loaded, at));
        println!("{name}: {idle:.3} ms idle, {loaded:.3} ms under load, ratio {:.2}", loaded / idle);
    }
    let ratio = quantile(&mut loaded, 0.5) / quantile(&mut idle, 0.5);
    println!("p50 ratio {ratio:.2}, the bar is {RATIO_MAX}: {}", if ratio <= RATIO_MAX { "met" } else { "MISSED" });
}
