//! `portcullis demo`: one command that shows what the gateway is for.

pub mod provider;
