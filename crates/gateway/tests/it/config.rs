//! The configuration, from a user's side.

use std::path::Path;

use portcullis::config::Config;

fn refused(text: &str) -> String {
    Config::parse(text, Path::new("p.toml")).unwrap_err().to_string()
}

#[test]
fn an_inline_secret_is_refused() {
    let error =
        refused("[[provider]]\nname = 'a'\nkind = 'openai'\nbase_url = 'http://h/v1'\nkey = 'sk-not-a-reference'");
    assert!(error.contains("reference") && !error.contains("sk-not"), "{error}");
}

#[test]
fn the_admin_plane_stays_on_loopback() {
    assert!(refused("[server]\nadmin_listen = '0.0.0.0:8081'").contains("server.admin_listen"));
}

#[test]
fn every_broken_rule_is_named_at_once() {
    let error = refused(
        "[[provider]]\nname = 'a'\nkind = 'openai'\nbase_url = 'ftp://h'\n\
         [[model]]\nname = 'm'\nprovider = 'b'\nfallback = ['m']",
    );
    for field in ["provider[0].base_url", "model[0].provider", "model[0].fallback"] {
        assert!(error.contains(field), "{field}: {error}");
    }
}

#[test]
fn a_policy_that_selects_nothing_is_refused() {
    let error =
        refused("[[policy]]\nname = 'p'\n[[policy.rule]]\nmatch = 'secrets'\nstages = ['input']\naction = 'mask'");
    assert!(error.contains("policy[0].rule[0].match"), "{error}");
}

#[test]
fn the_schema_names_every_table() {
    let schema = Config::schema();
    for table in ["server", "store", "provider", "model", "policy", "audit", "pseudonym", "telemetry"] {
        assert!(schema["properties"].get(table).is_some(), "{table}");
    }
}

#[test]
fn a_cost_below_12_is_refused_and_named() {
    let error = refused("[auth.password]\ncost = 11");
    assert!(error.contains("auth.password.cost: must be between 12 and 16, but is 11"), "{error}");
}
