//! Authentication: who asks. Apps by API key, people by password.

pub mod config;
pub mod key;
pub mod login;
pub mod password;
pub mod throttle;
pub mod user;
