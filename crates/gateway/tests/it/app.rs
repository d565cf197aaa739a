//! A gateway to test against.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use portcullis::app::{App, State};
use portcullis::auth::jwt::Issued;
use portcullis::auth::key::NewKey;
use portcullis::auth::session::NewSession;
use portcullis::auth::user::UserInfo;
use portcullis::cli::demo::provider;
use portcullis::clock::{Clock, SystemClock};
use portcullis::config::Config;
use portcullis::infra::network::egress::{Resolve, SystemResolver};
use portcullis::server::Server;
use serde_json::{Value, json};

/// A gateway, the provider behind it, and a key.
pub(crate) struct TestApp {
    /// The data plane.
    pub(crate) base: String,
    /// The admin plane.
    pub(crate) admin: String,
    /// The provider itself.
    pub(crate) provider: String,
    /// A key for prompts.
    pub(crate) key: String,
    /// A key for prompts and the admin API.
    pub(crate) admin_key: String,
    /// The data folder.
    pub(crate) data: tempfile::TempDir,
    /// The clock, which a test can put forward.
    pub(crate) clock: Arc<TestClock>,
    /// The configuration, to start another gateway beside this one.
    pub(crate) config: Config,
    server: Option<Server>,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// The system's clock, put forward, or stopped.
#[derive(Debug, Default)]
pub(crate) struct TestClock {
    ahead_s: AtomicI64,
    /// When it was stopped, in milliseconds; 0 while it runs.
    stopped_ms: AtomicI64,
}

impl TestClock {
    /// Lets so many seconds pass at once.
    pub(crate) fn pass(&self, seconds: i64) {
        self.ahead_s.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Lets no time pass but by [`TestClock::pass`], however slow the machine is.
    pub(crate) fn stop(&self) {
        self.stopped_ms.store(SystemClock.now().as_millisecond(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> jiff::Timestamp {
        let now = match self.stopped_ms.load(Ordering::SeqCst) {
            0 => SystemClock.now(),
            stopped_ms => jiff::Timestamp::from_millisecond(stopped_ms).unwrap(),
        };
        now + jiff::SignedDuration::from_secs(self.ahead_s.load(Ordering::SeqCst))
    }
}

/// A session of `usr_ada`, for prompts.
pub(crate) fn ada() -> NewSession {
    NewSession {
        user: "usr_ada".into(),
        tenant: "default".into(),
        client: "console".into(),
        scopes: vec!["inference".into()],
        amr: vec!["pwd".into()],
        ..NewSession::default()
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap_or_default())
    }
}

impl TestApp {
    /// Starts with the shipped default policy.
    pub(crate) async fn start() -> Self {
        Self::with("").await
    }

    /// Starts with more configuration: policies, mostly.
    pub(crate) async fn with(more: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        Self::on(data, more).await
    }

    /// Starts on a port that is known before, for whoever has to be told its own address.
    pub(crate) async fn at(port: u16, more: &str) -> Self {
        Self::started(tempfile::tempdir().unwrap(), port, more, |_| {}).await
    }

    /// Starts on a data folder that may have been used before.
    pub(crate) async fn on(data: tempfile::TempDir, more: &str) -> Self {
        Self::started(data, 0, more, |_| {}).await
    }

    /// Starts with something changed that a file could not say.
    pub(crate) async fn altered(more: &str, change: impl FnOnce(&mut Config)) -> Self {
        Self::started(tempfile::tempdir().unwrap(), 0, more, change).await
    }

    /// Starts where names have the addresses that a resolver of the test says.
    pub(crate) async fn resolved_by(resolver: Arc<dyn Resolve>, more: &str, change: impl FnOnce(&mut Config)) -> Self {
        Self::made(tempfile::tempdir().unwrap(), (0, resolver), more, change).await
    }

    async fn started(data: tempfile::TempDir, port: u16, more: &str, change: impl FnOnce(&mut Config)) -> Self {
        Self::made(data, (port, Arc::new(SystemResolver)), more, change).await
    }

    async fn made(
        data: tempfile::TempDir,
        (port, resolver): (u16, Arc<dyn Resolve>),
        more: &str,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let (address, _) = provider::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.unwrap();
        let provider = format!("http://{address}");
        let key_file = data.path().join("provider.key");
        std::fs::write(&key_file, "provider-credential\n").unwrap();
        let config = configuration(&provider, &key_file, &database(data.path()).await, more);
        let config = config.replacen("127.0.0.1:0", &format!("127.0.0.1:{port}"), 1);
        let mut config = Config::parse(&config, Path::new("test.toml")).unwrap();
        change(&mut config);
        let clock = Arc::new(TestClock::default());
        let state = State::create_with(&config, data.path(), clock.clone(), resolver).await.unwrap();
        let key = make_key(&state, "app", &["inference"]).await;
        let admin_key = make_key(&state, "operator", &["inference", "admin"]).await;
        let app = App::on(state, config.clone(), None).await.unwrap();
        let server = Server::bind(app).await.unwrap();
        Self {
            base: format!("http://{}", server.data_address()),
            admin: format!("http://{}", server.admin_address()),
            provider,
            key,
            admin_key,
            data,
            clock,
            config,
            server: Some(server),
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Another gateway on the same store, as another process would be, and where its data plane is.
    pub(crate) async fn beside(&self) -> (String, Server) {
        let state = State::open_at(&self.config, self.data.path(), self.clock.clone()).await.unwrap();
        let server = Server::bind(App::on(state, self.config.clone(), None).await.unwrap()).await.unwrap();
        (format!("http://{}", server.data_address()), server)
    }

    /// Begins a session of `usr_ada`.
    pub(crate) async fn login(&self, scopes: &[&str]) -> Issued {
        self.login_as(NewSession { scopes: scopes.iter().map(ToString::to_string).collect(), ..ada() }).await
    }

    /// A person of a tenant in a role, who never logged in.
    pub(crate) async fn person(&self, tenant: &str, role: &str) -> String {
        let email = format!("{}@example.com", uuid::Uuid::now_v7().simple());
        let hash = "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPga31lW.";
        let line = json!({ "email": email, "roles": [role], "hash": hash }).to_string();
        let users = self.app().users();
        let report = users.import(line.as_bytes(), tenant, "test").await.unwrap();
        assert_eq!(report.imported, 1, "{report:?}");
        let is_them = |user: &UserInfo| user.email.as_deref() == Some(email.as_str());
        users.list().await.unwrap().into_iter().find(is_them).unwrap().id.to_string()
    }

    /// A token of a person, for everything that their roles allow.
    pub(crate) async fn token_of(&self, user: &str, tenant: &str) -> String {
        let scopes = vec!["inference".into(), "admin".into(), "openid".into()];
        let acr = Some("aal2".into());
        let new = NewSession { user: user.into(), tenant: tenant.into(), scopes, acr, ..ada() };
        self.login_as(new).await.access_token
    }

    /// A key of a user, for everything that their roles allow.
    pub(crate) async fn key_of(&self, owner: &str) -> String {
        let scopes = vec!["inference".into(), "admin".into()];
        let new = NewKey { name: "owned".into(), owner: Some(owner.into()), scopes, ..NewKey::default() };
        self.app().keys.create(new).await.unwrap()
    }

    pub(crate) async fn login_as(&self, new: NewSession) -> Issued {
        self.app().tokens.begin(&new, "test").await.unwrap()
    }

    /// Exchanges a refresh token over HTTP.
    pub(crate) async fn refresh(&self, token: &str) -> Reply {
        let body = json!({ "refresh_token": token }).to_string();
        self.send(Method::POST, &format!("{}/auth/v1/token/refresh", self.base), None, &[], body).await
    }

    /// Asks for the models with a token, which any valid one may.
    pub(crate) async fn models(&self, token: &str) -> Reply {
        self.send(Method::GET, &format!("{}/v1/models", self.base), Some(token), &[], "").await
    }

    /// Entries of a kind.
    pub(crate) async fn entries(&self, kind: &str) -> Vec<Value> {
        self.audit().await.into_iter().filter(|entry| entry["kind"] == kind).collect()
    }

    /// The plain listener beside HTTPS.
    pub(crate) fn redirect(&self) -> String {
        format!("http://{}", self.server.as_ref().unwrap().redirect_address().unwrap())
    }

    pub(crate) fn app(&self) -> &Arc<App> {
        self.server.as_ref().unwrap().app()
    }

    /// Stops in good order and gives the data folder back.
    pub(crate) async fn stop(mut self) -> tempfile::TempDir {
        self.server.take().unwrap().shutdown().await.unwrap();
        self.data
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::POST, &format!("{}{path}", self.base), Some(&self.key), &[], body.to_string()).await
    }

    pub(crate) async fn admin(&self, method: Method, path: &str, body: &Value) -> Reply {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(method, &format!("{}{path}", self.admin), Some(&self.admin_key), &[], body).await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        url: &str,
        key: Option<&str>,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(url).header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.client.request(request.body(Full::new(body.into())).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("the connection is never cut").to_bytes();
        Reply { status: parts.status, headers: parts.headers, body }
    }

    /// Posts a body that is declared as something else than JSON.
    pub(crate) async fn send_as(&self, kind: &str, url: &str, body: String) -> Reply {
        let request = Request::post(url).header("content-type", kind).body(Full::new(body.into())).unwrap();
        let (parts, body) = self.client.request(request).await.unwrap().into_parts();
        let body = body.collect().await.expect("the connection is never cut").to_bytes();
        Reply { status: parts.status, headers: parts.headers, body }
    }

    /// Posts with these headers and no others.
    pub(crate) async fn send_form(&self, url: &str, headers: &[(&str, &str)], body: String) -> Reply {
        let mut request = Request::post(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.client.request(request.body(Full::new(body.into())).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("the connection is never cut").to_bytes();
        Reply { status: parts.status, headers: parts.headers, body }
    }

    /// A chat with one user message.
    pub(crate) async fn chat(&self, text: &str) -> Reply {
        self.post("/v1/chat/completions", &chat(text)).await
    }

    /// Registers a script at the provider, to be called by `run script NAME`.
    pub(crate) async fn script(&self, name: &str, script: &Value) {
        let url = format!("{}/__scripts/{name}", self.provider);
        let reply = self.send(Method::PUT, &url, None, &[], script.to_string()).await;
        assert!(reply.status.is_success(), "{}", reply.text());
    }

    /// The last requests that reached the provider.
    pub(crate) async fn reached(&self) -> Value {
        self.send(Method::GET, &format!("{}/__requests", self.provider), None, &[], "").await.json()
    }

    /// Makes the provider forget what reached it.
    pub(crate) async fn forget(&self) {
        let url = format!("{}/__requests", self.provider);
        self.send(Method::DELETE, &url, None, &[], "").await;
    }

    /// Asks the provider itself.
    pub(crate) async fn direct(&self, path: &str, body: &Value) -> Reply {
        let version = [("anthropic-version", "2023-06-01"), ("x-api-key", "any")];
        self.send(Method::POST, &format!("{}{path}", self.provider), Some("any"), &version, body.to_string()).await
    }

    pub(crate) async fn metrics(&self) -> String {
        self.send(Method::GET, &format!("{}/metrics", self.admin), None, &[], "").await.text()
    }

    /// The last audit entries, newest first, once all of them are in the store.
    pub(crate) async fn audit(&self) -> Vec<Value> {
        self.app().journal.flush().await.unwrap();
        let reply = self.admin(Method::GET, "/admin/v1/audit?limit=1000", &Value::Null).await;
        reply.json().as_array().cloned().unwrap_or_else(|| panic!("{}", reply.text()))
    }
}

/// The body of a chat with one user message.
pub(crate) fn chat(text: &str) -> Value {
    json!({ "model": "m", "messages": [{ "role": "user", "content": text }] })
}

async fn make_key(state: &State, name: &str, scopes: &[&str]) -> String {
    let scopes = scopes.iter().map(ToString::to_string).collect();
    state.keys.create(NewKey { name: name.into(), scopes, ..NewKey::default() }).await.unwrap()
}

/// The `[store]` of a test: nothing for SQLite; with `PORTCULLIS_TEST_STORE=postgres`, a database of its own at the
/// server that `PORTCULLIS_TEST_POSTGRES` names, the same one for the same data folder.
pub(crate) async fn database(data: &Path) -> String {
    if std::env::var("PORTCULLIS_TEST_STORE").as_deref() != Ok("postgres") {
        return String::new();
    }
    let file = data.join("store.url");
    if !file.exists() {
        let server =
            std::env::var("PORTCULLIS_TEST_POSTGRES").expect("`cargo xtask test` sets PORTCULLIS_TEST_POSTGRES");
        let name = format!("test_{}", uuid::Uuid::now_v7().simple());
        let pool = sqlx::PgPool::connect(&server).await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&pool).await.unwrap();
        pool.close().await;
        let (server, _) = server.rsplit_once('/').unwrap();
        std::fs::write(&file, format!("{server}/{name}\n")).unwrap();
    }
    format!("[store]\npostgres = \"${{file:{}}}\"\n", file.display())
}

fn configuration(provider: &str, key_file: &Path, store: &str, more: &str) -> String {
    let key = key_file.display();
    format!(
        r#"
{more}
{store}
[server]
listen = "127.0.0.1:0"
admin_listen = "127.0.0.1:0"
shutdown_grace_s = 2
[[provider]]
name = "open"
kind = "openai"
base_url = "{provider}/v1"
key = "${{file:{key}}}"
idle_timeout_ms = 1500
first_byte_timeout_ms = 1500
retries = 1
[[provider]]
name = "anthro"
kind = "anthropic"
base_url = "{provider}"
key = "${{file:{key}}}"
idle_timeout_ms = 1500
[[model]]
name = "m"
provider = "open"
upstream = "demo"
[[model]]
name = "claude"
provider = "anthro"
upstream = "demo-claude"
[[model]]
name = "fault-*"
provider = "open"
[[model]]
name = "sturdy"
provider = "open"
upstream = "fault-500"
fallback = ["m"]
"#
    )
}
