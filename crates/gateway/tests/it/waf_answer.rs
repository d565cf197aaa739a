//! Rules about answers: phases 3 and 4, before anything leaves.

use std::fs;

use http::{Method, StatusCode};
use portcullis::http::router::{Plane, ROUTES};
use serde_json::{Value, json};

use crate::app::{TestApp, chat};

/// A gateway with these rules, and more settings below `[waf]`.
async fn with_rules(rules: &str, settings: &str) -> TestApp {
    let data = tempfile::tempdir().unwrap();
    fs::create_dir(data.path().join("waf")).unwrap();
    fs::write(data.path().join("waf/own.conf"), rules).unwrap();
    TestApp::on(data, &format!("[waf]\n{settings}\n")).await
}

const HEADERS: &str = "SecRule RESPONSE_STATUS \"@streq 200\" \"id:31,phase:3,deny,status:500,log,chain\"\n\
     SecRule REQUEST_FILENAME|RESPONSE_HEADERS:Content-Type \"@rx ^/v1/models|event-stream\" \"t:none\"";
const BODY: &str = "SecRule RESPONSE_BODY \"@rx moss-green|scopes\" \"id:41,phase:4,deny,status:403,log\"";

fn streamed(text: &str) -> Value {
    let mut body = chat(text);
    body["stream"] = true.into();
    body
}

#[tokio::test]
async fn rules_about_status_and_headers_refuse_any_answer_streams_included() {
    let app = with_rules(HEADERS, "").await;
    let url = format!("{}/v1/models", app.base);
    let reply = app.send(Method::GET, &url, Some(&app.key), &[], "").await;
    assert_eq!((reply.status, &reply.json()["error"]["code"]), (StatusCode::BAD_GATEWAY, &json!("answer_refused")));
    let reply = app.post("/v1/chat/completions", &streamed("Say hello")).await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY, "{}", reply.text());
    assert!(reply.text().contains("rule 31") && !reply.header("x-request-id").is_empty(), "{}", reply.text());
    assert_eq!(app.chat("Say hello").await.status, StatusCode::OK);
    // What is no success is not what the rule is about.
    assert_eq!(app.send(Method::GET, &url, None, &[], "").await.status, StatusCode::UNAUTHORIZED);
    let entries = app.entries("waf.refused").await;
    assert!(entries[0].to_string().contains("\"part\":\"answer\""), "{entries:?}");
    assert!(app.metrics().await.contains("portcullis_waf_answers_total{plane=\"data\",outcome=\"refused\"} 2"));
}

#[tokio::test]
async fn rules_about_bodies_read_what_the_admin_api_answers() {
    let app = with_rules(BODY, "").await;
    let reply = app.admin(Method::GET, "/admin/v1/keys", &Value::Null).await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY, "{}", reply.text());
    assert!(!reply.text().contains("scopes"), "nothing of it leaves: {}", reply.text());
    let shadow = with_rules(BODY, "mode = 'shadow'").await;
    assert_eq!(shadow.admin(Method::GET, "/admin/v1/keys", &Value::Null).await.status, StatusCode::OK);
    assert_eq!(shadow.entries("waf.shadowed").await.len(), 1);
    assert!(shadow.metrics().await.contains("portcullis_waf_answers_total{plane=\"admin\",outcome=\"shadow\"}"));
}

#[tokio::test]
async fn what_a_model_writes_is_not_read_and_never_counts_as_read() {
    let app = with_rules(BODY, "").await;
    assert_eq!(app.chat("Say moss-green").await.status, StatusCode::OK);
    assert_eq!(app.post("/v1/chat/completions", &streamed("Say moss-green")).await.status, StatusCode::OK);
    let metrics = app.metrics().await;
    assert!(metrics.contains("portcullis_waf_answers_total{plane=\"data\",outcome=\"unread\"} 1"), "{metrics}");
    assert!(metrics.contains("portcullis_waf_answers_total{plane=\"data\",outcome=\"passed\"} 1"), "{metrics}");
}

#[tokio::test]
async fn with_a_setting_whole_answers_of_models_are_read_and_streams_count_as_unread() {
    let types = "SecResponseBodyMimeType application/json text/event-stream\n";
    let app = with_rules(&format!("{types}{BODY}"), "model_answers = true").await;
    let reply = app.chat("Say moss-green").await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY, "{}", reply.text());
    assert!(!reply.text().contains("moss-green"), "{}", reply.text());
    assert_eq!(app.chat("Say hello").await.status, StatusCode::OK);
    let reply = app.post("/v1/chat/completions", &streamed("Say moss-green")).await;
    assert!(reply.text().contains("[DONE]"), "{}", reply.text());
    let metrics = app.metrics().await;
    for (outcome, count) in [("refused", 1), ("passed", 1), ("unread", 1)] {
        let line = format!("portcullis_waf_answers_total{{plane=\"data\",outcome=\"{outcome}\"}} {count}\n");
        assert!(metrics.contains(&line), "{line}{metrics}");
    }
}

#[tokio::test]
async fn of_an_answer_beyond_the_limit_the_beginning_is_read_and_it_counts_as_unread() {
    let limit = "SecResponseBodyLimit 8\n";
    let app = with_rules(&format!("{limit}{BODY}"), "").await;
    assert_eq!(app.admin(Method::GET, "/admin/v1/keys", &Value::Null).await.status, StatusCode::OK);
    assert!(app.metrics().await.contains("portcullis_waf_answers_total{plane=\"admin\",outcome=\"unread\"} 1"));
}

#[tokio::test]
async fn rules_about_answers_know_what_the_request_was_like_the_second_time_too() {
    let rules = "SecAction \"id:1,phase:1,pass,nolog,setvar:tx.mark=5\"\n\
        SecRule TX:mark \"@eq 5\" \"id:32,phase:3,deny,log,chain\"\n\
        SecRule REQUEST_HEADERS:X-Note \"@streq bad\" \"chain\"\nSecRule RESPONSE_STATUS \"@streq 200\" \"t:none\"";
    let app = with_rules(rules, "").await;
    let url = format!("{}/v1/models", app.base);
    for (note, status) in [("good", 200), ("bad", 502), ("good", 200), ("bad", 502), ("bad", 502)] {
        let reply = app.send(Method::GET, &url, Some(&app.key), &[("x-note", note)], "").await;
        assert_eq!(reply.status, status, "{note}: {}", reply.text());
    }
}

#[tokio::test]
async fn the_built_in_rules_never_look_at_an_answer() {
    let app = TestApp::start().await;
    assert_eq!(app.chat("Say hello").await.status, StatusCode::OK);
    assert_eq!(app.admin(Method::GET, "/admin/v1/keys", &Value::Null).await.status, StatusCode::OK);
    assert!(!app.metrics().await.contains("portcullis_waf_answers_total{"));
}

/// At the highest level, and whatever it thinks of the requests. Needs the package `modsecurity-crs` of Debian; without it there is nothing to show.
#[tokio::test]
async fn the_core_rule_set_refuses_none_of_the_gateways_own_answers() {
    let (rules, setup) = ("/usr/share/modsecurity-crs/rules", "/etc/modsecurity/crs/crs-setup.conf");
    if !std::path::Path::new(setup).is_file() {
        return;
    }
    let app = with_rules(&format!("Include {setup}\nInclude {rules}/*.conf"), "paranoia = 4\nthreshold = 1000").await;
    for route in ROUTES.iter().filter(|route| route.method == Method::GET && !route.path.contains('{')) {
        let (base, key) = match route.plane {
            Plane::Data => (&app.base, &app.key),
            _ => (&app.admin, &app.admin_key),
        };
        let reply = app.send(Method::GET, &format!("{base}{}", route.path), Some(key), &[], "").await;
        assert!(!reply.text().contains("answer_refused"), "{}: {}", route.path, reply.text());
    }
    let metrics = app.metrics().await;
    assert!(metrics.contains("portcullis_waf_answers_total{plane=\"admin\",outcome=\"passed\"}"), "{metrics}");
}
