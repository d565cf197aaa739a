//! Settings of staying up under attack: what a connection may cost, bans, and overload.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::offence::Offence;
use crate::infra::network::address::Range;

/// What a connection to the data plane may cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ConnectionConfig {
    /// Open connections of one address at most; the /64 of an IPv6 address counts as one. Trusted proxies are not counted.
    pub per_address_max: usize,
    /// Time for the PROXY header and the TLS handshake, in seconds.
    pub handshake_timeout_s: u64,
    /// How long a connection may stay open with no request on it, in seconds. One of HTTP/1 ends after
    /// `server.header_timeout_s` already.
    pub idle_timeout_s: u64,
    /// How long a client may keep the gateway waiting while it sends a body or reads an answer, in seconds. What it sends or
    /// reads earns it time again, at `bytes_per_s_min`.
    pub stall_timeout_s: u64,
    /// The slowest that a client may send a body or read an answer, in bytes a second.
    pub bytes_per_s_min: u32,
    /// Bytes of a request's headers at most, names and values together.
    pub header_bytes_max: u32,
    /// Headers of a request at most.
    pub header_count_max: usize,
    /// Bytes of a request's address at most.
    pub uri_bytes_max: usize,
    /// Requests at once on one HTTP/2 connection at most.
    pub http2_streams_max: u32,
    /// Frames that ask for work and carry nothing (`SETTINGS`, `PING`, `PRIORITY`, `RST_STREAM`, `CONTINUATION`, empty `DATA`)
    /// on one HTTP/2 connection in ten seconds at most. `SETTINGS` and `CONTINUATION` count as ten each.
    pub http2_control_frames_max: u32,
}

impl Default for ConnectionConfig {
    fn default() -> Self {
        Self {
            per_address_max: 512,
            handshake_timeout_s: 5,
            idle_timeout_s: 60,
            stall_timeout_s: 20,
            bytes_per_s_min: 256,
            header_bytes_max: 32 * 1024,
            header_count_max: 100,
            uri_bytes_max: 8 * 1024,
            http2_streams_max: 128,
            http2_control_frames_max: 1_000,
        }
    }
}

impl ConnectionConfig {
    /// One sentence for every broken rule, naming the field.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let zero = [
            ("per_address_max", self.per_address_max == 0),
            ("handshake_timeout_s", self.handshake_timeout_s == 0),
            ("idle_timeout_s", self.idle_timeout_s == 0),
            ("stall_timeout_s", self.stall_timeout_s == 0),
            ("bytes_per_s_min", self.bytes_per_s_min == 0),
            ("http2_streams_max", self.http2_streams_max == 0),
        ];
        let zero = zero.iter().filter(|(_, is_zero)| *is_zero);
        problems.extend(zero.map(|(field, _)| format!("{field}: must be above 0")));
        if !(1_024..=1_048_576).contains(&self.header_bytes_max) {
            problems.push("header_bytes_max: must be between 1024 and 1048576".to_owned());
        }
        if !(10..=1_000).contains(&self.header_count_max) {
            problems.push("header_count_max: must be between 10 and 1000".to_owned());
        }
        if !(256..=65_534).contains(&self.uri_bytes_max) {
            problems.push("uri_bytes_max: must be between 256 and 65534".to_owned());
        }
        if self.http2_control_frames_max < 100 {
            problems.push("http2_control_frames_max: must be at least 100, which honest clients send too".to_owned());
        }
        problems
    }
}

/// When an address is banned, and for how long. Bans are kept in memory, by each node for itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BanConfig {
    /// Whether addresses are banned by themselves. An operator can always ban one.
    pub enabled: bool,
    /// Points at which an address is banned.
    pub points_max: u32,
    /// The time in which that many points are forgotten, in seconds.
    pub window_s: u32,
    /// The first ban, in seconds. Each one more is four times as long.
    pub first_s: u32,
    /// The longest ban, in seconds. After as long without another one, the next is a first ban again.
    pub longest_s: u32,
    /// Addresses that are never banned by themselves. Trusted proxies are not either.
    pub allow: Vec<Range>,
    /// What each offence is worth.
    pub points: PointsConfig,
}

/// What each offence is worth, in points; 0 does not count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PointsConfig {
    /// A connection or a request that breaks its protocol.
    pub protocol: u32,
    /// Headers, a body or a handshake that came too slowly, or an answer that was read too slowly.
    pub slow: u32,
    /// A flood of frames on one connection.
    pub flood: u32,
    /// A request that a limit refused.
    pub limit: u32,
    /// An attempt to log in that had to wait.
    pub login: u32,
    /// A request that the web application firewall refused.
    pub firewall: u32,
}

impl Default for BanConfig {
    fn default() -> Self {
        let loopback = ["127.0.0.0/8", "::1"].iter().filter_map(|range| range.parse().ok()).collect();
        Self {
            enabled: true,
            points_max: 100,
            window_s: 60,
            first_s: 60,
            longest_s: 86_400,
            allow: loopback,
            points: PointsConfig::default(),
        }
    }
}

impl Default for PointsConfig {
    fn default() -> Self {
        Self { protocol: 5, slow: 5, flood: 25, limit: 1, login: 2, firewall: 10 }
    }
}

impl BanConfig {
    /// One sentence for every broken rule, naming the field.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.points_max == 0 || self.window_s == 0 {
            problems.push("points_max: must be above 0, and so must window_s".to_owned());
        }
        if self.first_s == 0 || self.longest_s < self.first_s {
            problems.push("first_s: must be above 0, and longest_s no less".to_owned());
        }
        problems
    }

    /// What an offence is worth.
    pub fn points(&self, offence: Offence) -> u32 {
        match offence {
            Offence::Protocol => self.points.protocol,
            Offence::Slow => self.points.slow,
            Offence::Flood => self.points.flood,
            Offence::Limit => self.points.limit,
            Offence::Login => self.points.login,
            Offence::Firewall => self.points.firewall,
        }
    }
}

/// What gives way when there is too much.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OverloadConfig {
    /// Requests under way on the data plane at most. Prompts may fill nine tenths of it, the rest stays for everything else.
    pub requests_max: usize,
    /// Finds out by itself how many prompts each provider serves at once without slowing down, and refuses more.
    pub adaptive: bool,
    /// Prompts under way at a provider that are never too many.
    pub provider_min: u32,
    /// Prompts under way at a provider at most.
    pub provider_max: u32,
    /// Names of API keys whose prompts give way first, as those of nightly jobs; a `*` at the end stands for any rest.
    pub yielding_keys: Vec<String>,
    /// What such keys may fill of the room at a provider, in percent.
    pub yielding_percent: u8,
}

impl Default for OverloadConfig {
    fn default() -> Self {
        Self {
            requests_max: 8_192,
            adaptive: true,
            provider_min: 16,
            provider_max: 4_096,
            yielding_keys: Vec::new(),
            yielding_percent: 50,
        }
    }
}

impl OverloadConfig {
    /// One sentence for every broken rule, naming the field.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.requests_max < 10 {
            problems.push("requests_max: must be at least 10".to_owned());
        }
        if self.provider_min == 0 || self.provider_max < self.provider_min {
            problems.push("provider_min: must be above 0, and provider_max no less".to_owned());
        }
        if !(1..=100).contains(&self.yielding_percent) {
            problems.push("yielding_percent: must be between 1 and 100".to_owned());
        }
        problems
    }

    /// Whether the prompts of a key give way first.
    pub fn yields(&self, key: &str) -> bool {
        let names =
            |pattern: &String| pattern.strip_suffix('*').map_or(pattern == key, |beginning| key.starts_with(beginning));
        self.yielding_keys.iter().any(names)
    }
}

/// When browsers have to show a proof of work before the pages for people. APIs never ask for it here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChallengeConfig {
    /// When.
    pub mode: ChallengeMode,
    /// How hard it is: so many zero bits. 14 take 16,384 tries on average, and one more is twice the work; Chromium does 120,000 a
    /// second on a core of a server, a telephone fewer.
    pub bits: u32,
    /// How long a browser that showed it is not asked again, in seconds.
    pub valid_s: u32,
    /// With `pressure`: requests under way from which all are asked, in percent of `overload.requests_max`.
    pub load_percent: u8,
    /// With `pressure`: points from which an address is asked, in percent of `ban.points_max`.
    pub points_percent: u8,
}

/// When browsers have to show a proof of work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChallengeMode {
    /// Never.
    #[default]
    Off,
    /// When the gateway has much to do or refused something for overload within a minute, and who is on the way to a ban.
    Pressure,
    /// Before the first page.
    Always,
}

impl Default for ChallengeConfig {
    fn default() -> Self {
        Self { mode: ChallengeMode::Off, bits: 14, valid_s: 3_600, load_percent: 50, points_percent: 50 }
    }
}

impl ChallengeConfig {
    /// One sentence for every broken rule, naming the field.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !(8..=20).contains(&self.bits) {
            problems.push("bits: must be between 8 and 20; more takes a phone minutes".to_owned());
        }
        if !(60..=86_400).contains(&self.valid_s) {
            problems.push("valid_s: must be between 60 and 86400".to_owned());
        }
        for (field, percent) in [("load_percent", self.load_percent), ("points_percent", self.points_percent)] {
            if !(1..=100).contains(&percent) {
                problems.push(format!("{field}: must be between 1 and 100"));
            }
        }
        problems
    }
}
