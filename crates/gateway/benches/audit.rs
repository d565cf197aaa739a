//! How many entries of exchanges become durable in a second: appended to the journal, taken over in groups, on the disk.
//! A person's address is sealed in each. Set `TMPDIR` to the disk that is to be measured.

use std::path::Path;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use portcullis::app::State;
use portcullis::config::Config;
use portcullis::data::audit::verify_live;
use portcullis::event::exchange::{ExchangeRecord, Outcome};
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

/// Entries of one round.
const ENTRIES: usize = 50_000;
/// Entries between which other tasks get their turn, as between requests.
const TURN: usize = 32;

/// From the first append until the last one is on the disk.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn durable(bencher: Bencher<'_, '_>) {
    let runtime = Runtime::new().unwrap();
    let data = tempfile::tempdir().unwrap();
    let state = runtime.block_on(async {
        let config = Config::parse("", Path::new("bench.toml")).unwrap();
        State::create(&config, data.path()).await.unwrap()
    });
    bencher.counter(ItemsCount::new(ENTRIES)).bench_local(|| {
        runtime.block_on(async {
            for number in 0..ENTRIES {
                state.journal.append(&black_box(record(&state, number)).event()).unwrap();
                if number % TURN == 0 {
                    tokio::task::yield_now().await;
                }
            }
            state.journal.flush().await.unwrap();
        });
    });
    let verified = runtime.block_on(verify_live(&state.db, &state.sealer, &state.journal.witnesses())).unwrap();
    assert!(verified.is_sound(), "{verified:?}");
    runtime.block_on(state.close()).unwrap();
}

fn record(state: &State, number: usize) -> ExchangeRecord {
    let mut record =
        ExchangeRecord::begin(format!("req-{number:016x}"), state.clock.now(), wire::Surface::ChatCompletions.path());
    record.model = "gpt-5".to_owned();
    record.provider = Some("openai".to_owned());
    record.policy = "default".to_owned();
    record.policy_version = "0123456789abcdef".to_owned();
    record.outcome = Outcome::Allowed;
    record.sealed.push(("address", "203.0.113.7".to_owned()));
    record
}
