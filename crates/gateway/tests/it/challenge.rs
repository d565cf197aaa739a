//! Work that browsers show before the pages for people: who is asked for it, who never is, and what is tried to get past.

use http::{Method, StatusCode};
use portcullis::config::Config;
use portcullis::http::router::{Plane, ROUTES, Target};
use portcullis::infra::proof;

use crate::app::{Reply, TestApp, chat};
use crate::oauth::{Browser, form};
use crate::overload;
use crate::raw::{Raw, chat_over};
use crate::user::{House, PASSWORD, mailing};

const ADA: &str = "ada@example.com";
const PASS: &str = "__Host-portcullis-pass";
const HERE: (&str, &str) = ("x-forwarded-for", "203.0.113.9");
const ELSEWHERE: (&str, &str) = ("x-forwarded-for", "198.51.100.7");

/// A gateway that always asks, for few bits, so that a test is quick. Who asks may say where from.
async fn start() -> House {
    let letters = tempfile::tempdir().unwrap();
    let more = format!("{}[server.challenge]\nmode = 'always'\nbits = 10\n", mailing(letters.path()));
    let trust = |config: &mut Config| config.server.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    House { app: TestApp::altered(&more, trust).await, letters }
}

async fn open(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Reply {
    app.send(Method::GET, &format!("{}{path}", app.base), None, headers, "").await
}

/// The challenge of a page, if it asks for one.
fn challenge(page: &Reply) -> Option<String> {
    let text = page.text();
    let (_, rest) = text.split_once("data-challenge=\"")?;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    Some(rest.split('"').next()?.to_owned())
}

async fn is_asked(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> bool {
    challenge(&open(app, path, headers).await).is_some()
}

/// A solution for a challenge of this client.
async fn solved(app: &TestApp, client: (&str, &str)) -> String {
    proof::solve(&challenge(&open(app, "/login", &[client]).await).unwrap()).unwrap()
}

async fn show(app: &TestApp, client: (&str, &str), solution: &str) -> Reply {
    let headers = [("content-type", "application/x-www-form-urlencoded"), client];
    app.send_form(&format!("{}/challenge", app.base), &headers, form(&[("solution", solution)])).await
}

/// The `Cookie` line of the pass that an answer gives.
fn pass(reply: &Reply) -> Option<String> {
    reply.header("set-cookie").split(';').next().filter(|line| line.starts_with(PASS)).map(str::to_owned)
}

#[tokio::test]
async fn a_browser_works_once_and_then_sees_the_pages() {
    let house = start().await;
    let app = &house.app;
    house.user(ADA).await;
    let page = open(app, "/login?next=%2Faccount", &[]).await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
    assert!(page.text().contains("<noscript>") && page.header("cache-control") == "no-store");
    let solution = proof::solve(&challenge(&page).unwrap()).unwrap();
    let browser = Browser::new(app);
    let taken = browser.post("/challenge", &[], &[("solution", &solution)]).await;
    assert_eq!(taken.status, StatusCode::NO_CONTENT, "{}", taken.text());
    let line = taken.header("set-cookie");
    assert!(line.ends_with("; Path=/; Max-Age=3600; Secure; HttpOnly; SameSite=Lax"), "{line}");
    let account = browser.log_in(&browser.open("/login").await, PASSWORD).await;
    assert!(account.text().contains("Your account"), "{}", account.text());
    app.clock.pass(3_601);
    assert!(challenge(&browser.open("/login").await).is_some(), "a pass runs out");
    let metrics = app.metrics().await;
    for line in ["{why=\"asked\"} 2", "{why=\"solved\"} 1"] {
        assert!(metrics.contains(&format!("portcullis_browser_challenges_total{line}")), "{line}: {metrics}");
    }
    let entries = app.entries("browser.challenged").await;
    assert_eq!((entries.len(), entries[0]["detail"]["count"].as_u64()), (2, Some(1)), "{entries:?}");
}

#[tokio::test]
async fn every_page_is_behind_it_and_nothing_else_is() {
    let house = start().await;
    let app = &house.app;
    let data = ROUTES.iter().filter(|route| route.plane == Plane::Data);
    for route in data {
        let path = route.path.replace("{provider}", "none").replace("{id}", "none").replace("{model}", "none");
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("accept", "text/html")];
        let reply = app.send(route.method.clone(), &format!("{}{path}", app.base), None, &headers, "").await;
        let is_page = match route.target {
            Target::Site(_) => route.path != "/challenge",
            Target::OAuth(_) => {
                let own = ["authorize", "continue", "login", "consent", "logout"];
                route.path == "/device" || own.iter().any(|name| route.path == format!("/oauth2/{name}"))
            }
            Target::Outside(_) => route.path.contains("/start/"),
            _ => false,
        };
        assert_eq!(
            challenge(&reply).is_some() && route.path != "/challenge",
            is_page,
            "{} {}",
            route.method,
            route.path
        );
    }
    let answer = app.post("/v1/chat/completions", &chat("Say hello")).await;
    assert_eq!(answer.status, StatusCode::OK, "a prompt needs no work");
    let login = house.login(ADA, "wrong").await;
    assert_eq!(login.status, StatusCode::UNAUTHORIZED, "{}", login.text());
    assert_eq!(login.json()["error"]["type"].as_str().map(str::is_empty), Some(false), "an API answers as ever");
}

#[tokio::test]
async fn what_is_forged_late_easy_of_another_or_shown_twice_gives_no_pass() {
    let house = start().await;
    let app = &house.app;
    let solution = solved(app, HERE).await;
    let (text, number) = solution.rsplit_once(':').unwrap();
    let wrong = (0..).map(|at| format!("{text}:{at}")).find(|other| *other != solution && *other < solution).unwrap();
    let (unsigned, mac) = text.rsplit_once('.').unwrap();
    for (why, client, shown) in [
        ("another network", ELSEWHERE, solution.clone()),
        ("no work", HERE, format!("{text}:")),
        ("too little work", HERE, wrong),
        ("fewer bits than asked", HERE, proof::solve(&text.replacen("v1.10.", "v1.1.", 1)).unwrap()),
        ("another signature", HERE, format!("{unsigned}.{}:{number}", mac.chars().rev().collect::<String>())),
        ("no signature", HERE, format!("{unsigned}:{number}")),
        ("nothing", HERE, String::new()),
        ("far too much", HERE, "1".repeat(5_000)),
    ] {
        let reply = show(app, client, &shown).await;
        assert!(challenge(&reply).is_some() && pass(&reply).is_none(), "{why}: {}", reply.text());
    }
    let pass_line = pass(&show(app, HERE, &solution).await).unwrap();
    let again = show(app, HERE, &solution).await;
    assert!(challenge(&again).is_some() && pass(&again).is_none(), "shown twice");
    let late = solved(app, HERE).await;
    app.clock.pass(proof::CHALLENGE_LIFE_S);
    assert!(pass(&show(app, HERE, &late).await).is_none(), "too late");
    assert!(!is_asked(app, "/login", &[HERE, ("cookie", &pass_line)]).await);
    let flipped = pass_line.replace("v1.1", "v1.2");
    for (why, client, cookies) in [
        ("another network", ELSEWHERE, pass_line.clone()),
        ("a later end", HERE, flipped),
        ("twice", HERE, format!("{pass_line}; {pass_line}")),
        ("a challenge", HERE, format!("{PASS}={text}")),
        ("nothing", HERE, format!("{PASS}=")),
    ] {
        assert!(is_asked(app, "/login", &[client, ("cookie", &cookies)]).await, "a pass: {why}");
    }
    let metrics = app.metrics().await;
    assert!(metrics.contains("portcullis_browser_challenges_total{why=\"wrong\"} 9"), "{metrics}");
    assert!(metrics.contains("portcullis_browser_challenges_total{why=\"reused\"} 1"), "{metrics}");
}

#[tokio::test]
async fn a_page_of_another_site_cannot_show_a_solution() {
    let house = start().await;
    let app = &house.app;
    let solution = solved(app, HERE).await;
    for foreign in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
        let headers = [("content-type", "application/x-www-form-urlencoded"), HERE, foreign];
        let body = form(&[("solution", &solution)]);
        let reply = app.send_form(&format!("{}/challenge", app.base), &headers, body).await;
        assert!(reply.status == StatusCode::FORBIDDEN && pass(&reply).is_none(), "{foreign:?}: {}", reply.text());
    }
    assert!(pass(&show(app, HERE, &solution).await).is_some(), "nor does it use it up");
}

#[tokio::test]
async fn a_form_without_a_pass_is_not_read_and_its_sender_told() {
    let house = start().await;
    house.user(ADA).await;
    let browser = Browser::new(&house.app);
    let reply = browser.post("/login", &[], &[("email", ADA), ("password", PASSWORD)]).await;
    assert!(challenge(&reply).is_some() && reply.text().contains("data-form"), "{}", reply.text());
    assert!(reply.text().contains("was not sent") && house.app.entries("login.failed").await.is_empty());
}

#[tokio::test]
async fn it_is_off_unless_it_is_switched_on() {
    let app = TestApp::start().await;
    assert_eq!(open(&app, "/login", &[]).await.status, StatusCode::OK);
    assert_eq!(show(&app, HERE, "v1.10").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn under_pressure_who_is_on_the_way_to_a_ban_is_asked_and_others_are_not() {
    let more = "[server.ban]\nallow = []\npoints_max = 20\n[server.challenge]\nmode = 'pressure'\n";
    let app = TestApp::with(more).await;
    app.clock.stop();
    let login = "GET /login HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n";
    let is_asked = async |address: &str| {
        let mut raw = Raw::from(&app, address).await;
        raw.send(login).await;
        raw.text().await.contains("data-challenge")
    };
    for round in 1..=3 {
        assert!(!is_asked("127.0.0.66").await || round == 3, "below half of the points nobody is asked");
        let mut raw = Raw::from(&app, "127.0.0.66").await;
        raw.send("NONSENSE\r\n\r\n").await;
        raw.text().await;
    }
    assert!(is_asked("127.0.0.66").await && !is_asked("127.0.0.67").await);
    let mut prompt = Raw::from(&app, "127.0.0.66").await;
    prompt.send(chat_over(&app.key, "")).await;
    assert!(prompt.text().await.starts_with("HTTP/1.1 200"), "an SDK is not asked");
    app.clock.pass(60);
    assert!(!is_asked("127.0.0.66").await, "its points ran out");
}

#[tokio::test]
async fn under_pressure_everybody_is_asked_while_there_is_too_much_and_a_minute_longer() {
    let more = "[server.overload]\nrequests_max = 10\n[server.challenge]\nmode = 'pressure'\nload_percent = 80\n";
    let app = overload::start(more).await;
    app.clock.stop();
    assert!(!is_asked(&app, "/login", &[]).await);
    let mut held = overload::waiting(&app, 6, &app.key).await;
    overload::until_under_way(&app, 6).await;
    assert!(!is_asked(&app, "/login", &[]).await, "six prompts and this page are fewer than eight");
    held.extend(overload::waiting(&app, 2, &app.key).await);
    overload::until_under_way(&app, 8).await;
    assert!(is_asked(&app, "/login", &[]).await);
    held.extend(overload::waiting(&app, 2, &app.key).await);
    overload::until_under_way(&app, 9).await;
    let refused = app.chat("Say hello").await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "an SDK is told the usual: {}", refused.text());
    drop(held);
    overload::until_under_way(&app, 0).await;
    assert!(is_asked(&app, "/login", &[]).await, "something was refused a moment ago");
    app.clock.pass(60);
    assert!(!is_asked(&app, "/login", &[]).await);
}
