//! The gateway and the `portcullis` command.

pub mod cli;
