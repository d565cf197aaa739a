//! `portcullis serve`: runs the gateway.

use std::process::ExitCode;

use super::output::{DIM, GOOD, line};
use super::{Place, block_on};
use crate::app::App;
use crate::server::Server;

/// Run the gateway.
///
/// SIGHUP reads the configuration again: all of it or, when it is wrong, nothing. SIGTERM and Ctrl-C stop taking
/// connections and let running requests finish.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The form of the log on standard error.
    #[arg(long, value_enum, default_value_t = LogFormat::Text, env = "PORTCULLIS_LOG_FORMAT")]
    log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

pub(super) fn run(place: &Place, args: Args) -> anyhow::Result<ExitCode> {
    log_to_stderr(args.log_format);
    let config = place.load()?;
    let threads = config.server.threads;
    block_on(threads, async move {
        let app = App::start(config, Some(place.config.clone()), &place.data).await?;
        let server = Server::bind(app).await?;
        line(format_args!(
            "{GOOD}listening{GOOD:#}  data {}  admin {}  {DIM}(Ctrl-C stops){DIM:#}",
            server.data_address(),
            server.admin_address()
        ))?;
        server.run_until_signal().await?;
        Ok(ExitCode::SUCCESS)
    })
}

fn log_to_stderr(format: LogFormat) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("PORTCULLIS_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,portcullis=info"));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => subscriber.init(),
        LogFormat::Json => subscriber.json().init(),
    }
}
