//! The `portcullis` command.

use std::process::ExitCode;

/// Measured against the system's: docs/decisions/0010-dependencies.md.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    portcullis::cli::main()
}
