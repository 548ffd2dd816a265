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

/// What a workspace has for its build.
#[derive(Debug, Default)]
pub(crate) struct Fetched {
    /// The repository holds the lock file, which then must not change.
    pub(crate) is_locked: bool,
    /// Why something may be missing; the build, which is offline, then says what.
    pub(crate) lacks: Option<Unfetched>,
}

/// Why dependencies were not fetched.
#[derive(Debug, Clone)]
pub(crate) struct Unfetched {
    /// For people.
    pub(crate) remark: String,
    /// What the registry itself says there is not, where it was asked: no cache and no network explains that.
    pub(crate) not_there: Option<String>,
}

/// Makes sure that the local registry cache holds what the workspace in `dir` asks for.
pub(crate) fn fetch(bench: &Workbench<'_>, dir: &Path, change: &Change, known: &Path) -> Fetched {
    let is_locked = fs::symlink_metadata(dir.join("Cargo.lock")).is_ok();
    if !is_locked {
        provide_lock(bench, dir, known);
    }
    Fetched { is_locked, lacks: fill_cache(bench, dir, is_locked, change, known).err() }
}

fn fill_cache(
    bench: &Workbench<'_>,
    dir: &Path,
    is_locked: bool,
    change: &Change,
    known: &Path,
) -> Result<(), Unfetched> {
    let because = |remark: String| Unfetched { remark, not_there: None };
    if bench.policy.sandbox.offline {
        return Ok(());
    }
    let Some(cargo_home) = bench.surroundings.cargo_home() else { return Ok(()) };
    let lock = dir.join("Cargo.lock");
    // A lock file that is not the repository's own may be older than what the manifests ask for.
    let manifests = if is_locked { Vec::new() } else { manifests(dir) };
    let marker = |lock: &[u8]| marker(known, &cargo_home, &[lock, &manifests]);
    let is_fetched = |m: &Path| fs::read_to_string(m).is_ok_and(|state| state == cache_state(&cargo_home));
    if fs::read(&lock).is_ok_and(|bytes| is_fetched(&marker(&bytes))) {
        return Ok(());
    }
    // Cargo runs the programs that its configuration names; a change to it must not choose what runs
    // while the network is open.
    if let Some(file) =
        change.files.iter().find(|f| configures_cargo(&f.path) || configures_cargo(f.base_path()))
    {
        let path = &file.path;
        return Err(because(format!("dependencies were not fetched, because the change edits `{path}`")));
    }
    let mut cmd = bench.fetcher("cargo", dir, FETCH_LIMIT_S, std::slice::from_ref(&cargo_home)).arg("fetch");
    if is_locked {
        cmd = cmd.arg("--locked");
    }
    let output = cmd
        .env("CARGO_TERM_COLOR", "never")
        .log_to(bench.run.log("fetch"))
        .run(bench.ctl)
        .map_err(|error| because(format!("dependencies could not be fetched: {error}")))?;
    if output.exit != Exit::Code(0) {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let error = first_error(&stderr);
        let not_there = is_not_there(&stderr).then(|| error.clone());
        return Err(Unfetched { remark: format!("dependencies could not be fetched: {error}"), not_there });
    }
    if let Ok(bytes) = fs::read(&lock) {
        if let Ok(below) = dir.strip_prefix(bench.lab.tree()) {
            // Kept for the next run, which starts from a clean tree; without it that run resolves anew.
            let _ = fs::write(resolved_lock(known, below), &bytes);
        }
        // Without the marker the next run only fetches again.
        let _ = fs::write(marker(&bytes), cache_state(&cargo_home));
    }
    Ok(())
}

/// Whether cargo was answered, by crates.io's own index, that there is no such package or no such version.
fn is_not_there(stderr: &str) -> bool {
    let asked = ["no matching package named", "failed to select a version for the requirement"];
    asked.iter().any(|said| stderr.contains(said)) && stderr.contains("location searched: crates.io index")
}

/// The file that says that what was asked for is in the cache.
fn marker(known: &Path, cargo_home: &Path, asked: &[&[u8]]) -> PathBuf {
    let mut hasher = blake3::Hasher::new();
    hasher.update(cargo_home.as_os_str().as_encoded_bytes());
    for part in asked {
        hasher.update(b"\0").update(part);
    }
    known.join(format!("fetched-{}", &hasher.finalize().to_hex()[..32]))
}

/// The text of all manifests below a directory.
fn manifests(dir: &Path) -> Vec<u8> {
    let mut text = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        let mut entries: Vec<_> = fs::read_dir(&dir).into_iter().flatten().flatten().collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name();
            let is = |wanted: fn(&fs::FileType) -> bool| entry.file_type().is_ok_and(|t| wanted(&t));
            if is(fs::FileType::is_dir) && name != "target" && name != ".git" {
                open.push(entry.path());
            } else if is(fs::FileType::is_file) && name == "Cargo.toml" {
                text.extend(fs::read(entry.path()).unwrap_or_default());
            }
        }
    }
    text
}

/// What tells the cache from one that something was added to or taken from: its directories, and when each
/// last changed.
fn cache_state(cargo_home: &Path) -> String {
    const DIRS: [&str; 5] = ["registry/index", "registry/cache", "registry/src", "git/db", "git/checkouts"];
    let mut found = Vec::new();
    for dir in DIRS.map(|d| cargo_home.join(d)) {
        for path in fs::read_dir(&dir).into_iter().flatten().flatten().map(|e| e.path()) {
            let changed = fs::metadata(&path).and_then(|m| m.modified()).ok();
            // An index is written to whenever it is asked.
            let changed = changed.filter(|_| !dir.ends_with("index"));
            found.push(format!("{} {changed:?}\n", path.display()));
        }
    }
    found.sort();
    found.concat()
}

/// A library without a committed lock file is built with the one in the user's work tree, which is
/// what its own builds use; else with the one that an earlier run resolved.
fn provide_lock(bench: &Workbench<'_>, dir: &Path, known: &Path) {
    let tree = bench.lab.tree();
    let Ok(below) = dir.strip_prefix(&tree) else { return };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_that_something_was_taken_from_is_another_one() {
        let home = tempfile::tempdir().unwrap();
        let crates = home.path().join("registry/cache/index.crates.io-1");
        fs::create_dir_all(&crates).unwrap();
        fs::write(crates.join("a-1.0.0.crate"), "").unwrap();
        // Long ago, so that what is removed now counts as later.
        fs::File::open(&crates).unwrap().set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        let before = cache_state(home.path());
        assert_eq!(cache_state(home.path()), before);
        fs::remove_file(crates.join("a-1.0.0.crate")).unwrap();
        assert_ne!(cache_state(home.path()), before);
        fs::remove_dir_all(home.path().join("registry")).unwrap();
        assert_eq!(cache_state(home.path()), "");
    }

    #[test]
    fn caches_in_different_places_are_different() {
        let [a, b] = ["/a", "/b"].map(|home| marker(Path::new("/known"), Path::new(home), &[b"lock"]));
        assert_ne!(a, b);
    }

    #[test]
    fn only_the_registry_itself_says_that_there_is_no_such_package() {
        let said = "error: no matching package named `x` found\nlocation searched: ";
        for (rest, expected) in [
            ("crates.io index\n", true),
            ("`mirror` index (which is replacing registry `crates-io`)\n", false),
            ("directory source `/vendor` (which is replacing registry `crates-io`)\n", false),
        ] {
            assert_eq!(is_not_there(&format!("{said}{rest}")), expected, "{rest}");
        }
        let version = "error: failed to select a version for the requirement `x = \"^99\"`\ncandidate versions found which \
                       didn't match: 1.0.0\nlocation searched: crates.io index\n";
        assert!(is_not_there(version));
        assert!(!is_not_there("error: failed to get `x`: [6] Could not resolve host"));
    }
}
