//! What one setting says about another.

use std::collections::BTreeSet;

use super::Config;
use crate::api::limit;
use crate::model::policy;
use crate::proxy::config::ModelConfig;

/// One sentence for every broken rule, naming the field.
pub(super) fn problems(config: &Config) -> Vec<String> {
    let mut problems = Vec::new();
    server(config, &mut problems);
    problems.extend(config.auth.problems().into_iter().map(|problem| format!("auth.{problem}")));
    problems.extend(config.redis.problems().into_iter().map(|problem| format!("redis.{problem}")));
    problems.extend(config.mail.problems().into_iter().map(|problem| format!("mail.{problem}")));
    problems.extend(config.scim.problems().into_iter().map(|problem| format!("scim.{problem}")));
    problems.extend(config.cors.problems().into_iter().map(|problem| format!("cors.{problem}")));
    problems.extend(config.waf.problems().into_iter().map(|problem| format!("waf.{problem}")));
    problems.extend(config.firewall.problems().into_iter().map(|problem| format!("firewall.{problem}")));
    problems.extend(config.egress.problems().into_iter().map(|problem| format!("egress.{problem}")));
    problems.extend(config.destination_problems());
    problems.extend(config.telemetry.problems().into_iter().map(|problem| format!("telemetry.{problem}")));
    transformer(config, &mut problems);
    if config.scim.invite && config.auth.public_url.is_none() {
        problems.push("scim.invite: needs auth.public_url, where the links lead".to_owned());
    }
    providers(config, &mut problems);
    models(config, &mut problems);
    limits(config, &mut problems);
    for (index, policy) in config.policies.iter().enumerate() {
        problems.extend(policy::problems(policy).into_iter().map(|problem| format!("policy[{index}].{problem}")));
    }
    unique(config.policies.iter().map(|policy| policy.name.as_str()), "policy", &mut problems);
    problems
}

fn transformer(config: &Config, problems: &mut Vec<String>) {
    match &config.transformer {
        Some(transformer) => {
            problems.extend(transformer.problems().into_iter().map(|problem| format!("transformer.{problem}")));
            if !transformer::IS_BUILT {
                problems.push(format!("transformer: {}", transformer::Broken::NotBuilt));
            }
        }
        None => {
            for (index, policy) in config.policies.iter().enumerate() {
                if policy.rules.iter().any(|line| line.select == guard::classifier::transformer::RULE.id) {
                    problems.push(format!("policy[{index}].rule: CL007 needs [transformer], which judges for it"));
                }
            }
        }
    }
}

fn server(config: &Config, problems: &mut Vec<String>) {
    let server = &config.server;
    if server.listen == server.admin_listen && server.listen.port() != 0 {
        problems.push("server.admin_listen: must differ from server.listen".into());
    }
    if !server.admin_listen.ip().is_loopback() {
        problems.push("server.admin_listen: must be a loopback address".into());
    }
    if let Some(tls) = &server.tls {
        problems.extend(tls.problems().into_iter().map(|problem| format!("server.tls.{problem}")));
        if let Some(redirect) = tls.redirect_listen {
            if redirect.port() != 0 && (redirect == server.listen || redirect == server.admin_listen) {
                problems
                    .push("server.tls.redirect_listen: must differ from server.listen and server.admin_listen".into());
            }
            if tls.redirect_origin(config.auth.public_url.as_deref()).is_none() {
                problems
                    .push("server.tls.redirect_to: needed with redirect_listen, or an https:// auth.public_url".into());
            }
        }
    } else if !server.listen.ip().is_loopback() && !server.danger_plaintext {
        problems.push(
            "server.listen: beyond loopback needs [server.tls], or server.danger_plaintext = true behind a proxy that ends TLS"
                .into(),
        );
    }
    let edge = [
        ("limits", server.limits.problems()),
        ("ban", server.ban.problems()),
        ("overload", server.overload.problems()),
        ("challenge", server.challenge.problems()),
    ];
    for (section, found) in edge {
        problems.extend(found.into_iter().map(|problem| format!("server.{section}.{problem}")));
    }
    for (index, range) in server.trusted_proxies.iter().enumerate().filter(|(_, range)| range.is_everything()) {
        problems
            .push(format!("server.trusted_proxies[{index}]: {range} would let everybody say that they are anybody"));
    }
    if server.proxy_protocol && server.trusted_proxies.is_empty() {
        problems.push("server.proxy_protocol: needs server.trusted_proxies, from whom a PROXY header is taken".into());
    }
    if !(2..=128).contains(&server.json_depth_max) {
        problems.push("server.json_depth_max: must be between 2 and 128".into());
    }
    if server.body_bytes_max == 0 || server.json_values_max == 0 || server.connections_max == 0 {
        problems.push("server: body_bytes_max, json_values_max and connections_max must be above 0".into());
    }
}

fn providers(config: &Config, problems: &mut Vec<String>) {
    unique(config.providers.iter().map(|provider| provider.name.as_str()), "provider", problems);
    for (index, provider) in config.providers.iter().enumerate() {
        problems.extend(provider.problems().into_iter().map(|problem| format!("provider[{index}].{problem}")));
    }
}

fn models(config: &Config, problems: &mut Vec<String>) {
    unique(config.models.iter().map(|model| model.name.as_str()), "model", problems);
    let providers: BTreeSet<&str> = config.providers.iter().map(|provider| provider.name.as_str()).collect();
    let names: BTreeSet<&str> = config.models.iter().map(|model| model.name.as_str()).collect();
    for (index, model) in config.models.iter().enumerate() {
        if !providers.contains(model.provider.as_str()) {
            let known = providers.iter().copied().collect::<Vec<_>>().join(", ");
            problems
                .push(format!("model[{index}].provider: no provider is named `{}` (known: {known})", model.provider));
        }
        problems.extend(model.problems().into_iter().map(|problem| format!("model[{index}].{problem}")));
        for other in &model.fallback {
            if !names.contains(other.as_str()) || *other == model.name {
                problems.push(format!("model[{index}].fallback: `{other}` is not another model of this file"));
            }
        }
        if model.name.is_empty() || model.name.trim_end_matches('*').contains('*') {
            problems.push(format!("model[{index}].name: must not be empty, and `*` may only stand at its end"));
        }
    }
}

fn limits(config: &Config, problems: &mut Vec<String>) {
    problems.extend(config.limiter.problems().into_iter().map(|problem| format!("limiter.{problem}")));
    problems.extend(limit::config::problems(&config.limits));
    for (index, limit) in config.limits.iter().enumerate().filter(|(_, limit)| limit.unit == limit::Unit::Money) {
        let named = |name: &str| {
            let serves = |model: &ModelConfig| model.name == name || model.fallback.iter().any(|other| other == name);
            config.models.iter().any(|model| serves(model) && limit.names_model(&model.name))
        };
        let free = config.models.iter().filter(|model| named(&model.name) && model.price().is_none());
        for model in free {
            problems.push(format!(
                "limit[{index}].unit: money needs input_price and output_price of the model `{}`",
                model.name
            ));
        }
    }
}

fn unique<'n>(names: impl Iterator<Item = &'n str>, what: &str, problems: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            problems.push(format!("{what}.name: `{name}` stands twice"));
        }
    }
}
