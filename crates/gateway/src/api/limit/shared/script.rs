//! Questions to Redis: one script for all counters of a request, in one round trip.

use std::sync::OnceLock;

use aws_lc_rs::hmac;

use crate::api::limit::counter::Counter;
use crate::api::limit::lease::{Seen, Told};
use crate::api::limit::rule::{Rule, Shape};
use crate::api::limit::table::Claim;
use crate::api::limit::window::{Calendar, Window as _};
use crate::store::redis::Redis;
use crate::store::{StoreError, redis_command};

/// One hash slot for all, so that a script may touch several.
const PREFIX: &str = "portcullis:{limit}:";
const SCRIPT: &str = include_str!("ask.lua");
/// How long a claim holds that is not renewed.
const CLAIM_LIFE_MS: u64 = 30_000;
/// How long a counter is kept beyond its window.
const KEPT_MS: u64 = 60_000;
/// Numbers that answer for one counter.
const ANSWERS: usize = 4;

/// What is asked of one counter.
#[derive(Debug, Clone)]
pub(super) struct Item {
    key: String,
    kind: &'static str,
    max: u64,
    rate: u64,
    window_ms: u64,
    lease: String,
    pub(super) version: u64,
    used: u64,
    claim: u64,
    seed: u64,
    want: u64,
    ahead: u64,
    enforces: bool,
    keep_ms: u64,
    unsaved: u64,
    /// What is claimed without what is only asked for.
    covered: u64,
}

/// What Redis says of one counter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said {
    /// What counts, of all nodes, without what this one claims.
    pub(super) level: u64,
    /// Until nothing of the past counts any more.
    pub(super) reset_ms: u64,
    /// When there is room; `None` when that is for requests under way to say.
    pub(super) wait_ms: Option<u64>,
    /// What may be used beyond what was wanted.
    pub(super) extra: u64,
}

/// Names counters in Redis, and knows the script there.
#[derive(Debug)]
pub(super) struct Script {
    redis: Redis,
    names: hmac::Key,
    digest: OnceLock<String>,
}

impl Item {
    /// A question of a node about a counter; numbers it. Nothing is sent yet.
    pub(super) fn new(
        script: &Script,
        claim: &Claim,
        counter: &mut Counter,
        (want, ahead): (u64, u64),
        now_ms: u64,
    ) -> Self {
        let Claim { rule, key, .. } = claim;
        let seed = counter.meter.level(now_ms);
        let (held, unsaved) = (counter.held, counter.unsaved);
        let lease = counter.lease.get_or_insert_default();
        let (kind, rate, window_ms, part) = shape(rule, now_ms);
        Self {
            key: script.name(key, kind, &part),
            kind,
            max: rule.max,
            rate,
            window_ms,
            lease: format!("{}.{}", script.node(), lease.id),
            version: lease.number(),
            used: lease.used,
            claim: held.saturating_add(lease.spare).saturating_add(lease.pending),
            seed,
            want,
            ahead,
            enforces: !rule.is_shadow,
            keep_ms: window_ms.saturating_add(KEPT_MS).max(2 * CLAIM_LIFE_MS),
            unsaved,
            covered: held.saturating_add(lease.spare),
        }
    }
}

impl Item {
    /// What this node claims, with what it wants.
    pub(super) fn claim(&self) -> u64 {
        self.claim
    }

    /// What Redis knows once it took this in, and gave so much beyond it.
    pub(super) fn told(&self, extra: u64) -> Told {
        Told { used: self.used, claimed: self.claim.saturating_add(extra) }
    }
}

/// How a shape is told to the script: its kind, rate and window, and what else names its counters.
fn shape(rule: &Rule, now_ms: u64) -> (&'static str, u64, u64, String) {
    match &rule.shape {
        Shape::Sliding { window_ms } => ("s", 0, *window_ms, window_ms.to_string()),
        Shape::Gcra { window_ms, rate } => ("g", *rate, *window_ms, window_ms.to_string()),
        Shape::Calendar { period, zone } => {
            let mut calendar = Calendar::new(*period, zone.clone());
            let starts_ms = calendar.starts_ms(now_ms);
            ("p", 0, period.bounds(zone, now_ms).1.saturating_sub(now_ms), starts_ms.to_string())
        }
        Shape::Concurrent => ("c", 0, 0, String::new()),
    }
}

impl Script {
    pub(super) fn new(redis: Redis, names: hmac::Key) -> Self {
        Self { redis, names, digest: OnceLock::new() }
    }

    /// The name of this process among the nodes.
    fn node(&self) -> &'static str {
        static NODE: OnceLock<String> = OnceLock::new();
        NODE.get_or_init(|| uuid::Uuid::now_v7().simple().to_string())
    }

    fn name(&self, key: &str, kind: &str, part: &str) -> String {
        let tag = hmac::sign(&self.names, key.as_bytes());
        let mut name = format!("{PREFIX}{kind}{part}:");
        for byte in &tag.as_ref()[..20] {
            use std::fmt::Write as _;
            // Writing to a String cannot fail.
            let _ = write!(name, "{byte:02x}");
        }
        name
    }

    /// Asks about all of them, and says whether all was granted.
    pub(super) async fn ask(&self, items: &[Item]) -> Result<(bool, Vec<Said>), StoreError> {
        let digest = match self.digest.get() {
            Some(digest) => digest.clone(),
            None => self.load().await?,
        };
        let answer = match self.redis.ask::<Vec<i64>>(&command(&digest, items)).await {
            Err(StoreError::Redis(error)) if error.code() == Some("NOSCRIPT") => {
                let digest = self.load().await?;
                self.redis.ask(&command(&digest, items)).await?
            }
            answer => answer?,
        };
        read(&answer, items.len()).ok_or(StoreError::Column("limit"))
    }

    /// Forgets what was used of a counter, not what is claimed.
    pub(super) async fn forget(&self, claim: &Claim, now_ms: u64) -> Result<(), StoreError> {
        let (kind, _, _, part) = shape(&claim.rule, now_ms);
        let key = self.name(&claim.key, kind, &part);
        let fields: Vec<String> = self.redis.ask(redis_command("HKEYS").arg(&key)).await?;
        let past: Vec<&String> = fields.iter().filter(|field| !field.starts_with("n:")).collect();
        if past.is_empty() {
            return Ok(());
        }
        let mut command = redis_command("HDEL");
        command.arg(&key);
        past.into_iter().for_each(|field| {
            command.arg(field);
        });
        self.redis.ask::<i64>(&command).await.map(drop)
    }

    async fn load(&self) -> Result<String, StoreError> {
        let digest: String = self.redis.ask(redis_command("SCRIPT").arg("LOAD").arg(SCRIPT)).await?;
        Ok(self.digest.get_or_init(|| digest).clone())
    }
}

fn command(digest: &str, items: &[Item]) -> redis::Cmd {
    let mut command = redis_command("EVALSHA");
    command.arg(digest).arg(items.len());
    for item in items {
        command.arg(&item.key);
    }
    command.arg(CLAIM_LIFE_MS);
    for item in items {
        command.arg(item.kind).arg(item.max).arg(item.rate).arg(item.window_ms).arg(&item.lease).arg(item.version);
        command.arg(item.used).arg(item.claim).arg(item.seed).arg(item.want).arg(item.ahead);
        command.arg(u8::from(item.enforces)).arg(item.keep_ms).arg(item.unsaved).arg(item.covered);
    }
    command
}

fn read(answer: &[i64], items: usize) -> Option<(bool, Vec<Said>)> {
    let (granted, rest) = answer.split_first()?;
    let whole = |number: i64| u64::try_from(number).unwrap_or(0);
    let said = rest.chunks_exact(ANSWERS).map(|numbers| Said {
        level: whole(numbers[0]),
        reset_ms: whole(numbers[1]),
        wait_ms: u64::try_from(numbers[2]).ok(),
        extra: whole(numbers[3]),
    });
    let said: Vec<Said> = said.collect();
    (said.len() == items).then_some((*granted == 1, said))
}

impl Said {
    /// What to remember of it.
    pub(super) fn seen(self, now_ms: u64) -> Seen {
        Seen { level: self.level, reset_ms: self.reset_ms, at_ms: now_ms }
    }
}
