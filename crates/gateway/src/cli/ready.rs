//! `portcullis ready`: a probe for containers, which have no other program to ask with.

use std::process::ExitCode;

use super::Place;
use super::output::line;
use super::remote::Remote;

/// Say whether the gateway of this configuration is ready to serve; the exit code is 1 when it is not.
///
/// Asks `/readyz` of the admin listener. Needs no key.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) async fn run(place: &Place, _: Args) -> anyhow::Result<ExitCode> {
    let is_ready = Remote::is_ready(&place.load()?).await?;
    line(if is_ready { "ready" } else { "not ready" })?;
    Ok(if is_ready { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
