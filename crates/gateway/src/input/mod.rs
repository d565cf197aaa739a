//! What comes in: checks on requests before anybody acts on them.

pub mod csrf;
pub mod harden;
pub mod lint;
