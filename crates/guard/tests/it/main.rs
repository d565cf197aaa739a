//! The crate as the gateway uses it: the whole catalogue on whole texts and on streams.

mod catalogue;
mod property;
