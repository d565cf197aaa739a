//! The rules that come with the engine.

/// The settings every rule set stands on: who reads which body, and that a body nobody could read is refused.
/// Comes first, before any other file.
pub const BASE: &str = include_str!("../rules/base.conf");

/// A small rule set of our own, for when nothing else is installed. Scores like the Core Rule Set.
pub const OWN: &str = include_str!("../rules/own.conf");
