//! Authentication: who asks. An API key or an access token proves an [`Identity`].

pub mod config;
pub mod cookie;
mod identity;
pub mod jwt;
pub mod key;
mod random;
pub mod session;

pub use identity::Identity;
