//! Clients of HaloPSA that others wrote, against the simulator: each script in `tests/peers` is one test.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use crate::{
    cargo::{passes, root},
    python,
    simulator::Simulator,
    suite::Count,
};

const TENANT: &str = "peers";
const CLIENT_ID: &str = "5f1c2c86-6a3e-4a0b-9d0e-7c1f4f0f3a11";
const CLIENT_SECRET: &str = "only-for-the-simulator";

pub(crate) fn run() -> Result<Count> {
    let folder = root().join("tests/peers");
    let Some(python) = python::set_up("peers", &folder.join("requirements.txt"))? else {
        eprintln!(
            "peers: not run, they need Python 3.10 or newer with venv (Debian, Ubuntu: apt-get install python3-venv)"
        );
        return Ok(Count { passed: 0, failed: usize::from(python::in_ci()) });
    };
    let secrets = ["--tenant", TENANT, "--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET];
    let simulator = Simulator::start(&[&["--seed", "1", "--tickets", "400"][..], &secrets].concat())?;
    let mut count = Count::default();
    for script in scripts(&folder)? {
        let mut peer = Command::new(&python);
        peer.arg("-B").arg(&script).env("HALO_RESOURCE_URL", &simulator.resource_url);
        peer.env("HALO_TENANT", TENANT).env("HALO_CLIENT_ID", CLIENT_ID).env("HALO_CLIENT_SECRET", CLIENT_SECRET);
        let slot = if passes(&mut peer)? { &mut count.passed } else { &mut count.failed };
        *slot += 1;
    }
    Ok(count)
}

fn scripts(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("`{}` is missing", folder.display()))?;
    let paths = entries.flatten().map(|entry| entry.path());
    let mut scripts: Vec<_> = paths.filter(|path| path.to_string_lossy().ends_with("_peer.py")).collect();
    scripts.sort();
    Ok(scripts)
}
