//! Attackers of the login: stuffing, spraying, enumeration, code guessing, stolen cookies, floods, and a real tool.
//!
//! Every address of 127.0.0.0/8 is this machine, so an attacker with many addresses is one who binds to many of them.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::StreamExt as _;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use portcullis::auth::throttle::config::ThrottleConfig;
use portcullis::auth::user::Purpose;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::app::Reply;
use crate::throttle::bench;
use crate::user::{House, PASSWORD};

/// One of the attacker's machines.
pub(crate) fn machine(number: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, 1, (number / 200) as u8, (number % 200 + 1) as u8)
}

/// A login from an address.
async fn login_from(house: &House, ip: Ipv4Addr, email: &str, password: &str, headers: &[(&str, &str)]) -> Reply {
    let mut connector = HttpConnector::new();
    connector.set_local_address(Some(IpAddr::V4(ip)));
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
    let body = json!({ "email": email, "password": password }).to_string();
    let url = format!("{}/auth/v1/login", house.app.base);
    let mut request = Request::post(url).header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (parts, body) = client.request(request.body(Full::new(body.into())).unwrap()).await.unwrap().into_parts();
    Reply { status: parts.status, headers: parts.headers, body: body.collect().await.unwrap().to_bytes() }
}

/// The device cookie of an answer.
fn device(reply: &Reply) -> String {
    let lines = reply.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let pairs = lines.filter_map(|line| line.split(';').next());
    pairs.into_iter().find(|pair| pair.starts_with("__Host-device=")).unwrap().to_owned()
}

/// How many passwords were compared.
async fn compared(house: &House) -> usize {
    house.app.entries("login.failed").await.len()
}

fn told(statuses: &[u16]) -> BTreeMap<u16, usize> {
    let mut told = BTreeMap::new();
    statuses.iter().for_each(|status| *told.entry(*status).or_default() += 1);
    told
}

#[tokio::test]
async fn v6_3_1_stuffing_stolen_pairs_from_many_addresses_is_over_after_the_first_hundred() {
    let bench = bench(ThrottleConfig::default());
    let mut let_in = 0;
    // Ten pairs a second for three hours, each of another account, from 5,000 addresses.
    for number in 0..108_000_usize {
        let ip = format!("203.{}.{}.1", number % 5_000 / 250, number % 250);
        let_in += usize::from(bench.fails(&format!("user {number}"), &ip).await);
        if number % 10 == 9 {
            bench.pass(1);
        }
    }
    assert_eq!(let_in, 100, "while it goes on, the switch stays on");
    bench.pass(61);
    assert!(bench.fails("ada", "198.51.100.1").await, "a quiet minute later it is off");
}

#[tokio::test]
async fn v6_3_1_one_address_that_sprays_one_password_over_all_accounts_gets_nowhere() {
    let bench = bench(ThrottleConfig::default());
    let mut let_in = 0;
    for number in 0..86_400 {
        let_in += usize::from(bench.fails(&format!("user {number}"), "203.0.113.7").await);
        bench.pass(1);
    }
    assert!((20..1_000).contains(&let_in), "{let_in} accounts in a day");
}

#[tokio::test]
async fn v6_6_3_guessing_codes_for_a_year_gets_few_tries_even_with_the_password() {
    let bench = bench(ThrottleConfig::default());
    let mut tries = 0_u32;
    for _ in 0..30 * 24 * 60 {
        tries += u32::from(bench.throttle.count("code-account", b"usr_ada", 20).await.is_ok());
        bench.pass(60);
    }
    // Three codes of a million are good at any time; and who may guess knows the password.
    let in_a_year = f64::from(tries) / 30.0 * 365.0 * 3.0 / 1e6;
    assert!((20..9_000).contains(&tries), "{tries} in a month");
    eprintln!("{tries} tries in a month: {in_a_year:.3} in a year");
}

#[tokio::test]
async fn v6_3_1_stuffing_over_http_is_stopped_after_the_first_failures_and_a_known_browser_is_not() {
    let house = House::start("[auth.throttle]\nspraying_failures = 8\nproof_bits = 8").await;
    house.app.clock.stop();
    house.user("ada@example.com").await;
    let cookie = device(&house.login("ada@example.com", PASSWORD).await);
    let mut statuses = Vec::new();
    for number in 0..60 {
        let email = format!("user{number}@example.com");
        let reply = login_from(&house, machine(number), &email, "hunter2hunter2", &[]).await;
        statuses.push(reply.status.as_u16());
    }
    let told = told(&statuses);
    assert_eq!(told, BTreeMap::from([(401, 8), (429, 52)]));
    assert_eq!(compared(&house).await, 8, "a refused guess is not compared");
    // An account of the list whose password is right is not let in either: the answer says nothing about it.
    assert_eq!(login_from(&house, machine(61), "ada@example.com", PASSWORD, &[]).await.status.as_u16(), 429);
    let owner = login_from(&house, machine(62), "ada@example.com", PASSWORD, &[("cookie", &cookie)]).await;
    assert_eq!(owner.status, StatusCode::OK, "{}", owner.text());
    // And anybody else works for it.
    let reply = login_from(&house, machine(63), "ada@example.com", PASSWORD, &[]).await;
    let challenge = reply.json()["error"]["innererror"]["challenge"].as_str().unwrap().to_owned();
    let proof = portcullis::auth::throttle::solve(&challenge).unwrap();
    let headers = [("x-portcullis-proof", proof.as_str())];
    let reply = login_from(&house, machine(63), "ada@example.com", PASSWORD, &headers).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_eq!(house.app.entries("login.challenged").await.len(), 1, "told once a minute");
}

/// What an answer says, without what is of one request alone.
fn said(reply: &Reply) -> (u16, String, BTreeMap<String, String>) {
    let own = ["date", "x-request-id", "request-id", "content-length"];
    let mut headers = BTreeMap::new();
    for (name, value) in reply.headers.iter().filter(|(name, _)| !own.contains(&name.as_str())) {
        headers.insert(name.to_string(), value.to_str().unwrap().to_owned());
    }
    let mut body = reply.json();
    let error = &mut body["error"];
    if let Some(message) = error["message"].as_str() {
        error["message"] = json!(message.split("(request id").next().unwrap_or_default());
    }
    for random in ["challenge", "request_id"] {
        if error["innererror"][random].is_string() {
            error["innererror"][random] = json!("…");
        }
    }
    (reply.status.as_u16(), body.to_string(), headers)
}

#[tokio::test]
async fn v6_3_8_known_and_unknown_accounts_get_the_same_status_text_and_headers_all_the_way_into_the_wait() {
    let house = House::start("[auth.throttle]\nproof_bits = 8\naccount_free = 4").await;
    house.app.clock.stop();
    let deactivated = house.user("eve@example.com").await;
    house.user("ada@example.com").await;
    house.invite("bob@example.com").await;
    house.app.app().users().deactivate(deactivated.id.as_str(), "cli").await.unwrap();
    let emails = ["ada@example.com", "eve@example.com", "bob@example.com", "nobody@example.com", "no address", ""];
    let mut all = Vec::new();
    for (number, email) in emails.into_iter().enumerate() {
        let mut answers = Vec::new();
        for at in 0..6 {
            // Two addresses, so that the wait of the pair and that of the account are both seen.
            let ip = machine(number * 2 + at % 2);
            answers.push(said(&login_from(&house, ip, email, "not the right one", &[]).await));
        }
        assert!(answers.iter().any(|(status, ..)| *status == 429), "{email}: {answers:?}");
        // How many seconds there are still to wait depends on when it was asked.
        for (_, body, headers) in &mut answers {
            *body = body.chars().filter(|c| !c.is_ascii_digit()).collect();
            headers.entry("retry-after".into()).and_modify(|wait| *wait = "…".into());
        }
        all.push(answers);
    }
    for (email, answers) in emails.iter().zip(&all) {
        assert_eq!(answers, &all[0], "{email}");
    }
}

#[tokio::test]
async fn a_cookie_of_ones_own_account_a_forged_one_and_a_stolen_one_shut_nobody_out() {
    let house = House::start("[auth.throttle]\ndevice_free = 4\nproof_bits = 8").await;
    house.app.clock.stop();
    house.user("ada@example.com").await;
    house.user("eve@example.com").await;
    let eves = device(&house.login("eve@example.com", PASSWORD).await);
    let adas = device(&house.login("ada@example.com", PASSWORD).await);
    let guess = async |ip: usize, cookie: &str| {
        let headers = [("cookie", cookie)];
        login_from(&house, machine(ip), "ada@example.com", "not the right one", &headers).await.status.as_u16()
    };
    // The attacker's own cookie, and one that is made up, are worth nothing for another account.
    let forged = format!("{}A", adas.trim_end_matches(|c: char| c.is_ascii_alphanumeric()));
    for (number, cookie) in [eves.as_str(), forged.as_str(), "__Host-device=v1.x.1.y"].into_iter().enumerate() {
        let statuses = [guess(number, cookie).await, guess(number, cookie).await, guess(number, cookie).await];
        assert_eq!((statuses, guess(number, cookie).await), ([401; 3], 429), "{cookie}");
    }
    // A stolen one has the budget of one browser, and then what an unknown browser has.
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(guess(10, &adas).await);
    }
    assert!(told(&statuses)[&401] <= 4 + 3, "{statuses:?}");
    // Its owner, whose browser sends the very same cookie, is not shut out: at worst it works for its login.
    let reply = login_from(&house, machine(20), "ada@example.com", PASSWORD, &[("cookie", &adas)]).await;
    if reply.status != StatusCode::OK {
        let challenge = reply.json()["error"]["innererror"]["challenge"].as_str().unwrap().to_owned();
        let proof = portcullis::auth::throttle::solve(&challenge).unwrap();
        let headers = [("cookie", adas.as_str()), ("x-portcullis-proof", proof.as_str())];
        let reply = login_from(&house, machine(20), "ada@example.com", PASSWORD, &headers).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owner_logs_in_while_more_than_a_thousand_bad_logins_a_minute_run() {
    // The switch against spraying would stop it at once; here it is to reach the queue of hashes.
    let more = "auth.password.queue_max = 4\n[auth.throttle]\nspraying_failures = 1000000";
    let house = House::start(more).await;
    house.user("ada@example.com").await;
    let cookie = device(&house.login("ada@example.com", PASSWORD).await);
    let begun = Instant::now();
    let attack = async {
        let guesses = futures_util::stream::iter(0..480).map(|number| {
            let house = &house;
            // Every second one at the owner, the others at anybody.
            let email = if number % 2 == 0 { "ada@example.com".into() } else { format!("user{number}@example.com") };
            async move { login_from(house, machine(number), &email, "not the right one", &[]).await.status.as_u16() }
        });
        let statuses: Vec<u16> = guesses.buffer_unordered(64).collect().await;
        (told(&statuses), begun.elapsed())
    };
    let owner = async {
        let mut waited = Vec::new();
        for number in 0..3 {
            let asked = Instant::now();
            let ip = machine(1_000 + number);
            let reply = login_from(&house, ip, "ada@example.com", PASSWORD, &[("cookie", &cookie)]).await;
            assert_eq!(reply.status, StatusCode::OK, "login {number}: {}", reply.text());
            waited.push(asked.elapsed());
        }
        waited
    };
    let ((told, took), waited) = tokio::join!(attack, owner);
    let in_a_minute = 480.0 / took.as_secs_f64() * 60.0;
    assert!(in_a_minute >= 1_000.0, "not an attack: {in_a_minute:.0} a minute");
    assert!(told[&429] > told.get(&401).copied().unwrap_or_default(), "most are not compared: {told:?}");
    assert!(waited.iter().all(|wait| *wait < Duration::from_secs(10)), "{waited:?}");
}

/// A password that hydra does not escape.
const PLAIN: &str = "wobblyteapotorchid";

async fn with_plain_password(house: &House) {
    house.invite("ada@example.com").await;
    let token = house.token(Purpose::Invitation, 1).await;
    let reply = house.post("/auth/v1/invitation/accept", &json!({ "token": token, "password": PLAIN })).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
}

/// A relay of the attacker's, since hydra takes a 401 for another kind of login: it reads as a 200.
async fn relay(to: String) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(to.trim_start_matches("http://")).await.unwrap();
            let (mut client_in, mut client_out) = client.into_split();
            let (mut server_in, mut server_out) = server.into_split();
            tokio::spawn(async move { tokio::io::copy(&mut client_in, &mut server_out).await });
            tokio::spawn(async move {
                let mut buffer = vec![0; 65_536];
                while let Ok(length @ 1..) = server_in.read(&mut buffer).await {
                    let answer = &mut buffer[..length];
                    if answer.starts_with(b"HTTP/1.") && answer.get(9..12) == Some(b"401") {
                        answer[9..12].copy_from_slice(b"200");
                    }
                    if client_out.write_all(answer).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    port
}

/// Runs hydra against the login with a list of passwords. Says whether it found one, and what it printed.
async fn hydra(house: &House, program: &std::path::Path, passwords: &[String]) -> (bool, String) {
    let list = house.letters.path().join("passwords");
    std::fs::write(&list, passwords.join("\n")).unwrap();
    let port = relay(house.app.base.clone()).await.to_string();
    let form = "/auth/v1/login:{\"email\"\\:\"ada@example.com\",\"password\"\\:\"^PASS^\"}:g=:H=Content-Type\\: application/json:S=session_id";
    let mut command = Command::new(program);
    command.args(["-I", "-t", "8", "-f", "-l", "ada@example.com", "-P"]).arg(&list);
    command.args(["-s", &port, "127.0.0.1", "http-post-form", form]).current_dir(house.letters.path());
    command.stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (text.contains("1 valid password found"), text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v6_3_1_hydra_finds_a_password_where_nothing_slows_it_and_none_here() {
    let Some(program) = crate::client::tool("PORTCULLIS_TEST_HYDRA") else { return };
    let mut passwords: Vec<String> = (0..60).map(|number| format!("wrongpassword{number}")).collect();
    passwords.push(PLAIN.to_owned());
    // That the tool is set up rightly: with the widest budgets and a short list it finds the password.
    let house = House::start("[auth.throttle]\npair_free = 100\naccount_free = 100\naddress_free = 100").await;
    with_plain_password(&house).await;
    let (is_found, text) = hydra(&house, &program, &passwords[56..]).await;
    assert!(is_found, "{text}");
    // And with those that are shipped, and the password in the middle of the list, it does not.
    let house = House::start("").await;
    house.app.clock.stop();
    with_plain_password(&house).await;
    passwords.extend((0..140).map(|number| format!("anotherwrongpassword{number}")));
    let (is_found, text) = hydra(&house, &program, &passwords).await;
    assert!(!is_found && text.contains("0 valid password"), "{text}");
    let compared = compared(&house).await;
    assert_eq!(compared, 3, "of {} guesses, within the first second", passwords.len());
    assert!(house.app.entries("login.succeeded").await.is_empty());
}
