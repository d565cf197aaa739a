//! Passwords, through the real door.

use std::io::Write as _;
use std::process::{Command, Stdio};

use http::StatusCode;
use portcullis::auth::user::Purpose;
use serde_json::json;

use crate::app::TestApp;
use crate::user::{House, PASSWORD};

#[tokio::test]
async fn v6_2_8_password_verified_exactly_as_received() {
    let house = House::start("[auth.throttle]\npair_free = 100\naccount_free = 100").await;
    // More than bcrypt's 72 bytes, a NUL, a space at the end, characters that have two forms.
    let long = format!("  caf\u{e9} wobbly\0teapot {} orchid ", "granite pelican sonnet ".repeat(4));
    house.invite("ada@example.com").await;
    let token = house.token(Purpose::Invitation, 1).await;
    let accepted = house.post("/auth/v1/invitation/accept", &json!({ "token": token, "password": long })).await;
    assert_eq!(accepted.status, StatusCode::OK, "{}", accepted.text());
    assert_eq!(house.login("ada@example.com", &long).await.status, StatusCode::OK);
    let truncated: String = long.chars().take(72).collect();
    for other in [
        long.trim_end().to_owned(),
        truncated,
        long.split('\0').next().unwrap().to_owned(),
        long.replace('\u{e9}', "e\u{301}"),
        long.to_uppercase(),
    ] {
        assert_eq!(house.login("ada@example.com", &other).await.status, StatusCode::UNAUTHORIZED, "{other:?}");
    }
}

#[tokio::test]
async fn v6_2_9_and_v6_2_5_long_passwords_of_any_characters_are_permitted() {
    let house = House::start("").await;
    for password in
        ["wobbly teapot orchid granite pelican sonnet harbour velvet lantern", "zvqmtrwplkxj", "830275914660"]
    {
        let judged = house.post("/auth/v1/password/strength", &json!({ "password": password })).await.json();
        assert_eq!(judged["accepted"], true, "{password}: {judged}");
    }
    let beyond = "wobbly teapot ".repeat(80);
    let judged = house.post("/auth/v1/password/strength", &json!({ "password": beyond })).await.json();
    assert_eq!(judged["rule"], "long");
}

#[tokio::test]
async fn v6_2_12_a_breached_password_is_refused_once_its_set_is_imported() {
    let house = House::start("").await;
    let House { app, letters } = house;
    let data = app.stop().await;
    let list = data.path().join("pwned.txt");
    // SHA-1 of the password of these tests, as `sha1sum` prints it, among others.
    std::fs::write(&list, format!("{}:3\n{}:1\n", sha1_of(PASSWORD), sha1_of("another"))).unwrap();
    let output = command(data.path()).args(["password", "import-breached"]).arg(&list).arg("--json").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::remove_file(&list).unwrap();
    let more = crate::user::mailing(letters.path());
    let house = House { app: TestApp::on(data, &more).await, letters };
    let judged = house.post("/auth/v1/password/strength", &json!({ "password": PASSWORD })).await.json();
    assert_eq!((&judged["accepted"], &judged["rule"]), (&json!(false), &json!("breached")), "{judged}");
    house.invite("ada@example.com").await;
    let token = house.token(Purpose::Invitation, 1).await;
    let refused = house.post("/auth/v1/invitation/accept", &json!({ "token": token, "password": PASSWORD })).await;
    assert_eq!(refused.json()["error"]["code"], "password_refused");
}

#[tokio::test]
async fn a_flood_of_logins_is_shed_before_it_is_hashed_and_prompts_go_on() {
    let more = "[auth.password]\nqueue_max = 1\n[auth.throttle]\naddress_free = 100";
    let house = House::start(more).await;
    let body = |number: usize| json!({ "email": format!("user{number}@example.com"), "password": PASSWORD });
    let bodies: Vec<_> = (0..24).map(body).collect();
    let flood = futures_util::future::join_all(bodies.iter().map(|body| house.post("/auth/v1/login", body)));
    let (replies, prompt) = tokio::join!(flood, house.app.chat("Say hello"));
    assert_eq!(prompt.status, StatusCode::OK, "{}", prompt.text());
    let (shed, hashed): (Vec<_>, Vec<_>) =
        replies.iter().partition(|reply| reply.status == StatusCode::TOO_MANY_REQUESTS);
    assert!(!shed.is_empty() && !hashed.is_empty(), "{} shed, {} hashed", shed.len(), hashed.len());
    assert!(shed.iter().all(|reply| reply.json()["error"]["code"] == "busy" && reply.header("retry-after") == "2"));
    assert!(hashed.iter().all(|reply| reply.status == StatusCode::UNAUTHORIZED));
}

#[test]
fn the_command_reads_a_password_from_standard_input_and_explains() {
    let folder = tempfile::tempdir().unwrap();
    assert!(command(folder.path()).arg("init").output().unwrap().status.success());
    let judge = |password: &str| {
        let mut command = command(folder.path());
        command.args(["password", "check", "--json", "--name", "Ada Lovelace"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.success(), answer["accepted"] == true, "{answer}");
        answer
    };
    assert_eq!(judge("wobbly teapot orchid\n")["accepted"], true);
    assert_eq!(judge("AdaLovelace1815\n")["rule"], "personal");
    assert_eq!(judge("password1234")["rule"], "guessable");
}

/// The command, on a folder of its own; the tests' PostgreSQL is not needed for it.
fn command(data: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.env("PORTCULLIS_CONFIG", data.join("portcullis.toml")).env("PORTCULLIS_DATA", data);
    command
}

fn sha1_of(text: &str) -> String {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
    hash.as_ref().iter().map(|byte| format!("{byte:02X}")).collect()
}
