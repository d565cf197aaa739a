//! The throttle, attacked: brute force, spraying, parallel tries, and whoever wants to keep a user out.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use http::StatusCode;
use jiff::Timestamp;
use portcullis::auth::throttle::config::ThrottleConfig;
use portcullis::auth::throttle::{
    Attempt, Client, MemoryTally, Refusal, StoreTally, Tally, Throttle, ThrottleError, solve,
};
use portcullis::clock::Clock;
use portcullis::data::encryption::Sealer;
use serde_json::json;

use crate::app::TestApp;
use crate::user::{House, PASSWORD};

/// A clock that stands still until it is moved.
#[derive(Debug, Default)]
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + self.0.load(Ordering::Relaxed)).unwrap()
    }
}

/// A throttle in memory.
pub(crate) struct Bench {
    pub(crate) throttle: Throttle,
    clock: Arc<Hand>,
    _data: tempfile::TempDir,
}

pub(crate) fn bench(config: ThrottleConfig) -> Bench {
    with(Arc::new(MemoryTally::new(100_000)), config)
}

fn with(tally: Arc<dyn Tally>, config: ThrottleConfig) -> Bench {
    let data = tempfile::tempdir().unwrap();
    Sealer::create_master_key(data.path()).unwrap();
    let sealer = Sealer::open(data.path(), None).unwrap();
    let clock = Arc::new(Hand::default());
    Bench { throttle: Throttle::new(tally, &sealer, clock.clone(), config), clock, _data: data }
}

impl Bench {
    async fn attempt(
        &self,
        account: &str,
        ip: &str,
        device: Option<&str>,
        proof: Option<&str>,
    ) -> Result<Attempt, Refusal> {
        let ip: IpAddr = ip.parse().unwrap();
        match self.throttle.attempt(Client { account: account.as_bytes(), ip, device, proof }).await {
            Ok(attempt) => Ok(attempt),
            Err(ThrottleError::Refused(refusal)) => Err(refusal),
            Err(error) => panic!("{error}"),
        }
    }

    /// An attempt with a wrong password; false when it was not let in.
    pub(crate) async fn fails(&self, account: &str, ip: &str) -> bool {
        match self.attempt(account, ip, None, None).await {
            Ok(attempt) => {
                self.throttle.failed(&attempt);
                true
            }
            Err(_) => false,
        }
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds * 1_000, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn v6_3_1_guessing_for_a_day_from_one_address_gets_few_tries() {
    let bench = bench(ThrottleConfig::default());
    let mut tries = 0;
    for _ in 0..24 * 60 * 60 / 5 {
        tries += u32::from(bench.fails("ada", "203.0.113.7").await);
        bench.pass(5);
    }
    assert!((20..250).contains(&tries), "{tries}");
}

#[tokio::test]
async fn an_attacker_with_many_addresses_cannot_keep_the_owner_out() {
    let bench = bench(ThrottleConfig::default());
    let cookie = bench.throttle.device_cookie(b"ada").unwrap();
    for number in 0..3_000 {
        bench.fails("ada", &format!("203.0.{}.{}", number / 250, number % 250)).await;
        if number % 10 == 0 {
            bench.pass(1);
        }
    }
    let refusal = bench.attempt("ada", "198.51.100.1", None, None).await.unwrap_err();
    let Refusal::Wait { challenge: Some(challenge), retry_after_s, .. } = refusal else { panic!("{refusal:?}") };
    assert!(retry_after_s <= 60, "{retry_after_s}");
    // The owner's browser has a budget of its own.
    let attempt = bench.attempt("ada", "198.51.100.1", Some(&cookie), None).await.unwrap();
    bench.throttle.succeeded(attempt).await.unwrap();
    // And a new browser of the owner works instead of waiting; once for each challenge.
    let proof = solve(&challenge).unwrap();
    let attempt = bench.attempt("ada", "198.51.100.1", None, Some(&proof)).await.unwrap();
    drop(attempt);
    assert!(bench.attempt("ada", "198.51.100.1", None, Some(&proof)).await.is_err(), "used twice");
}

#[tokio::test]
async fn a_device_cookie_of_another_account_or_with_a_changed_character_buys_nothing() {
    let bench = bench(ThrottleConfig { pair_free: 1, ..ThrottleConfig::default() });
    assert!(bench.fails("ada", "203.0.113.7").await);
    let others = bench.throttle.device_cookie(b"eve").unwrap();
    let own = bench.throttle.device_cookie(b"ada").unwrap();
    let tampered = own.replacen("v1.", "v1.A", 1);
    for cookie in [others.as_str(), tampered.as_str(), "v1", ""] {
        assert!(bench.attempt("ada", "203.0.113.7", Some(cookie), None).await.is_err(), "{cookie}");
    }
    assert!(bench.attempt("ada", "203.0.113.7", Some(&own), None).await.is_ok());
}

#[tokio::test]
async fn a_stolen_device_cookie_has_a_budget_too_and_does_not_shut_its_owner_out() {
    let bench = bench(ThrottleConfig { device_free: 4, ..ThrottleConfig::default() });
    let cookie = bench.throttle.device_cookie(b"ada").unwrap();
    let mut let_in = 0;
    for _ in 0..20 {
        let_in += u32::from(bench.attempt("ada", "203.0.113.7", Some(&cookie), None).await.is_ok());
    }
    assert_eq!(let_in, 4 + 3, "the browser's budget, and then what an unknown one has at this address");
    assert!(bench.attempt("ada", "198.51.100.1", Some(&cookie), None).await.is_ok(), "the owner, at home");
}

#[tokio::test]
async fn one_ipv6_network_is_one_address() {
    let bench = bench(ThrottleConfig { address_free: 5, ..ThrottleConfig::default() });
    let mut let_in = 0;
    for number in 0..50 {
        let_in += u32::from(bench.fails(&format!("user {number}"), &format!("2001:db8:1:2::{number:x}")).await);
    }
    assert_eq!(let_in, 5);
    assert!(bench.fails("user", "2001:db8:1:3::1").await, "the next network");
    assert!(bench.fails("user 2", "::ffff:203.0.113.7").await, "an IPv4 address in another form");
}

#[tokio::test]
async fn spraying_makes_unknown_browsers_work_and_known_ones_not() {
    let bench = bench(ThrottleConfig { spraying_failures: 50, proof_bits: 10, ..ThrottleConfig::default() });
    for number in 0..60 {
        bench.fails(&format!("user {number}"), &format!("203.0.113.{number}")).await;
    }
    let refusal = bench.attempt("ada", "198.51.100.1", None, None).await.unwrap_err();
    let Refusal::Work { challenge, is_first: false } = refusal else { panic!("{refusal:?}") };
    assert!(
        bench.attempt("eve", "198.51.100.1", None, Some(&solve(&challenge).unwrap())).await.is_err(),
        "another account"
    );
    assert!(bench.attempt("ada", "198.51.100.1", None, Some(&solve(&challenge).unwrap())).await.is_ok());
    let cookie = bench.throttle.device_cookie(b"ada").unwrap();
    assert!(bench.attempt("ada", "198.51.100.1", Some(&cookie), None).await.is_ok());
    bench.pass(70);
    assert!(bench.attempt("bob", "198.51.100.2", None, None).await.is_ok(), "a minute later");
}

#[tokio::test]
async fn v6_6_3_a_one_time_code_has_five_tries_whatever_the_time() {
    let bench = bench(ThrottleConfig::default());
    for _ in 0..5 {
        bench.throttle.code("challenge").await.unwrap();
    }
    assert!(bench.throttle.code("challenge").await.is_err());
    bench.pass(3_600);
    assert!(bench.throttle.code("challenge").await.is_err());
    assert!(bench.throttle.code("another").await.is_ok());
    assert!(bench.fails("ada", "203.0.113.7").await, "passwords are counted apart");
}

#[tokio::test]
async fn parallel_tries_on_two_nodes_share_one_budget_and_it_survives_a_restart() {
    let app = TestApp::start().await;
    let db = app.app().db().clone();
    let data = tempfile::tempdir().unwrap();
    Sealer::create_master_key(data.path()).unwrap();
    let node = || {
        let sealer = Sealer::open(data.path(), None).unwrap();
        let config = ThrottleConfig { pair_free: 4, ..ThrottleConfig::default() };
        Arc::new(Throttle::new(Arc::new(StoreTally(db.clone())), &sealer, Arc::new(Hand::default()), config))
    };
    let nodes = [node(), node()];
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..40 {
        let node = nodes[number % 2].clone();
        tasks.spawn(async move {
            let ip = "203.0.113.7".parse().unwrap();
            node.attempt(Client { account: b"ada", ip, device: None, proof: None }).await.is_ok()
        });
    }
    let let_in = tasks.join_all().await.into_iter().filter(|is_in| *is_in).count();
    assert!(let_in <= 4, "{let_in}");
    let restarted = node();
    let mut let_in_more = 0;
    for _ in 0..5 {
        let ip = "203.0.113.7".parse().unwrap();
        let attempt = restarted.attempt(Client { account: b"ada", ip, device: None, proof: None }).await;
        let_in_more += usize::from(attempt.is_ok());
    }
    assert_eq!(let_in + let_in_more, 4, "what was left, and not more");
}

#[tokio::test]
async fn guesses_are_answered_429_before_a_hash_and_the_owners_browser_still_logs_in() {
    let house = House::start("[auth.throttle]\nproof_bits = 8").await;
    house.user("ada@example.com").await;
    let reply = house.login("ada@example.com", PASSWORD).await;
    let mut cookies =
        reply.headers.get_all("set-cookie").iter().filter_map(|line| line.to_str().unwrap().split(';').next());
    let cookie = cookies.find(|pair| pair.starts_with("__Host-device=")).unwrap().to_owned();
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let reply = house.login("ada@example.com", "not the right one").await;
        if reply.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(reply.header("retry-after").parse::<u64>().unwrap() >= 1, "{:?}", reply.headers);
            assert_eq!(reply.json()["error"]["code"], "too_many_attempts");
        }
        statuses.push(reply.status.as_u16());
    }
    assert!(statuses.starts_with(&[401, 401, 401]) && statuses.contains(&429), "{statuses:?}");
    // The right password from the attacker's address waits too: the answer says nothing about it.
    assert_eq!(house.login("ada@example.com", PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    let owner = house.post_with("/auth/v1/login", &[("cookie", &cookie)], &body).await;
    assert_eq!(owner.status, StatusCode::OK, "{}", owner.text());
    // An unknown account is throttled in the same way.
    let mut unknown = Vec::new();
    for _ in 0..6 {
        unknown.push(house.login("nobody@example.com", "not the right one").await.status.as_u16());
    }
    assert!(unknown.starts_with(&[401, 401, 401]) && unknown.contains(&429), "{unknown:?}");
    let throttled = house.app.audit().await.iter().filter(|entry| entry["kind"] == "login.throttled").count();
    assert!((2..=6).contains(&throttled), "told once in a wait: {throttled}");
}
