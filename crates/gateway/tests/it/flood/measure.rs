//! How long a client waits while a released gateway, with the limits that it is shipped with, is attacked.
//!
//! `cargo xtask flood` builds it and runs this. Slow attacks come from loopback, whose addresses are never banned by themselves, so
//! that each goes on for its whole time. Floods come twice: so, as from ever new addresses, and from addresses that are banned
//! as those of strangers are. The gateway, the attackers, the provider and the client share the machine's cores, where attackers
//! would have their own: so they are a process of their own, at the lowest priority. What is measured is an upper bound, and
//! beside it stands what the gateway itself took of a core.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use portcullis::cli::demo::provider;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;

use super::{PING, SETTINGS, Served, attack};
use crate::client::free_port;
use crate::raw::{Raw, chat_over};
use crate::tls::Authority;

/// How long each attack lasts.
const ATTACK: Duration = Duration::from_secs(8);
/// Where the client comes from: an address of its own, as clients have.
const CLIENT: &str = "127.0.0.99";
/// What the plan asks for.
const RATIO_MAX: f64 = 2.0;
const SERVED_MIN_PERCENT: usize = 99;

/// The released program, running.
struct Gateway {
    child: Child,
    base: String,
    key: String,
    /// Whose certificate it shows, where it has one.
    authority: Option<Authority>,
    _data: tempfile::TempDir,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Gateway {
    /// Starts with the shipped settings and these, and TLS by this authority.
    async fn start(provider: SocketAddr, more: &str, authority: Option<&Authority>) -> Self {
        let data = tempfile::tempdir().unwrap();
        let (folder, port) = (data.path(), free_port());
        let mut config = format!(
            "[server]\nlisten = '127.0.0.1:{port}'\nadmin_listen = '127.0.0.1:{}'\n\
             {more}[[provider]]\nname = 'open'\nkind = 'openai'\nbase_url = 'http://{provider}/v1'\nkey = '${{file:{}}}'\n\
             [[model]]\nname = 'm'\nprovider = 'open'\nupstream = 'demo'\n",
            free_port(),
            folder.join("key").display()
        );
        if let Some(authority) = authority {
            authority.serve(folder);
            let folder = folder.display();
            config += &format!("[server.tls]\ncertificate = '{folder}/tls.pem'\nkey = '${{file:{folder}/tls.key}}'\n");
        }
        std::fs::write(folder.join("key"), "made-up").unwrap();
        std::fs::write(folder.join("portcullis.toml"), config).unwrap();
        run(portcullis(folder, &["init"]));
        let key = run(portcullis(folder, &["key", "create", "--name", "client", "-q"])).trim().to_owned();
        let mut serve = portcullis(folder, &["serve"]);
        let child = serve.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let gateway = Self { child, base: format!("http://127.0.0.1:{port}"), key, authority: None, _data: data };
        for _ in 0..1_000 {
            if Raw::connect(&gateway.base, CLIENT).await.is_ok() {
                return gateway;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the gateway does not listen");
    }

    /// A chat, on a connection of its own.
    async fn ask(&self) -> bool {
        let Ok(mut raw) = Raw::connect(&self.base, CLIENT).await else { return false };
        let asked = chat_over(&self.key, "");
        let Some(authority) = &self.authority else {
            raw.send(asked).await;
            return raw.text().await.starts_with("HTTP/1.1 200");
        };
        let connector = tokio_rustls::TlsConnector::from(Arc::new(authority.client(None)));
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let Ok(mut stream) = connector.connect(name, raw.stream).await else { return false };
        let (asked, mut answer) = (stream.write_all(asked.as_bytes()).await, Vec::new());
        asked.is_ok() && stream.read_to_end(&mut answer).await.is_ok() && answer.starts_with(b"HTTP/1.1 200")
    }

    /// A chat while an attack, by its name, goes on.
    async fn under(&self, attack: &str) -> Served {
        let mut attacker = Command::new("nice");
        attacker.args(["-n", "19"]).arg(std::env::current_exe().unwrap());
        attacker.args(["--ignored", "--exact", "flood::measure::attacker"]);
        attacker
            .env("PORTCULLIS_ATTACK", attack)
            .env("PORTCULLIS_ATTACKED", &self.base)
            .env("PORTCULLIS_KEY", &self.key);
        self.beside(attacker).await
    }

    /// A chat while a tool attacks this path.
    async fn under_tool(&self, program: &str, how: &str, path: &str) -> Served {
        let mut tool = Command::new("nice");
        tool.args(["-n", "19", program]).args(how.replace("SECONDS", &ATTACK.as_secs().to_string()).split(' '));
        if program == "slowhttptest" {
            tool.arg("-u");
        }
        tool.arg(format!("{}{path}", self.base));
        self.beside(tool).await
    }

    async fn beside(&self, mut attacker: Command) -> Served {
        attacker.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut attacker = attacker.spawn().unwrap();
        let served = self.for_a_while().await;
        let _ = attacker.kill();
        let _ = attacker.wait();
        served
    }

    /// A chat, again and again.
    async fn for_a_while(&self) -> Served {
        let before = self.cpu_s();
        let mut served = for_a_while(async || self.ask().await).await;
        served.cpu_percent = (self.cpu_s() - before) * 100.0 / ATTACK.as_secs_f64();
        served
    }

    /// What the gateway took of the cores so far, in seconds.
    fn cpu_s(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let (_, fields) = stat.rsplit_once(") ").unwrap();
        let ticks: f64 = fields.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap()).sum();
        ticks / 100.0
    }
}

fn portcullis(folder: &Path, args: &[&str]) -> Command {
    let binary = std::env::var_os("PORTCULLIS_RELEASE").expect("`cargo xtask flood` says where the release is");
    let mut command = Command::new(binary);
    command.arg("-c").arg(folder.join("portcullis.toml")).arg("-d").arg(folder.join("data")).args(args);
    command.stdin(Stdio::null()).env_remove("PORTCULLIS_INIT_KEY");
    command
}

fn run(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

async fn for_a_while(ask: impl AsyncFn() -> bool) -> Served {
    let (begun, mut served) = (Instant::now(), Served::default());
    while begun.elapsed() < ATTACK {
        served.count(&ask).await;
    }
    served
}

/// What was measured, as lines of a table.
struct Table {
    idle_ms: f64,
    missed: Vec<String>,
}

impl Table {
    /// Begins with what it is while nobody attacks.
    fn of(name: &str, idle: &mut Served) -> Self {
        let mut table = Self { idle_ms: idle.quantile_ms(50), missed: Vec::new() };
        table.row(name, idle);
        table
    }

    /// A line about an attack that the gateway has to stop.
    fn row(&mut self, attack: &str, served: &mut Served) {
        if self.line(attack, served) > RATIO_MAX {
            self.missed.push(format!("{attack}: the time"));
        }
    }

    /// A line about any attack; how much longer it took than while nobody attacks.
    fn line(&mut self, attack: &str, served: &mut Served) -> f64 {
        let (p50, p99) = (served.quantile_ms(50), served.quantile_ms(99));
        let ratio = p50 / self.idle_ms;
        let times = served.times.len();
        println!(
            "| {attack} | {times} of {} | {p50:.1} | {ratio:.1} | {p99:.1} | {:.0} % |",
            served.asked, served.cpu_percent
        );
        if times * 100 < SERVED_MIN_PERCENT * served.asked {
            self.missed.push(format!("{attack}: who was served"));
        }
        ratio
    }
}

impl Served {
    fn quantile_ms(&mut self, percent: usize) -> f64 {
        self.times.sort();
        self.times
            .get((self.times.len().max(1) - 1) * percent / 100)
            .map_or(f64::INFINITY, |time| time.as_secs_f64() * 1e3)
    }
}

/// Slow attacks by slowhttptest: name, how, path.
const SLOW: [(&str, &str, &str); 3] = [
    ("slow headers (slowhttptest -H)", "-H -c 1000 -r 200 -i 5 -l SECONDS", "/v1/models"),
    ("slow bodies (slowhttptest -B)", "-B -c 1000 -r 200 -i 5 -s 100000 -l SECONDS", "/v1/chat/completions"),
    ("slow reading (slowhttptest -X)", "-X -c 1000 -r 200 -w 1 -y 2 -n 5 -z 32 -k 3 -l SECONDS", "/v1/models"),
];

/// Floods by frames: name, frames, how often they are sent on a connection.
fn floods() -> [(&'static str, Vec<u8>, usize); 6] {
    [
        ("HTTP/2 rapid resets", attack::rapid_resets(), 1),
        ("HTTP/2 CONTINUATION", attack::continuations(false), 1),
        ("HTTP/2 empty CONTINUATION", attack::continuations(true), 1),
        ("HTTP/2 SETTINGS", attack::control(SETTINGS, 0, vec![]), 100),
        ("HTTP/2 PING", attack::control(PING, 0, vec![7; 8]), 100),
        ("HPACK bomb", attack::bomb(), 1),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures, on a machine without other work: `cargo xtask flood`"]
async fn how_long_a_client_waits_under_each_attack() {
    let (provider, _) = provider::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.unwrap();
    println!("| attack | served | p50, ms | × idle | p99, ms | of a core |\n|---|---|---|---|---|---|");
    let mut missed = slow(provider).await;
    missed.extend(handshakes(provider).await);
    missed.extend(banned(provider).await);
    missed.extend(unstopped(provider).await);
    assert_eq!(missed, Vec::<String>::new(), "what missed {SERVED_MIN_PERCENT} % or {RATIO_MAX} times idle");
}

/// Attacks that hold what they have for as long as they can; what was missed.
async fn slow(provider: SocketAddr) -> Vec<String> {
    let gateway = Gateway::start(provider, "", None).await;
    gateway.for_a_while().await;
    let mut table = Table::of("none", &mut gateway.for_a_while().await);
    for (name, how, path) in SLOW {
        table.row(name, &mut gateway.under_tool("slowhttptest", how, path).await);
    }
    for name in HOLDS {
        table.row(name, &mut gateway.under(name).await);
    }
    table.missed
}

/// Floods from addresses that are banned for them; what was missed.
async fn banned(provider: SocketAddr) -> Vec<String> {
    let mut missed = Vec::new();
    let mut table: Option<Table> = None;
    for (name, ..) in floods() {
        // Another gateway each time, which knows nobody yet.
        let gateway = Gateway::start(provider, "[server.ban]\nallow = []\n", None).await;
        let idle = &mut gateway.for_a_while().await;
        let table = table.get_or_insert_with(|| Table::of("none, where attackers are banned", idle));
        table.row(name, &mut gateway.under(name).await);
        missed.append(&mut table.missed);
    }
    missed
}

/// Floods that nothing stops, since each address is new; what was missed. How long requests that break no rule take is a matter of
/// cores.
async fn unstopped(provider: SocketAddr) -> Vec<String> {
    let gateway = Gateway::start(provider, "", None).await;
    gateway.for_a_while().await;
    let mut table = Table::of("none, where nobody is banned", &mut gateway.for_a_while().await);
    let how = "-c 20 -m 50 -t 1 -D SECONDS";
    table.line("requests as fast as they go (h2load)", &mut gateway.under_tool("h2load", how, "/v1/models").await);
    for (name, ..) in floods() {
        table.row(name, &mut gateway.under(name).await);
    }
    table.line("none, afterwards", &mut gateway.for_a_while().await);
    table.missed
}

/// Attacks that hold connections.
const HOLDS: [&str; 5] = ["slow headers", "silence", "slow bodies, with a key", "unread answers", "no HTTP/2 window"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "attacks whoever it is told to, for the measurement"]
async fn attacker() {
    let told = |name: &str| std::env::var(name).expect("the measurement says whom to attack, and how");
    let (attack, base) = (told("PORTCULLIS_ATTACK"), told("PORTCULLIS_ATTACKED"));
    let _attackers: JoinSet<()> = match attack.as_str() {
        "slow headers" => super::attackers(&base, (300, usize::MAX), attack::slow_headers),
        "silence" => super::attackers(&base, (300, usize::MAX), attack::silence),
        "slow bodies, with a key" => {
            let head = attack::long_body(&told("PORTCULLIS_KEY"));
            super::attackers(&base, (300, usize::MAX), move |raw| attack::trickle(raw, head.clone()))
        }
        "unread answers" => super::attackers(&base, (10, usize::MAX), attack::unread),
        "no HTTP/2 window" => super::attackers(&base, (10, usize::MAX), attack::no_window),
        "half a ClientHello" => {
            let hello = attack::half_a_hello(Authority::new().client(None));
            super::attackers(&base, (300, usize::MAX), move |raw| attack::said_and_waited(raw, hello.clone()))
        }
        flood => {
            let (_, frames, rounds) = floods().into_iter().find(|(name, ..)| *name == flood).expect("a known attack");
            super::attackers(&base, (10, usize::MAX), move |raw| attack::frames(raw, frames.clone(), rounds))
        }
    };
    tokio::time::sleep(2 * ATTACK).await;
}

/// The same over TLS; what was missed.
async fn handshakes(provider: SocketAddr) -> Vec<String> {
    let authority = Authority::new();
    let mut gateway = Gateway::start(provider, "", Some(&authority)).await;
    gateway.authority = Some(authority);
    gateway.for_a_while().await;
    let mut table = Table::of("none, over TLS", &mut gateway.for_a_while().await);
    table.row("half a ClientHello", &mut gateway.under("half a ClientHello").await);
    table.missed
}
