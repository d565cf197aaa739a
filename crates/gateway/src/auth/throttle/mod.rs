//! The throttle of attempts to log in (`auth.password.throttle`): growing waits instead of a lock-out.
//!
//! An attempt is charged **before** a password is hashed, to the account, the address, and both together; a success gives
//! it back. A browser that its user logged in with before brings a cookie and is charged to its own budget alone, so
//! nobody can shut a user out. Whoever has no cookie can go past the account's wait with a proof of work, and needs one
//! for each attempt while a spraying attack is under way. One-time codes are counted apart, by challenge.
//!
//! Invariants: a wait is an answer (429), never a held connection; subjects are keyed hashes; a count changes in one
//! compare-and-swap, so that parallel attempts, also on several nodes, cannot share one place; who has no account is
//! counted like everybody.

mod attempt;
mod budget;
pub mod config;
mod device;
mod pressure;
mod store;
mod tally;

use std::net::IpAddr;
use std::sync::Arc;

use aws_lc_rs::hmac;
use quick_cache::sync::Cache;
use tokio::sync::{Mutex, MutexGuard};

use crate::clock::Clock;
use crate::data::encryption::Sealer;
use crate::infra::proof;
use crate::store::StoreError;
use budget::Budget;
use config::ThrottleConfig;
use pressure::Pressure;

pub use crate::infra::proof::solve;
pub use attempt::{Attempt, Client, Refusal, ThrottleError};
pub use budget::Count;
pub use device::{DEVICE_COOKIE, DEVICE_LIFE_S};
pub use tally::{Health, MemoryTally, RedisTally, SharedTally, StoreTally, Subject, Tally};

const MINUTE_MS: i64 = 60_000;
/// Waits that are refused without asking the store.
const REMEMBERED: usize = 50_000;
/// Parallel attempts on one subject that lose so often are told to wait.
const SWAPS_MAX: usize = 8;
/// Subjects that can change at once on one node.
const TURNS: usize = 64;
/// Tries for one challenge of a one-time code.
const CODE_TRIES_MAX: i64 = 5;
/// Counts are kept this long after the last attempt.
const KEPT_MS: i64 = 24 * 60 * MINUTE_MS;
/// Account failures that add a bit to its proof of work.
const FAILURES_A_BIT: i64 = 100;

/// Counts attempts and says who has to wait.
#[derive(Debug)]
pub struct Throttle {
    tally: Arc<dyn Tally>,
    clock: Arc<dyn Clock>,
    config: ThrottleConfig,
    pressure: Pressure,
    subjects: hmac::Key,
    devices: hmac::Key,
    proofs: hmac::Key,
    /// Until when a subject waits.
    waiting: Cache<Subject, i64>,
    /// Attempts of this node on one subject come one after the other, so that only other nodes can be faster.
    turns: [Mutex<()>; TURNS],
}

impl Throttle {
    /// Takes where counts are kept, the keys and the settings.
    pub fn new(tally: Arc<dyn Tally>, sealer: &Sealer, clock: Arc<dyn Clock>, config: ThrottleConfig) -> Self {
        Self {
            tally,
            clock,
            pressure: Pressure::new(config.spraying_failures),
            config,
            subjects: sealer.hmac_key("throttle-subject", ""),
            devices: sealer.hmac_key("device-cookie", ""),
            proofs: sealer.hmac_key("proof-of-work", ""),
            waiting: Cache::new(REMEMBERED),
            turns: std::array::from_fn(|_| Mutex::default()),
        }
    }

    /// Charges an attempt to log in, or says why not.
    ///
    /// # Errors
    /// When somebody has to wait or work, or the store fails.
    pub async fn attempt(&self, client: Client<'_>) -> Result<Attempt, ThrottleError> {
        let now_ms = self.now_ms();
        if let Some(device) =
            client.device.and_then(|cookie| device::known(&self.devices, client.account, cookie, now_ms / 1_000))
        {
            let subject = self.subject("device", &[&device]);
            let budget = budget(self.config.device_free, 15 * MINUTE_MS, 10 * MINUTE_MS);
            match self.charge(&subject, budget, None).await {
                Ok(()) => return Ok(Attempt { charged: vec![(subject, budget)], is_device: true }),
                // Used up, perhaps by who stole the cookie: its owner has what everybody has.
                Err(ThrottleError::Refused(_)) => {}
                Err(error) => return Err(error),
            }
        }
        self.hear(now_ms).await;
        let account = self.subject("account", &[client.account]);
        let bits = self.bits(&account).await?;
        let has_worked = self.spend(client, bits, now_ms).await?;
        if self.pressure.is_high(now_ms) && !has_worked {
            let challenge = self.challenge(client.account, bits).ok_or(ThrottleError::Refused(Refusal::a_second()))?;
            let is_first = self.pressure.is_news(now_ms);
            // While the attack goes on it shows in what is refused.
            self.pressure.add(true, now_ms);
            return Err(ThrottleError::Refused(Refusal::Work { challenge, is_first }));
        }
        let address = network(client.ip);
        let pair = self.subject("pair", &[client.account, &address]);
        let address = self.subject("address", &[&address]);
        let longest = 15 * MINUTE_MS;
        let mut budgets = vec![
            (pair, budget(self.config.pair_free, longest, 10 * MINUTE_MS)),
            (address, budget(self.config.address_free, longest, 2 * MINUTE_MS)),
        ];
        if !has_worked {
            budgets.push((account, budget(self.config.account_free, MINUTE_MS, 15 * MINUTE_MS)));
        }
        let challenge =
            |subject: &Subject| (*subject == account).then(|| self.challenge(client.account, bits)).flatten();
        // All of them are asked before one is charged: who is refused has not used anything up.
        for (subject, _) in &budgets {
            self.open(subject, challenge(subject)).await?;
        }
        for (subject, budget) in &budgets {
            self.charge(subject, *budget, challenge(subject)).await?;
        }
        Ok(Attempt { charged: budgets, is_device: false })
    }

    /// The password was right: forgets the attempt, and what failed in this browser before.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn succeeded(&self, attempt: Attempt) -> Result<(), ThrottleError> {
        let now_ms = self.now_ms();
        if !attempt.is_device {
            self.pressure.add(false, now_ms);
        }
        for (at, (subject, budget)) in attempt.charged.iter().enumerate() {
            let _turn = self.turn(subject).await;
            for _ in 0..SWAPS_MAX {
                let old = self.tally.read(subject).await?;
                // The first is the browser or the pair. The others count for everybody: who succeeds with an account of
                // his own must not wipe out what he tried with others.
                let new = if at == 0 {
                    Count { last_ms: now_ms, open_ms: 0, failures: 0 }
                } else {
                    budget.refund(old, now_ms)
                };
                if self.tally.swap(subject, old, new).await? {
                    self.waiting.remove(subject);
                    break;
                }
            }
        }
        Ok(())
    }

    /// The password was wrong.
    pub fn failed(&self, attempt: &Attempt) {
        if !attempt.is_device {
            self.pressure.add(true, self.now_ms());
        }
    }

    /// Nothing was verified: gives the attempt back.
    pub async fn withdraw(&self, attempt: Attempt) {
        let now_ms = self.now_ms();
        for (subject, budget) in &attempt.charged {
            let _turn = self.turn(subject).await;
            // One that cannot be given back stays charged, which leaks away.
            let Ok(old) = self.tally.read(subject).await else { continue };
            let _ = self.tally.swap(subject, old, budget.refund(old, now_ms)).await;
            self.waiting.remove(subject);
        }
    }

    /// Counts something else than a login (`recovery`, `token`): so many are free, then the wait grows to 15 minutes.
    ///
    /// # Errors
    /// When somebody has to wait, or the store fails.
    pub async fn count(&self, purpose: &str, of: &[u8], free: u32) -> Result<(), ThrottleError> {
        let subject = self.subject(purpose, &[of]);
        self.charge(&subject, budget(free, 15 * MINUTE_MS, 5 * MINUTE_MS), None).await
    }

    /// Whether an address has to wait, without counting anything.
    ///
    /// # Errors
    /// As [`Throttle::count`].
    pub async fn look(&self, purpose: &str, ip: IpAddr) -> Result<(), ThrottleError> {
        self.open(&self.subject(purpose, &[&network(ip)]), None).await.map(drop)
    }

    /// As [`Throttle::count`], for an address.
    ///
    /// # Errors
    /// As [`Throttle::count`].
    pub async fn count_address(&self, purpose: &str, ip: IpAddr, free: u32) -> Result<(), ThrottleError> {
        self.count(purpose, &network(ip), free).await
    }

    /// Counts a try at a one-time code. After five its challenge is spent, whatever the time; passwords are not touched.
    ///
    /// # Errors
    /// When the challenge is spent, or the store fails.
    pub async fn code(&self, challenge: &str) -> Result<(), ThrottleError> {
        let subject = self.subject("code", &[challenge.as_bytes()]);
        for _ in 0..SWAPS_MAX {
            let old = self.tally.read(&subject).await?;
            if old.failures >= CODE_TRIES_MAX {
                break;
            }
            let new = Count { failures: old.failures + 1, last_ms: self.now_ms(), open_ms: 0 };
            if self.tally.swap(&subject, old, new).await? {
                return Ok(());
            }
        }
        Err(ThrottleError::Refused(Refusal::a_second()))
    }

    /// The device of a cookie that was made here for this account.
    pub fn known_device(&self, account: &[u8], cookie: &str) -> Option<[u8; 16]> {
        device::known(&self.devices, account, cookie, self.now_ms() / 1_000)
    }

    /// A cookie for a browser whose user has just logged in.
    pub fn device_cookie(&self, account: &[u8]) -> Option<String> {
        device::issue(&self.devices, account, self.now_ms() / 1_000)
    }

    /// A name for an address in the log, the same for all of one network, which does not show it.
    pub fn pseudonym(&self, ip: IpAddr) -> String {
        self.subject("address", &[&network(ip)])[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Forgets what is old.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        self.tally.sweep(self.now_ms() - KEPT_MS).await
    }

    async fn charge(&self, subject: &Subject, budget: Budget, challenge: Option<String>) -> Result<(), ThrottleError> {
        let _turn = self.turn(subject).await;
        for _ in 0..SWAPS_MAX {
            let old = self.open(subject, challenge.clone()).await?;
            if self.tally.swap(subject, old, budget.charge(old, self.now_ms())).await? {
                return Ok(());
            }
        }
        Err(ThrottleError::Refused(Refusal::a_second()))
    }

    /// Hears of attacks on other nodes. Without it each goes by what it sees itself.
    async fn hear(&self, now_ms: i64) {
        let part = |number: i64| self.subject("pressure", &[&number.to_be_bytes()]);
        if let Err(error) = self.pressure.exchange(&*self.tally, part, now_ms).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "nothing was heard of attacks on other nodes");
        }
    }

    async fn turn(&self, subject: &Subject) -> MutexGuard<'_, ()> {
        self.turns[usize::from(subject[0]) % TURNS].lock().await
    }

    /// The count of a subject that does not have to wait.
    async fn open(&self, subject: &Subject, challenge: Option<String>) -> Result<Count, ThrottleError> {
        let now_ms = self.now_ms();
        let remembered = self.waiting.get(subject).filter(|open_ms| *open_ms > now_ms);
        let count = match remembered {
            Some(open_ms) => Count { open_ms, ..Count::default() },
            None => self.tally.read(subject).await?,
        };
        let wait_ms = Budget::wait_ms(count, now_ms);
        if wait_ms == 0 {
            return Ok(count);
        }
        self.waiting.insert(*subject, count.open_ms);
        let retry_after_s = u64::try_from(wait_ms).unwrap_or_default().div_ceil(1_000);
        Err(ThrottleError::Refused(Refusal::Wait { retry_after_s, challenge, is_first: remembered.is_none() }))
    }

    /// How hard the account's proof of work is now.
    async fn bits(&self, account: &Subject) -> Result<u32, ThrottleError> {
        let failures = self.tally.read(account).await?.failures;
        let more = u32::try_from(failures / FAILURES_A_BIT).unwrap_or(u32::MAX);
        Ok(self.config.proof_bits.saturating_add(more).min(proof::BITS_MAX))
    }

    /// Takes a proof of work, once.
    async fn spend(&self, client: Client<'_>, bits: u32, now_ms: i64) -> Result<bool, ThrottleError> {
        let Some(solution) = client.proof else { return Ok(false) };
        let Some(challenge) = proof::solved(&self.proofs, client.account, solution, bits, now_ms / 1_000) else {
            return Ok(false);
        };
        let subject = self.subject("proof", &[challenge.as_bytes()]);
        Ok(self.tally.spend(&subject, now_ms, proof::CHALLENGE_LIFE_S * 1_000).await?)
    }

    fn challenge(&self, account: &[u8], bits: u32) -> Option<String> {
        proof::challenge(&self.proofs, account, bits, self.now_ms() / 1_000)
    }

    fn subject(&self, kind: &str, parts: &[&[u8]]) -> Subject {
        let mut context = hmac::Context::with_key(&self.subjects);
        for part in [kind.as_bytes()].iter().chain(parts) {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut subject = [0; 32];
        subject.copy_from_slice(context.sign().as_ref());
        subject
    }

    fn now_ms(&self) -> i64 {
        self.clock.now().as_millisecond()
    }
}

fn budget(free: u32, wait_max_ms: i64, leak_ms: i64) -> Budget {
    Budget { free, wait_max_ms, leak_ms }
}

/// What one customer of a provider has: an IPv4 address, or a /64 of IPv6.
fn network(ip: IpAddr) -> Vec<u8> {
    match ip.to_canonical() {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets()[..8].to_vec(),
    }
}
