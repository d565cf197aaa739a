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
fn a_transformer_is_held_to_its_bounds_and_its_rule_needs_one() {
    assert!(refused("[transformer]\npath = 'p'\nsha256 = 'x'").contains("transformer.sha256"));
    let rule = "[[policy]]\nname = 'p'\n[[policy.rule]]\nmatch = 'CL007'\nstages = ['input']\naction = 'block'";
    assert!(refused(rule).contains("policy[0].rule: CL007 needs [transformer]"));
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

#[test]
fn a_limit_that_cannot_hold_is_refused_and_says_why() {
    let check = |limit: &str, expected: &str| {
        let error = refused(&format!("[[limit]]\n{limit}"));
        assert!(error.contains(expected), "{limit}: {error}");
    };
    check("name = 'a'\nunit = 'requests'\nmax = 1", "limit[0].window_s: is missing (or `period`)");
    check("name = 'a'\nunit = 'requests'\nmax = 1.5\nwindow_s = 1", "limit[0].max: must be a whole number");
    check("name = 'a'\nunit = 'requests'\nmax = -1\nwindow_s = 1", "limit[0].max: must be a whole number");
    check("name = 'a'\nunit = 'requests'\nmax = 0\nwindow_s = 1", "limit[0].max: must be above 0");
    check("name = 'a'\nunit = 'money'\nmax = 1e12\nwindow_s = 1", "limit[0].max: must be an amount of money up to");
    check("name = 'a'\nunit = 'tokens'\nmax = nan\nwindow_s = 1", "limit[0].max: must be a whole number");
    check("name = 'A b'\nunit = 'tokens'\nmax = 1\nwindow_s = 1", "limit[0].name: must be 1 to 64 of a-z");
    check("name = 'a'\nunit = 'tokens'\nmax = 1\nwindow_s = 0", "limit[0].window_s: must be between 1 and");
    check(
        "name = 'a'\nunit = 'tokens'\nmax = 1\nwindow_s = 1\nperiod = 'day'",
        "limit[0].period: cannot stand beside window_s",
    );
    check(
        "name = 'a'\nunit = 'tokens'\nmax = 1\nperiod = 'day'\nzone = 'Mars/Olympus'",
        "limit[0].zone: there is no time zone `Mars/Olympus`",
    );
    check(
        "name = 'a'\nunit = 'tokens'\nmax = 1\nperiod = 'day'\nper = ['address']",
        "limit[0].per: a period is stored",
    );
    check(
        "name = 'a'\nunit = 'concurrent'\nmax = 1\nwindow_s = 1",
        "limit[0].unit: `concurrent` counts what is under way",
    );
    check(
        "name = 'a'\nunit = 'tokens'\nmax = 1\nperiod = 'day'\nalgorithm = 'gcra'",
        "limit[0].algorithm: `gcra` needs window_s",
    );
    check("name = 'a'\nunit = 'tokens'\nmax = 1\nwindow_s = 1\nburst = 2", "limit[0].burst: is of use with");
    check(
        "name = 'a'\nunit = 'tokens'\nmax = 1\nwindow_s = 1\nper = ['key', 'key']",
        "limit[0].per: names something twice",
    );
    check(
        "name = 'a'\nunit = 'tokens'\nmax = 1\nwindow_s = 1\nmode = 'shadow'\npre = 1",
        "limit[0].pre`: did you mean `per`?",
    );
    let model =
        "[[provider]]\nname = 'p'\nkind = 'openai'\nbase_url = 'http://h/v1'\n[[model]]\nname = 'm'\nprovider = 'p'\n";
    let money = "[[limit]]\nname = 'a'\nunit = 'money'\nmax = 1\nwindow_s = 1";
    assert!(
        refused(&format!("{model}{money}"))
            .contains("limit[0].unit: money needs input_price and output_price of the model `m`")
    );
    let other = "input_price = 1\noutput_price = 1\nfallback = ['n']\n[[model]]\nname = 'n'\nprovider = 'p'\n";
    let only = format!("{model}{other}{money}\nonly.models = ['m']");
    assert!(
        refused(&only).contains("of the model `n`"),
        "a model that takes over costs something too: {}",
        refused(&only)
    );
    assert!(refused(&format!("{model}input_price = -1")).contains("model[0].input_price: must be a price"));
    assert!(
        refused(&format!("{model}bytes_per_token = 0")).contains("model[0].bytes_per_token: must be between 1 and 8")
    );
    assert!(refused("limiter.nodes = 0").contains("limiter.nodes: must be between 1 and 1000"));
}

#[test]
fn mistakes_about_proxies_bans_and_origins_are_refused() {
    let check = |settings: &str, expected: &str| {
        let error = refused(settings);
        assert!(error.contains(expected), "{settings}: {error}");
    };
    check("[server]\nproxy_protocol = true", "server.proxy_protocol: needs server.trusted_proxies");
    check("[server]\ntrusted_proxies = ['10.0.0.1/8']", "the range is `10.0.0.0/8`");
    check("[server]\ntrusted_proxies = ['proxy.internal']", "no address and no range");
    check("[server]\ntrusted_proxies = ['10.0.0.0/8', '0.0.0.0/0']", "server.trusted_proxies[1]: 0.0.0.0/0 would let");
    check("[server]\nforwarded_header = 'x-real-ip'", "x-forwarded-for");
    check("[server.limits]\nper_address_max = 0", "server.limits.per_address_max: must be above 0");
    check("[server.limits]\nheader_bytes_max = 100", "server.limits.header_bytes_max: must be between");
    check("[server.limits]\nper_adress_max = 1", "did you mean `per_address_max`");
    check("[server.ban]\nfirst_s = 100\nlongest_s = 10", "server.ban.first_s: must be above 0, and longest_s no less");
    check("[server.overload]\nprovider_min = 0", "server.overload.provider_min: must be above 0");
    check("[cors]\norigins = ['*']\ncredentials = true", "cors.origins[0]: `*` with credentials");
    check("[cors]\norigins = ['https://a.example', 'null']", "cors.origins[1]: `null` is the origin");
    check(
        "[cors]\norigins = ['https://a.example/app']",
        "cors.origins[0]: `https://a.example/app` has more than an origin",
    );
    check("[cors]\norigins = ['https://*.com']", "cors.origins[0]: `https://*.com`: a `*` stands for the first name");
}
