//! Pins, rehearsed with a client that checks them: curl, before and after the key changes.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use portcullis::app::{App, State};
use portcullis::clock::SystemClock;
use portcullis::config::Config;
use rcgen::KeyPair;

use crate::app::{TestApp, database};
use crate::tls::{Authority, Shown, start};

/// A gateway whose certificate is for 127.0.0.1, and a client with the pins it published.
struct Rehearsal {
    authority: Authority,
    app: TestApp,
    config: PathBuf,
}

impl Rehearsal {
    async fn start() -> Self {
        let authority = Authority::new();
        let app = start(&authority, "").await;
        let folder = app.data.path();
        std::fs::write(folder.join("authority.pem"), authority.0.pem()).unwrap();
        let config = folder.join("portcullis.toml");
        let (store, shown) = (database(folder).await, folder.display());
        let text = format!("{store}[server.tls]\ncertificate = '{shown}/tls.pem'\nkey = '${{file:{shown}/tls.key}}'\n");
        std::fs::write(&config, text).unwrap();
        Self { authority, app, config }
    }

    fn folder(&self) -> &Path {
        self.app.data.path()
    }

    fn cli(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
        command.arg("--config").arg(&self.config).arg("--data").arg(self.folder()).arg("pin").args(args);
        command.output().unwrap()
    }

    fn said(&self, args: &[&str]) -> String {
        let output = self.cli(args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Whether a client with these pins, as `pin show --format curl` writes them, gets an answer.
    async fn connects(&self, pins: &str) -> bool {
        let mut curl = Command::new("curl");
        let pins = pins.split('\'').nth(1).unwrap().to_owned();
        curl.args(["--silent", "--output", "/dev/null", "--max-time", "10", "--pinnedpubkey", &pins, "--cacert"]);
        curl.arg(self.folder().join("authority.pem")).arg(self.app.base.replace("http://", "https://"));
        let status = tokio::task::spawn_blocking(move || curl.status().expect("curl, which the test command installs"));
        let status = status.await.unwrap();
        // 90 is curl's word for a key that does not match the pins.
        assert!(status.success() || status.code() == Some(90), "{status}");
        status.success()
    }

    fn serve(&self, key: KeyPair) {
        let Shown { pem, key, .. } = self.authority.issue_for(key, "127.0.0.1");
        std::fs::write(self.folder().join("tls.pem"), pem).unwrap();
        std::fs::write(self.folder().join("tls.key"), key.serialize_pem()).unwrap();
    }

    async fn reload(&self) -> Result<(), String> {
        self.app.app().reload("test").await.map_err(|error| error.to_string())
    }
}

fn read_key(path: PathBuf) -> KeyPair {
    KeyPair::from_pem(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[tokio::test]
async fn api_https_pin_old_apps_keep_working_when_the_key_changes_to_the_backup_and_any_other_is_refused() {
    let rehearsal = Rehearsal::start().await;
    rehearsal.said(&["backup"]);
    let old_key_only = rehearsal.said(&["show", "--format", "curl"]).replace(';', "'");
    let app_pins = rehearsal.said(&["publish", "--format", "curl"]);
    assert!(rehearsal.connects(&app_pins).await && rehearsal.connects(&old_key_only).await);

    // A new key that no app knows: refused, and the old one stays.
    let live = read_key(rehearsal.folder().join("tls.key"));
    rehearsal.serve(KeyPair::generate().unwrap());
    let checked = rehearsal.cli(&["check"]);
    assert!(!checked.status.success() && String::from_utf8_lossy(&checked.stdout).contains("pins_1"), "{checked:?}");
    let refused = rehearsal.reload().await.unwrap_err();
    assert!(refused.contains("pins_1") && refused.contains("pin retire"), "{refused}");
    assert!(rehearsal.connects(&app_pins).await);
    assert_eq!(rehearsal.app.entries("config.refused").await.len(), 1);
    assert_eq!(rehearsal.app.entries("pins.published").await.len(), 1);

    // The same key in a new certificate, and the backup key: apps go on.
    rehearsal.serve(live);
    rehearsal.reload().await.unwrap();
    assert!(rehearsal.connects(&app_pins).await);
    rehearsal.serve(read_key(rehearsal.folder().join("pin-backup.key")));
    assert!(rehearsal.cli(&["check"]).status.success());
    rehearsal.reload().await.unwrap();
    assert!(rehearsal.connects(&app_pins).await, "apps with the published pins keep working");
    assert!(!rehearsal.connects(&old_key_only).await, "and the key did change");
}

#[tokio::test]
async fn with_a_key_that_breaks_pins_nothing_starts_until_they_are_retired_or_the_danger_is_taken() {
    let rehearsal = Rehearsal::start().await;
    rehearsal.said(&["backup"]);
    rehearsal.said(&["publish", "--host", "gate.example"]);
    rehearsal.serve(KeyPair::generate().unwrap());
    let config = rehearsal.app.config.clone();
    let start = async |config: &Config| {
        let state = State::open_at(config, rehearsal.folder(), std::sync::Arc::new(SystemClock)).await.unwrap();
        let started = App::on(state, config.clone(), None).await;
        match started {
            Ok(app) => app.close().await.map(|()| String::new()).unwrap(),
            Err(error) => error.to_string(),
        }
    };
    let refused = start(&config).await;
    assert!(refused.contains("pins_1") && refused.contains("danger_break_pins"), "{refused}");
    let mut dangerous = config.clone();
    dangerous.server.tls.as_mut().unwrap().danger_break_pins = true;
    assert_eq!(start(&dangerous).await, "");

    std::fs::write(rehearsal.folder().join("pins.json"), "{").unwrap();
    assert!(start(&config).await.contains("pins.json"), "a broken book is not an empty one");
}

#[tokio::test]
async fn a_retired_set_binds_no_more() {
    let rehearsal = Rehearsal::start().await;
    rehearsal.said(&["backup"]);
    rehearsal.said(&["publish"]);
    let next = KeyPair::generate().unwrap();
    std::fs::write(rehearsal.folder().join("next.key"), next.serialize_pem()).unwrap();
    let file = rehearsal.folder().join("next.key").display().to_string();
    assert!(!rehearsal.cli(&["check", "--key", &file]).status.success());
    assert!(!rehearsal.cli(&["retire", "pins_7"]).status.success());
    rehearsal.said(&["retire", "pins_1"]);
    assert!(rehearsal.said(&["list"]).contains("retired"));
    assert!(rehearsal.cli(&["check", "--key", &file]).status.success());
    rehearsal.serve(next);
    rehearsal.reload().await.unwrap();
    assert_eq!(rehearsal.app.entries("pins.retired").await.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_pinned_is_refused_and_a_backup_key_is_never_overwritten() {
    let rehearsal = Rehearsal::start().await;
    let failed = |args: &[&str], expected: &str| {
        let output = rehearsal.cli(args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(expected), "{args:?}: {said}");
    };
    failed(&["publish"], "there is no backup key");
    let pin = rehearsal.said(&["backup"]).lines().next().unwrap().to_owned();
    failed(&["backup"], "cannot be written");
    let live = rehearsal.folder().join("tls.key").display().to_string();
    failed(&["publish", "--backup-key", &live], "two different pins");
    failed(&["publish", "--backup-pin", "AAAA"], "44 characters");
    failed(&["publish", "--until", "2027-11-28T00:00:00Z", "--format", "ios"], "Android alone");
    failed(&["publish", "--host", "a\"><b"], "not the name of a host");
    assert!(!rehearsal.folder().join("pins.json").exists());

    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(rehearsal.folder().join("pin-backup.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for (format, expected) in [
        ("android", "<pin digest=\"SHA-256\">"),
        ("ios", "<key>SPKI-SHA256-BASE64</key>"),
        ("okhttp", ".add(\"gate.example\", \"sha256/"),
        ("curl", "--pinnedpubkey 'sha256//"),
    ] {
        let said = rehearsal.said(&["show", "--format", format, "--host", "gate.example"]);
        assert!(said.contains(expected) && said.contains(&pin), "{said}");
    }
}
