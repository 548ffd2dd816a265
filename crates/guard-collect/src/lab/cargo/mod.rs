//! Cargo projects: fetch, build, run.

pub(crate) mod build;
mod compiled;
mod config_env;
mod doctests;
mod fetch;
mod metadata;
mod nextest;
pub(crate) mod run;
mod unbuilt;

use std::path::Path;

use guard_model::Change;
use guard_model::evidence::{Gap, GapKind};
use guard_model::lab::{BuildOutcome, BuildState, TestRun};

pub(crate) use build::{Built, TestBinary};
pub(crate) use metadata::Workspace;

use super::workbench::Workbench;

/// Where a workspace lies.
pub(crate) struct Here<'a> {
    /// Directory below the lab's tree; empty for the root.
    pub(crate) dir: &'a str,
    /// Directories of the other workspaces that are built.
    pub(crate) others: &'a [&'a str],
}

impl Here<'_> {
    /// Whether a path below the tree lies in this workspace, and in no other that is nearer.
    fn holds(&self, path: &str) -> bool {
        let depth = |dir: &str| {
            let inside = dir.is_empty() || path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'));
            inside.then_some(dir.len())
        };
        depth(self.dir).is_some_and(|own| self.others.iter().all(|o| depth(o).is_none_or(|d| d < own)))
    }
}

/// One build and test of a cargo workspace.
pub(crate) struct CargoRun {
    pub(crate) built: Built,
    pub(crate) tests: Option<TestRun>,
    pub(crate) remark: Option<String>,
}

/// Fetches and builds; no workspace when cargo cannot read it. The remark says what fetching lacked.
pub(crate) fn build_workspace(
    bench: &Workbench<'_>,
    dir: &Path,
    change: &Change,
    known: &Path,
    name: &str,
) -> (Option<Workspace>, Built, Option<String>) {
    let remark = fetch::fetch(bench, dir, change, known);
    match Workspace::read(bench, dir) {
        Err(gap) => (None, Built::failed(no_build(gap)), remark),
        Ok(workspace) => {
            let built = build::build(bench, &workspace, name);
            (Some(workspace), built, remark)
        }
    }
}

/// Builds and tests the workspace in `dir`; `name` names logs ("head", "base").
pub(crate) fn build_and_test(
    bench: &Workbench<'_>,
    here: &Here<'_>,
    change: &Change,
    known: &Path,
    name: &str,
) -> CargoRun {
    let dir = bench.lab.tree().join(here.dir);
    match build_workspace(bench, &dir, change, known, name) {
        // What fetching lacked is only worth a word when the build missed it.
        (Some(workspace), built, _) if built.outcome.state == BuildState::Ok => {
            let mut tests = test(bench, &workspace, &built, name);
            let change = (name == "head").then_some(change);
            let left_out = unbuilt::remark(&built.unbuilt, change, &tests.results)
                .or_else(|| compiled::remark(change?, here, &built.sources));
            if let Some(reason) = left_out {
                // A gap of the run, so that it does not count as known the next time.
                tests.gap.get_or_insert(Gap::of_tests(GapKind::Input, reason));
            }
            CargoRun { built, tests: Some(tests), remark: None }
        }
        (_, built, remark) => {
            let remark = remark.filter(|r| built.outcome.gap.as_ref().is_none_or(|g| adds_to(r, &g.reason)));
            CargoRun { built, tests: None, remark }
        }
    }
}

/// Whether a remark on fetching has a cause of its own: without its toolchain cargo fails at every step,
/// and once is enough to say so.
fn adds_to(remark: &str, reason: &str) -> bool {
    remark.split_once(": ").is_none_or(|(_, cause)| !reason.ends_with(cause))
}

fn test(bench: &Workbench<'_>, workspace: &Workspace, built: &Built, name: &str) -> TestRun {
    let mut tests = if nextest::is_wanted(bench, workspace) {
        nextest::run(bench, workspace, name)
    } else {
        run_binaries(bench, built, name)
    };
    if bench.policy.cargo.doctests && !bench.ctl.is_interrupted() {
        match doctests::run(bench, workspace, name) {
            Ok((results, suites)) => {
                tests.ms += suites.iter().map(|s| s.ms).sum::<u64>();
                tests.results.extend(results);
                tests.suites.extend(suites);
            }
            Err(gap) => tests.gap = tests.gap.take().or(Some(gap)),
        }
    }
    tests.results.sort_by(|a, b| a.id.cmp(&b.id));
    tests
}

/// Runs every test binary, one after the other.
fn run_binaries(bench: &Workbench<'_>, built: &Built, name: &str) -> TestRun {
    let mut tests = TestRun { commands: vec![test_command(bench)], ..TestRun::default() };
    for binary in &built.binaries {
        if bench.ctl.is_interrupted() {
            break;
        }
        let log = format!("test-{name}-{}", binary.suite.replace("::", "-").replace('/', "-"));
        match run::run(bench, binary, None, &log) {
            Ok(mut suite) => {
                run::rerun_failures(bench, binary, &mut suite, &log);
                tests.gap = tests.gap.take().or_else(|| run::suite_gap(&suite.outcome));
                tests.ms += suite.outcome.ms;
                tests.results.extend(suite.results);
                tests.suites.push(suite.outcome);
                tests.logs.push(bench.log_name(&log));
            }
            Err(gap) => tests.gap = tests.gap.take().or(Some(gap)),
        }
    }
    tests
}

/// The test command as a person would type it.
fn test_command(bench: &Workbench<'_>) -> String {
    let mut words = vec!["cargo test".to_owned()];
    words.extend(build::selection(&bench.policy.cargo));
    words.join(" ")
}

fn no_build(gap: Gap) -> BuildOutcome {
    BuildOutcome {
        state: BuildState::Inconclusive,
        command: "cargo metadata".to_owned(),
        errors: Vec::new(),
        warnings: 0,
        log: gap.log.clone(),
        gap: Some(gap),
        ms: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::adds_to;

    #[test]
    fn one_cause_is_said_once() {
        let reason = "cargo cannot read the workspace: toolchain '1.93.0' is not installed";
        for (remark, expected) in [
            ("dependencies could not be fetched: toolchain '1.93.0' is not installed", false),
            ("dependencies could not be fetched: could not resolve host", true),
            ("dependencies were not fetched, because the change edits `.cargo/config.toml`", true),
        ] {
            assert_eq!(adds_to(remark, reason), expected, "{remark}");
        }
    }
}
