//! The arrows between modules, read off the imports: `cli → http → proxy → sections → {store, event, config, error}`, and
//! the crates below import nothing of the gateway.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What each module may import. Sections call each other only along this list.
const ARROWS: &[(&str, &[&str])] = &[
    ("api", &["clock", "data", "event", "infra", "store"]),
    ("app", &["api", "auth", "clock", "config", "data", "event", "infra", "input", "model", "proxy", "store"]),
    ("auth", &["clock", "data", "event", "infra", "store"]),
    (
        "cli",
        &[
            "api", "app", "auth", "clock", "config", "data", "event", "http", "infra", "input", "model", "proxy",
            "server", "store",
        ],
    ),
    ("clock", &[]),
    ("compliance", &[]),
    ("config", &["api", "auth", "data", "infra", "model", "proxy", "store"]),
    ("data", &["auth", "clock", "event", "store"]),
    ("error", &["api", "auth", "data", "http", "input", "proxy"]),
    ("event", &["clock", "data", "model", "store"]),
    ("http", &["api", "app", "auth", "config", "data", "error", "event", "infra", "input", "model", "proxy", "store"]),
    ("infra", &["app", "clock", "event"]),
    ("input", &["data", "model"]),
    ("model", &["data", "error", "event", "http", "proxy", "store"]),
    ("proxy", &["api", "app", "auth", "config", "data", "error", "event", "http", "infra", "input", "model"]),
    ("server", &["app", "config", "http"]),
    ("store", &["clock"]),
];

#[test]
fn modules_import_only_along_the_arrows() {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut wrong = Vec::new();
    for file in sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))) {
        let from = module(&file);
        let Some(allowed) = allowed.get(from.as_str()) else { continue };
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for to in imports(code) {
            if to != from && !allowed.contains(&to.as_str()) {
                wrong.push(format!("{}: {from} → {to}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_pure_crates_know_nothing_of_the_gateway() {
    for name in ["guard", "learn", "transformer", "waf", "wire"] {
        let manifest = format!("{}/../{name}/Cargo.toml", env!("CARGO_MANIFEST_DIR"));
        let manifest = fs::read_to_string(manifest).unwrap();
        for forbidden in ["tokio", "hyper", "sqlx", "portcullis"] {
            assert!(!manifest.contains(forbidden), "{name} → {forbidden}");
        }
    }
}

#[test]
fn sql_stands_only_in_stores() {
    for file in sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))) {
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains("sqlx::query!") && !text.contains("format!(\"SELECT"), "{}", file.display());
        assert!(file.to_string_lossy().contains("/store/") || !text.contains("sqlx::"), "{}", file.display());
    }
}

/// What opens a connection or asks for the addresses of a name, with the files that may beside the way out: commands that talk to
/// the gateway on their own machine, and the one that attacks whatever its user names.
const DIALLERS: &[&str] = &["TcpStream::connect", "HttpConnector", "lookup_host", "to_socket_addrs", "UdpSocket"];
const DIALLING: &[&str] =
    &["/infra/network/egress/", "/cli/remote.rs", "/cli/demo/exchange.rs", "/cli/redteam/client.rs"];

#[test]
fn nothing_dials_but_the_way_out() {
    for file in sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))) {
        let name = file.to_string_lossy().into_owned();
        if DIALLING.iter().any(|part| name.contains(part)) {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for dials in DIALLERS.iter().chain(&["AsyncSmtpTransport", "connect_tokio1", ".build_http()"]) {
            assert!(!code.contains(dials), "{name}: {dials} belongs into infra/network/egress");
        }
    }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn module(file: &Path) -> String {
    let inside = file.strip_prefix(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// Modules behind `crate::`.
fn imports(code: &str) -> Vec<String> {
    let names =
        code.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| line.split("crate::").skip(1));
    assert!(!code.contains("use crate::{"), "one line a module, so that this test sees it");
    names
        .map(|rest| rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect::<String>())
        .filter(|name| !name.is_empty())
        .collect()
}
