//! `cargo xtask order`: which functions a start and ordinary requests run, for `crates/gateway/build.rs`.
//!
//! Valgrind tells them: of a gateway that starts and waits, and of the demonstration, which holds conversations on every
//! surface.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::service::program;
use crate::shell::{root, run, scratch, step};

/// Of the functions on the list, so many in a hundred have to be in the program.
const KNOWN_MIN: usize = 90;
/// The slowest start under Valgrind, and how long a gateway is then watched.
const START: Duration = Duration::from_secs(120);
const WATCHED: Duration = Duration::from_secs(3);
const LISTEN: &str = "127.0.0.1:18080";
const DEMO_PORT: &str = "18081";

const CONFIG: &str = r#"
[server]
listen = "127.0.0.1:18080"
admin_listen = "127.0.0.1:0"

[[provider]]
name = "up"
kind = "openai"
base_url = "http://127.0.0.1:9/v1"

[[model]]
name = "*"
provider = "up"
"#;

/// What the list is made of.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A release build: `cargo build --release`.
    #[arg(long, value_name = "FILE", default_value = "target/release/portcullis")]
    binary: PathBuf,
    /// Only say how much of the list is in the program.
    #[arg(long)]
    check: bool,
}

/// Writes the list anew, or looks whether it still fits.
pub(crate) fn run_all(args: &Args) -> anyhow::Result<()> {
    let list = root().join("crates/gateway/link/order.txt");
    let there = functions(&args.binary)?;
    if args.check {
        return check(&list, &there);
    }
    let folder = scratch().join("order");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    program("valgrind", "valgrind")?;
    step("a gateway that starts and waits, slowly");
    let start = start(&args.binary, &folder)?;
    step("the demonstration, slowly");
    let demo = folder.join("demo.out");
    run(watched(&args.binary, &demo)?
        .args(["demo", "--once", "--runs", "1", "--port", DEMO_PORT])
        .stdout(Stdio::null()))?;
    let demo = ran(&demo)?;
    // Those of the start first: together they are all that an idle gateway needs.
    let of_start = start.intersection(&there);
    let of_demo = demo.difference(&start).filter(|name| there.contains(*name));
    let names: Vec<&str> = of_start.chain(of_demo).map(String::as_str).collect();
    fs::write(&list, names.join("\n") + "\n")?;
    step(&format!("{}: {} functions; build again", list.display(), names.len()));
    Ok(())
}

fn check(list: &Path, there: &BTreeSet<String>) -> anyhow::Result<()> {
    let list = fs::read_to_string(list)?;
    let known = list.lines().filter(|name| there.contains(*name)).count();
    let share = known * 100 / list.lines().count().max(1);
    step(&format!("{known} functions of the list are in the program, {share} in a hundred"));
    if share < KNOWN_MIN {
        bail!("at least {KNOWN_MIN} in a hundred should be: write the list anew with `cargo xtask order`");
    }
    Ok(())
}

/// The functions of a program, by the names that its linker knew.
fn functions(binary: &Path) -> anyhow::Result<BTreeSet<String>> {
    let output =
        Command::new("nm").arg("--defined-only").arg(binary).output().context("nm comes with the C compiler")?;
    if !output.status.success() {
        bail!("nm cannot read {}: build it with `cargo build --release`", binary.display());
    }
    let listed = String::from_utf8_lossy(&output.stdout);
    let of_line = |line: &str| {
        let mut fields = line.split(' ').skip(1);
        let is_code = fields.next().is_some_and(|kind| matches!(kind, "t" | "T" | "w" | "W"));
        fields.next().filter(|_| is_code).map(str::to_owned)
    };
    Ok(listed.lines().filter_map(of_line).collect())
}

/// The functions that ran, out of what Callgrind wrote.
fn ran(profile: &Path) -> anyhow::Result<BTreeSet<String>> {
    let profile = fs::read_to_string(profile).with_context(|| format!("{}: nothing was watched", profile.display()))?;
    let name = |line: &str| {
        let (_, name) = line.strip_prefix("c").unwrap_or(line).strip_prefix("fn=(")?.split_once(") ")?;
        // Callgrind numbers what calls itself.
        Some(name.split('\'').next().unwrap_or(name).to_owned())
    };
    Ok(profile.lines().filter_map(name).collect())
}

fn watched(binary: &Path, profile: &Path) -> anyhow::Result<Command> {
    let mut command = Command::new("valgrind");
    let out = format!("--callgrind-out-file={}", profile.display());
    command.args(["--quiet", "--tool=callgrind", "--demangle=no", &out]).arg(binary.canonicalize()?);
    Ok(command)
}

fn start(binary: &Path, folder: &Path) -> anyhow::Result<BTreeSet<String>> {
    let (config, data, profile) = (folder.join("portcullis.toml"), folder.join("data"), folder.join("start.out"));
    fs::write(&config, CONFIG)?;
    let place = [Path::new("--config"), &config, Path::new("--data"), &data];
    run(Command::new(binary.canonicalize()?).arg("init").args(place).stdout(Stdio::null()))?;
    let mut gateway = watched(binary, &profile)?.arg("serve").args(place).stderr(Stdio::null()).spawn()?;
    let is_up = wait(&mut gateway);
    // Asked to end, as a service manager asks.
    run(Command::new("kill").arg(gateway.id().to_string()))?;
    gateway.wait()?;
    is_up?;
    ran(&profile)
}

#[allow(clippy::disallowed_methods, reason = "one thread, with nothing else to do")]
fn wait(gateway: &mut Child) -> anyhow::Result<()> {
    let begin = Instant::now();
    while TcpStream::connect(LISTEN).is_err() {
        if let Some(status) = gateway.try_wait()? {
            bail!("the gateway ended with {status}");
        }
        if begin.elapsed() > START {
            bail!("the gateway does not listen on {LISTEN} after {} s", START.as_secs());
        }
        thread::sleep(Duration::from_millis(200));
    }
    thread::sleep(WATCHED);
    Ok(())
}
