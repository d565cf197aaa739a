//! The throttle (`auth.password.throttle`).

pub mod config;
