//! What every child of the lab has in common: where it runs, what it may do, how long, and its log.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use guard_exec::{Cmd, Confinement, Control, Limits, Network};
use guard_model::Policy;

use super::parts::Shard;
use super::scratch::{LabDir, RunDir};
use crate::Surroundings;

/// Variables that guard itself sets for every child.
const OWN: &[&str] = &["HOME", "XDG_CACHE_HOME", "TMPDIR", "GUARD_OUT", "GIT_CEILING_DIRECTORIES"];

/// The lab's tools for one run.
pub(crate) struct Workbench<'a> {
    pub(crate) lab: &'a LabDir,
    pub(crate) run: &'a RunDir,
    pub(crate) policy: &'a Policy,
    pub(crate) surroundings: &'a Surroundings,
    pub(crate) ctl: &'a Control,
    /// Top of the user's work tree, where there is one; only read.
    pub(crate) work_tree: Option<&'a Path>,
    /// The part of the tests that is run, where it is only one of several.
    pub(crate) shard: Option<Shard>,
}

/// Who a child runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum User {
    /// An ordinary user, also when guard is root.
    Ordinary,
    /// Root when guard is, for what only root may do.
    Root,
}

impl Workbench<'_> {
    /// A confined child that runs the change's code: no network unless the policy opens it, writes
    /// only inside the lab.
    pub(crate) fn child(&self, program: impl Into<OsString>, cwd: &Path, wall_s: u64) -> Cmd {
        self.child_of(User::Ordinary, program, cwd, wall_s)
    }

    /// The same, as a certain user.
    pub(crate) fn child_of(&self, user: User, program: impl Into<OsString>, cwd: &Path, wall_s: u64) -> Cmd {
        let mut confinement = Confinement::closed(self.writable());
        if self.policy.sandbox.network {
            confinement.network = Network::Open;
        }
        if user == User::Root {
            confinement.drop_root = false;
        }
        self.confined(Cmd::new(program, cwd), wall_s, confinement)
    }

    /// A child that fetches dependencies before any of the change's code runs: with network, and
    /// writing only inside the lab and the package managers' own `caches`.
    pub(crate) fn fetcher(
        &self,
        program: impl Into<OsString>,
        cwd: &Path,
        wall_s: u64,
        caches: &[PathBuf],
    ) -> Cmd {
        let write = self.writable().into_iter().chain(caches.iter().cloned());
        self.confined(Cmd::new(program, cwd), wall_s, Confinement::fetching(write))
    }

    /// Whether every child has the variable already, from guard's environment or from guard itself.
    pub(crate) fn passes(&self, key: &str) -> bool {
        let sandbox = &self.policy.sandbox;
        let asked_for =
            sandbox.env.iter().any(|k| k == key) || guard_exec::kept_by_default(key, sandbox.network);
        OWN.contains(&key)
            || self.surroundings.tool_homes().iter().any(|(name, _)| *name == key)
            || (asked_for && self.surroundings.var(key).is_some())
    }

    fn writable(&self) -> Vec<PathBuf> {
        let lab = [self.lab.tree(), self.lab.tmp(), self.lab.home(), self.lab.out()];
        let benches =
            ["base", "head"].map(|side| self.lab.bench_tree(side)).into_iter().filter(|p| p.is_dir());
        lab.into_iter()
            .chain(benches)
            .chain(self.policy.sandbox.write.iter().map(|p| self.surroundings.expand(p)))
            .collect()
    }

    fn confined(&self, cmd: Cmd, wall_s: u64, confinement: Confinement) -> Cmd {
        let sandbox = &self.policy.sandbox;
        let confinement = Confinement {
            required: sandbox.required,
            sockets: sandbox.sockets.iter().map(|p| self.surroundings.expand(p)).collect(),
            private_tmp: Some(self.lab.tmp()),
            read: self.work_tree.map(Path::to_owned).into_iter().collect(),
            ..confinement
        };
        let limits = Limits {
            wall: Duration::from_secs(wall_s),
            memory: Some(self.policy.limits.memory_mib << 20),
            output: self.policy.limits.output_mib << 20,
            ..Limits::default()
        };
        let mut cmd = cmd
            .env("HOME", self.lab.home())
            // The user's own cannot be written, and go stops when it cannot keep its builds there.
            .env("XDG_CACHE_HOME", self.lab.home().join(".cache"))
            .env("TMPDIR", self.lab.tmp())
            .env("GUARD_OUT", self.lab.out())
            .env("GIT_CEILING_DIRECTORIES", self.lab.root())
            .limits(limits)
            .confine(confinement);
        for (key, value) in self.surroundings.tool_homes() {
            cmd = cmd.env(key, value);
        }
        for key in &sandbox.env {
            if let Some(value) = self.surroundings.var(key) {
                cmd = cmd.env(key, value);
            }
        }
        cmd
    }

    /// Path of a log as reports name it.
    pub(crate) fn log_name(&self, name: &str) -> String {
        self.run.log(name).to_string_lossy().into_owned()
    }
}
