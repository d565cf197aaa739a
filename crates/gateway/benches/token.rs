//! What an access token costs a request: seen before, and for the first time.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use divan::{Bencher, black_box};
use futures_util::FutureExt as _;
use portcullis::app::State;
use portcullis::auth::jwt::Presentation;
use portcullis::auth::session::NewSession;
use portcullis::config::Config;
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

/// Tokens that are seen for the first time: fewer than are remembered.
const TOKENS: u32 = 4_000;

fn prepared(algorithm: &str, count: u32) -> (Runtime, tempfile::TempDir, State, Vec<String>) {
    let runtime = Runtime::new().unwrap();
    let data = tempfile::tempdir().unwrap();
    let text = format!("[auth.jwt]\nalgorithm = '{algorithm}'");
    let config = Config::parse(&text, Path::new("bench.toml")).unwrap();
    let (state, tokens) = runtime.block_on(async {
        let state = State::create(&config, data.path()).await.unwrap();
        let new = NewSession {
            user: "usr_ada".into(),
            tenant: "default".into(),
            client: "console".into(),
            scopes: vec!["inference".into()],
            ..NewSession::default()
        };
        let mut issued = state.tokens.begin(&new, "bench").await.unwrap();
        let mut tokens = vec![issued.access_token];
        for _ in 1..count {
            // Each refresh brings another access token.
            issued = state.tokens.refresh(&issued.refresh_token, None).await.unwrap();
            tokens.push(issued.access_token);
        }
        (state, tokens)
    });
    (runtime, data, state, tokens)
}

/// A token that was verified before: at most 2 µs.
#[divan::bench]
fn seen_before(bencher: Bencher<'_, '_>) {
    let (_runtime, _data, state, tokens) = prepared("EdDSA", 1);
    let verify = || state.tokens.verify(black_box(&tokens[0]), Presentation::default()).now_or_never();
    assert!(verify().unwrap().is_ok());
    bencher.bench_local(verify);
}

/// A token that was not: at most 70 µs.
#[divan::bench(args = ["EdDSA", "ES256"], sample_count = 40, sample_size = 100)]
fn first_time(bencher: Bencher<'_, '_>, algorithm: &str) {
    let (_runtime, _data, state, tokens) = prepared(algorithm, TOKENS);
    let next = AtomicUsize::new(0);
    bencher
        .with_inputs(|| tokens[next.fetch_add(1, Ordering::Relaxed) % tokens.len()].as_str())
        .bench_local_refs(|token| state.tokens.verify(black_box(token), Presentation::default()).now_or_never());
}
