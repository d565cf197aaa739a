//! Attempts to do more than one may: across tenants, by roles that are gone, through keys, invitations and policies.

use http::{Method, StatusCode};
use portcullis::auth::key::NewKey;
use portcullis::auth::session::NewSession;
use portcullis::auth::user::{NewUser, Purpose, UserError};
use portcullis::data::access::{Action, Kind, Resource};
use serde_json::{Value, json};

use crate::app::{Reply, TestApp, ada};
use crate::session::portcullis;
use crate::user::{House, PASSWORD};

async fn ask(app: &TestApp, method: Method, path: &str, held: &str, body: &Value) -> Reply {
    app.send(method, &format!("{}{path}", app.admin), Some(held), &[], body.to_string()).await
}

/// Whether somebody may, and by which policies.
async fn decided(app: &TestApp, user: &str, action: Action, resource: &Resource<'_>) -> (bool, Vec<String>) {
    let user = app.app().users().show(user).await.unwrap();
    let decided = app.app().access.explain_user(&user, action, resource);
    assert!(decided.errors.is_empty(), "{decided:?}");
    (decided.is_allowed, decided.policies)
}

#[tokio::test]
async fn v8_2_2_v8_4_1_another_tenants_things_are_out_of_reach() {
    let app = TestApp::start().await;
    let other = app.app().users().create_tenant("other", "test").await.unwrap().id;
    let foreigner = app.person(&other, "owner").await;
    let held = app.token_of(&foreigner, &other).await;
    let victim = app.person("default", "user").await;
    let session = app.login_as(NewSession { user: victim.clone(), ..ada() }).await;
    let path = format!("/admin/v1/sessions/{}", session.session_id);
    assert_eq!(ask(&app, Method::DELETE, &path, &held, &json!({})).await.status, StatusCode::FORBIDDEN);
    for body in [
        json!({ "sid": session.session_id }),
        json!({ "user": victim }),
        json!({ "tenant": "default" }),
        json!({ "client": "console" }),
        json!({ "all": true }),
    ] {
        let reply = ask(&app, Method::POST, "/admin/v1/tokens/revoke", &held, &body).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{body}: {}", reply.text());
    }
    assert_eq!(app.models(&session.access_token).await.status, StatusCode::OK, "the victim notices nothing");
    let sessions = ask(&app, Method::GET, "/admin/v1/sessions", &held, &json!({})).await.json();
    assert!(sessions.as_array().unwrap().iter().all(|session| session["tenant"] == json!(other)), "{sessions}");
    app.app().journal.flush().await.unwrap();
    let entries = ask(&app, Method::GET, "/admin/v1/audit?limit=1000", &held, &json!({})).await.json();
    assert!(entries.as_array().unwrap().iter().all(|entry| entry["tenant"] == json!(other)), "{entries}");
    assert!(!entries.as_array().unwrap().is_empty(), "one's own are there");
    for (action, kind, id) in [
        (Action::UserDeactivate, Kind::User, victim.as_str()),
        (Action::KeyRevoke, Kind::Key, "a-key"),
        (Action::AuditReveal, Kind::Audit, "log"),
        (Action::PolicyWrite, Kind::Policy, "default"),
        (Action::ConfigReload, Kind::Config, "file"),
    ] {
        let (allowed, policies) = decided(&app, &foreigner, action, &Resource::new(kind, id, "default")).await;
        assert_eq!((allowed, policies), (false, vec!["base#tenant-isolation".to_owned()]), "{action}");
    }
    let own = json!({ "user": foreigner });
    assert_eq!(ask(&app, Method::POST, "/admin/v1/tokens/revoke", &held, &own).await.status, StatusCode::OK);
    let denied = app.app().journal.flush().await;
    denied.unwrap();
    let rows = portcullis::data::audit::list(app.app().db(), 100, Some("access.denied")).await.unwrap();
    let is_right = |entry: &&Value| entry["detail"]["policies"] == json!(["base#tenant-isolation"]);
    assert_eq!(rows.iter().filter(is_right).count(), 6, "each with the policy that decided: {rows:?}");
    assert!(rows.iter().all(|entry| entry["actor"] == json!(foreigner)));
}

#[tokio::test]
async fn v8_2_3_sealed_fields_are_for_owners_and_auditors() {
    let app = TestApp::start().await;
    for (role, expected) in
        [("owner", true), ("auditor", true), ("admin", false), ("analyst", false), ("developer", false)]
    {
        let user = app.person("default", role).await;
        let log = Resource::new(Kind::Audit, "log", "default");
        assert_eq!(decided(&app, &user, Action::AuditReveal, &log).await.0, expected, "{role}");
    }
    let developer = app.person("default", "developer").await;
    let held = app.token_of(&developer, "default").await;
    let reply = ask(&app, Method::GET, "/admin/v1/audit", &held, &json!({})).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN, "{}", reply.text());
    let analyst = app.person("default", "analyst").await;
    // Its entry has an address in it, sealed.
    app.login_as(NewSession { address: Some("203.0.113.7".into()), ..ada() }).await;
    let held = app.token_of(&analyst, "default").await;
    let reply = ask(&app, Method::GET, "/admin/v1/audit?limit=1000", &held, &json!({})).await;
    assert!(reply.status.is_success() && !reply.text().contains("203.0.113.7"), "{}", reply.text());
}

#[tokio::test]
async fn v8_3_2_a_role_that_was_taken_away_is_gone_at_once() {
    let app = TestApp::start().await;
    let admin = app.person("default", "admin").await;
    let (held, key) = (app.token_of(&admin, "default").await, app.key_of(&admin).await);
    let beside = app.beside().await;
    let path = "/admin/v1/policies";
    for held in [&held, &key] {
        assert_eq!(ask(&app, Method::GET, path, held, &json!({})).await.status, StatusCode::OK);
    }
    let user = app.app().users().remove_role(&admin, "admin", "test").await.unwrap();
    assert!(user.roles.is_empty());
    assert_eq!(ask(&app, Method::GET, path, &held, &json!({})).await.status, StatusCode::UNAUTHORIZED, "session ended");
    assert_eq!(ask(&app, Method::GET, path, &key, &json!({})).await.status, StatusCode::FORBIDDEN, "key narrowed");
    // Whoever still gets a token with the scope has no role behind it.
    let again = app.token_of(&admin, "default").await;
    let reply = ask(&app, Method::GET, path, &again, &json!({})).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN, "{}", reply.text());
    assert!(!reply.text().contains('#'), "a client is not told of policies: {}", reply.text());
    // Another process reads it with its next look.
    let there = beside.1.app();
    there.keys.refresh().await.unwrap();
    let identity = there.keys.verify(&key).await.unwrap();
    let policy = Resource::new(Kind::Policy, "any", "default");
    assert!(there.access.authorize(&identity, Action::PolicyRead, &policy).is_err());
    let revoked = app.entries("role.revoked").await.remove(0);
    assert_eq!(revoked["detail"], json!({ "user_id": admin, "role": "admin" }));
    app.app().users().add_role(&admin, "auditor", "test").await.unwrap();
    assert_eq!(ask(&app, Method::GET, path, &key, &json!({})).await.status, StatusCode::OK, "and is there at once");
    assert_eq!(app.entries("role.granted").await.len(), 1);
}

#[tokio::test]
async fn v8_3_3_a_key_can_do_what_its_owner_can_and_stops_with_them() {
    let app = TestApp::start().await;
    let user = app.person("default", "user").await;
    let key = app.key_of(&user).await;
    assert_eq!(app.models(&key).await.status, StatusCode::OK);
    let reply = ask(&app, Method::GET, "/admin/v1/policies", &key, &json!({})).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN, "the scope `admin` is worth nothing without a role");
    app.app().users().deactivate(&user, "test").await.unwrap();
    assert_eq!(app.models(&key).await.status, StatusCode::UNAUTHORIZED);
    let new = NewKey { name: "late".into(), owner: Some(user), scopes: vec!["inference".into()], ..NewKey::default() };
    assert!(app.app().keys.create(new).await.unwrap_err().to_string().contains("no active user"));
}

#[tokio::test]
async fn a_scope_of_one_action_opens_that_route_only() {
    let app = TestApp::start().await;
    let new = NewKey { name: "narrow".into(), scopes: vec!["audit.read".into()], ..NewKey::default() };
    let key = app.app().keys.create(new).await.unwrap();
    assert_eq!(ask(&app, Method::GET, "/admin/v1/audit", &key, &json!({})).await.status, StatusCode::OK);
    assert_eq!(ask(&app, Method::GET, "/admin/v1/policies", &key, &json!({})).await.status, StatusCode::FORBIDDEN);
    assert_eq!(app.models(&key).await.status, StatusCode::FORBIDDEN);
    let wrong = NewKey { name: "wrong".into(), scopes: vec!["audit.*".into()], ..NewKey::default() };
    assert!(app.app().keys.create(wrong).await.is_err());
}

#[tokio::test]
async fn nobody_makes_an_owner_but_an_owner() {
    let app = TestApp::start().await;
    let (admin, owner) = (app.person("default", "admin").await, app.person("default", "owner").await);
    let somebody = Resource::new(Kind::User, "usr_new", "default");
    let (access, owner_role) = (&app.app().access, ["owner".to_owned()]);
    for (user, action, roles, expected) in [
        (&admin, Action::UserInvite, &["admin".to_owned()], true),
        (&admin, Action::UserInvite, &owner_role, false),
        (&admin, Action::RoleGrant, &owner_role, false),
        (&admin, Action::RoleRevoke, &owner_role, false),
        (&owner, Action::UserInvite, &owner_role, true),
        (&owner, Action::RoleGrant, &owner_role, true),
    ] {
        let identity = app.app().keys.verify(&app.key_of(user).await).await.unwrap();
        let got = access.authorize_roles(&identity, action, &somebody, roles);
        assert_eq!(got.is_ok(), expected, "{user} {action} {roles:?}");
        if let Err(denied) = got {
            assert_eq!(denied.policies, ["base#owner-makes-owner"]);
        }
    }
}

#[tokio::test]
async fn roles_slipped_into_the_acceptance_of_an_invitation_are_refused() {
    let house = House::start("").await;
    let user = house.invite("eve@example.com").await;
    let token = house.token(Purpose::Invitation, 1).await;
    let body = json!({ "token": token, "password": PASSWORD, "roles": ["owner"] });
    let reply = house.post("/auth/v1/invitation/accept", &body).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{}", reply.text());
    let user = house.app.app().users().show(user.id.as_str()).await.unwrap();
    assert_eq!(user.roles, ["user"]);
}

#[tokio::test]
async fn the_last_owner_stays() {
    let app = TestApp::start().await;
    let users = app.app().users();
    let first = app.person("default", "owner").await;
    let is_refused = |result: Result<(), UserError>| matches!(result, Err(UserError::LastOwner(_)));
    assert!(is_refused(users.remove_role(&first, "owner", "test").await.map(|_| ())));
    assert!(is_refused(users.deactivate(&first, "test").await));
    // One of another tenant, or one who has not come yet, does not count.
    let other = users.create_tenant("other", "test").await.unwrap().id;
    app.person(&other, "owner").await;
    assert!(is_refused(users.remove_role(&first, "owner", "test").await.map(|_| ())));
    let second = app.person("default", "owner").await;
    // Both at once, each by a process of its own: one of them stays.
    let beside = app.beside().await;
    let there = beside.1.app().users();
    let both = tokio::join!(users.remove_role(&first, "owner", "a"), there.remove_role(&second, "owner", "b"));
    assert_eq!(both.0.is_ok() as u8 + both.1.is_ok() as u8, 1, "{both:?}");
    assert!(users.add_role(&first, "emperor", "test").await.is_err());
}

#[tokio::test]
async fn v8_4_1_no_policy_of_an_operator_lifts_the_isolation_of_tenants() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("lift.cedar"), "permit (principal, action, resource);").unwrap();
    let app = TestApp::with(&format!("[access]\npolicies = '{}'\n", folder.path().display())).await;
    let other = app.app().users().create_tenant("other", "test").await.unwrap().id;
    let foreigner = app.person(&other, "user").await;
    let victim = app.person("default", "user").await;
    let theirs = Resource::new(Kind::User, &victim, "default");
    assert!(!decided(&app, &foreigner, Action::UserDeactivate, &theirs).await.0);
    let own = Resource::new(Kind::User, &foreigner, &other);
    assert!(decided(&app, &foreigner, Action::UserDeactivate, &own).await.0, "but it holds at home");
    let loaded = app.entries("access.policies_loaded").await.remove(0);
    assert_eq!(loaded["detail"]["files"]["lift.cedar"].as_str().map(str::len), Some(64), "which version: {loaded}");
}

#[tokio::test]
async fn an_operators_policy_holds_after_a_reload_and_a_wrong_one_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let app = TestApp::with(&format!("[access]\npolicies = '{}'\n", folder.path().display())).await;
    let file = folder.path().join("freeze.cedar");
    assert_eq!(app.models(&app.key).await.status, StatusCode::OK);
    std::fs::write(&file, "@id(\"freeze\")\nforbid (principal, action == Action::\"model.list\", resource);").unwrap();
    assert_eq!(app.models(&app.key).await.status, StatusCode::OK, "not before the reload");
    let reload = app.admin(Method::POST, "/admin/v1/reload", &Value::Null).await;
    assert_eq!(reload.status, StatusCode::OK, "{}", reload.text());
    assert_eq!(app.models(&app.key).await.status, StatusCode::FORBIDDEN, "remembered decisions are gone at once");
    assert_eq!(
        app.entries("access.policies_loaded").await[0]["actor"],
        app.entries("config.reloaded").await[0]["actor"]
    );
    let denied = app.entries("access.denied").await.remove(0);
    assert_eq!(denied["detail"]["policies"], json!(["own/freeze.cedar#freeze"]));
    for (text, why) in [
        ("forbid (principal, action == Action::\"model.lust\", resource);", "model.lust"),
        ("permit (principal, action, resource) when { principal.salary > 3 };", "salary"),
        ("permit (principal == ?principal, action, resource);", "template"),
        ("permit (", "unexpected"),
    ] {
        std::fs::write(&file, text).unwrap();
        let reload = app.admin(Method::POST, "/admin/v1/reload", &Value::Null).await;
        assert_eq!(reload.status, StatusCode::BAD_REQUEST, "{}", reload.text());
        assert!(reload.text().contains("freeze.cedar") && reload.text().contains(why), "{why}: {}", reload.text());
        assert_eq!(app.models(&app.key).await.status, StatusCode::FORBIDDEN, "the last good one is kept");
    }
    let next = portcullis::app::State::open_at(&app.config, app.data.path(), app.clock.clone()).await;
    assert!(next.unwrap_err().to_string().contains("freeze.cedar"), "nor does a start take it");
}

#[tokio::test]
async fn unused_permissions_are_found_and_the_proposal_loses_no_use() {
    let app = TestApp::start().await;
    let admin = app.person("default", "admin").await;
    let held = app.token_of(&admin, "default").await;
    assert_eq!(ask(&app, Method::GET, "/admin/v1/policies", &held, &json!({})).await.status, StatusCode::OK);
    assert_eq!(app.models(&held).await.status, StatusCode::OK);
    assert_eq!(app.models(&app.key).await.status, StatusCode::OK);
    // What a key of theirs uses, they use: to take the role away would break the key.
    let behind = app.person("default", "admin").await;
    assert_eq!(app.models(&app.key_of(&behind).await).await.status, StatusCode::OK);
    app.app().access.flush().await.unwrap();
    let out = portcullis(&app, &["access", "unused", "--days", "30", "--json"], "");
    let reports: Value = serde_json::from_slice(&out.stdout).unwrap_or_else(|_| panic!("{out:?}"));
    let of = |principal: &str| {
        let found = reports.as_array().unwrap().iter().find(|report| report["principal"] == json!(principal));
        found.cloned().unwrap_or_else(|| panic!("{reports}"))
    };
    let report = of(&admin);
    assert_eq!(report["used"], json!(["model.list", "policy.read"]));
    assert_eq!(report["proposal"], json!({ "role": "developer" }));
    assert_eq!(report["replay"], json!({ "replayed": 2, "lost": [] }));
    assert_eq!(of(&behind)["proposal"], json!({ "role": "app" }));
    let keys = app.app().keys.list().await.unwrap();
    let key = keys.iter().find(|key| key.name == "app").unwrap();
    assert!(key.last_used_at.is_some() && key.owner == "cli");
    assert_eq!(of(&key.id)["proposal"], json!({ "scopes": ["model.list"] }));
    let said = portcullis(&app, &["access", "unused"], "");
    assert!(String::from_utf8_lossy(&said.stdout).contains("0 used accesses lost"), "{said:?}");
    // What was used long ago is not used.
    app.clock.pass(40 * 86_400);
    let user = app.app().users().show(&admin).await.unwrap();
    assert!(app.app().access.unused_by_user(&user, 30).await.unwrap().used.is_empty());
}

#[tokio::test]
async fn the_command_line_explains_and_lists() {
    let app = TestApp::start().await;
    let developer = app.person("default", "developer").await;
    let run = |args: &[&str]| {
        let output = portcullis(&app, args, "");
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), said)
    };
    let (ok, said) = run(&["access", "explain", &developer, "model.infer", "gpt-4o"]);
    assert!(ok && said.contains("allow") && said.contains("role/developer#build"), "{said}");
    let (ok, said) = run(&["access", "explain", &developer, "audit.reveal", "log", "--json"]);
    assert!(!ok && said.contains("no policy permits it"), "{said}");
    let (ok, said) = run(&["access", "explain", &developer, "policy.read", "p", "--tenant", "other"]);
    assert!(!ok && said.contains("base#tenant-isolation"), "{said}");
    let (ok, said) = run(&["access", "list", &developer]);
    assert!(ok && said.contains("policy.evaluate") && !said.contains("policy.write"), "{said}");
    let (ok, said) = run(&["user", "role", "add", &developer, "auditor"]);
    assert!(ok && said.contains("developer,auditor"), "{said}");
    let (ok, said) = run(&["key", "create", "--name", "ci", "--owner", &developer, "--scopes", "model.infer"]);
    assert!(ok, "{said}");
    let key = app.app().keys.list().await.unwrap().into_iter().find(|key| key.name == "ci").unwrap();
    assert!(key.expires_at.is_some_and(|at| at > key.created_at), "90 days unless somebody says otherwise");
    let (ok, said) = run(&["access", "explain", &key.id, "model.list", "/v1/models"]);
    assert!(!ok && said.contains("builtin#scope"), "{said}");
    let (ok, said) = run(&["key", "list"]);
    assert!(ok && said.contains(&format!("of {developer}")) && said.contains("never used"), "{said}");
    let (_, said) = run(&["doctor"]);
    assert!(said.contains("never ends"), "{said}");
    let new = NewUser { tenant: "default".into(), name: "ci".into(), roles: vec!["app".into()], ..NewUser::default() };
    let service = app.app().users().create_service(&new, "test").await.unwrap();
    let (ok, said) = run(&["access", "explain", service.id.as_str(), "model.infer", "m"]);
    assert!(ok && said.contains("role/app#prompt"), "{said}");
}
