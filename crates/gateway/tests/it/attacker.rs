//! Tools of attackers against the admin API, the provisioning API and the pages: they find nothing, nothing breaks, and a
//! client that behaves is served meanwhile.
//!
//! The web application firewall and bans are off: what is attacked is what stands behind them. Each tool has a time, and
//! asks by its lowest levels.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::StatusCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::app::TestApp;
use crate::client::tool;

/// Seconds that a tool may take.
const TIME_S: &str = "85";
/// Answers that a tool got, at least, if it attacked at all.
const ANSWERS_MIN: usize = 40;
const OPEN: &str = "[waf]\nmode = 'off'\n[server.ban]\nenabled = false\n";

/// What went through a relay.
#[derive(Debug, Default)]
struct Seen {
    answers: AtomicUsize,
    faults: AtomicUsize,
}

/// Stands between a tool and the gateway and counts answers, and those that say the gateway is at fault.
async fn relay(to: &str, seen: Arc<Seen>) -> String {
    let to = to.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let Ok(server) = TcpStream::connect(&to).await else { continue };
            let (mut from_client, mut to_client) = client.into_split();
            let (mut from_server, mut to_server) = server.into_split();
            tokio::spawn(async move {
                // Whoever ends, ends both.
                let _ = tokio::io::copy(&mut from_client, &mut to_server).await;
                let _ = to_server.shutdown().await;
            });
            let seen = seen.clone();
            tokio::spawn(async move {
                let mut buffer = vec![0; 16 * 1024];
                while let Ok(count @ 1..) = from_server.read(&mut buffer).await {
                    seen.count(&buffer[..count]);
                    if to_client.write_all(&buffer[..count]).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    format!("http://{address}")
}

impl Seen {
    fn count(&self, bytes: &[u8]) {
        self.answers.fetch_add(bytes.windows(9).filter(|part| part == b"HTTP/1.1 ").count(), Ordering::Relaxed);
        self.faults.fetch_add(bytes.windows(10).filter(|part| part == b"HTTP/1.1 5").count(), Ordering::Relaxed);
    }
}

/// Runs a tool, a client that behaves beside it, and gives back what the tool said.
async fn under(app: &TestApp, mut tool: Command, seen: &Seen) -> String {
    tool.stdin(Stdio::null());
    let mut attack = tokio::task::spawn_blocking(move || tool.output().unwrap());
    let (mut asked, mut served) = (0, 0);
    let output = loop {
        asked += 1;
        served += usize::from(app.chat("Say hello").await.status == StatusCode::OK);
        tokio::select! {
            output = &mut attack => break output.unwrap(),
            () = tokio::time::sleep(std::time::Duration::from_millis(20)) => {}
        }
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let (answers, faults) = (seen.answers.load(Ordering::Relaxed), seen.faults.load(Ordering::Relaxed));
    assert!(served * 100 >= asked * 99, "{served} of {asked} were served");
    assert_eq!(faults, 0, "of {answers} answers: {said}");
    assert!(answers >= ANSWERS_MIN, "{answers} answers: it did not attack: {said}");
    said
}

/// A tool with its time.
fn timed(program: &Path) -> Command {
    let mut command = Command::new("timeout");
    command.arg("--kill-after=2").arg(TIME_S).arg(program);
    command
}

/// Has sqlmap look for an injection at an address, whose parameters are marked with `*`.
async fn sqlmap(app: &TestApp, (base, path): (&str, &str), token: &str) {
    let Some(program) = tool("PORTCULLIS_TEST_SQLMAP") else { return };
    let (seen, folder) = (Arc::new(Seen::default()), tempfile::tempdir().unwrap());
    let base = relay(base, seen.clone()).await;
    let command = injection(&program, &format!("{base}{path}"), token, folder.path());
    let said = under(app, command, &seen).await;
    assert!(said.contains("do not appear to be injectable"), "{said}");
}

/// sqlmap, told to look for an injection at an address.
fn injection(program: &Path, url: &str, token: &str, folder: &Path) -> Command {
    let mut command = timed(program);
    command.args(["-u", url, "-H", &format!("Authorization: Bearer {token}")]);
    command.args(["--batch", "--disable-coloring", "--level=1", "--risk=1", "--technique=BEUS", "--threads=4"]);
    command.args(["--timeout=5", "--retries=0", "--skip-waf", "--ignore-code=*", "--output-dir"]).arg(folder);
    command.env("HOME", folder);
    command
}

/// A page with the mistake that sqlmap looks for: a database is asked by text that a stranger wrote a part of.
async fn injectable() -> String {
    let options = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1);
    let db = options.connect("sqlite::memory:").await.unwrap();
    sqlx::query("CREATE TABLE person (id INTEGER, name TEXT)").execute(&db).await.unwrap();
    sqlx::query("INSERT INTO person VALUES (1, 'Ada'), (2, 'Bob')").execute(&db).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let db = db.clone();
            tokio::spawn(async move {
                let mut head = vec![0; 16 * 1024];
                let Ok(count) = client.read(&mut head).await else { return };
                let head = String::from_utf8_lossy(&head[..count]).into_owned();
                let query = head.split([' ', '?']).nth(2).unwrap_or_default().as_bytes();
                let id = form_urlencoded::parse(query).find(|(name, _)| name == "id").map(|(_, id)| id.into_owned());
                let asked = format!("SELECT name FROM person WHERE id = {}", id.unwrap_or_default());
                let asked = sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(asked)).fetch_all(&db).await;
                let (status, said) = match asked {
                    Ok(names) => ("200 OK", format!("<p>Found: {}</p>", names.join(", "))),
                    Err(error) => ("500 Internal Server Error", error.to_string()),
                };
                let head =
                    format!("HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {}\r\n", said.len());
                let _ = client.write_all(format!("{head}Connection: close\r\n\r\n{said}").as_bytes()).await;
            });
        }
    });
    base
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlmap_as_it_is_told_here_finds_an_injection_where_there_is_one() {
    let Some(program) = tool("PORTCULLIS_TEST_SQLMAP") else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut command = injection(&program, &format!("{}/?id=1*", injectable().await), "none", folder.path());
    command.stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("sqlmap identified the following injection point"), "{said}");
    assert!(said.contains("back-end DBMS: SQLite"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlmap_finds_no_injection_in_the_admin_api() {
    let app = TestApp::with(OPEN).await;
    let key = app.admin_key.clone();
    sqlmap(&app, (&app.admin, "/admin/v1/users?limit=1*&after=u*"), &key).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlmap_finds_no_injection_in_filters_of_the_provisioning_api() {
    let app = TestApp::with(OPEN).await;
    let life = jiff::SignedDuration::from_hours(1);
    let (token, _) = app.app().scim().create_token("default", "attacker", life, "cli").await.unwrap();
    sqlmap(&app, (&app.base, "/scim/v2/Users?count=1&filter=userName%20eq%20%22a*%22"), &token).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wapiti_finds_nothing_in_the_pages() {
    let Some(program) = tool("PORTCULLIS_TEST_WAPITI") else { return };
    let app = TestApp::with(OPEN).await;
    let (seen, folder) = (Arc::new(Seen::default()), tempfile::tempdir().unwrap());
    let base = relay(&app.base, seen.clone()).await;
    let report = folder.path().join("report.json");
    let mut command = timed(&program);
    command.args(["-u", &format!("{base}/login"), "--scope", "domain", "-m", "sql,xss,exec,file,crlf,redirect"]);
    command.args([
        "--flush-session",
        "--no-bugreport",
        "--max-scan-time",
        "60",
        "--max-attack-time",
        "12",
        "-f",
        "json",
        "-o",
    ]);
    command.arg(&report).arg("--store-session").arg(folder.path()).env("HOME", folder.path());
    let said = under(&app, command, &seen).await;
    let report = std::fs::read_to_string(&report).unwrap_or_else(|_| panic!("{said}"));
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    for (name, found) in report["vulnerabilities"].as_object().unwrap() {
        assert_eq!(found, &serde_json::json!([]), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schemathesis_finds_no_fault_and_no_breach_of_the_schema_in_the_admin_api() {
    let Some(python) = tool("PORTCULLIS_TEST_PYTHON") else { return };
    let app = TestApp::with(OPEN).await;
    let (seen, folder) = (Arc::new(Seen::default()), tempfile::tempdir().unwrap());
    let base = relay(&app.admin, seen.clone()).await;
    let mut command = timed(&python.with_file_name("schemathesis"));
    command.args([
        "run",
        &format!("{base}/openapi.json"),
        "--url",
        &base,
        "--no-color",
        "--seed=1",
        "--max-examples=4",
    ]);
    command.args(["-H", &format!("Authorization: Bearer {}", app.admin_key), "--phases=examples,coverage,fuzzing"]);
    command.args(["--mode=all", "--continue-on-failure", "--max-time=45"]);
    command.arg(
        "--checks=not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
    );
    command.current_dir(folder.path()).env("HOME", folder.path());
    let said = under(&app, command, &seen).await;
    assert!(!said.contains("FAILURES") && said.contains("Test cases:"), "{said}");
    let keys = app.admin(http::Method::GET, "/admin/v1/keys", &serde_json::Value::Null).await;
    assert_eq!(keys.status, StatusCode::OK, "it asked with a key that was good to the end");
}
