//! Outcomes of earlier runs, which are used again where all that decides them is the same.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use guard_exec::Control;
use guard_model::Side;
use guard_model::evidence::Gap;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Session;
use super::project::{self, Project};

/// An outcome, with what could not be observed while it came about.
#[derive(Serialize, Deserialize)]
struct Known<T> {
    value: T,
    gaps: Vec<Gap>,
}

/// Programs that suites and builds call, whose versions may decide an outcome.
const TOOLS: [&str; 14] = [
    "cargo-nextest",
    "node",
    "npm",
    "pnpm",
    "yarn",
    "bun",
    "deno",
    "python3",
    "go",
    "cc",
    "c++",
    "cmake",
    "make",
    "java",
];

/// Which guard this is; not every build has a version of its own.
pub(crate) fn this_guard(ctl: &Control) -> String {
    let program = ctl.own_program().map(stamp).unwrap_or_default();
    format!("{} {program}", env!("CARGO_PKG_VERSION"))
}

impl Session<'_> {
    /// The key of one side's own run. What is run there, and what is said of it, hangs on the change: for
    /// head on the change as a whole, for base on the projects that were chosen by it.
    pub(super) fn key_of_run(&self, side: Side) -> String {
        let change = self.request.change;
        match side {
            Side::Head => self.key("run head", &[&change.base.tree, &change.head.tree], &[]),
            Side::Base => self.key_as_base(&change.base.tree, Side::Base),
        }
    }

    /// The key under which a run of `tree` is known to a change that has it as its base, and that chooses
    /// the same projects there as this one does on `side`.
    pub(super) fn key_as_base(&self, tree: &str, side: Side) -> String {
        self.key("run base", &[tree], &self.found(side).projects)
    }

    pub(super) fn key(&self, what: &str, trees: &[&str], projects: &[Project]) -> String {
        let policy = self.request.policy;
        let parts = serde_json::json!([
            self.guard,
            what,
            trees,
            format!("{projects:?}"),
            self.toolchain,
            policy.cargo,
            policy.suites,
            policy.benches,
            policy.build,
            policy.sandbox,
            policy.limits,
            self.request.shard.map(|s| (s.part, s.of)),
        ]);
        blake3::hash(parts.to_string().as_bytes()).to_hex()[..32].to_owned()
    }

    /// Whether an outcome is known.
    pub(super) fn knows(&self, key: &str) -> bool {
        self.request.reuse && self.path_of_known(key).is_file()
    }

    /// A known outcome; its gaps become this run's.
    pub(super) fn recall<T: DeserializeOwned>(&mut self, key: &str) -> Option<T> {
        if !self.request.reuse {
            return None;
        }
        let bytes = std::fs::read(self.path_of_known(key)).ok()?;
        let known: Known<T> = serde_json::from_slice(&bytes).ok()?;
        self.gaps.extend(known.gaps);
        Some(known.value)
    }

    /// Keeps an outcome, with the gaps since the first `gaps_before` of this run.
    pub(super) fn remember<T: Serialize>(&self, key: &str, value: &T, gaps_before: usize) {
        let known = Known { value, gaps: self.gaps[gaps_before..].to_vec() };
        if let Ok(bytes) = serde_json::to_vec(&known) {
            // A known outcome that cannot be kept is found anew the next time.
            let _ = std::fs::write(self.path_of_known(key), bytes);
        }
    }

    fn path_of_known(&self, key: &str) -> PathBuf {
        self.request.scratch.known().join(format!("{key}.json"))
    }

    /// What besides the trees and the policy decides an outcome: tools, installed packages, and the values
    /// of variables that are passed on.
    pub(super) fn toolchain(&self) -> String {
        let mut said = self.version("rustc".into(), "-vV");
        let sides = [Side::Base, Side::Head].map(|side| self.found(side));
        let suites: Vec<&str> = sides
            .iter()
            .flat_map(|found| &found.projects)
            .filter(|p| matches!(p, Project::Suite { .. }))
            .map(Project::dir)
            .collect();
        let around = self.request.surroundings;
        let path = around.var("PATH").cloned().unwrap_or_default();
        let tools = TOOLS.iter().filter_map(|tool| {
            let places = std::env::split_paths(&path).map(|dir| dir.join(tool));
            places.map(|p| p.canonicalize()).find_map(Result::ok)
        });
        said.extend(tools.map(stamp));
        let top = self.request.repo.top();
        if !suites.is_empty() {
            said.push_str(&self.version("node".into(), "--version"));
            // Of several versions that one name stands for, the one that is chosen here.
            let pythons: BTreeSet<PathBuf> = suites.iter().map(|dir| project::python(top, dir)).collect();
            said.extend(pythons.into_iter().map(|python| self.version(python, "-VV")));
        }
        if let Some(top) = top {
            // Packages that the user installed since then may change any outcome.
            const PACKAGES: [&str; 4] = [".venv", "venv", "node_modules/.package-lock.json", "node_modules"];
            let mut dirs = suites;
            dirs.push("");
            dirs.sort_unstable();
            dirs.dedup();
            said.extend(dirs.iter().flat_map(|dir| PACKAGES.map(|name| stamp(top.join(dir).join(name)))));
        }
        said.extend(self.request.policy.sandbox.env.iter().map(|name| {
            let value = around.var(name).map(|v| v.as_encoded_bytes()).unwrap_or_default();
            format!("{name} {}\n", blake3::hash(value).to_hex())
        }));
        said
    }

    /// What a tool says of itself; empty when it is not there. It may be one of the work tree, so it is run
    /// as confined as the tests are.
    fn version(&self, program: PathBuf, arg: &str) -> String {
        let cmd = self.bench().child(program, self.lab.root(), 30).arg(arg);
        cmd.run(self.request.ctl).map(|o| o.text()).unwrap_or_default()
    }
}

/// A file's name with what tells it from another one in its place; empty when it is not there.
fn stamp(path: impl AsRef<Path>) -> String {
    let Ok(meta) = std::fs::metadata(&path) else { return String::new() };
    let changed = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    format!("{} {} {changed:?}\n", path.as_ref().display(), meta.len())
}
