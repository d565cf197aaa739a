//! What is left of limits, in headers: as OpenAI and Anthropic say it, and as the IETF does
//! (draft-ietf-httpapi-ratelimit-headers).
//!
//! Of several limits of one unit the one of which least is left speaks. Where the provider says that less is left at its
//! own, its headers stay; what was ours would promise more than there is.

use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use wire::Dialect;

use crate::api::limit::{Allowance, Unit};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// Says what is left.
pub(crate) fn say(headers: &mut HeaderMap, dialect: Dialect, allowances: &[Allowance], now: Timestamp) {
    if allowances.is_empty() {
        return;
    }
    standard(headers, allowances);
    let units: &[(Unit, &str)] = match dialect {
        Dialect::OpenAi => &[(Unit::Requests, "requests"), (Unit::Tokens, "tokens")],
        Dialect::Anthropic => &[
            (Unit::Requests, "requests"),
            (Unit::Tokens, "tokens"),
            (Unit::InputTokens, "input-tokens"),
            (Unit::OutputTokens, "output-tokens"),
        ],
    };
    for (unit, name) in units {
        let tightest = allowances.iter().filter(|own| own.rule.unit == *unit).min_by_key(|own| own.remaining);
        if let Some(own) = tightest {
            by_dialect(headers, (dialect, name), own, now);
        }
    }
}

fn by_dialect(headers: &mut HeaderMap, (dialect, unit): (Dialect, &str), own: &Allowance, now: Timestamp) {
    let name = |what: &str| match dialect {
        Dialect::OpenAi => format!("x-ratelimit-{what}-{unit}"),
        Dialect::Anthropic => format!("anthropic-ratelimit-{unit}-{what}"),
    };
    let theirs = headers.get(name("remaining")).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if theirs.is_some_and(|theirs| theirs < own.remaining) {
        return;
    }
    let reset = match dialect {
        Dialect::OpenAi => go_duration(own.reset_ms),
        Dialect::Anthropic => moment(now, own.reset_ms),
    };
    let values = [("limit", own.rule.max.to_string()), ("remaining", own.remaining.to_string()), ("reset", reset)];
    for (what, value) in values {
        insert(headers, name(what).parse().ok(), &value);
    }
}

/// `RateLimit-Policy: "name";q=100;w=60` and `RateLimit: "name";r=57;t=12`.
fn standard(headers: &mut HeaderMap, allowances: &[Allowance]) {
    let mut policies = Vec::with_capacity(allowances.len());
    let mut left = Vec::with_capacity(allowances.len());
    for own in allowances {
        let rule = &own.rule;
        let unit = match rule.unit {
            Unit::Requests => String::new(),
            Unit::Concurrent => ";qu=\"concurrent-requests\"".to_owned(),
            unit => format!(";qu=\"{}\"", unit.name().replace('_', "-")),
        };
        let window = rule.window_s().map(|seconds| format!(";w={seconds}")).unwrap_or_default();
        policies.push(format!("\"{}\";q={}{window}{unit}", rule.name, rule.max));
        left.push(format!("\"{}\";r={};t={}", rule.name, own.remaining, own.reset_ms.div_ceil(1_000)));
    }
    insert(headers, Some(POLICY), &policies.join(", "));
    insert(headers, Some(RATE_LIMIT), &left.join(", "));
}

fn insert(headers: &mut HeaderMap, name: Option<HeaderName>, value: &str) {
    if let (Some(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
        headers.insert(name, value);
    }
}

/// A duration as OpenAI writes it: `1s`, `6m0s`, `250ms`.
fn go_duration(ms: u64) -> String {
    if ms < 1_000 {
        return format!("{ms}ms");
    }
    let seconds = ms.div_ceil(1_000);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m{seconds}s"),
        _ => format!("{hours}h{minutes}m{seconds}s"),
    }
}

/// A moment as Anthropic writes it: RFC 3339, whole seconds, rounded up.
fn moment(now: Timestamp, after_ms: u64) -> String {
    let after = SignedDuration::from_millis(i64::try_from(after_ms).unwrap_or(i64::MAX));
    let at_ms = now.checked_add(after).unwrap_or(Timestamp::MAX).as_millisecond();
    let at_s = at_ms.div_euclid(1_000) + i64::from(at_ms.rem_euclid(1_000) > 0);
    Timestamp::from_second(at_s).unwrap_or(Timestamp::MAX).to_string()
}

#[cfg(test)]
mod tests {
    use crate::api::limit::Rule;
    use crate::api::limit::config::LimitConfig;

    use super::*;

    /// Says what is left after a provider did.
    fn check(theirs: &[(&'static str, &'static str)], expected: &[(&str, &str)]) {
        let limit: LimitConfig = toml::from_str("name = 'a'\nunit = 'tokens'\nmax = 100\nwindow_s = 60").unwrap();
        let own = Allowance { rule: std::sync::Arc::new(Rule::new(&limit)), remaining: 40, reset_ms: 90_000 };
        let mut headers = HeaderMap::new();
        for (name, value) in theirs {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        say(&mut headers, Dialect::OpenAi, &[own], Timestamp::UNIX_EPOCH);
        for (name, value) in expected {
            assert_eq!(headers.get(*name).map(|own| own.to_str().unwrap()), Some(*value), "{name} after {theirs:?}");
        }
    }

    #[test]
    fn of_the_providers_limit_and_ours_the_one_speaks_of_which_less_is_left() {
        const NAMES: [&str; 3] =
            ["x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"];
        let of = |values: [&'static str; 3]| std::array::from_fn::<_, 3, _>(|at| (NAMES[at], values[at]));
        let ours = of(["100", "40", "1m30s"]);
        check(&[], &ours);
        check(&of(["9000", "5000", "1s"]), &ours);
        check(&of(["9000", "39", "1s"]), &of(["9000", "39", "1s"]));
        check(&of(["9000", "many", "1s"]), &ours);
        check(&[("x-ratelimit-remaining-requests", "7")], &[("x-ratelimit-remaining-requests", "7"), ours[1]]);
        let standard = [("ratelimit-policy", "\"a\";q=100;w=60;qu=\"tokens\""), ("ratelimit", "\"a\";r=40;t=90")];
        check(&of(["9000", "39", "1s"]), &standard);
    }

    #[test]
    fn durations_and_moments_are_written_as_the_providers_do() {
        for (ms, expected) in
            [(0, "0ms"), (250, "250ms"), (1_000, "1s"), (1_001, "2s"), (360_000, "6m0s"), (3_723_000, "1h2m3s")]
        {
            assert_eq!(go_duration(ms), expected);
        }
        let now: Timestamp = "2026-05-05T12:00:00.5Z".parse().unwrap();
        assert_eq!(moment(now, 1_000), "2026-05-05T12:00:02Z");
        assert!(moment(now, u64::MAX).starts_with("9999-12-"), "{}", moment(now, u64::MAX));
    }
}
