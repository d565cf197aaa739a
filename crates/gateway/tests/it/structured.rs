//! Structured output: answers are held to the JSON Schema that they were asked in, on every surface, plain and streamed.

use http::StatusCode;
use serde_json::{Value, json};

use crate::app::TestApp;

const BLOCK: &str = "[[policy]]\nname = 'forms'\n\
                     [[policy.rule]]\nmatch = 'AN001'\nstages = ['output']\naction = 'block'\n";
const FLAG: &str = "[[policy]]\nname = 'forms'\n\
                    [[policy.rule]]\nmatch = 'AN001'\nstages = ['output']\naction = 'flag'\n";

fn schema() -> Value {
    json!({ "type": "object", "properties": { "total": { "type": "number" } }, "required": ["total"],
        "additionalProperties": false })
}

/// A question for an answer in this schema; the answer is the script `form`.
fn ask(path: &str, schema: &Value, is_stream: bool) -> Value {
    let turns = json!([{ "role": "user", "content": "run script form" }]);
    match path {
        "/v1/responses" => json!({ "model": "m", "stream": is_stream, "input": turns,
            "text": { "format": { "type": "json_schema", "name": "bill", "schema": schema } } }),
        "/v1/messages" => json!({ "model": "claude", "stream": is_stream, "messages": turns, "max_tokens": 99,
            "output_config": { "format": { "type": "json_schema", "schema": schema } } }),
        _ => json!({ "model": "m", "stream": is_stream, "messages": turns,
            "response_format": { "type": "json_schema", "json_schema": { "name": "bill", "schema": schema } } }),
    }
}

const PATHS: [&str; 3] = ["/v1/chat/completions", "/v1/responses", "/v1/messages"];

/// The state that the entry gives the answer, and whether the text reached the client.
async fn answered(app: &TestApp, body: &Value, path: &str, text: &str) -> (String, bool) {
    app.script("form", &json!({ "answer": { "text": text }, "chunk": 3, "cut": 5 })).await;
    let reply = app.post(path, body).await;
    let entry = &app.audit().await[0];
    let state = entry["detail"]["answer_schema"].as_str().unwrap_or_default().to_owned();
    let reached = reply.status == StatusCode::OK
        && !reply.text().contains("content_filter")
        && !reply.text().contains("\"stop_reason\":\"refusal\"");
    if !reached {
        assert!(!reply.text().contains("the-word"), "{path}: {}", reply.text());
    }
    (state, reached)
}

#[tokio::test]
async fn an_answer_that_breaks_its_schema_does_not_leave() {
    let app = TestApp::with(BLOCK).await;
    for path in PATHS {
        for is_stream in [false, true] {
            let body = ask(path, &schema(), is_stream);
            for (text, state) in [
                (r#"{"total": 5}"#, "conforms"),
                (r#"{"total": "the-word"}"#, "violates"),
                (r#"{"total": 5, "note": "the-word"}"#, "violates"),
                ("It is the-word.", "violates"),
                (r#"{"total": 5, "note": "the-word"#, "incomplete"),
            ] {
                let found = answered(&app, &body, path, text).await;
                assert_eq!(found, (state.to_owned(), state == "conforms"), "{path} {is_stream} {text}");
            }
        }
    }
}

#[tokio::test]
async fn a_flagged_answer_leaves_as_it_comes_and_the_entry_says_what_it_is() {
    let app = TestApp::with(FLAG).await;
    for path in PATHS {
        for is_stream in [false, true] {
            let body = ask(path, &schema(), is_stream);
            let found = answered(&app, &body, path, r#"{"total": "the-word"}"#).await;
            assert_eq!(found, ("violates".to_owned(), true), "{path} {is_stream}");
            assert_eq!(app.audit().await[0]["detail"]["decisions"][0]["rule"], "AN001");
        }
    }
}

#[tokio::test]
async fn what_is_not_judged_is_not_called_conforming() {
    let app = TestApp::with(FLAG).await;
    let path = PATHS[0];
    let good = r#"{"total": 5}"#;
    let partly = answered(&app, &ask(path, &json!({ "type": "object", "nullable": true }), false), path, good).await;
    assert_eq!(partly.0, "partly");
    for hostile in [json!({ "$ref": "https://evil.example/" }), json!({ "$ref": "#" })] {
        for is_stream in [false, true] {
            let found = answered(&app, &ask(path, &hostile, is_stream), path, good).await;
            assert_eq!(found, ("unchecked".to_owned(), true), "{hostile}");
            assert_eq!(app.audit().await[0]["detail"]["not_run"], json!(["AN001"]));
        }
    }
    app.script("form", &json!({ "answer": { "refusal": "I would rather not." } })).await;
    let reply = app.post(path, &ask(path, &schema(), false)).await;
    assert!(reply.text().contains("rather not"), "a refusal is no breach: {}", reply.text());
    assert_eq!(app.audit().await[0]["detail"]["answer_schema"], "unchecked");
    let closed = TestApp::with(BLOCK).await;
    for is_stream in [false, true] {
        let found = answered(&closed, &ask(path, &json!({ "$ref": "#" }), is_stream), path, "the-word").await;
        assert!(!found.1 || is_stream, "{found:?}");
    }
}

#[tokio::test]
async fn nothing_is_judged_where_no_line_or_no_schema_asks() {
    let app = TestApp::start().await;
    let found = answered(&app, &ask(PATHS[0], &schema(), false), PATHS[0], "no JSON").await;
    assert_eq!(found, (String::new(), true), "no line");
    let app = TestApp::with(BLOCK).await;
    let plain = json!({ "model": "m", "messages": [{ "role": "user", "content": "run script form" }] });
    assert_eq!(answered(&app, &plain, PATHS[0], "no JSON").await, (String::new(), true), "no schema");
    let mut object = plain;
    object["response_format"] = json!({ "type": "json_object" });
    assert_eq!(answered(&app, &object, PATHS[0], "{}").await, ("conforms".to_owned(), true));
    assert_eq!(answered(&app, &object, PATHS[0], "[\"the-word\"]").await, ("violates".to_owned(), false));
}

#[tokio::test]
async fn a_mask_that_breaks_the_form_is_a_breach_too() {
    let app =
        TestApp::with(&format!("{BLOCK}[[policy.rule]]\nmatch = 'pii.email'\nstages = ['output']\naction = 'mask'\n"))
            .await;
    let form = json!({ "type": "object", "properties": { "mail": { "pattern": "@" } } });
    for is_stream in [false, true] {
        let body = ask(PATHS[0], &form, is_stream);
        let found = answered(&app, &body, PATHS[0], r#"{"mail": "ada@example.com"}"#).await;
        assert_eq!(found, ("violates".to_owned(), false), "what counts is what the client would get");
    }
}
