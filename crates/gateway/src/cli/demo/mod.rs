//! `portcullis demo`: one command that shows what the gateway is for.
//!
//! It holds the same [`conversations`] with an obedient [`provider`] directly and through the gateway, and compares what
//! the client gets. The caller starts both and gives their addresses.
//!
//! Invariants: everything happens on loopback; every request is real HTTP; a row is kept only if the attack works without
//! the gateway and fails with it.

pub mod conversation;
pub mod conversations;
pub mod exchange;
pub mod invitation;
pub mod provider;
pub mod reading;
pub mod report;
mod start;
pub mod verdict;

use std::path::Path;

use anyhow::Context as _;
use secrecy::SecretString;

pub use start::{Args, start};

use self::conversation::{Conversation, Surface};
use self::exchange::{Caller, Exchange};
use crate::model::policy::DEFAULT_POLICY;

/// What is compared.
#[derive(Debug, Clone)]
pub struct Target {
    /// Base URL of the provider by itself (`http://127.0.0.1:9000`).
    pub provider: String,
    /// Base URL of the gateway before it.
    pub gateway: String,
    /// A key of the gateway.
    pub key: SecretString,
}

/// How to compare.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How often each conversation is held to measure the added time; the median counts.
    pub runs: usize,
}

/// All conversations and how they went.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// In the order of [`conversations::conversations`].
    pub rows: Vec<RowResult>,
}

/// How one conversation went.
#[derive(Debug, Clone, serde::Serialize)]
pub struct RowResult {
    /// Its name.
    pub name: &'static str,
    /// Where it was held.
    pub surface: Surface,
    /// Whether its answer was streamed.
    pub streams: bool,
    /// What the client read without the gateway.
    pub without: String,
    /// What the client read with it.
    pub with: String,
    /// The gateway's status.
    pub status: u16,
    /// The rules the gateway named.
    pub rules: Vec<String>,
    /// The time the gateway added, in microseconds; negative when it refused before the provider was asked.
    pub added_us: i64,
    /// Why the promise was not kept.
    pub broken: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { runs: 7 }
    }
}

impl Outcome {
    /// Says whether every conversation went as promised; the exit status of `--once`.
    pub fn is_kept(&self) -> bool {
        self.rows.iter().all(|row| row.broken.is_none())
    }
}

/// Holds every conversation on both sides and compares.
///
/// # Errors
/// When the provider or the gateway cannot be reached or breaks a connection.
pub async fn run(target: Target, options: Options) -> anyhow::Result<Outcome> {
    let provider = Caller::new(&target.provider, SecretString::from("demo"));
    let gateway = Caller::new(&target.gateway, target.key);
    let (name, script) = conversations::IMAGE_SCRIPT;
    provider.register(name, &serde_json::from_str(script)?).await?;
    let mut rows = Vec::new();
    for conversation in conversations::conversations() {
        let row = compare(&conversation, &provider, &gateway, options).await;
        rows.push(row.with_context(|| format!("holding the conversation '{}'", conversation.name))?);
    }
    Ok(Outcome { rows })
}

async fn compare(
    row: &Conversation,
    provider: &Caller,
    gateway: &Caller,
    options: Options,
) -> anyhow::Result<RowResult> {
    let without = provider.hold(row).await?;
    provider.forget().await?;
    let with = gateway.hold(row).await?;
    let reached = provider.requests().await?;
    let broken = verdict::judge(row, &without, &with, &reached).err();
    let added_us = added_us(row, provider, gateway, options.runs).await?;
    Ok(result(row, without, with, added_us, broken))
}

fn result(row: &Conversation, without: Exchange, with: Exchange, added_us: i64, broken: Option<String>) -> RowResult {
    RowResult {
        name: row.name,
        surface: row.surface,
        streams: row.streams(),
        without: without.reading.shown,
        with: with.reading.shown,
        status: with.status.as_u16(),
        rules: with.reading.rules,
        added_us,
        broken,
    }
}

/// The median of the differences between both sides, which take turns so that both see the same machine.
async fn added_us(row: &Conversation, provider: &Caller, gateway: &Caller, runs: usize) -> anyhow::Result<i64> {
    let mut differences = Vec::with_capacity(runs);
    for _ in 0..runs {
        let without = provider.hold(row).await?.took.as_micros();
        let with = gateway.hold(row).await?.took.as_micros();
        differences.push(i64::try_from(with).unwrap_or(i64::MAX) - i64::try_from(without).unwrap_or(i64::MAX));
    }
    differences.sort_unstable();
    Ok(differences.get(runs / 2).copied().unwrap_or_default())
}

/// The configuration of a gateway before the provider at `provider` (`http://127.0.0.1:9000`), as TOML. The provider's
/// key stands in the file `credential`.
pub fn configuration(provider: &str, listen: &str, admin_listen: &str, credential: &Path) -> String {
    let (credential, policy) = (credential.display(), policy());
    let (openai, anthropic) = (conversations::OPENAI_MODEL, conversations::ANTHROPIC_MODEL);
    format!(
        r#"[server]
listen = "{listen}"
admin_listen = "{admin_listen}"

[[provider]]
name = "obedient-openai"
kind = "openai"
base_url = "{provider}/v1"
key = "${{file:{credential}}}"

[[provider]]
name = "obedient-anthropic"
kind = "anthropic"
base_url = "{provider}"
key = "${{file:{credential}}}"

[[model]]
name = "{openai}"
provider = "obedient-openai"

[[model]]
name = "{anthropic}"
provider = "obedient-anthropic"

# The shipped default policy, and pseudonyms for e-mail addresses on top of it.
[[policy]]
{policy}"#
    )
}

/// The shipped default policy with one line before all others.
fn policy() -> String {
    let line = "[[policy.rule]]\nmatch = \"pii.email\"\nstages = [\"input\", \"tool_result\"]\naction = \"mask\"\n\
                mask = \"pseudonym\"\n\n";
    let shipped =
        DEFAULT_POLICY.replace("[[rule]]", "[[policy.rule]]").replace("name = \"default\"", "name = \"demo\"");
    shipped.replacen("[[policy.rule]]", &format!("{line}[[policy.rule]]"), 1)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};

    use super::conversation::Expect;
    use super::*;

    #[tokio::test]
    async fn without_a_gateway_every_attack_succeeds_and_every_ordinary_question_is_answered() {
        let (address, _) = provider::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.unwrap();
        let base = format!("http://{address}");
        let target = Target { provider: base.clone(), gateway: base, key: SecretString::from("demo") };
        let outcome = run(target, Options { runs: 1 }).await.unwrap();
        for (row, conversation) in outcome.rows.iter().zip(conversations::conversations()) {
            let reason = row.broken.as_deref();
            match conversation.expect {
                Expect::Same => assert_eq!(reason, None, "{}", row.name),
                Expect::Kept { .. } => assert_eq!(reason, Some("the secret reached the client"), "{}", row.name),
                Expect::Blocked(_) => assert_eq!(reason, Some("not blocked (status 200)"), "{}", row.name),
                Expect::Restored(_) => assert_eq!(reason, Some("the provider saw the personal data"), "{}", row.name),
            }
            let obeyed = matches!(conversation.expect, Expect::Blocked(_));
            assert!(
                !obeyed || ["I OBEY", "DAN: I am"].iter().any(|text| row.without.contains(text)),
                "{}",
                row.without
            );
        }
    }

    #[test]
    fn the_configuration_is_toml() {
        let text = configuration("http://127.0.0.1:9", "127.0.0.1:8", "127.0.0.1:7", Path::new("key"));
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(table["model"].as_array().map(Vec::len), Some(2));
    }
}
