//! Counts in Redis: one key a subject, `portcullis:throttle:<subject>`, which forgets itself.

use async_trait::async_trait;

use super::super::KEPT_MS;
use super::super::budget::Count;
use super::{Subject, Tally};
use crate::store::redis::Redis;
use crate::store::{StoreError, redis_command};

const PREFIX: &str = "portcullis:throttle:";
const PROBE_MS: i64 = 1_000;
/// Compares and swaps in one step: Redis runs one script at a time.
const SWAP: &str = "\
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1";

/// Counts in Redis.
#[derive(Debug)]
pub struct RedisTally(pub Redis);

impl RedisTally {
    /// Writes something that is forgotten at once.
    pub(super) async fn probe(&self) -> Result<(), StoreError> {
        self.0.ask(redis_command("SET").arg(format!("{PREFIX}probe")).arg("1").arg("PX").arg(PROBE_MS)).await
    }
}

#[async_trait]
impl Tally for RedisTally {
    async fn read(&self, subject: &Subject) -> Result<Count, StoreError> {
        let text: Option<String> = self.0.ask(redis_command("GET").arg(key(subject))).await?;
        text.map_or(Ok(Count::default()), |text| parse(&text).ok_or(StoreError::Column("throttle")))
    }

    async fn swap(&self, subject: &Subject, old: Count, new: Count) -> Result<bool, StoreError> {
        let mut command = redis_command("EVAL");
        command.arg(SWAP).arg(1).arg(key(subject)).arg(text(old)).arg(text(new)).arg(KEPT_MS);
        Ok(self.0.ask::<i64>(&command).await? == 1)
    }

    async fn spend(&self, subject: &Subject, now_ms: i64, life_ms: i64) -> Result<bool, StoreError> {
        let mut command = redis_command("SET");
        command.arg(key(subject)).arg(text(Count::spent(now_ms))).arg("NX").arg("PX").arg(life_ms.max(1));
        Ok(self.0.ask::<Option<String>>(&command).await?.is_some())
    }

    async fn sweep(&self, _before_ms: i64) -> Result<u64, StoreError> {
        Ok(0)
    }
}

fn key(subject: &Subject) -> String {
    use std::fmt::Write as _;
    let mut key = PREFIX.to_owned();
    for byte in subject {
        // Writing to a String cannot fail.
        let _ = write!(key, "{byte:02x}");
    }
    key
}

/// Nothing for a subject of which nothing is known, so that it and a missing key are the same.
fn text(count: Count) -> String {
    if count == Count::default() {
        return String::new();
    }
    format!("{} {} {}", count.failures, count.last_ms, count.open_ms)
}

fn parse(text: &str) -> Option<Count> {
    let mut parts = text.split(' ').map(|part| part.parse::<i64>().ok());
    let count = Count { failures: parts.next()??, last_ms: parts.next()??, open_ms: parts.next()?? };
    parts.next().is_none().then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_read_as_it_was_written_and_nothing_else_is_one() {
        let count = Count { failures: 7, last_ms: 1_800_000_000_000, open_ms: i64::MAX };
        assert_eq!(parse(&text(count)), Some(count));
        for wrong in ["", "1", "1 2", "1 2 3 4", "1 2 x", " 1 2 3", "1  2 3"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
