//! Limits in Redis: several nodes as one, and each for itself while Redis is lost.

use std::sync::atomic::{AtomicU64, Ordering};

use http::{Method, StatusCode};
use portcullis::api::limit::{Asker, Demand, Usage};
use portcullis::app::App;
use portcullis::data::access::{Action, Kind, Permit, Resource};

use crate::app::{TestApp, chat};
use crate::limit::{ask, limit, storm};
use crate::redis::RedisServer;

fn requests(max: u32) -> String {
    limit("shared", "requests", f64::from(max), "window_s = 3600\nper = ['key']")
}

/// How many of so many requests, sent to these nodes in turn, are served.
async fn served(app: &TestApp, bases: &[&str], count: usize) -> usize {
    let mut served = 0;
    for number in 0..count {
        let url = format!("{}/v1/chat/completions", bases[number % bases.len()]);
        let reply = app.send(Method::POST, &url, Some(&app.key), &[], chat("Say hello").to_string()).await;
        match reply.status {
            StatusCode::OK => served += 1,
            StatusCode::TOO_MANY_REQUESTS => {}
            status => panic!("{status}: {}", reply.text()),
        }
    }
    served
}

fn metric(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name}: {text}"));
    line.trim().parse().unwrap()
}

#[tokio::test]
async fn two_nodes_together_admit_what_one_would() {
    let Some(server) = RedisServer::start().await else { return };
    for more in ["", "algorithm = 'gcra'\n"] {
        let name = if more.is_empty() { "sliding" } else { "level" };
        let limits = limit(name, "requests", 7.0, &format!("window_s = 3600\nper = ['key']\n{more}"));
        let app = TestApp::with(&format!("{}{limits}", server.config())).await;
        let (other, _server) = app.beside().await;
        assert_eq!(served(&app, &[&app.base, &other], 15).await, 7);
        let refused = app
            .send(Method::POST, &format!("{other}/v1/chat/completions"), Some(&app.key), &[], chat("x").to_string())
            .await;
        let seconds: u64 = refused.header("retry-after").parse().unwrap();
        let expected = if more.is_empty() { 3_500..=3_636 } else { 400..=515 };
        assert!(expected.contains(&seconds), "{name}: {seconds}");
        assert_eq!(refused.header("x-ratelimit-remaining-requests"), "0");
    }
    let keys = server.keys().await;
    let limits: Vec<&String> = keys.iter().filter(|key| key.contains("{limit}")).collect();
    assert!(limits.len() == 2 && !format!("{limits:?}").contains("key_"), "counters are keyed hashes: {keys:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_streams_at_once_on_two_nodes_not_one_token_is_beyond_the_limit() {
    let Some(server) = RedisServer::start().await else { return };
    let max = 5_000;
    let limits = limit("tokens", "tokens", f64::from(max), "window_s = 3600\nper = ['key']");
    let app = TestApp::with(&format!("{}{limits}", server.config())).await;
    let (other, beside) = app.beside().await;
    let (used, served, refused) = storm(&app, &[&app.base, &other], 64, 12).await;
    assert!(used <= u64::try_from(max).unwrap(), "{used} of {max} tokens");
    assert!(served >= 8 && refused > 0, "{served} served, {refused} refused");
    println!("{used} of {max} tokens in {served} streams, {refused} refused");
    // Once the storm is over and all is told, the rest can be used from either node.
    app.clock.pass(5);
    let (mut used, bases) = (used, [app.base.as_str(), other.as_str()]);
    for turn in 0.. {
        for node in [app.app(), beside.app()] {
            node.ledger.tell().await;
        }
        app.clock.pass(5);
        let (more, count, _) = storm(&app, &bases[turn % 2..=turn % 2], 1, 1).await;
        used += more;
        if count == 0 {
            break;
        }
    }
    let max = u64::try_from(max).unwrap();
    assert!(used <= max && used + 700 > max, "{used} of {max} tokens");
}

#[tokio::test]
async fn a_hot_counter_asks_redis_once_for_twenty_requests_at_most_and_admits_no_more_for_it() {
    let Some(server) = RedisServer::start().await else { return };
    let app = TestApp::with(&format!("{}{}", server.config(), requests(2_000))).await;
    let (other, _server) = app.beside().await;
    let count = 1_000;
    assert_eq!(served(&app, &[&app.base], count).await, count);
    let trips = metric(&app.metrics().await, "portcullis_limit_trips_total");
    assert!(trips * 20 <= count as u64, "{trips} questions for {count} requests");
    println!("{trips} questions for {count} requests");
    // What is left is left for the other node, but for what this one still holds ahead, and gives back.
    assert_eq!(served(&app, &[&other, &app.base], 1_100).await, 1_000);
}

#[tokio::test]
async fn while_redis_is_lost_each_node_lets_pass_its_share_and_afterwards_all_of_it_counts() {
    let Some(mut server) = RedisServer::start().await else { return };
    let app = TestApp::with(&format!("limiter.nodes = 2\n{}{}", server.config(), requests(10))).await;
    assert_eq!(served(&app, &[&app.base], 2).await, 2);
    server.kill();
    // Of its share of 5 it used 2.
    assert_eq!(served(&app, &[&app.base], 6).await, 3);
    let metrics = app.metrics().await;
    assert_eq!(metric(&metrics, "portcullis_limit_redis_up"), 0);
    assert!(metric(&metrics, "portcullis_limit_fallbacks_total") >= 6);
    server.restart().await;
    app.clock.pass(2);
    // Redis has forgotten; this node has not: 5 of 10 are left.
    assert_eq!(served(&app, &[&app.base], 8).await, 5);
    assert_eq!(metric(&app.metrics().await, "portcullis_limit_redis_up"), 1);
    for kind in ["limit.alone", "limit.together"] {
        assert_eq!(app.entries(kind).await.len(), 1, "{kind}: one entry for each change");
    }
}

#[tokio::test]
async fn where_it_is_configured_nothing_passes_while_redis_is_lost() {
    let Some(mut server) = RedisServer::start().await else { return };
    let config = format!("limiter.without_redis = 'refuse'\n{}{}", server.config(), requests(10));
    let app = TestApp::with(&config).await;
    assert_eq!(served(&app, &[&app.base], 1).await, 1);
    server.kill();
    let refused = ask(&app, &app.key, &chat("Say hello")).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{}", refused.text());
    assert!(refused.text().contains("Redis"), "{}", refused.text());
    server.restart().await;
    app.clock.pass(2);
    assert_eq!(served(&app, &[&app.base], 1).await, 1);
}

#[tokio::test]
async fn a_budget_in_redis_is_one_for_all_nodes_and_an_emptied_redis_learns_it_from_the_database() {
    let Some(mut server) = RedisServer::start().await else { return };
    let app = TestApp::with(&format!("{}{}", server.config(), limit("day", "requests", 7.0, "period = 'day'"))).await;
    let (other, beside) = app.beside().await;
    assert_eq!(served(&app, &[&app.base, &other], 4).await, 4);
    for node in [app.app(), beside.app()] {
        node.ledger.save_budgets(node.db()).await.unwrap();
        node.ledger.learn_budgets(node.db()).await.unwrap();
    }
    server.kill();
    server.restart().await;
    app.clock.pass(2);
    assert_eq!(served(&app, &[&other, &app.base], 9).await, 3, "four of seven were used");
}

#[tokio::test]
async fn a_client_that_leaves_while_redis_is_asked_holds_nothing() {
    let Some(server) = RedisServer::start().await else { return };
    let app = TestApp::with(&format!("{}{}", server.config(), limit("streams", "concurrent", 3.0, ""))).await;
    let body = chat("Say hello");
    for _ in 0..20 {
        let asking = ask(&app, &app.key, &body);
        // Cut off at any moment of it.
        let _ = tokio::time::timeout(std::time::Duration::from_millis(2), asking).await;
    }
    let free = async {
        loop {
            app.app().ledger.tell().await;
            let many = (0..3).map(|_| ask(&app, &app.key, &body));
            let replies = futures_util::future::join_all(many).await;
            if replies.iter().all(|reply| reply.status == StatusCode::OK) {
                break;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), free).await.expect("all three places are free again");
}

#[tokio::test]
async fn a_reset_on_one_node_holds_on_the_other() {
    let Some(server) = RedisServer::start().await else { return };
    let app = TestApp::with(&format!("{}{}", server.config(), requests(3))).await;
    let (other, beside) = app.beside().await;
    assert_eq!(served(&app, &[&app.base, &other], 4).await, 3);
    // What the other node used is told.
    beside.app().ledger.tell().await;
    let ledger = &app.app().ledger;
    let counter = ledger.counters("shared").unwrap()[0].clone();
    assert_eq!(counter.remaining, 0, "what all nodes used: {counter:?}");
    ledger.reset(app.app().db(), ("shared", &counter.counter), "test").await.unwrap();
    // The other node remembers its refusal for a moment.
    app.clock.pass(1);
    assert_eq!(served(&app, &[&other, &app.base], 5).await, 3);
}

/// What two nodes let pass at any moment, by an account that is kept outside of them.
struct Account {
    open: AtomicU64,
    max: u64,
}

impl Account {
    /// Somebody reserves amounts on a node again and again, uses some of each, and gives the rest back.
    async fn spend(&self, node: &App, (permit, asker): (&Permit, Asker<'_>), mut dice: u64, times: usize) {
        for _ in 0..times {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (most, used) = (1 + (dice >> 33) % 150, (dice >> 40) % 30);
            let used = used.min(most);
            let demand = Demand { usage: Usage { input_tokens: most, output_tokens: 0 }, ..Demand::default() };
            let Ok(reservation) = node.ledger.reserve(permit, &asker, demand).await else {
                tokio::task::yield_now().await;
                continue;
            };
            let open = self.open.fetch_add(most, Ordering::SeqCst) + most;
            assert!(open <= self.max, "{open} of {}", self.max);
            if dice.is_multiple_of(3) {
                tokio::task::yield_now().await;
            }
            self.open.fetch_sub(most - used, Ordering::SeqCst);
            reservation.settle(Some(Usage { input_tokens: used, output_tokens: 0 }));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn at_no_moment_do_two_nodes_hold_and_use_more_than_the_limit_and_in_the_end_they_use_all_of_it() {
    let Some(server) = RedisServer::start().await else { return };
    let max = 20_000;
    let app =
        TestApp::with(&format!("{}{}", server.config(), limit("t", "tokens", f64::from(max), "window_s = 3600"))).await;
    let (_, beside) = app.beside().await;
    let identity = app.app().keys.verify(&app.key).await.unwrap();
    let model = Resource::new(Kind::Model, "m", "default");
    let permit = app.app().access.authorize(&identity, Action::ModelInfer, &model).unwrap();
    let asker = Asker {
        address: None,
        key: "key_1",
        key_name: "app",
        user: "key_1",
        team: None,
        tenant: "default",
        model: "m",
        route: "/v1/chat/completions",
    };
    let account = Account { open: AtomicU64::new(0), max: u64::try_from(max).unwrap() };
    let nodes = [app.app().clone(), beside.app().clone()];
    let spenders = (0..32_u64).map(|number| {
        let node = &nodes[usize::try_from(number).unwrap() % 2];
        account.spend(node, (&permit, asker), number * 7_919 + 1, 60)
    });
    futures_util::future::join_all(spenders).await;
    // Nothing is held any more: once all is told, what is left can be used up, to the last token, by either node.
    for turn in 0..10 {
        app.clock.pass(2);
        for node in &nodes {
            node.ledger.tell().await;
        }
        let node = &nodes[turn % 2];
        loop {
            let demand = Demand { usage: Usage { input_tokens: 1, output_tokens: 0 }, ..Demand::default() };
            let Ok(reservation) = node.ledger.reserve(&permit, &asker, demand).await else { break };
            let open = account.open.fetch_add(1, Ordering::SeqCst) + 1;
            assert!(open <= account.max);
            reservation.settle(Some(demand.usage));
        }
    }
    assert_eq!(account.open.load(Ordering::SeqCst), account.max);
}
