//! `portcullis completions`: completions for a shell.

use std::io;
use std::process::ExitCode;

/// Print completions for a shell.
///
/// For bash: `portcullis completions bash > /etc/bash_completion.d/portcullis`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell.
    shell: clap_complete::Shell,
}

pub(super) fn run(args: &Args, command: &mut clap::Command) -> anyhow::Result<ExitCode> {
    clap_complete::generate(args.shell, command, "portcullis", &mut io::stdout());
    Ok(ExitCode::SUCCESS)
}
