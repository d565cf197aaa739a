//! Redis behind the throttle: shared by nodes, killed, frozen, emptied and brought back.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use portcullis::auth::jwt::jose::Algorithm;
use portcullis::auth::throttle::{Count, MemoryTally, RedisTally, StoreTally, Subject, Tally};
use portcullis::store::redis::{Redis, RedisOptions};
use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};
use tokio::net::TcpStream;

use crate::app::TestApp;
use crate::user::{House, PASSWORD};

/// A Redis of a test's own, ended with it.
pub(crate) struct RedisServer {
    program: PathBuf,
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl RedisServer {
    /// The Redis that the runner installed; absence is a failure where everything is required.
    pub(crate) async fn start() -> Option<Self> {
        let program = crate::client::tool("PORTCULLIS_TEST_REDIS")?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let child = spawn(&program, port, &folder);
        let server = Self { program, child, port, folder };
        server.answers().await;
        Some(server)
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://:swordfish@127.0.0.1:{}/0", self.port)
    }

    /// A `[redis]` for this server.
    pub(crate) fn config(&self) -> String {
        let file = self.folder.path().join("redis.url");
        std::fs::write(&file, self.url()).unwrap();
        format!("redis.url = '${{file:{}}}'\nredis.timeout_ms = 5000\n", file.display())
    }

    pub(crate) fn connect(&self) -> Redis {
        let options = RedisOptions { timeout: Duration::from_secs(2), ..RedisOptions::default() };
        Redis::new(&self.url().into(), options).unwrap()
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Brings it back, and it has forgotten everything.
    pub(crate) async fn restart(&mut self) {
        self.child = spawn(&self.program, self.port, &self.folder);
        self.answers().await;
    }

    async fn answers(&self) {
        for _ in 0..500 {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("redis-server does not listen");
    }

    pub(crate) async fn keys(&self) -> Vec<String> {
        self.connect().ask(redis::cmd("KEYS").arg("*")).await.unwrap()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(program: &PathBuf, port: u16, folder: &tempfile::TempDir) -> Child {
    let port = port.to_string();
    let args =
        ["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--requirepass", "swordfish"];
    let mut command = Command::new(program);
    command.args(args).current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

/// Statuses of so many wrong guesses at one account.
async fn guesses(house: &House, count: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..count {
        statuses.push(house.login("ada@example.com", "not the right one").await.status.as_u16());
    }
    statuses
}

#[tokio::test]
async fn two_nodes_share_their_counts_in_redis() {
    let Some(server) = RedisServer::start().await else { return };
    let house = House::start(&server.config()).await;
    house.app.clock.stop();
    house.user("ada@example.com").await;
    let (other, _server) = house.app.beside().await;
    let body = serde_json::json!({ "email": "ada@example.com", "password": "not the right one" }).to_string();
    let mut statuses = Vec::new();
    for base in [&house.app.base, &other, &house.app.base, &other, &house.app.base] {
        let reply = house.app.send(http::Method::POST, &format!("{base}/auth/v1/login"), None, &[], body.clone()).await;
        statuses.push(reply.status.as_u16());
    }
    assert_eq!(statuses, [401, 401, 401, 429, 429]);
    let keys = server.keys().await;
    assert!(!keys.is_empty() && keys.iter().all(|key| key.starts_with("portcullis:throttle:")), "{keys:?}");
    for key in &keys {
        let left_ms: i64 = server.connect().ask(redis::cmd("PTTL").arg(key)).await.unwrap();
        assert!((1..=86_400_000).contains(&left_ms), "{key} forgets itself: {left_ms}");
    }
    let all = format!("{keys:?}");
    assert!(!all.contains("ada@example.com") && !all.contains("127.0.0.1"), "subjects are keyed hashes: {all}");
    let metrics = house.app.metrics().await;
    assert!(metrics.contains("portcullis_redis_up 1\n"), "{metrics}");
    assert!(metrics.contains("portcullis_redis_fallbacks_total 0\n"), "{metrics}");
}

#[tokio::test]
async fn when_redis_is_killed_attempts_are_still_counted_and_when_it_is_back_they_go_back() {
    let Some(mut server) = RedisServer::start().await else { return };
    let house = House::start(&server.config()).await;
    house.app.clock.stop();
    house.user("ada@example.com").await;
    assert_eq!(guesses(&house, 2).await, [401, 401]);
    assert!(house.app.metrics().await.contains("portcullis_redis_fallbacks_total 0\n"), "Redis answered in time");
    server.kill();
    // Two were counted in Redis: by its loss an attacker gains no fresh budget.
    assert_eq!(guesses(&house, 3).await, [401, 429, 429]);
    let metrics = house.app.metrics().await;
    assert!(metrics.contains("portcullis_redis_up 0\n"), "{metrics}");
    assert!(!metrics.contains("portcullis_redis_fallbacks_total 0\n"), "{metrics}");
    assert_eq!(house.login("eve@example.com", PASSWORD).await.status, StatusCode::UNAUTHORIZED, "others are served");
    server.restart().await;
    house.app.clock.pass(2);
    // Back in an empty Redis: what was counted without it was not forgotten.
    assert_eq!(guesses(&house, 2).await, [401, 429]);
    assert!(!server.keys().await.is_empty());
    assert!(house.app.metrics().await.contains("portcullis_redis_up 1\n"));
    for kind in ["redis.lost", "redis.restored"] {
        assert_eq!(house.app.entries(kind).await.len(), 1, "{kind}: one entry for each change");
    }
}

#[tokio::test]
async fn a_redis_that_hangs_or_refuses_is_as_good_as_none_and_nobody_waits_long() {
    let Some(server) = RedisServer::start().await else { return };
    let config = server.config().replace("5000", "150");
    let house = House::start(&config).await;
    house.app.clock.stop();
    house.user("ada@example.com").await;
    // A full Redis refuses to write.
    let _: String = server.connect().ask(redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg(1)).await.unwrap();
    assert_eq!(guesses(&house, 4).await, [401, 401, 401, 429]);
    let stopped = Command::new("kill").args(["-STOP", &server.child.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    house.app.clock.pass(3_600);
    let begun = std::time::Instant::now();
    assert_eq!(guesses(&house, 4).await, [401, 401, 401, 429]);
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    assert_eq!(house.app.entries("redis.lost").await.len(), 1);
}

#[tokio::test]
async fn without_redis_from_the_start_the_database_counts_and_doctor_says_so() {
    let Some(mut server) = RedisServer::start().await else { return };
    server.kill();
    let house = House::start(&server.config()).await;
    house.app.clock.stop();
    house.user("ada@example.com").await;
    assert_eq!(guesses(&house, 4).await, [401, 401, 401, 429]);
    let (is_well, said) = doctor(&server, &house);
    assert!(!is_well && said.contains("\"redis\"") && said.contains("counted in the database"), "{said}");
    assert!(!said.contains("swordfish"), "{said}");
    server.restart().await;
    let (_, said) = doctor(&server, &house);
    assert!(said.contains("Redis 7") || said.contains("answers, version"), "{said}");
    for (name, value) in [("maxmemory", "100mb"), ("maxmemory-policy", "allkeys-lru")] {
        let _: String = server.connect().ask(redis::cmd("CONFIG").arg("SET").arg(name).arg(value)).await.unwrap();
    }
    let (_, said) = doctor(&server, &house);
    assert!(said.contains("noeviction"), "{said}");
}

/// What `portcullis doctor` finds with this Redis.
fn doctor(server: &RedisServer, house: &House) -> (bool, String) {
    let file = house.letters.path().join("portcullis.toml");
    std::fs::write(&file, server.config()).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(["--config", &file.display().to_string(), "--data", &house.app.data.path().display().to_string()])
        .args(["doctor", "--json"])
        .output()
        .unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[tokio::test]
async fn a_proof_of_possession_that_one_node_took_is_refused_by_the_other() {
    let Some(mut server) = RedisServer::start().await else { return };
    let app = TestApp::with(&server.config()).await;
    let (other, _server) = app.beside().await;
    let holder = crate::dpop::Holder::new(Algorithm::EdDsa);
    let issued = app.login_as(holder.session()).await;
    let ask = async |base: &str, proof: &str| {
        let authorization = format!("DPoP {}", issued.access_token);
        let headers = [("authorization", authorization.as_str()), ("dpop", proof)];
        app.send(http::Method::GET, &format!("{base}/v1/models"), None, &headers, "").await.status
    };
    let claims = || crate::dpop::claims(&app, &issued.access_token);
    let proof = holder.proof(&claims());
    assert_eq!(ask(&app.base, &proof).await, StatusCode::OK);
    assert_eq!(ask(&app.base, &proof).await, StatusCode::UNAUTHORIZED);
    let host = app.base.trim_start_matches("http://").to_owned();
    let replayed = async |proof: &str| {
        let authorization = format!("DPoP {}", issued.access_token);
        let headers = [("authorization", authorization.as_str()), ("dpop", proof), ("host", host.as_str())];
        app.send(http::Method::GET, &format!("{other}/v1/models"), None, &headers, "").await.status
    };
    assert_eq!(replayed(&proof).await, StatusCode::UNAUTHORIZED, "on the other node");
    let fresh = holder.proof(&claims());
    assert_eq!(replayed(&fresh).await, StatusCode::OK, "a fresh one is taken there");
    // And without Redis, by the database.
    server.kill();
    let fresh = holder.proof(&claims());
    assert_eq!(replayed(&fresh).await, StatusCode::OK);
    assert_eq!(ask(&app.base, &fresh).await, StatusCode::UNAUTHORIZED, "on the first node, without Redis");
}

#[tokio::test]
async fn over_tls_its_certificate_is_verified() {
    let Some(program) = crate::client::tool("PORTCULLIS_TEST_REDIS") else { return };
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=redis", "-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", "key.pem", "-out", "cert.pem"])
        .current_dir(folder.path())
        .output()
        .expect("openssl");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let tls = ["--port", "0", "--tls-port", &port.to_string(), "--tls-auth-clients", "no", "--bind", "127.0.0.1"];
    let files = ["--tls-cert-file", "cert.pem", "--tls-key-file", "key.pem", "--tls-ca-cert-file", "cert.pem"];
    let mut command = Command::new(&program);
    command.args(tls).args(files).args(["--save", ""]).current_dir(folder.path());
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let ca = std::fs::read(folder.path().join("cert.pem")).unwrap();
    let server = RedisServer { program, child, port, folder };
    server.answers().await;
    let ping = async |ca: Option<Vec<u8>>| {
        let options = RedisOptions { ca, timeout: Duration::from_secs(5), allows_plaintext: false };
        let redis = Redis::new(&format!("rediss://127.0.0.1:{port}").into(), options).unwrap();
        redis.ask::<String>(&redis::cmd("PING")).await.map_err(|_| ())
    };
    assert_eq!(ping(Some(ca)).await, Ok("PONG".to_owned()));
    assert_eq!(ping(None).await, Err(()), "no authority of the system made it");
}

/// What a swap found, for every tally the same.
async fn play(tally: &dyn Tally, subject: Subject, moves: &[(i64, i64)]) -> Vec<bool> {
    let mut found = Vec::new();
    for (old, new) in moves {
        found.push(tally.swap(&subject, count(*old), count(*new)).await.unwrap());
    }
    found
}

fn count(failures: i64) -> Count {
    let time = if failures == 0 { 0 } else { 1_800_000_000_000 + failures };
    Count { failures, last_ms: time, open_ms: time * 2 }
}

#[tokio::test(flavor = "multi_thread")]
async fn swaps_in_redis_and_in_the_database_do_what_they_do_in_memory() {
    let Some(server) = RedisServer::start().await else { return };
    let app = TestApp::start().await;
    let tallies: [Arc<dyn Tally>; 2] =
        [Arc::new(RedisTally(server.connect())), Arc::new(StoreTally(app.app().db().clone()))];
    let moves = proptest::collection::vec((0_i64..4, 0_i64..4), 1..12);
    let mut runner = TestRunner::new(Cases { cases: 60, ..Cases::default() });
    let handle = tokio::runtime::Handle::current();
    let number = std::cell::Cell::new(0_u64);
    tokio::task::block_in_place(|| {
        runner.run(&moves, |moves| {
            let mut subject = [0; 32];
            number.set(number.get() + 1);
            subject[..8].copy_from_slice(&number.get().to_be_bytes());
            let expected = handle.block_on(play(&MemoryTally::new(10), subject, &moves));
            for tally in &tallies {
                prop_assert_eq!(&handle.block_on(play(&**tally, subject, &moves)), &expected);
            }
            Ok(())
        })
    })
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_parallel_swaps_each_counts_once() {
    let Some(server) = RedisServer::start().await else { return };
    let tallies: [Arc<dyn Tally>; 2] = [Arc::new(MemoryTally::new(10)), Arc::new(RedisTally(server.connect()))];
    for tally in tallies {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let tally = tally.clone();
            tasks.spawn(async move {
                let mut added = 0;
                while added < 25 {
                    let old = tally.read(&[7; 32]).await.unwrap();
                    added += i64::from(tally.swap(&[7; 32], old, count(old.failures + 1)).await.unwrap());
                }
            });
        }
        tasks.join_all().await;
        assert_eq!(tally.read(&[7; 32]).await.unwrap().failures, 16 * 25, "{tally:?}");
    }
    let tally = Arc::new(RedisTally(server.connect()));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let tally = tally.clone();
        tasks.spawn(async move { tally.spend(&[8; 32], 1_000, 60_000).await.unwrap() });
    }
    let firsts = tasks.join_all().await.into_iter().filter(|is_first| *is_first).count();
    assert_eq!(firsts, 1, "what is spent is spent once");
}
