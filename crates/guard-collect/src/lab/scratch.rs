//! The scratch area: where guard keeps what it builds, and nowhere else.
//!
//! ```text
//! <cache>/guard/<repository id>/
//!   store/    guard's own git objects and indexes (never readable code's to write)
//!   lab/      one work tree with its target directory, kept between runs; locked while in use (and one a side for
//!             benchmarks); beyond a bound of all repositories together those used longest ago are removed
//!   known/    outcomes of earlier runs, by tree and command
//!   read/     what was read of blobs and trees
//!   runs/     one directory a run: evidence.json, report.json, log/
//! ```

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use guard_exec::Control;

use super::{bound, tree};
use crate::remove;

/// Runs kept per repository; older ones are removed when a new one begins.
const RUNS_KEPT: usize = 20;

/// Below this much free space, in MiB, nothing is built: a full disk makes builds fail in misleading ways.
pub const MIN_FREE_MIB: u64 = 256;

/// Below this much free space a disk is full for what runs on it.
const FULL: u64 = 16 << 20;

/// Why the scratch area cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScratchError {
    /// A directory or file there cannot be made.
    #[error(
        "cannot use the scratch area {path}: {source}; set GUARD_CACHE_DIR to a directory that can be written"
    )]
    Io {
        /// The path.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The disk is full.
    #[error(
        "no disk space in the scratch area {path}: {free_mib} MiB free, at least {need_mib} MiB are needed; free some or set GUARD_CACHE_DIR"
    )]
    Full {
        /// The path.
        path: PathBuf,
        /// Free space in MiB.
        free_mib: u64,
        /// Wanted space in MiB.
        need_mib: u64,
    },
    /// Another run of guard uses the lab and did not end in time.
    #[error("another guard run has been using {path} for {waited_s} s; wait for it or end it")]
    Busy {
        /// The path.
        path: PathBuf,
        /// How long this run waited, in seconds.
        waited_s: u64,
    },
}

/// One repository's part of the scratch area.
#[derive(Debug, Clone)]
pub struct Scratch {
    root: PathBuf,
}

impl Scratch {
    /// Opens (and makes) the part of `cache` that belongs to the repository `id`.
    pub fn open(cache: &Path, id: &str) -> Result<Scratch, ScratchError> {
        let root = cache.join("guard").join(id);
        for dir in ["store", "lab", "known", "runs"] {
            make_dir(&root.join(dir))?;
        }
        // Backup tools and other cleaners know this mark (https://bford.info/cachedir/).
        let tag = cache.join("guard").join("CACHEDIR.TAG");
        if !tag.exists() {
            let text =
                "Signature: 8a477f597d28d172789f06886806bc55\n# Made by guard; may be removed at any time.\n";
            fs::write(&tag, text).map_err(|source| ScratchError::Io { path: tag, source })?;
        }
        Ok(Scratch { root })
    }

    /// Makes the common directory, so that a cache that cannot be written is said to be one before
    /// anything else fails because of it.
    pub fn prepare(cache: &Path) -> Result<(), ScratchError> {
        make_dir(&cache.join("guard"))
    }

    /// Where guard's own git objects of the repository `id` are kept.
    pub fn store_of(cache: &Path, id: &str) -> PathBuf {
        cache.join("guard").join(id).join("store")
    }

    /// Outcomes of earlier runs.
    pub fn known(&self) -> PathBuf {
        self.root.join("known")
    }

    /// The index of the source.
    pub fn index(&self) -> PathBuf {
        self.root.join("index")
    }

    /// What was read of blobs and trees.
    pub fn read(&self) -> PathBuf {
        self.root.join("read")
    }

    /// What hooks of agents remember between their calls.
    pub fn hooks(&self) -> PathBuf {
        self.root.join("hooks")
    }

    /// Takes the lab for this run, waiting up to `wait` for another run to let it go.
    pub fn lab(&self, wait: Duration, ctl: &Control) -> Result<LabDir, ScratchError> {
        let root = self.root.join("lab");
        let lock_path = self.root.join("lab.lock");
        let io_error = |source| ScratchError::Io { path: lock_path.clone(), source };
        let lock = File::options().create(true).append(true).open(&lock_path).map_err(io_error)?;
        let begun = Instant::now();
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(fs::TryLockError::WouldBlock) if begun.elapsed() < wait && !ctl.is_interrupted() => {
                    std::thread::sleep(Duration::from_millis(50));
                }
                Err(fs::TryLockError::WouldBlock) => {
                    return Err(ScratchError::Busy { path: root, waited_s: begun.elapsed().as_secs() });
                }
                Err(fs::TryLockError::Error(source)) => return Err(io_error(source)),
            }
        }
        bound::note_use(&lock);
        bound::clean(&self.root);
        let is_short = || free_space(&root).is_some_and(|free| free >> 20 < MIN_FREE_MIB);
        if is_short() {
            bound::make_room(&self.root, || !is_short());
        }
        if let Some(free) = free_space(&root)
            && free >> 20 < MIN_FREE_MIB
        {
            return Err(ScratchError::Full { path: root, free_mib: free >> 20, need_mib: MIN_FREE_MIB });
        }
        let lab = LabDir { root, _lock: lock };
        make_dir(&lab.tree())?;
        lab.clear()?;
        Ok(lab)
    }

    /// A new run directory; the oldest ones beyond a fixed number are removed.
    pub fn new_run(&self, id: &str) -> Result<RunDir, ScratchError> {
        let runs = self.root.join("runs");
        let mut old: Vec<PathBuf> =
            fs::read_dir(&runs).into_iter().flatten().flatten().map(|e| e.path()).collect();
        old.sort();
        for path in old.iter().take(old.len().saturating_sub(RUNS_KEPT - 1)) {
            // Another run may remove the same one; either is fine.
            let _ = remove::all(path);
        }
        RunDir::create(runs.join(id))
    }

    /// The newest run directory that holds evidence.
    pub fn newest_run(&self) -> Option<PathBuf> {
        self.runs().into_iter().find(|p| p.join("evidence.json").is_file())
    }

    /// All run directories, the newest first.
    pub fn runs(&self) -> Vec<PathBuf> {
        let found = fs::read_dir(self.root.join("runs")).into_iter().flatten().flatten();
        let mut runs: Vec<PathBuf> = found.map(|e| e.path()).collect();
        runs.sort();
        runs.reverse();
        runs
    }

    /// The directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Free space in MiB, where the system says it.
    pub fn free_mib(&self) -> Option<u64> {
        free_space(&self.root).map(|free| free >> 20)
    }
}

/// The lab of one repository, held by this run until dropped.
#[derive(Debug)]
pub struct LabDir {
    root: PathBuf,
    _lock: File,
}

impl LabDir {
    /// Removes what earlier children left behind outside of the tree, so that it can neither steer the tools that
    /// fetch nor decide how the other side's tests come out. Caches stay.
    pub(crate) fn clear(&self) -> Result<(), ScratchError> {
        for dir in [self.tmp(), self.out(), self.home()] {
            remove::open(&dir);
            let entries = fs::read_dir(&dir).into_iter().flatten().flatten();
            for entry in entries.filter(|e| dir != self.home() || e.file_name() != ".cache") {
                remove::all(&entry.path())
                    .map_err(|source| ScratchError::Io { path: entry.path(), source })?;
            }
            make_dir(&dir)?;
        }
        // For tests that commit; the user's own is not theirs to use.
        let identity = "[user]\n\tname = guard\n\temail = guard@localhost\n[safe]\n\tdirectory = *\n";
        // Without it those tests say so themselves.
        let _ = tree::write_inside(&self.home(), ".gitconfig", identity.as_bytes());
        Ok(())
    }

    /// The work tree that children build and test.
    pub fn tree(&self) -> PathBuf {
        self.root.join("tree")
    }

    /// The index that tells git which files of the tree are current; not writable for children.
    pub fn index(&self) -> PathBuf {
        self.root.join("index")
    }

    /// guard's `program` where children can start it, wherever it was installed: their `/tmp` and parts of the home
    /// directory are others. Not writable for them; a copy only where the file system allows no link.
    pub(crate) fn program(&self, program: &Path) -> io::Result<PathBuf> {
        let copy = self.root.join("guard");
        let state = |path: &Path| fs::metadata(path).and_then(|m| Ok((m.len(), m.modified()?)));
        let original = state(program)?;
        if state(&copy).is_ok_and(|known| known == original) {
            return Ok(copy);
        }
        let new = self.root.join("guard.new");
        // A run that was killed may have left one.
        remove::all(&new)?;
        // A link to a link would lead out of what children see.
        if fs::canonicalize(program).and_then(|p| fs::hard_link(p, &new)).is_err() {
            fs::copy(program, &new)?;
            File::options().write(true).open(&new)?.set_modified(original.1)?;
        }
        fs::rename(&new, &copy)?;
        Ok(copy)
    }

    /// When which woven text was first written; not writable for children.
    pub(crate) fn woven_times(&self) -> PathBuf {
        self.root.join("woven.json")
    }

    /// Which test caught which mutant last; not writable for children.
    pub(crate) fn killers(&self) -> PathBuf {
        self.root.join("killers.json")
    }

    /// What test programs of the workspace in `dir` came to with mutants the last time; not writable for children.
    pub(crate) fn kept_outcomes(&self, dir: &str) -> PathBuf {
        self.root.join(format!("outcomes-{}.json", &blake3::hash(dir.as_bytes()).to_hex()[..12]))
    }

    /// `TMPDIR` of children; emptied before each side.
    pub fn tmp(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// `HOME` of children; emptied before each side but for caches.
    pub fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    /// Where result files of suites are written; emptied before each side.
    pub fn out(&self) -> PathBuf {
        self.root.join("out")
    }

    /// The work tree of one side for benchmarks, which need both at once.
    pub fn bench_tree(&self, side: &str) -> PathBuf {
        self.root.join("bench").join(side)
    }

    /// The index of that work tree.
    pub fn bench_index(&self, side: &str) -> PathBuf {
        self.root.join(format!("bench-{side}.index"))
    }

    /// The directory above all of these: the parent that `..` of the tree names.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

/// One run's directory: evidence, report and logs.
#[derive(Debug, Clone)]
pub struct RunDir {
    root: PathBuf,
}

impl RunDir {
    /// Makes the directory `root` with its `log/`.
    pub fn create(root: PathBuf) -> Result<RunDir, ScratchError> {
        make_dir(&root.join("log"))?;
        Ok(RunDir { root })
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Path of the log `name` (`build-head` → `log/build-head.log`).
    pub fn log(&self, name: &str) -> PathBuf {
        let safe: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' })
            .take(100)
            .collect();
        self.root.join("log").join(format!("{safe}.log"))
    }
}

/// Whether so little space is left on the disk of `path` that what writes there fails for it.
pub(crate) fn is_full(path: &Path) -> bool {
    free_space(path).is_some_and(|free| free < FULL)
}

/// Bytes that an ordinary user may still write on the disk of `path`.
#[cfg(unix)]
fn free_space(path: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(path).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

#[cfg(not(unix))]
fn free_space(_path: &Path) -> Option<u64> {
    None
}

fn make_dir(path: &Path) -> Result<(), ScratchError> {
    fs::create_dir_all(path).map_err(|source| ScratchError::Io { path: path.to_owned(), source })
}
