//! The `portcullis` command.

use std::process::ExitCode;

/// A request allocates some two hundred times; the system's allocator takes twice as long over it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    portcullis::cli::main()
}
