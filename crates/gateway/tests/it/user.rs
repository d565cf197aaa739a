//! Users: invitations, links, recovery, deactivation, imports, and what never gets out.

use std::path::{Path, PathBuf};
use std::time::Duration;

use http::{Method, StatusCode};
use portcullis::auth::user::{NewUser, Purpose, UserError, UserInfo};
use serde_json::{Value, json};

use crate::app::{Reply, TestApp};

pub(crate) const PASSWORD: &str = "wobbly teapot orchid";
const OTHER_PASSWORD: &str = "granite pelican sonnet";

/// Settings with a folder for letters.
pub(crate) fn mailing(folder: &Path) -> String {
    format!("auth.public_url = 'http://127.0.0.1:8080'\nmail.folder = '{}'\n", folder.display())
}

/// A gateway with a folder for letters.
pub(crate) struct House {
    pub(crate) app: TestApp,
    pub(crate) letters: tempfile::TempDir,
}

impl House {
    pub(crate) async fn start(more: &str) -> Self {
        let letters = tempfile::tempdir().unwrap();
        let app = TestApp::with(&format!("{}{more}", mailing(letters.path()))).await;
        Self { app, letters }
    }

    pub(crate) async fn invite(&self, email: &str) -> UserInfo {
        self.app.app().users().invite(&new(email), "cli").await.unwrap()
    }

    /// Invites and accepts.
    pub(crate) async fn user(&self, email: &str) -> UserInfo {
        let user = self.invite(email).await;
        let token = self.token(Purpose::Invitation, 1).await;
        let reply = self.post("/auth/v1/invitation/accept", &json!({ "token": token, "password": PASSWORD })).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        self.forget_letters();
        user
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.post_with(path, &[], body).await
    }

    pub(crate) async fn post_with(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Reply {
        let url = format!("{}{path}", self.app.base);
        self.app.send(Method::POST, &url, None, headers, body.to_string()).await
    }

    /// Sends the body as a form of another site could: as plain text.
    pub(crate) async fn plain(&self, path: &str, body: &str) -> Reply {
        self.app.send_as("text/plain", &format!("{}{path}", self.app.base), body.to_owned()).await
    }

    pub(crate) async fn login(&self, email: &str, password: &str) -> Reply {
        self.post("/auth/v1/login", &json!({ "email": email, "password": password })).await
    }

    /// The token of the newest letter of this purpose, once there are so many letters.
    pub(crate) async fn token(&self, purpose: Purpose, letters: usize) -> String {
        let mark = match purpose {
            Purpose::Invitation => "/invitation?token=",
            Purpose::Verification => "/verification?token=",
            Purpose::Recovery => "/recovery?token=",
        };
        for _ in 0..500 {
            let found = self.letters();
            if found.len() >= letters
                && let Some(text) = found.iter().rev().find(|text| text.contains(mark))
            {
                let rest = text.split(mark).nth(1).unwrap();
                return rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no letter with {mark}: {:?}", self.letters());
    }

    /// The letters, oldest first, with what quoted-printable broke put together again.
    pub(crate) fn letters(&self) -> Vec<String> {
        let text = |path: &PathBuf| std::fs::read_to_string(path).unwrap().replace("=\r\n", "").replace("=3D", "=");
        self.files().iter().map(text).collect()
    }

    pub(crate) fn forget_letters(&self) {
        self.files().iter().for_each(|path| std::fs::remove_file(path).unwrap());
    }

    fn files(&self) -> Vec<PathBuf> {
        let all = std::fs::read_dir(self.letters.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut letters: Vec<_> = all.filter(|path| path.extension().is_some_and(|end| end == "eml")).collect();
        letters.sort();
        letters
    }
}

fn new(email: &str) -> NewUser {
    NewUser {
        tenant: "default".into(),
        team: None,
        email: email.into(),
        name: "Ada Lovelace".into(),
        roles: vec!["user".into()],
    }
}

#[tokio::test]
async fn v6_4_1_an_invitation_works_once_and_a_weak_password_does_not_use_it_up() {
    let house = House::start("").await;
    let user = house.invite("ada@example.com").await;
    let token = house.token(Purpose::Invitation, 1).await;
    let accept = async |password: &str| {
        house.post("/auth/v1/invitation/accept", &json!({ "token": token, "password": password })).await
    };
    let weak = accept("AdaLovelace1815").await;
    assert_eq!((weak.status, &weak.json()["error"]["code"]), (StatusCode::BAD_REQUEST, &json!("password_refused")));
    assert_eq!(weak.json()["error"]["innererror"]["rule"], "personal");
    let taken = accept(PASSWORD).await;
    assert_eq!((taken.status, &taken.json()["user"]), (StatusCode::OK, &json!(user.id)));
    assert!(taken.header("set-cookie").is_empty(), "accepting lets nobody in");
    let again = accept(OTHER_PASSWORD).await;
    assert_eq!((again.status, &again.json()["error"]["code"]), (StatusCode::BAD_REQUEST, &json!("invalid_link")));
    assert_eq!(house.login("ada@example.com", PASSWORD).await.status, StatusCode::OK);
    let shown = house.app.app().users().show(user.id.as_str()).await.unwrap();
    assert!(shown.verified_at.is_some() && shown.epoch == 1, "{shown:?}");
}

#[tokio::test]
async fn a_link_for_one_purpose_is_none_for_another() {
    let house = House::start("").await;
    house.invite("ada@example.com").await;
    let token = house.token(Purpose::Invitation, 1).await;
    for (path, body) in [
        ("/auth/v1/recovery/complete", json!({ "token": token, "password": PASSWORD })),
        ("/auth/v1/email/verify", json!({ "token": token })),
        ("/auth/v1/invitation/accept", json!({ "token": format!("{token}x"), "password": PASSWORD })),
        ("/auth/v1/invitation/accept", json!({ "token": "", "password": PASSWORD })),
    ] {
        let reply = house.post(path, &body).await;
        assert_eq!((reply.status, &reply.json()["error"]["code"]), (StatusCode::BAD_REQUEST, &json!("invalid_link")));
    }
}

#[tokio::test]
async fn v6_4_3_a_recovery_changes_nothing_until_it_is_completed_and_lets_nobody_in() {
    let house = House::start("").await;
    let user = house.user("ada@example.com").await;
    let asked = house.post("/auth/v1/recovery", &json!({ "email": " ADA@example.com" })).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED);
    let token = house.token(Purpose::Recovery, 1).await;
    assert!(house.letters()[0].contains("To: ada@example.com"), "to the stored address");
    assert_eq!(house.login("ada@example.com", PASSWORD).await.status, StatusCode::OK);
    let body = json!({ "token": token, "password": OTHER_PASSWORD });
    let done = house.post("/auth/v1/recovery/complete", &body).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    assert!(done.header("set-cookie").is_empty(), "the second factor is still to come");
    assert_eq!(house.post("/auth/v1/recovery/complete", &body).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(house.login("ada@example.com", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    let shown = house.app.app().users().show(user.id.as_str()).await.unwrap();
    assert_eq!(shown.epoch, 2, "all sessions ended");
    let audit = json!(house.app.audit().await).to_string();
    assert!(audit.contains("password.recovered") && !audit.contains(&token), "{audit}");
}

#[tokio::test]
async fn an_expired_link_is_refused() {
    let house = House::start("").await;
    house.invite("ada@example.com").await;
    let token = house.token(Purpose::Invitation, 1).await;
    let late = "UPDATE user_token SET expires_at = expires_at - 7 * 86400";
    house.app.app().db().execute(late, Vec::new()).await.unwrap();
    let reply = house.post("/auth/v1/invitation/accept", &json!({ "token": token, "password": PASSWORD })).await;
    assert_eq!((reply.status, &reply.json()["error"]["code"]), (StatusCode::BAD_REQUEST, &json!("invalid_link")));
}

#[tokio::test]
async fn v6_3_8_nobody_learns_from_a_recovery_whether_there_is_an_account() {
    let house = House::start("").await;
    house.invite("ada@example.com").await;
    house.forget_letters();
    let mut answers = Vec::new();
    for email in ["ada@example.com", "nobody@example.com", "no address at all", ""] {
        let reply = house.post("/auth/v1/recovery", &json!({ "email": email })).await;
        answers.push((reply.status, reply.text(), reply.headers.len()));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    // Who was only invited gets the invitation again.
    house.token(Purpose::Invitation, 1).await;
    assert_eq!(house.letters().len(), 1);
}

#[tokio::test]
async fn a_mailbox_is_not_flooded_and_the_asker_is_not_told() {
    let house = House::start("").await;
    house.invite("ada@example.com").await;
    house.forget_letters();
    for _ in 0..8 {
        let reply = house.post("/auth/v1/recovery", &json!({ "email": "ada@example.com" })).await;
        assert_eq!(reply.status, StatusCode::ACCEPTED);
    }
    house.token(Purpose::Invitation, 3).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(house.letters().len(), 3);
}

#[tokio::test]
async fn who_is_deactivated_gets_the_answer_of_a_wrong_password_and_may_come_back() {
    let house = House::start("").await;
    let user = house.user("ada@example.com").await;
    let users = house.app.app().users();
    users.deactivate(user.id.as_str(), "cli").await.unwrap();
    let refused = house.login("ada@example.com", PASSWORD).await;
    assert_eq!(refused.json()["error"]["code"], "invalid_credentials");
    house.post("/auth/v1/recovery", &json!({ "email": "ada@example.com" })).await;
    users.reactivate(user.id.as_str(), "cli").await.unwrap();
    assert!(house.letters().is_empty(), "no link for who is kept out");
    assert_eq!(house.login("ada@example.com", PASSWORD).await.status, StatusCode::OK);
    assert!(users.show(user.id.as_str()).await.unwrap().epoch >= 2);
}

#[tokio::test]
async fn an_address_is_taken_once_in_a_tenant_and_free_in_another() {
    let house = House::start("").await;
    house.user("ada@example.com").await;
    let users = house.app.app().users();
    let taken = users.invite(&new("ADA@example.com "), "cli").await.unwrap_err();
    assert!(matches!(taken, UserError::Taken("email")), "{taken}");
    let tenant = users.create_tenant("Analytical Engines", "cli").await.unwrap();
    let other = users.invite(&NewUser { tenant: tenant.id.clone(), ..new("ada@example.com") }, "cli").await.unwrap();
    assert_eq!(other.tenant, tenant.id);
    assert_ne!(users.index("default", "ada@example.com"), users.index(&tenant.id, "ada@example.com"));
    assert_eq!(house.login("ada@example.com", PASSWORD).await.status, StatusCode::OK, "each has their own password");
    let login = json!({ "tenant": tenant.id, "email": "ada@example.com", "password": PASSWORD });
    assert_eq!(house.post("/auth/v1/login", &login).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn fields_are_checked_and_named() {
    let house = House::start("").await;
    let users = house.app.app().users();
    for (new, expected) in [
        (NewUser { email: "ada".into(), ..new("") }, "email:"),
        (NewUser { name: " ".into(), ..new("ada@example.com") }, "name:"),
        (NewUser { roles: vec!["emperor".into()], ..new("ada@example.com") }, "roles: `emperor`"),
        (NewUser { team: Some("team_x".into()), ..new("ada@example.com") }, "there is no team"),
        (NewUser { tenant: "tnt_x".into(), ..new("ada@example.com") }, "there is no tenant"),
    ] {
        let error = users.invite(&new, "cli").await.unwrap_err().to_string();
        assert!(error.contains(expected), "{expected}: {error}");
    }
    let team = users.create_team("default", "Engines", "cli").await.unwrap();
    assert!(matches!(users.create_team("default", "Engines", "cli").await, Err(UserError::Taken("name"))));
    let user = users.invite(&NewUser { team: Some(team.id.clone()), ..new("ada@example.com") }, "cli").await.unwrap();
    assert_eq!(user.team, Some(team.id));
}

#[tokio::test]
async fn imported_users_log_in_with_their_old_password_and_get_a_new_hash() {
    let house = House::start("").await;
    let lines = [
        r#"{"email": "ada@example.com", "hash": "$argon2id$v=19$m=256,t=1,p=1$cK46+5TbpWE/+Ttf4sh6XA$BgTbroYqwTKoZrr6J4agUjumImfbVJPIMuZyItIuqFo"}"#,
        r#"{"email": "eve@example.com", "hash": "$1$md5crypt"}"#,
        r#"{"email": "ada@example.com", "hash": "$2b$04$SLjNRDgg65.JUrEHc0O5nu9AI/xAu4KdrN8bxRbCbItUzMsdoLEIK"}"#,
        r#"{"email": "bob@example.com", "password": "plain"}"#,
    ]
    .join("\n");
    let users = house.app.app().users();
    let report = users.import(lines.as_bytes(), "default", "cli").await.unwrap();
    assert_eq!(report.imported, 1);
    let refused: Vec<u64> = report.refused.iter().map(|(line, _)| *line).collect();
    assert_eq!(refused, [2, 3, 4]);
    assert!(!format!("{report:?}").contains("plain"), "{report:?}");
    assert_eq!(scheme(&house).await, "foreign");
    assert_eq!(house.login("ada@example.com", "correct horse battery staple").await.status, StatusCode::OK);
    assert_eq!(scheme(&house).await, "peppered");
    assert_eq!(house.login("ada@example.com", "correct horse battery staple").await.status, StatusCode::OK);
}

async fn scheme(house: &House) -> String {
    let rows = house.app.app().db().fetch_all("SELECT scheme FROM password", Vec::new()).await.unwrap();
    rows[0].text("scheme").unwrap().to_owned()
}

#[tokio::test]
async fn v6_2_3_changing_a_password_needs_the_current_one_and_tells_the_user() {
    let house = House::start("").await;
    house.user("ada@example.com").await;
    let change = async |current: &str, new: &str| {
        let body = json!({ "email": "ada@example.com", "current": current, "new": new });
        house.post("/auth/v1/password/change", &body).await
    };
    assert_eq!(change(OTHER_PASSWORD, OTHER_PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(change(PASSWORD, "short").await.json()["error"]["code"], "password_refused");
    assert_eq!(change(PASSWORD, OTHER_PASSWORD).await.status, StatusCode::OK);
    assert_eq!(house.login("ada@example.com", OTHER_PASSWORD).await.status, StatusCode::OK);
    for _ in 0..500 {
        if house.letters().iter().any(|letter| letter.contains("Subject: Your password was changed")) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no letter: {:?}", house.letters());
}

#[tokio::test]
async fn v7_4_2_whatever_changes_a_password_or_a_status_ends_all_sessions() {
    let house = House::start("").await;
    let users = house.app.app().users();
    let user = house.user("ada@example.com").await;
    assert_eq!(users.epoch(user.id.as_str()).await.unwrap(), Some(1));
    let body = json!({ "email": "ada@example.com", "current": PASSWORD, "new": OTHER_PASSWORD });
    assert_eq!(house.post("/auth/v1/password/change", &body).await.status, StatusCode::OK);
    users.deactivate(user.id.as_str(), "cli").await.unwrap();
    assert_eq!(users.epoch(user.id.as_str()).await.unwrap(), None, "may not be logged in at all");
    let mut told: Vec<_> =
        house.app.entries("token.revoked").await.into_iter().map(|entry| entry["detail"].clone()).collect();
    told.reverse();
    let expected = ["invitation_accepted", "password_changed", "user_deactivated"];
    let expected = expected.map(|reason| json!({ "kind": "user", "subject": user.id, "reason": reason }));
    assert_eq!(told, expected);
}

#[tokio::test]
async fn nothing_personal_stands_in_the_data_folder() {
    let house = House::start("").await;
    house.user("ada.lovelace@example.com").await;
    house.login("ada.lovelace@example.com", "not the right one").await;
    let House { app, letters: _letters } = house;
    let data = app.stop().await;
    let mut folders = vec![data.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            for secret in ["ada.lovelace", "Ada Lovelace", PASSWORD, "not the right one", "$2b$", "127.0.0.1"] {
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                let is_setting = secret == "127.0.0.1" && path.ends_with("store.url");
                assert!(!found || is_setting, "{secret} in {}", path.display());
            }
        }
    }
}
