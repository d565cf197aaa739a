//! `portcullis demo`: starts the provider and the gateway, holds the conversations, and stays up to be tried.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;

use super::{Options, Target, configuration, invitation, provider, report};
use crate::app::{App, State};
use crate::auth::key::NewKey;
use crate::cli::block_on;
use crate::cli::output::{DIM, STRONG, line};
use crate::config::Config;
use crate::server::Server;

/// See what Portcullis does, in one command: no key, no network, no configuration.
///
/// Starts an obedient model provider on loopback and the gateway before it, holds about fifteen benign and hostile
/// conversations with both over real HTTP, and shows what the client got without Portcullis and with it. Then it stays
/// up and prints what to try. Nothing is kept.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// End after the table; the exit code is 1 when a row is not as promised.
    #[arg(long)]
    once: bool,
    /// Print the table as JSON.
    #[arg(long)]
    json: bool,
    /// How often each conversation is held to measure the added time; the median counts.
    #[arg(long, default_value_t = Options::default().runs, value_name = "N")]
    runs: usize,
    /// The port to stay up on.
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

/// Runs the demonstration.
pub fn start(args: Args) -> anyhow::Result<ExitCode> {
    block_on(0, async move {
        let data = Scratch::new()?;
        let (provider, _) = provider::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let provider = format!("http://{provider}");
        let (server, key) = gateway(&provider, if args.once { 0 } else { args.port }, &data.0).await?;
        let gateway = format!("http://{}", server.data_address());
        if !args.json {
            line(format_args!(
                "{DIM}an obedient provider at {provider}, Portcullis before it at {gateway}; same questions to both{DIM:#}\n"
            ))?;
        }
        let target = Target { provider, gateway: gateway.clone(), key: key.clone().into() };
        let outcome = super::run(target, Options { runs: args.runs.max(1) }).await?;
        report::print(&outcome, args.json);
        if args.once {
            server.shutdown().await?;
            return Ok(if outcome.is_kept() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        line(format_args!("\n{STRONG}Your turn{STRONG:#}\n\n{}", invitation::text(&gateway, &key)))?;
        server.run_until_signal().await?;
        Ok(ExitCode::SUCCESS)
    })
}

async fn gateway(provider: &str, port: u16, data: &Path) -> anyhow::Result<(Server, String)> {
    let credential = data.join("provider.key");
    std::fs::write(&credential, "demo\n")?;
    let config = |port: u16| {
        let text = configuration(provider, &format!("127.0.0.1:{port}"), "127.0.0.1:0", &credential);
        Config::parse(&text, Path::new("demo.toml"))
    };
    let state = State::create(&config(port)?, data).await?;
    let new = NewKey { name: "demo".into(), scopes: vec!["inference".into(), "admin".into()], ..NewKey::default() };
    let key = state.keys.create(new).await?;
    let app: Arc<App> = App::on(state, config(port)?, None).await?;
    match Server::bind(app.clone()).await {
        Ok(server) => Ok((server, key)),
        // The port is somebody else's: any other will do.
        Err(_) if port != 0 => {
            let server = Server::bind_at(app, config(0)?.server).await.context("no port can be had")?;
            Ok((server, key))
        }
        Err(error) => Err(error.into()),
    }
}

/// A data folder that goes with the demonstration.
struct Scratch(std::path::PathBuf);

impl Scratch {
    fn new() -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("portcullis-demo-{}", uuid::Uuid::now_v7().simple()));
        std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be deleted is the temporary folder's to clean.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
