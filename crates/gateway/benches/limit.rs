//! What a limit costs a request: reserved and settled, in memory.

use std::path::Path;
use std::sync::Arc;

use divan::{Bencher, black_box};
use futures_util::FutureExt as _;
use portcullis::api::limit::{Asker, Demand, Ledger, Usage};
use portcullis::app::State;
use portcullis::auth::key::NewKey;
use portcullis::config::Config;
use portcullis::data::access::{Action, Kind, Permit, Resource};
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

const ONE: &str = "[[limit]]\nname = 'requests'\nunit = 'requests'\nmax = 1e12\nwindow_s = 60\nper = ['key']\n";
const FOUR: &str = "[[limit]]\nname = 'requests'\nunit = 'requests'\nmax = 1e12\nwindow_s = 60\nper = ['key']\n\
     [[limit]]\nname = 'tokens'\nunit = 'tokens'\nmax = 1e12\nwindow_s = 60\nper = ['user', 'model']\n\
     [[limit]]\nname = 'streams'\nunit = 'concurrent'\nmax = 1e9\nper = ['key']\n\
     [[limit]]\nname = 'address'\nunit = 'requests'\nmax = 1e12\nwindow_s = 60\nalgorithm = 'gcra'\nper = ['address']\n";

struct Bench {
    _runtime: Runtime,
    _data: tempfile::TempDir,
    ledger: Arc<Ledger>,
    permit: Permit,
}

fn prepared(limits: &str) -> Bench {
    let runtime = Runtime::new().unwrap();
    let data = tempfile::tempdir().unwrap();
    let config = Config::parse(limits, Path::new("bench.toml")).unwrap();
    let (ledger, permit) = runtime.block_on(async {
        let state = State::create(&config, data.path()).await.unwrap();
        let scopes = vec!["inference".into()];
        let key = state.keys.create(NewKey { name: "bench".into(), scopes, ..NewKey::default() }).await.unwrap();
        let identity = state.keys.verify(&key).await.unwrap();
        let model = Resource::new(Kind::Model, "m", "default");
        let permit = state.access.authorize(&identity, Action::ModelInfer, &model).unwrap();
        let parts = (state.journal.clone(), state.clock.clone());
        let ledger = Ledger::new((&config.limits, &config.limiter), None, parts);
        (Arc::new(ledger), permit)
    });
    Bench { _runtime: runtime, _data: data, ledger, permit }
}

/// Somebody of many, each with counters of their own.
fn asker(number: usize, names: &[String]) -> Asker<'_> {
    let name = &names[number % names.len()];
    Asker {
        address: Some([10, 0, (number >> 8) as u8, number as u8].into()),
        key: name,
        key_name: "bench",
        user: name,
        team: None,
        tenant: "default",
        model: "m",
        route: "/v1/chat/completions",
    }
}

fn reserve_and_settle(bencher: Bencher<'_, '_>, limits: &str, askers: usize) {
    let bench = prepared(limits);
    let names: Vec<String> = (0..askers).map(|number| format!("key_{number:024}")).collect();
    let usage = Usage { input_tokens: 500, output_tokens: 1_000 };
    let demand = Demand { usage, ..Demand::default() };
    let mut number = 0;
    bencher.bench_local(|| {
        number += 1;
        let asker = asker(number, &names);
        let reserved = bench.ledger.reserve(&bench.permit, black_box(&asker), demand).now_or_never();
        reserved.unwrap().unwrap().settle(Some(Usage { input_tokens: 100, output_tokens: 50 }));
    });
}

/// One limit, one key.
#[divan::bench(sample_size = 1000)]
fn one_limit(bencher: Bencher<'_, '_>) {
    reserve_and_settle(bencher, ONE, 1);
}

/// Four limits at once, one key.
#[divan::bench(sample_size = 1000)]
fn four_limits(bencher: Bencher<'_, '_>) {
    reserve_and_settle(bencher, FOUR, 1);
}

/// One limit, ten thousand keys in turn.
#[divan::bench(sample_size = 1000)]
fn one_limit_of_many_keys(bencher: Bencher<'_, '_>) {
    reserve_and_settle(bencher, ONE, 10_000);
}
