//! Official SDKs and outside judges, when `cargo xtask test` has installed them.

use std::path::PathBuf;
use std::process::Command;

use crate::app::TestApp;

/// The Python or Node that the runner installed; absence is a failure where everything is required.
fn tool(variable: &str) -> Option<PathBuf> {
    match std::env::var_os(variable) {
        Some(path) => Some(PathBuf::from(path)),
        None if std::env::var_os("PORTCULLIS_TEST_REQUIRE_ALL").is_some() => panic!("{variable} is not set"),
        None => {
            eprintln!("not run: {variable} is not set (`cargo xtask test` sets it)");
            None
        }
    }
}

fn script(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

async fn passes(mut command: Command, app: &TestApp) {
    command.env("BASE_URL", &app.base).env("KEY", &app.key).env("PROVIDER_URL", &app.provider);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().expect("the client starts");
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && text.contains("ok "), "{text}");
}
