//! The official SDKs and outside judges, from PyPI and npm, in folders of their own below the target folder; and a browser.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{apt_install, has, root, run, scratch, step};

/// Where the clients are.
pub(crate) struct Clients {
    /// The Python of the virtual environment.
    pub(crate) python: PathBuf,
    /// The Python of a virtual environment with garak.
    pub(crate) garak: PathBuf,
    /// The folder with `node_modules`.
    pub(crate) node: PathBuf,
    /// The browser.
    pub(crate) chromium: PathBuf,
}

/// Installs what `tests/clients` asks for, unless the same lists were installed before.
pub(crate) fn install() -> anyhow::Result<Clients> {
    let lists = root().join("crates/gateway/tests/clients");
    let python = virtual_environment("python", &lists.join("requirements.txt"))?;
    let garak = environment("garak", &lists.join("garak.txt"), &["--no-deps"])?;
    let node = node(&lists)?;
    let chromium = chromium()?;
    Ok(Clients { python, garak, node, chromium })
}

/// The Python of a virtual environment with what a list asks for.
pub(crate) fn virtual_environment(name: &str, list: &Path) -> anyhow::Result<PathBuf> {
    environment(name, list, &[])
}

fn environment(name: &str, list: &Path, options: &[&str]) -> anyhow::Result<PathBuf> {
    let folder = scratch().join(name);
    let python = folder.join("bin/python");
    if is_installed(&folder, list)? {
        return Ok(python);
    }
    step("installing Python packages");
    if !has("python3") {
        apt_install(&["python3", "python3-venv"])?;
    }
    if run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder)).is_err() {
        apt_install(&["python3-venv"])?;
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    }
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(options)
        .arg("-r")
        .arg(list))?;
    mark_installed(&folder, list)?;
    Ok(python)
}

fn node(lists: &Path) -> anyhow::Result<PathBuf> {
    let folder = scratch().join("node");
    let list = lists.join("package.json");
    if is_installed(&folder, &list)? {
        return Ok(folder);
    }
    step("installing the Node SDKs");
    if !has("npm") {
        apt_install(&["nodejs", "npm"])?;
    }
    fs::create_dir_all(&folder)?;
    fs::copy(&list, folder.join("package.json"))?;
    run(Command::new("npm").args(["install", "--silent", "--no-audit", "--no-fund"]).current_dir(&folder))?;
    mark_installed(&folder, &list)?;
    Ok(folder)
}

/// Debian's browser, and a font for its pages.
fn chromium() -> anyhow::Result<PathBuf> {
    if !has("chromium") {
        apt_install(&["chromium", "fonts-dejavu-core"])?;
    }
    Ok(PathBuf::from("/usr/bin/chromium"))
}

/// Whether this very list was installed into the folder.
fn is_installed(folder: &Path, list: &Path) -> anyhow::Result<bool> {
    let wanted = fs::read_to_string(list)?;
    Ok(fs::read_to_string(folder.join("installed")).is_ok_and(|installed| installed == wanted))
}

fn mark_installed(folder: &Path, list: &Path) -> anyhow::Result<()> {
    fs::copy(list, folder.join("installed"))?;
    Ok(())
}
