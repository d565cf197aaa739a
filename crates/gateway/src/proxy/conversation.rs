//! What the turns of a conversation and the attempts of its author are worth together.

use std::time::Duration;

use guard::conversation;
use wire::Request;

use super::engine::Engine;
use super::inspect::Findings;
use crate::app::App;
use crate::auth::Identity;
use crate::error::Failure;
use crate::model::policy::config::Stage;
use crate::model::policy::verdict::Decision;

/// What the policy says of a request whose texts were judged one by one.
pub(super) fn judge(
    app: &App,
    engine: &Engine,
    (identity, request): (&Identity, &Request),
    findings: &mut Findings,
) -> Vec<Decision> {
    let (policy, config) = (&engine.policy, &engine.policy.config.conversation);
    if !config.is_on() {
        return Vec::new();
    }
    let sum = findings.risk.sum();
    let is_led = config.risk_max > 0.0 && sum >= config.risk_max && findings.risk.is_of_several();
    findings.is_risky = is_led;
    findings.risk_sum = (sum > 0.0).then_some(sum);
    if !findings.risk.is_new() {
        return Vec::new();
    }
    let mut broken = Vec::new();
    if is_led {
        broken.push(&conversation::risk::RULE);
    }
    if config.probing_max > 0 {
        let count = app.probes.count(&who(identity, request), app.clock.now(), half_life(engine));
        // What fades is a little below the number of attempts.
        if count.round() >= config.probing_max as f32 {
            broken.push(&conversation::probing::RULE);
        }
    }
    broken.into_iter().filter_map(|rule| policy.breach(rule, (Stage::Input, 1.0))).collect()
}

/// Remembers a request that is stopped for what it says. One that is stopped for its history adds nothing to it.
pub(super) fn remember(app: &App, engine: &Engine, who: &str, failure: &Failure) {
    let rule = match failure {
        Failure::Blocked { rule, .. } | Failure::Held { rule, .. } => rule,
        _ => return,
    };
    if !rule.starts_with("CV") {
        app.probes.add(who, app.clock.now(), half_life(engine));
    }
}

/// Who asks: the key or person, and the end user that the application names.
pub(super) fn who(identity: &Identity, request: &Request) -> String {
    let end_user = request.end_user().unwrap_or_default();
    let end = end_user.floor_char_boundary(256);
    format!("{}\0{}\0{}", identity.tenant, identity.actor, &end_user[..end])
}

fn half_life(engine: &Engine) -> Duration {
    Duration::from_secs(engine.policy.config.conversation.half_life_s.into())
}
