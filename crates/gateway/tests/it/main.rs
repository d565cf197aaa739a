//! The integration tests, in one binary. Each starts a gateway of its own before the obedient provider, on loopback, with
//! its own data folder, and talks to it over real HTTP.

mod access;
mod app;
mod architecture;
mod audit;
mod client;
mod config;
mod control;
mod coverage;

mod fault;
mod policy;
mod store;
mod surface;
