//! A proof of work that a browser shows before the pages for people, when there is reason to ask for one.
//!
//! Who has no pass gets a challenge, bound to its network and good for two minutes. A solution is taken once on each node,
//! and makes a pass, bound to the same network, for a while. The page and its script are in `http::challenge`.
//!
//! Invariants: challenges and passes are signed, each by a key of its own; nothing is kept about either but the solutions
//! that were taken, of which there is a bound; what is wrong with a solution or a pass is told nobody.

use std::collections::{HashSet, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::config::ChallengeConfig;
use crate::clock::Clock;
use crate::infra::proof::{self, CHALLENGE_LIFE_S};

/// Solutions that are remembered. A challenge lives for two minutes, so this is more than five hundred a second.
const SPENT_MAX: usize = 65_536;
const NONCE_BYTES: usize = 16;
const PASS_BYTES_MAX: usize = 128;

/// Makes challenges and passes, and knows its own.
#[derive(Debug)]
pub struct Challenges {
    challenges: hmac::Key,
    passes: hmac::Key,
    clock: Arc<dyn Clock>,
    spent: Mutex<Spent>,
}

/// What became of a solution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was taken.
    Solved,
    /// It is none for this network and this time.
    Wrong,
    /// It was taken before.
    Reused,
}

impl Outcome {
    /// Its name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Solved => "solved",
            Self::Wrong => "wrong",
            Self::Reused => "reused",
        }
    }
}

impl Challenges {
    /// Takes the two keys, of challenges and of passes.
    pub fn new((challenges, passes): (hmac::Key, hmac::Key), clock: Arc<dyn Clock>) -> Self {
        Self { challenges, passes, clock, spent: Mutex::default() }
    }

    /// A challenge for a client; `None` without randomness.
    pub fn challenge(&self, client: IpAddr, config: &ChallengeConfig) -> Option<String> {
        proof::challenge(&self.challenges, &network(client), config.bits, self.now_s())
    }

    /// Takes a solution; gives the pass when it is right.
    ///
    /// # Errors
    /// When it is not, or there is no randomness.
    pub fn take(&self, client: IpAddr, solution: &str, config: &ChallengeConfig) -> Result<String, Outcome> {
        let now_s = self.now_s();
        let challenge = proof::solved(&self.challenges, &network(client), solution, config.bits, now_s);
        let challenge = challenge.ok_or(Outcome::Wrong)?;
        let pass = self.pass(client, now_s + i64::from(config.valid_s)).ok_or(Outcome::Wrong)?;
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.add(challenge, now_s) { Ok(pass) } else { Err(Outcome::Reused) }
    }

    /// Whether a pass was made here, for this client's network, and has not run out.
    pub fn knows(&self, client: IpAddr, pass: &str) -> bool {
        let Some((text, mac)) = pass.rsplit_once('.').filter(|_| pass.len() <= PASS_BYTES_MAX) else { return false };
        let Ok(mac) = URL_SAFE_NO_PAD.decode(mac) else { return false };
        if hmac::verify(&self.passes, &signed(text, client), &mac).is_err() {
            return false;
        }
        text.split('.').nth(1).and_then(|ends| ends.parse().ok()).is_some_and(|ends_s: i64| self.now_s() < ends_s)
    }

    /// `v1.<ends>.<nonce>.<mac>`.
    fn pass(&self, client: IpAddr, ends_s: i64) -> Option<String> {
        let mut nonce = [0; NONCE_BYTES];
        rand::fill(&mut nonce).ok()?;
        let text = format!("v1.{ends_s}.{}", URL_SAFE_NO_PAD.encode(nonce));
        let mac = hmac::sign(&self.passes, &signed(&text, client));
        Some(format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac)))
    }

    fn now_s(&self) -> i64 {
        self.clock.now().as_second()
    }
}

fn signed(text: &str, client: IpAddr) -> Vec<u8> {
    [b"pass ", text.as_bytes(), &[0], &network(client)].concat()
}

/// Within what a client's address changes by itself: a /24, or a /64 of IPv6.
fn network(client: IpAddr) -> Vec<u8> {
    match client.to_canonical() {
        IpAddr::V4(v4) => v4.octets()[..3].to_vec(),
        IpAddr::V6(v6) => v6.octets()[..8].to_vec(),
    }
}

/// Challenges whose solution was taken, in the order they were.
#[derive(Debug, Default)]
struct Spent {
    known: HashSet<Box<str>>,
    order: VecDeque<(i64, Box<str>)>,
}

impl Spent {
    /// Remembers a challenge; says whether it is new. When there are too many the oldest is forgotten, and could be taken
    /// once more: passes may be shared within a network anyhow, and nobody is locked out.
    fn add(&mut self, challenge: &str, now_s: i64) -> bool {
        let is_over = |(taken_s, _): &(i64, Box<str>)| taken_s + CHALLENGE_LIFE_S <= now_s;
        while self.order.front().is_some_and(is_over) || self.order.len() >= SPENT_MAX {
            let Some((_, oldest)) = self.order.pop_front() else { break };
            self.known.remove(&oldest);
        }
        let is_new = self.known.insert(challenge.into());
        if is_new {
            self.order.push_back((now_s, challenge.into()));
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use jiff::Timestamp;

    use super::*;

    const CLIENT: &str = "203.0.113.9";

    /// A clock that is moved by hand.
    #[derive(Debug, Default)]
    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp::from_second(1_800_000_000 + self.0.load(Ordering::Relaxed)).unwrap()
        }
    }

    fn start() -> (Challenges, Arc<Hand>, ChallengeConfig) {
        let clock = Arc::new(Hand::default());
        let key = |text: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, text);
        let challenges = Challenges::new((key(b"challenge"), key(b"pass")), clock.clone());
        (challenges, clock, ChallengeConfig { bits: 8, ..ChallengeConfig::default() })
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn solution(challenges: &Challenges, config: &ChallengeConfig) -> String {
        proof::solve(&challenges.challenge(ip(CLIENT), config).unwrap()).unwrap()
    }

    #[test]
    fn a_solution_makes_one_pass_for_its_network() {
        let (challenges, _, config) = start();
        let solution = solution(&challenges, &config);
        assert_eq!(challenges.take(ip("198.51.100.1"), &solution, &config), Err(Outcome::Wrong));
        let pass = challenges.take(ip("203.0.113.77"), &solution, &config).unwrap();
        assert_eq!(challenges.take(ip(CLIENT), &solution, &config), Err(Outcome::Reused));
        for (client, expected) in [(CLIENT, true), ("::ffff:203.0.113.8", true), ("203.0.114.9", false), ("::1", false)]
        {
            assert_eq!(challenges.knows(ip(client), &pass), expected, "{client}");
        }
    }

    #[test]
    fn a_pass_and_a_challenge_run_out() {
        let (challenges, clock, config) = start();
        let late = solution(&challenges, &config);
        let pass = challenges.take(ip(CLIENT), &solution(&challenges, &config), &config).unwrap();
        clock.0.fetch_add(CHALLENGE_LIFE_S, Ordering::Relaxed);
        assert_eq!(challenges.take(ip(CLIENT), &late, &config), Err(Outcome::Wrong));
        assert!(challenges.knows(ip(CLIENT), &pass));
        clock.0.fetch_add(i64::from(config.valid_s), Ordering::Relaxed);
        assert!(!challenges.knows(ip(CLIENT), &pass));
    }

    #[test]
    fn what_is_forged_is_not_known() {
        let (challenges, _, config) = start();
        let pass = challenges.take(ip(CLIENT), &solution(&challenges, &config), &config).unwrap();
        let (text, mac) = pass.rsplit_once('.').unwrap();
        let later = text.replacen("v1.", "v1.9", 1);
        let challenge = challenges.challenge(ip(CLIENT), &config).unwrap();
        for forged in
            [format!("{later}.{mac}"), text.to_owned(), format!("{text}."), challenge, String::new(), "9".repeat(999)]
        {
            assert!(!challenges.knows(ip(CLIENT), &forged), "{forged}");
        }
        assert_eq!(challenges.take(ip(CLIENT), &format!("{pass}:1"), &config), Err(Outcome::Wrong));
    }

    #[test]
    fn a_solution_of_an_easier_time_is_not_taken() {
        let (challenges, _, config) = start();
        let easy = solution(&challenges, &config);
        let harder = ChallengeConfig { bits: 9, ..config };
        assert_eq!(challenges.take(ip(CLIENT), &easy, &harder), Err(Outcome::Wrong));
    }

    #[test]
    fn what_was_taken_is_remembered_within_a_bound() {
        let mut spent = Spent::default();
        assert!((0..SPENT_MAX + 10).all(|number| spent.add(&number.to_string(), 0)));
        assert_eq!((spent.known.len(), spent.order.len()), (SPENT_MAX, SPENT_MAX));
        assert!(!spent.add(&(SPENT_MAX + 9).to_string(), 1));
        assert!(spent.add("new", CHALLENGE_LIFE_S));
        assert_eq!(spent.known.len(), 1);
    }
}
