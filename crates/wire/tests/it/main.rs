//! The crate as the gateway uses it: golden transcripts and answers through filters.

mod answer;
mod ending;
mod filter;
mod mutation;
mod property;
mod stream;
