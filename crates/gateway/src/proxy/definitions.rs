//! Definitions of tools on their way in: held to their pins, and compared with each other.

use guard::{Rule, tool};
use wire::Request;

use super::engine::Engine;
use crate::model::policy::config::Stage;
use crate::model::policy::verdict::Decision;
use crate::model::tool::definition::{has_lookalikes, is_changed, refers_to_others};

/// What the policy says of the tools that a request declares.
pub(super) fn judge(engine: &Engine, request: &Request) -> Vec<Decision> {
    let (policy, config) = (&engine.policy, &engine.policy.config.tool);
    let asks = |rule| policy.asks(rule, Stage::Input).is_some();
    let (shadow, refers) = (asks(&tool::shadow::RULE), asks(&tool::cross_reference::RULE));
    if !(config.judges_definitions() || shadow || refers) {
        return Vec::new();
    }
    let tools = request.tools();
    let mut broken: Vec<&'static Rule> = Vec::new();
    if config.judges_definitions() && tools.iter().any(|tool| is_changed(config, tool)) {
        broken.push(&tool::changed::RULE);
    }
    if shadow && has_lookalikes(&tools) {
        broken.push(&tool::shadow::RULE);
    }
    if refers && refers_to_others(&tools) {
        broken.push(&tool::cross_reference::RULE);
    }
    broken.into_iter().filter_map(|rule| policy.breach(rule, (Stage::Input, 1.0))).collect()
}
