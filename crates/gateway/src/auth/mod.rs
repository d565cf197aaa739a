//! Authentication: who asks. An API key or an access token proves an [`Identity`]; people come by password, or by an outside provider.

pub mod config;
pub mod cookie;
mod identity;
pub mod jwt;
pub mod key;
pub mod login;
pub mod mfa;
pub mod oauth2;
pub mod outside;
mod parts;
pub mod password;
mod random;
pub mod scim;
pub mod session;
pub mod throttle;
pub mod user;

pub use identity::Identity;
pub use parts::Parts;
