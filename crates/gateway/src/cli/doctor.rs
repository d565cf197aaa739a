//! `portcullis doctor`: what is wrong with this installation?

use std::os::unix::fs::PermissionsExt as _;
use std::process::ExitCode;
use std::time::Duration;

use serde::Serialize;

use super::Place;
use super::output::{BAD, DIM, GOOD, WARN, json_pretty, line};
use crate::api::https::tls::Tls;
use crate::app::State;
use crate::auth::key::KeyInfo;
use crate::auth::oauth2::config::Registration;
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Config, Destination};
use crate::data::audit;
use crate::infra::network::egress::{Egress, Reach};
use crate::infra::secrets::SecretRef;

/// How long a socket may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Look for what is wrong with this installation.
///
/// Reads the configuration, resolves every secret, opens the store, verifies the audit log, asks Redis and opens a
/// connection to every provider and whomever else the configuration names, as far as `egress` lets it. Sends no prompt and changes nothing but what a start would change: it migrates the tables of an older
/// version, and takes over audit entries that a killed process left behind. The exit code is 1 when something is broken.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print the findings as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Health {
    Good,
    Warning,
    Broken,
}

#[derive(Debug, Serialize)]
struct Symptom {
    what: String,
    health: Health,
    says: String,
}

pub(super) async fn run(place: &Place, args: &Args) -> anyhow::Result<ExitCode> {
    let mut symptoms = Vec::new();
    match place.load() {
        Ok(config) => {
            note(&mut symptoms, "configuration", Health::Good, place.config.display());
            secrets(&config, &mut symptoms);
            tls(&config, place, &mut symptoms);
            transformer(&config, &mut symptoms);
            state(&config, place, &mut symptoms).await;
            redis(&config, &mut symptoms).await;
            egress(&config, &mut symptoms).await;
        }
        Err(error) => note(&mut symptoms, "configuration", Health::Broken, format!("{error:#}")),
    }
    let broken = symptoms.iter().any(|symptom| symptom.health == Health::Broken);
    if args.json {
        json_pretty(&symptoms)?;
    } else {
        print(&symptoms)?;
    }
    Ok(if broken { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn print(symptoms: &[Symptom]) -> anyhow::Result<()> {
    for symptom in symptoms {
        let (style, word) = match symptom.health {
            Health::Good => (GOOD, "good"),
            Health::Warning => (WARN, "look"),
            Health::Broken => (BAD, "broken"),
        };
        line(format_args!("{style}{word:<7}{style:#} {:<24} {DIM}{}{DIM:#}", symptom.what, symptom.says))?;
    }
    Ok(())
}

fn note(symptoms: &mut Vec<Symptom>, what: impl Into<String>, health: Health, says: impl ToString) {
    symptoms.push(Symptom { what: what.into(), health, says: says.to_string() });
}

fn secrets(config: &Config, symptoms: &mut Vec<Symptom>) {
    for provider in &config.providers {
        let what = format!("key of {}", provider.name);
        match provider.key.as_ref().map(|key| key.resolve()) {
            Some(Ok(_)) => note(symptoms, what, Health::Good, "resolves"),
            Some(Err(error)) => note(symptoms, what, Health::Broken, error),
            None => note(symptoms, what, Health::Warning, "none configured: no credential is sent"),
        }
    }
    let plain = config.providers.iter().filter(|provider| provider.danger_plaintext);
    for provider in plain {
        note(
            symptoms,
            format!("provider {}", provider.name),
            Health::Warning,
            "may be spoken to without TLS (danger_plaintext)",
        );
    }
    match &config.auth.public_url {
        Some(url) => note(symptoms, "OAuth provider", Health::Good, format!("on, as {url}")),
        None => note(symptoms, "OAuth provider", Health::Good, "off: auth.public_url is not set"),
    }
    if config.policies.is_empty() {
        note(symptoms, "policy", Health::Good, "the shipped default is on");
    }
    for policy in config.policies.iter().filter(|policy| policy.rules.is_empty()) {
        note(symptoms, format!("policy {}", policy.name), Health::Warning, "has no rules: it inspects nothing");
    }
}

fn tls(config: &Config, place: &Place, symptoms: &mut Vec<Symptom>) {
    let Some(settings) = &config.server.tls else {
        return match config.server.listen.ip().is_loopback() {
            true => note(symptoms, "TLS", Health::Good, "off: the data plane is on loopback"),
            false => note(symptoms, "TLS", Health::Warning, "off beyond loopback (server.danger_plaintext)"),
        };
    };
    let now = SystemClock.now();
    let loaded = match Tls::load(settings, &place.data, now) {
        Ok(loaded) => loaded,
        Err(error) => return note(symptoms, "TLS", Health::Broken, format!("{:#}", anyhow::Error::from(error))),
    };
    if let Some(SecretRef::File(path)) = &settings.key
        && std::fs::metadata(path).is_ok_and(|about| about.permissions().mode() & 0o077 != 0)
    {
        note(
            symptoms,
            "TLS key",
            Health::Warning,
            format!("others on this machine may read {}: chmod 600", path.display()),
        );
    }
    let Some(certificate) = loaded.certificate() else {
        return note(symptoms, "TLS", Health::Warning, "the ACME server has issued no certificate yet");
    };
    let (end, names) = (certificate.not_after, certificate.names.join(", "));
    let days = end.duration_since(now).as_hours() / 24;
    match certificate.holds(now) {
        false => note(
            symptoms,
            "TLS",
            Health::Broken,
            format!("the certificate of {names} does not hold now: it ends {end:.0}"),
        ),
        true if certificate.ends_soon(now) => {
            note(symptoms, "TLS", Health::Warning, format!("the certificate of {names} ends in {days} days, {end:.0}"));
        }
        true => {
            note(symptoms, "TLS", Health::Good, format!("the certificate of {names} ends in {days} days, {end:.0}"))
        }
    }
}

fn transformer(config: &Config, symptoms: &mut Vec<Symptom>) {
    let Some(settings) = &config.transformer else { return };
    let judge = match transformer::open(&settings.settings()) {
        Ok(judge) => judge,
        Err(error) => return note(symptoms, "transformer", Health::Broken, error),
    };
    let about = judge.about();
    let (window_ms, budget_ms) = (about.window_time.as_millis(), settings.budget_ms);
    if about.window_time >= settings.budget() {
        let says = format!("a window takes {window_ms} ms, and budget_ms is {budget_ms}: it never judges");
        return note(symptoms, "transformer", Health::Warning, says);
    }
    let (family, attack) = (about.family.name(), about.attack_labels.join(", "));
    let says = format!("{family}, attack is {attack}; {window_ms} ms a window of {} tokens", about.window_tokens);
    note(symptoms, "transformer", Health::Good, says);
}

async fn state(config: &Config, place: &Place, symptoms: &mut Vec<Symptom>) {
    let state = match State::open(config, &place.data).await {
        Ok(state) => state,
        Err(error) => {
            let error = anyhow::Error::from(error);
            return note(symptoms, "state", Health::Broken, format!("{error:#} (`portcullis init` makes it)"));
        }
    };
    note(symptoms, "state", Health::Good, place.data.display());
    match state.keys.list().await {
        Ok(keys) if keys.is_empty() => {
            note(symptoms, "API keys", Health::Broken, "none: `portcullis key create --name N`");
        }
        Ok(keys) => {
            note(symptoms, "API keys", Health::Good, format!("{} known", keys.len()));
            let is_endless = |key: &&KeyInfo| key.revoked_at.is_none() && key.expires_at.is_none();
            for key in keys.iter().filter(is_endless) {
                note(symptoms, format!("API key {}", key.name), Health::Warning, format!("{} never ends", key.id));
            }
        }
        Err(error) => note(symptoms, "API keys", Health::Broken, error),
    }
    for config in &config.auth.outside {
        let what = format!("outside {}", config.name);
        let found = state.outside.check(&config.name).await.unwrap_or_default();
        match found.iter().find(|one| !one.is_good) {
            None => note(symptoms, what, Health::Good, &config.issuer),
            Some(bad) => note(symptoms, what, Health::Broken, format!("{}: {}", bad.what, bad.says)),
        }
    }
    match audit::verify_live(&state.db, &state.sealer, &state.journal.witnesses()).await {
        Ok(verified) if verified.is_sound() => {
            note(symptoms, "audit log", Health::Good, format!("{} entries verified", verified.entries));
        }
        Ok(_) => {
            note(symptoms, "audit log", Health::Broken, "does not verify: `portcullis audit verify` names the entry")
        }
        Err(error) => note(symptoms, "audit log", Health::Broken, error),
    }
    if let Err(error) = state.close().await {
        note(symptoms, "state", Health::Broken, error);
    }
}

async fn redis(config: &Config, symptoms: &mut Vec<Symptom>) {
    let redis = match config.redis.open() {
        Ok(Some(redis)) => redis,
        Ok(None) => return note(symptoms, "redis", Health::Good, "none: attempts are counted in the database"),
        Err(error) => return note(symptoms, "redis", Health::Broken, format!("{:#}", anyhow::Error::from(error))),
    };
    match redis.info().await {
        Ok(info) if info.evicts => {
            let says = format!(
                "version {}, and it forgets counts when it is full: set maxmemory-policy noeviction",
                info.version
            );
            note(symptoms, "redis", Health::Warning, says);
        }
        Ok(info) => note(symptoms, "redis", Health::Good, format!("answers, version {}", info.version)),
        Err(error) => {
            let says = format!("{:#}; attempts are counted in the database", anyhow::Error::from(error));
            note(symptoms, "redis", Health::Broken, says);
        }
    }
}

/// Whether what the configuration names may be connected to, and answers.
async fn egress(config: &Config, symptoms: &mut Vec<Symptom>) {
    let egress = Egress::new(config.egress_rules());
    for Destination { setting, target } in config.destinations() {
        let what = match setting.strip_prefix("provider[").and_then(|rest| rest.split(']').next()?.parse().ok()) {
            Some(index) => config.providers.get::<usize>(index).map_or(setting, |one| format!("provider {}", one.name)),
            None => setting,
        };
        match egress.connect(&target, Reach::Configured, CONNECT_TIMEOUT).await {
            Ok(_) => note(symptoms, what, Health::Good, format!("{target} answers")),
            Err(error) => note(symptoms, what, Health::Broken, format!("{target}: {}", causes(&error))),
        }
    }
    let (allow, networks) = (&config.egress.allow, &config.egress.allow_networks);
    let oauth = &config.auth.oauth;
    let strangers = oauth.client_documents || oauth.registration != Registration::Off;
    let list = allow.iter().map(ToString::to_string).chain(networks.iter().map(ToString::to_string));
    let list: Vec<String> = list.collect();
    match list.is_empty() {
        true if strangers && !oauth.danger_private_addresses => {
            let says = "what clients register is not connected to: egress.allow names the hosts that are";
            note(symptoms, "egress", Health::Warning, says);
        }
        true => note(symptoms, "egress", Health::Good, "hosts that the configuration names, at public addresses"),
        false => note(symptoms, "egress", Health::Good, format!("besides what is configured: {}", list.join(", "))),
    }
    if oauth.danger_private_addresses {
        let says = "strangers may make it connect anywhere (auth.oauth.danger_private_addresses)";
        note(symptoms, "egress", Health::Warning, says);
    }
}

/// An error with what lies behind it.
fn causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string);
    causes.collect::<Vec<_>>().join(": ")
}
