//! `cargo xtask deploy`: looks at the files below `deploy/` with what judges such files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::bail;

use crate::clients;
use crate::service::program;
use crate::shell::{has, root, run, scratch, step};

/// The most that `systemd-analyze security` may find: in tenths; 100 is the worst.
const EXPOSURE: [(&str, u32); 2] = [("portcullis.service", 12), ("portcullis-firewall.service", 16)];

/// Judges everything. What no judge is there for is said aloud.
pub(crate) fn run_all() -> anyhow::Result<()> {
    let deploy = root().join("deploy");
    let folder = scratch().join("deploy");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("image"))?;
    step("installing what judges the files");
    let python = clients::virtual_environment("deploy-python", &deploy.join("check/requirements.txt"))?;
    step("the chart: rendered by Helm's engine, against the schemas of Kubernetes");
    run(Command::new(&python).arg("-B").arg(deploy.join("check/chart.py")).arg(&folder))?;
    // Only a file of this name is taken for one.
    fs::copy(deploy.join("container/Containerfile"), folder.join("image/Dockerfile"))?;
    for (framework, place) in
        [("dockerfile", folder.join("image")), ("kubernetes", folder.clone()), ("terraform", deploy.join("terraform"))]
    {
        checkov(&python, framework, &place)?;
    }
    if has("terraform") {
        step("terraform fmt");
        run(Command::new("terraform").args(["fmt", "-check", "-diff", "-recursive"]).arg(deploy.join("terraform")))?;
    } else {
        step("NOT CHECKED: terraform is not installed, so nothing says whether its files are formatted");
    }
    units(&deploy.join("systemd"), &folder)
}

fn checkov(python: &Path, framework: &str, place: &Path) -> anyhow::Result<()> {
    step(&format!("checkov: {framework}"));
    let program = python.with_file_name("checkov");
    let options = ["--quiet", "--compact", "--skip-download", "--framework", framework, "--directory"];
    run(Command::new(python).arg(program).args(options).arg(place))
}

/// The units: well-formed, and how exposed. Programs that they start need not be installed here.
fn units(from: &Path, folder: &Path) -> anyhow::Result<()> {
    let analyze = program("systemd-analyze", "systemd")?;
    step("systemd-analyze");
    let mut copies: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let copy = folder.join(path.file_name().unwrap_or_default());
        fs::write(&copy, fs::read_to_string(&path)?.replace("/usr/local/bin/portcullis", "/bin/true"))?;
        copies.push(copy);
    }
    let verified = Command::new(&analyze).args(["verify", "--man=no"]).args(&copies).output()?;
    let said = String::from_utf8_lossy(&verified.stderr).into_owned();
    if !verified.status.success() || !said.trim().is_empty() {
        bail!("systemd-analyze verify: {said}");
    }
    for (unit, most) in EXPOSURE {
        let threshold = format!("--threshold={most}");
        let arguments = ["security", "--offline=true", "--no-pager", &threshold];
        run(Command::new(&analyze).args(arguments).arg(folder.join(unit)).stdout(std::process::Stdio::null()))?;
    }
    Ok(())
}
