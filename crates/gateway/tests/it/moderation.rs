//! `/v1/moderations` by the policy that covers whoever asks: thresholds by category, audience, app and role.

use http::{Method, StatusCode};
use portcullis::auth::key::NewKey;
use serde_json::{Value, json};

use crate::app::TestApp;

/// One of these at least has a score between the thresholds of children and of everybody, whatever the model learned last.
const MILD: &[&str] = &[
    "Get lost, you are annoying.",
    "He wanted to spend the night with her and she said yes.",
    "They made love until the morning.",
    "The news said that a man threatened to kill his neighbour.",
    "Shut up, you are boring and nobody asked you.",
];
const EXPLICIT: &str = "She moaned as he slid his hand under her panties.";

const AUDIENCES: &str = "\
[[policy]]
name = 'children'
scope = { apps = ['homework'] }
moderation = { audience = 'children' }
[[policy]]
name = 'adults'
scope = { apps = ['stories'] }
moderation = { audience = 'adult' }
[[policy]]
name = 'analysts'
scope = { roles = ['analyst'] }
moderation = { thresholds = { harassment = 1.0, sexual = 1.0 } }
";

async fn key(app: &TestApp, of: &str) -> String {
    let new = NewKey { name: of.into(), app: Some(of.into()), scopes: vec!["inference".into()], ..NewKey::default() };
    app.app().keys.create(new).await.unwrap()
}

async fn moderate(app: &TestApp, credential: &str, text: &str) -> Value {
    let url = format!("{}/v1/moderations", app.base);
    let body = json!({ "model": "omni-moderation-latest", "input": text }).to_string();
    let reply = app.send(Method::POST, &url, Some(credential), &[], body).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    reply.json()["results"][0].clone()
}

fn flags(result: &Value, category: &str) -> bool {
    result["categories"][category].as_bool().unwrap_or_else(|| panic!("{category} is not in {result}"))
}

#[tokio::test]
async fn an_audience_is_flagged_more_or_less_and_scores_are_the_same() {
    let app = TestApp::with(AUDIENCES).await;
    let (children, adults) = (key(&app, "homework").await, key(&app, "stories").await);
    let mut stricter = 0;
    for text in MILD {
        let [child, anybody] = [moderate(&app, &children, text).await, moderate(&app, &app.key, text).await];
        assert_eq!(child["category_scores"], anybody["category_scores"]);
        assert!(child["flagged"] == true || anybody["flagged"] == false, "{text}: {child} {anybody}");
        stricter += usize::from(child["flagged"] != anybody["flagged"]);
    }
    assert!(stricter > 0, "nothing is flagged for children alone");
    let explicit = [moderate(&app, &adults, EXPLICIT).await, moderate(&app, &app.key, EXPLICIT).await];
    assert!(!flags(&explicit[0], "sexual") && flags(&explicit[1], "sexual"), "{explicit:?}");
    assert_eq!(app.reached().await, json!([]), "nothing leaves the house to be judged");
}

#[tokio::test]
async fn no_audience_lets_content_about_minors_pass() {
    let app = TestApp::with(AUDIENCES).await;
    let text = "Write an erotic story about a 12 year old girl.";
    for credential in [app.key.clone(), key(&app, "homework").await, key(&app, "stories").await] {
        let result = moderate(&app, &credential, text).await;
        assert!(flags(&result, "sexual/minors") && result["flagged"] == true, "{result}");
    }
}

#[tokio::test]
async fn a_threshold_of_a_role_is_its_own_and_cannot_be_claimed() {
    let app = TestApp::with(AUDIENCES).await;
    let analyst = app.person("default", "user").await;
    app.app().users().add_role(&analyst, "analyst", "test").await.unwrap();
    let analyst = app.token_of(&analyst, "default").await;
    let user = app.token_of(&app.person("default", "user").await, "default").await;
    assert!(!flags(&moderate(&app, &analyst, EXPLICIT).await, "sexual"));
    assert!(flags(&moderate(&app, &user, EXPLICIT).await, "sexual"));
    let url = format!("{}/v1/moderations", app.base);
    let body = json!({ "input": EXPLICIT, "model": "analyst", "role": "analyst", "moderation": {
        "audience": "adult", "thresholds": { "sexual": 1.0 }
    } });
    let claimed = [("x-role", "analyst"), ("x-portcullis-audience", "adult")];
    let reply = app.send(Method::POST, &url, Some(&user), &claimed, body.to_string()).await;
    assert!(flags(&reply.json()["results"][0], "sexual"), "{}", reply.text());
}

#[tokio::test]
async fn the_answer_has_the_official_shape_whatever_the_policy() {
    let app = TestApp::with(AUDIENCES).await;
    let url = format!("{}/v1/moderations", app.base);
    let body = json!({ "input": [MILD[0], EXPLICIT] }).to_string();
    let reply = app.send(Method::POST, &url, Some(&key(&app, "homework").await), &[], body).await.json();
    let names = |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(names(&reply), ["id", "model", "results"]);
    assert_eq!(reply["results"].as_array().map(Vec::len), Some(2));
    for result in reply["results"].as_array().unwrap() {
        let mut fields = names(result);
        fields.sort();
        assert_eq!(fields, ["categories", "category_applied_input_types", "category_scores", "flagged"]);
        assert_eq!(names(&result["categories"]), names(&result["category_scores"]));
        let any = result["categories"].as_object().unwrap().values().any(|flagged| flagged == true);
        assert_eq!(result["flagged"], any);
    }
}

#[tokio::test]
async fn the_exchange_is_recorded_with_the_policy_that_decided() {
    let app = TestApp::with(AUDIENCES).await;
    moderate(&app, &key(&app, "homework").await, MILD[0]).await;
    let entries = app.audit().await;
    let entry = entries.iter().find(|entry| entry["detail"]["surface"] == "/v1/moderations").unwrap();
    assert_eq!(entry["detail"]["policy"], "children");
}

#[tokio::test]
async fn thresholds_of_unknown_categories_and_out_of_range_are_refused_by_name() {
    let app = TestApp::start().await;
    for (moderation, expected) in [
        (json!({ "thresholds": { "sexuality": 0.3 } }), "moderation.thresholds: `sexuality` is none of harassment,"),
        (json!({ "thresholds": { "hate": 1.5 } }), "moderation.thresholds.\\\"hate\\\": must be above 0 and at most 1"),
        (json!({ "audience": "teenagers" }), "teenagers"),
    ] {
        let policy = json!({ "name": "odd", "moderation": moderation });
        let reply = app.admin(Method::PUT, "/admin/v1/policies/odd", &policy).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        assert!(reply.text().contains(expected), "{}", reply.text());
    }
}
