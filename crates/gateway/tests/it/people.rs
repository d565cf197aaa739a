//! People, teams and keys over the admin API: what it does, and for whom it does not.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{Reply, TestApp};
use crate::user::House;

async fn call(app: &TestApp, key: &str, method: Method, path: &str, body: &Value) -> Reply {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    app.send(method, &format!("{}/admin/v1{path}", app.admin), Some(key), &[], body).await
}

async fn post(app: &TestApp, key: &str, path: &str, body: &Value) -> Reply {
    call(app, key, Method::POST, path, body).await
}

async fn get(app: &TestApp, key: &str, path: &str) -> Reply {
    call(app, key, Method::GET, path, &Value::Null).await
}

#[tokio::test]
async fn the_admin_api_does_what_the_command_line_does_and_records_who_did_it() {
    let house = House::start("").await;
    let app = &house.app;
    let boss = app.person("default", "owner").await;
    let key = app.token_of(&boss, "default").await;
    let invited = post(app, &key, "/users", &json!({ "email": "ada@example.com", "name": "Ada" })).await.json();
    let id = invited["id"].as_str().unwrap().to_owned();
    assert_eq!((&invited["status"], &invited["roles"]), (&json!("invited"), &json!(["user"])), "{invited}");
    let again = post(app, &key, "/users", &json!({ "email": "x@example.com", "name": "" })).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST, "{}", again.text());
    let team = post(app, &key, "/teams", &json!({ "name": "Engines" })).await.json();
    assert_eq!(post(app, &key, "/teams", &json!({ "name": "Engines" })).await.status, StatusCode::CONFLICT);
    let moved = call(app, &key, Method::PUT, &format!("/users/{id}/team"), &json!({ "team": team["id"] })).await;
    assert_eq!(moved.json()["team"], team["id"], "{}", moved.text());
    let granted = post(app, &key, &format!("/users/{id}/roles/grant"), &json!({ "role": "auditor" })).await.json();
    assert_eq!(granted["roles"], json!(["user", "auditor"]));
    let revoked = post(app, &key, &format!("/users/{id}/roles/revoke"), &json!({ "role": "auditor" })).await.json();
    assert_eq!(revoked["roles"], json!(["user"]));
    let off = post(app, &key, &format!("/users/{id}/deactivate"), &Value::Null).await.json();
    assert_eq!(off["status"], "deactivated");
    let on = post(app, &key, &format!("/users/{id}/reactivate"), &Value::Null).await.json();
    assert_eq!(on["status"], "invited", "without a password");
    assert_eq!(post(app, &key, &format!("/users/{id}/recover"), &Value::Null).await.status, StatusCode::OK);
    assert_eq!(get(app, &key, &format!("/users/{id}/factors")).await.json()["factors"], json!([]));
    assert_eq!(post(app, &key, &format!("/users/{id}/factors/reset"), &Value::Null).await.status, StatusCode::OK);
    let entries = app.audit().await;
    for kind in [
        "user.created",
        "team.created",
        "team.joined",
        "role.granted",
        "role.revoked",
        "user.deactivated",
        "user.reactivated",
        "user.link_sent",
        "factor.reset",
    ] {
        let by_boss = |entry: &&Value| entry["kind"] == kind && entry["actor"] == boss.as_str();
        assert!(entries.iter().any(|entry| by_boss(&entry)), "{kind}");
    }
}

#[tokio::test]
async fn lists_come_in_pages_that_miss_and_repeat_nobody() {
    let app = TestApp::start().await;
    let mut made = Vec::new();
    for _ in 0..7 {
        made.push(app.person("default", "user").await);
    }
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let page = get(&app, &app.admin_key, &format!("/users?limit=3&after={after}")).await.json();
        found.extend(page["items"].as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        next.clone_into(&mut after);
    }
    made.sort();
    assert_eq!(found, made);
    for query in ["limit=0", "limit=501", "limit=x", "after=a'b", "status=gone", "tenant=other"] {
        let reply = get(&app, &app.admin_key, &format!("/users?{query}")).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{query}: {}", reply.text());
    }
    let none = get(&app, &app.admin_key, "/users?status=deactivated").await.json();
    assert_eq!(none["items"], json!([]));
}

#[tokio::test]
async fn v8_4_1_an_owner_of_another_tenant_reaches_nobody_here() {
    let app = TestApp::start().await;
    let other = app.app().users().create_tenant("other", "test").await.unwrap().id;
    let foreigner = app.person(&other, "owner").await;
    let token = app.token_of(&foreigner, &other).await;
    let victim = app.person("default", "user").await;
    let key = app.app().keys.list().await.unwrap()[0].id.clone();
    let their_team = post(&app, &token, "/teams", &json!({ "name": "Theirs" })).await.json();
    for (method, path, body) in [
        (Method::GET, format!("/users/{victim}"), Value::Null),
        (Method::GET, format!("/users/{victim}/factors"), Value::Null),
        (Method::POST, format!("/users/{victim}/deactivate"), Value::Null),
        (Method::POST, format!("/users/{victim}/reactivate"), Value::Null),
        (Method::POST, format!("/users/{victim}/recover"), Value::Null),
        (Method::POST, format!("/users/{victim}/factors/reset"), Value::Null),
        (Method::POST, format!("/users/{victim}/roles/grant"), json!({ "role": "admin" })),
        (Method::POST, format!("/users/{victim}/roles/revoke"), json!({ "role": "user" })),
        (Method::PUT, format!("/users/{victim}/team"), json!({ "team": null })),
        (Method::POST, format!("/keys/{key}/rotate"), json!({})),
        (Method::DELETE, format!("/keys/{key}"), Value::Null),
        (Method::POST, "/keys".to_owned(), json!({ "name": "mine", "owner": victim })),
        (Method::POST, "/keys".to_owned(), json!({ "name": "mine", "owner": "cli" })),
    ] {
        let reply = call(&app, &token, method, &path, &body).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path}: {}", reply.text());
    }
    let users = get(&app, &token, "/users").await.json();
    assert_eq!(users["items"].as_array().map(Vec::len), Some(1), "only themselves: {users}");
    assert_eq!(get(&app, &token, "/keys").await.json()["items"], json!([]));
    let path = format!("/users/{victim}/team");
    let reply = call(&app, &app.admin_key, Method::PUT, &path, &json!({ "team": their_team["id"] })).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND, "a team of another tenant is none here: {}", reply.text());
    let shown = app.app().users().show(&victim).await.unwrap();
    assert_eq!((shown.status.name(), shown.roles, shown.epoch), ("active", vec!["user".to_owned()], 0));
}

#[tokio::test]
async fn v8_2_2_an_admin_neither_makes_nor_unmakes_owners_nor_borrows_their_keys() {
    let app = TestApp::start().await;
    let owners = [app.person("default", "owner").await, app.person("default", "owner").await];
    let admin = app.person("default", "admin").await;
    let token = app.token_of(&admin, "default").await;
    let of_owner = app.key_of(&owners[0]).await;
    let keys = app.app().keys.list().await.unwrap();
    let owned = keys.iter().find(|key| key.owner == owners[0]).unwrap().id.clone();
    let cli = keys.iter().find(|key| key.owner == "cli").unwrap().id.clone();
    let owner = &owners[0];
    for (path, body) in [
        ("/users".to_owned(), json!({ "email": "eve@example.com", "name": "Eve", "roles": ["owner"] })),
        (format!("/users/{admin}/roles/grant"), json!({ "role": "owner" })),
        (format!("/users/{owner}/roles/revoke"), json!({ "role": "owner" })),
        (format!("/users/{owner}/deactivate"), Value::Null),
        (format!("/users/{owner}/factors/reset"), Value::Null),
        ("/keys".to_owned(), json!({ "name": "borrowed", "owner": owner, "scopes": ["admin"] })),
        ("/keys".to_owned(), json!({ "name": "borrowed", "owner": "cli", "scopes": ["admin"] })),
        (format!("/keys/{owned}/rotate"), json!({})),
        (format!("/keys/{cli}/rotate"), json!({})),
    ] {
        let reply = post(&app, &token, &path, &body).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path}: {}", reply.text());
    }
    assert_eq!(get(&app, &of_owner, "/users").await.status, StatusCode::OK, "the owner's key still works");
    let own = post(&app, &token, "/keys", &json!({ "name": "own", "scopes": ["admin"] })).await.json();
    assert_eq!(get(&app, own["key"].as_str().unwrap(), "/users").await.status, StatusCode::OK);
    let last = post(&app, &app.admin_key, &format!("/users/{}/deactivate", owners[1]), &Value::Null).await;
    assert_eq!(last.status, StatusCode::OK, "{}", last.text());
    let last = post(&app, &app.admin_key, &format!("/users/{owner}/deactivate"), &Value::Null).await;
    assert_eq!(last.status, StatusCode::CONFLICT, "the last owner stays: {}", last.text());
}

#[tokio::test]
async fn a_key_is_never_for_more_than_the_one_that_asks() {
    let app = TestApp::start().await;
    let maker = json!({ "name": "maker", "scopes": ["key.create", "key.rotate", "key.revoke"] });
    let made = post(&app, &app.admin_key, "/keys", &maker).await.json();
    let maker = made["key"].as_str().unwrap();
    for scopes in [json!(["admin"]), json!(["inference"]), json!(["key.create", "audit.reveal"])] {
        let reply = post(&app, maker, "/keys", &json!({ "name": "more", "scopes": scopes })).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{scopes}: {}", reply.text());
    }
    let narrow = post(&app, maker, "/keys", &json!({ "name": "less", "scopes": ["key.create"] })).await.json();
    let id = narrow["id"].as_str().unwrap();
    let next = post(&app, maker, &format!("/keys/{id}/rotate"), &json!({ "overlap_hours": 0 })).await.json();
    assert_ne!(next["key"], narrow["key"]);
    let wide = app.app().keys.list().await.unwrap().into_iter().find(|key| key.name == "operator").unwrap().id;
    let reply = post(&app, maker, &format!("/keys/{wide}/rotate"), &json!({})).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN, "{}", reply.text());
    let id = next["id"].as_str().unwrap();
    let gone = call(&app, &app.admin_key, Method::DELETE, &format!("/keys/{id}"), &Value::Null).await;
    assert_eq!(gone.status, StatusCode::OK, "{}", gone.text());
    assert_eq!(get(&app, next["key"].as_str().unwrap(), "/keys").await.status, StatusCode::UNAUTHORIZED);
    let page = get(&app, &app.admin_key, "/keys").await.text();
    assert!(!page.contains(maker) && page.contains("hint"), "keys are not in the list");
    for body in [
        json!({ "name": "x", "expires_at": "2099-01-01T00:00:00Z" }),
        json!({ "name": "x", "scopes": ["everything"] }),
        json!({ "name": "x", "tenant": "other" }),
        json!({ "name": "x", "given": "pc-0" }),
    ] {
        let reply = post(&app, &app.admin_key, "/keys", &body).await;
        assert!(matches!(reply.status, StatusCode::BAD_REQUEST | StatusCode::FORBIDDEN), "{body}: {}", reply.text());
    }
}

#[tokio::test]
async fn v7_5_3_changes_to_people_ask_for_somebody_who_showed_lately_who_they_are() {
    let app = TestApp::start().await;
    let boss = app.person("default", "owner").await;
    let victim = app.person("default", "user").await;
    let token = app.token_of(&boss, "default").await;
    app.clock.pass(20 * 60);
    for (path, body) in [
        ("/users".to_owned(), json!({ "email": "eve@example.com", "name": "Eve" })),
        (format!("/users/{victim}/deactivate"), Value::Null),
        (format!("/users/{victim}/reactivate"), Value::Null),
        (format!("/users/{victim}/roles/grant"), json!({ "role": "admin" })),
        (format!("/users/{victim}/roles/revoke"), json!({ "role": "user" })),
        (format!("/users/{victim}/factors/reset"), Value::Null),
        (format!("/users/{victim}/recover"), Value::Null),
        ("/keys".to_owned(), json!({ "name": "x" })),
    ] {
        let reply = post(&app, &token, &path, &body).await;
        let code = &reply.json()["error"]["code"];
        assert_eq!(
            (reply.status, code.as_str()),
            (StatusCode::UNAUTHORIZED, Some("insufficient_user_authentication")),
            "{path}"
        );
    }
    assert_eq!(get(&app, &token, &format!("/users/{victim}")).await.status, StatusCode::OK, "reading does not");
}

#[tokio::test]
async fn what_a_body_does_not_have_a_place_for_is_refused() {
    let app = TestApp::start().await;
    let user = app.person("default", "user").await;
    for (path, body) in [
        ("/users".to_owned(), json!({ "email": "e@example.com", "name": "E", "tenant": "other" })),
        ("/users".to_owned(), json!({ "email": "e@example.com", "name": "E", "status": "active", "password": "x" })),
        (format!("/users/{user}/roles/grant"), json!({ "role": "admin", "roles": ["owner"] })),
        (format!("/users/{user}/roles/grant"), json!({ "role": "root" })),
        ("/teams".to_owned(), json!({ "name": "a", "id": "team_mine" })),
    ] {
        let reply = post(&app, &app.admin_key, &path, &body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{path}: {}", reply.text());
    }
}
