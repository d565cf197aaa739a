//! Writing for people and for scripts.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

/// What went well.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What to look at.
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default().bold();
/// What went wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What matters less.
pub(crate) const DIM: Style = Style::new().dimmed();
/// Headings.
pub(crate) const STRONG: Style = Style::new().bold();

/// A line of JSON on standard output.
///
/// # Errors
/// When standard output is closed.
pub(crate) fn json_line(value: &impl Serialize) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, value)?;
    out.write_all(b"\n")?;
    Ok(())
}

/// Indented JSON on standard output.
///
/// # Errors
/// When standard output is closed.
pub(crate) fn json_pretty(value: &impl Serialize) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value)?;
    out.write_all(b"\n")?;
    Ok(())
}

/// A line for people.
///
/// # Errors
/// When standard output is closed.
pub(crate) fn line(text: impl std::fmt::Display) -> anyhow::Result<()> {
    writeln!(anstream::stdout().lock(), "{text}")?;
    Ok(())
}

/// An error with its causes on standard error.
pub(crate) fn complain(error: &anyhow::Error) {
    let mut out = anstream::stderr().lock();
    // A closed standard error leaves nobody to tell.
    let _ = writeln!(out, "{BAD}error:{BAD:#} {error}");
    for cause in error.chain().skip(1) {
        let _ = writeln!(out, "  {DIM}because:{DIM:#} {cause}");
    }
}
