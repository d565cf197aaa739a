//! PostgreSQL for the tests: an own cluster in the target folder, on loopback, ended with the tests; and programs that
//! tests start themselves.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::shell::{apt_install, has, run, scratch, step, succeeds};

/// A running PostgreSQL.
pub(crate) struct Postgres {
    bin: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Postgres {
    /// Installs PostgreSQL when it is not there, makes a cluster and starts it.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let bin = match find_bin() {
            Some(bin) => bin,
            None => {
                apt_install(&["postgresql"])?;
                find_bin().context("PostgreSQL was installed, but initdb is not under /usr/lib/postgresql")?
            }
        };
        // The server refuses to run as root, and its user must reach the folder: so not below a private home.
        let folder = if is_root() {
            PathBuf::from(format!("/tmp/portcullis-test-postgres-{}", std::process::id()))
        } else {
            scratch().join("postgres")
        };
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let server = Self { bin, folder, port };
        server.create()?;
        step(&format!("PostgreSQL on 127.0.0.1:{port}"));
        Ok(server)
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        format!("postgres://portcullis:portcullis@127.0.0.1:{}/postgres", self.port)
    }

    fn create(&self) -> anyhow::Result<()> {
        let _ = fs::remove_dir_all(&self.folder);
        fs::create_dir_all(&self.folder)?;
        let password = self.folder.join("password");
        fs::write(&password, "portcullis")?;
        if is_root() {
            run(Command::new("chown").arg("-R").arg("postgres").arg(&self.folder))?;
        }
        let data = self.data();
        self.tool("initdb", &["-D", &data, "-U", "portcullis", "-A", "scram-sha-256", "--pwfile", &text(&password)])?;
        let options = format!("-c listen_addresses=127.0.0.1 -p {} -k {}", self.port, self.folder.display());
        let log = text(&self.folder.join("log"));
        self.tool("pg_ctl", &["-D", &data, "-o", &options, "-l", &log, "-w", "start"])
    }

    fn data(&self) -> String {
        text(&self.folder.join("data"))
    }

    fn tool(&self, name: &str, args: &[&str]) -> anyhow::Result<()> {
        let program = self.bin.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        let output = command.args(args).current_dir("/").output()?;
        if !output.status.success() {
            bail!("{name} failed: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.data();
        if let Err(error) = self.tool("pg_ctl", &["-D", &data, "-m", "immediate", "stop"]) {
            step(&format!("PostgreSQL did not stop: {error}"));
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The path of a program, which is installed when it is not there.
pub(crate) fn program(name: &str, package: &str) -> anyhow::Result<String> {
    if !has(name) {
        apt_install(&[package])?;
    }
    let output = Command::new("sh").args(["-c", &format!("command -v {name}")]).output()?;
    if !output.status.success() {
        bail!("{package} was installed, but {name} is not on the path");
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn find_bin() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    found.sort();
    found.pop()
}

fn is_root() -> bool {
    succeeds(Command::new("sh").args(["-c", "test $(id -u) = 0"]))
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
