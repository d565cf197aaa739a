//! The register of controls tells the truth: modules, and tests that attack them, exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use portcullis::compliance::control::{CONTROLS, State};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn ids_are_unique() {
    let ids: BTreeSet<&str> = CONTROLS.iter().map(|control| control.id).collect();
    assert_eq!(ids.len(), CONTROLS.len());
}

#[test]
fn every_module_that_is_named_exists() {
    for control in CONTROLS.iter().filter(|control| control.state != State::Planned) {
        for module in control.module.split(", ") {
            assert!(module_exists(module), "{}: {module}", control.id);
        }
    }
}

fn module_exists(module: &str) -> bool {
    let (folder, path) = match module.split_once("::") {
        Some(("guard", rest)) => ("../guard/src", rest),
        Some(("wire", rest)) => ("../wire/src", rest),
        Some(("learn", rest)) => ("../learn/src", rest),
        _ => ("src", module),
    };
    let base = Path::new(ROOT).join(folder).join(path.replace("::", "/"));
    base.with_extension("rs").exists() || base.join("mod.rs").exists()
}

#[test]
fn every_test_that_is_named_exists() {
    for control in CONTROLS.iter().filter(|control| !control.test.is_empty()) {
        let (file, name) = control.test.split_once("::").expect("file::test");
        let text = fs::read_to_string(Path::new(ROOT).join(format!("tests/it/{file}.rs"))).unwrap_or_default();
        assert!(text.contains(&format!("fn {name}(")), "{}: {}", control.id, control.test);
    }
}

#[test]
fn what_is_done_names_its_module_and_its_test() {
    for control in CONTROLS.iter().filter(|control| control.state == State::Done) {
        assert!(!control.module.is_empty() && !control.test.is_empty(), "{}", control.id);
    }
}
