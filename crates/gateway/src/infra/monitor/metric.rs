//! Metrics in the OpenMetrics text format, at `/metrics` of the admin listener.
//!
//! Invariant: label values come from closed lists or from the configuration, never from a request, so that nobody can
//! make the number of series grow.

use jiff::Timestamp;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::infra::network::ddos::Tally;
use crate::infra::network::egress::Why;

/// All metrics.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Exchanges by surface, model and outcome.
    pub requests: Family<RequestLabels, Counter>,
    /// Findings that a policy acted on.
    pub findings: Family<FindingLabels, Counter>,
    /// Tokens used.
    pub tokens: Family<TokenLabels, Counter>,
    /// Time that the gateway added before the provider was asked.
    pub overhead: Histogram,
    /// Time until the provider's answer began.
    pub upstream: Family<ModelLabels, Histogram, fn() -> Histogram>,
    /// Requests without a valid key.
    pub unauthenticated: Counter,
    /// Access and refresh tokens that were refused, by reason.
    pub tokens_rejected: Family<ReasonLabels, Counter>,
    /// Attempts to log in.
    pub logins: Family<LoginLabels, Counter>,
    /// Attempts to tell a client of a logout.
    pub logout_notices: Family<OutcomeLabels, Counter>,
    /// Logins with outside providers that came back.
    pub outside_logins: Family<OutsideLabels, Counter>,
    /// Requests of identity providers.
    pub scim: Family<ScimLabels, Counter>,
    /// Requests that the web application firewall looked at.
    pub waf_requests: Family<WafLabels, Counter>,
    /// Answers that the web application firewall looked at, by listener and outcome.
    pub waf_answers: Family<WafLabels, Counter>,
    /// Its rules that matched in requests it refused.
    pub waf_matches: Family<WafRuleLabels, Counter>,
    /// Segments whose verdict was known.
    pub verdict_cache: Family<CacheLabels, Counter>,
    /// Handshakes on the data plane that failed, by reason.
    pub tls_handshakes_failed: Family<ReasonLabels, Counter>,
    /// When the certificate of the data plane ends, while it has one.
    tls_certificate_end: Family<PlaneLabels, Gauge>,
    /// When the first list of revoked certificates of clients ends, while there are any.
    tls_revocations_end: Family<PlaneLabels, Gauge>,
    /// What the transformer was asked.
    pub transformer: TransformerMetrics,
    /// Exchanges under way.
    pub under_way: Gauge,
}

/// What the transformer was asked.
#[derive(Debug)]
pub struct TransformerMetrics {
    /// Texts, by what came of them.
    texts: Family<OutcomeLabels, Counter>,
    /// Windows that were judged.
    pub windows: Counter,
    /// Time that a text waited and was judged.
    pub seconds: Histogram,
    /// Texts that wait or are judged.
    pub under_way: Gauge,
}

impl TransformerMetrics {
    fn new(registry: &mut Registry) -> Self {
        let (texts, windows, under_way) = (Family::default(), Counter::default(), Gauge::default());
        let seconds = Histogram::new(exponential_buckets(0.002, 2.0, 14));
        registry.register("transformer_texts", "Texts for the transformer, by what came of them", texts.clone());
        registry.register("transformer_windows", "Windows that the transformer judged", windows.clone());
        registry.register("transformer_under_way", "Texts that wait for the transformer", under_way.clone());
        let help = "Time that a text waited for the transformer";
        registry.register_with_unit("transformer", help, Unit::Seconds, seconds.clone());
        Self { texts, windows, seconds, under_way }
    }

    /// Counts a text: `judged`, `late`, `queue_full` or `failed`.
    pub fn count(&self, outcome: &'static str) {
        self.texts.get_or_create(&OutcomeLabels { outcome }).inc();
    }
}

/// Labels of an exchange.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RequestLabels {
    /// The route.
    pub surface: &'static str,
    /// The configured model; `unknown` when there is none.
    pub model: String,
    /// How it ended.
    pub outcome: &'static str,
}

/// Labels of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct FindingLabels {
    /// The rule's id.
    pub rule: &'static str,
    /// What was done.
    pub action: &'static str,
    /// Where.
    pub stage: &'static str,
}

/// Labels of used tokens.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct TokenLabels {
    /// The configured model.
    pub model: String,
    /// `input` or `output`, as in `gen_ai.token.type`.
    pub kind: Direction,
}

/// Which way tokens went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
#[allow(non_camel_case_types)]
pub enum Direction {
    /// Read by the model.
    input,
    /// Written by the model.
    output,
}

/// A model.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ModelLabels {
    /// The configured model.
    pub model: String,
}

/// Labels of a request of an identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ScimLabels {
    /// `users`, `groups` or `discovery`.
    pub resource: &'static str,
    /// `served`, `unauthenticated`, `refused` or `failed`.
    pub outcome: &'static str,
}

/// Why something was refused.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ReasonLabels {
    /// One of a closed list.
    pub reason: &'static str,
}

/// An attempt to log in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct LoginLabels {
    /// `succeeded`, or the code of the answer.
    pub outcome: &'static str,
}

/// How something ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OutcomeLabels {
    /// One of a closed list.
    pub outcome: &'static str,
}

/// A login with an outside provider.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OutsideLabels {
    /// Its name in the configuration.
    pub provider: String,
    /// `succeeded`, `linked`, or why it was refused.
    pub outcome: &'static str,
}

/// A provider.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ProviderLabels {
    /// Its name in the configuration.
    pub provider: String,
}

/// A limit that refused.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct LimitLabels {
    /// Its name in the configuration.
    pub limit: String,
    /// `enforce`, or `shadow` when it only would have.
    pub mode: &'static str,
}

/// A request that the web application firewall looked at.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct WafLabels {
    /// `data` or `admin`.
    pub plane: &'static str,
    /// `passed`, `refused` or `shadow`.
    pub outcome: &'static str,
}

/// A rule of the web application firewall.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct WafRuleLabels {
    /// Its id.
    pub rule: u32,
}

/// A listener.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct PlaneLabels {
    /// `data`.
    pub plane: &'static str,
}

/// A look-up in a cache.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct CacheLabels {
    /// Whether it was there.
    pub hit: &'static str,
}

fn upstream_histogram() -> Histogram {
    Histogram::new(exponential_buckets(0.005, 2.0, 15))
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("portcullis");
        let requests = Family::default();
        let findings = Family::default();
        let tokens = Family::default();
        let overhead = Histogram::new(exponential_buckets(0.000_02, 2.0, 14));
        let upstream = Family::new_with_constructor(upstream_histogram as fn() -> Histogram);
        let unauthenticated = Counter::default();
        let tokens_rejected = Family::default();
        let logins = Family::<LoginLabels, Counter>::default();
        let logout_notices = Family::<OutcomeLabels, Counter>::default();
        let outside_logins = Family::<OutsideLabels, Counter>::default();
        let scim = Family::<ScimLabels, Counter>::default();
        let waf_requests = Family::<WafLabels, Counter>::default();
        let waf_answers = Family::<WafLabels, Counter>::default();
        let waf_matches = Family::<WafRuleLabels, Counter>::default();
        let verdict_cache = Family::default();
        let tls_handshakes_failed = Family::<ReasonLabels, Counter>::default();
        let tls_certificate_end = Family::<PlaneLabels, Gauge>::default();
        let tls_revocations_end = Family::<PlaneLabels, Gauge>::default();
        let under_way = Gauge::default();
        let transformer = TransformerMetrics::new(&mut registry);
        registry.register("requests", "Exchanges by surface, model and outcome", requests.clone());
        registry.register("findings", "Findings that a policy acted on", findings.clone());
        registry.register("tokens", "Tokens used", tokens.clone());
        registry.register_with_unit("overhead", "Time added before the provider", Unit::Seconds, overhead.clone());
        registry.register_with_unit("upstream", "Time to the provider's answer", Unit::Seconds, upstream.clone());
        registry.register("unauthenticated", "Requests without a valid key", unauthenticated.clone());
        registry.register("tokens_rejected", "Access and refresh tokens refused, by reason", tokens_rejected.clone());
        registry.register("logins", "Attempts to log in", logins.clone());
        registry.register("logout_notices", "Attempts to tell a client of a logout", logout_notices.clone());
        registry.register("outside_logins", "Logins with outside providers, by outcome", outside_logins.clone());
        registry.register("scim", "Requests of identity providers", scim.clone());
        registry.register("waf_requests", "Requests the firewall looked at, by outcome", waf_requests.clone());
        registry.register("waf_answers", "Answers the firewall looked at, by outcome", waf_answers.clone());
        registry.register("waf_matches", "Firewall rules that matched in refused requests", waf_matches.clone());
        registry.register("verdict_cache", "Segments looked up in the verdict cache", verdict_cache.clone());
        registry.register(
            "tls_handshakes_failed",
            "TLS handshakes that failed, by reason",
            tls_handshakes_failed.clone(),
        );
        let help = "When the certificate ends, in Unix time";
        registry.register_with_unit("tls_certificate_end", help, Unit::Seconds, tls_certificate_end.clone());
        let help = "When the first list of revoked certificates of clients ends, in Unix time";
        registry.register_with_unit("tls_revocations_end", help, Unit::Seconds, tls_revocations_end.clone());
        registry.register("under_way", "Exchanges under way", under_way.clone());
        Self {
            registry,
            requests,
            findings,
            tokens,
            overhead,
            upstream,
            unauthenticated,
            tokens_rejected,
            logins,
            logout_notices,
            outside_logins,
            scim,
            waf_requests,
            waf_answers,
            waf_matches,
            verdict_cache,
            tls_handshakes_failed,
            tls_certificate_end,
            tls_revocations_end,
            transformer,
            under_way,
        }
    }
}

impl Metrics {
    /// Counts a token that was refused.
    pub fn reject(&self, reason: &'static str) {
        self.tokens_rejected.get_or_create(&ReasonLabels { reason }).inc();
    }

    /// Counts a handshake that failed.
    pub fn handshake_failed(&self, reason: &'static str) {
        self.tls_handshakes_failed.get_or_create(&ReasonLabels { reason }).inc();
    }

    /// Shows when the certificate of the data plane ends; nothing where there is none.
    pub fn certificate_ends(&self, end: Option<Timestamp>) {
        show_end(&self.tls_certificate_end, end);
    }

    /// Says when the first list of revoked certificates of clients ends.
    pub fn revocations_end(&self, end: Option<Timestamp>) {
        show_end(&self.tls_revocations_end, end);
    }

    /// Counts a request that the web application firewall looked at.
    pub fn shield(&self, plane: &'static str, outcome: &'static str) {
        self.waf_requests.get_or_create(&WafLabels { plane, outcome }).inc();
    }

    /// Counts an answer that the web application firewall looked at.
    pub fn shield_answer(&self, plane: &'static str, outcome: &'static str) {
        self.waf_answers.get_or_create(&WafLabels { plane, outcome }).inc();
    }

    /// Counts a rule that matched in a request that was refused.
    pub fn shield_rule(&self, rule: u32) {
        self.waf_matches.get_or_create(&WafRuleLabels { rule }).inc();
    }

    /// Shows how Redis is.
    pub fn watch_redis(&mut self, up: Gauge, fallbacks: Counter) {
        self.registry.register("redis_up", "1 while Redis answers", up);
        let help = "Questions about attempts that the database answered in the place of Redis";
        self.registry.register("redis_fallbacks", help, fallbacks);
    }

    /// Shows what limits refuse.
    pub fn watch_limits(&mut self, refusals: Family<LimitLabels, Counter>, crowded: Counter, counters: Gauge) {
        self.registry.register("limit_refusals", "Requests that a limit refused, or would have", refusals);
        self.registry.register("limit_counters", "Counters of limits in memory", counters);
        let help = "Requests counted together with those of others, because all counters were taken";
        self.registry.register("limit_crowded", help, crowded);
    }

    /// Shows how limits are counted in Redis.
    pub fn watch_shared_limits(&mut self, up: Gauge, trips: Counter, fallbacks: Counter) {
        self.registry.register("limit_redis_up", "1 while limits are counted in Redis", up);
        self.registry.register("limit_trips", "Questions to Redis about limits", trips);
        self.registry.register("limit_fallbacks", "Requests decided about while Redis was lost", fallbacks);
    }

    /// Shows who was let in, and what was refused for overload.
    pub fn watch_gate(&mut self, gate: &Tally) {
        let registry = &mut self.registry;
        registry.register("connections", "Open connections", gate.open.clone());
        registry.register("connections_turned", "Connections closed as soon as they came", gate.turned.clone());
        registry.register("connections_cut", "Connections ended before their clients ended them", gate.cut.clone());
        registry.register("offences", "What brings addresses nearer to a ban", gate.offences.clone());
        registry.register("bans", "Addresses that are kept out", gate.bans.clone());
        registry.register("bans_made", "Bans that were made, by reason", gate.banned.clone());
        registry.register("shed", "Requests refused for overload", gate.shed.clone());
        let help = "Browsers asked for a proof of work, and what became of their solutions";
        registry.register("browser_challenges", help, gate.challenges.clone());
    }

    /// Shows the connections that were not opened.
    pub fn watch_egress(&mut self, refused: Family<Why, Counter>) {
        self.registry.register("egress_refused", "Connections that were not opened, by reason", refused);
    }

    /// Shows how much providers have to do.
    pub fn watch_pressure(&mut self, room: Family<ProviderLabels, Gauge>, under_way: Family<ProviderLabels, Gauge>) {
        self.registry.register("provider_room", "Prompts that may be under way at a provider", room);
        self.registry.register("provider_under_way", "Prompts under way at a provider", under_way);
    }

    /// The OpenMetrics text.
    pub fn render(&self) -> String {
        let mut out = String::new();
        // Writing to a String cannot fail.
        let _ = encode(&mut out, &self.registry);
        out
    }
}

fn show_end(family: &Family<PlaneLabels, Gauge>, end: Option<Timestamp>) {
    let labels = PlaneLabels { plane: "data" };
    match end {
        Some(end) => _ = family.get_or_create(&labels).set(end.as_second()),
        None => _ = family.remove(&labels),
    }
}
