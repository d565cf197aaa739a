//! Portcullis: a security gateway for applications built on large language models.
//!
//! The binary is a thin layer over this library. `ARCHITECTURE.md` has the map; [`proxy`] is the path of a prompt.

pub mod api;
pub mod app;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod compliance;
pub mod config;
pub mod data;
pub mod error;
pub mod event;
pub mod http;
pub mod infra;
pub mod input;
pub mod model;
pub mod proxy;
pub mod server;
pub mod store;
