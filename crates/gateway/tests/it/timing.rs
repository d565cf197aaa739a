//! Whether the time of an answer tells a known account from an unknown one (ASVS V6.3.8), by a Kolmogorov–Smirnov test.
//!
//! The short run hashes at cost 4, which hides a hundredth of what cost 12 hides, so it sees differences that nobody could
//! see in production. The long run is the real thing: `cargo xtask timing`, on a machine without other work.

use std::net::IpAddr;
use std::time::Instant;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::json;

use crate::app::TestApp;
use crate::login_attack::machine;
use crate::user::{House, mailing};

/// Tries on each side.
const TRIES: usize = 300;
/// Tries for one account from one address, within every budget.
const TRIES_AN_ACCOUNT: usize = 50;
/// Rounds of which one has to look the same: noise of the machine is not the same three times.
const ROUNDS: usize = 3;
/// Two samples of one distribution are less likely apart than this.
const UNLIKELY: f64 = 0.01;

/// The largest distance between two empirical distributions, and how likely it is when they are one.
fn kolmogorov_smirnov(left: &[f64], right: &[f64]) -> (f64, f64) {
    let sorted = |side: &[f64]| {
        let mut side = side.to_vec();
        side.sort_by(f64::total_cmp);
        side
    };
    let (left, right) = (sorted(left), sorted(right));
    let share = |side: &[f64], at: f64| side.partition_point(|value| *value <= at) as f64 / side.len() as f64;
    let apart = |at: &f64| (share(&left, *at) - share(&right, *at)).abs();
    let distance = left.iter().chain(&right).map(apart).fold(0.0, f64::max);
    let size = (left.len() * right.len()) as f64 / (left.len() + right.len()) as f64;
    let lambda = (size.sqrt() + 0.12 + 0.11 / size.sqrt()) * distance;
    let term = |k: i32| f64::from(1 - 2 * ((k - 1) % 2)) * (-2.0 * f64::from(k * k) * lambda * lambda).exp();
    let likely = if lambda < 0.3 { 1.0 } else { 2.0 * (1..100).map(term).sum::<f64>() };
    (distance, likely.clamp(0.0, 1.0))
}

#[test]
fn the_test_tells_two_distributions_from_one() {
    let wave = |shift: f64| (0..300).map(|at| f64::from(at * 37 % 300) + shift).collect::<Vec<_>>();
    assert!(kolmogorov_smirnov(&wave(0.0), &wave(0.0)).1 > 0.999);
    assert!(kolmogorov_smirnov(&wave(0.0), &wave(12.0)).1 > 0.5);
    assert!(kolmogorov_smirnov(&wave(0.0), &wave(60.0)).1 < 0.001);
    // Tables: for two samples of 300, a distance of 0.1331 is met in one of a hundred.
    let (distance, likely) = kolmogorov_smirnov(&wave(0.0), &wave(39.5));
    assert!((distance - 0.133).abs() < 0.002 && (likely - 0.01).abs() < 0.002, "{distance} {likely}");
}

/// A gateway with users whose passwords were hashed at a cost.
async fn house(cost: u32) -> House {
    let letters = tempfile::tempdir().unwrap();
    let budgets = "pair_free = 100\naccount_free = 100\naddress_free = 100\nspraying_failures = 10000000";
    let more = format!("{}[auth.throttle]\n{budgets}\n", mailing(letters.path()));
    let app = TestApp::altered(&more, |config| config.auth.password.cost = cost).await;
    let house = House { app, letters };
    for number in 0..TRIES / TRIES_AN_ACCOUNT {
        house.user(&format!("known{number}@example.com")).await;
    }
    house
}

/// The times of wrong passwords for known and for unknown accounts, in milliseconds, taken in turn.
async fn times(house: &House, round: usize) -> [Vec<f64>; 2] {
    let url = format!("{}/auth/v1/login", house.app.base);
    let mut times = [Vec::new(), Vec::new()];
    for number in 0..TRIES / TRIES_AN_ACCOUNT {
        // The same connection for both, from an address of its own.
        let mut connector = HttpConnector::new();
        connector.set_local_address(Some(IpAddr::V4(machine(round * 100 + number))));
        let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
        for at in 0..TRIES_AN_ACCOUNT {
            // Now the one first and now the other.
            for side in [at % 2, (at + 1) % 2] {
                let email = format!("{}{number}@example.com", ["known", "other"][side]);
                let body = json!({ "email": email, "password": "not the right one" }).to_string();
                let request = Request::post(&url).header("content-type", "application/json");
                let request = request.body(Full::new(Bytes::from(body))).unwrap();
                let begun = Instant::now();
                let response = client.request(request).await.unwrap();
                let status = response.status();
                response.into_body().collect().await.unwrap();
                times[side].push(begun.elapsed().as_secs_f64() * 1_000.0);
                assert_eq!(status, StatusCode::UNAUTHORIZED);
            }
        }
        // What was counted is forgotten.
        house.app.clock.pass(86_400);
    }
    times
}

/// Fails when the sides look different in every round.
async fn look_the_same(cost: u32) {
    let house = house(cost).await;
    let mut seen = Vec::new();
    for round in 0..ROUNDS {
        let [known, unknown] = times(&house, round).await;
        let (distance, likely) = kolmogorov_smirnov(&known, &unknown);
        let median = |side: &[f64]| {
            let mut side = side.to_vec();
            side.sort_by(f64::total_cmp);
            side[side.len() / 2]
        };
        let line = format!(
            "cost {cost}, {TRIES} tries a side: median {:.3} ms known, {:.3} ms unknown; D = {distance:.3}, p = {likely:.3}",
            median(&known),
            median(&unknown)
        );
        eprintln!("{line}");
        seen.push(line);
        if likely >= UNLIKELY {
            return;
        }
    }
    panic!("the time tells known from unknown accounts: {seen:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v6_3_8_the_time_does_not_tell_even_where_hashing_hides_little() {
    look_the_same(4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: `cargo xtask timing`"]
async fn v6_3_8_an_unknown_account_takes_as_long_as_a_wrong_password() {
    look_the_same(12).await;
}
