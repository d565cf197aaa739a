//! `cargo xtask`: what a contributor runs. Not shipped.

#![allow(clippy::print_stdout, reason = "a tool for contributors speaks to its terminal")]

mod clients;
mod deploy;
mod docs;
mod order;
mod service;
mod shell;
mod test;
mod words;

use clap::{Parser, Subcommand};

/// Tests, generated documents and evaluation.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Install and start what the tests need, and run all of them.
    Test(test::Args),
    /// Write the generated documents, or check that they are fresh.
    Docs {
        /// Only check.
        #[arg(long)]
        check: bool,
    },
    /// Test whether the time of a login tells known from unknown accounts; takes minutes, on a machine without other work.
    Timing,
    /// Measure how long a client that behaves waits while the gateway is attacked, on a machine without other work.
    Flood,
    /// Scan the TLS of a gateway with testssl.sh; takes a minute or two.
    Tls,
    /// Check the files below `deploy/`: the chart, the container, the units, the network.
    Deploy,
    /// Count the words of benign texts anew, for the table that anchors of rules are chosen by.
    Words(words::Args),
    /// List the functions that a start and ordinary requests run, for the linker; a minute or two, and Valgrind.
    Order(order::Args),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().verb {
        Verb::Test(args) => test::run(&args),
        Verb::Timing => test::timing(),
        Verb::Flood => test::flood(),
        Verb::Tls => test::tls(),
        Verb::Deploy => deploy::run_all(),
        Verb::Docs { check } => docs::run(check),
        Verb::Words(args) => words::run(&args),
        Verb::Order(args) => order::run_all(&args),
    }
}
