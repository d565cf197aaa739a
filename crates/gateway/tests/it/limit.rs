//! Limits through the running gateway: requests, tokens, streams, money, several at once, and who tries to get around them.

use http::{Method, StatusCode};
use portcullis::api::limit::{Asker, Demand, Reservation};
use portcullis::auth::key::NewKey;
use portcullis::data::access::{Action, Kind, Resource};
use serde_json::{Value, json};

use crate::app::{Reply, TestApp, chat};

/// A limit, as the configuration writes it.
pub(crate) fn limit(name: &str, unit: &str, max: f64, more: &str) -> String {
    format!("[[limit]]\nname = '{name}'\nunit = '{unit}'\nmax = {max}\n{more}\n")
}

/// Two requests a minute for each key.
fn two_requests() -> String {
    limit("two", "requests", 2.0, "window_s = 60\nper = ['key']")
}

pub(crate) async fn key(app: &TestApp, name: &str) -> String {
    let new = NewKey { name: name.into(), scopes: vec!["inference".into()], ..NewKey::default() };
    app.app().keys.create(new).await.unwrap()
}

pub(crate) async fn ask(app: &TestApp, key: &str, body: &Value) -> Reply {
    let path = if body["model"] == "claude" { "/v1/messages" } else { "/v1/chat/completions" };
    app.send(Method::POST, &format!("{}{path}", app.base), Some(key), &[], body.to_string()).await
}

#[tokio::test]
async fn a_key_that_used_its_requests_is_told_when_to_come_back_and_others_are_served() {
    let app = TestApp::with(&two_requests()).await;
    app.clock.stop();
    let (own, other) = (app.key.clone(), key(&app, "other").await);
    for left in ["1", "0"] {
        let reply = ask(&app, &own, &chat("Say hello")).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        assert_eq!(reply.header("x-ratelimit-limit-requests"), "2");
        assert_eq!(reply.header("x-ratelimit-remaining-requests"), left);
        assert_eq!(reply.header("ratelimit-policy"), "\"two\";q=2;w=60");
    }
    let refused = ask(&app, &own, &chat("Say hello")).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{}", refused.text());
    let error = &refused.json()["error"];
    assert_eq!(
        (error["type"].as_str(), error["code"].as_str()),
        (Some("rate_limit_error"), Some("rate_limit_exceeded"))
    );
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("limit `two` (2 requests in 60 s per key) is used up; try again in 6"), "{message}");
    let seconds: u64 = refused.header("retry-after").parse().unwrap();
    assert!((60..=61).contains(&seconds), "{seconds}");
    assert_eq!(refused.header("ratelimit"), format!("\"two\";r=0;t={seconds}"));
    assert_eq!(refused.header("x-ratelimit-remaining-requests"), "0");
    assert_eq!(ask(&app, &other, &chat("Say hello")).await.status, StatusCode::OK);
    app.clock.pass(i64::try_from(seconds).unwrap());
    assert_eq!(ask(&app, &own, &chat("Say hello")).await.status, StatusCode::OK);
    let entries = app.entries("limit.exceeded").await;
    assert_eq!(entries.len(), 1, "{entries:?}");
    let text = entries[0].to_string();
    assert!(text.contains("two") && !text.contains("key="), "whose it is, is sealed: {text}");
    let metrics = app.metrics().await;
    assert!(metrics.contains("portcullis_limit_refusals_total{limit=\"two\",mode=\"enforce\"} 1"), "{metrics}");
}

#[tokio::test]
async fn anthropic_clients_are_refused_in_their_own_words() {
    let app = TestApp::with(&(two_requests() + &limit("in", "input_tokens", 1e6, "window_s = 60"))).await;
    let body = json!({ "model": "claude", "max_tokens": 5, "messages": [{ "role": "user", "content": "Say hello" }] });
    let first = ask(&app, &app.key, &body).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text());
    assert_eq!(first.header("anthropic-ratelimit-requests-remaining"), "1");
    assert_eq!(first.header("anthropic-ratelimit-input-tokens-limit"), "1000000");
    let reset: jiff::Timestamp = first.header("anthropic-ratelimit-requests-reset").parse().unwrap();
    assert!(reset > jiff::Timestamp::now());
    ask(&app, &app.key, &body).await;
    let refused = ask(&app, &app.key, &body).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.json()["type"], "error");
    assert_eq!(refused.json()["error"]["type"], "rate_limit_error");
    assert!(!refused.header("retry-after").is_empty() && refused.header("x-ratelimit-limit-requests").is_empty());
}

#[tokio::test]
async fn what_one_limit_refuses_the_others_do_not_count() {
    let limits = [
        limit("wide", "requests", 3.0, "window_s = 60"),
        limit("narrow", "requests", 1.0, "window_s = 60\nper = ['user', 'model']\nonly.models = ['m']"),
    ];
    let app = TestApp::with(&limits.concat()).await;
    let statuses = async |model: &str, count: usize| {
        let mut statuses = Vec::new();
        for _ in 0..count {
            let mut body = chat("Say hello");
            body["model"] = model.into();
            statuses.push(ask(&app, &app.key, &body).await.status.as_u16());
        }
        statuses
    };
    assert_eq!(statuses("m", 3).await, [200, 429, 429]);
    // Of three one was used, whatever was refused.
    assert_eq!(statuses("sturdy", 3).await, [200, 200, 429]);
}

#[tokio::test]
async fn tokens_are_reserved_before_and_settled_after() {
    let app = TestApp::with(&limit("tokens", "tokens", 1_000.0, "window_s = 60\nper = ['key']")).await;
    app.clock.stop();
    let mut body = chat("Say hello");
    body["max_tokens"] = 100.into();
    let reply = ask(&app, &app.key, &body).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let used = reply.json()["usage"]["total_tokens"].as_u64().unwrap();
    // At admission all that it may use is gone, afterwards what it did not use is there again.
    let remaining: u64 = reply.header("x-ratelimit-remaining-tokens").parse().unwrap();
    assert!(remaining < 1_000 - 100 - 256, "{remaining}");
    let next = ask(&app, &app.key, &body).await;
    assert_eq!(next.header("x-ratelimit-remaining-tokens"), (remaining - used).to_string());
    let mut huge = body.clone();
    huge["max_tokens"] = json!(u64::MAX);
    let refused = ask(&app, &app.key, &huge).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{}", refused.text());
    assert!(refused.text().contains("more than the limit `tokens`"), "{}", refused.text());
    assert_eq!((refused.header("x-should-retry"), refused.header("retry-after")), ("false", ""));
    for absurd in [json!(-1), json!(1.5), json!("many"), json!(1e300)] {
        huge["max_tokens"] = absurd.clone();
        assert_eq!(ask(&app, &app.key, &huge).await.status, StatusCode::BAD_REQUEST, "{absurd}");
    }
    let snapshot = app.app().ledger.snapshot();
    assert_eq!((snapshot.under_way, snapshot.reserved_tokens), (0, 0), "{snapshot:?}");
}

/// Streams an answer of 300 characters, which the provider counts as 75 tokens.
pub(crate) async fn script(app: &TestApp) {
    let text = "word ".repeat(60);
    app.script("long", &json!({ "answer": { "text": text }, "chunk": 5 })).await;
}

pub(crate) fn stream(more: Value) -> Value {
    let mut body = chat("run script long");
    body["stream"] = true.into();
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// The usage that a stream says, with its prompt.
fn total_tokens(reply: &Reply) -> Option<u64> {
    let events = reply.text();
    let data = events.lines().filter_map(|line| line.strip_prefix("data: "));
    data.filter_map(|data| serde_json::from_str::<Value>(data).ok())
        .find_map(|event| event["usage"]["total_tokens"].as_u64())
}

/// So many clients at once ask these nodes in turn for streams, again and again; how many tokens were used, how many
/// answers there were, and how many refusals.
pub(crate) async fn storm(app: &TestApp, bases: &[&str], clients: usize, each: usize) -> (u64, usize, usize) {
    script(app).await;
    let asked = json!({ "max_tokens": 100, "stream_options": { "include_usage": true } });
    let body = stream(asked).to_string();
    let client = async |number: usize| {
        let (mut used, mut served, mut refused) = (0, 0, 0);
        for turn in 0..each {
            let url = format!("{}/v1/chat/completions", bases[(number + turn) % bases.len()]);
            let reply = app.send(Method::POST, &url, Some(&app.key), &[], body.clone()).await;
            match reply.status {
                StatusCode::OK => {
                    served += 1;
                    used += total_tokens(&reply).expect("the stream says what it used");
                }
                StatusCode::TOO_MANY_REQUESTS => refused += 1,
                status => panic!("{status}: {}", reply.text()),
            }
        }
        (used, served, refused)
    };
    let all = futures_util::future::join_all((0..clients).map(client)).await;
    all.into_iter().fold((0, 0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1, sum.2 + one.2))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_streams_at_once_not_one_token_is_beyond_the_limit() {
    let max = 5_000;
    let app = TestApp::with(&limit("tokens", "tokens", f64::from(max), "window_s = 3600\nper = ['key']")).await;
    let (used, served, refused) = storm(&app, &[&app.base], 64, 12).await;
    assert!(used <= u64::try_from(max).unwrap(), "{used} of {max} tokens");
    assert!(served >= 8 && refused > 0, "{served} served, {refused} refused");
    // What the storm left can be used up, to what one request holds: nothing leaked.
    let (mut later, mut is_served) = (0, true);
    while is_served {
        let (more, count, _) = storm(&app, &[&app.base], 1, 1).await;
        (later, is_served) = (later + more, count == 1);
    }
    let used = used + later;
    assert!(used <= u64::try_from(max).unwrap() && used + 700 > u64::try_from(max).unwrap(), "{used} of {max} tokens");
    let snapshot = app.app().ledger.snapshot();
    assert_eq!((snapshot.under_way, snapshot.reserved_tokens), (0, 0), "{snapshot:?}");
    println!("{used} of {max} tokens in {served} streams, {refused} refused");
}

#[tokio::test]
async fn a_stream_that_has_more_than_was_reserved_ends_as_if_the_model_had_reached_its_limit() {
    let more = limit("tokens", "tokens", 1e6, "window_s = 60\nper = ['key']");
    let app = TestApp::altered(&more, |config| {
        config.models.iter_mut().for_each(|model| model.output_tokens_max = 20);
    })
    .await;
    script(&app).await;
    // The provider does not care how many tokens it was asked for.
    for (asked, words) in [(json!({ "max_tokens": 10 }), 10), (json!({}), 20), (json!({ "max_tokens": u64::MAX }), 20)]
    {
        let reply = ask(&app, &app.key, &stream(asked)).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let text = reply.text();
        assert!(text.contains("\"finish_reason\":\"length\"") && text.ends_with("data: [DONE]\n\n"), "{text}");
        assert!(text.matches("word ").count() <= words, "{text}");
    }
    let used = app.app().ledger.snapshot().used;
    assert!(used.output_tokens >= 48 && used.output_tokens <= 50, "{used:?}");
    let mut claude = stream(json!({ "model": "claude", "max_tokens": 10 }));
    claude["messages"][0]["content"] = "run script long".into();
    let text = ask(&app, &app.key, &claude).await.text();
    assert!(text.contains("\"stop_reason\":\"max_tokens\"") && text.contains("message_stop"), "{text}");
    let responses = json!({ "model": "m", "input": "run script long", "stream": true, "max_output_tokens": 10 });
    let text = app.post("/v1/responses", &responses).await.text();
    let last = text.trim_end().rsplit("\n\n").next().unwrap();
    assert!(
        last.starts_with("event: response.incomplete") && last.contains("\"reason\":\"max_output_tokens\""),
        "{text}"
    );
}

#[tokio::test]
async fn a_stream_is_asked_for_its_usage_and_a_client_that_did_not_ask_does_not_see_it() {
    let app = TestApp::with(&limit("tokens", "tokens", 1e6, "window_s = 60")).await;
    script(&app).await;
    let reply = ask(&app, &app.key, &stream(json!({ "max_tokens": 100 }))).await;
    assert!(!reply.text().contains("usage") && reply.text().contains("[DONE]"), "{}", reply.text());
    let reached = app.reached().await.to_string();
    assert!(reached.contains("include_usage"), "{reached}");
    let used = app.app().ledger.snapshot().used;
    assert_eq!(used.output_tokens, 75, "as the provider counted, not as it was reserved: {used:?}");
    let asking = ask(&app, &app.key, &stream(json!({ "stream_options": { "include_usage": true } }))).await;
    assert!(total_tokens(&asking).is_some(), "{}", asking.text());
    let without = TestApp::start().await;
    script(&without).await;
    ask(&without, &without.key, &stream(json!({}))).await;
    assert!(
        !without.reached().await.to_string().contains("include_usage"),
        "where no limit needs it, nothing is changed"
    );
}

#[tokio::test]
async fn a_provider_that_lies_about_usage_is_not_believed() {
    let app = TestApp::with(&limit("tokens", "tokens", 1e6, "window_s = 60")).await;
    let chunk = |text: &str| {
        json!({ "data": { "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "demo",
        "choices": [{ "index": 0, "delta": { "content": text }, "finish_reason": null }] } })
    };
    let last = json!({ "data": { "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "demo",
        "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] } });
    for (lie, least, most) in [(json!(0), 20, 20), (json!(-5), 20, 200), (json!(9_007_199_254_740_991_u64), 20, 200)] {
        let mut events: Vec<Value> = (0..20).map(|_| chunk("word ")).collect();
        let usage = json!({ "prompt_tokens": 3, "completion_tokens": lie, "total_tokens": 3 });
        events.extend([
            last.clone(),
            json!({ "data": { "choices": [], "usage": usage } }),
            json!({ "data": "[DONE]" }),
        ]);
        app.script("liar", &json!({ "events": events })).await;
        let before = app.app().ledger.snapshot().used.output_tokens;
        let mut body = stream(json!({ "max_tokens": 200 }));
        body["messages"][0]["content"] = "run script liar".into();
        let reply = ask(&app, &app.key, &body).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let counted = app.app().ledger.snapshot().used.output_tokens - before;
        assert!((least..=most).contains(&counted), "{lie}: {counted}");
    }
}

#[tokio::test]
async fn what_a_provider_did_not_serve_is_given_back_and_what_a_client_left_is_not() {
    let app = TestApp::with(&limit("tokens", "tokens", 1e6, "window_s = 60")).await;
    for model in ["fault-500", "fault-silent", "fault-429"] {
        let mut body = chat("Tell me about tides");
        body["model"] = model.into();
        assert!(!ask(&app, &app.key, &body).await.status.is_success());
    }
    let snapshot = app.app().ledger.snapshot();
    assert_eq!((snapshot.used.input_tokens, snapshot.reserved_tokens), (0, 0), "{snapshot:?}");
    let mut body = stream(json!({ "model": "fault-stall" }));
    body["messages"][0]["content"] = "Tell me about tides".into();
    ask(&app, &app.key, &body).await;
    let used = app.app().ledger.snapshot().used;
    assert!(used.input_tokens > 100 && used.output_tokens < 200, "the prompt and what came: {used:?}");
}

#[tokio::test]
async fn as_many_streams_as_are_allowed_are_under_way_at_one_time() {
    let app = TestApp::with(&limit("streams", "concurrent", 2.0, "per = ['key']")).await;
    let body = {
        let mut body = stream(json!({ "model": "fault-slow" }));
        body["messages"][0]["content"] = "Tell me about tides".into();
        body
    };
    let many = (0..5).map(|_| ask(&app, &app.key, &body));
    let statuses: Vec<u16> =
        futures_util::future::join_all(many).await.iter().map(|reply| reply.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 2, "{statuses:?}");
    let again = ask(&app, &app.key, &chat("Say hello")).await;
    assert_eq!(again.status, StatusCode::OK, "what has ended makes room");
    assert!(again.header("ratelimit-policy").contains("qu=\"concurrent-requests\""), "{:?}", again.headers);
}

#[tokio::test]
async fn money_is_counted_by_the_prices_of_models() {
    let more = limit("money", "money", 0.01, "window_s = 60\nonly.models = ['m']");
    let app = TestApp::altered("", |config| {
        let priced = config.models.iter_mut().find(|model| model.name == "m").unwrap();
        (priced.input_price, priced.output_price) = (Some(5.0), Some(10.0));
        let parsed: portcullis::config::Config = toml::from_str(&more).unwrap();
        config.limits = parsed.limits;
    })
    .await;
    let mut body = chat("Say hello");
    // 500 tokens written cost half of it, the prompt about a fifth at most.
    body["max_tokens"] = 500.into();
    assert_eq!(ask(&app, &app.key, &body).await.status, StatusCode::OK);
    body["max_tokens"] = 1_000.into();
    let refused = ask(&app, &app.key, &body).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.text().contains("0.01 of money"), "{}", refused.text());
    let mut other = body.clone();
    other["model"] = "sturdy".into();
    assert_eq!(ask(&app, &app.key, &other).await.status, StatusCode::OK, "another model costs nothing here");
}

#[tokio::test]
async fn a_limit_in_shadow_refuses_nothing_and_says_what_it_would() {
    let app = TestApp::with(&limit("dry", "requests", 1.0, "window_s = 60\nmode = 'shadow'")).await;
    for _ in 0..3 {
        let reply = app.chat("Say hello").await;
        assert_eq!((reply.status, reply.header("ratelimit")), (StatusCode::OK, ""));
    }
    let metrics = app.metrics().await;
    assert!(metrics.contains("portcullis_limit_refusals_total{limit=\"dry\",mode=\"shadow\"} 2"), "{metrics}");
    let entries = app.entries("limit.exceeded").await;
    assert!(entries.len() == 1 && entries[0].to_string().contains("shadow"), "{entries:?}");
}

#[tokio::test]
async fn who_cannot_say_who_they_are_is_counted_by_address_and_kept_from_guessing() {
    let app = TestApp::with(&limit("address", "requests", 3.0, "window_s = 60\nper = ['address']")).await;
    let guess = "pc-0000000000000000000000000000000000000000000000";
    let mut statuses = Vec::new();
    for key in [guess, guess, guess, guess, app.key.as_str()] {
        statuses.push(ask(&app, key, &chat("Say hello")).await.status.as_u16());
    }
    assert_eq!(statuses, [401, 401, 401, 429, 429]);
}

fn budget(max: u32) -> String {
    limit("day", "tokens", f64::from(max), "period = 'day'\nper = ['key']")
}

#[tokio::test]
async fn a_budget_survives_a_restart_and_a_killed_process_and_begins_anew_the_next_day() {
    let app = TestApp::with(&budget(20_000)).await;
    app.clock.stop();
    for _ in 0..3 {
        assert_eq!(app.chat("Say hello").await.status, StatusCode::OK);
    }
    let used = app.app().ledger.counters("day").unwrap()[0].used;
    assert!(used > 0);
    // Another process on the same store, once what was used is written.
    app.app().ledger.save_budgets(app.app().db()).await.unwrap();
    let (_, beside) = app.beside().await;
    assert_eq!(
        beside.app().ledger.counters("day").unwrap()[0].used,
        used,
        "a killed process loses no more than the last write"
    );
    let (_, counter) = (beside, app.app().ledger.counters("day").unwrap()[0].clone());
    let data = app.stop().await;
    let again = TestApp::on(data, &budget(20_000)).await;
    assert_eq!(again.app().ledger.counters("day").unwrap()[0].used, counter.used, "an orderly end writes all");
    again.clock.pass(86_400);
    assert_eq!(again.app().ledger.counters("day").unwrap()[0].used, 0, "the next day");
}

#[tokio::test]
async fn a_budget_tells_once_at_each_percentage_and_refuses_with_what_sdks_do_not_try_again() {
    let app = TestApp::altered(&budget(2_000), |config| {
        config.models.iter_mut().for_each(|model| model.output_tokens_max = 700);
    })
    .await;
    app.script("half", &json!({ "answer": { "text": "word ".repeat(450) } })).await;
    let save = async || app.app().ledger.save_budgets(app.app().db()).await.unwrap();
    let told = async || {
        app.entries("limit.budget_reached")
            .await
            .iter()
            .map(|entry| entry["detail"]["percent"].clone())
            .collect::<Vec<_>>()
    };
    save().await;
    assert_eq!(told().await, Vec::<Value>::new());
    for _ in 0..2 {
        assert_eq!(app.chat("run script half").await.status, StatusCode::OK);
        save().await;
        save().await;
    }
    assert_eq!(told().await, [json!(50)]);
    let refused = app.chat("run script half").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{}", refused.text());
    assert_eq!(refused.json()["error"]["code"], "insufficient_quota");
    assert_eq!(refused.header("x-should-retry"), "false");
    assert!(refused.text().contains("The budget `day` (2,000 tokens a day per key) is used up"), "{}", refused.text());
    save().await;
    assert_eq!(told().await, [json!(100), json!(50)], "newest first");
}

#[tokio::test]
async fn a_reload_keeps_counts_and_takes_effect_at_once() {
    let app = TestApp::with(&two_requests()).await;
    assert_eq!(app.chat("Say hello").await.status, StatusCode::OK);
    let reloaded = |more: &str| {
        let parsed: portcullis::config::Config = toml::from_str(more).unwrap();
        app.app().ledger.take_over(&parsed.limits);
    };
    // The window and the algorithm change, the count stays.
    reloaded(&limit("two", "requests", 2.0, "window_s = 600\nper = ['key']\nalgorithm = 'gcra'"));
    assert_eq!(app.chat("Say hello").await.header("x-ratelimit-remaining-requests"), "0");
    assert_eq!(app.chat("Say hello").await.status, StatusCode::TOO_MANY_REQUESTS);
    reloaded(&limit("two", "requests", 5.0, "window_s = 600\nper = ['key']"));
    assert_eq!(app.chat("Say hello").await.header("x-ratelimit-remaining-requests"), "2");
    reloaded("");
    assert_eq!(app.chat("Say hello").await.header("ratelimit"), "");
}

#[tokio::test]
async fn addresses_that_flood_the_counters_share_one_and_nobody_gets_a_fresh_one() {
    let more = format!("limiter.counters_max = 64\n{}", two_requests());
    let app = TestApp::with(&more).await;
    let first = app.key.clone();
    assert_eq!(ask(&app, &first, &chat("Say hello")).await.status, StatusCode::OK);
    assert_eq!(ask(&app, &first, &chat("Say hello")).await.status, StatusCode::OK);
    let mut served = 0;
    for number in 0..40 {
        let key = key(&app, &format!("churn-{number}")).await;
        for _ in 0..2 {
            served += u32::from(ask(&app, &key, &chat("Say hello")).await.status == StatusCode::OK);
        }
    }
    assert!(served < 80, "some were counted together: {served}");
    assert_eq!(
        ask(&app, &first, &chat("Say hello")).await.status,
        StatusCode::TOO_MANY_REQUESTS,
        "the first is not forgotten"
    );
    let metrics = app.metrics().await;
    assert!(!metrics.contains("portcullis_limit_crowded_total 0\n"), "{metrics}");
}

#[tokio::test]
async fn the_admin_api_and_the_command_show_and_reset_what_is_used() {
    let app = TestApp::with(&two_requests()).await;
    for _ in 0..3 {
        app.chat("Say hello").await;
    }
    let limits = app.admin(Method::GET, "/admin/v1/limits", &Value::Null).await.json();
    assert_eq!(
        (limits[0]["name"].as_str(), limits[0]["allows"].as_str()),
        (Some("two"), Some("2 requests in 60 s per key"))
    );
    let shown = app.admin(Method::GET, "/admin/v1/limits/two", &Value::Null).await.json();
    let counter = shown["counters"][0]["counter"].as_str().unwrap().to_owned();
    assert_eq!((shown["counters"][0]["used"].as_u64(), shown["counters"][0]["remaining"].as_u64()), (Some(2), Some(0)));
    let (text, ok) = command(&app, &["limit", "show", "two", &counter]).await;
    assert!(ok && text.contains("2 used") && text.contains("0 left"), "{text}");
    let (text, ok) = command(&app, &["limit", "reset", "two", &counter]).await;
    assert!(ok && text.contains("reset two key="), "{text}");
    assert_eq!(app.chat("Say hello").await.status, StatusCode::OK);
    let (text, ok) = command(&app, &["limit", "list", "--json"]).await;
    assert!(ok && text.contains("\"counters\": 1"), "{text}");
    let (text, ok) = command(&app, &["limit", "reset", "two", "key=nobody"]).await;
    assert!(!ok && text.contains("there is no counter `key=nobody` of a limit `two`"), "{text}");
    assert_eq!(app.entries("limit.reset").await.len(), 1);
    let missing = app.admin(Method::GET, "/admin/v1/limits/none", &Value::Null).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}

/// What the command says, and whether it went well.
async fn command(app: &TestApp, args: &[&str]) -> (String, bool) {
    let file = app.data.path().join("command.toml");
    let listen = app.admin.trim_start_matches("http://");
    std::fs::write(&file, format!("[server]\nadmin_listen = '{listen}'\n")).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.arg("--config").arg(&file).args(args).env("PORTCULLIS_KEY", &app.admin_key);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (text, output.status.success())
}

#[tokio::test]
async fn addresses_of_one_ipv6_network_are_one_and_other_networks_are_others() {
    let app = TestApp::with(&limit("address", "requests", 5.0, "window_s = 60\nper = ['address']")).await;
    let identity = app.app().keys.verify(&app.key).await.unwrap();
    let model = Resource::new(Kind::Model, "m", "default");
    let permit = app.app().access.authorize(&identity, Action::ModelInfer, &model).unwrap();
    let asked = async |address: String| {
        let asker = Asker {
            address: Some(address.parse().unwrap()),
            key: "key_1",
            key_name: "app",
            user: "key_1",
            team: None,
            tenant: "default",
            model: "m",
            route: "/v1/messages",
        };
        app.app().ledger.reserve(&permit, &asker, Demand::default()).await.map(Reservation::release).is_ok()
    };
    let mut served = 0;
    for number in 0..1_000_u32 {
        served += u32::from(asked(format!("2001:db8:1:2:{number:x}::{number:x}")).await);
    }
    assert_eq!(served, 5, "rotating within one /64 gains nothing");
    assert!(
        asked("2001:db8:1:3::1".into()).await
            && asked("192.0.2.1".into()).await
            && asked("::ffff:192.0.2.2".into()).await
    );
}

#[tokio::test]
async fn a_team_is_counted_together_and_follows_its_members() {
    let app =
        TestApp::with(&limit("team", "requests", 2.0, "window_s = 60\nper = ['team']\nonly.teams = ['team_*']")).await;
    let users = app.app().users();
    let team = users.create_team("default", "research", "test").await.unwrap().id;
    let mut keys = Vec::new();
    for _ in 0..2 {
        let user = app.person("default", "developer").await;
        users.set_team(&user, Some(&team), "test").await.unwrap();
        keys.push(app.key_of(&user).await);
    }
    app.app().keys.refresh().await.unwrap();
    let mut statuses = Vec::new();
    for key in [&keys[0], &keys[1], &keys[0], &keys[1], &app.key] {
        statuses.push(ask(&app, key, &chat("Say hello")).await.status.as_u16());
    }
    assert_eq!(statuses, [200, 200, 429, 429, 200]);
}
