//! x
pub mod checksum;
