//! `cargo xtask test`: everything that has to hold, with everything it needs.

use std::path::Path;
use std::process::Command;

use crate::clients;
use crate::service::{Postgres, program};
use crate::shell::{self, apt_install, has, root, step};

/// What is tested is all of it, also what has to be asked for when it is built.
const FEATURES: [&str; 2] = ["--features", "portcullis/transformer"];

/// Install and start what the tests need, and run all of them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Leave out PostgreSQL, Redis, the SDKs and the judges: Rust tests on SQLite only.
    #[arg(long)]
    quick: bool,
    /// Passed on to the test runner.
    #[arg(trailing_var_arg = true)]
    filter: Vec<String>,
}

fn run_all(command: &mut Command, args: &Args) -> anyhow::Result<()> {
    command.args(&args.filter).current_dir(root());
    shell::run(command)
}

/// Runs the tests; the services end with it.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let mut environment = Vec::new();
    let mut service = None;
    if !args.quick {
        let postgres = Postgres::start()?;
        environment.push(("PORTCULLIS_TEST_POSTGRES", postgres.url()));
        service = Some(postgres);
        // Tests start, kill and restart a Redis of their own each.
        environment.push(("PORTCULLIS_TEST_REDIS", program("redis-server", "redis-server")?));
        environment.push(("PORTCULLIS_TEST_HYDRA", program("hydra", "hydra")?));
        environment.push(("PORTCULLIS_TEST_SQLMAP", program("sqlmap", "sqlmap")?));
        environment.push(("PORTCULLIS_TEST_WAPITI", program("wapiti", "wapiti")?));
        environment.push(("PORTCULLIS_TEST_SLOWHTTPTEST", program("slowhttptest", "slowhttptest")?));
        environment.push(("PORTCULLIS_TEST_H2LOAD", program("h2load", "nghttp2-client")?));
        environment.push(("PORTCULLIS_TEST_PEBBLE", program("pebble", "pebble")?));
        program("openssl", "openssl")?;
        program("curl", "curl")?;
        // The rules that the firewall and libmodsecurity are compared on.
        if !Path::new("/usr/share/modsecurity-crs/rules").is_dir() {
            apt_install(&["modsecurity-crs"])?;
        }
        // Packets are sent between network namespaces.
        program("nft", "nftables")?;
        program("ip", "iproute2")?;
        let clients = clients::install()?;
        environment.push(("PORTCULLIS_TEST_PYTHON", clients.python.display().to_string()));
        environment.push(("PORTCULLIS_TEST_GARAK", clients.garak.display().to_string()));
        environment.push(("PORTCULLIS_TEST_NODE", clients.node.display().to_string()));
        environment.push(("PORTCULLIS_TEST_CHROMIUM", clients.chromium.display().to_string()));
        environment.push(("PORTCULLIS_TEST_REQUIRE_ALL", "1".to_owned()));
    }
    step("running the tests");
    let mut tests = Command::new("cargo");
    if has("cargo-nextest") {
        tests.args(["nextest", "run", "--workspace", "--no-fail-fast"]).args(FEATURES);
    } else {
        tests.args(["test", "--workspace", "--no-fail-fast", "--all-targets"]).args(FEATURES);
    }
    run_all(tests.envs(environment.iter().cloned()), args)?;
    if !args.quick {
        step("running the integration tests on PostgreSQL");
        let mut tests = Command::new("cargo");
        if has("cargo-nextest") {
            tests.args(["nextest", "run", "--package", "portcullis", "--test", "it", "--no-fail-fast"]).args(FEATURES);
        } else {
            tests.args(["test", "--package", "portcullis", "--test", "it", "--no-fail-fast"]).args(FEATURES);
        }
        run_all(tests.envs(environment.iter().cloned()).env("PORTCULLIS_TEST_STORE", "postgres"), args)?;
    }
    step("running the examples in the documents");
    let mut examples = Command::new("cargo");
    shell::run(examples.args(["test", "--doc", "--workspace", "--quiet"]).args(FEATURES).current_dir(root()))?;
    drop(service);
    step("all tests passed");
    Ok(())
}

/// Runs the long test of the times of logins, at the cost that is used.
pub(crate) fn timing() -> anyhow::Result<()> {
    ignored("timing::v6_3_8_an_unknown_account_takes_as_long_as_a_wrong_password")
}

/// Runs the scan of TLS.
pub(crate) fn tls() -> anyhow::Result<()> {
    program("testssl", "testssl.sh")?;
    ignored("https::testssl_finds_nothing_above_information")
}

/// Measures how long a client waits under each attack on a release build.
pub(crate) fn flood() -> anyhow::Result<()> {
    program("slowhttptest", "slowhttptest")?;
    program("h2load", "nghttp2-client")?;
    step("building the release");
    shell::run(Command::new("cargo").args(["build", "--release", "--package", "portcullis"]).current_dir(root()))?;
    let release = root().join("target/release/portcullis");
    let mut test = ignored_test("flood::measure::how_long_a_client_waits_under_each_attack");
    shell::run(test.env("PORTCULLIS_RELEASE", release))
}

/// Runs a test that is too long for every day.
fn ignored(name: &str) -> anyhow::Result<()> {
    shell::run(&mut ignored_test(name))
}

fn ignored_test(name: &str) -> Command {
    let mut test = Command::new("cargo");
    test.args(["test", "--package", "portcullis", "--test", "it", "--", "--ignored", "--nocapture", "--exact", name]);
    test.current_dir(root());
    test
}
