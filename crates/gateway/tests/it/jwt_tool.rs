//! The attacks of `jwt_tool`, by its names, at every door of the provider that takes an access token; each is refused, and
//! counted under its reason.

use aws_lc_rs::hmac;
use http::{Method, StatusCode};
use portcullis::auth::jwt::jose::{Algorithm, Compact, Jwk, PrivateKey, encode};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::oauth::Provider;
use crate::token::stolen_key;

/// A provider, a genuine token of a person, and the key that signed it, which the attacker should not have.
struct Attack {
    provider: Provider,
    token: String,
    header: Value,
    claims: Value,
    key: PrivateKey,
}

impl Attack {
    async fn start() -> Self {
        let provider = Provider::start().await;
        let token = provider.tokens().await["access_token"].as_str().unwrap().to_owned();
        let parts = Compact::split(&token).unwrap();
        let [header, claims] = [&parts.header, &parts.payload].map(|part| serde_json::from_slice(part).unwrap());
        let (_, key) = stolen_key(provider.app()).await;
        Self { provider, token, header, claims, key }
    }

    fn public(&self) -> Jwk {
        self.key.public().unwrap().jwk()
    }

    /// The genuine claims under another header, signed by the genuine key.
    fn under(&self, name: &str, value: Value) -> String {
        let mut header = self.header.clone();
        header[name] = value;
        self.key.sign(&header, &self.claims).unwrap()
    }

    /// Other claims under the genuine header, signed by the genuine key.
    fn saying(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims.clone();
        claims[name] = value;
        self.key.sign(&self.header, &claims).unwrap()
    }

    fn parts(&self, header: &Value) -> String {
        format!("{}.{}", encode(header.to_string().as_bytes()), encode(self.claims.to_string().as_bytes()))
    }

    fn count(metrics: &str, reason: &str) -> u64 {
        let line = format!("portcullis_tokens_rejected_total{{reason=\"{reason}\"}} ");
        metrics.lines().find_map(|text| text.strip_prefix(&line)).map_or(0, |count| count.parse().unwrap())
    }

    /// Shows it at every door.
    async fn refused(&self, token: &str, reason: &str, what: &str) {
        let app = self.provider.app();
        let before = Self::count(&app.metrics().await, reason);
        for path in ["/v1/models", "/oauth2/userinfo"] {
            let reply = app.send(Method::GET, &format!("{}{path}", app.base), Some(token), &[], "").await;
            assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{what} at {path}: {}", reply.text());
        }
        let (id, secret) = (&self.provider.secret.client.id, self.provider.secret.client_secret.as_deref().unwrap());
        let own = [("client_id", id.as_str()), ("client_secret", secret), ("token", token)];
        let seen = self.provider.post("/oauth2/introspect", &own).await;
        assert!(seen.status.is_client_error() || seen.json() == json!({ "active": false }), "{what}: {}", seen.text());
        let after = Self::count(&app.metrics().await, reason);
        assert_eq!(after, before + 2, "{what} counts as `{reason}`");
    }

    /// The genuine one is still taken, and the journal tells why the others were not.
    async fn ends(self, reasons: &[&str]) {
        assert_eq!(self.provider.app().models(&self.token).await.status, StatusCode::OK);
        let entries = self.provider.app().entries("token.rejected").await;
        for reason in reasons {
            assert!(entries.iter().any(|entry| entry["detail"]["reason"] == *reason), "{reason} in {entries:?}");
        }
    }
}

#[tokio::test]
async fn x_a_alg_none_in_every_spelling() {
    let attack = Attack::start().await;
    for none in ["none", "None", "NONE", "nOnE", "NoNe", "", " none", "none\u{0}"] {
        let header = json!({ "alg": none, "typ": "at+jwt", "kid": attack.header["kid"] });
        attack.refused(&format!("{}.", attack.parts(&header)), "form", none).await;
        let signature = attack.token.rsplit_once('.').unwrap().1;
        attack.refused(&format!("{}.{signature}", attack.parts(&header)), "algorithm", none).await;
    }
    attack.ends(&["form", "algorithm"]).await;
}

#[tokio::test]
async fn x_n_null_signature_and_x_p_psychic_signature() {
    let attack = Attack::start().await;
    let signed = attack.token.rsplit_once('.').unwrap().0.to_owned();
    attack.refused(&signed, "form", "stripped").await;
    attack.refused(&format!("{signed}."), "form", "empty").await;
    for zeros in [1, 32, 63, 64, 65] {
        attack.refused(&format!("{signed}.{}", encode(&vec![0; zeros])), "signature", "zeros").await;
    }
    attack.refused(&format!("{signed}.MAYCAQACAQA"), "signature", "r = s = 0 in DER").await;
    attack.ends(&["form", "signature"]).await;
}

#[tokio::test]
async fn x_b_blank_password_and_x_k_key_confusion() {
    let attack = Attack::start().await;
    let jwk = attack.public();
    let raw = portcullis::auth::jwt::jose::decode(&jwk.x).unwrap();
    let der = [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00][..], &raw].concat();
    let base64 = base64_of(&der);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{base64}\n-----END PUBLIC KEY-----\n");
    let secrets: Vec<Vec<u8>> = vec![
        Vec::new(),
        raw,
        der,
        pem.trim_end().as_bytes().to_vec(),
        pem.into_bytes(),
        serde_json::to_vec(&jwk).unwrap(),
        jwk.x.into_bytes(),
    ];
    for secret in secrets {
        for (name, how) in [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)] {
            let header = json!({ "alg": name, "typ": "at+jwt", "kid": attack.header["kid"] });
            let signed = attack.parts(&header);
            let tag = hmac::sign(&hmac::Key::new(how, &secret), signed.as_bytes());
            attack.refused(&format!("{signed}.{}", encode(tag.as_ref())), "algorithm", name).await;
            // Under the right name it is a wrong signature.
            let signed = attack.parts(&attack.header);
            let tag = hmac::sign(&hmac::Key::new(how, &secret), signed.as_bytes());
            attack.refused(&format!("{signed}.{}", encode(tag.as_ref())), "signature", name).await;
        }
    }
    attack.ends(&["algorithm", "signature"]).await;
}

#[tokio::test]
async fn x_s_spoofed_key_sets_and_x_i_inline_keys() {
    let attack = Attack::start().await;
    let own = PrivateKey::read(Algorithm::EdDsa, &PrivateKey::generate(Algorithm::EdDsa).unwrap()).unwrap();
    let public = own.public().unwrap();
    for (name, value) in [
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/cert.pem")),
        ("x5c", json!(["MIIB"])),
        ("x5t#S256", json!("AAAA")),
        ("jwk", json!(public.jwk())),
        ("jwks", json!({ "keys": [public.jwk()] })),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
        ("enc", json!("A256GCM")),
    ] {
        attack.refused(&attack.under(name, value.clone()), "header", name).await;
        let mut header = attack.header.clone();
        header[name] = value;
        attack.refused(&own.sign(&header, &attack.claims).unwrap(), "header", name).await;
    }
    attack.refused(&own.sign(&attack.header, &attack.claims).unwrap(), "signature", "our name, their key").await;
    let mut header = attack.header.clone();
    header["kid"] = json!(public.thumbprint());
    attack.refused(&own.sign(&header, &attack.claims).unwrap(), "key", "their name, their key").await;
    attack.ends(&["header", "signature", "key"]).await;
}

#[tokio::test]
async fn i_kid_injection() {
    let attack = Attack::start().await;
    let kid = attack.header["kid"].as_str().unwrap().to_owned();
    for id in [
        "../../../../../../dev/null",
        "/dev/null",
        "..\\..\\windows\\win.ini",
        "' UNION SELECT 'a' --",
        "x' OR '1'='1",
        "|sleep 10",
        "$(id)",
        "https://evil.example/key",
        "http://169.254.169.254/latest/meta-data",
        "{{7*7}}",
        "%00",
        "\u{0}",
        "",
        &kid[1..],
        &format!("{kid}="),
        &kid.to_uppercase(),
        &"a".repeat(4_000),
    ] {
        attack.refused(&attack.under("kid", json!(id)), "key", id).await;
    }
    for value in [json!(0), json!([kid]), json!({ "$ne": "" }), Value::Null] {
        attack.refused(&attack.under("kid", value.clone()), "header", &value.to_string()).await;
    }
    attack.ends(&["key", "header"]).await;
}

#[tokio::test]
async fn t_tampered_claims_that_the_key_signed() {
    let attack = Attack::start().await;
    let now = attack.claims["iat"].as_i64().unwrap();
    for (name, value, reason) in [
        ("exp", json!(now - 31), "expired"),
        ("exp", json!(0), "expired"),
        ("exp", json!((now + 1_000).to_string()), "claims"),
        ("exp", json!(1e300), "claims"),
        ("exp", Value::Null, "claims"),
        ("nbf", json!(now + 100), "not_yet_valid"),
        ("iat", json!(now + 100), "not_yet_valid"),
        ("aud", json!("https://other.example"), "audience"),
        ("aud", json!([attack.claims["aud"]]), "claims"),
        ("iss", json!("https://evil.example"), "issuer"),
        ("iss", json!(""), "issuer"),
        ("sub", Value::Null, "claims"),
    ] {
        attack.refused(&attack.saying(name, value.clone()), reason, &format!("{name} = {value}")).await;
    }
    // Who asks what it is, is told so: to ask for the proof is for whom it is shown to.
    let bound = attack.saying("cnf", json!({ "jkt": "AAAA" }));
    assert_eq!(attack.provider.app().models(&bound).await.status, StatusCode::UNAUTHORIZED, "bound, without a proof");
    for typ in ["JWT", "logout+jwt", "dpop+jwt", "AT+JWT", "application/at+jwt", ""] {
        attack.refused(&attack.under("typ", json!(typ)), "type", typ).await;
    }
    attack.ends(&["expired", "claims", "not_yet_valid", "audience", "issuer", "binding", "type"]).await;
}

#[tokio::test]
async fn d_doubled_members_and_f_huge_or_deep_tokens() {
    let attack = Attack::start().await;
    let raw = |text: String| RawValue::from_string(text).unwrap();
    let claims = attack.claims.to_string();
    for doubled in [r#"{"sub":"usr_root","#, r#"{"scope":"admin","#, r#"{"exp":9999999999,"#] {
        let token = attack.key.sign(&attack.header, &raw(claims.replacen('{', doubled, 1))).unwrap();
        attack.refused(&token, "claims", doubled).await;
    }
    let header = attack.header.to_string().replacen('{', r#"{"alg":"none","#, 1);
    attack.refused(&attack.key.sign(&raw(header), &attack.claims).unwrap(), "header", "two algorithms").await;
    attack.refused(&attack.saying("pad", json!("a".repeat(7_000))), "size", "9 KiB").await;
    let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    let deep = attack.key.sign(&attack.header, &raw(format!("{{\"act\":{deep}}}"))).unwrap();
    attack.refused(&deep, "claims", "a thousand lists").await;
    let dots = ".".repeat(1_000);
    attack.refused(&format!("a{dots}b"), "form", "a thousand dots").await;
    attack.refused(&format!("{}=", attack.token), "form", "padding").await;
    attack.refused(&attack.token.replacen('.', ".=", 1), "form", "padding inside").await;
    attack.ends(&["claims", "header", "size", "form"]).await;
}

fn base64_of(bytes: &[u8]) -> String {
    let url = encode(bytes).replace('-', "+").replace('_', "/");
    format!("{url}{}", "=".repeat((4 - url.len() % 4) % 4))
}
