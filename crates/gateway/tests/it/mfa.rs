//! Second factors, attacked.

use http::{Method, StatusCode};
use portcullis::auth::user::{NewUser, Purpose, UserInfo};
use portcullis::clock::Clock as _;
use serde_json::{Value, json};

use crate::app::Reply;
use crate::session::portcullis;
use crate::user::{House, PASSWORD};

const ADA: &str = "ada@example.com";

/// An authenticator app, by another implementation than ours.
pub(crate) struct Phone(totp_rs::Totp);

impl Phone {
    pub(crate) fn new(secret: &str) -> Self {
        let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
        Self(totp_rs::Builder::new().with_secret(secret).build_noncompliant())
    }

    /// The code so many steps from now.
    pub(crate) fn code(&self, house: &House, steps: i64) -> String {
        let now = house.app.clock.now().as_second() + 30 * steps;
        self.0.generate(u64::try_from(now).unwrap()).to_string()
    }
}

impl House {
    /// Invites somebody in these roles, who accepts.
    pub(crate) async fn user_as(&self, email: &str, roles: &[&str]) -> UserInfo {
        let roles = roles.iter().map(ToString::to_string).collect();
        let new =
            NewUser { tenant: "default".into(), email: email.into(), name: "Ada".into(), roles, ..Default::default() };
        let user = self.app.app().users().invite(&new, "cli").await.unwrap();
        let token = self.token(Purpose::Invitation, 1).await;
        self.post("/auth/v1/invitation/accept", &json!({ "token": token, "password": PASSWORD })).await;
        self.forget_letters();
        user
    }

    /// Logs in as a program does.
    pub(crate) async fn enter(&self, email: &str) -> Reply {
        self.post("/auth/v1/login", &json!({ "email": email, "password": PASSWORD, "tokens": "body" })).await
    }

    pub(crate) async fn challenge(&self, email: &str) -> String {
        self.enter(email).await.json()["challenge"].as_str().expect("a challenge").to_owned()
    }

    pub(crate) async fn answer(&self, challenge: &str, code: &str) -> Reply {
        self.post("/auth/v1/login/factor", &json!({ "challenge": challenge, "code": code })).await
    }

    pub(crate) async fn own(&self, method: Method, path: &str, token: &str, body: &Value) -> Reply {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.app.send(method, &format!("{}{path}", self.app.base), Some(token), &[], body).await
    }

    /// Adds an authenticator app over a session that begins now; the next code is of a step later.
    pub(crate) async fn phone(&self, email: &str) -> (Phone, Vec<String>) {
        let token = text(&self.enter(email).await, "access_token");
        let enrolment = self.own(Method::POST, "/auth/v1/factors/totp", &token, &json!({ "name": "my phone" })).await;
        let phone = Phone::new(&text(&enrolment, "secret"));
        let body = json!({ "factor": enrolment.json()["factor"], "code": phone.code(self, 0) });
        let confirmed = self.own(Method::POST, "/auth/v1/factors/totp/confirm", &token, &body).await;
        assert_eq!(confirmed.status, StatusCode::OK, "{}", confirmed.text());
        let codes = confirmed.json()["recovery_codes"].as_array().unwrap().clone();
        self.app.clock.pass(30);
        (phone, codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect())
    }

    /// Logs in with both factors.
    pub(crate) async fn enter_with(&self, email: &str, phone: &Phone) -> Reply {
        let reply = self.answer(&self.challenge(email).await, &phone.code(self, 0)).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        self.app.clock.pass(30);
        reply
    }
}

pub(crate) fn text(reply: &Reply, field: &str) -> String {
    reply.json()[field].as_str().unwrap_or_else(|| panic!("no {field}: {}", reply.text())).to_owned()
}

pub(crate) fn outcome(reply: &Reply) -> (StatusCode, String) {
    (reply.status, reply.json()["error"]["code"].as_str().unwrap_or_default().to_owned())
}

fn refused(code: &str) -> (StatusCode, String) {
    (StatusCode::UNAUTHORIZED, code.to_owned())
}

#[tokio::test]
async fn v6_3_3_after_the_password_the_second_factor_is_asked_for_and_the_session_says_so() {
    let house = House::start("").await;
    let ada = house.user(ADA).await;
    let (phone, codes) = house.phone(ADA).await;
    assert_eq!(codes.len(), 10);
    let asked = house.login(ADA, PASSWORD).await;
    assert_eq!((asked.status, asked.json()["next"].as_str()), (StatusCode::OK, Some("factor")));
    assert!(!asked.text().contains("token") && !asked.text().contains(ada.id.as_str()), "{}", asked.text());
    let cookies: Vec<_> = asked.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
    assert!(matches!(cookies[..], [cookie] if cookie.starts_with("__Host-portcullis-factor=")), "{cookies:?}");
    let token = text(&house.enter_with(ADA, &phone).await, "access_token");
    let sessions = house.own(Method::GET, "/auth/v1/sessions", &token, &Value::Null).await.json();
    let own = sessions["sessions"].as_array().unwrap().iter().find(|one| one["id"] == sessions["current"]).unwrap();
    assert_eq!((&own["amr"], &own["acr"]), (&json!(["pwd", "otp"]), &json!("aal2")));
    let listed = house.own(Method::GET, "/auth/v1/factors", &token, &Value::Null).await.json();
    assert_eq!((&listed["factors"][0]["name"], &listed["recovery_codes_left"]), (&json!("my phone"), &json!(10)));
    let metrics = house.app.metrics().await;
    assert!(metrics.contains("portcullis_logins_total{outcome=\"factor_asked\"}"), "{metrics}");
}

#[tokio::test]
async fn v6_5_1_a_code_counts_once_and_none_before_it_counts_any_more() {
    let house = House::start("").await;
    house.user(ADA).await;
    let (phone, _) = house.phone(ADA).await;
    let code = phone.code(&house, 0);
    assert_eq!(house.answer(&house.challenge(ADA).await, &code).await.status, StatusCode::OK);
    let challenge = house.challenge(ADA).await;
    for old in [code, phone.code(&house, -1)] {
        assert_eq!(outcome(&house.answer(&challenge, &old).await), refused("invalid_code"));
    }
    assert_eq!(house.answer(&challenge, &phone.code(&house, 1)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn v6_5_5_v6_5_8_clocks_may_differ_by_a_step_and_no_more() {
    let house = House::start("").await;
    house.user(ADA).await;
    let (phone, _) = house.phone(ADA).await;
    house.app.clock.pass(300);
    let challenge = house.challenge(ADA).await;
    for steps in [-2, 2, 3] {
        assert_eq!(outcome(&house.answer(&challenge, &phone.code(&house, steps)).await), refused("invalid_code"));
    }
    assert_eq!(house.answer(&challenge, &phone.code(&house, -1)).await.status, StatusCode::OK);
    assert_eq!(house.answer(&house.challenge(ADA).await, &phone.code(&house, 1)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn v6_5_5_without_drift_a_code_is_good_for_its_own_thirty_seconds_only() {
    let house = House::start("[auth.mfa]\ntotp_drift_steps = 0\n").await;
    house.user(ADA).await;
    let (phone, _) = house.phone(ADA).await;
    house.app.clock.pass(300);
    let challenge = house.challenge(ADA).await;
    for steps in [-1, 1] {
        assert_eq!(outcome(&house.answer(&challenge, &phone.code(&house, steps)).await), refused("invalid_code"));
    }
    assert_eq!(house.answer(&challenge, &phone.code(&house, 0)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn v6_3_3_where_all_roles_ask_for_a_factor_nobody_comes_in_with_a_password_alone() {
    let roles = portcullis::auth::user::ROLES;
    let house = House::start(&format!("[auth.mfa]\nrequired_roles = {roles:?}\n")).await;
    // Those of whom it is asked by default have a test of their own.
    for role in ["analyst", "reviewer", "developer", "app", "user"] {
        let email = format!("{role}@example.com");
        house.user_as(&email, &[role]).await;
        let asked = house.enter(&email).await;
        assert_eq!(asked.json()["next"], "enrolment", "{role}: {}", asked.text());
        assert!(asked.json()["access_token"].is_null(), "{role}");
    }
    assert!(house.app.app().tokens.list(None).await.unwrap().is_empty());
}

#[tokio::test]
async fn v6_6_3_after_five_tries_a_challenge_is_dead_and_the_owner_is_not_locked_out() {
    let house = House::start("").await;
    house.user(ADA).await;
    let (phone, _) = house.phone(ADA).await;
    let challenge = house.challenge(ADA).await;
    for _ in 0..5 {
        assert_eq!(outcome(&house.answer(&challenge, "000000").await), refused("invalid_code"));
    }
    let dead = house.answer(&challenge, &phone.code(&house, 0)).await;
    assert_eq!(outcome(&dead), refused("invalid_challenge"));
    house.enter_with(ADA, &phone).await;
    assert_eq!(house.app.entries("factor.refused").await.len(), 5);
    for _ in 0..100 {
        if house.letters().iter().any(|letter| letter.contains("Somebody knows your password")) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the owner was not told: {:?}", house.letters());
}

#[tokio::test]
async fn v6_3_1_guessing_with_one_challenge_after_the_other_has_to_wait_but_a_known_browser_does_not() {
    let house = House::start("").await;
    house.user(ADA).await;
    let (phone, _) = house.phone(ADA).await;
    let known = house.answer(&house.challenge(ADA).await, &phone.code(&house, 0)).await;
    house.app.clock.pass(30);
    house.app.clock.stop();
    let cookie = known.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-device="));
    let mut last = (StatusCode::OK, String::new());
    for _ in 0..6 {
        let challenge = house.challenge(ADA).await;
        for _ in 0..5 {
            last = outcome(&house.answer(&challenge, "000000").await);
        }
    }
    assert_eq!(last, (StatusCode::TOO_MANY_REQUESTS, "too_many_attempts".to_owned()));
    let body = json!({ "challenge": house.challenge(ADA).await, "code": phone.code(&house, 0) });
    assert_eq!(house.post("/auth/v1/login/factor", &body).await.status, StatusCode::TOO_MANY_REQUESTS);
    let reply = house.post_with("/auth/v1/login/factor", &[("cookie", &cookie)], &body).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
}

#[tokio::test]
async fn v6_6_2_a_challenge_is_for_one_person_one_browser_one_time() {
    let house = House::start("").await;
    house.user(ADA).await;
    house.user("eve@example.com").await;
    let (phone, _) = house.phone(ADA).await;
    let (eves, _) = house.phone("eve@example.com").await;
    // Eve's code does not answer Ada's challenge.
    let challenge = house.challenge(ADA).await;
    assert_eq!(outcome(&house.answer(&challenge, &eves.code(&house, 0)).await), refused("invalid_code"));
    // A challenge that was answered is over.
    assert_eq!(house.answer(&challenge, &phone.code(&house, 0)).await.status, StatusCode::OK);
    house.app.clock.pass(30);
    assert_eq!(outcome(&house.answer(&challenge, &phone.code(&house, 0)).await), refused("invalid_challenge"));
    // One that was planted in another browser, or seen there, is worth nothing, with or without that browser's own cookie.
    let asked = house.login(ADA, PASSWORD).await;
    let other = house.login("eve@example.com", PASSWORD).await;
    let cookie = |reply: &Reply| reply.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let body = json!({ "challenge": text(&asked, "challenge"), "code": phone.code(&house, 0) });
    let post = async |cookie: &str| house.post_with("/auth/v1/login/factor", &[("cookie", cookie)], &body).await;
    for wrong in ["a=b", "__Host-portcullis-factor=", &cookie(&other)] {
        assert_eq!(outcome(&post(wrong).await), refused("invalid_challenge"), "{wrong}");
    }
    let reply = post(&cookie(&asked)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert!(reply.headers.get_all("set-cookie").iter().any(|line| line.to_str().unwrap().contains("factor=;")));
    assert!(reply.json()["access_token"].is_null(), "a browser has its tokens as cookies");
    // And after five minutes it is over too.
    let challenge = house.challenge(ADA).await;
    house.app.clock.pass(300);
    assert_eq!(outcome(&house.answer(&challenge, &phone.code(&house, 0)).await), refused("invalid_challenge"));
}

#[tokio::test]
async fn v6_5_1_of_two_that_bring_one_code_at_once_one_is_let_in() {
    let house = House::start("").await;
    house.user(ADA).await;
    let (phone, codes) = house.phone(ADA).await;
    let by_other = async |challenge: &str, other: &str| {
        let body = json!({ "challenge": challenge, "recovery_code": other });
        house.post("/auth/v1/login/factor", &body).await.status
    };
    for pair in codes.chunks(2).take(3) {
        let (one, two) = (house.challenge(ADA).await, house.challenge(ADA).await);
        let code = phone.code(&house, 0);
        let recovery = &pair[0];
        let by = async |challenge: &str| {
            let body = json!({ "challenge": challenge, "recovery_code": recovery });
            house.post("/auth/v1/login/factor", &body).await.status
        };
        let statuses = tokio::join!(house.answer(&one, &code), house.answer(&two, &code));
        let let_in = [statuses.0.status, statuses.1.status].iter().filter(|status| status.is_success()).count();
        assert_eq!(let_in, 1, "{statuses:?}");
        let (one, two) = (house.challenge(ADA).await, house.challenge(ADA).await);
        let statuses = tokio::join!(by(&one), by(&two));
        assert_eq!([statuses.0, statuses.1].iter().filter(|status| status.is_success()).count(), 1, "{statuses:?}");
        // Nor does one challenge let two in, whatever they bring.
        let one = house.challenge(ADA).await;
        let code = phone.code(&house, 1);
        let statuses = tokio::join!(house.answer(&one, &code), by_other(&one, &pair[1]));
        let let_in = [statuses.0.status, statuses.1].iter().filter(|status| status.is_success()).count();
        assert_eq!(let_in, 1, "{statuses:?}");
        house.app.clock.pass(300);
    }
}

#[tokio::test]
async fn v6_5_1_a_recovery_code_counts_once_and_its_owner_is_told() {
    let house = House::start("").await;
    house.user(ADA).await;
    let (_, codes) = house.phone(ADA).await;
    let by = async |code: &str| {
        let body = json!({ "challenge": house.challenge(ADA).await, "recovery_code": code });
        house.post("/auth/v1/login/factor", &body).await
    };
    let first = by(&codes[0].to_uppercase()).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text());
    assert_eq!(outcome(&by(&codes[0]).await), refused("invalid_code"));
    let used = house.app.entries("recovery_code.used").await;
    assert_eq!((used.len(), &used[0]["detail"]["left"]), (1, &json!(9)));
    // New ones end the old ones.
    let token = text(&first, "access_token");
    let renewed = house.own(Method::POST, "/auth/v1/factors/recovery-codes", &token, &json!({})).await;
    assert_eq!(renewed.json()["recovery_codes"].as_array().map(Vec::len), Some(10), "{}", renewed.text());
    assert_eq!(outcome(&by(&codes[1]).await), refused("invalid_code"));
    let all = json!(house.app.audit().await).to_string();
    assert!(codes.iter().all(|code| !all.contains(code.as_str())), "no code is in the log");
}

#[tokio::test]
async fn v6_3_4_a_role_that_asks_for_a_factor_is_not_let_in_without_one() {
    let house = House::start("").await;
    let user = house.user_as(ADA, &["admin"]).await;
    let asked = house.enter(ADA).await;
    assert_eq!(asked.json()["next"], "enrolment", "{}", asked.text());
    assert!(asked.json()["access_token"].is_null() && house.app.app().tokens.list(None).await.unwrap().is_empty());
    let challenge = text(&asked, "challenge");
    assert_eq!(outcome(&house.answer(&challenge, "000000").await), refused("invalid_code"), "nothing is set up yet");
    let enrolment = house.post("/auth/v1/login/enrol", &json!({ "challenge": challenge })).await;
    assert!(text(&enrolment, "uri").starts_with("otpauth://totp/"), "{}", enrolment.text());
    let phone = Phone::new(&text(&enrolment, "secret"));
    let entered = house.answer(&challenge, &phone.code(&house, 0)).await;
    assert_eq!(entered.json()["recovery_codes"].as_array().map(Vec::len), Some(10), "{}", entered.text());
    let token = text(&entered, "access_token");
    house.app.clock.pass(30);
    // A challenge of this kind cannot be used to put another factor in the place of the one that is there.
    let again = house.challenge(ADA).await;
    assert_eq!(
        outcome(&house.post("/auth/v1/login/enrol", &json!({ "challenge": again })).await).1,
        "invalid_challenge"
    );
    // Nor can the last one be removed.
    let path = format!("/auth/v1/factors/{}", text(&enrolment, "factor"));
    let kept = house.own(Method::DELETE, &path, &token, &Value::Null).await;
    assert_eq!(outcome(&kept), (StatusCode::CONFLICT, "factor_required".to_owned()));
    // Who has lost it is helped by an operator, and sets another one up.
    let factors = house.app.app().factors();
    factors.reset(&house.app.app().users().show(user.id.as_str()).await.unwrap(), "cli").await.unwrap();
    assert_eq!(house.app.models(&token).await.status, StatusCode::UNAUTHORIZED, "all sessions end");
    assert_eq!(house.enter(ADA).await.json()["next"], "enrolment");
    assert_eq!(house.app.entries("factor.reset").await[0]["actor"], "cli");
}

#[tokio::test]
async fn v6_4_4_v6_5_6_an_operator_lists_and_resets_factors_and_it_is_recorded() {
    let house = House::start("").await;
    let user = house.user(ADA).await;
    let (phone, _) = house.phone(ADA).await;
    let token = text(&house.enter_with(ADA, &phone).await, "access_token");
    let run = |verb: &str| {
        let output = portcullis(&house.app, &["user", "factor", verb, user.id.as_str()], "");
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        said
    };
    let said = run("list");
    assert!(said.contains("my phone") && said.contains("10 recovery codes"), "{said}");
    run("reset");
    house.app.app().tokens.poll().await.unwrap();
    assert_eq!(house.app.models(&token).await.status, StatusCode::UNAUTHORIZED);
    assert!(run("list").contains("0 recovery codes"));
    let entries = house.app.entries("factor.reset").await;
    assert_eq!((entries.len(), &entries[0]["actor"]), (1, &json!("cli")));
}

#[tokio::test]
async fn v6_3_4_the_time_to_set_the_first_factor_up_ends() {
    let house = House::start("auth.mfa.enrolment_grace_s = 3600\n").await;
    house.user_as(ADA, &["auditor"]).await;
    let challenge = house.challenge(ADA).await;
    house.app.clock.pass(3_600);
    assert_eq!(outcome(&house.enter(ADA).await), (StatusCode::FORBIDDEN, "enrolment_closed".to_owned()));
    assert_eq!(outcome(&house.answer(&challenge, "000000").await), refused("invalid_challenge"));
}

#[tokio::test]
async fn v6_4_3_a_recovered_password_does_not_go_past_the_second_factor() {
    let house = House::start("").await;
    house.user(ADA).await;
    let (phone, _) = house.phone(ADA).await;
    let before = house.challenge(ADA).await;
    house.forget_letters();
    house.post("/auth/v1/recovery", &json!({ "email": ADA })).await;
    let token = house.token(Purpose::Recovery, 1).await;
    let other = "granite pelican sonnet";
    let reply = house.post("/auth/v1/recovery/complete", &json!({ "token": token, "password": other })).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert!(reply.headers.get("set-cookie").is_none() && !reply.text().contains("challenge"));
    assert_eq!(house.login(ADA, other).await.json()["next"], "factor");
    let late = house.answer(&before, &phone.code(&house, 0)).await;
    assert_eq!(outcome(&late), refused("invalid_challenge"), "a challenge of the old password");
}

#[tokio::test]
async fn v6_3_8_a_wrong_password_does_not_tell_who_has_a_factor() {
    let house = House::start("").await;
    house.user(ADA).await;
    house.user("eve@example.com").await;
    house.user_as("root@example.com", &["admin"]).await;
    house.phone(ADA).await;
    let mut answers = Vec::new();
    for email in [ADA, "eve@example.com", "root@example.com", "nobody@example.com"] {
        let reply = house.login(email, "not the right one").await;
        let message = reply.text().split("(request id").next().unwrap_or_default().to_owned();
        answers.push((outcome(&reply), message, reply.headers.len()));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}
