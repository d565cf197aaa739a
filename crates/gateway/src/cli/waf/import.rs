//! `portcullis waf import`: rules into the data folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use waf::{Engine, Verdict};

use super::super::{Place, output};
use super::archive;
use super::request::{Described, no_prompt, run as run_request};
use crate::infra::network::waf::FOLDER;
use crate::infra::network::waf::config::WafConfig;
use crate::infra::network::waf::files as rule_files;

/// Bring rules into the data folder, when all of them can be honoured.
///
/// Takes the OWASP Core Rule Set as it is published (a tar archive, plain or packed with gzip), as it is unpacked
/// (`crs-setup.conf.example` and `rules/`), as Debian installs it
/// (`portcullis waf import /usr/share/modsecurity-crs --setup /etc/modsecurity/crs/crs-setup.conf`), or a folder of `.conf`
/// files with their data. What was imported before is replaced. It takes effect at the next start or reload.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The folder, or the archive (`.tar`, `.tar.gz`).
    #[arg(value_name = "DIR|TAR")]
    from: PathBuf,
    /// The set-up file, when it is somewhere else.
    #[arg(long, value_name = "FILE")]
    setup: Option<PathBuf>,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<ExitCode> {
    fs::create_dir_all(&place.data).with_context(|| format!("{} cannot be made", place.data.display()))?;
    let [fresh, unpacked] = ["new", "unpacked"].map(|ending| place.data.join(format!("{FOLDER}.{ending}")));
    remove(&fresh)?;
    remove(&unpacked)?;
    let checked = check(place, args, &fresh, &unpacked);
    remove(&unpacked)?;
    let (files, engine) = match checked {
        Ok(checked) => checked,
        Err(error) => {
            remove(&fresh)?;
            return Err(error.context("nothing was imported"));
        }
    };
    replace(&place.data, &fresh)?;
    let rules = engine.rules();
    output::line(format!("{rules} rules of {files} files are imported and take effect at the next start or reload"))?;
    if let Some(rule) = refuses_all(&engine) {
        output::line(format!(
            "warning: rule {rule} refuses even a request with nothing in it; the Core Rule Set does so without its set-up \
             file, which `--setup` names (`portcullis waf check /` explains)"
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The rule that refuses a request as harmless as can be.
fn refuses_all(engine: &Arc<Engine>) -> Option<u32> {
    let (method, uri, version) = (b"GET".to_vec(), b"/v1/models".to_vec(), b"HTTP/1.1".to_vec());
    let request = Described { method, uri, version, ..Described::default() }.with_defaults();
    match run_request(engine, &request, "import", &no_prompt).verdict {
        Verdict::Pass => None,
        Verdict::Deny { rule, .. } => Some(rule),
    }
}

/// Puts what is imported into a fresh folder, and sees whether every rule of it can be honoured: how many files, and the rules.
fn check(place: &Place, args: &Args, fresh: &Path, unpacked: &Path) -> anyhow::Result<(usize, Arc<Engine>)> {
    let files = if args.from.is_dir() {
        copy_all(&args.from, args.setup.as_deref(), fresh)?
    } else {
        fs::create_dir(unpacked).with_context(|| format!("{} cannot be made", unpacked.display()))?;
        copy_all(&archive::unpack(&args.from, unpacked)?, args.setup.as_deref(), fresh)?
    };
    let config = WafConfig { rules: Some(fresh.to_owned()), ..place.load_or_default()?.waf };
    Ok((files, rule_files(&config, &place.data)?.compile()?))
}

/// Copies set-up, rules and data.
fn copy_all(folder: &Path, setup: Option<&Path>, fresh: &Path) -> anyhow::Result<usize> {
    let rules = folder.join("rules");
    let (from, to) = if rules.is_dir() { (rules, fresh.join("rules")) } else { (folder.to_owned(), fresh.to_owned()) };
    fs::create_dir_all(&to).with_context(|| format!("{} cannot be made", to.display()))?;
    let mut count = copy(&from, &to)?;
    let setup = setup.map(Path::to_owned).or_else(|| {
        ["crs-setup.conf", "crs-setup.conf.example"]
            .map(|name| folder.join(name))
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
    if let Err(error) = fs::rename(fresh, &own) {
        if old.exists() {
            fs::rename(&old, &own).context("the rules of before cannot be put back")?;
        }
        return Err(error).context("the new rules cannot be put in place");
    }
    remove(&old)
}

fn remove(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("{} cannot be removed", folder.display()))?;
    }
    Ok(())
}
