//! Has the linker put those functions side by side that a start and ordinary requests run (`link/order.txt`).
//!
//! Otherwise they lie all over the program, and since the system maps 64 KiB around each page that is touched, nearly all of
//! it is in memory, also where 1 MB in 4 is ever run. `cargo xtask order` writes the list. A function that is no more, or is
//! called otherwise, is passed over: the order costs nothing and changes nothing else.

#![allow(clippy::print_stdout, reason = "a build script speaks to Cargo that way")]

use std::env;
use std::path::Path;
use std::process::Command;

const TARGET: &str = "x86_64-unknown-linux-gnu";

fn main() {
    let order = Path::new(&variable("CARGO_MANIFEST_DIR")).join("link/order.txt");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", order.display());
    if variable("PROFILE") == "release" && variable("TARGET") == TARGET && links_by_lld() {
        println!("cargo::rustc-link-arg-bin=portcullis=-Wl,--symbol-ordering-file={}", order.display());
        println!("cargo::rustc-link-arg-bin=portcullis=-Wl,--no-warn-symbol-ordering");
    }
}

/// Whether it is the linker that the compiler brings along, which knows the option.
fn links_by_lld() -> bool {
    let is_chosen = env::var_os("RUSTC_LINKER").is_some() || variable("CARGO_ENCODED_RUSTFLAGS").contains("link");
    let sysroot = Command::new(variable("RUSTC")).args(["--print", "sysroot"]).output();
    let sysroot = sysroot.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    !is_chosen && Path::new(&sysroot).join("lib/rustlib").join(TARGET).join("bin/gcc-ld/ld.lld").exists()
}

#[allow(clippy::disallowed_methods, reason = "what Cargo tells a build script")]
fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}
