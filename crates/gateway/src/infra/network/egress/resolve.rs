//! Who says which addresses a name has: the system, or in tests somebody hostile.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;

use super::host::Host;

/// What a resolver found, sooner or later.
pub type Found<'f> = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'f>>;

/// Finds the addresses of a name.
pub trait Resolve: std::fmt::Debug + Send + Sync {
    /// All of them.
    fn resolve<'f>(&'f self, host: &'f Host, port: u16) -> Found<'f>;
}

/// The system's resolver.
#[derive(Debug, Clone, Copy)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'f>(&'f self, host: &'f Host, port: u16) -> Found<'f> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host.to_string(), port)).await?.collect()) })
    }
}
