//! What a decision costs a request: made before, and for the first time, with the built-in policies.

use std::path::Path;
use std::sync::Arc;

use divan::{Bencher, black_box};
use portcullis::app::State;
use portcullis::auth::Identity;
use portcullis::auth::key::NewKey;
use portcullis::config::Config;
use portcullis::data::access::{Action, Kind, Policies, Resource};
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

fn prepared() -> (Runtime, tempfile::TempDir, State, Arc<Identity>) {
    let runtime = Runtime::new().unwrap();
    let data = tempfile::tempdir().unwrap();
    let (state, identity) = runtime.block_on(async {
        let config = Config::parse("", Path::new("bench.toml")).unwrap();
        let state = State::create(&config, data.path()).await.unwrap();
        let scopes = vec!["inference".into()];
        let key = state.keys.create(NewKey { name: "bench".into(), scopes, ..NewKey::default() }).await.unwrap();
        let identity = state.keys.verify(&key).await.unwrap();
        (state, identity)
    });
    (runtime, data, state, identity)
}

/// As on the path of a prompt.
#[divan::bench(sample_size = 1000)]
fn remembered(bencher: Bencher<'_, '_>) {
    let (_runtime, _data, state, identity) = prepared();
    let model = Resource::new(Kind::Model, "gpt-4o-mini", "default");
    bencher.bench_local(|| state.access.authorize(black_box(&identity), Action::ModelInfer, black_box(&model)).is_ok());
}

/// After every change of a policy or of anybody's standing.
#[divan::bench(sample_count = 200)]
fn fresh(bencher: Bencher<'_, '_>) {
    let (_runtime, _data, state, identity) = prepared();
    let model = Resource::new(Kind::Model, "gpt-4o-mini", "default");
    let policies = Arc::new(Policies::load(None).unwrap());
    bencher.bench_local(|| {
        state.access.take_over(policies.clone());
        state.access.authorize(black_box(&identity), Action::ModelInfer, &model).is_ok()
    });
}
