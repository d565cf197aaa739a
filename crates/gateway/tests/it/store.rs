//! State: sealed content, several processes on one log, and what survives `kill -9`.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use portcullis::app::State;
use portcullis::config::Config;
use portcullis::data::audit::{self, packed, verify_live};
use portcullis::event::{Event, catalogue};
use portcullis::store::Value;
use serde_json::json;

use crate::app::{TestApp, database};

async fn state(data: &Path) -> State {
    let config = Config::parse(&database(data).await, Path::new("test.toml")).unwrap();
    State::create(&config, data).await.unwrap()
}

fn event(state: &State, text: &str) -> Event {
    let mut event = Event::new(catalogue::AUDIT_EXPORTED, state.clock.now()).with(&json!({ "note": text }));
    event.sealed.push(("address", "203.0.113.7".to_owned()));
    event
}

#[tokio::test]
async fn a_stolen_database_reveals_no_sealed_text() {
    let app = TestApp::with(
        "audit.content = 'sealed'\n[[policy]]\nname = 'pseudonyms'\n\
         [[policy.rule]]\nmatch = 'pii.email'\nstages = ['input']\naction = 'mask'\nmask = 'pseudonym'",
    )
    .await;
    app.chat("Repeat after me: write to ada.lovelace@example.com about the zanzibar offer").await;
    let entries = app.audit().await;
    let entry = entries.iter().find(|entry| entry["kind"] == "exchange.masked").unwrap();
    let place = entry["place"].as_u64().unwrap();
    let revealed = audit::reveal(app.app().db(), app.app().sealer(), place).await.unwrap();
    let of = |name: &str| revealed.iter().find(|(known, _)| known == name).map(|(_, text)| text.clone()).unwrap();
    assert!(of("request").contains("zanzibar") && of("answer").contains("zanzibar"), "{revealed:?}");
    assert_eq!(of("address"), "127.0.0.1");
    let key = app.key.clone();
    let data = app.stop().await;
    for file in files(data.path()) {
        let bytes = std::fs::read(&file).unwrap();
        for secret in ["ada.lovelace", "zanzibar", key.as_str()] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} in {}", file.display());
        }
    }
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[tokio::test]
async fn several_processes_write_one_log_without_a_gap() {
    let data = tempfile::tempdir().unwrap();
    let (one, two) = (state(data.path()).await, state(data.path()).await);
    let write = async |state: &State, name: &str| {
        for round in 0..40 {
            state.journal.append_durable(&event(state, &format!("{name} {round}"))).await.unwrap();
        }
    };
    tokio::join!(write(&one, "one"), write(&two, "two"));
    two.close().await.unwrap();
    let verified = verify_live(&one.db, &one.sealer, &one.journal.witnesses()).await.unwrap();
    assert!(verified.is_sound(), "{verified:?}");
    assert_eq!((verified.entries, verified.sealed), (80, 80));
    one.close().await.unwrap();
}

#[tokio::test]
async fn an_entry_that_was_changed_or_taken_out_is_named() {
    let data = tempfile::tempdir().unwrap();
    let state = state(data.path()).await;
    for round in 0..20 {
        state.journal.append(&event(&state, &round.to_string())).unwrap();
    }
    state.journal.flush().await.unwrap();
    let first_problem = async |state: &State| {
        let verified = verify_live(&state.db, &state.sealer, &state.journal.witnesses()).await.unwrap();
        verified.problems.first().map(|problem| (problem.entry, problem.what.clone()))
    };
    assert_eq!(first_problem(&state).await, None);
    let groups = state.db.fetch_all("SELECT place, bodies FROM audit_group ORDER BY place", Vec::new()).await.unwrap();
    let group = groups.iter().rfind(|group| group.int("place").unwrap() <= 7).unwrap();
    let (place, bodies) = (group.int("place").unwrap(), group.blob("bodies").unwrap());
    let change = "UPDATE audit_group SET bodies = $1 WHERE place = $2";
    let changed = vec![Value::from(patched(bodies, b"\"7\"", b"\"8\"")), place.into()];
    state.db.execute(change, changed).await.unwrap();
    let (entry, what) = first_problem(&state).await.unwrap();
    assert!(entry == Some(7) && what.contains("changed"), "{entry:?} {what}");
    let taken_out: Vec<u8> = {
        let mut bytes = Vec::new();
        let kept = packed::Fields(bodies).enumerate().filter(|(index, _)| place + *index as i64 != 7);
        kept.for_each(|(_, body)| packed::put(&mut bytes, body));
        bytes
    };
    state.db.execute(change, vec![taken_out.into(), place.into()]).await.unwrap();
    let (entry, _) = first_problem(&state).await.unwrap();
    assert_eq!(entry, Some(7));
    state.db.execute("DELETE FROM audit_group WHERE place = 0", Vec::new()).await.unwrap();
    let (entry, what) = first_problem(&state).await.unwrap();
    assert!(entry == Some(0) && what.contains("missing"), "{entry:?} {what}");
    state.close().await.unwrap();
}

#[tokio::test]
async fn an_end_that_was_cut_off_is_noticed() {
    let data = tempfile::tempdir().unwrap();
    let state = state(data.path()).await;
    for round in 0..10 {
        state.journal.append_durable(&event(&state, &round.to_string())).await.unwrap();
    }
    state.db.execute("DELETE FROM audit_group WHERE place >= 6", Vec::new()).await.unwrap();
    let older = state.db.fetch_all("SELECT note FROM audit_checkpoint", Vec::new()).await.unwrap();
    assert_eq!(older.len(), 1, "one checkpoint is kept of a small log");
    state.db.execute("DELETE FROM audit_checkpoint", Vec::new()).await.unwrap();
    let verified = verify_live(&state.db, &state.sealer, &state.journal.witnesses()).await.unwrap();
    assert!(verified.problems[0].what.contains("the log had 10 entries once"), "{verified:?}");
    state.close().await.unwrap();
}

#[tokio::test]
async fn what_was_sealed_can_be_erased_and_the_log_still_verifies() {
    let data = tempfile::tempdir().unwrap();
    let state = state(data.path()).await;
    for round in 0..3 {
        state.journal.append_durable(&event(&state, &round.to_string())).await.unwrap();
    }
    state.db.execute("DELETE FROM audit_sealed WHERE place = 1", Vec::new()).await.unwrap();
    let verified = verify_live(&state.db, &state.sealer, &state.journal.witnesses()).await.unwrap();
    assert!(verified.is_sound(), "{verified:?}");
    assert_eq!((verified.sealed, verified.erased), (2, 1));
    state.close().await.unwrap();
}

#[tokio::test]
async fn an_export_is_verified_offline_and_names_the_first_broken_entry() {
    let data = tempfile::tempdir().unwrap();
    let state = state(data.path()).await;
    for round in 0..600 {
        state.journal.append(&event(&state, &format!("note {round}"))).unwrap();
    }
    state.journal.flush().await.unwrap();
    let out = data.path().join("export");
    let exported = audit::export::export(&state.db, &state.sealer, &out).await.unwrap();
    assert_eq!(exported.entries, 600);
    let key = audit::verifier_key(&state.sealer).unwrap();
    let verified = audit::verify_export(&out, Some(&key)).unwrap();
    assert!(verified.is_sound() && verified.entries == 600 && verified.sealed == 600, "{verified:?}");
    let bundle = out.join("tile/entries/001");
    let bytes = std::fs::read(&bundle).unwrap();
    std::fs::write(&bundle, patched(&bytes, b"note 300", b"note 399")).unwrap();
    let verified = audit::verify_export(&out, Some(&key)).unwrap();
    assert_eq!(verified.problems.first().and_then(|problem| problem.entry), Some(300), "{verified:?}");
    std::fs::write(&bundle, bytes).unwrap();
    let note = std::fs::read_to_string(out.join("checkpoint")).unwrap();
    std::fs::write(out.join("checkpoint"), note.replace("\n600\n", "\n599\n")).unwrap();
    assert!(!audit::verify_export(&out, Some(&key)).unwrap().is_sound(), "a checkpoint that nobody signed");
    state.close().await.unwrap();
}

fn patched(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
    bytes[at..at + to.len()].copy_from_slice(to);
    bytes
}

#[tokio::test]
async fn who_leaves_before_the_write_leaves_an_entry() {
    let data = tempfile::tempdir().unwrap();
    let state = state(data.path()).await;
    {
        let event = event(&state, "left");
        let mut left = Box::pin(state.journal.append_with_others(&event));
        assert!(futures_util::poll!(&mut left).is_pending());
    }
    state.journal.flush().await.unwrap();
    let entries = audit::list(&state.db, 10, None).await.unwrap();
    assert_eq!(entries.len(), 1, "{entries:?}");
    state.close().await.unwrap();
}

/// A process that appends entries as fast as it can and prints the number of each one that it was told is kept.
fn spawn_appender(data: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store::appends_until_it_is_killed", "--nocapture", "--ignored"])
        .env("PORTCULLIS_TEST_APPEND", data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Not a test by itself: the process that `nothing_is_lost_on_kill_9` kills.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by nothing_is_lost_on_kill_9 as a process of its own"]
async fn appends_until_it_is_killed() {
    let Some(data) = std::env::var_os("PORTCULLIS_TEST_APPEND") else { return };
    let state = state(Path::new(&data)).await;
    for round in (0_u64..).step_by(5) {
        state.journal.append(&event(&state, &format!("kept-{round}-"))).unwrap();
        println!("kept {round}");
        let together = (round + 1..round + 5).map(|number| {
            let event = event(&state, &format!("kept-{number}-"));
            let journal = state.journal.clone();
            async move { journal.append_with_others(&event).await.map(|()| number) }
        });
        for number in futures_util::future::join_all(together).await {
            println!("kept {}", number.unwrap());
        }
    }
}

#[tokio::test]
async fn nothing_is_lost_on_kill_9() {
    use std::io::{BufRead as _, BufReader};
    let data = tempfile::tempdir().unwrap();
    // Makes the database, so that two processes do not migrate at the same time.
    state(data.path()).await.close().await.unwrap();
    let mut child = spawn_appender(data.path());
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut kept = 0;
    for line in lines {
        let line = line.unwrap();
        // libtest prints the test's name in front of the first line.
        if let Some(number) = line.rsplit_once("kept ").and_then(|(_, number)| number.parse::<u64>().ok()) {
            kept = number;
        }
        if kept >= 3_000 {
            child.kill().unwrap();
            break;
        }
    }
    child.wait().unwrap();
    assert!(kept >= 3_000, "{kept}");
    let state = state(data.path()).await;
    let verified = verify_live(&state.db, &state.sealer, &state.journal.witnesses()).await.unwrap();
    assert!(verified.is_sound(), "{verified:?}");
    let entries = audit::list(&state.db, 1_000_000, None).await.unwrap();
    let numbers: std::collections::BTreeSet<u64> =
        entries.iter().filter_map(|entry| entry["detail"]["note"].as_str()?.split('-').nth(1)?.parse().ok()).collect();
    assert!((0..=kept).all(|number| numbers.contains(&number)), "all {kept} are there");
    assert_eq!(entries.len() as u64, verified.entries, "none of them twice");
    assert_eq!(numbers.len() as u64, verified.entries);
    tokio::time::timeout(Duration::from_secs(10), state.close()).await.unwrap().unwrap();
}
