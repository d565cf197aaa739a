//! Monitoring: metrics and traces (`infra.monitor.events` begins here).

pub mod config;
pub mod metric;
mod otlp;
pub mod trace;
