//! The tables of tokens.

pub(super) mod family;
pub(super) mod key;
pub(super) mod revocation;
