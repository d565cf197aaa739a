//! The command line: one file a verb.

mod access;
mod anonymity;
mod audit;
mod ban;
mod check;
mod client;
mod completions;
mod coverage;
pub mod demo;
mod doctor;
pub mod eval;
mod firewall;
mod init;
mod key;
mod limit;
mod lint_prompt;
mod model;
mod output;
mod outside;
mod password;
mod pin;
mod policy;
mod ready;
pub mod redteam;
mod remote;
mod scan;
mod scim;
mod serve;
mod session;
mod team;
mod tenant;
mod token;
mod tool;
pub mod train;
mod user;
mod validate;
mod waf;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{CommandFactory as _, Parser, Subcommand};
use guard::classifier::{Model, embedded};

use crate::config::Config;
use crate::data::encryption::Sealer;
use crate::model::classifier::Shelf;
use crate::model::transformer::Transformer;

/// A security gateway for applications built on large language models.
///
/// `portcullis demo` shows what it does, without configuration. `portcullis init` and `portcullis serve` put it before
/// your own provider; then point an SDK's base URL at it.
#[derive(Debug, Parser)]
#[command(name = "portcullis", version, propagate_version = true, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    verb: Verb,
}

/// Where configuration and data are.
#[derive(Debug, Clone, clap::Args)]
pub struct Place {
    /// The configuration file.
    #[arg(
        long,
        short,
        global = true,
        env = "PORTCULLIS_CONFIG",
        default_value = "portcullis.toml",
        value_name = "FILE"
    )]
    pub config: PathBuf,
    /// The folder with the keys, the database and the audit journal.
    #[arg(
        long,
        short,
        global = true,
        env = "PORTCULLIS_DATA",
        default_value = "portcullis-data",
        value_name = "FOLDER"
    )]
    pub data: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Demo(demo::Args),
    Init(init::Args),
    Serve(serve::Args),
    Validate(validate::Args),
    Check(check::Args),
    Scan(scan::Args),
    Eval(eval::Args),
    Train(train::Args),
    Redteam(redteam::Args),
    Model(model::Args),
    Coverage(coverage::Args),
    LintPrompt(lint_prompt::Args),
    Anonymity(anonymity::Args),
    Tool(tool::Args),
    Key(key::Args),
    Policy(policy::Args),
    Limit(limit::Args),
    Ban(ban::Args),
    Firewall(firewall::Args),
    Access(access::Args),
    Token(token::Args),
    Session(session::Args),
    Tenant(tenant::Args),
    Team(team::Args),
    User(user::Args),
    Scim(scim::Args),
    Password(password::Args),
    Pin(pin::Args),
    Client(client::Args),
    Outside(outside::Args),
    Audit(audit::Args),
    Waf(waf::Args),
    Doctor(doctor::Args),
    Ready(ready::Args),
    Completions(completions::Args),
}

/// Runs the command.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let place = &cli.place;
    match cli.verb {
        Verb::Demo(args) => demo::start(args),
        Verb::Init(args) => block_on(1, init::run(place, args)),
        Verb::Serve(args) => serve::run(place, args),
        Verb::Validate(args) => validate::run(place, &args),
        Verb::Check(args) => check::run(place, &args),
        Verb::Scan(args) => scan::run(place, &args),
        Verb::Eval(args) => eval::run(place, &args),
        Verb::Train(args) => train::run(place, &args),
        Verb::Redteam(args) => redteam::run(place, &args),
        Verb::Model(args) => block_on(1, model::run(place, args)),
        Verb::Coverage(args) => coverage::run(&args),
        Verb::LintPrompt(args) => lint_prompt::run(&args),
        Verb::Anonymity(args) => anonymity::run(&args),
        Verb::Tool(args) => tool::run(&args),
        Verb::Access(args) => block_on(1, access::run(place, args)),
        Verb::Key(args) => block_on(1, key::run(place, args)),
        Verb::Policy(args) => block_on(1, policy::run(place, args)),
        Verb::Limit(args) => block_on(1, limit::run(place, args)),
        Verb::Ban(args) => block_on(1, ban::run(place, args)),
        Verb::Firewall(args) => block_on(1, firewall::run(place, args)),
        Verb::Token(args) => block_on(1, token::run(place, args)),
        Verb::Session(args) => block_on(1, session::run(place, args)),
        Verb::Tenant(args) => block_on(1, tenant::run(place, args)),
        Verb::Team(args) => block_on(1, team::run(place, args)),
        Verb::User(args) => block_on(1, user::run(place, args)),
        Verb::Scim(args) => block_on(1, scim::run(place, args)),
        Verb::Password(args) => block_on(1, password::run(place, args)),
        Verb::Client(args) => block_on(1, client::run(place, args)),
        Verb::Outside(args) => block_on(1, outside::run(place, args)),
        Verb::Audit(args) => block_on(1, audit::run(place, args)),
        Verb::Waf(args) => waf::run(place, &args),
        Verb::Pin(args) => block_on(1, pin::run(place, args)),
        Verb::Doctor(args) => block_on(1, doctor::run(place, &args)),
        Verb::Ready(args) => block_on(1, ready::run(place, args)),
        Verb::Completions(args) => completions::run(&args, &mut Cli::command()),
    }
}

/// Runs to the end on so many threads; 0 is one a core. One thread takes no locks with itself.
fn block_on<T>(threads: usize, future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    use tokio::runtime::Builder;
    let mut builder = match threads {
        1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    if threads > 1 {
        builder.worker_threads(threads);
    }
    builder.enable_all().build().context("the runtime cannot be started")?.block_on(future)
}

/// `portcullis … | head` is no failure.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        let json = || cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        io.or_else(json) == Some(std::io::ErrorKind::BrokenPipe)
    })
}

impl Place {
    /// Reads the configuration.
    fn load(&self) -> anyhow::Result<Config> {
        if !self.config.exists() {
            anyhow::bail!("there is no configuration {}: `portcullis init` writes one", self.config.display());
        }
        Ok(Config::load(&self.config)?)
    }

    /// The model that judges here: the chosen one when there is a data folder with one, else the program's own.
    fn model(&self, config: &Config) -> anyhow::Result<Arc<Model>> {
        if !self.data.join("models").exists() {
            return Ok(embedded()?);
        }
        let master = config.store.master_key.as_ref().map(|key| key.resolve()).transpose()?;
        Ok(Shelf::open(&self.data, &Sealer::open(&self.data, master)?)?.current()?)
    }

    /// The transformer of the configuration, where there is one.
    fn transformer(&self, config: &Config) -> anyhow::Result<Option<Arc<Transformer>>> {
        let open = |config| Transformer::open(config).context("[transformer] cannot judge");
        Ok(config.transformer.as_ref().map(open).transpose()?.map(Arc::new))
    }

    /// Reads the configuration, or takes what holds without one: the shipped default policy.
    fn load_or_default(&self) -> anyhow::Result<Config> {
        if self.config.exists() { self.load() } else { Ok(Config::parse("", Path::new("default"))?) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
