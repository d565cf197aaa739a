//! The obedient provider by itself, for clients and tests that want to talk to it directly.
//!
//! `cargo run -p portcullis --example provider -- 9000`

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context as _;
use portcullis::cli::demo::provider;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let port = std::env::args().nth(1).map_or(Ok(9000), |port| port.parse()).context("the port must be a number")?;
    let (address, task) = provider::start(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    anstream::println!("http://{address}");
    task.await.context("the provider stopped")
}
