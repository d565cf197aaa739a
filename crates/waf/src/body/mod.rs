//! The bodies a request can have, taken apart into arguments.
//!
//! Each reader takes bytes and gives what it could read together with the first thing that was wrong: what comes before a
//! fault is still looked at by the rules, and the fault itself is what `REQBODY_ERROR` reports.
//!
//! Invariant: every reader is a loop over the body with a bounded stack; none recurses, and none keeps more than a small
//! multiple of the body.

mod form;
mod json;
mod multipart;
mod xml;

pub(crate) use form::{Arguments, arguments};
pub(crate) use json::{JsonLimits, json};
pub use json::{Part, PromptFields};
pub(crate) use multipart::{Multipart as MultipartBody, multipart};
pub(crate) use xml::xml;

/// A name with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) name: Vec<u8>,
    pub(crate) value: Vec<u8>,
}
