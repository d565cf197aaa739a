//! Passkeys: added, shown, renamed, removed; instead of a password, after it, and in a step-up.

use http::{Method, StatusCode};
use portcullis::auth::user::Purpose;
use serde_json::{Value, json};

use crate::app::{Reply, TestApp};
use crate::authenticator::{Authenticator, BACKED_UP, BACKUP_ELIGIBLE, Key, PRESENT, VERIFIED, encode};
use crate::mfa::{outcome, text};
use crate::session::portcullis;
use crate::user::{House, PASSWORD};

const ADA: &str = "ada@example.com";

pub(crate) fn refused() -> (StatusCode, String) {
    (StatusCode::UNAUTHORIZED, "invalid_passkey".to_owned())
}

impl House {
    /// A gateway at `localhost`, where passkeys work.
    pub(crate) async fn with_passkeys(more: &str) -> Self {
        let letters = tempfile::tempdir().unwrap();
        let folder = letters.path().display();
        let own = format!("auth.public_url = 'http://localhost:8080'\nmail.folder = '{folder}'\n{more}");
        Self { app: TestApp::with(&own).await, letters }
    }

    /// What a browser is to be asked, to add a passkey.
    pub(crate) async fn creation(&self, token: &str) -> Value {
        let reply = self.own(Method::POST, "/auth/v1/factors/passkey", token, &json!({})).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        reply.json()["publicKey"].clone()
    }

    pub(crate) async fn confirm(&self, token: &str, registration: &Value) -> Reply {
        let body = json!({ "name": "my laptop", "registration": registration });
        self.own(Method::POST, "/auth/v1/factors/passkey/confirm", token, &body).await
    }

    /// Adds a passkey over this session.
    pub(crate) async fn add(&self, token: &str, authenticator: &mut Authenticator) -> Reply {
        let registration = authenticator.create(&self.creation(token).await);
        let reply = self.confirm(token, &registration).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        reply
    }

    /// Adds a passkey over a session that begins now.
    pub(crate) async fn passkey(&self, email: &str) -> Authenticator {
        let token = text(&self.enter(email).await, "access_token");
        let mut authenticator = Authenticator::new(Key::ec());
        self.add(&token, &mut authenticator).await;
        authenticator
    }

    /// What a browser is to be asked, to log in.
    pub(crate) async fn question(&self) -> Value {
        let reply = self.post("/auth/v1/login/passkey/options", &json!({ "tokens": "body" })).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        reply.json()["publicKey"].clone()
    }

    pub(crate) async fn show(&self, assertion: &Value) -> Reply {
        self.post("/auth/v1/login/passkey", &json!({ "passkey": assertion, "tokens": "body" })).await
    }

    /// Logs in with a passkey alone.
    pub(crate) async fn show_passkey(&self, authenticator: &mut Authenticator) -> Reply {
        self.show(&authenticator.get(&self.question().await)).await
    }

    /// Answers a challenge of a login with a passkey.
    pub(crate) async fn second(&self, challenge: &str, authenticator: &mut Authenticator) -> Reply {
        let asked = self.post("/auth/v1/login/factor/options", &json!({ "challenge": challenge })).await;
        assert_eq!(asked.status, StatusCode::OK, "{}", asked.text());
        let assertion = authenticator.get(&asked.json()["publicKey"]);
        self.post("/auth/v1/login/factor", &json!({ "challenge": challenge, "passkey": assertion })).await
    }

    pub(crate) async fn session_of(&self, token: &str) -> Value {
        let sessions = self.own(Method::GET, "/auth/v1/sessions", token, &Value::Null).await.json();
        let all = sessions["sessions"].as_array().unwrap();
        all.iter().find(|one| one["id"] == sessions["current"]).unwrap().clone()
    }

    /// The reasons of refusals, oldest first.
    pub(crate) async fn reasons(&self) -> Vec<String> {
        let entries = self.app.entries("passkey.refused").await;
        entries.iter().rev().map(|entry| entry["detail"]["reason"].as_str().unwrap().to_owned()).collect()
    }

    async fn told(&self, subject: &str) -> bool {
        for _ in 0..200 {
            if self.letters().iter().any(|letter| letter.contains(subject)) {
                return true;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        false
    }
}

#[tokio::test]
async fn v6_3_3_a_passkey_logs_in_without_a_name_and_without_a_password() {
    for key in [Key::ec(), Key::ed(), Key::rsa()] {
        let house = House::with_passkeys("").await;
        let ada = house.user(ADA).await;
        let token = text(&house.enter(ADA).await, "access_token");
        let mut authenticator = Authenticator::new(key);
        let added = house.add(&token, &mut authenticator).await;
        assert_eq!(added.json()["recovery_codes"].as_array().map(Vec::len), Some(10), "{}", added.text());
        assert!(house.told("A second factor was added").await);
        let entered = house.show_passkey(&mut authenticator).await;
        assert_eq!(entered.status, StatusCode::OK, "{}", entered.text());
        assert_eq!(entered.json()["user"], json!(ada.id));
        let session = house.session_of(&text(&entered, "access_token")).await;
        assert_eq!((&session["amr"], &session["acr"]), (&json!(["pop", "user", "mfa"]), &json!("aal2")));
        let logins = house.app.entries("passkey.login").await;
        assert_eq!((logins.len(), &logins[0]["actor"]), (1, &json!(ada.id)));
        assert!(house.app.metrics().await.contains("portcullis_logins_total{outcome=\"succeeded\"}"));
    }
}

#[tokio::test]
async fn what_a_browser_is_asked_names_the_site_and_gives_no_address_to_the_authenticator() {
    let house = House::with_passkeys("").await;
    let ada = house.user(ADA).await;
    let token = text(&house.enter(ADA).await, "access_token");
    let first = house.creation(&token).await;
    assert_eq!(first["rp"], json!({ "id": "localhost", "name": "Portcullis localhost:8080" }));
    assert_eq!(first["attestation"], "none");
    assert_eq!(first["excludeCredentials"], json!([]));
    assert_eq!(first["timeout"], 300_000);
    let algorithms: Vec<&Value> =
        first["pubKeyCredParams"].as_array().unwrap().iter().map(|kind| &kind["alg"]).collect();
    assert_eq!(algorithms, [&json!(-8), &json!(-7), &json!(-257)]);
    let chosen = &first["authenticatorSelection"];
    assert_eq!((&chosen["userVerification"], &chosen["residentKey"]), (&json!("required"), &json!("required")));
    let handle = crate::authenticator::decode(&first["user"]["id"]);
    assert_eq!(handle.len(), 32);
    assert!(!String::from_utf8_lossy(&handle).contains(ada.id.as_str()));
    let mut authenticator = Authenticator::new(Key::ec());
    house.add(&token, &mut authenticator).await;
    let token = text(&house.show_passkey(&mut authenticator).await, "access_token");
    let second = house.creation(&token).await;
    assert_eq!(second["user"]["id"], first["user"]["id"], "the same for all of one person");
    assert_ne!(second["challenge"], first["challenge"]);
    let known =
        json!([{ "type": "public-key", "id": encode(&authenticator.id), "transports": ["hybrid", "internal"] }]);
    assert_eq!(second["excludeCredentials"], known);
    let shown = house.question().await;
    assert_eq!((&shown["rpId"], &shown["userVerification"]), (&json!("localhost"), &json!("required")));
}

#[tokio::test]
async fn v6_7_2_no_question_is_asked_twice_and_each_has_far_more_than_64_bits() {
    let house = House::with_passkeys("").await;
    let mut seen = std::collections::HashSet::new();
    for _ in 0..20 {
        let challenge = crate::authenticator::decode(&house.question().await["challenge"]);
        // The random part; the rest says when it ends and signs it.
        assert!(seen.insert(challenge[..16].to_vec()), "{challenge:?}");
    }
}

#[tokio::test]
async fn v6_3_8_the_question_of_a_login_is_the_same_for_everybody() {
    let house = House::with_passkeys("").await;
    let before = house.question().await;
    house.user(ADA).await;
    house.passkey(ADA).await;
    let after = house.question().await;
    for (name, value) in before.as_object().unwrap() {
        assert!(name == "challenge" || &after[name] == value, "{name}");
    }
    assert_eq!(after["allowCredentials"], json!([]));
    let named = house.post("/auth/v1/login/passkey/options", &json!({ "email": ADA })).await;
    assert_eq!(outcome(&named), (StatusCode::BAD_REQUEST, "invalid_body".to_owned()));
}

#[tokio::test]
async fn v6_3_3_a_passkey_is_a_second_factor_after_the_password() {
    let house = House::with_passkeys("").await;
    house.user(ADA).await;
    let mut authenticator = house.passkey(ADA).await;
    let asked = house.enter(ADA).await;
    assert_eq!(
        (&asked.json()["next"], &asked.json()["methods"]),
        (&json!("factor"), &json!(["passkey", "recovery_code"]))
    );
    let entered = house.second(&text(&asked, "challenge"), &mut authenticator).await;
    assert_eq!(entered.status, StatusCode::OK, "{}", entered.text());
    let session = house.session_of(&text(&entered, "access_token")).await;
    assert_eq!((&session["amr"], &session["acr"]), (&json!(["pwd", "pop", "user", "mfa"]), &json!("aal2")));
}

#[tokio::test]
async fn v7_5_1_a_passkey_steps_up_without_the_password_in_its_own_session_only() {
    let house = House::with_passkeys("").await;
    house.user(ADA).await;
    let mut authenticator = house.passkey(ADA).await;
    let here = text(&house.show_passkey(&mut authenticator).await, "access_token");
    let there = text(&house.show_passkey(&mut authenticator).await, "access_token");
    house.app.clock.pass(601);
    let stale = house.own(Method::POST, "/auth/v1/factors/recovery-codes", &here, &json!({})).await;
    assert_eq!(outcome(&stale).1, "insufficient_user_authentication");
    let asked = house.own(Method::POST, "/auth/v1/step-up/options", &here, &json!({})).await.json();
    assert_eq!(asked["publicKey"]["allowCredentials"][0]["id"], encode(&authenticator.id));
    let body = json!({ "passkey": authenticator.get(&asked["publicKey"]) });
    let elsewhere = house.own(Method::POST, "/auth/v1/step-up", &there, &body).await;
    assert_eq!(outcome(&elsewhere), refused(), "a challenge of another session");
    let body = json!({ "passkey": authenticator.get(&asked["publicKey"]) });
    let renewed = house.own(Method::POST, "/auth/v1/step-up", &here, &body).await;
    assert_eq!((renewed.status, &renewed.json()["acr"]), (StatusCode::OK, &json!("aal2")), "{}", renewed.text());
    let token = text(&renewed, "access_token");
    let fresh = house.own(Method::POST, "/auth/v1/factors/recovery-codes", &token, &json!({})).await;
    assert_eq!(fresh.status, StatusCode::OK, "{}", fresh.text());
    let again = house.own(Method::POST, "/auth/v1/step-up", &token, &body).await;
    assert_eq!(outcome(&again), refused(), "it was used up");
    let nothing = house.own(Method::POST, "/auth/v1/step-up", &token, &json!({})).await;
    assert_eq!(outcome(&nothing).1, "invalid_body");
}

#[tokio::test]
async fn one_lists_renames_and_removes_ones_own() {
    let house = House::with_passkeys("").await;
    house.user(ADA).await;
    house.user("eve@example.com").await;
    let mut authenticator = Authenticator::new(Key::ed());
    authenticator.flags = PRESENT | VERIFIED | BACKUP_ELIGIBLE;
    authenticator.counter = 0;
    let token = text(&house.enter(ADA).await, "access_token");
    let id = text(&house.add(&token, &mut authenticator).await, "confirmed");
    let eves = text(&house.enter("eve@example.com").await, "access_token");
    let path = format!("/auth/v1/factors/{id}");
    let rename = json!({ "name": "  work laptop " });
    assert_eq!(outcome(&house.own(Method::PATCH, &path, &eves, &rename).await).1, "factor_not_found");
    let token = text(&house.show_passkey(&mut authenticator).await, "access_token");
    for wrong in [json!({ "name": "" }), json!({ "name": "a\u{7}" }), json!({}), json!({ "name": "a", "kind": "totp" })]
    {
        let reply = house.own(Method::PATCH, &path, &token, &wrong).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    let renamed = house.own(Method::PATCH, &path, &token, &rename).await;
    assert_eq!(renamed.status, StatusCode::OK, "{}", renamed.text());
    assert_eq!(house.app.entries("factor.renamed").await.len(), 1);
    let list = async |token: &str| house.own(Method::GET, "/auth/v1/factors", token, &Value::Null).await.json();
    let own = list(&token).await["factors"][0].clone();
    assert_eq!(
        (&own["name"], &own["kind"], &own["backed_up"]),
        (&json!("work laptop"), &json!("passkey"), &json!(false))
    );
    assert!(own["used_at"].is_string() && own["added_at"].is_string(), "{own}");
    // It moves into a backup, which is told.
    authenticator.flags |= BACKED_UP;
    let token = text(&house.show_passkey(&mut authenticator).await, "access_token");
    assert_eq!(list(&token).await["factors"][0]["backed_up"], true);
    let changed = house.app.entries("passkey.backup_changed").await;
    assert_eq!((changed.len(), &changed[0]["detail"]["backed_up"]), (1, &json!(true)));
    house.forget_letters();
    let removed = house.own(Method::DELETE, &path, &token, &Value::Null).await;
    assert_eq!(removed.status, StatusCode::OK, "{}", removed.text());
    assert!(house.told("A second factor was removed").await);
    assert_eq!(outcome(&house.show_passkey(&mut authenticator).await), refused());
    assert_eq!(house.reasons().await, ["credential"]);
    assert!(house.enter(ADA).await.json()["access_token"].is_string(), "nothing is asked for any more");
    // Its id is free again.
    let token = text(&house.enter(ADA).await, "access_token");
    house.add(&token, &mut authenticator).await;
}

#[tokio::test]
async fn v6_3_4_a_role_that_asks_for_a_factor_sets_a_passkey_up_within_the_login() {
    let house = House::with_passkeys("").await;
    house.user_as(ADA, &["admin"]).await;
    let asked = house.enter(ADA).await;
    assert_eq!((&asked.json()["next"], &asked.json()["methods"]), (&json!("enrolment"), &json!(["passkey", "totp"])));
    let challenge = text(&asked, "challenge");
    let enrol = async |challenge: &str| {
        house.post("/auth/v1/login/enrol", &json!({ "challenge": challenge, "kind": "passkey" })).await
    };
    let options = enrol(&challenge).await.json()["publicKey"].clone();
    let mut authenticator = Authenticator::new(Key::ec());
    let registration = authenticator.create(&options);
    // What was made for one login sets nothing up in another.
    let other = house.challenge(ADA).await;
    let body = |challenge: &str| json!({ "challenge": challenge, "registration": registration, "name": "laptop" });
    let foreign = house.post("/auth/v1/login/factor", &body(&other)).await;
    assert_eq!(outcome(&foreign), (StatusCode::BAD_REQUEST, "passkey_refused".to_owned()));
    let entered = house.post("/auth/v1/login/factor", &body(&challenge)).await;
    assert_eq!(entered.status, StatusCode::OK, "{}", entered.text());
    assert_eq!(entered.json()["recovery_codes"].as_array().map(Vec::len), Some(10));
    let token = text(&entered, "access_token");
    assert_eq!(house.session_of(&token).await["acr"], "aal2");
    // Nor is another one set up in the place of the one that is there.
    let late = house.challenge(ADA).await;
    assert_eq!(outcome(&enrol(&late).await).1, "invalid_challenge");
    assert_eq!(outcome(&house.post("/auth/v1/login/factor", &body(&late)).await).1, "invalid_code");
    let list = house.own(Method::GET, "/auth/v1/factors", &token, &Value::Null).await.json();
    let path = format!("/auth/v1/factors/{}", list["factors"][0]["id"].as_str().unwrap());
    let kept = house.own(Method::DELETE, &path, &token, &Value::Null).await;
    assert_eq!(outcome(&kept), (StatusCode::CONFLICT, "factor_required".to_owned()));
}

/// Both at the same moment; one is let in.
async fn one_of(house: &House, bodies: [&Value; 2]) {
    let path = "/auth/v1/login/factor";
    let replies = tokio::join!(house.post(path, bodies[0]), house.post(path, bodies[1]));
    let let_in = [&replies.0, &replies.1].iter().filter(|reply| reply.status.is_success()).count();
    assert_eq!(let_in, 1, "{} {}", replies.0.text(), replies.1.text());
}

#[tokio::test]
async fn of_two_that_set_the_first_factor_up_at_once_one_does() {
    let house = House::with_passkeys("").await;
    let passkey = async || {
        let challenge = house.challenge(ADA).await;
        let asked = json!({ "challenge": challenge, "kind": "passkey" });
        let options = house.post("/auth/v1/login/enrol", &asked).await.json()["publicKey"].clone();
        json!({ "challenge": challenge, "registration": Authenticator::new(Key::ec()).create(&options) })
    };
    let ada = house.user_as(ADA, &["admin"]).await;
    one_of(&house, [&passkey().await, &passkey().await]).await;
    house
        .app
        .app()
        .factors()
        .reset(&house.app.app().users().show(ada.id.as_str()).await.unwrap(), "test")
        .await
        .unwrap();
    let challenge = house.challenge(ADA).await;
    let app = house.post("/auth/v1/login/enrol", &json!({ "challenge": challenge })).await;
    let code = crate::mfa::Phone::new(&text(&app, "secret")).code(&house, 0);
    one_of(&house, [&passkey().await, &json!({ "challenge": challenge, "code": code })]).await;
}

#[tokio::test]
async fn of_two_that_remove_the_last_two_factors_at_once_one_does() {
    let house = House::with_passkeys("").await;
    house.user_as(ADA, &["admin"]).await;
    let challenge = house.challenge(ADA).await;
    let asked = json!({ "challenge": challenge, "kind": "passkey" });
    let options = house.post("/auth/v1/login/enrol", &asked).await.json()["publicKey"].clone();
    let body = json!({ "challenge": challenge, "registration": Authenticator::new(Key::ec()).create(&options) });
    let token = text(&house.post("/auth/v1/login/factor", &body).await, "access_token");
    for _ in 0..3 {
        house.add(&token, &mut Authenticator::new(Key::ec())).await;
        let list = house.own(Method::GET, "/auth/v1/factors", &token, &Value::Null).await.json();
        let path = |index: usize| format!("/auth/v1/factors/{}", list["factors"][index]["id"].as_str().unwrap());
        let (one, two) = (path(0), path(1));
        let nothing = Value::Null;
        let statuses = tokio::join!(
            house.own(Method::DELETE, &one, &token, &nothing),
            house.own(Method::DELETE, &two, &token, &nothing)
        );
        let statuses = [statuses.0.status, statuses.1.status];
        assert!(statuses.contains(&StatusCode::OK) && statuses.contains(&StatusCode::CONFLICT), "{statuses:?}");
    }
}

#[tokio::test]
async fn a_role_can_ask_for_a_passkey_and_then_no_code_lets_anybody_in() {
    let house = House::with_passkeys("auth.mfa.passkey_required_for = ['owner', 'admin']\n").await;
    house.user_as(ADA, &["admin"]).await;
    let asked = house.enter(ADA).await;
    assert_eq!((&asked.json()["next"], &asked.json()["methods"]), (&json!("enrolment"), &json!(["passkey"])));
    let challenge = text(&asked, "challenge");
    let app = house.post("/auth/v1/login/enrol", &json!({ "challenge": challenge })).await;
    assert_eq!(app.status, StatusCode::BAD_REQUEST, "{}", app.text());
    let options = house.post("/auth/v1/login/enrol", &json!({ "challenge": challenge, "kind": "passkey" })).await;
    let mut authenticator = Authenticator::new(Key::ec());
    let registration = authenticator.create(&options.json()["publicKey"]);
    let body = json!({ "challenge": challenge, "registration": registration });
    let entered = house.post("/auth/v1/login/factor", &body).await;
    let codes = entered.json()["recovery_codes"].clone();
    let token = text(&entered, "access_token");
    // An authenticator app beside it is nothing that a phisher could ask for.
    let enrolment = house.own(Method::POST, "/auth/v1/factors/totp", &token, &json!({ "name": "phone" })).await;
    let phone = crate::mfa::Phone::new(&text(&enrolment, "secret"));
    let body = json!({ "factor": enrolment.json()["factor"], "code": phone.code(&house, 0) });
    let added = house.own(Method::POST, "/auth/v1/factors/totp/confirm", &token, &body).await;
    assert_eq!(added.status, StatusCode::OK, "{}", added.text());
    house.app.clock.pass(30);
    let asked = house.enter(ADA).await;
    assert_eq!(asked.json()["methods"], json!(["passkey"]));
    let challenge = text(&asked, "challenge");
    assert_eq!(outcome(&house.answer(&challenge, &phone.code(&house, 0)).await).1, "invalid_code");
    let body = json!({ "challenge": challenge, "recovery_code": codes[0] });
    assert_eq!(outcome(&house.post("/auth/v1/login/factor", &body).await).1, "invalid_code");
    let up = json!({ "password": PASSWORD, "code": phone.code(&house, 0) });
    assert_eq!(outcome(&house.own(Method::POST, "/auth/v1/step-up", &token, &up).await).1, "invalid_code");
    assert_eq!(house.second(&challenge, &mut authenticator).await.status, StatusCode::OK);
    assert_eq!(house.show_passkey(&mut authenticator).await.status, StatusCode::OK);
    // The last passkey stays, though there is another factor.
    let list = house.own(Method::GET, "/auth/v1/factors", &token, &Value::Null).await.json();
    let is_passkey = |one: &&Value| one["kind"] == "passkey";
    let own = list["factors"].as_array().unwrap().iter().find(is_passkey).unwrap();
    let path = format!("/auth/v1/factors/{}", own["id"].as_str().unwrap());
    assert_eq!(outcome(&house.own(Method::DELETE, &path, &token, &Value::Null).await).1, "factor_required");
}

#[tokio::test]
async fn who_has_an_app_when_the_role_begins_to_ask_for_a_passkey_has_time_to_add_one() {
    let more = "auth.mfa.enrolment_grace_s = 3600\n";
    let house = House::with_passkeys(more).await;
    house.user_as(ADA, &["admin"]).await;
    let challenge = house.challenge(ADA).await;
    let enrolment = house.post("/auth/v1/login/enrol", &json!({ "challenge": challenge })).await;
    let phone = crate::mfa::Phone::new(&text(&enrolment, "secret"));
    assert_eq!(house.answer(&challenge, &phone.code(&house, 0)).await.status, StatusCode::OK);
    house.app.clock.pass(7_200);
    let passed = 7_200;
    let letters = house.letters;
    let folder = letters.path().display();
    let own = format!(
        "auth.public_url = 'http://localhost:8080'\nmail.folder = '{folder}'\n{more}\
         auth.mfa.passkey_required_for = ['admin']\n"
    );
    let house = House { app: TestApp::on(house.app.stop().await, &own).await, letters };
    house.app.clock.pass(passed);
    let asked = house.enter(ADA).await;
    assert_eq!(
        (&asked.json()["next"], &asked.json()["methods"]),
        (&json!("factor"), &json!(["totp", "recovery_code"]))
    );
    let token = text(&house.answer(&text(&asked, "challenge"), &phone.code(&house, 0)).await, "access_token");
    house.app.clock.pass(3_600);
    assert_eq!(outcome(&house.enter(ADA).await), (StatusCode::FORBIDDEN, "enrolment_closed".to_owned()));
    house.app.clock.pass(-3_600);
    house.add(&token, &mut Authenticator::new(Key::ed())).await;
    house.app.clock.pass(3_600);
    assert_eq!(house.enter(ADA).await.json()["methods"], json!(["passkey"]));
}

#[tokio::test]
async fn a_browsers_question_counts_with_its_cookie_only_and_its_tokens_are_cookies() {
    let house = House::with_passkeys("").await;
    house.user(ADA).await;
    let mut authenticator = house.passkey(ADA).await;
    let ask = async || house.post("/auth/v1/login/passkey/options", &json!({})).await;
    let cookie = |reply: &Reply| reply.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let (asked, other) = (ask().await, ask().await);
    assert!(cookie(&asked).starts_with("__Host-portcullis-passkey="));
    for (wrong, delivery) in [("a=b".to_owned(), "cookies"), (cookie(&other), "cookies"), (cookie(&asked), "body")] {
        let body = json!({ "passkey": authenticator.get(&asked.json()["publicKey"]), "tokens": delivery });
        let reply = house.post_with("/auth/v1/login/passkey", &[("cookie", &wrong)], &body).await;
        assert_eq!(outcome(&reply), refused(), "{wrong} {delivery}");
    }
    let body = json!({ "passkey": authenticator.get(&asked.json()["publicKey"]) });
    let reply = house.post_with("/auth/v1/login/passkey", &[("cookie", &cookie(&asked))], &body).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert!(reply.json()["access_token"].is_null(), "page script sees none: {}", reply.text());
    let lines: Vec<_> = reply.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
    assert!(lines.iter().any(|line| line.starts_with("__Host-portcullis-passkey=;")), "{lines:?}");
    // Another site's page neither asks nor answers.
    for path in ["/auth/v1/login/passkey/options", "/auth/v1/login/passkey", "/auth/v1/login/factor/options"] {
        let reply = house.post_with(path, &[("origin", "https://evil.example")], &body).await;
        assert_eq!(outcome(&reply), (StatusCode::FORBIDDEN, "cross_site".to_owned()), "{path}");
        assert_eq!(house.plain(path, "{}").await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path}");
    }
}

#[tokio::test]
async fn v6_5_6_an_operator_lists_and_resets_passkeys() {
    let house = House::with_passkeys("").await;
    let ada = house.user(ADA).await;
    let mut authenticator = house.passkey(ADA).await;
    let run = |args: &[&str]| {
        let output = portcullis(&house.app, args, "");
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        said
    };
    let said = run(&["user", "factor", "list", ada.id.as_str()]);
    assert!(said.contains("my laptop") && said.contains("passkey") && said.contains("10 recovery codes"), "{said}");
    let listed: Value = serde_json::from_str(&run(&["user", "factor", "list", "--json", ada.id.as_str()])).unwrap();
    assert_eq!(listed["factors"][0]["backed_up"], false);
    run(&["user", "factor", "reset", ada.id.as_str()]);
    assert_eq!(outcome(&house.show_passkey(&mut authenticator).await), refused());
    assert!(house.enter(ADA).await.json()["access_token"].is_string());
}

#[tokio::test]
async fn pages_that_the_settings_name_may_use_passkeys_too_and_no_others() {
    let house = House::with_passkeys("auth.mfa.passkey_origins = ['http://localhost:3000']\n").await;
    house.user(ADA).await;
    let mut authenticator = house.passkey(ADA).await;
    for (origin, expected) in [
        ("http://localhost:3000", StatusCode::OK),
        ("http://localhost:8080", StatusCode::OK),
        ("http://localhost:3001", StatusCode::UNAUTHORIZED),
        ("http://localhost", StatusCode::UNAUTHORIZED),
    ] {
        authenticator.origin = origin.to_owned();
        assert_eq!(house.show_passkey(&mut authenticator).await.status, expected, "{origin}");
    }
}

#[tokio::test]
async fn without_a_host_name_passkeys_are_off_and_say_so() {
    // Its public address is 127.0.0.1, where no browser takes a passkey.
    let house = House::start("").await;
    house.user(ADA).await;
    let token = text(&house.enter(ADA).await, "access_token");
    let off = (StatusCode::NOT_FOUND, "passkeys_off".to_owned());
    assert_eq!(outcome(&house.post("/auth/v1/login/passkey/options", &json!({})).await), off);
    assert_eq!(outcome(&house.own(Method::POST, "/auth/v1/factors/passkey", &token, &json!({})).await), off);
    let none = Authenticator::new(Key::ed()).get(&json!({ "challenge": "AAAA" }));
    assert_eq!(outcome(&house.show(&none).await), off);
}

#[tokio::test]
async fn v6_4_3_a_recovered_password_does_not_go_past_a_passkey() {
    let house = House::with_passkeys("").await;
    house.user(ADA).await;
    let mut authenticator = house.passkey(ADA).await;
    house.forget_letters();
    house.post("/auth/v1/recovery", &json!({ "email": ADA })).await;
    let token = house.token(Purpose::Recovery, 1).await;
    let other = "granite pelican sonnet";
    house.post("/auth/v1/recovery/complete", &json!({ "token": token, "password": other })).await;
    assert_eq!(house.login(ADA, other).await.json()["next"], "factor");
    assert_eq!(house.show_passkey(&mut authenticator).await.status, StatusCode::OK);
}
