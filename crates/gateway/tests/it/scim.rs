//! Provisioning: the requests that Entra ID and Okta document, and what must not be possible over them.

use http::{Method, StatusCode};
use jiff::SignedDuration;
use portcullis::auth::session::NewSession;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::app::{Reply, TestApp, ada};
use crate::session::portcullis;
use crate::user::{House, PASSWORD};

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// An identity provider with its token.
struct Idp<'a> {
    app: &'a TestApp,
    token: String,
}

impl<'a> Idp<'a> {
    async fn of(app: &'a TestApp, tenant: &str) -> Self {
        let life = SignedDuration::from_hours(24);
        let (token, _) = app.app().scim().create_token(tenant, "idp", life, "cli").await.unwrap();
        Self { app, token }
    }

    async fn call(&self, method: Method, path: &str, body: &Value) -> Reply {
        self.call_with(method, path, &[], body).await
    }

    async fn call_with(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &Value) -> Reply {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let url = format!("{}/scim/v2{path}", self.app.base);
        self.app.send(method, &url, Some(&self.token), headers, body).await
    }

    async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, &Value::Null).await
    }

    async fn post(&self, path: &str, body: &Value) -> Reply {
        self.call(Method::POST, path, body).await
    }

    async fn patch(&self, path: &str, operations: Value) -> Reply {
        self.call(Method::PATCH, path, &json!({ "schemas": [PATCH], "Operations": operations })).await
    }

    async fn found(&self, path: &str, filter: &str) -> Value {
        let query = form_urlencoded(filter);
        let reply = self.get(&format!("{path}?filter={query}")).await;
        assert_eq!(reply.status, StatusCode::OK, "{filter}: {}", reply.text());
        reply.json()
    }

    /// Makes a user, and says its id.
    async fn user(&self, email: &str) -> String {
        let reply = self.post("/Users", &plain(email)).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
        id(&reply)
    }

    async fn group(&self, name: &str, members: &[&str]) -> String {
        let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
        let reply = self.post("/Groups", &json!({ "displayName": name, "members": members })).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
        id(&reply)
    }

    async fn roles(&self, user: &str) -> Vec<String> {
        self.app.app().users().show(user).await.unwrap().roles
    }
}

fn plain(email: &str) -> Value {
    json!({ "schemas": [USER], "userName": email, "active": true })
}

fn id(reply: &Reply) -> String {
    reply.json()["id"].as_str().unwrap_or_else(|| panic!("{}", reply.text())).to_owned()
}

fn form_urlencoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn refused(reply: &Reply, status: StatusCode, kind: &str) {
    let body = reply.json();
    assert_eq!(reply.status, status, "{body}");
    assert_eq!(body["schemas"][0], "urn:ietf:params:scim:api:messages:2.0:Error", "{body}");
    assert_eq!(body["status"], status.as_str(), "{body}");
    assert_eq!(body["scimType"].as_str().unwrap_or_default(), kind, "{body}");
    assert_eq!(reply.header("content-type"), "application/scim+json");
}

#[tokio::test]
async fn entra_id_makes_changes_disables_enables_and_deletes_a_user() {
    let app = TestApp::start().await;
    let idp = Idp::of(&app, "default").await;
    let none = idp.found("/Users", r#"userName eq "Test_User_ab6490ee""#).await;
    assert_eq!((&none["totalResults"], &none["Resources"]), (&json!(0), &json!([])));
    let body = json!({
        "schemas": [USER, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
        "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
        "userName": "Test_User_ab6490ee",
        "active": true,
        "emails": [{ "primary": true, "type": "work", "value": "Test_User_fd0ea19b@testuser.com" }],
        "meta": { "resourceType": "User" },
        "name": { "formatted": "givenName familyName", "familyName": "familyName", "givenName": "givenName" },
        "roles": [],
    });
    let made = idp.post("/Users", &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let (user, made_as) = (id(&made), made.json());
    assert_eq!(made.header("location"), made_as["meta"]["location"]);
    assert_eq!(made_as["name"], body["name"]);
    refused(&idp.post("/Users", &body).await, StatusCode::CONFLICT, "uniqueness");
    for filter in [
        r#"userName eq "TEST_user_ab6490ee""#,
        r#"externalId eq "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef""#,
        r#"emails[0].value eq "x""#,
    ] {
        let query = form_urlencoded(filter);
        let reply = idp.get(&format!("/Users?filter={query}")).await;
        if filter.starts_with("emails[") {
            refused(&reply, StatusCode::BAD_REQUEST, "invalidFilter");
        } else {
            assert_eq!(reply.json()["Resources"][0]["id"], user.as_str(), "{}", reply.text());
        }
    }
    let path = format!("/Users/{user}");
    let changed = idp
        .patch(
            &path,
            json!([
                { "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "updatedEmail@microsoft.com" },
                { "op": "Replace", "path": "name.familyName", "value": "updatedFamilyName" },
                { "op": "Add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "x" },
                { "op": "Replace", "path": "userName", "value": "5b50642d-79fc-4410-9e90-4c077cdd1a59@testuser.com" }
            ]),
        )
        .await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    let changed = changed.json();
    assert_eq!(changed["emails"][0]["value"], "updatedEmail@microsoft.com");
    assert_eq!(changed["name"]["familyName"], "updatedFamilyName");
    assert_eq!(app.app().users().show(&user).await.unwrap().email.as_deref(), Some("updatedemail@microsoft.com"));
    let session = app.login_as(NewSession { user: user.clone(), ..ada() }).await;
    let off = idp.patch(&path, json!([{ "op": "Replace", "path": "active", "value": "False" }])).await;
    assert_eq!((off.status, &off.json()["active"]), (StatusCode::OK, &json!(false)), "{}", off.text());
    assert_eq!(app.models(&session.access_token).await.status, StatusCode::UNAUTHORIZED, "all sessions ended at once");
    assert_eq!(app.refresh(&session.refresh_token).await.status, StatusCode::BAD_REQUEST);
    let on = idp.patch(&path, json!([{ "op": "Replace", "path": "active", "value": "True" }])).await;
    assert_eq!(on.json()["active"], true, "{}", on.text());
    idp.patch(&path, json!([{ "op": "replace", "path": "active", "value": false }])).await;
    for silent in [
        idp.patch(&path, json!([{ "op": "remove", "path": "active" }])).await,
        idp.call(Method::PUT, &path, &json!({ "userName": "Test_User_ab6490ee", "emails": changed["emails"] })).await,
    ] {
        assert_eq!(silent.json()["active"], false, "who says nothing lets nobody in: {}", silent.text());
    }
    assert_eq!(app.models(&session.access_token).await.status, StatusCode::UNAUTHORIZED, "and stay so");
    assert_eq!(idp.call(Method::DELETE, &path, &Value::Null).await.status, StatusCode::NO_CONTENT);
    refused(&idp.get(&path).await, StatusCode::NOT_FOUND, "");
    refused(&idp.call(Method::DELETE, &path, &Value::Null).await, StatusCode::NOT_FOUND, "");
    let again = idp.post("/Users", &body).await;
    assert_eq!(again.status, StatusCode::CREATED, "{}", again.text());
    assert_ne!(id(&again), user, "an id is never used again");
    let kinds: Vec<Value> = app.audit().await.into_iter().map(|entry| entry["kind"].clone()).collect();
    for kind in
        ["scim.token_created", "user.created", "user.changed", "user.deactivated", "user.reactivated", "user.deleted"]
    {
        assert!(kinds.contains(&json!(kind)), "{kind}");
    }
}

#[tokio::test]
async fn entra_id_and_okta_make_fill_rename_and_delete_groups() {
    let app = TestApp::start().await;
    let idp = Idp::of(&app, "default").await;
    let (ann, ben) = (idp.user("ann@example.com").await, idp.user("ben@example.com").await);
    let made = idp
        .post(
            "/Groups",
            &json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159", "displayName": "displayName" }),
        )
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let group = id(&made);
    let path = format!("/Groups/{group}");
    refused(&idp.post("/Groups", &json!({ "displayName": "displayName" })).await, StatusCode::CONFLICT, "uniqueness");
    let found = idp.get("/Groups?excludedAttributes=members&filter=displayName%20eq%20%22displayName%22").await.json();
    assert_eq!((&found["totalResults"], found["Resources"][0].get("members")), (&json!(1), None));
    let added = idp
        .patch(
            &path,
            json!([{ "op": "Add", "path": "members", "value": [{ "$ref": null, "value": ann }, { "value": ben }] }]),
        )
        .await;
    assert_eq!(added.json()["members"].as_array().map(Vec::len), Some(2), "{}", added.text());
    assert_eq!(app.app().users().show(&ann).await.unwrap().team.as_deref(), Some(group.as_str()));
    let is_in = idp.found("/Groups", &format!(r#"id eq "{group}" and members eq "{ann}""#)).await;
    assert_eq!(is_in["totalResults"], 1);
    let removed = idp.patch(&path, json!([{ "op": "Remove", "path": "members", "value": [{ "value": ann }] }])).await;
    assert_eq!(removed.json()["members"][0]["value"], ben.as_str(), "{}", removed.text());
    assert_eq!(app.app().users().show(&ann).await.unwrap().team, None);
    let filter = format!("members[value eq \"{ben}\"]");
    let removed = idp.patch(&path, json!([{ "op": "remove", "path": filter }])).await;
    assert_eq!(removed.json()["members"], json!([]));
    let renamed =
        idp.patch(&path, json!([{ "op": "replace", "value": { "id": group, "displayName": "Test SCIMv2" } }])).await;
    assert_eq!((&renamed.json()["id"], &renamed.json()["displayName"]), (&json!(group), &json!("Test SCIMv2")));
    let nobody =
        idp.patch(&path, json!([{ "op": "add", "path": "members", "value": [{ "value": "usr_nobody" }] }])).await;
    refused(&nobody, StatusCode::BAD_REQUEST, "invalidValue");
    let put = idp
        .call(
            Method::PUT,
            &path,
            &json!({ "displayName": "Test SCIMv2", "members": [{ "value": ben, "display": "Ben" }] }),
        )
        .await;
    assert_eq!(put.json()["members"].as_array().map(Vec::len), Some(1), "{}", put.text());
    assert_eq!(idp.call(Method::DELETE, &path, &Value::Null).await.status, StatusCode::NO_CONTENT);
    refused(&idp.get(&path).await, StatusCode::NOT_FOUND, "");
    assert_eq!(app.app().users().show(&ben).await.unwrap().team, None);
    let kinds: Vec<Value> = app.audit().await.into_iter().map(|entry| entry["kind"].clone()).collect();
    for kind in ["team.created", "team.joined", "team.left", "team.renamed", "team.deleted"] {
        assert!(kinds.contains(&json!(kind)), "{kind}");
    }
}

#[tokio::test]
async fn okta_makes_replaces_and_deactivates_a_user() {
    let house = House::start("[scim]\ninvite = true\n").await;
    let idp = Idp::of(&house.app, "default").await;
    let none = idp.get("/Users?filter=userName%20eq%20%22test.user%40okta.local%22&startIndex=1&count=100").await;
    assert_eq!(none.json()["totalResults"], 0, "{}", none.text());
    let mut body = json!({
        "schemas": [USER], "userName": "test.user@okta.local", "name": { "givenName": "Test", "familyName": "User" },
        "emails": [{ "primary": true, "value": "test.user@okta.local", "type": "work" }], "displayName": "Test User",
        "locale": "en-US", "externalId": "00ujl29u0le5T6Aj10h7", "groups": [], "password": "1mz050nq", "active": true,
    });
    let made = idp.post("/Users", &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let user = id(&made);
    assert!(made.json().get("password").is_none() && !made.text().contains("1mz050nq"));
    house.token(portcullis::auth::user::Purpose::Invitation, 1).await;
    let login = house.login("test.user@okta.local", "1mz050nq").await;
    assert_eq!(login.status, StatusCode::UNAUTHORIZED, "a password that came over SCIM lets nobody in");
    let path = format!("/Users/{user}");
    assert_eq!(idp.get(&path).await.json()["name"], json!({ "givenName": "Test", "familyName": "User" }));
    body["name"]["familyName"] = json!("Changed");
    body["id"] = json!("usr_other");
    let put = idp.call(Method::PUT, &path, &body).await.json();
    assert_eq!((&put["id"], &put["name"]["familyName"]), (&json!(user), &json!("Changed")));
    let off = idp.patch(&path, json!([{ "op": "replace", "value": { "active": false } }])).await;
    assert_eq!(off.json()["active"], false);
    assert_eq!(idp.found("/Users", "active eq false").await["totalResults"], 1);
}

#[tokio::test]
async fn groups_give_roles_and_take_only_what_they_gave() {
    let roles = "[scim]\nroles = [{ group = 'Admins', role = 'admin' }, { group = 'Auditors', role = 'auditor' }]\n";
    let app = TestApp::with(roles).await;
    let idp = Idp::of(&app, "default").await;
    let (ann, ben) = (idp.user("ann@example.com").await, idp.user("ben@example.com").await);
    app.app().users().add_role(&ben, "admin", "cli").await.unwrap();
    let group = idp.group("Admins", &[&ann, &ben]).await;
    assert_eq!(idp.roles(&ann).await, ["user", "admin"]);
    let path = format!("/Groups/{group}");
    let renamed = idp.patch(&path, json!([{ "op": "replace", "path": "displayName", "value": "Auditors" }])).await;
    assert_eq!(renamed.status, StatusCode::OK, "{}", renamed.text());
    assert_eq!(
        (idp.roles(&ann).await, idp.roles(&ben).await),
        (
            vec!["user".to_owned(), "auditor".to_owned()],
            vec!["user".to_owned(), "admin".to_owned(), "auditor".to_owned()],
        )
    );
    assert_eq!(idp.call(Method::DELETE, &path, &Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(
        (idp.roles(&ann).await, idp.roles(&ben).await),
        (vec!["user".to_owned()], vec!["user".to_owned(), "admin".to_owned()],),
        "what was given here stays"
    );
    for name in ["owner", "Owners", "admins", "Admins2"] {
        idp.group(name, &[&ann]).await;
    }
    assert_eq!(idp.roles(&ann).await, ["user"], "only what the configuration names gives roles");
}

#[tokio::test]
async fn the_last_owner_stays_whatever_an_identity_provider_says() {
    let app = TestApp::with("[scim]\ndanger_owner = true\nroles = [{ group = 'Owners', role = 'owner' }]\n").await;
    let idp = Idp::of(&app, "default").await;
    let ann = idp.user("ann@example.com").await;
    let group = idp.group("Owners", &[&ann]).await;
    let hash = "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPga31lW.";
    let line = json!({ "email": "bea@example.com", "roles": ["user"], "hash": hash }).to_string();
    app.app().users().import(line.as_bytes(), "default", "test").await.unwrap();
    let bea = idp.found("/Users", r#"userName eq "bea@example.com""#).await["Resources"][0]["id"].clone();
    let (bea, group) = (bea.as_str().unwrap(), format!("/Groups/{group}"));
    let joined = idp.patch(&group, json!([{ "op": "replace", "path": "members", "value": [{ "value": bea }] }])).await;
    assert_eq!(joined.status, StatusCode::OK, "{}", joined.text());
    let user = format!("/Users/{bea}");
    let body = json!({ "userName": "bea@example.com", "active": false });
    for reply in [
        idp.patch(&user, json!([{ "op": "replace", "path": "active", "value": false }])).await,
        idp.call(Method::PUT, &user, &body).await,
        idp.call(Method::DELETE, &user, &Value::Null).await,
        idp.patch(&group, json!([{ "op": "remove", "path": "members" }])).await,
        idp.patch(&group, json!([{ "op": "replace", "path": "displayName", "value": "Nobodies" }])).await,
        idp.call(Method::PUT, &group, &json!({ "displayName": "Owners" })).await,
        idp.call(Method::DELETE, &group, &Value::Null).await,
    ] {
        refused(&reply, StatusCode::FORBIDDEN, "");
    }
    let shown = app.app().users().show(bea).await.unwrap();
    assert_eq!((shown.status.name(), shown.roles), ("active", vec!["user".to_owned(), "owner".to_owned()]));
    let members = idp.get(&group).await.json()["members"].clone();
    assert_eq!((members.as_array().map(Vec::len), &members[0]["value"]), (Some(1), &json!(bea)));
}

#[tokio::test]
async fn the_address_of_somebody_with_more_than_groups_give_is_not_changed() {
    let app = TestApp::start().await;
    let idp = Idp::of(&app, "default").await;
    let boss = app.person("default", "owner").await;
    let email = app.app().users().show(&boss).await.unwrap().email.unwrap();
    let path = format!("/Users/{boss}");
    let moved = idp
        .patch(
            &path,
            json!([{ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "eve@example.com" }]),
        )
        .await;
    refused(&moved, StatusCode::FORBIDDEN, "");
    refused(&idp.call(Method::PUT, &path, &plain("eve@example.com")).await, StatusCode::FORBIDDEN, "");
    assert_eq!(app.app().users().show(&boss).await.unwrap().email, Some(email.clone()));
    let named = idp.patch(&path, json!([{ "op": "replace", "path": "displayName", "value": "The boss" }])).await;
    assert_eq!(named.json()["displayName"], "The boss", "{}", named.text());
    let ann = idp.user("ann@example.com").await;
    let taken =
        idp.patch(&format!("/Users/{ann}"), json!([{ "op": "replace", "path": "userName", "value": email }])).await;
    refused(&taken, StatusCode::CONFLICT, "uniqueness");
}

#[tokio::test]
async fn who_was_deactivated_here_stays_out() {
    let app = TestApp::start().await;
    let idp = Idp::of(&app, "default").await;
    let ann = idp.user("ann@example.com").await;
    let path = format!("/Users/{ann}");
    app.app().users().deactivate(&ann, "cli").await.unwrap();
    for _ in 0..2 {
        let put = idp.call(Method::PUT, &path, &plain("ann@example.com")).await;
        assert_eq!((put.status, &put.json()["active"]), (StatusCode::OK, &json!(false)), "{}", put.text());
    }
    let on = idp.patch(&path, json!([{ "op": "replace", "path": "active", "value": true }])).await;
    assert_eq!(on.json()["active"], false);
    assert_eq!(app.entries("scim.kept_out").await.len(), 3);
    app.app().users().reactivate(&ann, "cli").await.unwrap();
    for active in [false, true, false] {
        let reply = idp.patch(&path, json!([{ "op": "replace", "path": "active", "value": active }])).await;
        assert_eq!(reply.json()["active"], active, "what an identity provider ended it begins again");
    }
    app.app().users().reactivate(&ann, "cli").await.unwrap();
    app.app().users().deactivate(&ann, "cli").await.unwrap();
    let on = idp.call(Method::PUT, &path, &plain("ann@example.com")).await;
    assert_eq!(on.json()["active"], false, "the later word was said here");
}

#[tokio::test]
async fn a_token_opens_provisioning_of_one_tenant_and_nothing_else() {
    let app = TestApp::start().await;
    let other = app.app().users().create_tenant("other", "test").await.unwrap().id;
    let (ours, theirs) = (Idp::of(&app, "default").await, Idp::of(&app, &other).await);
    let ann = ours.user("ann@example.com").await;
    let group = ours.group("Engines", &[&ann]).await;
    let body = json!({ "displayName": "Engines", "userName": "ann@example.com", "active": false });
    let off = json!({ "schemas": [PATCH], "Operations": [{ "op": "replace", "path": "active", "value": false }] });
    for path in [format!("/Users/{ann}"), format!("/Groups/{group}")] {
        for (method, body) in
            [(Method::GET, &Value::Null), (Method::PUT, &body), (Method::PATCH, &off), (Method::DELETE, &Value::Null)]
        {
            refused(&theirs.call(method, &path, body).await, StatusCode::NOT_FOUND, "");
        }
    }
    for (path, filter) in [("/Users", format!("id eq \"{ann}\"")), ("/Groups", format!("members eq \"{ann}\""))] {
        assert_eq!(theirs.found(path, &filter).await["totalResults"], 0);
        assert_eq!(theirs.get(path).await.json()["totalResults"], 0);
    }
    let stolen = theirs.post("/Groups", &json!({ "displayName": "Engines", "members": [{ "value": ann }] })).await;
    refused(&stolen, StatusCode::BAD_REQUEST, "invalidValue");
    theirs.user("ann@example.com").await;
    assert!(ours.app.app().users().show(&ann).await.unwrap().status.name() != "deactivated");
    let service = portcullis::auth::user::NewUser {
        tenant: "default".into(),
        name: "batch".into(),
        roles: vec!["app".into()],
        ..Default::default()
    };
    let service = app.app().users().create_service(&service, "cli").await.unwrap().id;
    refused(&ours.get(&format!("/Users/{service}")).await, StatusCode::NOT_FOUND, "");
    for (base, path) in [(&app.base, "/v1/models"), (&app.base, "/auth/v1/sessions"), (&app.admin, "/admin/v1/users")] {
        let reply = app.send(Method::GET, &format!("{base}{path}"), Some(&ours.token), &[], "").await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{path}: {}", reply.text());
    }
    for held in [None, Some(app.admin_key.as_str()), Some(app.login(&["admin"]).await.access_token.as_str())] {
        let reply = app.send(Method::GET, &format!("{}/scim/v2/Users", app.base), held, &[], "").await;
        refused(&reply, StatusCode::UNAUTHORIZED, "");
        assert_eq!(reply.header("www-authenticate"), "Bearer realm=\"scim\"");
    }
}

#[tokio::test]
async fn a_token_ends_when_it_is_revoked_or_over_and_wrong_ones_wait() {
    let app = TestApp::start().await;
    let (idp, steady) = (Idp::of(&app, "default").await, Idp::of(&app, "default").await);
    assert_eq!(idp.get("/Users").await.status, StatusCode::OK);
    let listed = app.app().scim().tokens().await.unwrap();
    assert!(listed.iter().any(|token| token.used_at.is_some()) && !format!("{listed:?}").contains(&idp.token));
    let own = listed.iter().find(|token| idp.token.ends_with(token.hint.rsplit('…').next().unwrap())).unwrap();
    app.app().scim().revoke_token(&own.id, "cli").await.unwrap();
    refused(&idp.get("/Users").await, StatusCode::UNAUTHORIZED, "");
    let mut waits = 0;
    for _ in 0..25 {
        let reply = idp.get("/Users").await;
        waits += usize::from(reply.status == StatusCode::TOO_MANY_REQUESTS && !reply.header("retry-after").is_empty());
    }
    assert!(waits >= 4, "wrong tokens from one address wait: {waits}");
    assert_eq!(steady.get("/Users").await.status, StatusCode::OK, "who has a right one does not");
    let entries = app.entries("scim.refused").await;
    assert!(!entries.is_empty() && entries.len() < 5, "recorded, and not once each: {}", entries.len());
    app.clock.pass(25 * 3_600);
    refused(&Idp { app: &app, token: steady.token.clone() }.get("/Users").await, StatusCode::UNAUTHORIZED, "");
    for (tenant, name, hours) in
        [("nowhere", "a", 1), ("default", "", 1), ("default", "a", 0), ("default", "a", 99_999)]
    {
        let life = SignedDuration::from_hours(hours);
        assert!(app.app().scim().create_token(tenant, name, life, "cli").await.is_err(), "{tenant} {name} {hours}");
    }
}

#[tokio::test]
async fn v15_3_3_nothing_is_written_that_has_no_place() {
    let app = TestApp::start().await;
    let idp = Idp::of(&app, "default").await;
    let extra = json!({
        "userName": "eve@example.com", "id": "usr_aaaaaaaaaaaaaaaa", "roles": [{ "value": "owner" }], "role": "owner",
        "password": "wobbly teapot orchid", "tenant": "other", "kind": "service", "status": "active", "epoch": 99,
        "verified_at": "2020-01-01T00:00:00Z", "groups": [{ "value": "team_x" }], "off_epoch": 0,
        "meta": { "created": "1999-01-01T00:00:00Z", "version": "W/\"1\"" }, "entitlements": ["admin"],
    });
    let made = idp.post("/Users", &extra).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let user = id(&made);
    let is_as_made = async |what: &str| {
        let shown = app.app().users().show(&user).await.unwrap();
        assert_eq!(
            (
                shown.tenant.as_str(),
                shown.roles.as_slice(),
                shown.status.name(),
                shown.epoch,
                shown.verified_at,
                shown.team
            ),
            ("default", &["user".to_owned()][..], "invited", 0, None, None),
            "{what}"
        );
    };
    assert_ne!(user, "usr_aaaaaaaaaaaaaaaa");
    assert!(!made.json()["meta"]["created"].as_str().unwrap().starts_with("1999"));
    is_as_made("POST").await;
    let path = format!("/Users/{user}");
    assert_eq!(idp.call(Method::PUT, &path, &extra).await.status, StatusCode::OK);
    is_as_made("PUT").await;
    let value = extra.clone();
    assert_eq!(idp.patch(&path, json!([{ "op": "replace", "value": value }])).await.status, StatusCode::OK);
    for (name, value) in extra.as_object().unwrap() {
        let reply = idp.patch(&path, json!([{ "op": "add", "path": name, "value": value }])).await;
        assert!(matches!(reply.status, StatusCode::OK | StatusCode::BAD_REQUEST), "{name}: {}", reply.text());
    }
    is_as_made("PATCH").await;
}

#[tokio::test]
async fn any_filter_is_answered_200_or_400() {
    let app = TestApp::start().await;
    let idp = Idp::of(&app, "default").await;
    idp.user("ann@example.com").await;
    let mut runner = TestRunner::deterministic();
    let words = r#"((userName|externalId|displayName|active|id|emails|members|meta\.x) (eq|EQ|co|pr) ("[^"]{0,12}"|true|1|\PC{0,6})( and | or |\)|;--|'){0,1}){1,3}|\PC{0,40}"#;
    let strategy = proptest::string::string_regex(words).unwrap();
    for _ in 0..300 {
        let filter = strategy.new_tree(&mut runner).unwrap().current();
        for path in ["/Users", "/Groups"] {
            let reply = idp.get(&format!("{path}?filter={}", form_urlencoded(&filter))).await;
            assert!(matches!(reply.status, StatusCode::OK | StatusCode::BAD_REQUEST), "{filter}: {}", reply.text());
        }
    }
    for filter in [
        r#"userName eq "' OR 1=1 --""#,
        r#"userName eq "\" or userName pr""#,
        r#"externalId eq "%""#,
        r#"userName eq "ann@example.com' UNION SELECT""#,
        "userName eq \"\\u0000\"",
        "id eq \"\\u0000\"",
    ] {
        assert_eq!(idp.found("/Users", filter).await["totalResults"], 0, "{filter}");
    }
}

#[tokio::test]
async fn versions_pages_attributes_and_limits_are_kept() {
    let app = TestApp::start().await;
    let idp = Idp::of(&app, "default").await;
    let mut ids = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        ids.push(idp.user(&format!("{name}@example.com")).await);
    }
    let mut seen = Vec::new();
    for start in [1, 3, 5] {
        let page = idp.get(&format!("/Users?startIndex={start}&count=2")).await.json();
        assert_eq!((&page["totalResults"], &page["startIndex"]), (&json!(5), &json!(start)));
        seen.extend(page["Resources"].as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap().to_owned()));
    }
    seen.sort();
    ids.sort();
    assert_eq!(seen, ids);
    assert_eq!(idp.get("/Users?count=0").await.json()["Resources"], json!([]));
    assert_eq!(idp.get("/Users?startIndex=-5&count=-1").await.json()["startIndex"], 1);
    refused(&idp.get("/Users?count=many").await, StatusCode::BAD_REQUEST, "invalidValue");
    let path = format!("/Users/{}", ids[0]);
    let only = idp.get(&format!("{path}?attributes=userName,meta.version")).await.json();
    let mut names: Vec<&String> = only.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["id", "meta", "schemas", "userName"]);
    let read = idp.get(&path).await;
    let version = read.header("etag").to_owned();
    assert!(version.starts_with("W/\"") && read.json()["meta"]["version"] == version.as_str());
    let unchanged = idp.call_with(Method::GET, &path, &[("if-none-match", &version)], &Value::Null).await;
    assert_eq!(unchanged.status, StatusCode::NOT_MODIFIED);
    let off = json!({ "Operations": [{ "op": "replace", "path": "displayName", "value": "New" }] });
    let done = idp.call_with(Method::PATCH, &path, &[("if-match", &version)], &off).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    for method in [Method::PATCH, Method::PUT, Method::DELETE] {
        let stale = idp.call_with(method, &path, &[("if-match", &version)], &off).await;
        refused(&stale, StatusCode::PRECONDITION_FAILED, "");
    }
    let large = json!({ "userName": "x@example.com", "displayName": "x".repeat(300 * 1024) });
    refused(&idp.post("/Users", &large).await, StatusCode::PAYLOAD_TOO_LARGE, "");
    let many: Vec<Value> = (0..1_001).map(|_| json!({ "value": "u" })).collect();
    refused(
        &idp.post("/Groups", &json!({ "displayName": "x", "members": many })).await,
        StatusCode::PAYLOAD_TOO_LARGE,
        "",
    );
    let group = format!("/Groups/{}", idp.group("Engines", &[]).await);
    for operation in
        [json!({ "op": "add", "path": "members", "value": many }), json!({ "op": "add", "value": { "members": many } })]
    {
        refused(&idp.patch(&group, json!([operation])).await, StatusCode::PAYLOAD_TOO_LARGE, "");
    }
    for body in [
        json!({}),
        json!({ "userName": "" }),
        json!({ "userName": "no address" }),
        json!({ "userName": 7 }),
        json!({ "userName": "a@x.org", "active": "maybe" }),
        json!({ "userName": "a@x.org", "emails": "a@x.org" }),
        json!({ "userName": "a@x.org", "displayName": "a\u{7}b" }),
    ] {
        refused(&idp.post("/Users", &body).await, StatusCode::BAD_REQUEST, "invalidValue");
    }
    refused(&idp.call(Method::DELETE, "/Users", &Value::Null).await, StatusCode::METHOD_NOT_ALLOWED, "");
    refused(&idp.post("/Bulk", &json!({})).await, StatusCode::NOT_IMPLEMENTED, "");
    refused(&idp.get("/Nothing").await, StatusCode::NOT_FOUND, "");
    let url = format!("{}/scim/v2/Users", app.base);
    let bearer = format!("Bearer {}", idp.token);
    let headers = [("authorization", bearer.as_str()), ("content-type", "text/plain")];
    refused(&app.send_form(&url, &headers, "{}".into()).await, StatusCode::UNSUPPORTED_MEDIA_TYPE, "");
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/scim+json")];
    refused(&app.send_form(&url, &headers, deep).await, StatusCode::BAD_REQUEST, "invalidSyntax");
}

#[tokio::test]
async fn what_an_identity_provider_says_about_people_is_sealed() {
    let app = TestApp::start().await;
    let idp = Idp::of(&app, "default").await;
    let body = json!({ "userName": "CanaryName", "externalId": "CanaryExternal", "displayName": "CanaryDisplay",
        "name": { "familyName": "CanaryFamily" }, "emails": [{ "value": "canary@example.com" }] });
    assert_eq!(idp.post("/Users", &body).await.status, StatusCode::CREATED);
    let data = app.stop().await;
    for entry in std::fs::read_dir(data.path()).unwrap() {
        let path = entry.unwrap().path();
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        assert!(!text.contains("canary"), "{}", path.display());
    }
}

#[tokio::test]
async fn who_was_deleted_has_no_way_back_in() {
    let house = House::start("").await;
    let user = house.user("ada@example.com").await.id.to_string();
    let key = house.app.key_of(&user).await;
    let idp = Idp::of(&house.app, "default").await;
    assert_eq!(house.login("ada@example.com", PASSWORD).await.status, StatusCode::OK);
    let gone = idp.call(Method::DELETE, &format!("/Users/{user}"), &Value::Null).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text());
    assert_eq!(house.login("ada@example.com", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(house.app.models(&key).await.status, StatusCode::UNAUTHORIZED, "keys stop");
    house.forget_letters();
    house.post("/auth/v1/recovery", &json!({ "email": "ada@example.com" })).await;
    house.app.app().users().reactivate(&user, "cli").await.unwrap();
    let shown = house.app.app().users().show(&user).await.unwrap();
    assert_eq!((shown.email, shown.name.as_str(), shown.roles), (None, "deleted", Vec::new()));
    assert_eq!(house.login("ada@example.com", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(house.app.models(&key).await.status, StatusCode::UNAUTHORIZED);
    assert!(house.letters().is_empty(), "nobody is there to get one");
    refused(&idp.get(&format!("/Users/{user}")).await, StatusCode::NOT_FOUND, "");
}

#[tokio::test]
async fn the_command_line_makes_lists_and_revokes_tokens() {
    let app = TestApp::start().await;
    let run = |args: &[&str]| {
        let output = portcullis(&app, args, "");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let token = run(&["scim", "token", "create", "--name", "Entra", "--quiet"]);
    let idp = Idp { app: &app, token };
    assert_eq!(idp.get("/ServiceProviderConfig").await.json()["patch"]["supported"], true);
    let listed = run(&["scim", "token", "list", "--json"]);
    assert!(!listed.contains(&idp.token), "{listed}");
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert!(listed[0]["name"] == "Entra" && listed[0]["used_at"].is_string(), "{listed}");
    run(&["scim", "token", "revoke", listed[0]["id"].as_str().unwrap()]);
    refused(&idp.get("/Users").await, StatusCode::UNAUTHORIZED, "");
    assert!(!portcullis(&app, &["scim", "token", "create", "--tenant", "nowhere"], "").status.success());
    let metrics = app.metrics().await;
    assert!(metrics.contains("portcullis_scim_total{resource=\"discovery\",outcome=\"served\"} 1"), "{metrics}");
}
