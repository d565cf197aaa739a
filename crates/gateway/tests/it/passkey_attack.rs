//! Passkeys, attacked: each check of WebAuthn (Level 3, 7.1 and 7.2) by an authenticator that lies.

use http::{Method, StatusCode};
use portcullis::store;
use serde_json::{Value, json};

use crate::app::Reply;
use crate::authenticator::{
    Authenticator, BACKED_UP, BACKUP_ELIGIBLE, Key, PRESENT, VERIFIED, cbor_bytes, cbor_int, cbor_map, cbor_text,
    decode, encode,
};
use crate::mfa::{outcome, text};
use crate::passkey::refused;
use crate::user::{House, PASSWORD};

const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.com";

/// A lie, and the check that finds it.
type Lie = (&'static str, fn(&mut Authenticator));

/// What is wrong with both ceremonies.
const LIES: &[Lie] = &[
    ("origin", |own| own.origin = "http://localhost:8081".into()),
    ("origin", |own| own.origin = "https://localhost:8080".into()),
    ("origin", |own| own.origin = "http://localhost.evil.example".into()),
    ("origin", |own| own.origin = "http://LOCALHOST:8080".into()),
    ("origin", |own| own.origin = "http://localhost:8080/".into()),
    ("origin", |own| own.origin = "android:apk-key-hash:AAAA".into()),
    ("cross_origin", |own| own.client = json!({ "crossOrigin": true })),
    ("cross_origin", |own| own.client = json!({ "topOrigin": "https://evil.example" })),
    ("malformed", |own| own.client = json!({ "crossOrigin": "false" })),
    ("malformed", |own| own.client = json!({ "challenge": 7 })),
    ("type", |own| own.kind = Some("payment.get")),
    ("relying_party", |own| own.rp_id = "evil.example".into()),
    ("relying_party", |own| own.rp_id = String::new()),
    ("user_presence", |own| own.flags = VERIFIED),
    ("user_verification", |own| own.flags = PRESENT),
    ("backup_flags", |own| own.flags = PRESENT | VERIFIED | BACKED_UP),
    ("challenge", |own| own.challenge = Some("AAAA".into())),
    ("challenge", |own| own.challenge = Some(encode(&[0; 56]))),
    ("challenge", |own| own.challenge = Some(String::new())),
];

fn not_added() -> (StatusCode, String) {
    (StatusCode::BAD_REQUEST, "passkey_refused".to_owned())
}

fn with(mut response: Value, name: &str, value: Value) -> Value {
    response["response"][name] = value;
    response
}

#[tokio::test]
async fn webauthn_7_1_a_lie_adds_no_passkey() {
    let house = House::with_passkeys("").await;
    house.user(ADA).await;
    let token = text(&house.enter(ADA).await, "access_token");
    let more: &[Lie] = &[("type", |own| own.kind = Some("webauthn.get"))];
    for (reason, lie) in LIES.iter().chain(more) {
        let mut authenticator = Authenticator::new(Key::ec());
        lie(&mut authenticator);
        let registration = authenticator.create(&house.creation(&token).await);
        assert_eq!(outcome(&house.confirm(&token, &registration).await), not_added(), "{reason}");
    }
    let list = house.own(Method::GET, "/auth/v1/factors", &token, &Value::Null).await.json();
    assert_eq!((&list["factors"], &list["recovery_codes_left"]), (&json!([]), &json!(0)));
    assert!(house.app.entries("factor.added").await.is_empty());
}

#[tokio::test]
async fn webauthn_7_2_a_lie_lets_nobody_in_and_only_the_log_says_why() {
    let house = House::with_passkeys("").await;
    house.user(ADA).await;
    let mut authenticator = house.passkey(ADA).await;
    let more: &[Lie] = &[
        ("type", |own| own.kind = Some("webauthn.create")),
        ("backup_flags", |own| own.flags = PRESENT | VERIFIED | BACKUP_ELIGIBLE),
        ("owner", |own| own.handle = None),
        ("owner", |own| own.handle = Some(vec![])),
        ("owner", |own| own.handle = Some(vec![7; 32])),
        ("credential", |own| own.id = vec![7; 32]),
        ("signature", |own| own.key = Key::ec().into()),
        ("signature", |own| own.key = Key::ed().into()),
    ];
    let (mut messages, mut expected) = (Vec::new(), Vec::new());
    for (reason, lie) in LIES.iter().chain(more) {
        let mut liar = authenticator.clone();
        lie(&mut liar);
        let reply = house.show_passkey(&mut liar).await;
        assert_eq!(outcome(&reply), refused(), "{reason}");
        messages.push(reply.text().split("(request id").next().unwrap_or_default().to_owned());
        expected.push((*reason).to_owned());
        house.app.clock.pass(300);
    }
    assert!(messages.windows(2).all(|pair| pair[0] == pair[1]), "{messages:?}");
    assert_eq!(house.reasons().await, expected);
    assert_eq!(house.show_passkey(&mut authenticator).await.status, StatusCode::OK);
}

#[tokio::test]
async fn webauthn_7_2_a_forged_or_moved_signature_is_refused() {
    let house = House::with_passkeys("").await;
    house.user(ADA).await;
    let mut authenticator = house.passkey(ADA).await;
    let signed = authenticator.get(&house.question().await);
    // What was signed for one question does not answer the next one.
    let mut moved = authenticator.get(&house.question().await);
    moved["response"]["signature"] = signed["response"]["signature"].clone();
    assert_eq!(outcome(&house.show(&moved).await), refused());
    let mut signature = decode(&signed["response"]["signature"]);
    *signature.last_mut().unwrap() ^= 1;
    assert_eq!(outcome(&house.show(&with(signed, "signature", json!(encode(&signature)))).await), refused());
    // The counter is signed too.
    let higher = authenticator.get(&house.question().await);
    let mut data = decode(&higher["response"]["authenticatorData"]);
    data[36] ^= 0x40;
    assert_eq!(outcome(&house.show(&with(higher, "authenticatorData", json!(encode(&data)))).await), refused());
    let empty = with(authenticator.get(&house.question().await), "signature", json!(""));
    assert_eq!(outcome(&house.show(&empty).await), refused());
    assert_eq!(house.reasons().await, vec!["signature"; 4]);
    assert_eq!(house.show_passkey(&mut authenticator).await.status, StatusCode::OK);
}

#[tokio::test]
async fn v6_5_1_a_challenge_counts_once_in_its_time_and_place() {
    let house = House::with_passkeys("").await;
    house.user(ADA).await;
    let mut authenticator = house.passkey(ADA).await;
    // Replayed.
    let question = house.question().await;
    let assertion = authenticator.get(&question);
    assert_eq!(house.show(&assertion).await.status, StatusCode::OK);
    assert_eq!(outcome(&house.show(&assertion).await), refused());
    assert_eq!(outcome(&house.show(&authenticator.get(&question)).await), refused(), "nor signed anew");
    // Of two at once, one is let in.
    let assertion = authenticator.get(&house.question().await);
    let both = tokio::join!(house.show(&assertion), house.show(&assertion));
    assert_eq!([&both.0, &both.1].iter().filter(|reply| reply.status.is_success()).count(), 1);
    // Too late.
    let question = house.question().await;
    house.app.clock.pass(300);
    assert_eq!(outcome(&house.show(&authenticator.get(&question)).await), refused());
    // A question of a second factor does not log in by itself, nor the other way round.
    let challenge = house.challenge(ADA).await;
    let options = house.post("/auth/v1/login/factor/options", &json!({ "challenge": challenge })).await;
    let assertion = authenticator.get(&options.json()["publicKey"]);
    assert_eq!(outcome(&house.show(&assertion).await), refused());
    let assertion = authenticator.get(&house.question().await);
    let body = json!({ "challenge": challenge, "passkey": assertion });
    assert_eq!(outcome(&house.post("/auth/v1/login/factor", &body).await), refused());
    // One login's question does not answer another login's challenge.
    let other = house.challenge(ADA).await;
    let options = house.post("/auth/v1/login/factor/options", &json!({ "challenge": other })).await;
    let body = json!({ "challenge": challenge, "passkey": authenticator.get(&options.json()["publicKey"]) });
    assert_eq!(outcome(&house.post("/auth/v1/login/factor", &body).await), refused());
    assert!(house.reasons().await.iter().all(|reason| reason == "challenge"), "{:?}", house.reasons().await);
    assert_eq!(house.second(&challenge, &mut authenticator).await.status, StatusCode::OK, "which is still good");
}

#[tokio::test]
async fn a_registration_is_for_its_session_and_counts_once() {
    let house = House::with_passkeys("").await;
    house.user(ADA).await;
    house.user(EVE).await;
    let (here, there) = (text(&house.enter(ADA).await, "access_token"), text(&house.enter(ADA).await, "access_token"));
    let eves = text(&house.enter(EVE).await, "access_token");
    let options = house.creation(&here).await;
    for other in [&there, &eves] {
        let registration = Authenticator::new(Key::ec()).create(&options);
        assert_eq!(outcome(&house.confirm(other, &registration).await), not_added());
    }
    let registration = Authenticator::new(Key::ec()).create(&options);
    assert_eq!(house.confirm(&here, &registration).await.status, StatusCode::OK);
    assert_eq!(outcome(&house.confirm(&here, &registration).await).1, "insufficient_user_authentication");
    let late = house.creation(&eves).await;
    house.app.clock.pass(300);
    assert_eq!(outcome(&house.confirm(&eves, &Authenticator::new(Key::ec()).create(&late)).await), not_added());
    // A question of a login adds nothing.
    let mut authenticator = Authenticator::new(Key::ec());
    authenticator.challenge = house.question().await["challenge"].as_str().map(str::to_owned);
    let registration = authenticator.create(&house.creation(&eves).await);
    assert_eq!(outcome(&house.confirm(&eves, &registration).await), not_added());
}

#[tokio::test]
async fn webauthn_7_1_an_id_is_taken_once_in_the_whole_installation() {
    let house = House::with_passkeys("").await;
    house.user(ADA).await;
    house.user(EVE).await;
    let mut adas = house.passkey(ADA).await;
    let eves = text(&house.enter(EVE).await, "access_token");
    let mut thief = Authenticator::new(Key::ec());
    thief.id = adas.id.clone();
    let registration = thief.create(&house.creation(&eves).await);
    assert_eq!(outcome(&house.confirm(&eves, &registration).await), not_added());
    assert_eq!(house.show_passkey(&mut adas).await.status, StatusCode::OK, "and stays its owner's");
    // Nor does Eve's own passkey, named as Ada's, log in as Ada, or answer Ada's challenge.
    let mut own = Authenticator::new(Key::ec());
    house.add(&eves, &mut own).await;
    let challenge = house.challenge(ADA).await;
    for handle in [own.handle.clone(), None, adas.handle.clone()] {
        own.handle = handle;
        assert_eq!(outcome(&house.second(&challenge, &mut own).await), refused());
    }
    assert_eq!(outcome(&house.show_passkey(&mut own).await), refused());
    assert_eq!(house.reasons().await, vec!["owner"; 4]);
    // And no step-up in Eve's session is Ada's.
    let asked = house.own(Method::POST, "/auth/v1/step-up/options", &eves, &json!({})).await.json();
    let body = json!({ "passkey": adas.get(&asked["publicKey"]) });
    assert_eq!(outcome(&house.own(Method::POST, "/auth/v1/step-up", &eves, &body).await), refused());
    assert_eq!(house.app.entries("factor.refused").await.len(), 3, "no password was given here");
}

#[tokio::test]
async fn webauthn_6_1_1_a_count_that_does_not_rise_is_a_copy_and_its_owner_is_told() {
    let house = House::with_passkeys("").await;
    let ada = house.user(ADA).await;
    let mut authenticator = house.passkey(ADA).await;
    assert_eq!(house.show_passkey(&mut authenticator).await.status, StatusCode::OK);
    let last = authenticator.counter - 1;
    for counter in [last, last - 1, 0] {
        authenticator.counter = counter;
        assert_eq!(outcome(&house.show_passkey(&mut authenticator).await), refused(), "{counter}");
    }
    assert_eq!(house.reasons().await, vec!["counter"; 3]);
    let copied = house.app.entries("passkey.copied").await;
    assert_eq!((copied.len(), &copied[0]["detail"]["user_id"]), (3, &json!(ada.id)));
    // The same as a second factor.
    authenticator.counter = last;
    let challenge = house.challenge(ADA).await;
    assert_eq!(outcome(&house.second(&challenge, &mut authenticator).await), refused());
    authenticator.counter = last + 1;
    assert_eq!(house.show_passkey(&mut authenticator).await.status, StatusCode::OK, "the true one goes on");
    for _ in 0..200 {
        if house.letters().iter().any(|letter| letter.contains("A passkey may have been copied")) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the owner was not told: {:?}", house.letters());
}

#[tokio::test]
async fn who_is_kept_out_is_kept_out_with_a_passkey_too() {
    let house = House::with_passkeys("").await;
    let ada = house.user(ADA).await;
    let mut authenticator = house.passkey(ADA).await;
    let question = house.question().await;
    house.app.app().users().deactivate(ada.id.as_str(), "cli").await.unwrap();
    assert_eq!(outcome(&house.show(&authenticator.get(&question)).await), refused());
    assert_eq!(house.reasons().await, ["inactive"]);
    house.app.app().users().reactivate(ada.id.as_str(), "cli").await.unwrap();
    assert_eq!(house.show_passkey(&mut authenticator).await.status, StatusCode::OK);
}

#[tokio::test]
async fn webauthn_7_1_a_key_of_another_algorithm_or_none_at_all_is_refused() {
    let house = House::with_passkeys("").await;
    house.user(ADA).await;
    let token = text(&house.enter(ADA).await, "access_token");
    let entry = |label: i64, value: Vec<u8>| (cbor_int(label), value);
    let p256 = |x: &[u8], y: &[u8], algorithm: i64| {
        cbor_map(&[
            entry(1, cbor_int(2)),
            entry(3, cbor_int(algorithm)),
            entry(-1, cbor_int(1)),
            entry(-2, cbor_bytes(x)),
            entry(-3, cbor_bytes(y)),
        ])
    };
    let good = Key::ec().cose();
    let (x, y) = (good[good.len() - 67..good.len() - 35].to_vec(), good[good.len() - 32..].to_vec());
    assert_eq!(p256(&x, &y, -7), good);
    let keys = [
        // ES384, ES256K, a MAC, and P-256 that says it is Ed25519.
        p256(&x, &y, -35),
        p256(&x, &y, -47),
        p256(&x, &y, 5),
        p256(&x, &y, -8),
        // Not on the curve, and at infinity.
        p256(&x, &[1; 32], -7),
        p256(&[0; 32], &[0; 32], -7),
        // Too short, too long.
        p256(&x[1..], &y, -7),
        p256(&[&x[..], &[0]].concat(), &y, -7),
        // Ed25519 with another curve; RSA that is too small, and with the exponent 1.
        cbor_map(&[entry(1, cbor_int(1)), entry(3, cbor_int(-8)), entry(-1, cbor_int(7)), entry(-2, cbor_bytes(&x))]),
        cbor_map(&[
            entry(1, cbor_int(3)),
            entry(3, cbor_int(-257)),
            entry(-1, cbor_bytes(&[255; 128])),
            entry(-2, cbor_bytes(&[1, 0, 1])),
        ]),
        cbor_map(&[
            entry(1, cbor_int(3)),
            entry(3, cbor_int(-257)),
            entry(-1, cbor_bytes(&[255; 256])),
            entry(-2, cbor_bytes(&[1])),
        ]),
        // A label twice, a map that is cut off, one without end, and no map.
        cbor_map(&[entry(1, cbor_int(2)), entry(1, cbor_int(2)), entry(3, cbor_int(-7))]),
        good[..good.len() - 1].to_vec(),
        [&[0xbf][..], &good[1..], &[0xff]].concat(),
        vec![0xa5],
        cbor_int(7),
        cbor_map(&[]),
        Vec::new(),
        // Something after it.
        [&good[..], &[0]].concat(),
    ];
    for (number, key) in keys.iter().enumerate() {
        let registration = Authenticator::new(Key::ec()).create_with(&house.creation(&token).await, key);
        assert_eq!(outcome(&house.confirm(&token, &registration).await), not_added(), "{number}");
    }
}

#[tokio::test]
async fn what_is_not_whole_or_not_canonical_is_refused() {
    let house = House::with_passkeys("").await;
    house.user(ADA).await;
    let token = text(&house.enter(ADA).await, "access_token");
    let object = |data: &[u8]| {
        cbor_map(&[
            (cbor_text("fmt"), cbor_text("none")),
            (cbor_text("attStmt"), cbor_map(&[])),
            (cbor_text("authData"), cbor_bytes(data)),
        ])
    };
    let mut authenticator = Authenticator::new(Key::ec());
    let data = authenticator.attested_data(&authenticator.key.cose());
    let whole = object(&data);
    let mut extended = data.clone();
    extended[32] |= 0x80;
    let objects = [
        [&whole[..], &[0]].concat(),
        whole[..whole.len() - 1].to_vec(),
        object(&[&data[..], &[0]].concat()),
        object(&data[..data.len() - 1]),
        object(&data[..54]),
        object(&data[..37]),
        object(&[]),
        // The flag of extensions without any, and with something that is no map.
        object(&extended),
        object(&[&extended[..], &[0x00]].concat()),
        cbor_map(&[(cbor_text("fmt"), cbor_text("none")), (cbor_text("authData"), cbor_bytes(&data))]),
        cbor_map(&[(cbor_text("fmt"), cbor_text("none")), (cbor_text("fmt"), cbor_text("none"))]),
        Vec::new(),
        vec![0xbf, 0xff],
        vec![0xff; 64],
    ];
    for (number, object) in objects.iter().enumerate() {
        let registration = authenticator.created(&house.creation(&token).await, object);
        assert_eq!(outcome(&house.confirm(&token, &registration).await), not_added(), "{number}");
    }
    // The id beside the credential is that of the credential.
    let mut other = authenticator.created(&house.creation(&token).await, &whole);
    (other["id"], other["rawId"]) = (json!(encode(&[9; 32])), json!(encode(&[9; 32])));
    assert_eq!(outcome(&house.confirm(&token, &other).await), not_added());
    // An authenticator that signs extensions is fine.
    let options = house.creation(&token).await;
    let extension = cbor_map(&[(cbor_text("credProtect"), cbor_int(2))]);
    let extended = object(&[&extended[..], &extension].concat());
    let mut registration = authenticator.created(&options, &extended);
    registration["id"] = json!("=");
    let reply = house.confirm(&token, &registration).await;
    assert_eq!(outcome(&reply).1, "invalid_body", "{}", reply.text());
    let reply = house.confirm(&token, &authenticator.created(&options, &extended)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
}

#[tokio::test]
async fn each_field_has_its_form_and_its_limit() {
    let house = House::with_passkeys("").await;
    house.user(ADA).await;
    let mut authenticator = house.passkey(ADA).await;
    let good = authenticator.get(&house.question().await);
    let is_bad = |reply: &Reply| outcome(reply) == (StatusCode::BAD_REQUEST, "invalid_body".to_owned());
    for (name, bytes) in
        [("clientDataJSON", 4_097), ("authenticatorData", 2_049), ("signature", 1_025), ("userHandle", 65)]
    {
        let large = with(good.clone(), name, json!(encode(&vec![0; bytes])));
        assert!(is_bad(&house.show(&large).await), "{name}");
        for wrong in [json!(7), json!("a b"), json!("AA=="), json!("+/+/"), json!("A")] {
            assert!(is_bad(&house.show(&with(good.clone(), name, wrong.clone())).await), "{name} {wrong}");
        }
    }
    let mut large = good.clone();
    (large["id"], large["rawId"]) = (json!(encode(&[0; 1_024])), json!(encode(&[0; 1_024])));
    assert!(is_bad(&house.show(&large).await));
    // Its last character has bits that mean nothing; only one way of writing it is taken.
    let mut twisted = good.clone();
    let id = encode(&authenticator.id);
    let last = id.chars().last().unwrap();
    let next = char::from_u32(u32::from(last) + 1).unwrap();
    twisted["id"] = json!(format!("{}{next}", &id[..id.len() - 1]));
    assert!(is_bad(&house.show(&twisted).await), "{id}");
    let mut twice = good.clone();
    twice["rawId"] = json!(encode(&[1; 32]));
    assert_eq!(outcome(&house.show(&twice).await), refused());
    for (name, value) in [("type", json!("password")), ("response", json!([])), ("id", Value::Null)] {
        let mut wrong = good.clone();
        wrong[name] = value;
        assert!(is_bad(&house.show(&wrong).await), "{name}");
    }
    // An id of the longest kind is taken, and one byte more is not.
    let token = text(&house.show_passkey(&mut authenticator).await, "access_token");
    for (bytes, expected) in [(1_023, StatusCode::OK), (1_024, StatusCode::BAD_REQUEST)] {
        let mut long = Authenticator::new(Key::ed());
        long.id = vec![u8::try_from(bytes % 251).unwrap(); bytes];
        let registration = long.create(&house.creation(&token).await);
        assert_eq!(house.confirm(&token, &registration).await.status, expected, "{bytes}");
    }
}

#[tokio::test]
async fn v6_3_1_who_fails_again_and_again_waits_and_nobody_else_does() {
    let house = House::with_passkeys("").await;
    house.user(ADA).await;
    let mut authenticator = house.passkey(ADA).await;
    let mut last = (StatusCode::OK, String::new());
    for _ in 0..22 {
        let mut liar = Authenticator::new(Key::ed());
        last = outcome(&house.show_passkey(&mut liar).await);
    }
    assert_eq!(last, (StatusCode::TOO_MANY_REQUESTS, "too_many_attempts".to_owned()));
    assert_eq!(house.enter(ADA).await.json()["next"], "factor", "passwords are counted apart");
    house.app.clock.pass(600);
    assert_eq!(house.show_passkey(&mut authenticator).await.status, StatusCode::OK);
    for _ in 0..30 {
        assert_eq!(house.show_passkey(&mut authenticator).await.status, StatusCode::OK, "successes are not counted");
    }
}

#[tokio::test]
async fn v6_6_3_after_five_tries_with_passkeys_a_challenge_is_dead() {
    let house = House::with_passkeys("").await;
    house.user(ADA).await;
    let mut authenticator = house.passkey(ADA).await;
    let challenge = house.challenge(ADA).await;
    authenticator.flags = PRESENT;
    for _ in 0..5 {
        assert_eq!(outcome(&house.second(&challenge, &mut authenticator).await), refused());
    }
    authenticator.flags |= VERIFIED;
    assert_eq!(outcome(&house.second(&challenge, &mut authenticator).await).1, "invalid_challenge");
    assert_eq!(house.app.entries("factor.refused").await.len(), 5);
    assert_eq!(house.show_passkey(&mut authenticator).await.status, StatusCode::OK);
}

#[tokio::test]
async fn v7_5_1_a_passkey_is_added_by_who_showed_lately_who_they_are() {
    let house = House::with_passkeys("").await;
    house.user(ADA).await;
    let token = text(&house.enter(ADA).await, "access_token");
    house.app.clock.pass(601);
    let stale = (StatusCode::UNAUTHORIZED, "insufficient_user_authentication".to_owned());
    for (method, path) in [
        (Method::POST, "/auth/v1/factors/passkey"),
        (Method::POST, "/auth/v1/factors/passkey/confirm"),
        (Method::PATCH, "/auth/v1/factors/fct_x"),
    ] {
        assert_eq!(outcome(&house.own(method, path, &token, &json!({})).await), stale, "{path}");
    }
    let none = house.own(Method::POST, "/auth/v1/step-up/options", &token, &json!({})).await;
    assert_eq!(outcome(&none).1, "factor_not_found", "there is no passkey to ask for");
    // A passkey of somebody else is no password of Ada's.
    house.user(EVE).await;
    let mut eves = house.passkey(EVE).await;
    let body = json!({ "passkey": eves.get(&house.question().await), "password": PASSWORD });
    assert_eq!(outcome(&house.own(Method::POST, "/auth/v1/step-up", &token, &body).await).1, "invalid_code");
}

#[tokio::test]
async fn nothing_of_a_passkey_stands_in_the_log_or_in_the_clear() {
    let house = House::with_passkeys("").await;
    house.user(ADA).await;
    let mut authenticator = house.passkey(ADA).await;
    house.show_passkey(&mut authenticator).await;
    let all = json!(house.app.audit().await).to_string();
    for secret in [encode(&authenticator.id), encode(authenticator.handle.as_deref().unwrap())] {
        assert!(!all.contains(&secret), "{secret}");
    }
    if std::env::var_os("PORTCULLIS_TEST_STORE").is_none() {
        let data = house.app.stop().await;
        let mut stored = Vec::new();
        for entry in std::fs::read_dir(data.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                stored.extend(std::fs::read(path).unwrap());
            }
        }
        let has = |needle: &[u8]| stored.windows(needle.len()).any(|window| window == needle);
        assert!(!has(&authenticator.id) && !has(encode(&authenticator.id).as_bytes()), "the id is hashed and sealed");
    }
}

#[tokio::test]
async fn who_can_write_the_database_cannot_give_a_passkey_to_somebody_else() {
    let house = House::with_passkeys("").await;
    let ada = house.user(ADA).await;
    house.user(EVE).await;
    house.passkey(ADA).await;
    let mut eves = house.passkey(EVE).await;
    let db = house.app.app().db();
    let id = |user: &str| vec![store::Value::from(user)];
    let rows = db.fetch_all("SELECT handle FROM passkey_user WHERE user_id = $1", id(ada.id.as_str())).await.unwrap();
    eves.handle = Some(rows[0].blob("handle").unwrap().to_vec());
    db.execute("UPDATE factor SET user_id = $1", id(ada.id.as_str())).await.unwrap();
    let reply = house.show_passkey(&mut eves).await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{}", reply.text());
    assert!(house.app.entries("passkey.login").await.is_empty());
}
