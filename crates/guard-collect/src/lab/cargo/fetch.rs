//! Brings dependencies before any of the change's code runs.

use std::fs;
use std::path::{Path, PathBuf};

use guard_exec::Exit;
use guard_model::Change;

use super::metadata::first_error;
use crate::lab::tree::write_inside;
use crate::lab::workbench::Workbench;

/// Seconds that fetching may take.
const FETCH_LIMIT_S: u64 = 600;

/// Makes sure that the local registry cache holds what the lock file asks for. Returns a remark when
/// it does not; the build, which is offline, then says what is missing.
pub(crate) fn fetch(bench: &Workbench<'_>, dir: &Path, change: &Change, known: &Path) -> Option<String> {
    provide_lock(bench, dir, known);
    let lock = dir.join("Cargo.lock");
    let key = fs::read(&lock).map(|bytes| blake3::hash(&bytes).to_hex()[..32].to_owned());
    let marker = key.as_ref().ok().map(|k| known.join(format!("fetched-{k}")));
    if marker.as_ref().is_some_and(|m| m.exists()) {
        return None;
    }
    if bench.policy.sandbox.offline {
        return None;
    }
    // Cargo runs the programs that its configuration names; a change to it must not choose what runs
    // while the network is open.
    if let Some(file) =
        change.files.iter().find(|f| configures_cargo(&f.path) || configures_cargo(f.base_path()))
    {
        return Some(format!("dependencies were not fetched, because the change edits `{}`", file.path));
    }
    let cargo_home = bench.surroundings.cargo_home()?;
    let mut cmd = bench.fetcher("cargo", dir, FETCH_LIMIT_S, &[cargo_home]).arg("fetch");
    if lock.exists() {
        cmd = cmd.arg("--locked");
    }
    let output = match cmd.env("CARGO_TERM_COLOR", "never").log_to(bench.run.log("fetch")).run(bench.ctl) {
        Ok(output) => output,
        Err(error) => return Some(format!("dependencies could not be fetched: {error}")),
    };
    if output.exit != Exit::Code(0) {
        let stderr = String::from_utf8_lossy(&output.stderr);
        return Some(format!("dependencies could not be fetched: {}", first_error(&stderr)));
    }
    if let Ok(bytes) = fs::read(&lock) {
        if let Ok(below) = dir.strip_prefix(bench.lab.tree()) {
            // Kept for the next run, which starts from a clean tree; without it that run resolves anew.
            let _ = fs::write(resolved_lock(known, below), &bytes);
        }
        let hash = blake3::hash(&bytes).to_hex()[..32].to_owned();
        // Without the marker the next run only fetches again.
        let _ = fs::write(known.join(format!("fetched-{hash}")), b"");
    }
    None
}

/// A library without a committed lock file is built with the one in the user's work tree, which is
/// what its own builds use; else with the one that an earlier run resolved.
fn provide_lock(bench: &Workbench<'_>, dir: &Path, known: &Path) {
    let tree = bench.lab.tree();
    let Ok(below) = dir.strip_prefix(&tree) else { return };
    if fs::symlink_metadata(dir.join("Cargo.lock")).is_ok() {
        return;
    }
    let users = bench.work_tree.map(|top| top.join(below).join("Cargo.lock"));
    let found = users.and_then(|p| fs::read(p).ok()).or_else(|| fs::read(resolved_lock(known, below)).ok());
    if let Some(bytes) = found {
        // Cargo resolves anew when this cannot be written.
        let _ = write_inside(&tree, &below.join("Cargo.lock").to_string_lossy(), &bytes);
    }
}

fn resolved_lock(known: &Path, below: &Path) -> PathBuf {
    let name = blake3::hash(below.to_string_lossy().as_bytes()).to_hex();
    known.join(format!("lock-{}", &name[..16]))
}

fn configures_cargo(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or_default();
    let dir = parts.next().unwrap_or_default();
    (dir == ".cargo" && name.starts_with("config"))
        || name == "rust-toolchain"
        || name == "rust-toolchain.toml"
}
