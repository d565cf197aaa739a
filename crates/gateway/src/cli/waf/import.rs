//! `portcullis waf import`: rules into the data folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use super::super::{Place, output};
use crate::infra::network::waf::FOLDER;
use crate::infra::network::waf::config::WafConfig;
use crate::infra::network::waf::files as rule_files;

/// Bring rules into the data folder, when all of them can be honoured.
///
/// Takes the OWASP Core Rule Set as it is unpacked (`crs-setup.conf.example` and `rules/`), as Debian installs it
/// (`portcullis waf import /usr/share/modsecurity-crs --setup /etc/modsecurity/crs/crs-setup.conf`), or a folder of `.conf`
/// files with their data. What was imported before is replaced. It takes effect at the next start or reload.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The folder.
    folder: PathBuf,
    /// The set-up file, when it is somewhere else.
    #[arg(long, value_name = "FILE")]
    setup: Option<PathBuf>,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<ExitCode> {
    if !args.folder.is_dir() {
        bail!("{} is not a folder; unpack an archive first", args.folder.display());
    }
    fs::create_dir_all(&place.data).with_context(|| format!("{} cannot be made", place.data.display()))?;
    let fresh = place.data.join(format!("{FOLDER}.new"));
    remove(&fresh)?;
    let count = copy_all(args, &fresh)?;
    let config = WafConfig { rules: Some(fresh.clone()), ..place.load_or_default()?.waf };
    let engine = rule_files(&config, &place.data).and_then(|files| files.compile());
    let engine = match engine {
        Ok(engine) => engine,
        Err(error) => {
            remove(&fresh)?;
            return Err(anyhow::Error::new(error).context("nothing was imported"));
        }
    };
    replace(&place.data, &fresh)?;
    output::line(format!(
        "{} rules of {count} files are imported and take effect at the next start or reload",
        engine.rules()
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Copies set-up, rules and data.
fn copy_all(args: &Args, fresh: &Path) -> anyhow::Result<usize> {
    let rules = args.folder.join("rules");
    let (from, to) =
        if rules.is_dir() { (rules, fresh.join("rules")) } else { (args.folder.clone(), fresh.to_owned()) };
    fs::create_dir_all(&to).with_context(|| format!("{} cannot be made", to.display()))?;
    let mut count = copy(&from, &to)?;
    let setup = args.setup.clone().or_else(|| {
        ["crs-setup.conf", "crs-setup.conf.example"]
            .map(|name| args.folder.join(name))
            .into_iter()
            .find(|file| file.is_file())
    });
    if let Some(setup) = setup {
        fs::copy(&setup, fresh.join("crs-setup.conf"))
            .with_context(|| format!("{} cannot be copied", setup.display()))?;
        count += 1;
    }
    Ok(count)
}

/// Copies rule and data files of a folder.
fn copy(from: &Path, to: &Path) -> anyhow::Result<usize> {
    let mut count = 0;
    for entry in fs::read_dir(from).with_context(|| format!("{} cannot be read", from.display()))? {
        let file = entry?.path();
        let wanted = file.extension().is_some_and(|ending| ending == "conf" || ending == "data");
        if let Some(name) = file.file_name().filter(|_| wanted && file.is_file()) {
            fs::copy(&file, to.join(name)).with_context(|| format!("{} cannot be copied", file.display()))?;
            count += 1;
        }
    }
    Ok(count)
}

/// Puts the new folder in the place of the old one.
fn replace(data: &Path, fresh: &Path) -> anyhow::Result<()> {
    let (own, old) = (data.join(FOLDER), data.join(format!("{FOLDER}.old")));
    remove(&old)?;
    if own.exists() {
        fs::rename(&own, &old).context("the rules of before cannot be set aside")?;
    }
    fs::rename(fresh, &own).context("the new rules cannot be put in place")?;
    remove(&old)
}

fn remove(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("{} cannot be removed", folder.display()))?;
    }
    Ok(())
}
